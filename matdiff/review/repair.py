"""The likely mistake: small changes of a false line that make it true.

Here: the slips people make (a transpose, a sign, a factor 2, two factors swapped, the order of a Kronecker product or
of vec, a lost term or inverse, a convention for symmetric variables), each tried at every place.  A change is offered
only if it makes the line true at random points.  Not here: whether the line is true (`judge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matdiff.core.expr import Expr, remake, walk
from matdiff.errors import MatdiffError
from matdiff.language.surface import Surface
from matdiff.language.write import text
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.leaves import number_of
from matdiff.review.judge import HOLDS, Judge
from matdiff.review.reading import LineReader, Side
from matdiff.review.values import LineValues

if TYPE_CHECKING:
    from matdiff.numeric.sample import Point

# A side longer than this is not searched.
_LARGEST = 250
_MOST = 1500
_MOST_FACTORS = 12
_CLOSE = 1e-6

SIGN = "a sign"
FACTOR = "a factor 2 or ½"
TRANSPOSE = "a transpose too many or too few"
SWAPPED = "two factors swapped"
KRONECKER = "the order of a Kronecker product"
VEC = "the order in which vec stacks the entries"
COMMUTATION = "a missing or superfluous commutation matrix"
HADAMARD = "an entry-by-entry product for a matrix product, or the other way round"
INVERSE = "an inverse lost or too many"
TERM = "a lost term"
LOST = "a lost factor or function"
LAYOUT_SLIP = "the other layout: the whole is transposed"
SYMMETRIC = "the convention for a symmetric variable"
# In this order: what is changed least comes first.
_ORDER = (
    SIGN,
    FACTOR,
    LAYOUT_SLIP,
    TRANSPOSE,
    SWAPPED,
    KRONECKER,
    VEC,
    COMMUTATION,
    INVERSE,
    HADAMARD,
    SYMMETRIC,
    TERM,
    LOST,
)


@dataclass(frozen=True)
class Repair:
    """A change that makes the line true: what kind of mistake it mends, and the right side as it should read."""

    kind: str
    expr: Expr

    @property
    def text(self) -> str:
        return text(self.expr)

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def repaired(judge: Judge, left: Side, right: Side, derivative: bool, reader: LineReader) -> Repair | None:
    """The first small change of the right side that makes left = right true; None if none was found."""
    if left.expr is None:
        return None
    if right.expr is None:
        found = _of_surface(right.surface, reader) if right.surface is not None else iter(())
    elif right.expr.size > _LARGEST:
        return None
    else:
        found = _candidates(left.expr, right.expr, judge)
    return _first_true(judge, left.expr, found, right.expr)


def _first_true(judge: Judge, left: Expr, candidates: Iterable[tuple[str, Expr]], wrong: Expr | None) -> Repair | None:
    """The first candidate of the left side's value, by the order of kinds."""
    trial = _Trial(judge, left)
    seen = {wrong} if wrong is not None else set()
    true: list[tuple[str, Expr]] = []
    for count, (kind, e) in enumerate(candidates):
        if count > _MOST:
            break
        if e in seen or e.shape != left.shape:
            continue
        seen.add(e)
        if trial.fits(e):
            true.append((kind, e))
    for kind, e in sorted(true, key=lambda found: _ORDER.index(found[0])):
        if judge.compare(left, e).status == HOLDS:
            return Repair(kind, e)
    return None


class _Trial:
    """One point, at which most candidates show that they are no repair."""

    def __init__(self, judge: Judge, left: Expr) -> None:
        self.judge, self.left = judge, left
        self.point: Point | None = judge._point(left, left, 0)
        self.value: Any = self._value(left)

    def _value(self, e: Expr) -> Any:
        import numpy as np

        if self.point is None:
            return None
        try:
            with np.errstate(all="ignore"):
                return np.real(np.asarray(LineValues(self.point)(e)))
        except (ArithmeticError, ValueError, KeyError, np.linalg.LinAlgError, Exception):
            # Whatever goes wrong with a changed line, it is no repair.
            return None

    def fits(self, e: Expr) -> bool:
        import numpy as np

        value = self._value(e)
        if value is None or self.value is None or value.shape != self.value.shape:
            return False
        size = max(1e-9, float(np.max(np.abs(self.value))))
        return bool(np.all(np.isfinite(value)) and np.max(np.abs(value - self.value)) <= _CLOSE * size)


