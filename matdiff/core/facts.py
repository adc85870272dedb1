"""Three-valued facts about expressions.

Here: `Verdict` and how a fact is looked up.  Not here: the inferences, which stand with each operation's record.
A verdict refuses to be used as a bool: "not known to be invertible" must never read as "not invertible".
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matdiff.core.expr import Expr


class Verdict(Enum):
    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("a verdict has three values; compare it with `is Verdict.TRUE`")


TRUE, FALSE, UNKNOWN = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN

# What a declared property implies.  Everything else about a symbol is unknown.
IMPLIES: dict[str, frozenset[str]] = {
    "spd": frozenset({"symmetric", "invertible", "psd"}),
    "psd": frozenset({"symmetric"}),
    "diagonal": frozenset({"symmetric", "lower", "upper"}),
}

PROPERTIES = "symmetric skew spd psd diagonal lower upper orthogonal invertible positive constant".split()


def closure(properties: Iterable[str]) -> frozenset[str]:
    """The properties together with everything they imply."""
    known = set(properties)
    for name in tuple(known):
        known |= IMPLIES.get(name, frozenset())
    if "spd" in known:
        known |= IMPLIES["psd"]
    return frozenset(known)


def as_declared(properties: Iterable[str]) -> list[str]:
    """The properties without those that others among them imply, as a person would declare them."""
    known = set(properties)
    implied = {word for name in known for word in closure([name]) - {name}}
    return sorted(known - implied)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """TRUE if all are, FALSE is never concluded (a product of singular factors is another matter), else UNKNOWN."""
    return TRUE if all(v is TRUE for v in verdicts) else UNKNOWN


def fact(expr: Expr, name: str) -> Verdict:
    """What is known of `expr`: declared, or inferred by its operation."""
    # Deep expressions are not searched: unknown is always a sound answer.
    if expr.depth > 100:
        return UNKNOWN
    memo = expr.space.memo("fact")
    key = (expr, name)
    if key not in memo:
        infer = expr.op.facts.get(name)
        memo[key] = infer(expr) if infer else UNKNOWN
    return memo[key]
