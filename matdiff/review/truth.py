"""The true derivative of what a line differentiates, as an expression, for comparison with what the line says.

Not here: the verdict on the line, which never rests on this.
"""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.book.load import book
from matdiff.core.expr import Expr, rebuild, walk
from matdiff.errors import MatdiffError
from matdiff.tactics.differential import differential
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy


def gradient(f: Expr, x: Expr) -> Expr | None:
    """∂f/∂x by the book; None where it has no rule, or x is no variable."""
    x = x.args[0] if x.op.name == "transpose" else x
    if x.op.name != "symbol":
        return None
    try:
        rw = Rewriter(book(), f.space, frozenset([x]))
        run = (Gradient if f.is_scalar else Jacobian)(rw, f, x).run()
        return run.restored(run.answer)
    except MatdiffError:
        return None


def written_out(e: Expr, variables: Sequence[Expr], deep: bool) -> Expr | None:
    """The expression with every d(...) written out; `deep`: until d stands before variables, else before names too."""
    rw = Rewriter(book(), e.space, frozenset(variables))
    tangents: dict[Expr, Expr] = {}

    def known(n: Expr) -> Expr | None:
        if n.op.name != "d" or n.args[0] in rw.variables:
            return None
        return tangents.get(n.args[0])

    try:
        inner = [n.args[0] for n in walk(e) if n.op.name == "d"]
        if not deep:
            tangents = {part: _one_step(rw, part) for part in inner if part not in rw.variables}
            return tidy(rw, rebuild(e, known, into_definitions=False))
        for part in walk(*inner):
            if part.op.name == "definition":
                tangents[part] = rebuild(differential(rw, part.body), known, into_definitions=False)
        for part in inner:
            if part not in rw.variables:
                tangents[part] = rebuild(differential(rw, part), known, into_definitions=False)
        return tidy(rw, rebuild(e, known, into_definitions=False))
    except MatdiffError:
        return None


def _one_step(rw: Rewriter, e: Expr) -> Expr:
    """d(e), a name opened once."""
    return differential(rw, e.body if e.op.name == "definition" else e)
