"""The problems whose generated code is measured: text, sizes, data, the limit, and what others are given.

`PROBLEMS` is the table.  The mathematics that each problem is about is in `limits.py` and `limits_dense.py`; what
automatic differentiation gets is in `speed_typed.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import limits
import limits_dense as dense
import numpy as np
import scipy.sparse
import speed_typed as typed

Arrays = dict[str, Any]
Rng = np.random.Generator


@dataclass(frozen=True)
class Problem:
    """`kind`: "gradient" (with the value), "hessian" (alone, dense) or "product" (Hessian times ten directions).

    `typed_up_to` is the largest size given to automatic differentiation as typed: beyond, a run takes over ten seconds
    or 4 GB.  `value` is the limit for the function alone, where the cost of the gradient relative to it is reported.
    """

    name: str
    title: str
    text: str | Callable[[int], str]
    wrt: tuple[str, ...]
    sizes: tuple[int, ...]
    make: Callable[[int, Rng], Arrays]
    limit: Callable[..., Any]
    typed: Callable[..., Any]
    expert: Callable[..., Any] | None = None
    typed_up_to: int = 10**9
    kind: str = "gradient"
    value: Callable[..., Any] | None = None
    size_name: str = "n"

    def source(self, size: int) -> str:
        return self.text if isinstance(self.text, str) else self.text(size)

    def data(self, size: int) -> Arrays:
        return self.make(size, np.random.default_rng(size))


# ---------------------------------------------------------------- data


def general(rng: Rng, n: int) -> np.ndarray:
    """A matrix of condition about 3 without structure."""
    return np.eye(n) + 0.25 * rng.standard_normal((n, n)) / np.sqrt(n)


def spd(rng: Rng, n: int) -> np.ndarray:
    """A positive definite matrix with eigenvalues between 1 and 5, exactly symmetric."""
    G = rng.standard_normal((n, n)) / np.sqrt(n)
    return G @ G.T + np.eye(n)


def symmetric_direction(rng: Rng, n: int) -> np.ndarray:
    D = rng.standard_normal((n, n))
    return (D + D.T).ravel()


def student(n: int, rng: Rng) -> Arrays:
    y, mu = rng.standard_normal((2, n * n))
    return {"A": general(rng, n), "B": general(rng, n), "y": y, "mu": mu, "a": float(n * n)}


def sum_of_kroneckers(n: int, rng: Rng) -> Arrays:
    return {"M": spd(rng, n), "K": spd(rng, n), "Sigma": spd(rng, n), "v": rng.standard_normal(n * n)}


def kronecker_trace(n: int, rng: Rng) -> Arrays:
    arrays = sparse_trace(n, rng)
    return {**arrays, "L": rng.standard_normal((n * n, n * n))}


def sparse_trace(n: int, rng: Rng) -> Arrays:
    N = n * n
    sampler = lambda size: rng.standard_normal(size)
    L = scipy.sparse.random_array((N, N), density=5 / N, rng=rng, format="csr", data_sampler=sampler)
    return {"A": general(rng, n), "B": general(rng, n), "H": rng.standard_normal((N, 8)), "L": L}


def gaussian(n: int, rng: Rng) -> Arrays:
    x, mu = rng.standard_normal((2, n))
    return {"Sigma": spd(rng, n), "x": x, "mu": mu}


def gaussian_direction(n: int, rng: Rng) -> Arrays:
    return {**gaussian(n, rng), "direction": symmetric_direction(rng, n)}


def gaussian_process(n: int, rng: Rng) -> Arrays:
    return {"K": spd(rng, n), "y": rng.standard_normal(n), "s": 0.5}


def square_cubic(n: int, rng: Rng) -> Arrays:
    return {name: general(rng, n) for name in "XABC"}


def thin_cubic(n: int, rng: Rng) -> Arrays:
    p = n // 4
    X, B = rng.standard_normal((n, p)) / np.sqrt(n), rng.standard_normal((p, n)) / np.sqrt(n)
    return {"X": X, "A": general(rng, n), "B": B, "C": general(rng, p)}


def chain(k: int, rng: Rng, n: int = 128) -> Arrays:
    return {"X": general(rng, n), **{f"A_{i}": general(rng, n) for i in range(1, k + 1)}}


def bilinear_inverse(n: int, rng: Rng) -> Arrays:
    a, b = rng.standard_normal((2, n))
    return {"X": general(rng, n), "a": a, "b": b}


def least_squares(n: int, rng: Rng) -> Arrays:
    A = rng.standard_normal((4 * n, n))
    return {"A": A, "x": rng.standard_normal(n), "b": rng.standard_normal(4 * n)}


def logistic(n: int, rng: Rng) -> Arrays:
    y = (rng.random(20 * n) < 0.5).astype(float)
    return {"X": rng.standard_normal((20 * n, n)), "w": rng.standard_normal(n) / np.sqrt(n), "y": y}


def network(n: int, rng: Rng) -> Arrays:
    x, b, y = rng.standard_normal((3, n))
    return {"W_1": general(rng, n), "W_2": general(rng, n), "x": x, "b_1": b, "y": y}


def masked(n: int, rng: Rng) -> Arrays:
    U, V = rng.standard_normal((2, n, 8))
    return {"M": (rng.random((n, n)) < 0.5).astype(float), "A": rng.standard_normal((n, n)), "U": U, "V": V}


def factorisation(n: int, rng: Rng) -> Arrays:
    U, V = rng.standard_normal((2, n, 8))
    return {"Y": rng.standard_normal((n, n)), "U": U, "V": V}


def factorisation_direction(n: int, rng: Rng) -> Arrays:
    """With an eighth as many columns as rows, so that the products are work."""
    U, V = rng.standard_normal((2, n, n // 8))
    return {"Y": rng.standard_normal((n, n)), "U": U, "V": V, "direction": rng.standard_normal(n * n // 8)}


# ---------------------------------------------------------------- texts

STUDENT = (
    "A: matrix(m, m), invertible; B: matrix(n, n), invertible; y, mu: vector(m*n); a: scalar; "
    "w = y - mu; log(a + w' inv(A ⊗ B) w)"
)
SUM = (
    "M: matrix(T, T), spd; K, Sigma: matrix(n, n), spd; v: vector(T*n); "
    "U = M ⊗ K + eye(T) ⊗ Sigma; -1/2 logdet(U) - v' inv(U) v"
)
TRACE = "A: matrix(m, m); B: matrix(n, n); H: matrix(n*m, q); L: matrix(n*m, n*m); S = (B ⊗ A) H; tr(S' L S)"
GAUSSIAN = "Sigma: matrix(n, n), spd; x, mu: vector(n); -1/2 logdet(Sigma) - 1/2 (x - mu)' inv(Sigma) (x - mu)"
PROCESS = (
    "K: matrix(n, n), spd; y: vector(n); s: scalar, positive; 1/2 y' inv(K + s eye(n)) y + 1/2 logdet(K + s eye(n))"
)
CUBIC = "X, A, B, C: matrix(n, n); tr(A X B X C X')"
THIN_CUBIC = "X: matrix(n, p); A: matrix(n, n); B: matrix(p, n); C: matrix(p, p); tr(A X B X C X')"
BILINEAR = "X: matrix(n, n), invertible; a, b: vector(n); a' inv(X) b"
SQUARES = "A: matrix(m, n); x: vector(n); b: vector(m); 1/2 ‖A x - b‖^2"
LOGISTIC = "X: matrix(N, n); w: vector(n); y: vector(N); sum(softplus(X w)) - y'X w"
NETWORK = (
    "W_1: matrix(h, n); W_2: matrix(p, h); x: vector(n); b_1: vector(h); y: vector(p); "
    "1/2 ‖W_2 tanh(W_1 x + b_1) - y‖^2"
)
MASKED = "M, A: matrix(m, n); U: matrix(m, k); V: matrix(n, k); ‖M ⊙ (A - U V')‖_F^2"
FACTORS = "Y: matrix(m, n); U: matrix(m, k); V: matrix(n, k); ‖Y - U V'‖_F^2"


def chain_text(k: int) -> str:
    names = ", ".join(f"A_{i}" for i in range(1, k + 1))
    return f"{names}, X: matrix(n, n); tr({' '.join(f'A_{i} X' for i in range(1, k + 1))})"


# ---------------------------------------------------------------- the table

PROBLEMS = [
    Problem(
        "student", "log(a + w' inv(A ⊗ B) w) in A and B", STUDENT, ("A", "B"), (16, 32, 64, 96), student,
        limits.student, typed.student, typed.student_expert, typed_up_to=64, size_name="m = n",
    ),
    Problem(
        "kronecker-sum", "-1/2 logdet(U) - v' inv(U) v, U = M ⊗ K + I ⊗ Σ, in Σ", SUM, ("Sigma",), (16, 32, 64),
        sum_of_kroneckers, limits.sum_of_kroneckers, typed.sum_of_kroneckers, typed.sum_of_kroneckers_expert,
        size_name="T = n",
    ),
    Problem(
        "trace", "tr(S'L S), S = (B ⊗ A) H, in A and B", TRACE, ("A", "B"), (16, 32, 64, 80), kronecker_trace,
        limits.kronecker_trace, typed.kronecker_trace, typed.kronecker_trace_expert, size_name="m = n",
    ),
    Problem(
        "trace-sparse", "the same, L sparse", TRACE, ("A", "B"), (32, 64, 128), sparse_trace,
        limits.kronecker_trace, typed.kronecker_trace, typed.kronecker_trace_expert, typed_up_to=64,
        size_name="m = n",
    ),
    Problem(
        "gaussian", "Gaussian log-likelihood in Σ", GAUSSIAN, ("Sigma",), (16, 64, 256, 512), gaussian,
        limits.gaussian, typed.gaussian, typed.gaussian_expert,
    ),
    Problem(
        "cubic", "tr(A X B X C X') in X", CUBIC, ("X",), (16, 64, 256), square_cubic,
        limits.cubic, typed.cubic, typed.cubic_expert, value=limits.cubic_value,
    ),
    Problem(
        "cubic-thin", "the same, X n × n/4", THIN_CUBIC, ("X",), (16, 64, 256), thin_cubic,
        limits.cubic, typed.cubic, typed.cubic_expert, value=limits.cubic_value,
    ),
    Problem(
        "chain", "tr(A_1 X … A_k X) in X, 128 × 128", chain_text, ("X",), (2, 5, 10, 20), chain,
        limits.chain, typed.chain, typed.chain_expert, value=limits.chain_value, size_name="k",
    ),
    Problem(
        "bilinear", "a' inv(X) b in X", BILINEAR, ("X",), (16, 64, 256, 512), bilinear_inverse,
        limits.bilinear_inverse, typed.bilinear_inverse,
    ),
    Problem(
        "least-squares", "1/2 ‖A x - b‖² in x, A 4n × n", SQUARES, ("x",), (16, 64, 256, 1024), least_squares,
        limits.least_squares, typed.least_squares,
    ),
    Problem(
        "logistic", "logistic regression in w, X 20n × n", LOGISTIC, ("w",), (32, 128, 512), logistic,
        dense.logistic, typed.logistic,
    ),
    Problem(
        "network", "1/2 ‖W_2 tanh(W_1 x + b_1) - y‖² in W_1", NETWORK, ("W_1",), (32, 128, 512), network,
        dense.network, typed.network,
    ),
    Problem(
        "masked", "‖M ⊙ (A - U V')‖² in U, 8 columns", MASKED, ("U",), (32, 128, 512), masked,
        dense.masked, typed.masked,
    ),
    Problem(
        "factorisation", "‖Y - U V'‖² in U, 8 columns", FACTORS, ("U",), (32, 128, 512), factorisation,
        dense.factorisation, typed.factorisation,
    ),
    Problem(
        "process", "Gaussian process in s and K", PROCESS, ("s", "K"), (32, 128, 512), gaussian_process,
        limits.gaussian_process, typed.gaussian_process, typed.gaussian_process_expert,
    ),
    Problem(
        "logistic-hessian", "Hessian of logistic regression in w", LOGISTIC, ("w",), (32, 128, 512), logistic,
        lambda X, w, y: dense.logistic_hessian(X, w), typed.logistic, kind="hessian",
    ),
    Problem(
        "factorisation-hessian", "Hessian of ‖Y - U V'‖² in U", FACTORS, ("U",), (16, 64, 128), factorisation,
        lambda Y, U, V: dense.factorisation_hessian(V, len(U)), typed.factorisation, kind="hessian",
    ),
    Problem(
        "factorisation-product", "the same, ten times a vector, n/8 columns", FACTORS, ("U",), (16, 64, 128, 512),
        factorisation_direction,
        lambda Y, U, V: dense.factorisation_product(V, len(U)),
        typed.factorisation, typed.factorisation, typed_up_to=128, kind="product",
    ),
    Problem(
        "gaussian-product", "Hessian of the Gaussian log-likelihood in Σ, ten times a vector", GAUSSIAN, ("Sigma",),
        (16, 32, 64, 256), gaussian_direction,
        dense.gaussian_product, typed.gaussian, typed.gaussian_expert, typed_up_to=32, kind="product",
    ),
]  # fmt: skip
