"""Sums among the factors of a product: formed, or applied to their neighbour term by term.

Here: `Sum`, the factor, and when splitting one loses no accuracy.  Not here: the other kinds of factors (`operators`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.compile.cost import START, TRAFFIC, product
from matdiff.compile.operators import NEVER, Factor, factor, ones_apart
from matdiff.compile.program import Node
from matdiff.core.expr import Expr
from matdiff.core.facts import TRUE, fact
from matdiff.operations.factors import factors

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering


class Sum(Factor):
    """S + T: S b + T b where that is cheaper than forming the sum, each term applied from its last factor on."""

    def __init__(self, low: Lowering, e: Expr) -> None:
        super().__init__(low, e)
        self.may_be_split = not low.known(e) and may_be_split(e)

    def left_cost(self, columns: int) -> int:
        if not self.may_be_split:
            return NEVER
        area = TRAFFIC * self.rows * columns + START
        return sum(self._cost(m, columns) for t in self.e.args for m in _matrices(t)) + len(self.e.args) * area

    def right_cost(self, rows: int) -> int:
        return factor_of(self.low, self.e.T).left_cost(rows)

    def _cost(self, m: Expr, columns: int) -> int:
        f = factor_of(self.low, m)
        return min(f.left_cost(columns), f.dense_cost() + product(f.rows, f.cols, columns))

    def left(self, b: Node) -> Node:
        from matdiff.compile.products import coefficient

        p, total = self.low.program, None
        for t in self.e.args:
            c, scalars, _ = factors(t)
            node = b
            for m in reversed(_matrices(t)):
                node = self._times(m, node)
            node = p.mul(coefficient(self.low, c, scalars), node)
            total = node if total is None else p.add(total, node)
        assert total is not None
        return total

    def right(self, a: Node) -> Node:
        p = self.low.program
        return p.transpose(factor_of(self.low, self.e.T).left(p.transpose(a)))

    def _times(self, m: Expr, b: Node) -> Node:
        p, f = self.low.program, factor_of(self.low, m)
        if m.shape[1].is_one:
            # a column: b is a row, or a number
            return p.outer(f.dense(), b) if b.rank else p.mul(b, f.dense())
        columns = self.low.sizes(b.shape[1]) if b.rank == 2 else 1
        if f.left_cost(columns) <= f.dense_cost() + product(f.rows, f.cols, columns):
            return f.left(b)
        return p.matmul(f.dense(), b)


def factor_of(low: Lowering, e: Expr) -> Factor:
    """The factor an expression is, sums included."""
    return Sum(low, e) if e.op.name == "sum" else factor(low, e)


def _matrices(t: Expr) -> list[Expr]:
    """The factors of a term; an identity does nothing."""
    return [m for m in ones_apart(factors(t).matrices) if m.op.name != "identity"]


def may_be_split(e: Expr) -> bool:
    """No accuracy is lost: sums of semidefinite terms, of a matrix and its transpose, and of structured matrices.

    Where at most one term is not itself a product, forming the sum rounds as much as multiplying it out does.
    """
    if is_split_well(e):
        return True
    vectors = e.shape[0].is_one or e.shape[1].is_one
    return not vectors and sum(len(factors(t).matrices) < 2 for t in e.args) < 2


def is_split_well(e: Expr) -> bool:
    """Do the terms have structure of their own?"""
    if all(fact(t, "psd") is TRUE for t in e.args):
        return True
    return all(_is_structured(t) or (_is_input(t) and t.T in e.args) for t in e.args)


def _is_input(e: Expr) -> bool:
    return e.op.name == "symbol" or (e.op.name == "transpose" and e.args[0].op.name == "symbol")


def _is_structured(e: Expr) -> bool:
    matrices = factors(e).matrices
    if len(matrices) == 1:
        return matrices[0].op.name in ("identity", "ones", "Diag", "kronecker", "commutation")
    if any(m.op.name in ("kronecker", "commutation") for m in matrices):
        return True
    return any(m.shape[1].is_one for m in matrices[:-1])
