"""How accurate gradients are on ill-conditioned positive definite inputs, against fifty decimal digits."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
from mpmath import mp
from speed_contestants import Contestant, canonical
from speed_problems import PROBLEMS, Arrays, Rng

CONDITION = 1e8
SEEDS = 7


def ill_conditioned(rng: Rng, n: int) -> np.ndarray:
    """Positive definite, exactly symmetric, eigenvalues from 1 down to 1 / CONDITION."""
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    S = (Q * np.logspace(0, -np.log10(CONDITION), n)) @ Q.T
    return (S + S.T) / 2


def student_data(rng: Rng) -> Arrays:
    n = 8
    y, mu = rng.standard_normal((2, n * n))
    return {"A": ill_conditioned(rng, n), "B": ill_conditioned(rng, n), "y": y, "mu": mu, "a": 1.0}


def sum_data(rng: Rng) -> Arrays:
    n = 5
    return {**{name: ill_conditioned(rng, n) for name in ("M", "K", "Sigma")}, "v": rng.standard_normal(n * n)}


def gaussian_data(rng: Rng) -> Arrays:
    x, mu = rng.standard_normal((2, 8))
    return {"Sigma": ill_conditioned(rng, 8), "x": x, "mu": mu}


# ---------------------------------------------------------------- references, from whole inverses


def exact(array: np.ndarray) -> Any:
    return mp.matrix(array.tolist())


def rounded(matrix: Any) -> np.ndarray:
    return np.array(matrix.tolist(), dtype=float)


def student_reference(A: np.ndarray, B: np.ndarray, y: np.ndarray, mu: np.ndarray, a: float) -> list[np.ndarray]:
    inv_A, inv_B = exact(A) ** -1, exact(B) ** -1
    w = exact(y) - exact(mu)
    W = mp.matrix([[w[j * len(B) + i] for j in range(len(A))] for i in range(len(B))])
    X = inv_B * W * inv_A.T
    beta = a + sum(W[i, j] * X[i, j] for i in range(W.rows) for j in range(W.cols))
    return [rounded(-(inv_A.T * W.T * X) / beta), rounded(-(inv_B.T * W * X.T) / beta)]


def sum_reference(M: np.ndarray, K: np.ndarray, Sigma: np.ndarray, v: np.ndarray) -> list[np.ndarray]:
    """By the whole matrix U: the gradient sums the diagonal blocks of u u' - 1/2 inv(U), u = inv(U) v."""
    T, n = len(M), len(K)
    U = mp.matrix(T * n, T * n)
    for i in range(T * n):
        for j in range(T * n):
            U[i, j] = mp.mpf(M[i // n, j // n]) * mp.mpf(K[i % n, j % n])
            if i // n == j // n:
                U[i, j] += mp.mpf(Sigma[i % n, j % n])
    inverse = U**-1
    u = inverse * exact(v)
    entry = lambda i, j: sum(u[t * n + i] * u[t * n + j] - inverse[t * n + i, t * n + j] / 2 for t in range(T))
    return [np.array([[float(entry(i, j)) for j in range(n)] for i in range(n)])]


def gaussian_reference(Sigma: np.ndarray, x: np.ndarray, mu: np.ndarray) -> list[np.ndarray]:
    inverse = exact(Sigma) ** -1
    u = inverse * (exact(x) - exact(mu))
    return [rounded((u * u.T - inverse) / 2)]


CASES = {
    "gaussian": (gaussian_data, gaussian_reference),
    "kronecker-sum": (sum_data, sum_reference),
    "student": (student_data, student_reference),
}


# ---------------------------------------------------------------- errors


def error(found: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    return max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(found, wanted, strict=True))


def errors(name: str, contestants: list[Contestant]) -> dict[str, list[float]]:
    """Gradient errors by contestant, one for each seed; none where it fails."""
    problem = next(p for p in PROBLEMS if p.name == name)
    make, reference = CASES[name]
    found: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for seed in range(SEEDS):
        arrays = make(np.random.default_rng(seed))
        with mp.workdps(50):
            wanted = reference(**arrays)
        for contestant in contestants:
            try:
                result = contestant.prepare(problem, 0, arrays)()()
            except Exception:
                continue
            found[contestant.name].append(error(canonical(problem, result)[1:], wanted))
    return found


def rows(contestants: list[Contestant]) -> list[str]:
    names = [contestant.name for contestant in contestants]
    out = [
        f"| problem | {' | '.join(f'{name}, error' for name in names)} | generated / limit, median | worst |",
        "|---" * (len(names) + 3) + "|",
    ]
    for name in CASES:
        found = errors(name, contestants)
        cells = [f"{statistics.median(e):.1e}" if e else "–" for e in found.values()]
        pairs = list(zip(found.get("generated", []), found["limit"]))
        ratios = [mine / theirs for mine, theirs in pairs] if len(pairs) == SEEDS else []
        summary = [f"{statistics.median(ratios):.2f}", f"{max(ratios):.2f}"] if ratios else ["–", "–"]
        out.append(f"| {name} | {' | '.join([*cells, *summary])} |")
    return out
