"""Code as an expert would write it by hand: the yardstick that generated code is held against.

One function for each problem of `speed_problems.py`; arguments are its arrays by name, the result is the value and the
derivative.  What the functions have in common:

- LAPACK and BLAS are called directly.  `A.T` of a C-ordered array is a Fortran view of the transpose, so nothing is
  copied to change the order: a factorisation of `A.T` serves A with `trans` exchanged, and upper for Fortran
  (`lower=0`) is lower for C.  In OpenBLAS the upper variants of potri and of its parts are 1.3-2 times faster.
- A factorisation or a product is computed once for value and derivative.
- A symmetric result is computed as one triangle and mirrored tile by tile (`mirrored`).
- A big matrix goes through the cache once, in strips of rows (`strips`), each used for the value and the derivative.
- `a.dot(b)` has half the overhead of `a @ b`, which is felt below 64.

The Hessians and the plain dense problems are in `limits_dense.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any

import numpy as np
from scipy.linalg.blas import dgemm, dger, dsyr
from scipy.linalg.lapack import dgetrf, dgetri, dgetrs, dpotrf, dpotri, dpotrs, dsyevd, dsygvd

Array = np.ndarray
# A strip that stays in the second-level cache while it is used twice; and the size up to which a matrix stays cached
# as a whole, so that strips do not pay.
STRIP, CACHED = 1 << 20, 1 << 24
# Up to this number of multiplications OpenBLAS multiplies without packing, which for few columns is twice as fast.
UNPACKED = 10**6


def strips(rows: int, per_strip: int) -> Iterator[slice]:
    """The rows in slices of about equal length, at most `per_strip`."""
    count = -(-rows // max(8, per_strip))
    step = -(-rows // count)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def rank_one(scale: float, x: Array, y: Array) -> Array:
    """scale x y', C-ordered.  ger into zeros is 1.5-2.5 times faster than a product by broadcasting."""
    return dger(scale, y, x, a=np.zeros((len(x), len(y))).T, overwrite_a=1).T


def mirrored(lower: Array, scale: float, tile: int = 64) -> Array:
    """scale (L + L' - Diag(L)) of a C-ordered lower triangle with zeros above, in place where it is large.

    A transposed sum of whole matrices runs into cache conflicts.  Tiles of an odd row length do not.
    """
    n = len(lower)
    lower.reshape(-1)[:: n + 1] *= 0.5
    if n <= 2 * tile:
        full = lower + lower.T
        full *= scale
        return full
    buffer = np.empty((n, tile + 1))
    for i in range(0, n, tile):
        column = lower[i:, i : i + tile]
        width = column.shape[1]
        scaled = buffer[: n - i, :width]
        np.multiply(column, scale, out=scaled)
        scaled[:width] += scaled[:width].T.copy()
        column[...] = scaled
        lower[i : i + tile, i + tile :] = scaled[width:].T
    return lower


# ---------------------------------------------------------------- Kronecker structure


def student(A: Array, B: Array, y: Array, mu: Array, a: float) -> tuple[float, tuple[Array, Array]]:
    """log(a + w' inv(A ⊗ B) w) with w = y - mu, in A and B.

    With as many right-hand sides as rows, inverses from one LU each and six products are 1.3-1.6 times faster than four
    pairs of triangular solves; the products choose the memory order, so nothing is transposed.
    """
    m, n = len(A), len(B)
    lu, pivots, _ = dgetrf(A.T)
    A_inv_t, _ = dgetri(lu, pivots, overwrite_lu=1)
    lu, pivots, _ = dgetrf(B.T)
    B_inv_t, _ = dgetri(lu, pivots, overwrite_lu=1)
    Wt = (y - mu).reshape(m, n)
    Xt = A_inv_t.T.dot(Wt.dot(B_inv_t))
    WXt = Wt.T.dot(Xt)
    beta = a + WXt.trace()
    grad_B = B_inv_t.dot(WXt)
    grad_B *= -1 / beta
    grad_A = A_inv_t.dot(Wt.dot(Xt.T))
    grad_A *= -1 / beta
    return log(beta), (grad_A, grad_B)


def sum_of_kroneckers(M: Array, K: Array, Sigma: Array, v: Array) -> tuple[float, Array]:
    """-1/2 logdet(U) - v' inv(U) v with U = M ⊗ K + I ⊗ Sigma, in Sigma, by simultaneous diagonalisation."""
    T, n = len(M), len(K)
    d, V, _ = dsyevd(M.T, lower=0)
    # sygvd leaves the Cholesky factor of Sigma in its second argument.
    chol = Sigma.T.copy(order="F")
    lam, Phi, _ = dsygvd(K.T, chol, overwrite_b=1)
    denominators = np.multiply.outer(lam, d)
    logdet = 2 * T * np.log(chol.diagonal()).sum() + np.log1p(denominators).sum()
    denominators += 1.0
    P = Phi.T.dot(v.reshape(T, n).T).dot(V)
    R = P / denominators
    quadratic = P.ravel().dot(R.ravel())
    np.reciprocal(denominators, out=denominators)
    core = R.dot(R.T)
    core.reshape(-1)[:: n + 1] -= 0.5 * denominators.sum(1)
    return -0.5 * logdet - quadratic, Phi.dot(core).dot(Phi.T)


