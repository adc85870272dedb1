"""Unicode spellings, names, statements: texts that must mean the same."""

import pytest

from matdiff.language.names import canonical, latex, pretty
from matdiff.language.problem import parse_problem

NAMES = "A : matrix(n, n); Sigma : matrix(n, n), spd; x, mu, W_1 : vector(n); sigma2 : scalar, positive; a : scalar"

SAME = [
    ("Σ + A", "Sigma + A"),
    ("x'μ", "x' mu"),
    ("σ2 x", "sigma2 x"),
    ("W₁ + x", "W_1 + x"),
    ("𝐱 + μ", "x + mu"),
    ("x − μ", "x - mu"),
    ("A⁻¹ x", "A^-1 x"),
    ("Aᵀ x", "A' x"),
    ("A^⊤ x", "A' x"),
    ("A″ x", "A x"),
    ("(x\n + mu)", "x + mu"),
    ("x +\n mu", "x + mu"),
    ("x + # a comment ) ] |\n mu", "x + mu"),
    ("w = x - mu; w'w", "w = x - mu\nw'w"),
    ("\n\n;; x ;\n", "x"),
    ("[A,\n x]", "[A, x]"),
    ("0.5 x", "1/2 x"),
    ("5e-1 x", "1/2 x"),
    ("½ x", "1/2 x"),
    ("2e x : x", "2 e x : x"),
]


@pytest.mark.parametrize(("text", "same"), SAME)
def test_same(text, same):
    if "e x" in text:
        declare = NAMES + "; e : scalar"
    else:
        declare = NAMES
    problem = parse_problem(text, declare=declare)
    other = parse_problem(same, like=problem) if "=" not in same else parse_problem(same, declare=declare)
    assert (
        str(problem.read_as) == str(parse_problem(same, declare=declare).read_as) or other.function is problem.function
    )


@pytest.mark.parametrize(
    ("name", "plain", "shown", "tex"),
    [
        ("Σ", "Sigma", "Σ", r"\Sigma"),
        ("σ2", "sigma2", "σ2", r"\sigma_{2}"),
        ("x₁", "x_1", "x_1", "x_{1}"),
        ("x₁₂", "x_12", "x_12", "x_{12}"),
        ("K_μ", "K_mu", "K_μ", r"K_{\mu}"),
        ("Α", "Alpha", "Α", "A"),
        ("Kk", "Kk", "Kk", r"\mathit{Kk}"),
        ("W_out", "W_out", "W_out", r"W_{\mathrm{out}}"),
        ("ϕ", "phi", "φ", r"\phi"),
    ],
)
def test_names(name, plain, shown, tex):
    assert canonical(name) == plain
    assert pretty(plain) == shown
    assert canonical(shown) == plain
    assert latex(plain) == tex


def test_a_declared_name_wins():
    problem = parse_problem("T : matrix(n, n); e, gamma : scalar; I : matrix(n, n); e gamma T I^T")
    assert problem.read_as.startswith("f = (e γ) T I'")
    assert any("T is the name declared here" in r for r in problem.readings)
    assert any("e is the name declared here" in r for r in problem.readings)


def test_a_declared_name_before_a_parenthesis_is_a_product():
    problem = parse_problem("log : matrix(n, n); x : vector(n); log (x + x)")
    assert problem.function.shape == problem.variables["x"].shape


def test_transpose_with_a_declared_T():
    problem = parse_problem("T, t : scalar; A : matrix(n, n); x : vector(n); x^T A x + t^T + t^(T)")
    assert "x' A x" in problem.read_as
    assert "t^T" in problem.read_as


def test_declaration_or_frobenius():
    problem = parse_problem("A : matrix(m, n)\nA : (matrix(2))")
    assert problem.function.is_scalar
