"""A rule without one of its hypotheses, at members of the weaker class: generic ones and degenerate ones.

A hypothesis is needed if at one of them the two sides differ, or one of them cannot be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from matdiff.book.audit import TOLERANCE, _instances, audit
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, walk
from matdiff.errors import DomainError
from matdiff.numeric.compare import FAILS, HOLDS, difference, largest_summand
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.sample import draw_direction, draw_point
from matdiff.numeric.tangent import Tangents

NOT_DEFINED = "not defined"


def outcomes(rule: Rule, hypothesis: tuple[str, str]) -> dict[str, str]:
    """Member of the weaker class -> holds, fails or not defined."""
    hole, word = hypothesis
    weaker = tuple(h for h in rule.requires if h != hypothesis)
    found = {"generic": audit(rule, draws=3, requires=weaker).status}
    if word == "constant":
        return found
    left, right = next(_instances(rule, weaker))
    resting = {name for name, required in weaker if required == "constant"}
    moving = {e.name for e in walk(left, right) if e.op.name == "symbol"} - resting
    # Both sides are defined where all hypotheses hold; the values of the other holes come from there.
    full = next(_instances(rule, rule.requires))
    try:
        point = draw_point(list(full), 0, moving=moving)
    except DomainError:
        return found
    symbol = next(e for e in walk(left, right) if e.op.name == "symbol" and e.name == hole)
    for name, value in members(word, point.values[hole]):
        direction = {**point.tangents.direction, hole: draw_direction(symbol, value, np.random.default_rng(6))}
        found[name] = _compare(left, right, {**point.values, hole: value}, point.sizes, direction)
    return found


def members(word: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Degenerate members of the class that is left when `word` is dropped, of the shape of `value`."""
    rng = np.random.default_rng(5)
    if np.ndim(value) == 0:
        yield from (("negative", -1.3), ("zero", 0.0))
        return
    rows, cols = value.shape
    yield "zeros", np.zeros((rows, cols))
    yield "unstructured", rng.standard_normal((rows, cols))
    if word in ("invertible", "fullrank", "spd", "psd", "orthogonal") and min(rows, cols) > 1:
        # Small whole numbers, so that the rank is exactly what it is meant to be.
        yield "rank one", np.outer(np.arange(1.0, rows + 1), np.arange(2.0, cols + 2))
        singular = rng.integers(-3, 4, (rows, cols)).astype(float)
        singular[:, -1] = singular[:, 0]
        singular[-1, :] = singular[0, :]
        yield "singular", singular
    if word in ("positive", "nonzero", "spd", "psd"):
        yield "negative", -abs(value) - 0.5
        one_zero = abs(value) + 0.5
        one_zero[0, 0] = 0.0
        yield "one zero", one_zero
        yield (
            "mixed signs",
            np.where(np.arange(value.size).reshape(value.shape) % 2, abs(value) + 0.3, -abs(value) - 0.3),
        )


def _compare(left: Expr, right: Expr, values: Any, sizes: Any, direction: Any) -> str:
    tangents = Tangents(values, sizes, direction)
    at = Evaluation(values, sizes, tangent=tangents, strict=True)
    try:
        with np.errstate(all="ignore"):
            a, b = at(left), at(right)
            scale = max(largest_summand(at, side) for side in (left, right))
    except (OutOfDomain, np.linalg.LinAlgError, ZeroDivisionError, ValueError, IndexError, OverflowError):
        return NOT_DEFINED
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))) or scale > 1e8:
        return NOT_DEFINED
    smooth = all(tangents.analytic(e.args[0]) for e in walk(left, right) if e.op.name == "d")
    return HOLDS if difference(a, b, scale) <= (TOLERANCE if smooth else 1e-5) else FAILS
