"""What generated NumPy code brings along: only the functions it calls, copied from here with their imports.

Every function stands alone but for others of this module.  Matrices are 2-D arrays.  LAPACK is called directly: it
wants columns in memory one after the other, and a C-ordered matrix is the transpose of such a one.
"""

import math

import numpy as np
import scipy.linalg
from scipy.linalg.lapack import dgetrf, dgetri, dgetrs, dpotrf, dpotri, dpotrs, dtrtrs
from scipy.sparse.linalg import LinearOperator  # noqa: F401 - for the code that returns one
from scipy.special import erfc

# ---------------------------------------------------------------- factorisations


def lu_factor(a):
    """PA = LU with partial pivoting; of a C-ordered matrix that of its transpose, which needs no copy."""
    flipped = a.flags.c_contiguous
    lu, pivots, info = dgetrf(a.T if flipped else a)
    if info > 0:
        raise np.linalg.LinAlgError("a matrix that must be invertible is singular")
    return lu, pivots, flipped


def lu_solve(factor, b, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b."""
    lu, pivots, flipped = factor
    return dgetrs(lu, pivots, b, trans=int(transposed != flipped))[0]


def lu_inverse(factor):
    """A⁻¹."""
    lu, pivots, flipped = factor
    inverse = dgetri(lu, pivots)[0]
    return inverse.T if flipped else inverse


def lu_logdet(factor):
    """log |det A|."""
    return np.log(np.abs(factor[0].diagonal())).sum()


def lu_det(factor):
    """det A: the product of the pivots, with the sign of the permutation."""
    lu, pivots, _ = factor
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return lu.diagonal().prod() * (-1) ** swaps


def cholesky(a):
    """The lower factor L of A = L L', zeros above, of the symmetric part of A."""
    # The upper triangle of the transpose is the lower one: no copy for either order in memory.
    factor, info = dpotrf(a.T, lower=0) if a.flags.c_contiguous else dpotrf(a, lower=1)
    if info > 0:
        raise np.linalg.LinAlgError("a matrix that must be positive definite is not")
    return factor.T if a.flags.c_contiguous else factor


def cholesky_solve(factor, b):
    """(L L')⁻¹ b."""
    if factor.flags.c_contiguous:
        return dpotrs(factor.T, b, lower=0)[0]
    return dpotrs(factor, b, lower=1)[0]


def cholesky_inverse(factor):
    """(L L')⁻¹, both triangles."""
    # one triangle is filled, the other one is 0
    half = dpotri(factor.T, lower=0)[0] if factor.flags.c_contiguous else dpotri(factor, lower=1)[0]
    inverse = half + half.T
    inverse.ravel("K")[:: len(inverse) + 1] *= 0.5
    return inverse


def triangular_solve(a, b, lower, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b, by substitution."""
    if a.flags.c_contiguous:
        a, lower, transposed = a.T, not lower, not transposed
    x, info = dtrtrs(a, b, lower=int(lower), trans=int(transposed))
    if info > 0:
        raise np.linalg.LinAlgError("a triangular matrix that must be invertible has a 0 on its diagonal")
    return x


def generalized_eigh(a, factor):
    """λ and Φ with Φ' A Φ = Diag(λ) and Φ' S Φ = I, from the Cholesky factor of S."""
    half = triangular_solve(factor, a, True)
    values, vectors = np.linalg.eigh(triangular_solve(factor, half.T, True))
    return values, triangular_solve(factor, vectors, True, True)


# ---------------------------------------------------------------- products


def inner(a, b):
    """The sum of the products of entries, in the order they have in memory."""
    return np.vdot(a.T, b.T) if a.flags.f_contiguous else np.vdot(a, b)


def kron(a, b):
    """A ⊗ B."""
    (m, n), (p, q) = a.shape, b.shape
    return (a[:, None, :, None] * b[None, :, None, :]).reshape(m * p, n * q)


def apply_factor(factor, x, left=1):
    """(I ⊗ F ⊗ I) x without forming it: F acts on the axis between an identity of size `left` and the rest."""
    size = factor.shape[1]
    out = factor @ (x.reshape(size, -1) if left == 1 else x.reshape(left, size, -1))
    return out.reshape(-1, *x.shape[1:])


def thin_product(a, x):
    """A X for few columns X, in strips of rows that BLAS multiplies without copying A first."""
    step = max(8, 1_000_000 // x.size)
    if not isinstance(a, np.ndarray) or step >= len(a):
        return a @ x
    out = np.empty((len(a), x.shape[1]))
    for i in range(0, len(a), step):
        np.dot(a[i : i + step], x, out=out[i : i + step])
    return out


def both_products(a, x):
    """A X and A' X for a square A and few columns X, reading A once."""
    step = max(8, 1_000_000 // x.size)
    if not isinstance(a, np.ndarray) or step >= len(a):
        return a @ x, a.T @ x
    product, other = np.empty(x.shape), np.zeros(x.shape)
    for i in range(0, len(a), step):
        strip = a[i : i + step]
        np.dot(strip, x, out=product[i : i + step])
        other += strip.T.dot(x[i : i + step])
    return product, other


def repeat_blocks(a, side, k):
    """I ⊗ A for side 1, A ⊗ I for side 2, with an identity of size k."""
    m, n = a.shape
    index = np.arange(k)
    if side == 1:
        out = np.zeros((k, m, k, n))
        out[index, :, index, :] = a
    else:
        out = np.zeros((m, k, n, k))
        out[:, index, :, index] = a
    return out.reshape(k * m, k * n)


def partial_trace(a, k, side):
    """The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k."""
    m, n = a.shape[0] // k, a.shape[1] // k
    if side == 1:
        return np.einsum("ikil->kl", a.reshape(k, m, k, n))
    return np.einsum("ikjk->ij", a.reshape(m, k, n, k))


def partial_trace_product(a, b, k, side):
    """The partial trace of A B' without forming it."""
    if side == 1:
        m, n = a.shape[0] // k, b.shape[0] // k
        a = a.reshape(k, m, -1).swapaxes(0, 1)
        b = b.reshape(k, n, -1).swapaxes(0, 1)
        return a.reshape(m, -1) @ b.reshape(n, -1).T
    return a.reshape(a.shape[0] // k, -1) @ b.reshape(b.shape[0] // k, -1).T


def commute_rows(a, m, n):
    """K a for the commutation matrix K with K vec(X) = vec(X'), X m x n."""
    return a.reshape(n, m, -1).swapaxes(0, 1).reshape(a.shape)


def khatri_rao(a, b):
    """Column by column the Kronecker products."""
    return (a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1])


# ---------------------------------------------------------------- entries


def add_diagonal(a, x):
    """A + Diag(x), or A + x I."""
    out = a.copy()
    out.ravel("K")[:: a.shape[0] + 1] += x
    return out


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    shifted = np.exp(x - x.max())
    return shifted / shifted.sum()


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    top = x.max()
    return top + np.log(np.exp(x - top).sum())


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    axis = (None, 0, 1)[side]
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    axis = side - 1
    top = x.max(axis=axis, keepdims=True)
    return (top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))).reshape(-1, 1)


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = np.abs(x)
    return np.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def normal_cdf(x):
    """The standard normal distribution function."""
    return 0.5 * erfc(-x / math.sqrt(2))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    out = np.zeros(a.shape)
    at = np.argmax(a) if largest else np.argmin(a)
    out[np.unravel_index(at, a.shape)] = 1.0
    return out


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = np.triu_indices(a.shape[0])
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return np.tril(a, -1) + np.diag(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    out = np.zeros((rows, columns))
    out[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]] = a
    return out


def unit(i, n):
    """The i-th column of the identity matrix."""
    out = np.zeros(n)
    out[i - 1] = 1.0
    return out


def block(a, *spans):
    """Rows and columns from and to, both included and counted from 1; outside of the matrix is an error."""
    for size, first, last in zip(a.shape, spans[::2], spans[1::2]):
        if not 1 <= first <= last <= size:
            raise IndexError(f"entries {first} to {last} of {size}")
    return a[tuple(slice(first - 1, last) for first, last in zip(spans[::2], spans[1::2]))]


def grid_block(a, k, p):
    """The k-th diagonal block of a p x p grid."""
    m, n = a.shape[0] // p, a.shape[1] // p
    return block(a, (k - 1) * m + 1, k * m, (k - 1) * n + 1, k * n)


def commutation(m, n):
    """K with K vec(X) = vec(X') for X m x n."""
    return commute_rows(np.eye(m * n), m, n)


def duplication(n):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = np.triu_indices(n)
    out = np.zeros((n, n, len(rows)))
    k = np.arange(len(rows))
    out[rows, columns, k] = out[columns, rows, k] = 1.0
    return out.reshape(n * n, -1)


def elimination(n):
    """L with L vec(X) = vech(X)."""
    columns, rows = np.triu_indices(n)
    out = np.zeros((len(rows), n * n))
    out[np.arange(len(rows)), rows + n * columns] = 1.0
    return out


# ---------------------------------------------------------------- functions of matrices


def matrix_function(name, a):
    """expm, logm, sqrtm, sinm or cosm of a real matrix, where the result is real."""
    out = getattr(scipy.linalg, name)(a)
    if not np.iscomplexobj(out):
        return out
    if np.abs(out.imag).max() > 1e-10 * max(1.0, np.abs(out).max()):
        raise np.linalg.LinAlgError(f"{name} is not real at this matrix")
    return out.real


def frechet(x, e, name):
    """The Fréchet derivative of a matrix function at X in direction E: the upper right block of f([X, E; 0, X])."""
    if name == "logm":
        return frechet_logm(x, e)
    n = x.shape[0]
    return matrix_function(name, np.block([[x, e], [np.zeros((n, n)), x]]))[:n, n:]


def frechet_logm(x, e):
    """That of the logarithm, by an integral after taking square roots until X is near I (Al-Mohy et al. 2013)."""
    one, factor = np.eye(x.shape[0]), 1.0
    while np.linalg.norm(x - one, 1) > 0.25 and factor < 2.0**40:
        x = matrix_function("sqrtm", x)
        e = scipy.linalg.solve_sylvester(x, x, e)
        factor *= 2
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = np.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total += w * np.linalg.solve(at, np.linalg.solve(at.T, e.T).T)
    return factor * total


def frechet_matrix(x, name):
    """K with vec of the Fréchet derivative in direction E equal to K vec(E)."""
    n = x.shape[0]
    columns = [frechet(x, one.reshape(n, n).T, name).T.reshape(-1) for one in np.eye(n * n)]
    return np.stack(columns, axis=1)


def adjugate(a):
    """det(A) A⁻¹, by minors: also of a singular matrix."""
    n = a.shape[0]
    out = np.ones((n, n))
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            out[j, i] = (-1) ** (i + j) * np.linalg.det(minor)
    return out


def singular_values(a):
    """In descending order."""
    return np.linalg.svd(a, compute_uv=False)


def extreme_eigenvector(a, k):
    """The unit eigenvector of eigenvalue k, its largest entry positive, as a column."""
    v = np.linalg.eigh((a + a.T) / 2)[1][:, [k]]
    return v if v[np.abs(v).argmax(), 0] > 0 else -v


def singular_vector(a, right):
    """The left or right singular vector of the largest singular value; the left one's largest entry is positive."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    sign = 1.0 if u[np.abs(u[:, 0]).argmax(), 0] > 0 else -1.0
    return sign * (vt[[0], :].T if right else u[:, [0]])


def polar(a):
    """U V' of the singular value decomposition."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


def kronecker_term(x, k, p, q, right):
    """F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993)."""
    m, n = x.shape[0] // p, x.shape[1] // q
    rearranged = x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)
    u, s, vt = np.linalg.svd(rearranged, full_matrices=False)
    return vt[k - 1].reshape(q, p).T if right else (s[k - 1] * u[:, k - 1]).reshape(n, m).T


def svd_term(h, k, right):
    """w_k (with its singular value) or v_k of H = Σ w_k v_k', as a column."""
    u, s, vt = np.linalg.svd(h, full_matrices=False)
    return vt[[k - 1], :].T if right else s[k - 1] * u[:, [k - 1]]
