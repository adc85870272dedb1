"""Named forms of an answer: other derivations of it, other conventions, the linear map it stands for.

Each is checked numerically before it is offered, and says in a sentence what it is.  Not here: the answer itself
(`gradient`, `jacobian`); the identities, which are rules of the book with a name after `as`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matdiff.book.match import match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, rebuild, walk
from matdiff.errors import DomainError
from matdiff.numeric.compare import difference
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.sample import Point, draw_point
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.indexsums import sizes_in
from matdiff.tactics.differential import differential
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy
from matdiff.tactics.validate import validate

_TOLERANCE = 1e-6
_DRAWS = 3
# Longer maps are of no use to a reader, and cost time.
_LONGEST = 2000


@dataclass(frozen=True)
class Form:
    """An equivalent of the answer: its name, the expression, and a sentence that says what it is.

    `image`: a value of the map that the answer is the matrix of, or the answer in another shape.
    """

    name: str
    expr: Expr
    why: str
    image: bool = False


def forms_of(run: Gradient, function: Expr, again: Callable[[str], Gradient], second: bool) -> list[Form]:
    """All forms of an answer.  `again` repeats the run with a form of the book preferred; `second`: it is a Hessian."""
    found = [*_alternatives(run, function, again), *_conventions(run, function, second)]
    if isinstance(run, Jacobian):
        found += [*_shaped(run), *_linear_map(run, function, second)]
    return found


def _alternatives(run: Gradient, function: Expr, again: Callable[[str], Gradient]) -> Iterator[Form]:
    """The answer again with each family of alternative rules preferred; kept where it differs and checks out."""
    if isinstance(run, Jacobian):
        return
    seen = [run.restored(run.answer)]
    for name in run.rw.book.forms():
        other = again(name)
        if name not in other.rw.forms_used:
            continue
        form = other.restored(other.answer)
        if form not in seen and validate(other, function).ok:
            seen.append(form)
            yield Form(name, form, _reason(other, name))


def _reason(run: Gradient, name: str) -> str:
    rules = (s.rule for s in run.rw.steps if s.rule is not None and any(u.form == name for u in s.rule.uses))
    return next((rule.because for rule in rules), "")


# ------------------------------------------------------------------- conventions


def _conventions(run: Gradient, function: Expr, second: bool) -> Iterator[Form]:
    """The gradient or Jacobian as other books define it for a structured variable."""
    if not run.variable.params[2] or run.variable.is_scalar:
        return
    rw, space = run.rw, run.space
    answer, d = run.restored(run.answer), space.apply("d", run.variable)
    flat = isinstance(run, Jacobian)
    shape = space.number(1).shape
    left = space.apply("vec", d) if flat else space.node(space.operations["frobenius"], (answer, d), (), shape)
    # a diagonal matrix is symmetric too, but nobody stacks its lower triangle
    narrow = "diagonal" if "diagonal" in run.variable.params[2] else ""
    for name in rw.book.conventions():
        for rule in rw.book.applicable("present", "", frozenset([name])):
            if narrow and narrow not in {word for _, word in rule.requires}:
                continue
            binding = next((b for b in match(rule, rule.left, left) if rw.admissible(rule, b, "present")), None)
            if binding is None:
                continue
            right = rw.build(rule, rule.right, binding)
            form = _columns(rw, answer, right, second) if flat else tidy(rw, _before_the_colon(rw, rule, binding))
            if form is not answer and _agrees(run, function, rule, form, right):
                yield Form(name, form, rule.because)
                break


def _before_the_colon(rw: Rewriter, rule: Rule, binding: object) -> Expr:
    return rw.build(rule, rule.right_pairs[0][0], binding)  # type: ignore[arg-type]


def _columns(rw: Rewriter, answer: Expr, right: Expr, second: bool) -> Expr:
    """J M where vec(dX) = M v(dX); of a Hessian in one variable, M'H M."""
    c, scalars, matrices = factors(right)
    m = multiply(rw.space, rw.space.number(c), *scalars, *matrices[:-1])
    both = second and answer.shape[0] == answer.shape[1]
    return tidy(rw, multiply(rw.space, m.T, answer, m) if both else multiply(rw.space, answer, m))


