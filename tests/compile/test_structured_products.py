"""Random products of matrices with declared structure: generated code beside the evaluator.

A transpose, an inverse or a diagonal of such a matrix takes short cuts of its own (K' = -K), which products of general
matrices never show.
"""

from __future__ import annotations

import random

import pytest

import matdiff as md
from tests.compile.agreement import TOLERANCE, difference

pytestmark = pytest.mark.filterwarnings("ignore")

HEAD = """K : matrix(n, n), skew; S : matrix(n, n), symmetric; P : matrix(n, n), spd; D : matrix(n, n), diagonal
L : matrix(n, n), lower; U : matrix(n, n), upper; Q : matrix(n, n), orthogonal; A, B : matrix(n, n)
F : matrix(m, m), skew; G : matrix(m, m); V : matrix(n, k); x, y : vector(n); w : vector(m*n)
"""
SQUARE = "K K S P D L U Q A B".split()


def factor(rng: random.Random) -> str:
    letter = rng.choice(SQUARE)
    shape = rng.random()
    if shape < 0.2:
        return f"{letter}'"
    if shape < 0.3 and letter in "PLUQ":
        return f"inv({letter})"
    if shape < 0.38:
        return f"({letter} + {rng.choice(SQUARE)})"
    if shape < 0.46:
        return f"({letter} {rng.choice(SQUARE)} + {rng.choice(SQUARE)})"
    return letter


def product(rng: random.Random) -> str:
    return " ".join(factor(rng) for _ in range(rng.randint(1, 3)))


def expression(rng: random.Random) -> str:
    one, two = product(rng), product(rng)
    return rng.choice(
        [
            f"({one}) : ({two})", f"tr({one} {two})", f"‖{one}‖^2", f"x' {one} {two} y", f"exp(({one}) : ({two}) / 10)",
            f"tr(V' {one} V)", f"‖{one} V‖^2",
            f"w' (F ⊗ {factor(rng)}) w", f"(F ⊗ {factor(rng)}) : (G ⊗ {factor(rng)})",
            f"sum(diag({one} {two}) .* x)", f"x' ({one})^2 y", f"tr(({one}) .* ({two}))",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("start", range(0, 240, 40))
def test_structure_of_factors(start):
    for number in range(start, start + 40):
        rng = random.Random(number)
        text = expression(rng)
        used = [x for x in "KSPDLUQABFGVxyw" if x in text.replace("exp", "").replace("inv", "").replace("diag", "")]
        wrt = rng.choice([x for x in used if x != "Q"] or used)
        if wrt == "Q":
            continue
        d = md.derive(HEAD + text, wrt=wrt, validate=False)
        assert difference(d, number) < TOLERANCE, f"{text} in {wrt}\n{d.code(what='both')}"
