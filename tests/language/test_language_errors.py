"""What is wrong, where, and what would work: every error the specification names."""

import pytest

from matdiff.errors import MatdiffError
from matdiff.language.problem import parse_problem

NAMES = """A : matrix(m, n); B : matrix(p, q); X : matrix(n, n); x : vector(n); y : vector(m); a : scalar
S : matrix(n, n), symmetric; k : integer"""

# text: (part of the message, the marked text, part of the suggestion or None)
ERRORS = {
    # sizes
    "A B": ("A B: A is m×n, B is p×q; the inner sizes n and p differ", "A B", None),
    "X A B": ("the inner sizes n and m differ", "X A", None),
    "A + X": ("A is m×n, X is n×n", "A + X", None),
    "a + X": ("a scalar and a matrix cannot be added", "a + X", "a*ones(n, n) or a*I"),
    "x + a": ("a is a scalar, x is n×1", "x + a", "a*ones(n)"),
    "A : X": ("A is m×n and X is n×n", "A : X", None),
    "A ./ X": ("A is m×n and X is n×n", "A ./ X", None),
    "x x": ("the inner sizes 1 and n differ", "x x", "x'x for the inner product"),
    "x^2": ("of a vector", "x^2", "x'x or x.^2"),
    "x²": ("of a vector", "x²", "x'x or x.^2"),
    "tr(A)": ("square", "tr(A)", None),
    "A^-1": ("square", "A^-1", None),
    "|x|": ("of a vector", "|x|", "abs(x) or ‖x‖"),
    "x'X x / x'x": ("x' is 1×n", "x'X x / x'", "read from left to right"),
    "X**2": ("two multiplication signs", "*", "powers are written with ^"),
    "Tr(X)": ("there is no function Tr", "Tr", "did you mean tr?"),
    "1/x": ("`/` needs a scalar on the right", "1/x", "1 ./ x"),
    "e^X": ("needs a scalar exponent", "e^X", "expm(X)"),
    "a^x": ("needs a scalar", "a^x", "a .^ x"),
    "X[1]": ("a matrix takes two indices", "X[1]", "X[i, j]"),
    "a[1]": ("has no entries", "a[1]", None),
    "A[2:1, :]": ("the range 2:1 is empty", "2:1", None),
    "I ⊗ A": ("nothing here settles the size of I", "I", "I_p"),
    "tr(matrix(1))": ("nothing here settles the size", "matrix(1)", "ones(m, n)"),
    # syntax
    "A : X : X": ("does not chain", "A : X : X", "parentheses"),
    "A ⊗ B ⊙ X": ("mixed without parentheses", "A ⊗ B ⊙ X", "(A ⊗ B) ⊙ C"),
    "a^2^3": ("a^b^c", "a^2^3", "a^(b^c)"),
    "1'": ("a number has no transpose", "1", "ones(n)'"),
    "x^log(a)": ("after `^`", "log", "^(log(…))"),
    "e^-(a)": ("after `^`", "(", "parentheses"),
    "(a + x": ("never closed", "(", ")"),
    "a + x)": ("closes nothing", ")", None),
    "(a]": ("needs a `)`", "]", None),
    "|a + x": ("bar is never closed", "|", None),
    "(|a)": ("bar is never closed", "|", None),
    "a +": ("the line ends after `+`", "+", None),
    "* a": ("nothing on its left", "*", None),
    "a , x": ("a `,` stands only between", ",", None),
    "log()": ("takes 1 argument, but none was given", "log()", "log("),
    "mat(x, n)": ("takes 3 arguments, but 2 were given", "mat(x, n)", "mat(x, m, n)"),
    "max(x, x)": ("takes 1 argument", "max(x, x)", "maximum(x, y)"),
    "w = x = x": ("a statement defines one name", "=", None),
    "w =": ("nothing stands after `=`", "w =", None),
    "{a}": ("'{' is not part", "{", "( )"),
    ".5 a": ("starts with a digit", ".5", "0.5"),
    "a -> a": ("`->` is not part", "->", None),
    '"a"': ("quotes", '"a"', "#"),
    "∂x": ("∂ is not part of a problem", "∂", None),
    "X[1:2:3, 1]": ("`:` alone or `first:last`", ":", "X[1:p, :]"),
    "sum(a; x)": ("`;` stands inside parentheses", ";", None),
    "z : vector(n), w : vector(n); z'w": ("a second `:`", ":", "`;` or a new line"),
    # names
    "minimize a": ("minimize is not declared", "minimize", "declare it, `minimize"),
    "trce(X)": ("there is no function trce", "trce", "trace"),
    "g(x)": ("neither declared nor a function", "g", "g*(…)"),
    "det X": ("det is a function", "det", "det(…)"),
    "AX": ("AX is not declared", "AX", "`A X`"),
    "αx": ("αx is not declared", "αx", "`α x`"),
    "I_x + X": ("x is a vector", "I_x", "another name"),
    "ones(a)": ("a is a scalar", "a", None),
    "X[i, 1]": ("neither a size nor the index", "i", "sum(i"),
    "sum(x, 1, n, x)": ("must be a fresh name", "x", None),
    "Σ(A)": ("four arguments", "Σ(A)", "must be declared"),
    "frechet(foo, X, X)": ("the argument f of frechet", "foo", None),
    "softmax(X, 3)": ("1 or 2", "3", None),
    # statements
    "x'x\ny'y": ("two candidates", "y'y", "name all but one"),
    "f = x'x\ny'y": ("two candidates", "f = x'x", None),
    "w = x; w = x; w'w": ("w is defined twice", "w", None),
    "x : vector(n); x": ("x is declared twice", "x", None),
    "w = w + x; w'w": ("defined by itself", "w + x", None),
    "w = u + x; u = w; w'w": ("defined by itself", "w", None),
    "f(z) = x'x": ("does not use its argument z", "f(z) = x'x", None),
    "# nothing": ("there is no function to read", "# nothing", None),
    # declarations
    "Z : matrx(n)": ("matrx", "matrx", "matrix"),
    "Z : symetric; x": ("neither a kind nor a property", "symetric", "symmetric"),
    "Z : matrix(n, m), spd; x": ("a spd matrix is square", "spd", "matrix(n)"),
    "Z : scalar(3); x": ("scalar takes no size", "scalar(3)", None),
    "z : vector(2), lower; x": ("a vector cannot be lower", "lower", None),
    "n : scalar; x": ("both a variable and a size", "n", None),
    "Z : matrix(n x n); x": ("separated by a comma", "n x n", "matrix(n, n)"),
    "Z : matrix(n/2, n); x": ("not always a whole number", "n/2", "n(n+1)/2"),
    "Z : vectr(n); x": ("there is no function vectr", "vectr", "did you mean vector?"),
    "Z : matrix(0, 2); x": ("at least 1", "0", None),
    "Z : symmetric, skew; x": ("only the zero matrix", "skew", None),
    "Z : matrix(m, m); Z = X; x": ("declared as m×m and defined as n×n", "X", None),
    # not yet
    "Z : complex; x": ("complex variables are not supported", "complex", None),
    "Z : matrix(n, n, n); x": ("order above two", "matrix(n, n, n)", None),
    "g : function; g + x": ("g is a function and needs an argument", "g", "g(x)"),
    "g(s, t) = s t; x": ("takes one number", "g(s, t) = s t", "write the expression out"),
    "g(t) = a t; g(x)": ("a is not declared", "a", "write it out"),
    "g(t) = t; g(s) = s^2; g(x)": ("g is defined twice", "g(s) = s^2", None),
    "X^a": ("whole numbers and 1/2", "X^a", "X .^ a"),
    # limits
    "X^65": ("64 factors", "X^65", None),
    "ones(10001)": ("up to 10000", "10001", None),
    "X[1, 10001]": ("up to 10000", "10001", None),
    "1e999 a": ("too long", "1e999", None),
    "9" * 70 + " a": ("too long", "9" * 70, None),
}


