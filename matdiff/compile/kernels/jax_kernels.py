"""What generated JAX code brings along: the functions of `numpy_kernels` written for JAX, under the same names.

They can be traced: no value decides what happens, only shapes.
"""

import jax
import jax.numpy as jnp
import numpy as np

# ---------------------------------------------------------------- factorisations


def lu_factor(a):
    """PA = LU with partial pivoting."""
    return jax.scipy.linalg.lu_factor(a)


def lu_solve(factor, b, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b."""
    return jax.scipy.linalg.lu_solve(factor, b, trans=int(transposed))


def lu_inverse(factor):
    """A⁻¹."""
    return lu_solve(factor, jnp.eye(factor[0].shape[0], dtype=factor[0].dtype))


def lu_logdet(factor):
    """log |det A|."""
    return jnp.log(jnp.abs(factor[0].diagonal())).sum()


def lu_det(factor):
    """det A: the product of the pivots, with the sign of the permutation."""
    lu, pivots = factor
    swaps = (pivots != jnp.arange(pivots.shape[0])).sum()
    return lu.diagonal().prod() * jnp.where(swaps % 2 == 0, 1.0, -1.0)


def cholesky(a):
    """The lower factor L of A = L L', zeros above."""
    return jnp.linalg.cholesky(a)


def cholesky_solve(factor, b):
    """(L L')⁻¹ b."""
    return jax.scipy.linalg.cho_solve((factor, True), b)


def cholesky_inverse(factor):
    """(L L')⁻¹."""
    half = triangular_solve(factor, jnp.eye(factor.shape[0], dtype=factor.dtype), True)
    return half.T @ half


def triangular_solve(a, b, lower, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b, by substitution."""
    return jax.scipy.linalg.solve_triangular(a, b, lower=lower, trans=int(transposed))


def generalized_eigh(a, factor):
    """λ and Φ with Φ' A Φ = Diag(λ) and Φ' S Φ = I, from the Cholesky factor of S."""
    half = triangular_solve(factor, a, True)
    values, vectors = jnp.linalg.eigh(triangular_solve(factor, half.T, True))
    return values, triangular_solve(factor, vectors, True, True)


# ---------------------------------------------------------------- products


def inner(a, b):
    """The sum of the products of entries."""
    return (a * b).sum()


def kron(a, b):
    """A ⊗ B."""
    return jnp.kron(a, b)


def apply_factor(factor, x, left=1):
    """(I ⊗ F ⊗ I) x without forming it: F acts on the axis between an identity of size `left` and the rest."""
    size = factor.shape[1]
    out = factor @ (x.reshape(size, -1) if left == 1 else x.reshape(left, size, -1))
    return out.reshape(-1, *x.shape[1:])


def repeat_blocks(a, side, k):
    """I ⊗ A for side 1, A ⊗ I for side 2, with an identity of size k."""
    one = jnp.eye(k, dtype=a.dtype)
    return jnp.kron(one, a) if side == 1 else jnp.kron(a, one)


def partial_trace(a, k, side):
    """The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k."""
    m, n = a.shape[0] // k, a.shape[1] // k
    if side == 1:
        return jnp.einsum("ikil->kl", a.reshape(k, m, k, n))
    return jnp.einsum("ikjk->ij", a.reshape(m, k, n, k))


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
    index = jnp.arange(a.shape[0])
    return a.at[index, index].add(x)


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    return jax.nn.softmax(x)


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    return jax.scipy.special.logsumexp(x)


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    return jax.nn.softmax(x, axis=(None, 0, 1)[side])


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    return jax.scipy.special.logsumexp(x, axis=side - 1).reshape(-1, 1)


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = jnp.abs(x)
    return jnp.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    at = jnp.argmax(a) if largest else jnp.argmin(a)
    return (jnp.arange(a.size) == at).astype(a.dtype).reshape(a.shape)


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = jnp.triu_indices(a.shape[0])
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return jnp.tril(a, -1) + jnp.diag(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    out = jnp.zeros((rows, columns), dtype=a.dtype)
    return out.at[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]].set(a)


def unit(i, n):
    """The i-th column of the identity matrix."""
    return jnp.zeros(n).at[i - 1].set(1.0)


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
    return commute_rows(jnp.eye(m * n), m, n)


def duplication(n):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = jnp.triu_indices(n)
    k = jnp.arange(rows.size)
    out = jnp.zeros((n, n, rows.size)).at[rows, columns, k].set(1.0)
    return out.at[columns, rows, k].set(1.0).reshape(n * n, -1)


def elimination(n):
    """L with L vec(X) = vech(X)."""
    columns, rows = jnp.triu_indices(n)
    return jnp.zeros((rows.size, n * n)).at[jnp.arange(rows.size), rows + n * columns].set(1.0)


# ---------------------------------------------------------------- functions of matrices


def matrix_function(name, a):
    """expm, logm, sqrtm, sinm or cosm of a real matrix, where the result is real."""
    if name == "logm":
        return logarithm(a)
    if name == "sqrtm":
        return jax.scipy.linalg.sqrtm(a).real
    if name == "expm":
        return jax.scipy.linalg.expm(a)
    wave = jax.scipy.linalg.expm(1j * a)
    return wave.real if name == "cosm" else wave.imag


def logarithm(a):
    """The principal logarithm: of a 256th root, by an integral (Higham 2008, sec. 11.4)."""
    one = jnp.eye(a.shape[0], dtype=a.dtype)
    for _ in range(8):
        a = matrix_function("sqrtm", a)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [w * jnp.linalg.solve((1 - t) * one + t * a, a - one) for t, w in zip((nodes + 1) / 2, weights / 2)]
    return 256 * sum(terms)


def frechet(x, e, name):
    """The Fréchet derivative of a matrix function at X in direction E: the upper right block of f([X, E; 0, X])."""
    if name == "logm":
        return frechet_logarithm(x, e)
    n = x.shape[0]
    return matrix_function(name, jnp.block([[x, e], [jnp.zeros((n, n), dtype=x.dtype), x]]))[:n, n:]


def frechet_logarithm(x, e):
    """That of the logarithm, by an integral after taking square roots until X is near I (Al-Mohy et al. 2013)."""
    one = jnp.eye(x.shape[0], dtype=x.dtype)
    for _ in range(8):
        x = matrix_function("sqrtm", x)
        e = jax.scipy.linalg.solve_sylvester(x, x, e)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = jnp.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total = total + w * jnp.linalg.solve(at, jnp.linalg.solve(at.T, e.T).T)
    return 256 * total


def frechet_matrix(x, name):
    """K with vec of the Fréchet derivative in direction E equal to K vec(E)."""
    n = x.shape[0]
    columns = [frechet(x, one.reshape(n, n).T, name).T.reshape(-1) for one in jnp.eye(n * n)]
    return jnp.stack(columns, axis=1)


def adjugate(a):
    """det(A) A⁻¹, also of a singular matrix, from the singular value decomposition."""
    u, s, vt = jnp.linalg.svd(a)
    n = s.shape[0]
    others = jnp.where(jnp.eye(n, dtype=bool), 1.0, s[None, :]).prod(axis=1)
    return jnp.linalg.det(u) * jnp.linalg.det(vt) * ((vt.T * others) @ u.T)


def singular_values(a):
    """In descending order."""
    return jnp.linalg.svd(a, compute_uv=False)


def extreme_eigenvector(a, k):
    """The unit eigenvector of eigenvalue k, its largest entry positive, as a column."""
    v = jnp.linalg.eigh((a + a.T) / 2)[1][:, [k]]
    return v * jnp.sign(v[jnp.abs(v).argmax(), 0])


def singular_vector(a, right):
    """The left or right singular vector of the largest singular value; the left one's largest entry is positive."""
    u, _, vt = jnp.linalg.svd(a, full_matrices=False)
    sign = jnp.sign(u[jnp.abs(u[:, 0]).argmax(), 0])
    return sign * (vt[[0], :].T if right else u[:, [0]])


def polar(a):
    """U V' of the singular value decomposition."""
    u, _, vt = jnp.linalg.svd(a, full_matrices=False)
    return u @ vt


def kronecker_term(x, k, p, q, right):
    """F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993)."""
    m, n = x.shape[0] // p, x.shape[1] // q
    rearranged = x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)
    u, s, vt = jnp.linalg.svd(rearranged, full_matrices=False)
    return vt[k - 1].reshape(q, p).T if right else (s[k - 1] * u[:, k - 1]).reshape(n, m).T


def svd_term(h, k, right):
    """w_k (with its singular value) or v_k of H = Σ w_k v_k', as a column."""
    u, s, vt = jnp.linalg.svd(h, full_matrices=False)
    return vt[[k - 1], :].T if right else s[k - 1] * u[:, [k - 1]]
