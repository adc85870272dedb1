"""From a derivation to code: which results are wanted, from which variables, as text or as a callable.

Not here: how code is made (`compile`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from numbers import Integral
from typing import TYPE_CHECKING, Any

from matdiff.book.load import book
from matdiff.compile.code import Code, Result, Task, target_named
from matdiff.core.expr import Expr, walk
from matdiff.dimensions import ONE
from matdiff.errors import EvaluationError, UnsupportedError
from matdiff.language.names import pretty
from matdiff.language.write import text
from matdiff.numeric.arrays import callables
from matdiff.numeric.sample import symbols_of
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.operations.indexsums import sizes_in
from matdiff.tactics.matrixform import matrix_form

if TYPE_CHECKING:
    from matdiff.compile.operator import OperatorCode
    from matdiff.derivation import Derivation

WHAT = ("derivative", "value", "both")


def source(
    d: Derivation | Sequence[Derivation],
    target: str,
    what: str,
    form: str | None = None,
    sizes: Mapping[str, int] | None = None,
    letters: Mapping[Expr, str] | None = None,
) -> str:
    """The source of a module with one function.  `letters`: what parts of the derivation are called."""
    sizes = _whole(sizes, _several(d)[0].problem.dimensions)
    if form == "operator":
        only_numpy(target)
        return _operator(_several(d)[0], sizes).module()
    task = _task(_several(d), what, form, isinstance(d, Sequence))
    return Code(replace(task, letters=letters or {}), target_named(target), sizes).module()


def function(
    d: Derivation | Sequence[Derivation], target: str, what: str, form: str | None = None
) -> Callable[..., Any]:
    """A callable for the same."""
    several = _several(d)
    if form == "operator":
        from matdiff.compile.function import NumPyFunction

        only_numpy(target)
        code = _operator(several[0])
        return NumPyFunction(code.task, _variables(several, [several[0].answer]), code).call
    task = _task(several, what, form, isinstance(d, Sequence))
    variables = _variables(several, [r.expr for r in task.results])
    if target == "numpy":
        from matdiff.compile.function import NumPyFunction

        return NumPyFunction(task, variables).call
    if target in ("jax", "torch"):
        from matdiff.compile.devices import on_device

        return on_device(task, target, variables)
    target_named(target)
    raise UnsupportedError(f"code for `{target}` is text: it cannot be called from here", suggestion="d.code(...)")


def _whole(sizes: Mapping[str, Any] | None, known: Iterable[str]) -> dict[str, int] | None:
    """The sizes code is made for.  Raises EvaluationError for what is no size of the problem."""
    if sizes is None:
        return None
    listed = ", ".join(sorted(known))
    if not isinstance(sizes, Mapping) or not all(name in known for name in sizes):
        raise EvaluationError(
            f"sizes= gives numbers for sizes of the problem; it has {listed}", suggestion='sizes={"n": 100}'
        )
    for name, value in sizes.items():
        if not isinstance(value, Integral) or value < 1:
            raise EvaluationError(f"the size {name} is a whole number from 1 on, not {value!r}")
    return {name: int(value) for name, value in sizes.items()}


def only_numpy(target: str) -> None:
    if target != "numpy":
        raise UnsupportedError("a LinearOperator is SciPy's", suggestion='target="numpy"')


def _operator(d: Derivation, sizes: Mapping[str, int] | None = None) -> OperatorCode:
    """The code that gives the Jacobian or Hessian as an operator: its products with a direction, term by term."""
    from matdiff.compile.operator import OperatorCode

    rows, columns = d.answer.shape
    if not d.is_jacobian or rows.is_one or columns.is_one:
        raise UnsupportedError("an operator is a Jacobian or a Hessian with several rows and columns")
    task = _task([d], "derivative", None, False)
    space, taken = d.answer.space, {*d.problem.variables, *d.problem.definitions, *d.problem.dimensions}
    taken |= {*d.run.names.taken, *(e.name for e in walk(d.answer) if e.op.name == "definition")}
    symmetric = d.first is not None and d.first.variable is d.variable
    results: list[Result] = []
    directions: list[Expr] = []
    for matrix, letter in [(d.answer, "v"), *([] if symmetric else [(d.answer.T, "u")])]:
        name = next(x for x in (letter, "direction", *(f"{letter}_{k}" for k in range(100, 999))) if x not in taken)
        taken.add(name)
        v = space.symbol(name, (matrix.shape[1], ONE), "vector")
        product = _applied(matrix, v, count(1))
        results.append(Result(name, product, False, task.results[0].said if not results else ""))
        directions.append(v)
    operator = replace(task, name=f"{task.name}_operator", results=results, variables=[*task.variables, *directions])
    return OperatorCode(operator, [v.name for v in directions], (rows, columns), sizes)


def _applied(e: Expr, v: Expr, numbers: Iterator[int]) -> Expr:
    """A matrix times a vector, factor by factor from the right and term by term; what is done has a name."""
    space = e.space
    if e.op.name == "sum":
        return space.apply("sum", *(_applied(t, v, numbers) for t in e.args))
    c, scalars, matrices = factors(e)
    for k, m in enumerate(reversed(matrices)):
        v = _applied(m, v, numbers) if m.op.name == "sum" else multiply(space, m, v)
        if k + 1 < len(matrices) and m.op.name in ("sum", "kronecker"):
            v = space.define(f"v_{next(numbers)}", v)
    return multiply(space, space.number(c), *scalars, v)


def _several(d: Derivation | Sequence[Derivation]) -> list[Derivation]:
    return list(d) if isinstance(d, Sequence) else [d]


def _variables(several: list[Derivation], roots: list[Expr]) -> dict[str, Expr]:
    """All variables a caller may mention, in the order of the problem."""
    first = several[0]
    variables = {**first.problem.variables, **{d.variable.name: d.variable for d in several}}
    return variables | {s.name: s for s in symbols_of(*roots) if s.name not in variables}


def _function_of(d: Derivation) -> Expr:
    return d.function_expr if d.first is None else d.first.function_expr


def _computed(d: Derivation) -> Expr:
    """The function as it is computed: sums over an index in matrix form, as in its derivative."""
    return matrix_form(_function_of(d))


def _task(several: list[Derivation], what: str, form: str | None, many: bool) -> Task:
    if what not in WHAT:
        raise UnsupportedError(f"what is one of {', '.join(WHAT)}, not `{what}`")
    first = several[0]
    value = Result("value", _computed(first), said=_said_of_value(first))
    answers = [_answer(d, form) for d in several]
    results = {"value": [value], "derivative": answers, "both": [value, *answers]}[what]
    roots = [r.expr for r in results]
    # the function's own variables come along, so that value and derivative are called alike
    used = frozenset().union(*(r.free for r in [*roots, _function_of(first)]), (d.variable.name for d in several))
    variables = [v for name, v in _variables(several, roots).items() if name in used]
    kind = "hessian" if first.order == 2 else "jacobian" if first.is_jacobian else "gradient"
    plural = kind if not many else f"{kind}s"
    name = {"value": "value", "derivative": plural, "both": f"value_and_{plural}"}[what]
    keys = [d.wrt for d in several] if many and what != "value" else []
    exponents = [e.args[1] for e in walk(_function_of(first)) if e.op.name == "kth_power" and not sizes_in(e.args[1])]
    return Task(name, results, variables, book(), keys, kind, callables(*roots), exponents)


def _said_of_value(d: Derivation) -> str:
    return f"{d.problem.function_name} = {text(_function_of(d))}"


def _answer(d: Derivation, form: str | None) -> Result:
    # Long weights stay shared through their names, so the run's own answer is computed.
    if form is None:
        return Result(d.wrt, d.answer, d.is_jacobian, _said_of_answer(d, d.gradient))
    if form not in d.forms:
        known = ", ".join(d.forms) or "none"
        raise UnsupportedError(f"this answer has no form called `{form}`; it has {known}")
    return Result(d.wrt, d.forms[form], d.is_jacobian and not d.form(form).image, f"{form}: {text(d.forms[form])}")


def _said_of_answer(d: Derivation, answer: Expr) -> str:
    short = text(answer) if answer.size < 200 else "(long)"
    kind = "Hessian" if d.order == 2 else "Jacobian" if d.is_jacobian else "gradient"
    return f"The {kind} in {pretty(d.wrt)}: {short}"
