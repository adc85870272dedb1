"""Traces of products: a closed chain, which may be cut open anywhere.

Here: where to cut.  Not here: the order within a product (`chains`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matdiff.compile import cost
from matdiff.compile.chains import MANY, RUN, Chain, run_length
from matdiff.compile.operators import ones_apart
from matdiff.compile.program import Node
from matdiff.core.expr import Expr

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering


def cyclic(low: Lowering, matrices: Sequence[Expr]) -> Node:
    """tr of a product of two or more matrices: cut in two places where that is cheapest, P : Q of the halves.

    Two columns meeting is an inner product, a column and a row a quadratic form.
    """
    matrices = ones_apart(matrices)
    n = len(matrices)
    plain = 2 * n <= MANY and not _repeats(matrices)
    doubled = Chain(low, [*matrices, *matrices][: 2 * n - 1]) if plain else None
    if doubled is None or len(doubled.factors) != 2 * n - 1:
        return _trace_of_two(low, matrices)
    best = None
    for start in range(n):
        for length in range(1, n):
            i, j, end = start, start + length, start + n - 1
            if end > 2 * n - 2:
                continue
            area = doubled.sizes[i] * doubled.sizes[j]
            total = doubled.cost(i, j - 1) + doubled.cost(j, end) + cost.TRAFFIC * area
            if best is None or total < best[0]:
                best = (total, i, j, end)
    assert best is not None
    _, i, j, end = best
    return _paired(low, doubled.node(i, j - 1), doubled.node(j, end))


def _repeats(matrices: Sequence[Expr]) -> bool:
    return any(run_length([*matrices, *matrices], k) >= RUN for k in range(len(matrices)))


def _trace_of_two(low: Lowering, matrices: Sequence[Expr]) -> Node:
    """All but the last factor against the last one: where runs of one factor are powers, or there are many."""
    head = Chain(low, matrices[:-1], from_left=True)
    return _paired(low, head.node(0, len(head.factors) - 1), low.formed(matrices[-1]))


def _paired(low: Lowering, a: Node, b: Node) -> Node:
    """tr(a b) of matrices a and b."""
    p = low.program
    if a.rank == 1:
        return p.matmul(a, b)
    if a.op == "outer":
        # tr(u v' b) = v'b u
        return p.matmul(a.args[1], p.matmul(b, a.args[0]))
    return p.node("vdot", (p.transpose(a), b))
