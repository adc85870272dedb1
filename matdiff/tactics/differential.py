"""The differential of an expression, written out until every d stands before a variable or a name.

One rule of the book an operation; nothing is known here about any of them.  Terminates: each application replaces
d(e) by differentials of parts of e, and names keep every expression shallow.
"""

from __future__ import annotations

from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, rebuild
from matdiff.errors import UnsupportedError
from matdiff.language.write import text
from matdiff.operations.sums import add, coefficient_and_rest
from matdiff.tactics.rewrite import Rewriter


def differential(rw: Rewriter, e: Expr) -> Expr:
    """d(e), with steps recorded."""
    space = rw.space
    if not rw.depends(e):
        return space.apply("zeros", params=e.shape)
    if rw.is_atom(e):
        return space.apply("d", e)
    if e.op.name == "transpose":
        return differential(rw, e.args[0]).T
    if e.op.name == "indexsum":
        return _of_each(rw, e)
    c, rest = coefficient_and_rest(e)
    if c != 1:
        # A number leaves every linear operation by itself, and d is one.
        return differential(rw, rest) * c
    rule, after = once(rw, e)
    rw.record(rule, space.apply("d", e), after)
    out = rebuild(after, lambda n: _inner(rw, n), into_definitions=False)
    return _spread(rw, out) if rw.book.has("spread", out.op.name) else out


def _of_each(rw: Rewriter, e: Expr) -> Expr:
    """A sum over an index, term by term."""
    lower, upper, body = e.args
    after = rw.space.apply("indexsum", lower, upper, differential(rw, body), params=e.params)
    rw.record(rw.book.rule("sum.differential"), rw.space.apply("d", e), after)
    return after


def _spread(rw: Rewriter, e: Expr) -> Expr:
    """A linear function of a sum of differentials, term by term: tr(dA B + A dB) as two traces."""
    found = rw.matches("spread", e.op.name, lambda rule: match(rule, rule.left, e))
    if found is None:
        return e
    rule, bindings = found
    after = add(rw.space, *(rw.build(rule, rule.right, b) for b in bindings))
    rw.record(rule, e, after)
    return after


def _inner(rw: Rewriter, n: Expr) -> Expr | None:
    if n.op.name == "d":
        return differential(rw, n.args[0])
    return None


def find(rw: Rewriter, e: Expr) -> tuple[Rule, list[Binding]] | None:
    """The rule for d(e) with its bindings, or None."""
    d = rw.space.node(rw.space.operations["d"], (e,), (), e.shape)
    return rw.matches("differentiate", e.op.name, lambda rule: match(rule, rule.left, d, moves=rw.depends))


def once(rw: Rewriter, e: Expr) -> tuple[Rule, Expr]:
    """One application of the rule for d(e)."""
    rw.unmet = None
    found = find(rw, e)
    if found is None:
        raise _unknown(rw, e)
    rule, bindings = found
    for b in bindings:
        rw.assume(rule, b)
    parts = [rw.build(rule, rule.right, b) for b in bindings]
    return rule, parts[0] if len(parts) == 1 else add(rw.space, *parts)


def _unknown(rw: Rewriter, e: Expr) -> UnsupportedError:
    name = e.op.text or e.op.name
    if rw.unmet is None:
        return UnsupportedError(
            f"the differential of {name} is not supported here: {e.op.doc}",
            suggestion="differentiate with respect to a variable outside of it",
        )
    _, bound, word = rw.unmet
    return UnsupportedError(
        f"the differential of {name} is known here only where its argument is {word}",
        suggestion=f"declare {text(bound)} {word}, if it is",
    )
