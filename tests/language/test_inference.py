"""Kinds and sizes that were left out."""

import pytest

from matdiff.errors import MatdiffError
from matdiff.language.problem import parse_problem

# text: shapes of the names
SHAPES = {
    "logdet(X)": {"X": "n×n"},
    "x'A x": {"x": "n×1", "A": "n×n"},
    "A x": {"A": "m×n", "x": "n×1"},
    "‖A x - b‖^2": {"A": "m×n", "x": "n×1", "b": "m×1"},
    "tr(A B)": {"A": "m×n", "B": "n×m"},
    "β x": {"β": "1×1", "x": "n×1"},
    "x'A x + c": {"c": "1×1"},
    "β'x + x'A x": {"β": "n×1"},
    "N log(det(S)) - tr(S)": {"N": "1×1"},
    "K_f + σ^2 I": {"K_f": "n×n", "σ": "1×1"},
    "x : vector(m*n); x'(A ⊗ B) x; ": {"A": "m×m", "B": "n×n"},
    "x : vector(m*n); A : matrix(m, m); x'(A ⊗ B) x": {"B": "n×n"},
    "A : matrix; x : vector; A x": {"A": "m×n"},
    "A : matrix(2, 3); x : vector; A x": {"x": "3×1"},
    "Z : symmetric; tr(Z)": {"Z": "n×n"},
    "z : positive; sum(log(z))": {"z": "n×1"},
    "[A, b]": {"A": "m×n", "b": "m×1"},
    "[A; B] x": {"A": "m×n", "B": "p×n"},
    "x'ones(p)": {"x": "p×1"},
    "mat(x, p, q)": {"x": "(p*q)×1"},
    "A : matrix(2*n, 3*n); ptrace(A B, n, 1)": {"B": None},
    "exp(x'A)": {"x": "n×1", "A": "n×m"},
    "x'A[:, 1]": {"x": "n×1", "A": "n×m"},
    "I_3 X": {"X": "3×n"},
    "x^2": {"x": "1×1"},
    "x'x tr(A B)": {"x": "n×1", "A": "m×p", "B": "p×m"},
    "sum(i, 1, m, x[i]^2)": {"x": "m×1"},
    "exp(-‖x-μ‖²/(2σ²))": {"μ": "n×1", "σ": "1×1"},
    "hadamard(A, B C)": {"A": "m×n", "B": "m×p", "C": "p×n"},
}


@pytest.mark.parametrize("text", SHAPES)
def test_shapes(text):
    problem = parse_problem(text)
    for name, shape in SHAPES[text].items():
        e = next(v for n, v in problem.variables.items() if name in (n, *_letters(n)))
        rows, cols = e.shape
        assert shape is None or f"{_wrap(rows)}×{_wrap(cols)}" == shape


def _letters(name):
    from matdiff.language.names import pretty

    return (pretty(name),)


def _wrap(size):
    return f"({size})" if "*" in str(size) else str(size)


def test_deviations_are_reported():
    problem = parse_problem("x'A x + c")
    assert problem.readings == ["c is read as a scalar, the only kind that fits (by convention it would be a vector)"]
    assert "inferred: x, A, c" in problem.read_as


def test_difference_to_matrixcalculus_is_reported():
    assert any("matrixcalculus.org" in r for r in parse_problem("a'x").readings)
    assert any("spectral" in r for r in parse_problem("norm2(X)").readings)
    assert not parse_problem("X : matrix(m, n); y : vector(m); norm2(X'y)").readings


def test_guessed_sizes_are_an_assumption():
    problem = parse_problem("y : vector(m*n); y'(A ⊗ B) y")
    assert "A is m×m" in problem.assumptions[0]
    assert "assumed" in problem.read_as


def test_free_sizes_avoid_names_in_use():
    problem = parse_problem("n, m : scalar; n m tr(A B)")
    rows, cols = problem.variables["A"].shape
    assert {str(rows), str(cols)}.isdisjoint({"n", "m"})


def test_flexible_sizes_are_never_one_unless_forced():
    with pytest.raises(MatdiffError, match="scalar and a matrix"):
        parse_problem("A : matrix; x : vector; A x + 1")


def test_sizes_forced_to_one():
    problem = parse_problem("A : matrix; x : vector(n); a : scalar; tr(A x) + |A x|")
    assert str(problem.variables["A"].shape[0]) == "1"
