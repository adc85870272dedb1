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

from matdiff.core.expr import Expr, walk
from matdiff.errors import MatdiffError
from matdiff.language.surface import Surface
from matdiff.language.write import text
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.review.edits import (
    FACTOR,
    KRONECKER,
    LAYOUT_SLIP,
    LOST,
    ORDER,
    SWAPPED,
    SYMMETRIC,
    TERM,
    TRANSPOSE,
    at,
    edits,
    places,
    put,
)
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
    for kind, e in sorted(true, key=lambda found: ORDER.index(found[0])):
        if judge.compare(left, e).status == HOLDS:
            return Repair(kind, e)
    return None


class _Trial:
    """One point, at which most candidates show that they are no repair."""

    def __init__(self, judge: Judge, left: Expr) -> None:
        self.judge, self.left = judge, left
        self.point: Point | None = judge.point(left, left, 0)
        self.value: Any = self._value(left)

    def _value(self, e: Expr) -> Any:
        import numpy as np

        if self.point is None:
            return None
        try:
            with np.errstate(all="ignore"):
                return np.real(np.asarray(LineValues(self.point)(e)))
        except Exception:
            # Whatever goes wrong with the numbers of a changed line, it is no repair.
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
    sums = [e for e in walk(*whole, into_definitions=False) if e.op.name == "sum"]
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
        parents = [u for u in around.get(node, ()) if u.shape == node.shape and u.op.name != "d"]
        others = [(TERM if u.op.name == "sum" else LOST, u) for u in parents]
        others += [(TERM, u) for u in _sums_for_runs(node, sums)]
        others += [(LOST, u) for u in _beside(node, beside)]
        for kind, other in others:
            try:
                yield kind, put(right, place, other)
            except (MatdiffError, ValueError, AssertionError):
                continue


def _sums_for_runs(node: Expr, sums: list[Expr]) -> Iterator[Expr]:
    """A run of factors that is one term of a sum, with the whole sum in its place: (A + A') x for A x."""
    c, scalars, matrices = factors(node)
    for u in sums:
        for t in u.args:
            run = factors(t).matrices
            n = len(run)
            for k in range(len(matrices) - n + 1) if n and not u.is_scalar else ():
                if matrices[k : k + n] == run:
                    parts = [*matrices[:k], u, *matrices[k + n :]]
                    yield multiply(node.space, node.space.number(c), *scalars, *parts)


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


# ------------------------------------------------------------------- changes of what was typed


def _of_surface(root: Surface, reader: LineReader) -> Iterator[tuple[str, Expr]]:
    """Where sizes do not fit there is no expression: transposes and swaps in the text itself."""
    for kind, changed in _surface_edits(root):
        try:
            side = reader.alone(changed, "")
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