# ------------------------------------------------------------------- changes of expressions


def _candidates(left: Expr, right: Expr, judge: Judge) -> Iterator[tuple[str, Expr]]:
    if left.shape == right.shape[::-1] and not right.is_scalar:
        yield LAYOUT_SLIP, right.T
    yield from edits(right)
    if right.shape[0] == right.shape[1] and not right.is_scalar:
        yield SYMMETRIC, (right + right.T) / 2
        identity = right.space.apply("identity", params=(right.shape[0],))
        yield SYMMETRIC, right * 2 - right.hadamard(identity)
        yield SYMMETRIC, right + right.T
    yield from _numbers(left, right)
    for t in _missing(left, judge):
        if t.shape == right.shape:
            yield TERM, right + t
            yield TERM, right - t
    yield from _put_back([left, *_true_forms(left, judge)], right)


def _numbers(left: Expr, right: Expr) -> Iterator[tuple[str, Expr]]:
    """The numbers of the left side that the right side may have lost, at every term."""
    found = {abs(factors(e).coefficient) for e in walk(left, into_definitions=False) if e.op.name == "product"}
    for c in sorted(found - {1, 2, Fraction(1, 2)}):
        for k, t in enumerate(terms(right)):
            rest = [a for i, a in enumerate(terms(right)) if i != k]
            yield FACTOR, right.space.apply("sum", t * c, *rest)
            yield FACTOR, right.space.apply("sum", t / c, *rest)


def _put_back(whole: list[Expr], right: Expr) -> Iterator[tuple[str, Expr]]:
    """What stands around or beside a piece in the whole, put around or beside it in the right side."""
    around: dict[Expr, list[Expr]] = {}
    beside: dict[str, dict[Expr, None]] = {"product": {}, "hadamard": {}}
    for e in walk(*whole, into_definitions=False):
        for a in e.args:
            around.setdefault(a, []).append(e)
        if e.op.name in beside:
            c, scalars, matrices = factors(e)
            parts = (*scalars, *matrices) if e.op.name == "product" else e.args
            beside[e.op.name].update(dict.fromkeys(parts))
    for place in places(right):
        node = at(right, place)
        others = [u for u in around.get(node, ()) if u.shape == node.shape and u.op.name not in ("sum", "d")]
        others += list(_beside(node, beside))
        for other in others:
            try:
                yield LOST, put(right, place, other)
            except (MatdiffError, ValueError, AssertionError):
                continue


def _beside(node: Expr, known: dict[str, dict[Expr, None]]) -> Iterator[Expr]:
    """The node with one more factor."""
    c, scalars, matrices = factors(node)
    for f in list(known["product"])[:_MOST_FACTORS]:
        for k in range(len(matrices) + 1) if not f.is_scalar else (0,):
            try:
                parts = [*matrices[:k], f, *matrices[k:]]
                yield multiply(node.space, node.space.number(c), *scalars, *parts)
            except (MatdiffError, ValueError, AssertionError):
                continue
    for f in list(known["hadamard"])[:_MOST_FACTORS]:
        if f.shape == node.shape and not node.is_scalar:
            yield node.hadamard(f)


def _missing(left: Expr, judge: Judge) -> Iterator[Expr]:
    """Terms the right side may have lost: those of the side before, or of the true derivative."""
    yield from terms(left)
    for e in _true_forms(left, judge):
        yield from terms(e)


