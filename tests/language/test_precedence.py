"""Every operator, its level and its fine print: text to the reading with full parentheses."""

import pytest

from matdiff.language.problem import parse_problem

NAMES = """A, B, C, X : matrix(n, n); S : matrix(n, n), symmetric; x, y : vector(n); a, b : scalar; t : scalar, positive
G : matrix(m, n); K : matrix(p, q); k : integer"""

READINGS = {
    # level 1 and 2
    "A - B + C": "(A - B) + C",
    "a - b - a": "a - b - a",
    "A : B + C : X": "(A : B) + (C : X)",
    "A + B : C + X : A": None,
    "-A : B": "(-A) : B",
    "A : -B": "A : (-B)",
    "A B : C X": "(A B) : (C X)",
    "A ⊗ B : C ⊗ X": "(A ⊗ B) : (C ⊗ X)",
    # level 3, weaker than products
    "A C ⊗ B X": "(A C) ⊗ (B X)",
    "A ⊗ B ⊗ C": "(A ⊗ B) ⊗ C",
    "A ⊙ B C": "A ⊙ (B C)",
    "A ∘ B": "A ⊙ B",
    "(A ⊗ B) ⊙ (C ⊗ X)": "(A ⊗ B) ⊙ (C ⊗ X)",
    "A ⊗ -B C": "A ⊗ ((-B) C)",
    # level 4, left to right
    "A B C": "A B C",
    "A * B * C": "A B C",
    "2 X": "2 X",
    "2X": "2 X",
    "x'A x": "x' A x",
    "1/2 x": "(1 / 2) x",
    "1/2 x'x": "((1 / 2) x') x",
    "a/b a": "(a / b) a",
    "x'A x B": "(x' A x) B",
    "X \\ x": "X^-1 x",
    "X \\ A x": "(X^-1 A) x",
    "A .* B C": "(A ⊙ B) C",
    "A B .* C": "(A B) ⊙ C",
    "x ./ y": "x ⊙ (y.^-1)",
    "1./x": "1 ⊙ (x.^-1)",
    "1 ./ x": "1 ⊙ (x.^-1)",
    "a * -b": "a (-b)",
    "a / -b": "a / (-b)",
    "A -B": "A - B",
    "A - B": "A - B",
    "A @ B": "A B",
    "A·B": "A B",
    "2×A": "2 A",
    # level 5
    "-x.^2": "-(x.^2)",
    "-a^2": "-(a^2)",
    "−A B": "(-A) B",
    "--a": "-(-a)",
    "a - -b": "a - (-b)",
    # level 6
    "A'": "A'",
    "A^T": "A'",
    "Aᵀ": "A'",
    "A.T": "A'",
    "A⊤": "A'",
    "A^⊤": "A'",
    "A′": "A'",
    "A.T B": "A' B",
    "A^-1": "A^-1",
    "A⁻¹": "A^-1",
    "A^-T": "A^-1'",
    "A⁻ᵀ": "A^-1'",
    "A^-1'": "A^-1'",
    "A⁻¹ᵀ": "A^-1'",
    "A^2": "A^2",
    "A²": "A^2",
    "A^-2": "A^-2",
    "A⁻²": "A^-2",
    "A'^2": "A'^2",
    "(A B)^3": "(A B)^3",
    "A^(1/2)": "sqrtm(A)",
    "A^½": "sqrtm(A)",
    "A^(-1/2)": "sqrtm(A)^-1",
    "A^(2-1)": "A^1",
    "x.^2": "x.^2",
    "x.^-1": "x.^-1",
    "x.^a": "x.^a",
    "x.^y'": None,
    "a .^ x": "a.^x",
    "2 .^ X": "2.^X",
    "a^b": "a^b",
    "a^-b": "a^(-b)",
    "a^(b+1)": "a^(b + 1)",
    "2a^2": "2 (a^2)",
    "a^T": "a'",
    "e^a": "exp(a)",
    "e^(x'x)": "exp(x' x)",
    "e.^x": "exp(x)",
    "½ x": "1/2 x",
    # level 7: bars
    "|A|": "det(A)",
    "|a|": "abs(a)",
    "|a||b|": "abs(a) abs(b)",
    "|a| |b|": "abs(a) abs(b)",
    "|A||B|": "det(A) det(B)",
    "||x||": "normF(x)",
    "‖x‖": "normF(x)",
    "‖A‖": "normF(A)",
    "‖x‖_1": "norm1(x)",
    "‖x‖₂": "norm2(x)",
    "‖A‖_F^2": "normF(A)^2",
    "‖A‖²": "normF(A)^2",
    "‖x‖_3": "norm(x, 3)",
    "‖x‖_a": "norm(x, a)",
    "‖A‖_*": "nuclear(A)",
    "‖A‖_∞": "norminf(A)",
    "||A x - y||_2^2": "norm2((A x) - y)^2",
    "|‖x‖|": "abs(normF(x))",
    "|||a|||": "normF(abs(a))",
    "a|b|": "a abs(b)",
    "|a|b|a|": "abs(a) b abs(a)",
    "log|S|": "log(det(S))",
    "log|S| + a": "log(det(S)) + a",
    # level 7: brackets
    "X[1, 2]": "X[1, 2]",
    "x[2]": "x[2]",
    "X[1, :]": "X[1, :]",
    "X[:, 2]": "X[:, 2]",
    "X[1:2, :]": "X[1:2, :]",
    "X[2:n-1, :]": "X[2:n - 1, :]",
    "X'[1, 2]": "X'[1, 2]",
    "(A B)[1, 2]": "(A B)[1, 2]",
    "[A, B; C, X]": "vcat(hcat(A, B), hcat(C, X))",
    "[A B, C]": "hcat(A B, C)",
    "A [B, C]": "A hcat(B, C)",
    "[A -B, C]": "hcat(A - B, C)",
    "sum(i, 1, n, x[i]^2)": "sum(i, 1, n, x[i]^2)",
    "Σ(i, 1, n, X[i, i])": "sum(i, 1, n, X[i, i])",
    "sum(i, 1, 3, sum(j, 1, i, X[i, j]))": "sum(i, 1, 3, sum(j, 1, i, X[i, j]))",
    # names that mean something
    "X + I": "X + I_n",
    "a I_3": "a I_3",
    "A + I_n": "A + I_n",
    "pi a": "π a",
    "n a": "n a",
    "-n/2 logdet(S)": "((-n) / 2) logdet(S)",
    "1/n": "1 / n",
    # calls
    "dot(x, A y)": "dot(x, A y)",
    "trace(A)": "tr(A)",
    "ones(n)": "ones(n)",
    "eye(n) + A": "I_n + A",
    "vector(2) + x": "(2 ones(n)) + x",
    "frechet(expm, A, B)": "frechet(expm, A, B)",
    "softmax(X, 1)": "softmax(X, 1)",
    "norm(x)": "normF(x)",
}


