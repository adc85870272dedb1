"""Structure that computing can use: names for Kronecker products opened, and the book's rules for computing applied.

Here: what happens to an expression before it is lowered.  Not here: the rules (`rules/computing.rules`), the order of
products (`chains`).  Terminates: names are opened once, and every rule of the phase removes what it matches.
"""

from __future__ import annotations

from matdiff.book.load import Book
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, rebuild, walk
from matdiff.operations.factors import factors
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

# Operations that are cheaper left in their parts than formed.
_STRUCTURED = {"kronecker", "Diag", "identity", "commutation"}
_SEEN_THROUGH = {"transpose", "inverse"}


class Structure:
    """The expressions of one program, rewritten; `used` are the rules that did it, in order.

    `plain` are the same expressions without what the rules for computing did: for sizes at which it does not pay.
    """

    def __init__(self, book: Book, roots: list[Expr]) -> None:
        self.used: dict[Rule, None] = {}
        self._space = roots[0].space
        self._rw = Rewriter(book, self._space)
        self._structured: dict[Expr, bool] = {}
        self.plain = self._rewritten(roots, "stabilise", {"log", "log1p"})
        opened = [rebuild(root, self._opened) for root in self.plain]
        self.roots = self._rewritten(opened, "compute", _STRUCTURED)

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
        self.used.update({s.rule: None for s in self._rw.steps[first:] if s.rule is not None})
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


def _occurs(names: set[str], root: Expr) -> bool:
    return any(e.op.name in names for e in walk(root))
