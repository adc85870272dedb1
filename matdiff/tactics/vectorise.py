"""Carrying everything out of vec: J vec(L(dX)) becomes J' vec(dX).

One vec rule of the book for each linear argument.  Terminates: every application moves one operation from inside the
vec into the matrix before it, or parts a sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.errors import UnsupportedError
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.tactics.isolate import summed_over
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.steps import Term
from matdiff.tactics.tidy import tidy


def vectorise(rw: Rewriter, weight: Expr, moving: Expr) -> list[Term]:
    """The terms J vec(dY) that weight * vec(moving) is made of, with steps recorded."""
    out: list[Term] = []
    stack = [(weight, moving)]
    while stack:
        j, t = stack.pop()
        if t.op.name == "zeros" or j.op.name == "zeros" or not t.moving:
            continue
        j, t = _numbers_out(rw, j, t)
        if t.op.name == "d":
            out.append(Term(j, t, flat=True))
        elif t.op.name == "indexsum":
            out += summed_over(rw, j, t, vectorise)
        elif t.op.name in ("vec", "mat"):
            # vec(vec(X)) = vec(X), and mat undoes vec: nothing is moved.
            stack.append((j, t.args[0]))
        else:
            stack.extend(reversed(_once(rw, j, t)))
    return out


def _numbers_out(rw: Rewriter, j: Expr, t: Expr) -> tuple[Expr, Expr]:
    """Numbers that rest join the matrix; a number that moves is what is left, vec(a M) = vec(M) a."""
    if t.op.name != "product":
        return j, t
    c, scalars, matrices = factors(t)
    moving = [s for s in scalars if s.moving]
    resting = [rw.space.number(c), *(s for s in scalars if not s.moving)]
    if not moving:
        return multiply(rw.space, *resting, j), multiply(rw.space, *matrices) if matrices else t
    column = [rw.space.apply("vec", multiply(rw.space, *matrices))] if matrices and not t.is_scalar else list(matrices)
    return tidy(rw, multiply(rw.space, *resting, j, *column)), moving[0]


def _once(rw: Rewriter, j: Expr, t: Expr) -> list[tuple[Expr, Expr]]:
    """One application of the vec rule for the operation at the root of t."""
    found = rw.matches("vectorise", t.op.name, lambda rule: _find(rule, t))
    if found is None:
        shown = t.op.text or t.op.name
        raise UnsupportedError(f"no rule takes {shown} out of a vec, so there is no Jacobian through it yet")
    rule, bindings = found
    space = rw.space
    pairs = []
    after = []
    for b in bindings:
        for term in terms(rule.right):
            before, inside = _split(rule, term)
            matrix = rw.build(rule, before, b) if before is not None else None
            x = rw.build(rule, inside, b)
            vec = space.apply("vec", x)
            after.append(vec if matrix is None else multiply(space, matrix, vec))
            pairs.append((j if matrix is None else tidy(rw, multiply(space, j, matrix)), x))
    if rule.name != "sum.vec":
        rw.record(rule, space.apply("vec", t), space.apply("sum", *after))
    return pairs


def _split(rule: Rule, term: Expr) -> tuple[Expr | None, Expr]:
    """A term M vec(X) of a right side as M (None for an identity) and X."""
    c, scalars, matrices = factors(term)
    last = matrices[-1]
    inside = last.args[0] if last.op.name == "vec" else last
    rest = matrices[:-1]
    if not rest and c == 1 and not scalars:
        return None, inside
    space = term.space
    return multiply(space, space.number(c), *scalars, *rest), inside


def _find(rule: Rule, t: Expr) -> Iterator[Binding]:
    pattern = rule.left.args[0] if rule.left.op.name == "vec" else rule.left
    yield from match(rule, pattern, t, exclusive=rule.each is None)
