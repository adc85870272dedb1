"""Sums over an index: their matrix form, and their derivatives where they have none."""

import numpy as np
import pytest

import matdiff as md
from matdiff.numeric.sample import draw_point
from matdiff.tactics.matrixform import has_sums, matrix_form

DECLARED = """
A, B : matrix(n, n); X, Y : matrix(n, p); Z : matrix(p, n); S : matrix(p, p), spd
x, y : vector(n); b, mu : vector(p); a : scalar
"""
# sum: its matrix form
WITH_MATRIX_FORM = {
    "sum(i, 1, n, x[i]^2)": "‖x‖^2",
    "sum(i, 1, n, x[i] y[i])": "x' y",
    "sum(i, 1, n, A[i,i])": "tr(A)",
    "sum(i, 1, n, 3)": "3 n",
    "sum(i, 1, n, a x[i])": "a sum(x)",
    "sum(i, 1, n, sum(j, 1, p, X[i,j] Y[i,j]))": "X : Y",
    "sum(i, 1, n, sum(j, 1, n, x[i] A[i,j] y[j]))": "x' A y",
    "sum(i, 1, n, (y[i] - X[i,:] b)^2)": "‖y - X b‖^2",
    "sum(i, 1, n - 1, (x[i+1] - x[i])^2)": "‖x[2:n] - x[1:n - 1]‖^2",
    "sum(i, 1, n, X[i,:]' X[i,:])": "X' X",
    "sum(i, 1, n, y[i] X[i,:]' X[i,:])": "X' Diag(y) X",
    "sum(i, 1, n, x[i] Z[:,i])": "Z x",
    "sum(i, 1, n, x[i] A)": "sum(x) A",
    "sum(i, 1, n, e(i, n)' A e(i, n))": "A : I_n",
    "sum(i, 1, n, ‖Z[:,i] - mu‖^2)": "‖Z - μ ones(n)'‖_F^2",
    "sum(i, 1, n, (X[i,:]' - mu)' inv(S) (X[i,:]' - mu))": "(X - ones(n) μ') S⁻¹ : (X - ones(n) μ')",
    "sum(i, 1, n, log(1 + exp(-y[i] X[i,:] b)))": "sum(log(ones(n) + exp(-(y ⊙ X b))))",
    "sum(i, 1, n, sum(j, 1, n, exp(x[i] - x[j])))": "sum(exp(x ones(n)' - ones(n) x'))",
    "sum(i, 1, n, kron(S, e(i, n) e(i, n)'))": "S ⊗ I_n",
}
WITHOUT = [
    "sum(i, 1, n, i x[i]^2)",
    "sum(i, 1, n, max(X[i,:])^2)",
    "sum(i, 1, n, sin(i x[i]))",
    "sum(i, 1, n, ‖X[i,:]‖ logsumexp(X[i,:]'))",
    "sum(i, 1, n, sum(j, 1, n, ‖X[i,:] - X[j,:]‖^2))",
    "logdet(sum(i, 1, n, i X[i,:]' X[i,:]) + S)",
    "sum(i, 2, n, x[i] x[i-1])",
    "tr(sum(i, 1, 3, i A^2))",
]


@pytest.mark.parametrize("text", WITH_MATRIX_FORM)
def test_matrix_form(text):
    function = md.parse(DECLARED + text).function
    form = matrix_form(function)
    assert not has_sums(form)
    assert str(form) == WITH_MATRIX_FORM[text]
    for seed in range(3):
        point = draw_point([function, form], seed)
        assert np.allclose(point.evaluation(function), point.evaluation(form))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", [*WITH_MATRIX_FORM, *WITHOUT])
def test_derivatives(text):
    """Right against the sum itself, and read back as they are printed."""
    problem = md.parse(DECLARED + text)
    if not problem.function.is_scalar:
        problem = md.parse(DECLARED + f"normF({text})^2")
    for name in ("A", "X", "Z", "x", "b", "S"):
        if name not in problem.function.free:
            continue
        for order in (1, 2):
            found = md.derive(problem, wrt=name, order=order)
            assert found.validation.ok, found.validation
            assert md.parse(str(found.gradient), like=problem).function is found.gradient


def test_the_form_is_shown():
    shown = md.derive(DECLARED + "sum(i, 1, n, (y[i] - X[i,:] b)^2)", wrt="b").text()
    assert "matrix form  f = ‖y - X b‖^2" in shown
    assert "sum(i" not in shown.split("df =")[1].split("matrix form")[0]


def test_indices_do_not_capture_each_other():
    """The square of a sum over i inside a sum over i."""
    text = "s = sum(i, 1, n, i x[i]); sum(i, 1, n, i sin(x[i] s))"
    for order in (1, 2):
        assert md.derive(DECLARED + text, wrt="x", order=order).validation.ok


def test_an_empty_sum_is_zero_of_its_shape():
    d = md.derive("x : vector(n)\nsum(i, 3, 2, i x'x)", wrt="x")
    assert d.validation.ok and d.function()(x=[1.0, 2.0, 3.0]).tolist() == [0.0, 0.0, 0.0]


def test_what_is_inverted_inside_a_sum_is_checked_there():
    assert md.derive("S : matrix(n, n), spd\nsum(i, 1, n, logdet(S + x[i]^2 I))", wrt="x").validation.ok
    assert md.derive("sum(i, 1, n, tr(inv(A + i I)))", wrt="A").validation.ok


def test_a_sum_too_long_to_be_checked_is_said_to_be():
    d = md.derive("sum(i, 1, 1000, sum(j, 1, 1000, sin(a i j)))", wrt="a")
    assert d.validation.verdict == "undecided" and "too long" in d.validation.how
