"""Carrying everything across the colon: weight : L(dX) becomes weight' : dX.

One adjoint of the book for each linear argument.  Terminates: every application moves one operation from the right of
the colon to its left, or parts a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, walk
from matdiff.errors import UnsupportedError
from matdiff.operations.algebra import multiply, scalar_part
from matdiff.operations.factors import factors
from matdiff.operations.indexsums import renamed, sizes_in
from matdiff.tactics.matrixform import matrix_form
from matdiff.tactics.rewrite import Rewriter, opened, separable
from matdiff.tactics.steps import Term
from matdiff.tactics.tidy import tidy


def isolate(rw: Rewriter, weight: Expr, moving: Expr) -> list[Term]:
    """The terms P : dY that weight : moving is made of, with steps recorded."""
    out: list[Term] = []
    stack = [(weight, moving)]
    while stack:
        p, t = stack.pop()
        if t.op.name == "zeros" or p.op.name == "zeros" or not t.moving:
            continue
        before = None
        while t is not before:
            before = t
            p, t = _scalars_across(rw, p, t)
        if t.op.name == "d":
            out.append(Term(p, t))
            continue
        if t.op.name == "indexsum":
            out += summed_over(rw, p, t, isolate)
            continue
        rule, pairs = _once(rw, p, t)
        if rule.name != "sum.adjoint":
            rw.record(rule, Term(p, t).expr, _total([Term(*pair).expr for pair in pairs], t))
        stack.extend(reversed([(a, b) for a, b in pairs]))
    return out


def summed_over(rw: Rewriter, p: Expr, t: Expr, carry: Callable[[Rewriter, Expr, Expr], list[Term]]) -> list[Term]:
    """A sum over an index crosses term by term: the weight of each name is summed, in matrix form where it has one."""
    t = renamed(t, sizes_in(p))
    lower, upper, body = t.args
    out = []
    for term in carry(rw, p, body):
        weight = matrix_form(rw.space.apply("indexsum", lower, upper, term.weight, params=t.params))
        out.append(replace(term, weight=tidy(rw, weight)))
    return out


def _total(parts: list[Expr], like: Expr) -> Expr:
    return like.space.apply("sum", *parts) if parts else like.space.number(0)


def _scalars_across(rw: Rewriter, p: Expr, t: Expr) -> tuple[Expr, Expr]:
    """Numbers stand where they like: those that rest join the weight; one that moves is what is left.

    p (A : dX) is p A : dX, one expression to the constructors, so no rule is needed either.
    """
    if t.op.name == "frobenius":
        a, b = t.args
        still, moved = (a, b) if b.moving else (b, a)
        return multiply(rw.space, p, still), moved
    c, scalars, matrices = factors(t)
    if t.op.name != "product":
        return p, t
    space = rw.space
    resting = [s for s in scalars if not s.moving]
    moving = [s for s in scalars if s.moving]
    if moving:
        rest = multiply(space, space.number(c), *resting, *matrices)
        return _paired(p, rest) if matrices and not t.is_scalar else multiply(space, p, rest), moving[0]
    if c == 1 and not resting:
        return p, t
    return multiply(space, space.number(c), *resting, p), multiply(space, *matrices)


def _paired(p: Expr, rest: Expr) -> Expr:
    """p : rest, which for vectors is p'rest."""
    return multiply(p.space, p.T, rest) if p.is_vector else p.space.apply("frobenius", p, rest)


def _once(rw: Rewriter, p: Expr, t: Expr) -> tuple[Rule, list[tuple[Expr, Expr]]]:
    """One application of the adjoint for the operation at the root of t; scalar factors of p are carried along."""
    scalar, core = (rw.space.number(1), p) if p.is_scalar else scalar_part(p)
    if t.op.name == "kronecker":
        core = distributed(core)
    found = rw.matches("isolate", t.op.name, lambda rule: _find(rule, core, t))
    if found is None:
        shown = t.op.text or t.op.name
        raise UnsupportedError(f"no rule carries {shown} across a Frobenius product")
    rule, bindings = found
    pairs = [
        (tidy(rw, multiply(rw.space, scalar, rw.build(rule, a, b))), rw.build(rule, x, b))
        for b in bindings
        for a, x in rule.right_pairs
    ]
    return rule, pairs


def _find(rule: Rule, p: Expr, t: Expr) -> Iterator[Binding]:
    pattern, linear = rule.left_pair
    by_weight = any(e.op.name == "symbol" and e.name == rule.each for e in walk(pattern))
    for first in match(rule, linear, t, exclusive=rule.each is None):
        found = list(match(rule, pattern, p, first))
        if rule.opens and (other := opened(p)) is not None:
            found += match(rule, pattern, other, first)
        yield from found
        if found and by_weight:
            # The terms of the weight are summed; reading t in another way would count them all again.
            return


def distributed(p: Expr) -> Expr:
    """A product around a sum, multiplied out if that shows a term of rank one or a Kronecker product: before a
    Kronecker product such terms have a closed form that the factored sum hides."""
    matrices = factors(p).matrices
    for k, m in enumerate(matrices):
        if m.op.name == "sum":
            parts = [multiply(p.space, *matrices[:k], t, *matrices[k + 1 :]) for t in m.args]
            if any(map(separable, parts)):
                return p.space.apply("sum", *parts)
    return p
