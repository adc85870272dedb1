"""A rule as a value.

Here: the record and what follows from its text alone.  Not here: reading it (`load`), matching (`match`), applying it
(`tactics.rewrite`), testing it (`audit`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from matdiff.core.expr import Expr, walk
from matdiff.language.rule_text import Hole, Use
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms

# What constructors may turn into something else, or matching may find where it is not written.
_CHANGING = frozenset("symbol transpose number sum product power inverse identity zeros dimension trace".split())


@dataclass(frozen=True, eq=False)
class Rule:
    """One equation of the book.

    `requires` are hypotheses (mathematics: the audit samples them), `guards` say when it is useful (tactics: the audit
    ignores them).  `each`: the right side is summed over every factor this hole can stand for.  `opens`: holes whose
    definitions may be looked into to find the pattern.
    """

    name: str
    title: str
    statement: str
    left: Expr
    right: Expr
    holes: dict[str, Hole]
    dims: frozenset[str]
    requires: tuple[tuple[str, str], ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    each: str | None = None
    opens: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    because: str = ""
    cite: tuple[str, str] | None = None
    file: str = ""
    line: int = 0

    def __repr__(self) -> str:
        return f"Rule({self.name})"

    @property
    def operation(self) -> str:
        """The operation the name begins with."""
        return self.name.partition(".")[0]

    @cached_property
    def moving(self) -> frozenset[str]:
        """Holes that must contain what moves."""
        return frozenset(name for name, word in self.guards if word == "moving")

    @cached_property
    def single(self) -> frozenset[str]:
        """Holes that stand for one factor, never for a run of several."""
        return self.moving | ({self.each} if self.each else frozenset())

    @cached_property
    def repeated(self) -> frozenset[str]:
        """Holes that the right side writes out again outside of a d."""
        found: set[str] = set()
        stack = [self.right]
        while stack:
            e = stack.pop()
            if e.op.name == "symbol":
                found.add(e.name)
            elif e.op.name != "d":
                stack.extend(e.args)
        return frozenset(found)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Operations without which nothing can match the left side: a quick first look.

        "orthogonal" is asked for like an operation: no operation makes such matrices out of others.
        """
        if self.opens:
            return frozenset()
        declared = frozenset(word for _, word in self.requires if word == "orthogonal")
        optional = {name for name, hole in self.holes.items() if hole.optional}
        return declared | frozenset(
            e.op.name
            for e in walk(self.left)
            if e.op.name not in _CHANGING
            # A ⊗ B stands for B alone where A may be absent.
            and not any(a.op.name == "symbol" and a.name in optional for a in e.args)
        )

    @cached_property
    def indices(self) -> tuple[str, ...]:
        """The indices of sums on the right side."""
        return tuple(sorted(e.params[0] for e in walk(self.right) if e.op.name == "indexsum"))

    @cached_property
    def left_pair(self) -> tuple[Expr, Expr]:
        """For `P : L(X) = ...`: the patterns P and L(X)."""
        return self._pair(self.left)

    @cached_property
    def right_pairs(self) -> tuple[tuple[Expr, Expr], ...]:
        """The terms of the right side as (what multiplies, what still moves)."""
        return tuple(self._pair(t) for t in terms(self.right))

    def _pair(self, e: Expr) -> tuple[Expr, Expr]:
        """coefficient * scalars * (A : B) as (all of it but B, B); for numbers, (all but the last factor, the last)."""
        c, scalars, matrices = factors(e)
        space = e.space
        inner = [s for s in scalars if s.op.name == "frobenius"]
        if inner:
            rest = [s for s in scalars if s is not inner[-1]]
            a, b = inner[-1].args
            return multiply(space, space.number(c), *rest, a), b
        *rest, last = scalars
        return multiply(space, space.number(c), *rest), last