def both_products(L: Any, S: Array) -> tuple[Array, Array]:
    """L S and L'S.  A dense L is read once, in strips small enough to be multiplied without packing."""
    if not isinstance(L, np.ndarray):
        return L @ S, L.T @ S
    if S.size * len(L) <= UNPACKED:
        return L.dot(S), L.T.dot(S)
    LS, LtS = np.empty_like(S), np.zeros_like(S)
    for rows in strips(len(L), UNPACKED // S.size):
        np.dot(L[rows], S, out=LS[rows])
        LtS += L[rows].T.dot(S[rows])
    return LS, LtS


def kronecker_trace(A: Array, B: Array, H: Array, L: Any) -> tuple[float, tuple[Array, Array]]:
    """tr(S'L S) with S = (B ⊗ A) H, in A and B; L dense or sparse.

    H is read as an array of n × m × q: A acts on the middle axis, B on the first.
    """
    m, n, q = len(A), len(B), H.shape[1]
    H3 = H.reshape(n, m, q)
    AH = np.matmul(A, H3).reshape(n, m * q)
    S = B.dot(AH).reshape(n * m, q)
    LS, LtS = both_products(L, S)
    value = S.ravel().dot(LS.ravel())
    LS += LtS
    Q = LS.reshape(n, m * q)
    BtQ = B.T.dot(Q).reshape(n, m, q)
    grad_A = BtQ.transpose(1, 0, 2).reshape(m, n * q).dot(H3.transpose(1, 0, 2).reshape(m, n * q).T)
    return value, (grad_A, Q.dot(AH.T))


# ---------------------------------------------------------------- factorisations


def gaussian(Sigma: Array, x: Array, mu: Array) -> tuple[float, Array]:
    """-1/2 logdet(Sigma) - 1/2 (x - mu)' inv(Sigma) (x - mu), in Sigma: one Cholesky, and potri for the inverse."""
    r = x - mu
    chol, _ = dpotrf(Sigma.T, lower=0)
    u, _ = dpotrs(chol, r, lower=0)
    value = -np.log(chol.diagonal()).sum() - 0.5 * r.dot(u)
    inverse, _ = dpotri(chol, lower=0, overwrite_c=1)
    inverse = dsyr(-1.0, u, lower=0, a=inverse, overwrite_a=1)
    return value, mirrored(inverse.T, -0.5)


def gaussian_process(K: Array, y: Array, s: float) -> tuple[float, tuple[float, Array]]:
    """1/2 y' inv(K + s I) y + 1/2 logdet(K + s I), in s and K."""
    C = K.copy()
    C.reshape(-1)[:: len(y) + 1] += s
    chol, _ = dpotrf(C.T, lower=0, overwrite_a=1)
    u, _ = dpotrs(chol, y, lower=0)
    value = 0.5 * y.dot(u) + np.log(chol.diagonal()).sum()
    inverse, _ = dpotri(chol, lower=0, overwrite_c=1)
    inverse = dsyr(-1.0, u, lower=0, a=inverse, overwrite_a=1)
    grad_s = 0.5 * inverse.trace()
    return value, (grad_s, mirrored(inverse.T, 0.5))


def bilinear_inverse(X: Array, a: Array, b: Array) -> tuple[float, Array]:
    """a' inv(X) b, in X: one LU for inv(X) b and inv(X)' a."""
    lu, pivots, _ = dgetrf(X.T)
    u, _ = dgetrs(lu, pivots, b, trans=1)
    v, _ = dgetrs(lu, pivots, a, trans=0)
    return a.dot(u), rank_one(-1.0, v, u)


# ---------------------------------------------------------------- products


def least_squares(A: Array, x: Array, b: Array) -> tuple[float, Array]:
    """1/2 ‖A x - b‖², in x."""
    if A.nbytes <= CACHED:
        r = A.dot(x)
        r -= b
        return 0.5 * r.dot(r), r.dot(A)
    value, grad = 0.0, np.zeros(len(x))
    for rows in strips(len(A), STRIP // A.strides[0]):
        part, partial = least_squares(A[rows], x, b[rows])
        value += part
        grad += partial
    return value, grad


def cubic_value(X: Array, A: Array, B: Array, C: Array) -> float:
    """tr(A X B X C X')."""
    return X.ravel().dot(A.dot(X).dot(B.dot(X).dot(C)).ravel())


def cubic(X: Array, A: Array, B: Array, C: Array) -> tuple[float, Array]:
    """tr(A X B X C X'), in X: nine products where term by term there would be fifteen."""
    AX, BXC = A.dot(X), B.dot(X).dot(C)
    grad = AX.dot(BXC)
    value = X.ravel().dot(grad.ravel())
    grad += A.T.dot(X.dot(BXC.T))
    grad += B.T.dot(AX.T.dot(X).dot(C.T))
    return value, grad


def chain_value(X: Array, **factors: Array) -> float:
    """tr(A_1 X A_2 X … A_k X)."""
    pairs = [factors[f"A_{i}"].dot(X) for i in range(1, len(factors) + 1)]
    prefix = pairs[0]
    for pair in pairs[1:-1]:
        prefix = prefix.dot(pair)
    return prefix.ravel().dot(pairs[-1].T.ravel())


def chain(X: Array, **factors: Array) -> tuple[float, Array]:
    """tr(A_1 X A_2 X … A_k X), in X: prefixes and suffixes shared among the k terms, 5k - 6 products.

    With Y_i = A_1 X … A_i and S_i = A_(i+1) X … A_k X the gradient is the sum of the transposed S_i Y_i.
    """
    A = [factors[f"A_{i}"] for i in range(1, len(factors) + 1)]
    prefixes = [A[0]]
    for a in A[1:]:
        prefixes.append(prefixes[-1].dot(X).dot(a))
    value = prefixes[-1].ravel().dot(X.T.ravel())
    # gemm itself accumulates the sum, transposed as Fortran sees it, in the place of the last prefix.
    grad = prefixes.pop().T
    suffix = A[-1].dot(X)
    for i in range(len(A) - 2, -1, -1):
        grad = dgemm(1.0, prefixes[i].T, suffix.T, 1.0, grad, overwrite_c=1)
        if i:
            suffix = A[i].dot(X).dot(suffix)
    return value, grad
