"""Making an expression short: the tidying rules of the book, bottom-up, then common factors.

Here: the strategy.  Not here: the identities (`rules/tidy.rules`, `rules/kronecker.rules`) and what constructors do
silently.  Terminates: every tidying rule leads towards a form that none of them leaves again, and a bound stops what
would not.
"""

from __future__ import annotations

from matdiff.book.match import match
from matdiff.core.expr import Expr, remake
from matdiff.core.facts import TRUE, fact
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.tactics.factor import factored, multiplied_in
from matdiff.tactics.rewrite import Rewriter, opened_kronecker
from matdiff.tactics.signs import signs_out

_BOUND = 50


def tidy(rw: Rewriter, e: Expr, phase: str = "tidy") -> Expr:
    """The tidied expression; names are not looked into.

    `phase`: another set of rules that is applied in the same way, "compute"; common factors are then left alone.
    """
    # Which rules computing used is asked afterwards, so what another run has found is not taken over.
    memo = rw.space.memo(phase) if phase == "tidy" else rw.memos.setdefault(phase, {})
    if e not in memo:
        memo[e] = _tidied(rw, e, phase)
        memo.setdefault(memo[e], memo[e])
    return memo[e]


def _tidied(rw: Rewriter, e: Expr, phase: str) -> Expr:
    if e.op.name == "definition" or not e.args:
        return e
    args = tuple(tidy(rw, a, phase) for a in e.args)
    if any(a is not b for a, b in zip(args, e.args)):
        e = remake(e, args)
    for _ in range(_BOUND):
        after = _step(rw, e, phase)
        if after is None:
            break
        e = after
    if phase != "tidy":
        return e
    if e.op.name != "sum":
        return multiplied_in(signs_out(e))
    after = factored(e)
    # A sum that has become a factor may be tidied as such.
    return e if after is e else _again(rw, after)


def _step(rw: Rewriter, e: Expr, phase: str) -> Expr | None:
    if not rw.book.has(phase, e.op.name):
        return None
    whole = _whole(rw, e, phase)
    if whole is None and e.op.name == "product":
        whole = _window(rw, e, phase)
    if whole is None or whole is e:
        return None
    return _again(rw, whole, phase)


def _again(rw: Rewriter, e: Expr, phase: str = "tidy") -> Expr:
    """The parts a rule has just built may themselves be tidied."""
    if e.op.name == "definition" or not e.args:
        return e
    args = tuple(tidy(rw, a, phase) for a in e.args)
    return remake(e, args) if any(a is not b for a, b in zip(args, e.args)) else e


def _whole(rw: Rewriter, e: Expr, phase: str) -> Expr | None:
    """A rule whose left side is the whole node."""
    rules = rw.book.possible(phase, e.op.name, _operations(e))
    if not rules:
        return None

    def find(rule):
        yield from match(rule, rule.left, e)
        if rule.opens and (other := _opened_inside(e)) is not None:
            yield from match(rule, rule.left, other)

    while (found := rw.matches(phase, e.op.name, find, rules)) is not None:
        rule, bindings = found
        after = rw.build(rule, rule.right, bindings[0])
        if after is not e:
            if phase != "tidy":
                rw.record(rule, e, after)
            return after
        # What it says here is e = e; a later rule may say more.
        rules = rules[rules.index(rule) + 1 :]
    return None


def _operations(e: Expr) -> frozenset[str]:
    """The operations that occur in the expression, and whether something orthogonal does; names are not looked into."""
    memo = e.space.memo("operations inside")
    found = memo.get(e)
    if found is None:
        inner = () if e.op.name == "definition" else e.args
        own = {e.op.name}
        if not inner and fact(e, "orthogonal") is TRUE:
            own.add("orthogonal")
        found = memo[e] = frozenset(own).union(*map(_operations, inner))
    return found


def _opened_inside(e: Expr) -> Expr | None:
    """The node with the Kronecker products its first argument's factors stand for put in."""
    c, scalars, matrices = factors(e.args[0])
    new = [opened_kronecker(m) or m for m in matrices]
    if all(a is b for a, b in zip(new, matrices)):
        return None
    inner = multiply(e.space, e.space.number(c), *scalars, *new)
    return e.space.apply(e.op.name, inner, *e.args[1:], params=e.params)


def _window(rw: Rewriter, e: Expr, phase: str) -> Expr | None:
    """A rule for two or three neighbouring factors inside a longer product."""
    c, scalars, matrices = factors(e)
    bare = c == 1 and not scalars
    inside = [_operations(m) | {"product"} for m in matrices]
    if not rw.book.possible(phase, "product", frozenset().union(*inside)):
        return None
    for width in (2, 3):
        if len(matrices) < width or (bare and len(matrices) == width):
            continue
        for k in range(len(matrices) - width + 1):
            if not rw.book.possible(phase, "product", inside[k].union(*inside[k + 1 : k + width])):
                continue
            part = multiply(e.space, *matrices[k : k + width])
            if len(factors(part).matrices) != width:
                continue
            after = _whole(rw, part, phase)
            if after is not None and after is not part:
                rest = (*matrices[:k], after, *matrices[k + width :])
                return multiply(e.space, e.space.number(c), *scalars, *rest)
    return None
