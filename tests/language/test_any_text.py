"""Whatever is typed, the answer is a problem or an error of ours, never a traceback."""

import random

import pytest

from matdiff.errors import MatdiffError
from matdiff.language.problem import parse_problem
from matdiff.language.write import latex, text

PIECES = [
    "A",
    "B",
    "X",
    "x",
    "y",
    "a",
    "n",
    "Σ",
    "σ2",
    "I",
    "I_3",
    "e",
    "pi",
    "T",
    "W_1",
    "foo",
    "1",
    "2",
    "0.5",
    "1e3",
    "+",
    "-",
    "*",
    "/",
    "\\",
    ":",
    "⊗",
    "⊙",
    ".*",
    "./",
    "^",
    ".^",
    "'",
    "^T",
    "^-1",
    "^-T",
    "⁻¹",
    "²",
    "ᵀ",
    "(",
    ")",
    "[",
    "]",
    "|",
    "||",
    "‖",
    ",",
    ";",
    "=",
    "log(",
    "tr(",
    "sum(",
    "sum(i,1,n,",
    "mat(",
    "ones(",
    "diag(",
    "max(",
    "norm(",
    "softmax(",
    "e(",
    "vec(",
    "[1,",
    "‖_",
    "_2",
    "_F",
    "x[1]",
    ":",
    "matrix(n)",
    "spd",
    "½",
    "∂",
    '"',
    "#",
    "?",
    ".",
    "\n",
]
NAMES = "A, B : matrix(n, n); X : matrix(m, n); x : vector(n); a : scalar"


@pytest.mark.parametrize("seed", range(60))
def test_any_text(seed):
    rng = random.Random(seed)
    for _ in range(25):
        words = [rng.choice(PIECES) for _ in range(rng.randint(1, 9))]
        source = rng.choice(["", " "]).join(words)
        try:
            problem = parse_problem(source, declare=rng.choice([NAMES, None]))
        except MatdiffError as error:
            assert error.render()
            assert "?" not in error.message or "?" in source
            continue
        assert latex(problem.function)
        assert parse_problem(text(problem.function), like=problem).function is problem.function, source