@pytest.mark.parametrize("text", ERRORS, ids=[t[:30] for t in ERRORS])
def test_error(text):
    message, marked, suggestion = ERRORS[text]
    with pytest.raises(MatdiffError) as caught:
        parse_problem(text, declare=NAMES)
    error = caught.value
    assert message in error.message
    assert error.text is not None
    start, end = error.span
    assert error.text[start:end] == marked
    assert suggestion is None or suggestion in (error.suggestion or "")
    shown = error.render()
    assert "^" in shown
    for internal in ("Traceback", "$END", "INDEX", "ENDBAR", "LALR", "lark", "?0", "?1"):
        assert internal not in shown


def test_long_text():
    with pytest.raises(MatdiffError, match="20 kB"):
        parse_problem("x" + " + x" * 6000)


def test_caret_counts_lines_of_the_user():
    with pytest.raises(MatdiffError) as caught:
        parse_problem("A : matrix(m, n)\n# a comment\nB : matrix(p, q)\nα A + A B")
    lines = caught.value.render().splitlines()
    assert lines[1] == "line 4: α A + A B"
    assert lines[2].index("^") == lines[1].index("A B")


def test_several_readings_are_offered():
    with pytest.raises(MatdiffError) as caught:
        parse_problem("a x + b")
    assert "`a : scalar` or `x : scalar`" in caught.value.suggestion
