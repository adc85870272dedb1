"""For PyTorch: functions of matrices and spectra."""

import numpy as np
import torch

from matdiff.compile.kernels.torch.products import repeat_blocks


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


def whole(k):
    """k as an int; a power or a bound of a sum that is negative or not whole is an error."""
    if k != int(k) or k < 0:
        raise IndexError(f"a whole number that is not negative is expected, not {k}")
    return int(k)