def _agrees(run: Gradient, function: Expr, rule: Rule, form: Expr, right: Expr) -> bool:
    """Do both sides of the equation that defines the form have one value at random points?"""
    sides = (run.restored(run.answer), run.space.apply("d", run.variable))
    left = run.space.apply("vec", sides[1]) if isinstance(run, Jacobian) else run.space.apply("frobenius", *sides)

    def equal(point: Point) -> bool:
        point.evaluation(form)
        return difference(point.evaluation(right), point.evaluation(left), 1e-3) < _TOLERANCE

    return _everywhere([function, run.answer], run.variable, equal)


def _everywhere(roots: list[Expr], variable: Expr, test: Callable[[Point], bool]) -> bool:
    import numpy as np

    held = 0
    for seed in range(_DRAWS):
        try:
            point = draw_point(roots, seed, moving=[variable.name], also=[variable])
            with np.errstate(all="ignore"):
                if not test(point):
                    return False
        except (DomainError, OutOfDomain, np.linalg.LinAlgError):
            continue
        held += 1
    return held > 0


# ------------------------------------------------------------------- shape and map


def _shaped(run: Jacobian) -> Iterator[Form]:
    """The derivative of a matrix by a number, as a matrix of the same shape."""
    m, n = run.function.shape
    if not run.variable.is_scalar or m.is_one or n.is_one:
        return
    parts = (run.space.apply("mat", t, params=(m, n)) for t in terms(run.restored(run.answer)))
    form = tidy(run.rw, run.space.apply("sum", *parts))
    yield Form("shaped", form, "each entry differentiated, in the shape of the matrix", image=True)


def _linear_map(run: Jacobian, function: Expr, second: bool) -> Iterator[Form]:
    """dX -> dF, or V -> H V: what the Jacobian or Hessian does to a direction, without the matrix."""
    if run.variable.is_scalar:
        return
    letter = direction_name(run.variable, _names_in(function), second)
    direction = run.space.symbol(letter, run.variable.shape, *_kind_and_structure(run.variable))
    image = along(run, direction)
    if image is None or image.size > _LONGEST:
        return

    def equal(point: Point) -> bool:
        values = {**point.values, letter: point.tangents.direction[run.variable.name]}
        value = Evaluation(values, point.sizes)(image)
        return difference(value, point.tangents(function), 1e-3) < _TOLERANCE

    if _everywhere([function], run.variable, equal):
        x = run.variable.name
        what = f"the Hessian times a direction {letter} of the shape of {x}" if second else f"d{x} is the direction"
        yield Form("Hessian-vector product" if second else "linear map", image, what, image=True)


def _kind_and_structure(variable: Expr) -> tuple[str, frozenset[str]]:
    """A direction has the linear structure of its variable, and none of its other properties."""
    linear = {"symmetric", "skew", "diagonal", "lower", "upper"}
    return variable.params[1], frozenset(variable.params[2] & linear)


def _names_in(function: Expr) -> set[str]:
    names = {e.name for e in walk(function) if e.op.name in ("symbol", "definition")}
    return names | sizes_in(function)


def direction_name(variable: Expr, taken: set[str], second: bool) -> str:
    wanted = "V" if not variable.is_vector else "v"
    candidates = (wanted, "V", "v", "U", "u", f"d{variable.name}") if second else (f"d{variable.name}", "E", "V")
    return next((name for name in candidates if name not in taken), f"{wanted}_1")


def along(run: Gradient, direction: Expr) -> Expr | None:
    """The differential of the run's function with `direction` put in for d of the variable."""
    rw = Rewriter(run.rw.book, run.space, frozenset([run.variable]), taken=set(run.rw.taken))
    tangent: dict[Expr, Expr] = {run.variable: direction}

    def known(e: Expr) -> Expr | None:
        return tangent[e.args[0]] if e.op.name == "d" else None

    for e in walk(run.function):
        if e.op.name == "definition" and rw.depends(e):
            tangent[e] = rebuild(differential(rw, e.body), known, into_definitions=False)
    image = rebuild(differential(rw, run.function), known, into_definitions=False)
    return tidy(rw, run.restored(image))