def _true_forms(left: Expr, judge: Judge) -> Iterator[Expr]:
    """What a differential or derivative on the left really is."""
    from matdiff.review.truth import gradient, written_out

    core = left.args[0] if left.op.name == "transpose" else left
    if core.op.name == "derivative":
        found = gradient(*core.args)
        if found is not None:
            yield found
    elif left.moving:
        variables = [x for x in judge.variables if x.name in judge.moving]
        for deep in (False, True):
            found = written_out(left, variables, deep)
            if found is not None:
                yield found


def edits(root: Expr) -> Iterator[tuple[str, Expr]]:
    """Every small change at every place."""
    for place in places(root):
        node = at(root, place)
        for kind, build, *arguments in _changes(node):
            try:
                yield kind, put(root, place, build(*arguments))
            except (MatdiffError, ValueError, ZeroDivisionError, AssertionError):
                continue


# A kind of slip, what builds the changed node, and its arguments.
_Change = tuple[Any, ...]


def _changes(e: Expr) -> Iterator[_Change]:
    """The changes of one node."""
    if number_of(e) is None:
        yield SIGN, _times, e, -1
        yield FACTOR, _times, e, 2
        yield FACTOR, _times, e, Fraction(1, 2)
    if not e.is_scalar:
        yield TRANSPOSE, _transposed, e
    yield from _of_operation(e)
    inside = ("symbol", "definition", "transpose", "sum")
    if e.op.name == "inverse":
        yield INVERSE, _itself, e.args[0]
    elif e.shape[0] == e.shape[1] and e.op.name in inside and not e.moving:
        yield INVERSE, e.space.apply, "inverse", e


def _of_operation(e: Expr) -> Iterator[_Change]:
    """The changes that depend on what the node is."""
    name, apply, args = e.op.name, e.space.apply, e.args
    if name == "product":
        yield from _of_product(e)
    elif name == "sum":
        for k, t in enumerate(args):
            rest = [a for i, a in enumerate(args) if i != k]
            yield SIGN, apply, "sum", *rest, t * -1
            yield FACTOR, apply, "sum", *rest, t * 2
            yield FACTOR, apply, "sum", *rest, t / 2
    elif name == "kronecker" and len(args) == 2:
        yield KRONECKER, apply, "kronecker", args[1], args[0]
    elif name == "vec":
        yield VEC, apply, "vec", args[0].T
        yield COMMUTATION, _commuted, e
    elif name == "mat":
        yield VEC, _mat_of_rows, e
    elif name == "hadamard" and len(args) == 2:
        yield HADAMARD, _multiplied, *args
        yield HADAMARD, _multiplied, args[1], args[0]
    elif name == "frobenius":
        yield TRANSPOSE, apply, "frobenius", args[0].T, args[1]
    elif name in ("diag", "Diag"):
        yield HADAMARD, _itself, args[0]


def _times(e: Expr, c: Any) -> Expr:
    return e * c


def _transposed(e: Expr) -> Expr:
    return e.T


def _itself(e: Expr) -> Expr:
    return e


def _multiplied(a: Expr, b: Expr) -> Expr:
    return a * b


def _commuted(e: Expr) -> Expr:
    return e.space.apply("commutation", params=e.args[0].shape) * e


def _mat_of_rows(e: Expr) -> Expr:
    m, n = e.params
    return e.space.apply("mat", e.args[0], params=(n, m)).T


def _product(like: Expr, scalars: Iterable[Expr], matrices: Iterable[Expr]) -> Expr:
    """The product with other factors."""
    return multiply(like.space, like.space.number(factors(like).coefficient), *scalars, *matrices)


