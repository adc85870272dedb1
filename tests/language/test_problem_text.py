"""Problem texts: which line is the function, definitions, declare=, let=, like=."""

import subprocess
import sys

import pytest

from matdiff.language.problem import parse_problem
from matdiff.language.write import text

SEED = """
A : matrix(m, m), invertible
B : matrix(n, n), invertible
y, mu : vector(m*n)
a : scalar, positive
w = y - mu
S = A ⊗ B
f = log(a + w' inv(S) w)
"""


def test_the_seed():
    p = parse_problem(SEED)
    assert list(p.variables) == ["A", "B", "y", "mu", "a"]
    assert list(p.definitions) == ["w", "S"]
    assert p.function_name == "f"
    assert p.dimensions == ["m", "n"]
    assert text(p.function) == "log(a + w' S⁻¹ w)"
    assert p.read_as.startswith("f = log(a + (w' S^-1 w)); A : matrix(m, m), invertible;")
    assert not p.assumptions
    assert not p.readings


@pytest.mark.parametrize(
    ("source", "function", "definitions"),
    [
        ("x'x", "x' x", []),
        ("f = x'x", "x' x", []),
        ("w = 2 x; w'w", "w' w", ["w"]),
        ("w = 2 x; v = w'w", "w' w", ["w"]),
        ("f = x'x; log(f)", "log(f)", ["f"]),
        ("v = w'w; w = 2 x; v", "v", ["w", "v"]),
        ("f = w'x; w = 2 x", "w' x", ["w"]),
    ],
)
def test_which_line_is_the_function(source, function, definitions):
    p = parse_problem(source)
    assert text(p.function) == function
    assert list(p.definitions) == definitions


def test_arguments_of_f_are_the_default_wrt():
    assert parse_problem("f(x, A) = x'A x").default_wrt == ["x", "A"]


def test_declare_and_let():
    p = parse_problem("w' inv(S) w", declare={"A": "matrix(n, n), spd", "x": "vector(n)"}, let={"S": "2 A", "w": "x"})
    assert list(p.definitions) == ["S", "w"]
    q = parse_problem("x'A x", declare="A : matrix(n, n)\nx : vector(n)")
    assert text(q.function) == "x' A x"


def test_declared_names_are_variables_even_if_unused():
    assert "z" in parse_problem("z : scalar; x'x").variables


def test_like_gives_the_same_nodes():
    p = parse_problem(SEED)
    assert parse_problem("log(a + w' S⁻¹ w)", like=p).function is p.function
    assert parse_problem("f = 2 w'w", like=p).function.space is p.space


def test_properties_of_a_defined_name_are_assumptions():
    p = parse_problem("W : spd; W = A A'; logdet(W)")
    assert p.asserted == {"W": frozenset({"spd"})}
    assert p.assumptions == ["W is spd"]


def test_decimals_print_as_typed():
    assert text(parse_problem("0.10 x").function) == "0.10 x"


def test_same_text_whatever_the_hash_seed():
    script = (
        "from matdiff.language.problem import parse_problem;from matdiff.language.write import text, latex;"
        "p=parse_problem(\"log(a + (y-mu)' inv(A ⊗ B) (y-mu)) + tr(Z Z' exp(Q)) + c\");"
        "print(p.read_as, p.readings, text(p.function), latex(p.function), p.dimensions)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONIOENCODING": "utf-8"},
            capture_output=True, check=True,
        ).stdout
        for seed in ("0", "1", "7")
    }  # fmt: skip
    assert len(outputs) == 1


def test_importing_the_language_is_light():
    script = (
        "import sys, matdiff.language.problem, matdiff.language.write;"
        "print([m for m in ('numpy', 'sympy', 'scipy', 'lark') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    assert out.strip() == "[]"
