"""What a derivation consists of: steps (one rule each) and lines (what a textbook prints).

Here: the records, and nothing that computes.  Steps hold differences, not whole lines: in a deep network whole lines
would be quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.dimensions import SCALAR


@dataclass
class Step:
    """One application of a rule: `before` = `after`, with the place given by the line it belongs to.

    `rule` is None where something is only named or substituted; `note` then says what.  `check` is the verdict of the
    numerical check once it has run: "holds", "fails" or "not sampled".
    """

    rule: Rule | None
    before: Expr
    after: Expr
    note: str = ""
    line: int = 0
    check: str | None = None


@dataclass(frozen=True)
class Term:
    """`weight : moving`, a part of the working line; `moving` holds the differential.

    `flat`: the weight multiplies vec(moving) instead, as in d vec F = J d vec X.
    """

    weight: Expr
    moving: Expr
    flat: bool = False

    @property
    def expr(self) -> Expr:
        """The term as it is to be printed: which factor stands where is kept, unlike in a canonical A : B."""
        space = self.weight.space
        if self.flat:
            return space.apply("product", self.weight, space.apply("vec", self.moving))
        if self.weight.is_scalar:
            return space.apply("product", self.weight, self.moving)
        key = ("as written", id(self.weight), id(self.moving))
        return space.node(space.operations["frobenius"], (self.weight, self.moving), (), SCALAR, key)


@dataclass
class Line:
    """One printed line: the terms that changed (those that wait are the printer's to repeat).

    kind: "differential" (a name was opened and its differential written out), "isolated" (everything was carried
    across the colon) or "projected".  `opened` is the name (None: the function).
    """

    kind: str
    opened: Expr | None
    terms: tuple[Term, ...]
    rules: tuple[Rule, ...] = ()
    note: str = ""
    check: str | None = None

    @property
    def is_last(self) -> bool:
        """Is this about the terms of one variable, once everything has been carried across?"""
        return self.kind == "projected" or bool(self.note)


@dataclass
class Names:
    """Names the engine introduced: definition node -> the expression in the problem's own terms."""

    original: dict[Expr, Expr] = field(default_factory=dict)
    # the other way round: what already has a name
    named: dict[Expr, Expr] = field(default_factory=dict)
    # in the order in which they are opened, function first
    order: list[Expr] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, name: Expr, original: Expr) -> None:
        self.original[name] = original
        self.named.setdefault(original, name)
        self.order.append(name)
