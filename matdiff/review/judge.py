"""Is an equation true?  Both sides at random points, in random directions that the declarations allow.

Here: the verdict on one pair of sides, and the numbers that show it.  Not here: which sides belong together (`run`),
what the mistake was (`repair`).  No rule of the book has a part in this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import SCALAR, shape_text
from matdiff.errors import DomainError
from matdiff.numeric.agreement import unseen
from matdiff.numeric.compare import difference, largest_summand
from matdiff.numeric.evaluate import OutOfDomain
from matdiff.numeric.sample import Point, draw_point, symbols_of
from matdiff.review.reading import Side
from matdiff.review.values import LineValues

HOLDS, LAYOUT, FAILS, UNDECIDED = "holds", "holds up to layout", "fails", "undecided"

_DRAWS = 5
_ENOUGH = 3
# Relative: below the first a point says yes, above the second no.  Stencils and second derivatives are less accurate.
_CLOSE, _FAR = 1e-8, 1e-5
_CLOSE_ROUGH, _FAR_ROUGH = 1e-5, 1e-3
_NOISE = 1e-10


@dataclass(frozen=True)
class Example:
    """Numbers for which the two sides differ."""

    values: dict[str, Any]
    directions: dict[str, Any]
    left: Any
    right: Any


@dataclass(frozen=True)
class Judgement:
    status: str
    why: str = ""
    example: Example | None = None


class Judge:
    """Judges equations in one problem; `moving` are the names of the variables that differentials move."""

    def __init__(self, moving: Sequence[str], variables: Sequence[Expr], seed: int = 0) -> None:
        self.moving, self.variables, self.seed = list(moving), list(variables), seed

    def __call__(self, left: Side, right: Side, derivative: bool = False) -> Judgement:
        """left = right?  `derivative`: a gradient or Jacobian, where the transpose is another layout."""
        for side in (left, right):
            if side.expr is None and not side.zero:
                return Judgement(FAILS, side.error.message if side.error else "the sizes do not fit")
        if left.zero and right.zero:
            return Judgement(HOLDS)
        if left.expr is None or right.expr is None:
            other = left.expr if left.expr is not None else right.expr
            assert other is not None
            zero = other.space.apply("zeros", params=other.shape)
            left, right = (s if s.expr is not None else Side(zero) for s in (left, right))
        assert left.expr is not None and right.expr is not None
        return self._expressions(left.expr, right.expr, derivative)

    def _expressions(self, left: Expr, right: Expr, derivative: bool) -> Judgement:
        if left.shape != right.shape:
            return self._other_shape(left, right)
        found = self.compare(left, right)
        if found.status == FAILS and derivative and left.shape[0] == left.shape[1] and not left.is_scalar:
            turned = self.compare(left, right.T)
            if turned.status == HOLDS:
                return Judgement(LAYOUT, "the right side is the transpose of the left", found.example)
        return found

    def _other_shape(self, left: Expr, right: Expr) -> Judgement:
        shapes = f"the left side is {shape_text(left.shape)}, the right side {shape_text(right.shape)}"
        if SCALAR not in (left.shape, right.shape) and left.shape == right.shape[::-1]:
            turned = self.compare(left, right.T)
            if turned.status == HOLDS:
                return Judgement(LAYOUT, shapes)
        return Judgement(FAILS, shapes)

    # ------------------------------------------------------------ numbers

    def compare(self, left: Expr, right: Expr) -> Judgement:
        """Both sides at random points; they hold where enough of the functions was seen: |x| on both sides of 0."""
        if left is right:
            return Judgement(HOLDS)
        rough = _is_rough(left, right)
        held: list[Point] = []
        failed: list[Example | None] = []
        for seed in range(3 * _DRAWS):
            if len(failed) >= 2 or len(held) >= _DRAWS and not failed and not _missing(held, seed, left, right):
                break
            point = self.point(left, right, seed)
            if point is None:
                continue
            gap, example = _gap(point, left, right, rough or not _is_analytic(point, left, right))
            held += [point] if gap == HOLDS else []
            failed += [example] if gap == FAILS else []
        if failed:
            return Judgement(FAILS if len(failed) > 1 or not held else UNDECIDED, "", failed[0])
        if len(held) < _ENOUGH:
            return Judgement(UNDECIDED, "no points were found at which both sides could be compared")
        told = _unseen(held, left, right)
        return (
            Judgement(UNDECIDED, f"the sides agree at {len(held)} random points, but {told}")
            if told
            else Judgement(HOLDS)
        )

    def point(self, left: Expr, right: Expr, seed: int) -> Point | None:
        try:
            roots = [e for side in (left, right) for e in _evaluated(side)]
            # Where functions are flat for ordinary values, as tanh(50), smaller ones are tried.
            shrink = 1.0 if seed < _DRAWS else 0.3 if seed < 2 * _DRAWS else 0.1
            return draw_point(
                roots, self.seed + seed, moving=self.moving, also=[left, right, *self.variables],
                smallest=2 + seed % 3, shrink=shrink,
            )  # fmt: skip
        except DomainError:
            return None


def _missing(held: list[Point], seed: int, left: Expr, right: Expr) -> bool:
    """Would another point show more?  Of both signs of a number one may be outside of a domain: log(a)."""
    if seed < 2 * _DRAWS:
        for s in symbols_of(left, right):
            free = s.is_scalar and s.params[1] != "integer" and "positive" not in s.params[2]
            if free and len({point.values[s.name] > 0 for point in held}) < 2:
                return True
    return bool(_unseen(held, left, right))


def _unseen(held: list[Point], left: Expr, right: Expr) -> str:
    return unseen([LineValues(point) for point in held], left, right)


def _gap(point: Point, left: Expr, right: Expr, rough: bool) -> tuple[str, Example | None]:
    """The verdict of one point."""
    import numpy as np

    values = LineValues(point)
    try:
        with np.errstate(all="ignore"):
            a, b = np.real(np.asarray(values(left))), np.real(np.asarray(values(right)))
            if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
                return UNDECIDED, None
            scale = max(largest_summand(values, left), largest_summand(values, right))
    except (OutOfDomain, np.linalg.LinAlgError, ValueError, KeyError):
        return UNDECIDED, None
    close, far = (_CLOSE_ROUGH, _FAR_ROUGH) if rough else (_CLOSE, _FAR)
    size = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    if size < _NOISE and scale < _NOISE:
        return (HOLDS, None) if np.array_equal(a, b) else (UNDECIDED, None)
    gap = difference(a, b, scale)
    if gap <= close:
        return HOLDS, None
    if gap < far:
        return UNDECIDED, None
    names = {s.name for s in symbols_of(left, right)}
    shown = {name: v for name, v in point.values.items() if name in names}
    directions = {n: d for n, d in point.tangents.direction.items() if n in names} if _moves(left, right) else {}
    return FAILS, Example(shown, directions, a, b)


def _moves(*sides: Expr) -> bool:
    return any(e.op.name == "d" for e in walk(*sides))


def _is_rough(*sides: Expr) -> bool:
    return any(e.op.name == "hessian" for e in walk(*sides))


def _is_analytic(point: Point, *sides: Expr) -> bool:
    inner = [e.args[0] for e in walk(*sides) if e.op.name in ("d", "derivative")]
    return all(point.tangents.analytic(e) for e in inner)


def _evaluated(side: Expr) -> list[Expr]:
    """What must be defined at a point: the side, or where it holds ∂f/∂X, the functions inside."""
    claims = [e for e in walk(side) if e.op.name in ("derivative", "hessian")]
    return [e.args[0] for e in claims] if claims else [side]


def is_derivative(*sides: Side) -> bool:
    """Does a side claim a gradient, a Jacobian or a Hessian?"""
    return any(e.op.name in ("derivative", "hessian") for s in sides if s.expr is not None for e in walk(s.expr))
