"""Grids of blocks: partial traces, diagonal blocks, and the decompositions into sums of Kronecker products."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import fact
from matdiff.core.operation import Operation, Sizes, Slot, Value
from matdiff.dimensions import ONE, Shape
from matdiff.operations.algebra import plain
from matdiff.operations.shapes import shown
from matdiff.operations.transposes import of_transposed_arguments


def _ptrace_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (p, _) = shapes[0], params
    why = f"ptrace(X, p, ...) needs both sizes of X to be multiples of p, but X is {shown(sizes, shapes[0])}"
    return sizes.divide(rows, p, why), sizes.divide(cols, p, why)


def _ptrace_value(a: Any, p: int, side: int) -> Any:
    import numpy as np

    m, n = a.shape[0] // p, a.shape[1] // p
    if side == 1:
        return np.einsum("ikil->kl", a.reshape(p, m, p, n))
    return np.einsum("ikjk->ij", a.reshape(m, p, n, p))


def _build_ptrace(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,), (p, _) = args, params
    if p.is_one:
        return e
    if e.shape == (p, p):
        return space.apply("trace", e)
    return plain(space, space.operations["ptrace"], args, params)


def _bldiag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (_, p) = shapes[0], params
    why = f"bldiag(X, k, p) needs both sizes of X to be multiples of p, but X is {shown(sizes, shapes[0])}"
    return sizes.divide(rows, p, why), sizes.divide(cols, p, why)


def _bldiag_value(a: Any, k: int, p: int) -> Any:
    m, n = a.shape[0] // p, a.shape[1] // p
    return a[(k - 1) * m : k * m, (k - 1) * n : k * n]


def _rearranged(x: Any, p: int, q: int) -> Any:
    """Van Loan and Pitsianis: the matrix whose row (i, j) is vec of block (i, j); rank one iff x = F ⊗ G."""
    m, n = x.shape[0] // p, x.shape[1] // q
    return x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)


def _kronecker_term(side: int) -> Value:
    def value(x: Any, k: int, p: int, q: int) -> Any:
        import numpy as np

        u, s, vt = np.linalg.svd(_rearranged(x, p, q), full_matrices=False)
        if side == 0:
            return (s[k - 1] * u[:, k - 1]).reshape(x.shape[0] // p, x.shape[1] // q, order="F")
        return vt[k - 1].reshape(p, q, order="F")

    return value


def _left_term_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (_, p, q) = shapes[0], params
    why = "the sizes of the right factors must divide those of the matrix"
    return sizes.divide(rows, p, why), sizes.divide(cols, q, why)


def _svd_term(side: int) -> Value:
    def value(h: Any, k: int) -> Any:
        import numpy as np

        u, s, vt = np.linalg.svd(h, full_matrices=False)
        return s[k - 1] * u[:, [k - 1]] if side == 0 else vt[[k - 1], :].T

    return value


_K = Slot("k", "dim")


_P, _Q = Slot("p", "dim"), Slot("q", "dim")


RECORDS = [
    Operation("ptrace", "the partial trace over the left (1) or right (2) Kronecker factor, of size p", _ptrace_shape,
              _ptrace_value, (Slot("X"), _P, Slot("side", "int", (1, 2))), linear=(0,), build=_build_ptrace,
              transposed=of_transposed_arguments,
              facts={"psd": lambda e: fact(e.args[0], "psd"), "spd": lambda e: fact(e.args[0], "spd")},
              latex=r"\operatorname{{ptrace}}_{{{2}}}\left({0}, {1}\right)"),
    Operation("bldiag", "the k-th diagonal block of a p x p grid", _bldiag_shape, _bldiag_value,
              (Slot("X"), _K, _P), linear=(0,), transposed=of_transposed_arguments),
    Operation("kronleft", "F_k of X = sum of F_k ⊗ G_k with G_k p x q, by the singular values of the rearranged X",
              _left_term_shape, _kronecker_term(0), (Slot("X"), _K, _P, _Q), analytic=False, cite="vanloan1993"),
    Operation("kronright", "G_k of X = sum of F_k ⊗ G_k with G_k p x q, by the singular values of the rearranged X",
              lambda s, a, p: (p[1], p[2]), _kronecker_term(1), (Slot("X"), _K, _P, _Q), analytic=False,
              cite="vanloan1993"),
    Operation("svdterm_left", "w_k of H = sum of w_k v_k', the k-th left singular vector times its singular value",
              lambda s, a, p: (a[0][0], ONE), _svd_term(0), (Slot("H"), _K), analytic=False),
    Operation("svdterm_right", "v_k of H = sum of w_k v_k', the k-th right singular vector",
              lambda s, a, p: (a[0][1], ONE), _svd_term(1), (Slot("H"), _K), analytic=False),
]  # fmt: skip
