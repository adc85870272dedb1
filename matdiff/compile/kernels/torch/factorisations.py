"""For PyTorch: factorisations and what is solved with them."""

import torch


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


def lu_log_det(factor):
    """log det A, not a number where the determinant is negative."""
    lu, pivots = factor
    swaps = (pivots != torch.arange(1, pivots.shape[0] + 1, device=pivots.device)).sum()
    negative = (lu.diagonal() < 0).sum() + swaps
    return torch.where(negative % 2 == 0, lu_logdet(factor), torch.nan)


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
