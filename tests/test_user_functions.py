"""Functions of one's own, unknown and defined."""

import numpy as np
import pytest

import matdiff as md

DECLARED = "A : matrix(m, n); W : matrix(m, n); x : vector(n); y : vector(m)\n"
BODIES = ["t*log(1 + t^2)", "t sigmoid(t)", "exp(-t^2/2)", "softplus(t) - 1", "tanh(t)^3", "sqrt(1 + t^2)",
          "t^4/4 - t", "normcdf(t)", "0 t + 3", "1/(2 + cos(t))"]  # fmt: skip


@pytest.mark.parametrize("head", ["g : function", *(f"g(t) = {body}" for body in BODIES)])
@pytest.mark.parametrize("text", ["sum(g(A x))", "‖y - g(A x)‖^2", "g(g(A x))' y", "sum(i, 1, n, g(x[i]) x[i])"])
def test_derivatives(head, text):
    problem = md.parse(f"{head}\n{DECLARED}{text}")
    for order in (1, 2):
        d = md.derive(problem, wrt="x", order=order)
        assert d.validation.ok, d.validation
        assert md.parse(str(d.gradient), like=problem).function is d.gradient


@pytest.mark.parametrize("body", BODIES)
def test_values_are_those_of_the_body(body):
    """g written out entry by entry has the same value and the same gradient."""
    x = np.linspace(-1.2, 1.7, 5)
    mine = md.derive(f"g(t) = {body}\nx : vector(n)\nsum(g(x))", wrt="x").function(value=True)
    value, gradient = mine(x=x)
    one = md.derive(f"t : scalar\n{body}", wrt="t").function(value=True)
    pairs = [one(t=t) for t in x]
    assert np.isclose(value, sum(v for v, _ in pairs))
    assert np.allclose(gradient, [g for _, g in pairs])


def test_unknown_functions_are_given_as_callables():
    d = md.derive(f"g : function\n{DECLARED}sum(g(A x))", wrt="x", order=2)
    a, x = np.arange(6.0).reshape(3, 2) / 5, np.array([0.3, -0.7])
    hessian = d.function()(A=a, x=x, g=np.sin, g_1=np.cos, g_2=lambda t: -np.sin(t))
    assert np.allclose(hessian, a.T @ np.diag(-np.sin(a @ x)) @ a)
    with pytest.raises(md.MatdiffError, match="no value was given for g"):
        d.function()(A=a, x=x)
    with pytest.raises(md.MatdiffError, match="callable"):
        d.function()(A=a, x=x, g_2=3.0)


def test_definitions_are_shown_with_their_derivatives():
    shown = md.derive(f"g(t) = t^3\n{DECLARED}sum(g(A x))", wrt="x").text()
    assert "g(t) = t^3" in shown and "g'(t) = 3 t^2" in shown and "A' g'(A x)" in shown
