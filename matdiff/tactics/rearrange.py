"""The equal forms of a Frobenius product or a trace, each with the rule that leads to it.

Here: the search over the rules of the phase `rearrange`.  A : B and B : A are one node to the constructors, so forms
are kept as written.  Terminates: forms are finite in number, and the search stops at a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.book.apply import instantiate
from matdiff.book.load import Book
from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.dimensions import SCALAR
from matdiff.errors import UnsupportedError
from matdiff.language.write import text

_BOUND = 60


@dataclass(frozen=True)
class Rearrangement:
    """One form, the rule that gave it, and the form it came from (None for the one that was asked about)."""

    expr: Expr
    rule: Rule | None
    source: Expr | None

    def __str__(self) -> str:
        return text(self.expr)

    def __repr__(self) -> str:
        return f"<{self}: {self.rule.title if self.rule else 'as given'}>"


def rearrangements(rules: Book, e: Expr) -> list[Rearrangement]:
    """All forms reachable from a Frobenius product or a trace, nearest first.

    Raises UnsupportedError for anything else.
    """
    if e.op.name not in ("frobenius", "trace"):
        raise UnsupportedError(
            f"{text(e)} is neither a Frobenius product nor a trace", suggestion="A : B C, or tr(A B C)"
        )
    found = {text(e): Rearrangement(e, None, None)}
    queue = [e]
    while queue and len(found) < _BOUND:
        form = queue.pop(0)
        for rule in rules.applicable("rearrange", ""):
            for binding in match(rule, rule.left, form):
                other = _as_written(rule, binding, form)
                if text(other) not in found and len(found) < _BOUND:
                    found[text(other)] = Rearrangement(other, rule, form)
                    queue.append(other)
    return list(found.values())


def _as_written(rule: Rule, b: Binding, like: Expr) -> Expr:
    """The right side, its two factors where the rule puts them."""
    space = like.space
    if rule.right.op.name not in ("frobenius", "trace"):
        return instantiate(rule, rule.right, b, space)
    args = tuple(instantiate(rule, a, b, space) for a in rule.right.args)
    key = ("as written", *map(id, args))
    return space.node(space.operations[rule.right.op.name], args, (), SCALAR, key)
