"""Where a minus sign stands: -A'(b + c) rather than A'(-b - c), and A'(A x - b) rather than -A'(b - A x).

Not here: coefficients common to the terms of a sum (`factor`).
"""

from __future__ import annotations

from matdiff.core.expr import Expr, remake, walk
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.tactics.gather import summed


def signs_out(e: Expr) -> Expr:
    """A sum of negative terms inside a product, or in a linear operation, gives its sign to the whole."""
    if e.op.name == "product":
        c, scalars, matrices = factors(e)
        if len(scalars) + len(matrices) < 2:
            return e
        turned = sum(map(_is_negative, (*scalars, *matrices)))
        if not turned:
            return e
        parts = (-f if _is_negative(f) else f for f in (*scalars, *matrices))
        return multiply(e.space, e.space.number(c * (-1) ** turned), *parts)
    if len(e.op.linear) == 1 and _is_negative(e.args[e.op.linear[0]]):
        k = e.op.linear[0]
        return -remake(e, (*e.args[:k], -e.args[k], *e.args[k + 1 :]))
    return e


def sign_inside(e: Expr) -> Expr:
    """A lone minus sign before a product goes into a difference, b - a: unless that stands elsewhere too."""
    if e.op.name != "product" or e.params[0] != -1 or len(e.args) < 2:
        return e
    c, scalars, matrices = factors(e)
    for k, f in enumerate(matrices):
        if f.op.name == "sum" and _has_both_signs(f) and not _is_elsewhere(f, (*scalars, *matrices)):
            turned = summed(e.space, [-f])
            return multiply(e.space, *scalars, *matrices[:k], turned, *matrices[k + 1 :])
    return e


def _is_negative(e: Expr) -> bool:
    return e.op.name == "sum" and all(factors(t).coefficient < 0 for t in e.args)


def _has_both_signs(e: Expr) -> bool:
    return any(factors(t).coefficient < 0 for t in e.args) and any(factors(t).coefficient > 0 for t in e.args)


def _is_elsewhere(f: Expr, parts: tuple[Expr, ...]) -> bool:
    """Does the sum or its transpose stand in the other factors?"""
    others = list(parts)
    others.remove(f)
    return any(n is f or n is f.T for n in walk(*others))
