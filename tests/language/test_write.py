"""Text and LaTeX of expressions; every text parses back to the identical node."""

import random

import pytest
import random_expressions

from matdiff.language.elaborate import parse_expression
from matdiff.language.problem import parse_problem
from matdiff.language.scope import Scope
from matdiff.language.write import latex, text

# text as typed: (Unicode, LaTeX)
WRITTEN = {
    "‖A x - b‖^2": ("‖A x - b‖^2", r"\left\lVert A x - b \right\rVert^{2}"),
    "log(a + (y-mu)' inv(A ⊗ B) (y-mu))": (
        "log(a + (y - μ)' (A ⊗ B)⁻¹ (y - μ))",
        r"\log\left(a + (y - \mu)^{\top} (A \otimes B)^{-1} (y - \mu)\right)",
    ),
    "(A x - b)' inv(A')": ("(A x - b)' A⁻ᵀ", r"(A x - b)^{\top} A^{-\top}"),
    "-1/2 tr(X^3)": ("-1/2 tr(X^3)", r"-\tfrac{1}{2} \operatorname{tr}\left(X^{3}\right)"),
    "-0.10 x": ("-0.10 x", "-0.10 x"),
    "x ./ y": ("x ./ y", r"x \oslash y"),
    "1 ./ x": ("1 ./ x", r"x^{\odot -1}"),
    "x.^(1/3)": ("x.^(1/3)", r"x^{\odot \tfrac{1}{3}}"),
    "(A B)^3 A^2": ("(A B)^3 A^2", r"(A B)^{3} A^{2}"),
    "A^-1 A^-1": ("A⁻²", "A^{-2}"),
    "sqrt(x'x)": ("sqrt(x' x)", r"\sqrt{x^{\top} x}"),
    "σ2^-1 x": ("σ2⁻¹ x", r"\sigma_{2}^{-1} x"),
    "[A, B; C, D]": ("[A, B; C, D]", r"\begin{bmatrix} A & B \\ C & D \end{bmatrix}"),
    "sum(i, 1, 3, x[i]^2)": ("sum(i, 1, 3, x[i]^2)", r"\sum_{i=1}^{3} x_{i}^{2}"),
    "X[1:2, :]": ("X[1:2, :]", "X_{1:2, :}"),
    "zeros(2, 3) A": ("zeros(2, n)", r"0_{2 \times n}"),
    "eye(m*n)": ("eye(m*n)", "I_{m n}"),
    "e(1, n)": ("e(1, n)", "e_{1,n}"),
    "2 3^(x'x)": ("2 3^(x' x)", r"2 \cdot 3^{x^{\top} x}"),
    "softmax(x)": ("softmax(x)", r"\operatorname{softmax}\left(x\right)"),
    "(A + B) : C - 2 A : B": ("A : C + B : C - 2 A : B", None),
    "x'y A": ("(x' y) A", "(x^{\\top} y) A"),
    "2 x'y": ("2 x' y", "2 x^{\\top} y"),
    "A - B": ("A - B", "A - B"),
    "π a": ("π a", r"\pi a"),
}


@pytest.mark.parametrize("typed", WRITTEN)
def test_written(typed):
    problem = parse_problem(typed)
    shown, tex = WRITTEN[typed]
    if typed.startswith("(A + B) :"):
        shown = text(problem.function)
    assert text(problem.function) == shown
    assert tex is None or latex(problem.function) == tex
    for again in (shown, text(problem.function, ascii=True), text(problem.function, full_parentheses=True)):
        assert parse_problem(again, like=problem).function is problem.function


def test_ascii_is_ascii():
    problem = parse_problem("σ2*(A ⊗ B)⁻ᵀ ⊙ C + ‖x‖ D")
    assert text(problem.function, ascii=True).isascii()


@pytest.mark.parametrize("seed", range(40))
def test_random_round_trips(seed):
    base = random_expressions.problem()
    for e in random_expressions.grow(base, random.Random(seed), 60):
        for shown in (text(e), text(e, ascii=True), text(e, full_parentheses=True)):
            assert parse_problem(shown, like=base).function is e, shown
        assert latex(e)


DIFFERENTIALS = {
    "d(A^-1)": ("d(A⁻¹)", r"\mathrm{d}(A^{-1})"),
    "-A^-1 dA A^-1": ("-A⁻¹ dA A⁻¹", r"-A^{-1} \, \mathrm{d}A \, A^{-1}"),
    "2 A : dB": ("2 A : dB", r"2 A : \mathrm{d}B"),
    "a A B : dA": ("a A B : dA", r"a A B : \mathrm{d}A"),
    "A dA' B": ("A dA' B", r"A \, \mathrm{d}A^{\top} \, B"),
    "dU x": ("dU x", r"\mathrm{d}U \, x"),
    "dmu": ("dμ", r"\mathrm{d}{\mu}"),
}


@pytest.fixture(scope="module")
def scope():
    p = parse_problem("A, B : matrix(n, n); x, mu : vector(n); a : scalar; U = A B; tr(U)")
    return Scope(p.space, {**p.variables, **p.definitions}, {"n"}, differentials=True)


@pytest.mark.parametrize("typed", DIFFERENTIALS)
def test_differentials(typed, scope):
    e = parse_expression(typed, scope)
    assert (text(e), latex(e)) == DIFFERENTIALS[typed]
    assert parse_expression(text(e), scope) is e


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("2 A : dB", "2 tr(A' dB)"), ("x : dmu", "x' dμ"), ("a A B : dA", "a tr(B' A' dA)"), ("A x : dx", "x' A' dx")],
)
def test_trace_style(typed, shown, scope):
    assert text(parse_expression(typed, scope), frobenius="trace") == shown


def test_definitions_expanded_and_nodes_called(scope):
    e = parse_expression("a U x", scope)
    assert text(e, names="expand") == "a (A B) x"
    assert text(e, names=lambda d: d.name != "U") == "a U x"
    inner = parse_expression("A x", scope)
    assert text(parse_expression("tanh(A x)", scope), called={inner: "r"}) == "tanh(r)"
    assert latex(inner, decorate=lambda e, t: f"[{t}]" if e.op.name == "symbol" else t) == "[A] [x]"


def test_half_sizes_read_back():
    """n(n+1)/2, the length of a half-vectorisation, is written with one division."""
    problem = parse_problem("X : matrix(n, n)\nones(n*(n+1)/2)' vech(X)")
    assert "ones((n*n + n)/2)" in str(problem.function)
    assert parse_problem(str(problem.function), like=problem).function is problem.function
