"""For NumPy: factorisations and what is solved with them."""

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetri, dgetrs, dpotrf, dpotri, dpotrs, dtrtrs


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


def lu_log_det(factor):
    """log det A, not a number where the determinant is negative."""
    lu, pivots, _ = factor
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    negative = np.count_nonzero(lu.diagonal() < 0) + swaps
    return np.nan if negative % 2 else lu_logdet(factor)


def lu_det(factor):
    """det A: the product of the pivots, with the sign of the permutation."""
    lu, pivots, _ = factor
    swaps = np.count_nonzero(pivots != np.arange(len(pivots)))
    return lu.diagonal().prod() * (-1) ** swaps


def cholesky(a):
    """The lower factor L of A = L L', zeros above.  Only the lower triangle of A is read."""
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
