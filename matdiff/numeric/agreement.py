"""Do two expressions agree in floating-point numbers?  What random points can say, and what they cannot.

At each point the difference is evaluated, with an estimate of its roundoff: how much its terms change when every
intermediate value changes in the fifteenth digit.  What both sides share has left the difference, so exp(x) and
exp(x) + 1e-20 x differ.  Here: the points, the verdict at each, and whether they have seen enough (both branches of
|x|, an unsaturated sigmoid): agreement of functions that were flat wherever they were looked at says nothing.  Not
here: exact verdicts (`identity`), readable counterexamples (`examples`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.core.facts import TRUE, fact
from matdiff.dimensions import Dim
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.generic import largest, work
from matdiff.numeric.sample import draw_sizes, draw_value, least_size, sizes_of, symbols_of
from matdiff.operations.factors import terms
from matdiff.operations.leaves import number_of

EQUAL, DIFFERENT, UNCLEAR = "equal", "different", "unclear"
DEFINED, UNDEFINED, DOUBTFUL = "defined", "undefined", "doubtful"

_POINTS = 12
_ATTEMPTS = 60
_LARGEST = 10_000
_TOO_LARGE = 250_000
# Multiplications: beyond the first few points are drawn, beyond the second none.
_HEAVY, _TOO_HEAVY, _FEW = 10_000_000, 200_000_000, 8
_LONGEST_SUM = 20_000
# A few units in the last place.
_JITTER = 1e-15
# Apart by this many times the roundoff is different.
_CLEARLY = 1e3
# Where roundoff is larger than this part of the terms, a comparison says nothing.
_TOO_ROUGH = 1e-9
_SHRINK = (1.0, 0.3, 0.03, 1.0, 3.0, 0.1)
# Of these, both branches must have been seen.
_BRANCHED: dict[str, Callable[..., Any]] = {
    "abs": lambda x: x > 0,
    "relu": lambda x: x > 0,
    "step": lambda x: x > 0,
    "sign": lambda x: x > 0,
    "maximum": lambda x, y: x > y,
    "minimum": lambda x, y: x > y,
    "atleast": lambda x, y: x > y,
    "huber": lambda x, delta: abs(x) > delta,
}


@dataclass(frozen=True)
class Sight:
    """Both sides at one point."""

    status: str
    values: dict[str, Any]
    sizes: dict[str, int]
    left: Any
    right: Any
    evaluation: Evaluation | None = None
    # of the difference, relative to its terms
    roundoff: float = 0.0


@dataclass
class Agreement:
    """All points: where the sides are equal, different, and where only one of them is defined."""

    equal: list[Sight]
    different: list[Sight]
    # only the left side is defined, only the right one
    only: tuple[list[Sight], list[Sight]]

    def unseen(self, *roots: Expr) -> str:
        """What the points have not shown of the functions involved; "" if nothing is missing."""
        return unseen([s.evaluation for s in self.equal if s.evaluation is not None], *roots)


def look(left: Expr, right: Expr, gap: Expr, seed: int = 0) -> Agreement:
    """Compare two sides, whose difference is `gap`, at random points of several sizes and scales."""
    import numpy as np

    roots = [left, right]
    symbols, names, least = symbols_of(*roots), sizes_of(*roots), least_size(roots)
    found = Agreement([], [], ([], []))
    most = _ATTEMPTS
    for attempt in range(_ATTEMPTS):
        if attempt >= most or len(found.equal) >= _POINTS or len(found.different) >= 3:
            break
        rng = np.random.default_rng([seed, attempt, 7])
        sizes = draw_sizes(names, rng, max(2, least) + attempt % 7)
        if largest(roots, sizes) > _LARGEST:
            sizes = draw_sizes(names, rng, max(2, least))
        if is_beyond(roots, sizes):
            break
        most = _FEW if work(roots, sizes) > _HEAVY else _ATTEMPTS
        scale, positive = (0.9, 0.6, 0.35, 1.4)[attempt % 4], attempt % 5 in (1, 4)
        try:
            values = {s.name: _value(s, sizes, rng, scale, attempt, positive) for s in symbols}
        except OutOfDomain:
            continue
        _note(found, sight(left, right, gap, values, sizes))
    return found


def is_beyond(roots: list[Expr], sizes: dict[str, int]) -> bool:
    """Too large to be compared: literal sizes do not shrink, nor do the bounds of a sum."""
    if largest(roots, sizes) > _TOO_LARGE or work(roots, sizes) > _TOO_HEAVY:
        return True
    bounds = [e.args[1] for e in walk(*roots) if e.op.name == "indexsum"]
    return any((number_of(b) or 0) > _LONGEST_SUM for b in bounds)


def _value(s: Expr, sizes: dict[str, int], rng: Any, scale: float, attempt: int, positive: bool) -> Any:
    if s.params[1] == "integer":
        return float(rng.integers(1, 20))
    return draw_value(s, sizes, rng, scale, _SHRINK[attempt % len(_SHRINK)], positive)


def _note(found: Agreement, s: Sight) -> None:
    if s.status == EQUAL:
        found.equal.append(s)
    elif s.status == DIFFERENT:
        found.different.append(s)
    elif s.status in ("left", "right"):
        found.only[s.status == "right"].append(s)


def sight(left: Expr, right: Expr, gap: Expr, values: dict[str, Any], sizes: dict[str, int]) -> Sight:
    """The verdict at one point: equal, different, unclear, or the side that alone is defined there."""
    import numpy as np

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (a, left_is), (b, right_is) = (value(side, values, sizes) for side in (left, right))
        if left_is == DEFINED == right_is:
            at = Evaluation(values, sizes)
            status, noise = _judged(gap, at)
            return Sight(status, values, sizes, a, b, at, noise)
    if {left_is, right_is} == {DEFINED, UNDEFINED}:
        return Sight("left" if left_is == DEFINED else "right", values, sizes, a, b)
    return Sight(UNCLEAR, values, sizes, a, b)


def value(e: Expr, values: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[Any, str]:
    """The value, and whether there is one; doubtful near the border of a domain, or where it is very large."""
    import numpy as np

    try:
        out = Evaluation(values, sizes)(e)
    except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError):
        return None, UNDEFINED
    except (ValueError, IndexError):
        return None, DOUBTFUL
    if np.any(np.isnan(out)):
        return out, UNDEFINED
    try:
        Evaluation(values, sizes, strict=True)(e)
    except (OutOfDomain, np.linalg.LinAlgError, ValueError, ZeroDivisionError):
        return out, DOUBTFUL
    # An infinity is an overflow, and overflow is no property of the function.
    return out, DEFINED if np.all(np.isfinite(out)) else DOUBTFUL


def _judged(gap: Expr, at: Evaluation) -> tuple[str, float]:
    """The verdict, and the roundoff relative to the terms of the difference."""
    import numpy as np

    apart = float(np.max(np.abs(np.asarray(at(gap)))))
    noise, size = roundoff(at, gap)
    if size == 0.0 or not noise <= _TOO_ROUGH * size:
        return UNCLEAR, 1.0
    if apart <= noise:
        return EQUAL, noise / size
    return (DIFFERENT if apart > _CLEARLY * noise else UNCLEAR), noise / size


def roundoff(at: Evaluation, gap: Expr) -> tuple[float, float]:
    """An estimate of the roundoff in the terms of a sum, and the size of the largest."""
    import numpy as np

    others = [Jittered(at.values, at.sizes, seed) for seed in (1, 2)]
    noise, size = 0.0, 0.0
    for term in terms(gap):
        here = np.asarray(at(term))
        largest = float(np.max(np.abs(here)))
        change = max(float(np.max(np.abs(here - np.asarray(other(term))))) for other in others)
        noise += 10 * change + 1e-15 * largest
        size = max(size, largest)
    return (noise if np.isfinite(noise) else float("inf")), size


class Jittered(Evaluation):
    """Every value, also of the steps in between, off by a few units in the last place (Monte Carlo arithmetic).

    What that does to the end shows what roundoff does (Parker 1997).  Whole numbers stay: they may be exponents.
    """

    def __init__(self, values: Mapping[str, Any], sizes: Mapping[str, int], seed: int) -> None:
        import numpy as np

        super().__init__(values, sizes)
        self.rng = np.random.default_rng(seed)

    def _value(self, e: Expr) -> Any:
        import numpy as np

        out = super()._value(e)
        if not np.ndim(out) and (not np.isfinite(out) or float(np.real(out)).is_integer()):
            return out
        return out * (1 + _JITTER * self.rng.choice([-1.0, 1.0], np.shape(out)))


# ---------------------------------------------------------------- have the points seen enough?


def unseen(points: list[Evaluation], *roots: Expr) -> str:
    """What no point has shown of the functions under the roots, in words; "" if nothing is missing."""
    waiting = [(root, points) for root in roots]
    while waiting:
        root, at = waiting.pop()
        for e in _outside_of_sums(root):
            told = _told(e, at)
            if told:
                return told
            if e.op.name == "indexsum":
                waiting.append((e.args[2], _inside_of_sum(e, at)))
    return ""


def _outside_of_sums(root: Expr) -> list[Expr]:
    """The nodes that have a value by themselves; the body of a sum over an index has one for each index."""
    found, stack = [], [root]
    seen: set[Expr] = set()
    while stack:
        e = stack.pop()
        if e not in seen:
            seen.add(e)
            found.append(e)
            stack += e.args[:2] if e.op.name == "indexsum" else e.args
    return found


def _inside_of_sum(e: Expr, points: list[Evaluation]) -> list[Evaluation]:
    inside = []
    for at in points:
        first, last = (round(float(at(bound))) for bound in e.args[:2])
        inside += [Evaluation(at.values, {**at.sizes, e.params[0]: k}) for k in range(first, min(last, first + 9) + 1)]
    return inside


def _told(e: Expr, points: list[Evaluation]) -> str:
    """What no point has shown of this node, in words; "" if nothing is missing or it is no matter."""
    import numpy as np

    if not e.args or not points or e.op.name in ("d", "indexsum"):
        return ""
    name = e.op.name
    if name in _BRANCHED:
        if len(e.args) == 1 and TRUE in (fact(e.args[0], "positive"), fact(e.args[0], "nonnegative")):
            return ""
        seen: set[bool] = set()
        for at in points:
            seen |= {bool(x) for x in np.asarray(_BRANCHED[name](*(np.asarray(at(a)) for a in e.args))).ravel()}
        return "" if len(seen) == 2 else f"only one branch of {e} was met"
    smooth = e.op.elementwise and len(e.args) == 1 or name in ("softmax", "logsumexp")
    if smooth and all(_is_flat(e, at) for at in points):
        return f"{e} was as good as constant, or as good as its argument, at all points"
    return ""


def _is_flat(e: Expr, at: Evaluation) -> bool:
    """Saturated: a change of the argument by a tenth of a percent makes none in the value, or one just as large."""
    import numpy as np

    x = at(e.args[0])
    if not e.free and not np.any(x):
        # softmax(0) is always that
        return False
    here = np.asarray(at(e))
    if not np.ndim(x) and e.op.name in ("softmax", "logsumexp"):
        return False
    one = np.zeros(np.shape(x))
    one.ravel()[0] = 1.0
    step = 1e-3 * (np.abs(x) + 1e-3) * one
    shape = np.shape(x)
    params = [p.value(at.sizes) if isinstance(p, Dim) else p for p in e.params]
    there = np.asarray(e.op.value(x + (step if shape else float(step)), *params))
    curve = np.asarray(e.op.value(x - (step if shape else float(step)), *params)) + there - 2 * here
    return bool(np.max(np.abs(curve)) <= 1e-11 * np.max(np.abs(here)))
