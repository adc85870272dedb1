"""A diagonal matrix plus one of low rank: smaller inverses where the sizes make that pay, and no digits lost by it."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.numeric.arrays import evaluation, outside
from tests.compile.agreement import worst

HEAD = """U : matrix(n, k); d : vector(n), positive; c : scalar, positive; M : matrix(k, k), spd
y : vector(n); Y : matrix(n, p); W : matrix(n, n), symmetric
"""
LIKELIHOOD = "S = U U' + Diag(d)\nlogdet(S) + y' inv(S) y"
NOISE = "S = U U' + c I\n-1/2 logdet(S) - 1/2 tr(Y' inv(S) Y)"
WEIGHTED = "S = Diag(d) + c U M U'\nlogdet(S) + tr(inv(S) W)"
VARIANCES = "S = U U' + Diag(d) + c I\nsum(log(diag(inv(S))))"
LEFT = "S = Diag(d) + 2 U M U'\n‖(U + Y)' inv(S)‖^2"
RANK_ONE = "S = Diag(d) + y y'\nlogdet(S) + y' inv(S) y"
PROBLEMS = [
    (text, wrt)
    for text, variables in (
        (LIKELIHOOD, "Udy"), (NOISE, "UcY"), (WEIGHTED, "UdcM"), (VARIANCES, "Ud"), (LEFT, "U"), (RANK_ONE, "dy"),
    )
    for wrt in variables
]  # fmt: skip


def values(n: int, k: int, p: int, noise: float = 1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n)

    def spd(m):
        X = rng.standard_normal((m, m))
        return X @ X.T / m + np.eye(m)

    return {
        "U": rng.standard_normal((n, k)), "d": noise * (rng.random(n) + 0.5), "c": np.array(0.7), "M": spd(k),
        "y": rng.standard_normal(n), "Y": rng.standard_normal((n, p)), "W": spd(n),
    }  # fmt: skip


def derived(text: str, wrt: str) -> md.Derivation:
    # (U + Y) needs as many columns in both
    return md.derive(HEAD.replace("matrix(n, p)", "matrix(n, k)") + text, wrt=wrt, validate=False)


@pytest.mark.parametrize("n, k", [(30, 2), (300, 3), (4, 6)])
@pytest.mark.parametrize("text, wrt", PROBLEMS)
def test_values(text, wrt, n, k):
    d = derived(text, wrt)
    arrays = {name: v for name, v in values(n, k, k).items() if name in d.problem.variables}
    at = evaluation(d.problem.variables, arrays, [])
    value, gradient = d.function(value=True)(**arrays)
    assert worst(outside(d.function_expr, at(d.function_expr)), value) < 1e-9
    assert worst(outside(d.answer, at(d.answer)), gradient) < 1e-9


@pytest.mark.parametrize("text, wrt", [(LIKELIHOOD, x) for x in "Udy"] + [(NOISE, x) for x in "Uc"])
def test_nothing_of_full_size_is_formed(text, wrt):
    sizes = {"n": 2000, "k": 5}
    small, large = (derived(text, wrt).code(what="both", sizes=s) for s in (sizes, {"n": 5, "k": 2000}))
    cost = small.partition("Cost: ")[2].partition(" operations")[0]
    assert "n^2" not in cost and "n^3" not in cost and "low rank" in small
    assert "low rank" not in large and "low rank" not in derived(text, wrt).code(what="both")


@pytest.mark.parametrize("wrt", "Ud")
def test_digits(wrt):
    """With little noise the small inverses are the more accurate way: beside numbers of fifty digits."""
    mpmath = pytest.importorskip("mpmath")
    d = derived(LIKELIHOOD, wrt)
    arrays = {name: v for name, v in values(30, 2, 2, noise=1e-8).items() if name in d.problem.variables}
    with mpmath.workdps(50):
        U, y = mpmath.matrix(arrays["U"].tolist()), mpmath.matrix(arrays["y"].tolist())
        inverse = (U * U.T + mpmath.diag(arrays["d"].tolist())) ** -1
        z = inverse * y
        gradient = 2 * (inverse - z * z.T) * U if wrt == "U" else [inverse[i, i] - z[i] ** 2 for i in range(30)]
        wanted = np.array([float(x) for x in gradient]).reshape(arrays[wrt].shape)
    assert worst(wanted, d.function()(**arrays)) < 1e-13
