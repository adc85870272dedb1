"""What generated PyTorch code brings along: the functions of `numpy_kernels` written for PyTorch, under the same names.

They work under `torch.func.vmap` and on any device: new tensors take type and device from what is given.
"""

import numpy as np
import torch

# ---------------------------------------------------------------- factorisations


def lu_factor(a):
    """PA = LU with partial pivoting."""
    return torch.linalg.lu_factor(a)


def lu_solve(factor, b, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b."""
    lu, pivots = factor
    columns = b if b.ndim == 2 else b[:, None]
    return torch.linalg.lu_solve(lu, pivots, columns, adjoint=transposed).reshape(b.shape)


def lu_inverse(factor):
    """A⁻¹."""
    return lu_solve(factor, torch.eye(factor[0].shape[0], dtype=factor[0].dtype, device=factor[0].device))


def lu_logdet(factor):
    """log |det A|."""
    return factor[0].diagonal().abs().log().sum()


def lu_det(factor):
    """det A: the product of the pivots, with the sign of the permutation."""
    lu, pivots = factor
    swaps = (pivots != torch.arange(1, pivots.shape[0] + 1, device=pivots.device)).sum()
    return lu.diagonal().prod() * (1 - 2 * (swaps % 2))


def cholesky(a):
    """The lower factor L of A = L L', zeros above."""
    return torch.linalg.cholesky(a)


def cholesky_solve(factor, b):
    """(L L')⁻¹ b."""
    columns = b if b.ndim == 2 else b[:, None]
    return torch.cholesky_solve(columns, factor).reshape(b.shape)


def cholesky_inverse(factor):
    """(L L')⁻¹."""
    return torch.cholesky_inverse(factor)


def triangular_solve(a, b, lower, transposed=False):
    """A⁻¹ b, or A⁻ᵀ b, by substitution."""
    columns = b if b.ndim == 2 else b[:, None]
    if transposed:
        a, lower = a.T, not lower
    return torch.linalg.solve_triangular(a, columns, upper=not lower).reshape(b.shape)


def generalized_eigh(a, factor):
    """λ and Φ with Φ' A Φ = Diag(λ) and Φ' S Φ = I, from the Cholesky factor of S."""
    half = triangular_solve(factor, a, True)
    values, vectors = torch.linalg.eigh(triangular_solve(factor, half.T, True))
    return values, triangular_solve(factor, vectors, True, True)


# ---------------------------------------------------------------- products


def inner(a, b):
    """The sum of the products of entries."""
    return (a * b).sum()


def kron(a, b):
    """A ⊗ B."""
    return torch.kron(a.contiguous(), b.contiguous())


def apply_factor(factor, x, left=1):
    """(I ⊗ F ⊗ I) x without forming it: F acts on the axis between an identity of size `left` and the rest."""
    size = factor.shape[1]
    out = factor @ (x.reshape(size, -1) if left == 1 else x.reshape(left, size, -1))
    return out.reshape(-1, *x.shape[1:])


def repeat_blocks(a, side, k):
    """I ⊗ A for side 1, A ⊗ I for side 2, with an identity of size k."""
    one = torch.eye(k, dtype=a.dtype, device=a.device)
    return torch.kron(one, a.contiguous()) if side == 1 else torch.kron(a.contiguous(), one)


def partial_trace(a, k, side):
    """The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k."""
    m, n = a.shape[0] // k, a.shape[1] // k
    if side == 1:
        return torch.einsum("ikil->kl", a.reshape(k, m, k, n))
    return torch.einsum("ikjk->ij", a.reshape(m, k, n, k))


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
    return a + x * torch.eye(a.shape[0], dtype=a.dtype, device=a.device)


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    return torch.softmax(x, 0)


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    return torch.logsumexp(x, 0)


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    return torch.softmax(x.reshape(-1), 0).reshape(x.shape) if side == 0 else torch.softmax(x, side - 1)


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    return torch.logsumexp(x, side - 1).reshape(-1, 1)


def softplus(x):
    """log(1 + exp(x)) without overflow, to full accuracy."""
    return torch.logaddexp(x, torch.zeros_like(x))


def like(y, x):
    """y as a tensor of x's type."""
    return torch.as_tensor(y, dtype=x.dtype, device=x.device) if torch.is_tensor(x) else torch.as_tensor(y)


def maximum(x, y):
    """The larger, entry by entry."""
    return torch.maximum(like(x, y), like(y, x))


def minimum(x, y):
    """The smaller, entry by entry."""
    return torch.minimum(like(x, y), like(y, x))


def at_least(x, y):
    """1 where x >= y, else 0."""
    x = like(x, y)
    return (x >= y).to(x.dtype)


def step(x):
    """1 where x > 0, else 0."""
    return (x > 0).to(x.dtype)


def cube_root(x):
    """The real cube root."""
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


def gamma(x):
    """The gamma function; left of 0 by reflection."""
    right = torch.exp(torch.lgamma(torch.where(x > 0, x, 1 - x)))
    return torch.where(x > 0, right, torch.pi / (torch.sin(torch.pi * x) * right))


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = torch.abs(x)
    return torch.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    at = torch.argmax(a) if largest else torch.argmin(a)
    return (torch.arange(a.numel(), device=a.device) == at).to(a.dtype).reshape(a.shape)


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = torch.triu_indices(a.shape[0], a.shape[0], device=a.device)
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return torch.tril(a, -1) + torch.diag_embed(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    above, before = first - 1, left - 1
    after, below = columns - before - a.shape[1], rows - above - a.shape[0]
    return torch.nn.functional.pad(a, (before, after, above, below))


def unit(i, n, new):
    """The i-th column of the identity matrix."""
    return (torch.arange(n, device=new["device"]) == i - 1).to(new["dtype"])


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


def commutation(m, n, new):
    """K with K vec(X) = vec(X') for X m x n."""
    return commute_rows(torch.eye(m * n, **new), m, n)


def duplication(n, new):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = torch.triu_indices(n, n)
    k = torch.arange(len(rows))
    out = torch.zeros((n, n, len(rows)), **new)
    out[rows, columns, k] = out[columns, rows, k] = torch.ones(len(rows), **new)
    return out.reshape(n * n, -1)


def elimination(n, new):
    """L with L vec(X) = vech(X)."""
    columns, rows = torch.triu_indices(n, n)
    out = torch.zeros((len(rows), n * n), **new)
    out[torch.arange(len(rows)), rows + n * columns] = 1.0
    return out


# ---------------------------------------------------------------- functions of matrices


def matrix_function(name, a):
    """expm, logm, sqrtm, sinm or cosm of a real matrix, where the result is real."""
    if name == "logm":
        return logarithm(a)
    if name == "sqrtm":
        return square_root(a)
    if name == "expm":
        return torch.linalg.matrix_exp(a)
    wave = torch.linalg.matrix_exp(1j * a)
    return wave.real if name == "cosm" else wave.imag


def square_root(a):
    """The principal square root by the iteration of Denman and Beavers (Higham 2008, sec. 6.3)."""
    y, z = a, torch.eye(a.shape[0], dtype=a.dtype, device=a.device)
    for _ in range(30):
        y, z = (y + torch.linalg.inv(z)) / 2, (z + torch.linalg.inv(y)) / 2
    return y


def logarithm(a):
    """The principal logarithm: of a 256th root, by an integral (Higham 2008, sec. 11.4)."""
    one = torch.eye(a.shape[0], dtype=a.dtype, device=a.device)
    for _ in range(8):
        a = square_root(a)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [w * torch.linalg.solve((1 - t) * one + t * a, a - one) for t, w in zip((nodes + 1) / 2, weights / 2)]
    return 256 * sum(terms)


def frechet(x, e, name):
    """The Fréchet derivative of a matrix function at X in direction E: the upper right block of f([X, E; 0, X])."""
    if name == "logm":
        return frechet_logarithm(x, e)
    n = x.shape[0]
    whole = torch.cat([torch.cat([x, e], 1), torch.cat([torch.zeros_like(x), x], 1)])
    return matrix_function(name, whole)[:n, n:]


def frechet_logarithm(x, e):
    """That of the logarithm, by an integral after taking square roots until X is near I (Al-Mohy et al. 2013)."""
    one = torch.eye(x.shape[0], dtype=x.dtype, device=x.device)
    for _ in range(8):
        x = square_root(x)
        e = solve_sylvester(x, x, e)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = torch.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total = total + w * torch.linalg.solve(at, torch.linalg.solve(at.T, e.T).T)
    return 256 * total


def frechet_matrix(x, name):
    """K with vec of the Fréchet derivative in direction E equal to K vec(E)."""
    n = x.shape[0]
    ones = torch.eye(n * n, dtype=x.dtype, device=x.device)
    return torch.stack([frechet(x, one.reshape(n, n).T, name).T.reshape(-1) for one in ones], 1)


def solve_sylvester(a, b, c):
    """X with A X + X B = C, as one linear system."""
    m, n = c.shape
    system = repeat_blocks(a, 1, n) + repeat_blocks(b.T, 2, m)
    return torch.linalg.solve(system, c.T.reshape(-1)).reshape(n, m).T


def adjugate(a):
    """det(A) A⁻¹, also of a singular matrix, from the singular value decomposition."""
    u, s, vt = torch.linalg.svd(a)
    one = torch.eye(s.shape[0], dtype=torch.bool, device=a.device)
    others = torch.where(one, torch.ones_like(s), s[None, :]).prod(1)
    return torch.linalg.det(u) * torch.linalg.det(vt) * ((vt.T * others) @ u.T)


def singular_values(a):
    """In descending order."""
    return torch.linalg.svdvals(a)


def _signed(v, by):
    """The vector with the sign that makes the entry of largest modulus of `by` positive."""
    top = by.max() + by.min()
    return v * torch.where(top < 0, -1.0, 1.0).to(v.dtype)


def extreme_eigenvector(a, k):
    """The unit eigenvector of eigenvalue k, its largest entry positive, as a column."""
    v = torch.linalg.eigh((a + a.T) / 2)[1][:, [k]]
    return _signed(v, v)


def singular_vector(a, right):
    """The left or right singular vector of the largest singular value; the left one's largest entry is positive."""
    u, _, vt = torch.linalg.svd(a, full_matrices=False)
    return _signed(vt[[0], :].T if right else u[:, [0]], u[:, 0])


def polar(a):
    """U V' of the singular value decomposition."""
    u, _, vt = torch.linalg.svd(a, full_matrices=False)
    return u @ vt


def kronecker_term(x, k, p, q, right):
    """F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993)."""
    m, n = x.shape[0] // p, x.shape[1] // q
    rearranged = x.reshape(m, p, n, q).permute(2, 0, 3, 1).reshape(m * n, p * q)
    u, s, vt = torch.linalg.svd(rearranged, full_matrices=False)
    return vt[k - 1].reshape(q, p).T if right else (s[k - 1] * u[:, k - 1]).reshape(n, m).T


def svd_term(h, k, right):
    """w_k (with its singular value) or v_k of H = Σ w_k v_k', as a column."""
    u, s, vt = torch.linalg.svd(h, full_matrices=False)
    return vt[[k - 1], :].T if right else s[k - 1] * u[:, [k - 1]]