@pytest.mark.parametrize("text", [t for t, reading in READINGS.items() if reading is not None])
def test_reading(text):
    problem = parse_problem(text, declare=NAMES)
    shown = problem.read_as.split(";")[0].removeprefix("f = ")
    expected = READINGS[text]
    assert shown.replace(" ", "") == expected.replace(" ", "") or _flat(shown) == _flat(expected)
    assert parse_problem(expected, declare=NAMES, like=None).function.op is problem.function.op


def _flat(text):
    """Left-nested sums and products are one chain; the reading may show them flat."""
    return "".join(ch for ch in text if ch not in "() ")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("A C ⊗ B X", "(A C) ⊗ (B X)"),
        ("A ⊙ B C", "A ⊙ (B C)"),
        ("-x.^2", "-(x.^2)"),
        ("1/2 x", "(1/2) x"),
        ("a/b a", "(a/b) a"),
        ("A .* B C", "(A .* B) C"),
        ("-A : B", "-(A : B)"),
        ("X \\ A x", "inv(X) A x"),
        ("A^-1'", "(A^-1)'"),
        ("2a^2", "2 (a^2)"),
        ("x'A x B", "(x'A x) B"),
        ("A -B", "A - B"),
        ("a * -b", "-(a b)"),
        ("x ./ y ./ x", "1 ./ y"),
        ("mat(vec(X), n, n)", "X"),
    ],
)
def test_same_expression(text, same):
    problem = parse_problem(text, declare=NAMES)
    assert parse_problem(same, like=problem).function is problem.function
