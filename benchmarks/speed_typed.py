"""The problems as somebody types them for automatic differentiation, and as an expert rewrites them for JAX.

A function as typed takes the library first, `jax.numpy` or `torch`, whose names agree this far.  Where a formula has an
inverse times a vector it says `linalg.solve`, as both manuals advise, and where it has a logarithm of a determinant,
`slogdet`; nothing else is rearranged.  An expert knows the mathematics of `limits.py` and leaves the differentiation to
JAX.
"""

from __future__ import annotations

from typing import Any


def student(xp: Any, A: Any, B: Any, y: Any, mu: Any, a: Any) -> Any:
    w = y - mu
    return xp.log(a + w @ xp.linalg.solve(xp.kron(A, B), w))


def sum_of_kroneckers(xp: Any, M: Any, K: Any, Sigma: Any, v: Any) -> Any:
    U = xp.kron(M, K) + xp.kron(xp.eye(len(M)), Sigma)
    return -0.5 * xp.linalg.slogdet(U)[1] - v @ xp.linalg.solve(U, v)


def kronecker_trace(xp: Any, A: Any, B: Any, H: Any, L: Any) -> Any:
    S = xp.kron(B, A) @ H
    return xp.trace(S.T @ (L @ S))


def gaussian(xp: Any, Sigma: Any, x: Any, mu: Any) -> Any:
    r = x - mu
    return -0.5 * xp.linalg.slogdet(Sigma)[1] - 0.5 * r @ xp.linalg.solve(Sigma, r)


def gaussian_process(xp: Any, K: Any, y: Any, s: Any) -> Any:
    C = K + s * xp.eye(len(y))
    return 0.5 * y @ xp.linalg.solve(C, y) + 0.5 * xp.linalg.slogdet(C)[1]


def bilinear_inverse(xp: Any, X: Any, a: Any, b: Any) -> Any:
    return a @ xp.linalg.solve(X, b)


def least_squares(xp: Any, A: Any, x: Any, b: Any) -> Any:
    r = A @ x - b
    return 0.5 * r @ r


def cubic(xp: Any, X: Any, A: Any, B: Any, C: Any) -> Any:
    return xp.trace(A @ X @ B @ X @ C @ X.T)


def chain(xp: Any, X: Any, **factors: Any) -> Any:
    product = None
    for i in range(1, len(factors) + 1):
        A = factors[f"A_{i}"]
        product = A @ X if product is None else product @ A @ X
    return xp.trace(product)


def softplus(xp: Any, z: Any) -> Any:
    return xp.logaddexp(z, xp.zeros_like(z))


def logistic(xp: Any, X: Any, w: Any, y: Any) -> Any:
    return xp.sum(softplus(xp, X @ w)) - y @ (X @ w)


def network(xp: Any, W_1: Any, W_2: Any, x: Any, b_1: Any, y: Any) -> Any:
    r = W_2 @ xp.tanh(W_1 @ x + b_1) - y
    return 0.5 * r @ r


def masked(xp: Any, M: Any, A: Any, U: Any, V: Any) -> Any:
    return xp.sum((M * (A - U @ V.T)) ** 2)


def factorisation(xp: Any, Y: Any, U: Any, V: Any) -> Any:
    return xp.sum((Y - U @ V.T) ** 2)


# ---------------------------------------------------------------- by an expert, for JAX


def student_expert(xp: Any, A: Any, B: Any, y: Any, mu: Any, a: Any) -> Any:
    Wt = (y - mu).reshape(len(A), len(B))
    Xt = xp.linalg.solve(A, xp.linalg.solve(B, Wt.T).T)
    return xp.log(a + xp.sum(Wt * Xt))


def sum_of_kroneckers_expert(xp: Any, M: Any, K: Any, Sigma: Any, v: Any) -> Any:
    from jax.scipy.linalg import solve_triangular

    chol = xp.linalg.cholesky(Sigma)
    whitened = solve_triangular(chol, solve_triangular(chol, K, lower=True).T, lower=True)
    lam, Q = xp.linalg.eigh(whitened)
    d, V = xp.linalg.eigh(M)
    V_mat = v.reshape(len(M), len(K)).T
    P = Q.T @ solve_triangular(chol, V_mat, lower=True) @ V
    ratios = xp.outer(lam, d)
    logdet = 2 * len(M) * xp.sum(xp.log(xp.diagonal(chol))) + xp.sum(xp.log1p(ratios))
    return -0.5 * logdet - xp.sum(P * P / (1 + ratios))


def kronecker_trace_expert(xp: Any, A: Any, B: Any, H: Any, L: Any) -> Any:
    m, n, q = len(A), len(B), H.shape[1]
    AH = xp.einsum("ij,njq->niq", A, H.reshape(n, m, q)).reshape(n, m * q)
    S = (B @ AH).reshape(n * m, q)
    return xp.sum(S * (L @ S))


def gaussian_expert(xp: Any, Sigma: Any, x: Any, mu: Any) -> Any:
    from jax.scipy.linalg import solve_triangular

    chol = xp.linalg.cholesky(Sigma)
    z = solve_triangular(chol, x - mu, lower=True)
    return -xp.sum(xp.log(xp.diagonal(chol))) - 0.5 * z @ z


def gaussian_process_expert(xp: Any, K: Any, y: Any, s: Any) -> Any:
    return -gaussian_expert(xp, K + s * xp.eye(len(y)), y, 0.0)


def cubic_expert(xp: Any, X: Any, A: Any, B: Any, C: Any) -> Any:
    return xp.sum((A @ X) @ ((B @ X) @ C) * X)


def chain_expert(xp: Any, X: Any, **factors: Any) -> Any:
    pairs = [factors[f"A_{i}"] @ X for i in range(1, len(factors) + 1)]
    product = pairs[0]
    for pair in pairs[1:-1]:
        product = product @ pair
    return xp.sum(product * pairs[-1].T)
