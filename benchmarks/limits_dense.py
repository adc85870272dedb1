"""Code as an expert would write it by hand, continued: plain dense gradients, and Hessians.

See `limits.py` for what the functions have in common.  A Hessian is that of matdiff, in vec (columns stacked).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from limits import CACHED, STRIP, UNPACKED, Array, mirrored, rank_one, strips
from scipy.linalg.blas import dger, dsymm, dsyrk
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs


def logistic(X: Array, w: Array, y: Array) -> tuple[float, Array]:
    """sum(softplus(X w)) - y'X w, in w; without overflow, one read of X."""
    if X.nbytes > CACHED:
        value, grad = 0.0, np.zeros(len(w))
        for rows in strips(len(X), STRIP // X.strides[0]):
            part, partial = logistic(X[rows], w, y[rows])
            value += part
            grad += partial
        return value, grad
    z = X.dot(w)
    e = np.abs(z)
    np.negative(e, out=e)
    np.exp(e, out=e)
    softplus = np.log1p(e)
    softplus += np.maximum(z, 0.0)
    value = softplus.sum() - y.dot(z)
    # The sigmoid is exp(min(z, 0)) / (1 + exp(-|z|)).
    np.minimum(z, 0.0, out=z)
    np.exp(z, out=z)
    e += 1.0
    z /= e
    z -= y
    return value, z.dot(X)


def network(W_1: Array, W_2: Array, x: Array, b_1: Array, y: Array) -> tuple[float, Array]:
    """1/2 ‖W_2 tanh(W_1 x + b_1) - y‖², in W_1."""
    t = W_1.dot(x)
    t += b_1
    np.tanh(t, out=t)
    r = W_2.dot(t)
    r -= y
    t *= t
    np.subtract(1.0, t, out=t)
    t *= r.dot(W_2)
    return 0.5 * r.dot(r), rank_one(1.0, t, x)


def masked(M: Array, A: Array, U: Array, V: Array) -> tuple[float, Array]:
    """‖M ⊙ (A - U V')‖², in U: in strips that are multiplied without packing, their residual in the cache."""
    value, grad, Vt, twice = 0.0, np.empty_like(U), np.ascontiguousarray(V.T), 2 * V
    for rows in strips(len(A), UNPACKED // V.size):
        E, mask = U[rows].dot(Vt), M[rows]
        E -= A[rows]
        E *= mask
        flat = E.ravel()
        value += flat.dot(flat)
        E *= mask
        np.dot(E, twice, out=grad[rows])
    return value, grad


def factorisation(Y: Array, U: Array, V: Array) -> tuple[float, Array]:
    """‖Y - U V'‖², in U; in strips likewise."""
    value, grad, Vt, twice = 0.0, np.empty_like(U), np.ascontiguousarray(V.T), 2 * V
    for rows in strips(len(Y), UNPACKED // V.size):
        E = U[rows].dot(Vt)
        E -= Y[rows]
        flat = E.ravel()
        value += flat.dot(flat)
        np.dot(E, twice, out=grad[rows])
    return value, grad


# ---------------------------------------------------------------- second order


def logistic_hessian(X: Array, w: Array) -> Array:
    """X' Diag(p (1 - p)) X as a Gram matrix of the scaled rows: half the multiplications."""
    N, n = X.shape
    z = np.abs(X.dot(w))
    if N * n * n <= UNPACKED:
        e = np.exp(-z)
        return X.T.dot(X * (e / (1.0 + e) ** 2)[:, None])
    half = np.exp(-0.5 * z)
    root = (half / (1.0 + half * half))[:, None]
    H = np.zeros((n, n), order="F")
    for rows in strips(N, 2 * STRIP // X.strides[0]):
        H = dsyrk(1.0, (X[rows] * root[rows]).T, 1.0, H, overwrite_c=1)
    return mirrored(H.T, 1.0)


def factorisation_hessian(V: Array, rows: int) -> Array:
    """2 V'V ⊗ I, written out: its diagonals are filled, nothing is multiplied by zero."""
    k = V.shape[1]
    H = np.zeros((k, rows, k, rows))
    np.einsum("aibi->iab", H)[...] = 2 * V.T.dot(V)
    return H.reshape(k * rows, k * rows)


def factorisation_product(V: Array, rows: int) -> Callable[[Array], Array]:
    """(2 V'V ⊗ I) vec(D) = vec(2 D V'V), as a function of vec(D)."""
    gram = 2 * V.T.dot(V)
    return lambda direction: gram.dot(direction.reshape(V.shape[1], rows)).ravel()


def gaussian_product(Sigma: Array, x: Array, mu: Array) -> Callable[[Array], Array]:
    """The Hessian of the Gaussian log-likelihood in Sigma, as a function of vec(D) of a symmetric D.

    1/2 inv(Sigma) D inv(Sigma) - 1/2 (q u' + u q') with u = inv(Sigma) (x - mu), q = inv(Sigma) D u.  symm reads one
    triangle of the inverse: faster than four triangular solves with n right-hand sides, by 1.2 at 64.
    """
    n = len(x)
    chol, _ = dpotrf(Sigma.T, lower=0)
    u, _ = dpotrs(chol, x - mu, lower=0)
    inverse, _ = dpotri(chol, lower=0, overwrite_c=1)

    def product(direction: Array) -> Array:
        Z = dsymm(1.0, inverse, direction.reshape(n, n).T)
        q = 0.5 * Z.dot(u)
        H = dsymm(0.5, inverse, Z, side=1)
        H = dger(-1.0, q, u, a=H, overwrite_a=1)
        H = dger(-1.0, u, q, a=H, overwrite_a=1)
        return H.ravel(order="F")

    return product
