"""Factors of a product: what each costs, formed as a matrix or applied to its neighbour without being formed.

Here: `Factor` and its kinds: an inverse applies by solving, a diagonal matrix by scaling, a Kronecker product along the
axes of its neighbour, a permutation or a unit vector by picking.  Not here: in which order the factors of a product
are combined (`chains`); the rest of lowering (`lower`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matdiff.compile.cost import START, TRAFFIC
from matdiff.compile.program import Node
from matdiff.core.expr import Expr
from matdiff.core.facts import TRUE, fact
from matdiff.dimensions import ONE
from matdiff.operations.shorthands import ones

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering

# What is never worth choosing.
NEVER = 10**30


class Factor:
    """A matrix that is formed: the plain case.

    `left`: this factor times b; `right`: a times this factor.  b and a are values whose own shape is (rows, columns)
    with rows or columns 1 for vectors.
    """

    def __init__(self, low: Lowering, e: Expr) -> None:
        self.low, self.e = low, e
        self.rows, self.cols = low.sizes(e.shape[0]), low.sizes(e.shape[1])

    def dense(self) -> Node:
        return self.low.formed(self.e)

    def dense_cost(self) -> int:
        """Of forming it, beyond what has to be done anyway."""
        return self.low.estimate(self.e)

    def left_cost(self, columns: int) -> int:
        return NEVER

    def right_cost(self, rows: int) -> int:
        return NEVER

    def left(self, b: Node) -> Node:
        raise NotImplementedError

    def right(self, a: Node) -> Node:
        raise NotImplementedError


class Inverse(Factor):
    """X⁻¹: solves with a factorisation of X; its transpose comes from the same factorisation."""

    def dense_cost(self) -> int:
        return 0 if self.low.known(self.e) else 2 * self.rows**3 + TRAFFIC * self.rows**2 + START

    def left_cost(self, columns: int) -> int:
        return 2 * self.rows**2 * columns + 2 * TRAFFIC * self.rows * columns + START

    def right_cost(self, rows: int) -> int:
        return self.left_cost(rows)

    def left(self, b: Node) -> Node:
        return self.low.solver(self.e.args[0]).solve(b, transposed=False)

    def right(self, a: Node) -> Node:
        # a X⁻¹ = (X⁻ᵀ a')'
        p = self.low.program
        return p.transpose(self.low.solver(self.e.args[0]).solve(p.transpose(a), transposed=True))


class Diagonal(Factor):
    """Diag(x), or what is known to be diagonal: rows or columns are scaled."""

    def left_cost(self, columns: int) -> int:
        return TRAFFIC * self.rows * columns + START

    def right_cost(self, rows: int) -> int:
        return TRAFFIC * self.rows * rows + START

    def left(self, b: Node) -> Node:
        p, x = self.low.program, self.low.diagonal_of(self.e)
        return p.mul(x, b) if b.rank == 1 else p.node("scale_rows", (x, b), (), b.shape)

    def right(self, a: Node) -> Node:
        p, x = self.low.program, self.low.diagonal_of(self.e)
        return p.mul(a, x) if a.rank == 1 else p.node("scale_cols", (a, x), (), a.shape)


class Kronecker(Factor):
    """A ⊗ B ⊗ ...: each factor is applied along its own axis of the neighbour."""

    def dense_cost(self) -> int:
        return 0 if self.low.known(self.e) else TRAFFIC * self.rows * self.cols + START

    def _cost(self, other: int, transposed: bool) -> int:
        s = self.low.sizes
        shapes = [(s(a.shape[0]), s(a.shape[1])) for a in self.e.args]
        if transposed:
            shapes = [(n, m) for m, n in shapes]
        current, out = [n for _, n in shapes], 0
        for k in reversed(range(len(shapes))):
            size = other
            for n in current:
                size *= n
            if self.e.args[k].op.name != "identity":
                out += 2 * shapes[k][0] * size + 3 * TRAFFIC * size + START
            current[k] = shapes[k][0]
        return out

    def left_cost(self, columns: int) -> int:
        return self._cost(columns, False) if not self.e.shape[1].is_one else NEVER

    def right_cost(self, rows: int) -> int:
        return self._cost(rows, True) if not self.e.shape[0].is_one else NEVER

    def left(self, b: Node) -> Node:
        return self._applied(self.e, b)

    def right(self, a: Node) -> Node:
        p = self.low.program
        return p.transpose(self._applied(self.e.T, p.transpose(a)))

    def _applied(self, e: Expr, b: Node) -> Node:
        """From the last factor to the first, so that another product with the same last factors finds them done."""
        p = self.low.program
        if e.op.name != "kronecker":
            return p.matmul(self.low.formed(e), b)
        left = [ONE]
        for a in e.args:
            left.append(left[-1] * a.shape[1])
        done = ONE
        for k in reversed(range(len(e.args))):
            a = e.args[k]
            done = done * a.shape[0]
            if a.op.name != "identity":
                shape = (left[k] * done, *b.shape[1:])
                b = p.node("apply_factor", (self.low.as_matrix(a), b), (left[k],), shape)
        return b


class Commutation(Factor):
    """K_{m,n}: the rows of the neighbour are reordered; also on the right, with K' = K_{n,m}."""

    def left_cost(self, columns: int) -> int:
        return 2 * TRAFFIC * self.rows * columns + START

    def right_cost(self, rows: int) -> int:
        return self.left_cost(rows)

    def left(self, b: Node) -> Node:
        return self.low.program.node("commute_rows", (b,), self.e.params, b.shape)

    def right(self, a: Node) -> Node:
        p, (m, n) = self.low.program, self.e.params
        b = p.transpose(a)
        return p.transpose(p.node("commute_rows", (b,), (n, m), b.shape))


