"""For JAX: factorisations and what is solved with them."""

import jax
import jax.numpy as jnp


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


def lu_log_det(factor):
    """log det A, not a number where the determinant is negative."""
    lu, pivots = factor
    negative = (lu.diagonal() < 0).sum() + (pivots != jnp.arange(pivots.shape[0])).sum()
    return jnp.where(negative % 2 == 0, lu_logdet(factor), jnp.nan)


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
