"""What follows from an answer: the normal equations, and convexity from a semidefinite Hessian."""

import pytest

import matdiff as md

pytestmark = pytest.mark.filterwarnings("ignore")

# problem, variable: the equation and its solution
SOLVED = {
    ("‖A x - b‖^2", "x"): ("A' A x", "A' b", "(A' A)⁻¹ A' b"),
    ("lambda : scalar, positive\n‖A x - b‖^2 + lambda ‖x‖^2", "x"): (
        "(A' A + λ I_n) x", "A' b", "(A' A + λ I_n)⁻¹ A' b",
    ),
    ("‖Y - A X B‖_F^2", "X"): ("A' A X B B'", "A' Y B'", "(A' A)⁻¹ A' Y B' (B B')⁻¹"),
    ("‖Y - U V'‖_F^2 + lambda ‖U‖_F^2", "U"): ("U (λ I_p + V' V)", "Y V", "Y V (λ I_p + V' V)⁻¹"),
    ("P : matrix(n, n), spd\ny, mu : vector(n)\n(y - mu)' inv(P) (y - mu)", "mu"): ("P⁻¹ μ", "P⁻¹ y", "y"),
    ("A : matrix(m, m), spd; B : matrix(n, n), spd\n1/2 tr(X' A X) + 1/2 tr(X B X') - tr(C'X)", "X"): (
        "A X + X B", "C", "sylvester(A, B, C)",
    ),
    ("S : matrix(n, n), symmetric\n‖S - A‖_F^2", "S"): ("S", "1/2 (A + A')", "1/2 (A + A')"),
    ("a : scalar\n‖x - a y‖^2", "a"): ("a y' y", "x' y", "(x' y) (y' y)⁻¹"),
}  # fmt: skip
NOT_SOLVED = [("logdet(X)", "X"), ("sum(exp(x))", "x"), ("x'A x", "x"), ("(x'x)^2", "x"), ("c'x", "x")]


@pytest.mark.parametrize("text, wrt", SOLVED)
def test_normal_equations(text, wrt):
    found = md.derive(text, wrt=wrt).stationary
    assert (str(found.left), str(found.right), str(found.solution)) == SOLVED[text, wrt]


@pytest.mark.parametrize("text, wrt", NOT_SOLVED)
def test_nothing_is_solved(text, wrt):
    assert md.derive(text, wrt=wrt).stationary is None


def test_the_equations_are_shown():
    d = md.derive("‖A x - b‖^2", wrt="x")
    said = "∂f/∂x = 0 where A' A x = A' b, that is x = (A' A)⁻¹ A' b if A' A is invertible"
    assert said in d.text()
    assert d.to_dict()["remarks"] == [
        {"label": "stationary", "text": said, "latex": d.to_dict()["remarks"][0]["latex"]}
    ]
    assert "stationary" not in d.text(detail="answer")


POSITIVE, NEGATIVE = "positive semidefinite", "negative semidefinite"
CURVED = {
    ("‖A x - b‖^2", "x"): POSITIVE,
    ("lambda : scalar, positive\n‖A x - b‖^2 + lambda ‖x‖^2", "x"): "positive definite",
    ("sum(softplus(X w)) - y'X w", "w"): POSITIVE,
    ("logsumexp(A x + b)", "x"): POSITIVE,
    ("sum(exp(A x))", "x"): POSITIVE,
    ("x : vector(n), positive\nsum(log(x))", "x"): "negative definite",
    ("S : matrix(n, n), spd\nlogdet(S)", "S"): NEGATIVE,
    ("P : matrix(n, n), spd\nmu, y : vector(n)\n-1/2 (y - mu)' inv(P) (y - mu)", "mu"): "negative definite",
    ("P : matrix(n, n), psd\nx'P x", "x"): POSITIVE,
    ("c'x", "x"): "zero",
}
UNKNOWN = [("x'A x", "x"), ("sum(sin(x))", "x"), ("lambda : scalar\nlambda x'x", "x"), ("(x'A x)^2", "x")]


@pytest.mark.parametrize("text, wrt", CURVED)
def test_curvature(text, wrt):
    d = md.derive(text, wrt=wrt, order=2)
    assert d.curvature.verdict == CURVED[text, wrt]
    kind = "convex" if "positive" in d.curvature.verdict else "concave"
    assert kind in d.text() or d.curvature.verdict == "zero"


# A kink, or a set that is not convex, between pieces on which the Hessian has one sign.
PIECEWISE = [
    ("norm1(A x)", "x"),
    ("a : scalar\nrelu(a)^2", "a"),
    ("abs(x'y)", "x"),
    ("X : matrix(n, n)\n-logdet(X)", "X"),
]


@pytest.mark.parametrize("text, wrt", PIECEWISE)
def test_a_hessian_with_gaps_says_nothing_of_the_function(text, wrt):
    d = md.derive(text, wrt=wrt, order=2)
    assert d.curvature is None or not d.curvature.consequence
    assert "convex" not in d.text() and "concave" not in d.text() and "is linear" not in d.text()


DOMAINS = [("-log(y'x)", "x"), ("a : scalar, positive\n1/a", "a"), ("S : matrix(n, n), spd\n-logdet(S)", "S")]


@pytest.mark.parametrize("text, wrt", DOMAINS)
def test_convex_on_a_convex_domain(text, wrt):
    assert "convex" in md.derive(text, wrt=wrt, order=2).text()


@pytest.mark.parametrize("text, wrt", UNKNOWN)
def test_curvature_is_not_guessed(text, wrt):
    assert md.derive(text, wrt=wrt, order=2).curvature is None
