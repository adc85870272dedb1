"""The audit: is a rule true?  Draw matrices that satisfy its hypotheses, evaluate both sides, compare.

Here: the audit of one rule, in floating-point numbers and, where it is rational, exactly; what each hypothesis means
for a drawn value.  `d` has a numeric meaning,
the directional derivative along a random tangent, so differential rules and identities are judged by the same means.
Guards are ignored: they cannot make a line false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matdiff.book.apply import instantiate
from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, Space, walk
from matdiff.dimensions import Shape
from matdiff.errors import DomainError
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED, difference, largest_summand
from matdiff.numeric.identity import Decision, decide
from matdiff.numeric.sample import Point, draw_point

TOLERANCE = 1e-8
# Stencils are less accurate than the complex step.
_TOLERANCE_STENCIL = 1e-6
_PROPERTIES = frozenset({"invertible", "positive", "symmetric", "skew", "spd", "psd", "diagonal", "lower", "upper",
                         "orthogonal"})  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """`status` holds, fails or is not sampled; on failure the point and both sides show why."""

    status: str
    samples: int
    worst: float
    point: Point | None = None
    left: Any = None
    right: Any = None


def audit(rule: Rule, draws: int = 5, seed: int = 0, requires: tuple[tuple[str, str], ...] | None = None) -> Verdict:
    """Test a rule at random points, with every choice of absent optional holes."""
    required = rule.requires if requires is None else requires
    worst, samples = 0.0, 0
    for number, (left, right) in enumerate(_instances(rule, required)):
        resting = {name for name, word in required if word == "constant"}
        moving = {e.name for e in walk(left, right) if e.op.name == "symbol"} - resting
        for draw in range(draws):
            try:
                point = draw_point([left, right], seed + 1000 * number + draw, moving=moving)
            except DomainError:
                continue
            if not _is_accurate(point, left, right):
                continue
            a, b = point.evaluation(left), point.evaluation(right)
            scale = max(largest_summand(point.evaluation, s) for s in (left, right))
            gap = difference(a, b, scale)
            samples += 1
            if gap > _tolerance(point, left, right):
                return Verdict(FAILS, samples, gap, point, a, b)
            worst = max(worst, gap)
    return Verdict(HOLDS if samples else NOT_SAMPLED, samples, worst)


def _is_accurate(point: Point, *sides: Expr) -> bool:
    """A stencil near a singularity, as of logm near a negative eigenvalue, knows that it says nothing."""
    inner = (e.args[0] for e in walk(*sides) if e.op.name == "d")
    return all(point.tangents.error(e) < _TOLERANCE_STENCIL for e in inner)


def decide_exactly(rule: Rule, seed: int = 0) -> Decision:
    """Is a rule true, over the dual numbers modulo random primes?  Not sampled where it is not rational.

    With every choice of absent optional holes; the worst of the decisions counts.
    """
    worst: Decision | None = None
    resting = {name for name, word in rule.requires if word == "constant"}
    for left, right in _instances(rule, rule.requires):
        moving = {e.name for e in walk(left, right) if e.op.name == "symbol"} - resting
        found = decide(left, right, moving=moving, seed=seed)
        if found.status == FAILS:
            return found
        if worst is None or found.status == NOT_SAMPLED or worst.status == HOLDS and found.chance > worst.chance:
            worst = found
    return worst or Decision(NOT_SAMPLED, reason="the rule has no instance")


def _tolerance(point: Point, *sides: Expr) -> float:
    inner = [e.args[0] for e in walk(*sides) if e.op.name == "d"]
    return TOLERANCE if all(point.tangents.analytic(e) for e in inner) else _TOLERANCE_STENCIL


def _instances(rule: Rule, requires: tuple[tuple[str, str], ...]) -> Iterator[tuple[Expr, Expr]]:
    """Both sides with symbols of the required properties in the holes; each optional hole also absent."""
    optional = [h.name for h in rule.holes.values() if h.optional]
    for mask in range(2 ** len(optional)):
        absent = {name for k, name in enumerate(optional) if mask >> k & 1}
        if absent and len(absent) == len(rule.holes):
            continue
        sides = _instance(rule, requires, absent)
        if sides is not None:
            yield sides


def _instance(rule: Rule, requires: tuple[tuple[str, str], ...], absent: set[str]) -> tuple[Expr, Expr] | None:
    from matdiff.operations.registry import new_space

    space = new_space()
    contexts = _contexts(rule)
    b = Binding()
    for hole in rule.holes.values():
        if hole.name in absent:
            b.absent[hole.name] = contexts[hole.name]
        else:
            wanted = frozenset(word for name, word in requires if name == hole.name and word in _PROPERTIES)
            b.holes[hole.name] = space.symbol(hole.name, hole.shape, hole.kind, wanted)
    _square_up(rule, b, absent)
    for name, e in b.holes.items():
        b.holes[name] = space.symbol(name, _resized(e.shape, b), e.params[1], e.params[2])
    left = instantiate(rule, rule.left, b, space)
    if rule.each is None:
        return left, instantiate(rule, rule.right, b, space)
    return left, _every(rule, left, space)


def _square_up(rule: Rule, b: Binding, absent: set[str]) -> None:
    """An absent factor of a product is an identity: its two sizes become one."""
    for name in sorted(absent):
        if b.absent[name] == "product":
            rows, cols = rule.holes[name].shape
            for size in sorted(rows.names):
                b.dims[size] = cols


def _resized(shape: Shape, b: Binding) -> Shape:
    rows, cols = shape
    return rows.substitute(b.dims), cols.substitute(b.dims)


def _contexts(rule: Rule) -> dict[str, str]:
    """The operation each hole stands in on the left, which decides what its absence means."""
    found: dict[str, str] = {}
    for e in walk(rule.left):
        for a in e.args:
            if a.op.name == "symbol":
                found[a.name] = "number" if a.is_scalar else e.op.name
    return found


def _every(rule: Rule, left: Expr, space: Space) -> Expr:
    """The right side summed over everything the `each` hole can stand for."""
    terms = [
        instantiate(rule, rule.right, found, space) for found in match(rule, rule.left, left, moves=lambda e: True)
    ]
    return terms[0] if len(terms) == 1 else space.apply("sum", *terms)


__all__ = ["FAILS", "HOLDS", "NOT_SAMPLED", "Verdict", "audit", "decide_exactly"]
