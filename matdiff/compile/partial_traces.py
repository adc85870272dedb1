"""Lowering partial traces: term by term; of a product without forming it, in one of two ways.

ptrace(A B) pairs the entries of A with those of B'.  Where one factor is M ⊗ I or I ⊗ M and the trace is taken over M,
the blocks of the other factors' product X are weighed: sum of m_ji X_ij, or the matrix of the M' : X_ij.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from matdiff.compile.chains import Chain, chain
from matdiff.compile.cost import START, TRAFFIC
from matdiff.compile.products import coefficient
from matdiff.compile.program import Node
from matdiff.core.expr import Expr
from matdiff.dimensions import Dim
from matdiff.operations.factors import factors

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering, Rule

# What a way costs, and what computes it.
Way = tuple[int, Callable[[], Node]]


def ptrace(low: Lowering, e: Expr) -> Node:
    """Of a sum, term by term."""
    size, side = e.params
    p = low.program
    inside = e.args[0]
    total = None
    for t in inside.args if inside.op.name == "sum" else (inside,):
        c, scalars, matrices = factors(t)
        node = p.mul(coefficient(low, c, scalars), _of_factors(low, matrices, size, side, e))
        total = node if total is None else p.add(total, node)
    assert total is not None
    return total


def _of_factors(low: Lowering, matrices: Sequence[Expr], size: Dim, side: int, e: Expr) -> Node:
    if len(matrices) > 1:
        ways = [*_weighed(low, matrices, size, side, e), _paired(low, matrices, size, side, e)]
        return min(ways, key=lambda way: way[0])[1]()
    one = e.space.apply("ptrace", matrices[0], params=(size, side))
    if one.op.name != "ptrace":
        return low(one)
    node = low.program.node("ptrace", (low.as_matrix(matrices[0]),), (size, side), e.shape)
    return low.from_matrix(node, e.shape)


def _paired(low: Lowering, matrices: Sequence[Expr], size: Dim, side: int, e: Expr) -> Way:
    """ptrace(A B) from A and B', the product split where that costs least."""
    found = Chain(low, matrices)
    last = len(found.factors) - 1
    # every entry of one meets the entries of the other that stand in its place of the contracted sizes
    each = 2 * low.sizes(e.shape[1]) + TRAFFIC

    def total(s: int) -> int:
        return found.cost(0, s) + found.cost(s + 1, last) + each * found.sizes[0] * found.sizes[s + 1] + START

    split, price = 1, 0
    if last:
        s = min(range(last), key=total)
        split, price = found.starts[s + 1], total(s)

    def node() -> Node:
        a, b = _value(low, matrices[:split]), _value(low, [m.T for m in reversed(matrices[split:])])
        return low.from_matrix(low.program.node("ptrace_product", (a, b), (size, side), e.shape), e.shape)

    return price, node


def _weighed(low: Lowering, matrices: Sequence[Expr], size: Dim, side: int, e: Expr) -> Iterator[Way]:
    """ptrace(X (M ⊗ I)) and its likes from the blocks of X, each entry of which is looked at once."""
    for others, end, axis in ((matrices[:-1], matrices[-1], 1), (matrices[1:], matrices[0], 0)):
        m = _summed_over(end, side)
        if m is None or m.shape[axis] != size:
            continue
        found = Chain(low, others)
        rows, cols = found.sizes[0], found.sizes[-1]
        price = found.cost(0, len(found.factors) - 1) + low.estimate(m) + (2 + TRAFFIC) * rows * cols + START

        def node(others: Sequence[Expr] = others, m: Expr = m) -> Node:
            made = low.program.node("weigh_blocks", (_value(low, others), low.as_matrix(m.T)), (side,), e.shape)
            return low.from_matrix(made, e.shape)

        yield price, node


def _summed_over(e: Expr, side: int) -> Expr | None:
    """M for M ⊗ I where the trace is taken over the left factor (side 1), for I ⊗ M where over the right one."""
    if e.op.name != "kronecker":
        return None
    rest, still = (e.args[:-1], e.args[-1]) if side == 1 else (e.args[1:], e.args[0])
    if still.op.name != "identity":
        return None
    return e.space.apply("kronecker", *rest) if len(rest) > 1 else rest[0]


def _value(low: Lowering, matrices: Sequence[Expr]) -> Node:
    return chain(low, matrices) if len(matrices) > 1 else low.formed(matrices[0])


RULES: dict[str, Rule] = {"ptrace": ptrace}
