"""For NumPy: products that are not formed, blocks, partial traces."""

import numpy as np
from scipy.linalg.blas import dger, dsyrk
from scipy.sparse.linalg import LinearOperator  # noqa: F401 - for the code that returns one


def inner(a, b):
    """The sum of the products of entries, in the order they have in memory."""
    return np.vdot(a.T, b.T) if a.flags.f_contiguous else np.vdot(a, b)


def outer(u, v):
    """u v' in half the time of np.outer: as a matrix product, or a rank-one update of a large matrix of zeros."""
    if u.size * v.size < 50_000:
        return u.reshape(-1, 1).dot(v.reshape(1, -1))
    return dger(1.0, v, u, a=np.zeros((u.size, v.size)).T, overwrite_a=1).T


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


def thin_outer(a, b):
    """A B for few columns A, in strips of rows that BLAS multiplies without copying."""
    step = max(8, 1_000_000 // b.size)
    if step >= len(a):
        return a @ b
    b = np.ascontiguousarray(b)
    out = np.empty((len(a), b.shape[1]))
    for i in range(0, len(a), step):
        np.dot(a[i : i + step], b, out=out[i : i + step])
    return out


def weighted_gram(x, t):
    """X' Diag(t) X in strips of rows that stay in the cache; one triangle, mirrored, where no weight is negative."""
    if t.min() < 0:
        return symmetric_product(x.T, t[:, None] * x)
    roots, n = np.sqrt(t), x.shape[1]
    step = max(64, 100_000 // n)
    out = np.zeros((n, n), order="F")
    for i in range(0, len(x), step):
        strip = roots[i : i + step, None] * x[i : i + step]
        out = dsyrk(1.0, strip.T, beta=1.0, c=out, overwrite_c=1)
    out += np.triu(out, 1).T
    return out


def symmetric_product(a, b):
    """A B where that is symmetric: the blocks on and above the diagonal, mirrored."""
    n = len(a)
    step = -(-n // 4)
    out = np.empty((n, n))
    for i in range(0, n, step):
        out[i : i + step, i:] = a[i : i + step] @ b[:, i:]
        out[i + step :, i : i + step] = out[i : i + step, i + step :].T
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


def weigh_blocks(a, weights, side):
    """The blocks of a, summed with these weights for side 1; the Frobenius product of each with them for side 2."""
    k, l = weights.shape
    m, n = a.shape[0] // k, a.shape[1] // l
    # matrix times vector along the last axis, then the sum over the other one: no copy of the blocks
    if side == 1:
        return np.matmul(weights[:, None, None, :], a.reshape(k, m, l, n))[:, :, 0, :].sum(axis=0)
    return np.matmul(a.reshape(m, k, n, l), weights[None, :, :, None])[..., 0].sum(axis=1)


def commute_rows(a, m, n):
    """K a for the commutation matrix K with K vec(X) = vec(X'), X m x n."""
    return a.reshape(n, m, -1).swapaxes(0, 1).reshape(a.shape)


def khatri_rao(a, b):
    """Column by column the Kronecker products."""
    return (a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1])
