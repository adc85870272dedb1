"""Lowering what rearranges or gathers entries: vec and mat, diagonals, blocks.

A diagonal of a product is computed without the product.  Not here: partial traces (`partial_traces`).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from matdiff.compile.chains import Chain
from matdiff.compile.cost import TRAFFIC
from matdiff.compile.operators import is_diagonal
from matdiff.compile.products import coefficient
from matdiff.compile.program import Node
from matdiff.core.expr import Expr
from matdiff.operations.factors import factors

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering, Rule


# ---------------------------------------------------------------- vec, mat, diagonals


def vec(low: Lowering, e: Expr) -> Node:
    node = low(e.args[0])
    if node.op == "mat":
        return node.args[0]
    if node.op == "outer":
        # vec(a b') = b ⊗ a
        return low.program.node("kron_vectors", node.args[::-1], (), e.shape[:1])
    return low.program.node("vec", (node,), (), e.shape[:1])


def mat(low: Lowering, e: Expr) -> Node:
    node = low(e.args[0])
    if node.op == "vec" and node.args[0].shape == e.shape:
        return node.args[0]
    return low.program.node("mat", (node,), (), e.shape)


def diagonal(low: Lowering, e: Expr) -> Node:
    """The diagonal as a vector."""
    p = low.program
    c, scalars, matrices = factors(e)
    scale = coefficient(low, c, scalars)
    if e.op.name == "sum":
        parts = [diagonal(low, t) for t in e.args]
        total = parts[0]
        for part in parts[1:]:
            total = p.add(total, part)
        return total
    if len(matrices) > 1:
        return p.mul(scale, _diagonal_of_product(low, matrices))
    inner = matrices[0]
    if inner.op.name == "Diag":
        return p.mul(scale, low(inner.args[0]))
    if inner.op.name in ("identity", "ones"):
        return p.mul(scale, p.node("ones", (), (), e.shape[:1]))
    if inner.op.name == "inverse" and is_diagonal(inner.args[0]):
        return p.div(scale, diagonal(low, inner.args[0]))
    return p.mul(scale, p.node("diagonal", (low(inner),), (), e.shape[:1]))


def _diagonal_of_product(low: Lowering, matrices: Sequence[Expr]) -> Node:
    """diag(A B)_i is row i of A times column i of B."""
    p = low.program
    for scaling, rest in ((matrices[0], matrices[1:]), (matrices[-1], matrices[:-1])):
        if is_diagonal(scaling):
            inner = diagonal(low, rest[0]) if len(rest) == 1 else _diagonal_of_product(low, rest)
            return p.mul(diagonal(low, scaling), inner)
    found = Chain(low, matrices)
    last = len(found.factors) - 1
    if last == 0:
        return p.node("diagonal", (found.node(0, 0),), (), matrices[0].shape[:1])
    costs = [found.cost(0, s) + found.cost(s + 1, last) + TRAFFIC * found.sizes[s + 1] for s in range(last)]
    s = min(range(last), key=costs.__getitem__)
    a, b = found.node(0, s), found.node(s + 1, last)
    if a.rank == 1:
        return p.mul(a, b)
    return p.node("rowsums", (p.mul(a, p.transpose(b)),), (), a.shape[:1])


def diag(low: Lowering, e: Expr) -> Node:
    return diagonal(low, e.args[0])


def diag_matrix(low: Lowering, e: Expr) -> Node:
    return low.program.node("diagmat", (low(e.args[0]),), (), e.shape)


def _triangle(name: str) -> Rule:
    def rule(low: Lowering, e: Expr) -> Node:
        return low.from_matrix(low.program.node(name, (low.as_matrix(e.args[0]),), (), e.shape), e.shape)

    return rule


# ---------------------------------------------------------------- blocks


def slice_(low: Lowering, e: Expr) -> Node:
    first, last, left, right = e.params
    x = e.args[0]
    sizes = tuple(s for s in e.shape if not s.is_one)
    for end, size in ((last, x.shape[0]), (right, x.shape[1])):
        low.demand(size, end)
    spans = []
    for begin, end, size in ((first, last, x.shape[0]), (left, right, x.shape[1])):
        if not size.is_one:
            spans.append((begin, end))
    node = low(x)
    if node.rank == 0 or len(spans) != node.rank:
        return node
    return low.program.node("slice", (node,), tuple(d for span in spans for d in span), sizes)


def kronecker(low: Lowering, e: Expr) -> Node:
    """A Kronecker product that is itself wanted: of vectors, or as an answer."""
    p = low.program
    if all(a.shape[1].is_one for a in e.args) or all(a.shape[0].is_one for a in e.args):
        out = low(e.args[0])
        for a in e.args[1:]:
            node = low(a)
            out = p.node("kron_vectors", (out, node), (), (out.shape[0] * node.shape[0],))
        return out
    *rest, last = e.args
    left = e.space.apply("kronecker", *rest) if len(rest) > 1 else rest[0]
    if left.op.name == "identity" or last.op.name == "identity":
        # blocks along the diagonal, or diagonals in blocks
        side, block = (1, last) if left.op.name == "identity" else (2, left)
        other = left if side == 1 else last
        node = p.node("repeat_blocks", (low.as_matrix(block),), (side, other.shape[0]), e.shape)
    else:
        node = p.node("kron", (low.as_matrix(left), low.as_matrix(last)), (), e.shape)
    return low.from_matrix(node, e.shape)


# ---------------------------------------------------------------- gathered


def softmax(low: Lowering, e: Expr) -> Node:
    if e.params[0] == 0 and low(e.args[0]).rank == 1:
        x = low(e.args[0])
        return low.program.node("softmax", (x,), (), x.shape)
    return low.call("softmax", e.args, e.params, e.shape)


def logsumexp(low: Lowering, e: Expr) -> Node:
    if e.params[0] == 0 and low(e.args[0]).rank == 1:
        return low.program.node("logsumexp", (low(e.args[0]),))
    return low.call("logsumexp", e.args, e.params, e.shape)


def norm1(low: Lowering, e: Expr) -> Node:
    return low.program.node("sum", (low.program.function("abs", low(e.args[0])),))


def _gathered(name: str) -> Rule:
    def rule(low: Lowering, e: Expr) -> Node:
        return low.program.node(name, (low(e.args[0]),))

    return rule


def norm(low: Lowering, e: Expr) -> Node:
    """(Σ |x|^p)^(1/p)."""
    p, x, exponent = low.program, low(e.args[0]), low(e.args[1])
    total = p.node("sum", (p.power(p.function("abs", x), exponent),))
    return p.power(total, p.div(p.number(1), exponent))


def norminf(low: Lowering, e: Expr) -> Node:
    return low.program.node("max", (low.program.function("abs", low(e.args[0])),))


def matrix_function(low: Lowering, e: Expr) -> Node:
    return low.program.node("matrix", (low.as_matrix(e.args[0]),), (e.op.name,), e.shape)


def chol(low: Lowering, e: Expr) -> Node:
    return low.program.node("chol", (low(e.args[0]),), (), e.shape)


def _eigen(low: Lowering, e: Expr) -> Node:
    """Values and vectors come from one decomposition."""
    p, name, shape = low.program, e.op.name, e.args[0].shape
    inside = [_symmetric_part(low, a) for a in e.args]
    if name.startswith("gen"):
        # the Cholesky factor of S is shared with its solves and determinant
        pair = p.node("geneigh", (inside[0], p.node("chol", (inside[1],), (), shape)), (), shape)
    else:
        pair = p.node("eigh", (inside[0],), (), shape)
    k = int(name.endswith("vecs"))
    return p.item(pair, k, shape if k else shape[:1])


def _symmetric_part(low: Lowering, e: Expr) -> Node:
    return low(e) if e.T is e else low.program.mul(low.program.number(Fraction(1, 2)), low(e + e.T))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("eigvals", "eigvecs", "geneigvals", "geneigvecs"), _eigen),
    "vec": vec,
    "mat": mat,
    "diag": diag,
    "Diag": diag_matrix,
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
    "slice": slice_,
    "kronecker": kronecker,
    "softmax": softmax,
    "logsumexp": logsumexp,
    "norm1": norm1,
    "norminf": norminf,
    "norm": norm,
    "prod": _gathered("prod"),
    "max": _gathered("max"),
    "min": _gathered("min"),
    "chol": chol,
    **dict.fromkeys(("expm", "logm", "sqrtm", "sinm", "cosm"), matrix_function),
}
