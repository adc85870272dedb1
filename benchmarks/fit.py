"""A real fit: several tasks with a Gaussian process prior, by SciPy's L-BFGS with generated derivatives and with JAX's.

    python benchmarks/fit.py [--points 60] [--tasks 8]

T noisy functions are seen at n points: Y is n × T, with covariance (L L') ⊗ K + exp(s) I of vec(Y).  Fitted are the
covariance of the tasks, through its factor L, and the noise.  matdiff finds that the covariance can be diagonalised
and never forms it; JAX differentiates what was typed.  There is no optimiser of our own here.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent)]

import numpy as np  # noqa: E402 - after the threads are bound
from scipy.optimize import minimize  # noqa: E402

import matdiff as md  # noqa: E402

PROBLEM = """
L : matrix(T, T), lower;  K : matrix(n, n), spd;  s : scalar;  Y : matrix(n, T)
U = L L' ⊗ K + exp(s) eye(T*n)
1/2 logdet(U) + 1/2 vec(Y)' inv(U) vec(Y)
"""
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def data(n: int, T: int) -> tuple[np.ndarray, np.ndarray]:
    """A squared-exponential kernel on a line, and functions drawn from it with noise."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, n)
    K = np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2 / 0.1**2) + 1e-6 * np.eye(n)
    tasks = np.tril(rng.standard_normal((T, T))) / np.sqrt(T) + 0.5 * np.eye(T)
    return K, np.linalg.cholesky(K) @ rng.standard_normal((n, T)) @ tasks.T + 0.1 * rng.standard_normal((n, T))


def parameters(T: int) -> tuple[Callable[[np.ndarray], np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A vector of parameters holds the lower triangle of L, then s."""
    places = np.tril_indices(T)

    def matrix(p: np.ndarray) -> np.ndarray:
        L = np.zeros((T, T))
        L[places] = p[:-1]
        return L

    return matrix, places


def with_matdiff(K: np.ndarray, Y: np.ndarray) -> Objective:
    run = md.derive(PROBLEM, wrt=["L", "s"]).function(value=True)
    matrix, places = parameters(Y.shape[1])

    def objective(p: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = run(L=matrix(p), K=K, s=float(p[-1]), Y=Y)
        return value, np.append(gradient["L"][places], gradient["s"])

    return objective


def with_jax(K: np.ndarray, Y: np.ndarray) -> Objective:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    T = Y.shape[1]
    places, y = np.tril_indices(T), Y.T.reshape(-1)

    def likelihood(p: Any) -> Any:
        L = jnp.zeros((T, T)).at[places].set(p[:-1])
        U = jnp.kron(L @ L.T, K) + jnp.exp(p[-1]) * jnp.eye(y.size)
        return 0.5 * jnp.linalg.slogdet(U)[1] + 0.5 * y @ jnp.linalg.solve(U, y)

    run = jax.jit(jax.value_and_grad(likelihood))
    run(np.append(np.eye(T)[places], 0.0))  # compiled before the clock starts

    def objective(p: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = run(p)
        return float(value), np.asarray(gradient)

    return objective


def fit(objective: Objective, T: int) -> tuple[Any, float]:
    start = np.append(np.eye(T)[np.tril_indices(T)], 0.0)
    began = time.perf_counter()
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return found, time.perf_counter() - began


def compared(n: int, T: int) -> list[str]:
    """A line for each fit, relative to the first."""
    K, Y = data(n, T)
    ways = {"matdiff": with_matdiff}
    try:
        import jax  # noqa: F401

        ways["JAX, as typed"] = with_jax
    except ImportError:
        print("jax is not installed: without it", file=sys.stderr)
    rows = ["| fit | iterations | likelihood | seconds | relative |", "|---|---|---|---|---|"]
    first = None
    for name, make in ways.items():
        found, seconds = fit(make(K, Y), T)
        first = first or seconds
        rows.append(f"| {name} | {found.nit} | {-found.fun:.6f} | {seconds:.3f} | {seconds / first:.0f} |")
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--tasks", type=int, default=8)
    given = parser.parse_args()
    print("\n".join(compared(given.points, given.tasks)))
