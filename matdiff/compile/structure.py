"""Structure that computing can use: names for Kronecker products opened, and the book's rules for computing applied.

Here: what happens to an expression before it is lowered.  Not here: the rules (`rules/computing.rules`), the order of
products (`chains`).  Terminates: names are opened once, and every rule of the phase removes what it matches.
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.book.load import Book
from matdiff.book.rule import Rule
from matdiff.compile.cost import Sizes
from matdiff.core.expr import Expr, rebuild, walk
from matdiff.operations.factors import factors
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

# Operations that are cheaper left in their parts than formed.
_STRUCTURED = {"kronecker", "Diag", "identity", "commutation"}
_SEEN_THROUGH = {"transpose", "inverse"}


@dataclass(frozen=True)
class Variant:
    """The expressions of one program in one form, and the rules that led to it."""

    roots: list[Expr]
    used: list[Rule]


class Structure:
    """The expressions of one program, rewritten: the forms of which sizes decide which one pays.

    `variants` are with the structure of Kronecker products used; then also with inverses and determinants of smaller
    matrices; last without either.
    """

    def __init__(self, book: Book, roots: list[Expr], sizes: Sizes) -> None:
        self._used: dict[Rule, None] = {}
        self._space = roots[0].space
        self._rw = Rewriter(book, self._space, sizes=sizes)
        self._structured: dict[Expr, bool] = {}
        plain = self._variant(roots, "stabilise", {"log", "log1p"})
        opened = [rebuild(root, self._opened) for root in plain.roots]
        structured = self._variant(opened, "compute", _STRUCTURED)
        pushed = self._variant(structured.roots, "push", _STRUCTURED)
        reduced = self._variant(pushed.roots, "reduce", _STRUCTURED)
        self.variants = [structured, *(v for v in (reduced, plain) if _differ(v.roots, structured.roots))]

    def _variant(self, roots: list[Expr], phase: str, concerned: set[str]) -> Variant:
        return Variant(self._rewritten(roots, phase, concerned), list(self._used))

    def _rewritten(self, roots: list[Expr], phase: str, concerned: set[str]) -> list[Expr]:
        """By the rules of a phase, inside names too; `concerned` are operations without which none of them matches."""
        new: dict[Expr, Expr] = {}
        return [self._one(root, phase, new) if _occurs(concerned, root) else root for root in roots]

    def _one(self, root: Expr, phase: str, new: dict[Expr, Expr]) -> Expr:
        # names first: what they stand for may gain structure too
        for e in walk(root):
            if e.op.name == "definition" and e not in new:
                body = self._by_rules(rebuild(e.body, new.get, into_definitions=False), phase)
                new[e] = e if body is e.body else self._space.define(e.name, body, e.params[1])
        return self._by_rules(rebuild(root, new.get, into_definitions=False), phase)

    def _by_rules(self, e: Expr, phase: str) -> Expr:
        first = len(self._rw.steps)
        out = tidy(self._rw, e, phase)
        self._used.update({s.rule: None for s in self._rw.steps[first:] if s.rule is not None})
        return out

    def _opened(self, e: Expr) -> Expr | None:
        """A name for something structured, as what it stands for."""
        if e.op.name != "definition" or not self._is_structured(e.body):
            return None
        return rebuild(e.body, self._opened)

    def _is_structured(self, e: Expr) -> bool:
        if e not in self._structured:
            self._structured[e] = self._find(e)
        return self._structured[e]

    def _find(self, e: Expr) -> bool:
        name = e.op.name
        if name in _STRUCTURED:
            return True
        if name in _SEEN_THROUGH or name == "definition":
            return self._is_structured(e.args[0])
        if name == "sum":
            return not e.is_scalar and any(self._is_structured(t) for t in e.args)
        if name == "product":
            matrices = factors(e).matrices
            return len(matrices) == 1 and self._is_structured(matrices[0])
        return False


def _differ(one: list[Expr], other: list[Expr]) -> bool:
    return any(a is not b for a, b in zip(one, other))


def _occurs(names: set[str], root: Expr) -> bool:
    return any(e.op.name in names for e in walk(root))
