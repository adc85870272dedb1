"""An answer multiplied out and factored again, where that makes it shorter: terms that cancel show only then.

Here: the one place where a factored expression is taken apart.  Not here: identities and common factors (`tidy`).
Terminates: one pass; what comes out is kept only if it is shorter.
"""

from __future__ import annotations

from itertools import islice, product

from matdiff.core.expr import Expr, remake
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

# Nothing that has more terms than this, or is longer, is taken apart.
_MOST_TERMS = 32
_LONGEST = 160
# 2 A'(A x - b) is short as it is.
_SHORT = 10
# Numbers made of matrices, linear in the first.
_NUMBERS = frozenset({"frobenius", "trace", "entrysum"})


def shortest(rw: Rewriter, e: Expr) -> Expr:
    """The tidied expression, or what multiplying it out leads to, if that is shorter."""
    if not _SHORT < e.size <= _LONGEST or not any(_is_factored(t) for t in terms(e)):
        return e
    parts = multiplied_out(e)
    if len(parts) > _MOST_TERMS:
        return e
    other = tidy(rw, e.space.apply("sum", *(tidy(rw, t) for t in parts)))
    return other if other.size < e.size else e


def multiplied_out(e: Expr) -> list[Expr]:
    """The terms of the sum that products of sums, and linear functions of sums, come to."""
    out: list[Expr] = []
    stack = list(reversed(terms(e)))
    while stack and len(out) <= _MOST_TERMS:
        t = stack.pop()
        parts = _apart(t)
        if parts is None:
            out.append(t)
        else:
            stack.extend(reversed(parts))
    return out + stack


def _apart(t: Expr) -> list[Expr] | None:
    space = t.space
    c, scalars, matrices = factors(t)
    number = multiply(space, space.number(c), *scalars)
    if any(m.op.name == "sum" for m in matrices):
        chosen = islice(product(*map(terms, matrices)), _MOST_TERMS + 1)
        return [multiply(space, number, *combination) for combination in chosen]
    everything = (*scalars, *matrices)
    for k, f in enumerate(everything):
        inner = _linear_of_sum(f)
        if inner is not None:
            before = (space.number(c), *everything[:k])
            return [multiply(space, *before, part, *everything[k + 1 :]) for part in inner]
    return None


def _linear_of_sum(m: Expr) -> list[Expr] | None:
    """vec(A + B) as vec(A), vec(B); also where the sum is a factor of the argument."""
    if not _is_linear(m):
        return None
    k = m.op.linear[0]
    inside = m.args[k]
    parts = _apart(inside) if inside.op.name == "product" else list(inside.args) if inside.op.name == "sum" else None
    return None if parts is None else [remake(m, (*m.args[:k], part, *m.args[k + 1 :])) for part in parts]


def _is_factored(t: Expr) -> bool:
    _, scalars, matrices = factors(t)
    if any(m.op.name == "sum" for m in matrices):
        return len(matrices) > 1 or any(map(_is_factored, matrices[0].args))
    return any(_is_linear(f) and _has_sum(f.args[f.op.linear[0]]) for f in (*scalars, *matrices))


def _is_linear(m: Expr) -> bool:
    return m.op.name in _NUMBERS or (len(m.op.linear) == 1 and not m.is_scalar)


def _has_sum(e: Expr) -> bool:
    return e.op.name == "sum" or (e.op.name == "product" and any(a.op.name == "sum" for a in e.args))