class Unit(Factor):
    """A unit vector or its transpose: picks a column or a row."""

    def __init__(self, low: Lowering, e: Expr) -> None:
        super().__init__(low, e)
        self.unit = e.args[0] if e.op.name == "transpose" else e

    def left_cost(self, columns: int) -> int:
        return START if self.e is not self.unit else NEVER

    def right_cost(self, rows: int) -> int:
        return START if self.e is self.unit else NEVER

    def left(self, b: Node) -> Node:
        return self.low.program.node("row", (b,), (self.unit.params[0],), b.shape[1:])

    def right(self, a: Node) -> Node:
        return self.low.program.node("column", (a,), (self.unit.params[0],), a.shape[:-1])


class Ones(Factor):
    """A vector of ones or its transpose: adds up rows or columns."""

    def left_cost(self, columns: int) -> int:
        return TRAFFIC * self.cols * columns // 4 + START if self.e.shape[0].is_one else NEVER

    def right_cost(self, rows: int) -> int:
        return TRAFFIC * self.rows * rows // 4 + START if self.e.shape[1].is_one else NEVER

    def left(self, b: Node) -> Node:
        p = self.low.program
        return p.node("sum", (b,)) if b.rank == 1 else p.node("colsums", (b,), (), b.shape[1:])

    def right(self, a: Node) -> Node:
        p = self.low.program
        return p.node("sum", (a,)) if a.rank == 1 else p.node("rowsums", (a,), (), a.shape[:1])


class Run(Factor):
    """X X ... X, k times: a power by repeated squaring, or applied k times."""

    def __init__(self, low: Lowering, e: Expr, times: int) -> None:
        super().__init__(low, e)
        self.times = times

    def dense(self) -> Node:
        p, base, turned = self.low.program, self.e, self.e.op.name == "transpose"
        inner = self.low(base.args[0] if turned else base)
        out = p.node("matrix_power", (inner,), (self.times,), inner.shape)
        return p.transpose(out) if turned else out

    def dense_cost(self) -> int:
        squarings = self.times.bit_length() + bin(self.times).count("1") - 2
        return squarings * (2 * self.rows**3 + START)

    def left_cost(self, columns: int) -> int:
        return self.times * (2 * self.rows**2 * columns + TRAFFIC * self.rows**2 + START)

    def right_cost(self, rows: int) -> int:
        return self.left_cost(rows)

    def left(self, b: Node) -> Node:
        for _ in range(self.times):
            b = self.low.program.matmul(self.low(self.e), b)
        return b

    def right(self, a: Node) -> Node:
        for _ in range(self.times):
            a = self.low.program.matmul(a, self.low(self.e))
        return a


class Done(Factor):
    """A stretch of factors whose product an earlier one has computed."""

    def __init__(self, low: Lowering, e: Expr, stretch: list[Expr]) -> None:
        self.low, self.e, self.stretch = low, e, stretch
        self.rows, self.cols = low.sizes(e.shape[0]), low.sizes(stretch[-1].shape[1])

    def dense(self) -> Node:
        return self.low.done[tuple(map(id, self.stretch))]

    def dense_cost(self) -> int:
        return 0


def is_diagonal(e: Expr) -> bool:
    return not e.shape[0].is_one and fact(e, "diagonal") is TRUE


KINDS: dict[str, type[Factor]] = {
    "inverse": Inverse,
    "Diag": Diagonal,
    "kronecker": Kronecker,
    "commutation": Commutation,
    "unit": Unit,
}


def factor(low: Lowering, e: Expr) -> Factor:
    """The factor an expression is."""
    name = e.op.name
    if name == "ones" and (e.shape[0] == ONE or e.shape[1] == ONE):
        return Ones(low, e)
    if name == "transpose" and e.args[0].op.name == "unit":
        return Unit(low, e)
    if name not in ("identity", "kronecker") and is_diagonal(e):
        return Diagonal(low, e)
    return KINDS.get(name, Factor)(low, e)


def ones_apart(matrices: Sequence[Expr]) -> list[Expr]:
    """A matrix of ones among others as 1 1', unless it stands alone."""
    out: list[Expr] = []
    for m in matrices:
        if m.op.name == "ones" and len(matrices) > 1 and not (m.shape[0].is_one or m.shape[1].is_one):
            out += [ones(m.space, m.shape[0]), ones(m.space, m.shape[1]).T]
        else:
            out.append(m)
    return out