def _of_product(e: Expr) -> Iterator[_Change]:
    space = e.space
    _, scalars, matrices = factors(e)
    for k in range(len(matrices) - 1):
        order = list(matrices)
        order[k : k + 2] = order[k + 1], order[k]
        yield SWAPPED, _product, e, scalars, order
        if matrices[k].shape == matrices[k + 1].shape:
            joined = space.apply("hadamard", matrices[k], matrices[k + 1])
            yield HADAMARD, _product, e, scalars, [*matrices[:k], joined, *matrices[k + 2 :]]
    if len(matrices) == 2:
        yield SWAPPED, _product, e, scalars, [matrices[1].T, matrices[0].T]
        yield TRANSPOSE, _product, e, scalars, [matrices[0].T, matrices[1].T]
    for k, m in enumerate(matrices):
        before, after = matrices[:k], matrices[k + 1 :]
        if m.op.name == "commutation":
            yield COMMUTATION, _product, e, scalars, [*before, *after]
        if m.shape[0] == m.shape[1] and not m.moving:
            inverse = space.apply("inverse", m)
            yield INVERSE, _product, e, scalars, [*before, m, inverse, *after]
            yield INVERSE, _product, e, scalars, [*before, inverse, inverse, *after]
            yield INVERSE, _product, e, scalars, [*before, inverse, *after]
    for s in scalars:
        others = [t for t in scalars if t is not s]
        yield INVERSE, _product, e, [*others, space.apply("power", s, space.number(-1))], matrices


def places(root: Expr, into_d: bool = False) -> Iterator[tuple[int, ...]]:
    """Every occurrence, outermost first, as the path of argument numbers that leads to it."""
    closed = ("definition", "derivative", "hessian") + (() if into_d else ("d",))
    waiting: list[tuple[tuple[int, ...], Expr]] = [((), root)]
    while waiting:
        place, e = waiting.pop(0)
        yield place
        if e.op.name not in closed:
            waiting += [((*place, k), a) for k, a in enumerate(e.args)]


def at(root: Expr, place: tuple[int, ...]) -> Expr:
    """What stands at a place."""
    for k in place:
        root = root.args[k]
    return root


def put(root: Expr, place: tuple[int, ...], other: Expr) -> Expr:
    """The expression with something else at a place."""
    if not place:
        return other
    k, *rest = place
    args = list(root.args)
    args[k] = put(args[k], tuple(rest), other)
    if root.op.name == "product":
        return multiply(root.space, root.space.number(root.params[0]), *args)
    return remake(root, tuple(args))


# ------------------------------------------------------------------- changes of what was typed


def _of_surface(root: Surface, reader: LineReader) -> Iterator[tuple[str, Expr]]:
    """Where sizes do not fit there is no expression: transposes and swaps in the text itself."""
    for kind, changed in _surface_edits(root):
        try:
            side = reader._alone(changed, "")
        except MatdiffError:
            continue
        if side.expr is not None:
            yield kind, side.expr


def _surface_edits(node: Surface) -> Iterator[tuple[str, Surface]]:
    if node.kind == "transpose":
        yield TRANSPOSE, node.children[0]
    elif node.kind in ("name", "group", "call", "power", "multiply", "derivative_of"):
        yield TRANSPOSE, Surface("transpose", (node,), "", node.span)
    if node.kind in ("multiply", "kronecker"):
        a, b = node.children
        yield SWAPPED if node.kind == "multiply" else KRONECKER, Surface(node.kind, (b, a), node.value, node.span)
        if b.kind == "multiply" or a.kind == "multiply":
            yield from _rotated(node)
    for k, child in enumerate(node.children):
        for kind, other in _surface_edits(child):
            children = (*node.children[:k], other, *node.children[k + 1 :])
            yield kind, Surface(node.kind, children, node.value, node.span)


def _rotated(node: Surface) -> Iterator[tuple[str, Surface]]:
    """(a b) c as (a c) b: the last two factors of a chain swapped."""
    a, c = node.children
    if a.kind == "multiply":
        first = Surface("multiply", (a.children[0], c), a.value, node.span)
        yield SWAPPED, Surface("multiply", (first, a.children[1]), node.value, node.span)


__all__ = ["Repair", "at", "edits", "places", "put", "repaired"]
