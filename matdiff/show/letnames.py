"""Names the printer gives: W for a mat(w, n, m) that returns, G for a sum that would be read twice.

They change nothing in the derivation: the writers put the letter where the expression stands, and the "where" list says
what it is.  Not here: names that steer the differentiation (`tactics.names`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matdiff.core.expr import Expr, walk
from matdiff.language.write import text

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.show.rows import Row

# A shorter sum is as easily read as a letter.
_LONG = 20
# What is read with difficulty when its argument is a sum.
_BLOCKWISE = frozenset({"ptrace", "bldiag", "diag", "Diag"})
_SUMS = "G H E F R Q P".split()
_RESHAPED = "W V Y R Q N".split()
# Beyond this many nodes a derivation is a list of lines, not a text; letters would not help.
_MOST_NODES = 20_000


class Namer:
    """Chooses the letters of one derivation: `called` maps expressions to names."""

    def __init__(self, d: Derivation, rows: tuple[Row, ...], answer: Expr) -> None:
        self.called: dict[Expr, str] = {}
        self._taken = {*d.run.names.taken, *d.problem.variables, *d.problem.definitions, *d.problem.dimensions}
        self._rows = [[p.expr for p in row.parts] for row in rows]
        self._answer = answer
        if sum(e.size for row in self._rows for e in row) > _MOST_NODES:
            return
        self._name_sums()
        self._name_reshaped()

    def _name_sums(self) -> None:
        """Sums of several terms that stand in two rows, or inside an operation on blocks; outer ones first."""
        places: dict[Expr, int] = {}
        blockwise: set[Expr] = set()
        for roots in self._rows:
            for e in {x for node in walk(*roots, into_definitions=False) for x in (node, node.T)}:
                places[e] = places.get(e, 0) + 1
                if e.op.name in _BLOCKWISE:
                    blockwise.update(e.args)
        for root in (e for row in [*self._rows, [self._answer]] for e in row):
            stack = [root]
            while stack:
                e = stack.pop()
                if self._known(e) or e.op.name == "definition":
                    continue
                if _is_long_sum(e) and (places.get(e, 0) >= 2 or e in blockwise):
                    self._give(e, _SUMS)
                else:
                    stack.extend(reversed(e.args))

    def _name_reshaped(self) -> None:
        """mat(...) that is printed twice or more."""
        roots = [e for row in self._rows for e in row]
        bodies = list(self.called)
        counts = _printed([*roots, *bodies], self._known)
        for e, times in counts.items():
            if e.op.name == "mat" and not self._known(e) and times >= 2:
                self._give(e, _RESHAPED)

    def _known(self, e: Expr) -> bool:
        return e in self.called or (not e.is_scalar and e.T in self.called)

    def _give(self, e: Expr, letters: list[str]) -> None:
        """The capital of what is reshaped, if that is a short name; else the first letter that is free."""
        own = []
        if e.op.name == "mat" and e.args[0].op.name in ("symbol", "definition"):
            own = [e.args[0].name.upper()] if len(e.args[0].name) == 1 else []
        candidates = [*own, *letters, *(f"{letters[0]}_{k}" for k in range(1, 1000))]
        name = next(c for c in candidates if c not in self._taken)
        self._taken.add(name)
        self.called[e] = name


def _is_long_sum(e: Expr) -> bool:
    return e.op.name == "sum" and not e.is_scalar and not e.moving and len(text(e)) >= _LONG


def occurrences(roots: list[Expr]) -> dict[Expr, int]:
    """How often each node is printed in the roots; definitions are not entered."""
    counts: dict[Expr, int] = {}
    for root in roots:
        counts[root] = counts.get(root, 0) + 1
    for e in reversed(list(walk(*roots, into_definitions=False))):
        if e.op.name != "definition":
            for a in e.args:
                counts[a] = counts.get(a, 0) + counts.get(e, 0)
    return counts


def _printed(roots: list[Expr], known: Callable[[Expr], bool]) -> dict[Expr, int]:
    """The same where what is `known` is a letter everywhere but at a root.  Visits every printed node."""
    counts: dict[Expr, int] = {}
    for root in roots:
        stack = [root]
        while stack:
            e = stack.pop()
            counts[e] = counts.get(e, 0) + 1
            if e.op.name != "definition" and (e is root or not known(e)):
                stack.extend(reversed(e.args))
    return counts
