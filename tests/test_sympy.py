"""Expressions handed to SymPy mean the same there: explicit matrices are put in on both sides."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

SIZES = {"m": 3, "n": 2}

PROBLEMS = [
    ("A : matrix(m, n); x : vector(n); b : vector(m)\n(A x - b)'(A x - b)", "x"),
    ("A : matrix(n, n); x : vector(n)\n(x'A x) / (x'x)", "x"),
    ("X : matrix(n, n), invertible; A : matrix(n, n)\nlog(det(X)) + tr(A X^-1)", "X"),
    ("X, Y : matrix(m, n)\nsum(sin(X) .* Y)", "X"),
    ("X : matrix(m, n)\nlogdet(X'X)", "X"),
    ("X : matrix(m, n); a : scalar\na^2 normF(X)^2", "a"),
]


@pytest.mark.parametrize("text, wrt", PROBLEMS)
def test_means_the_same(text: str, wrt: str) -> None:
    sympy = pytest.importorskip("sympy")
    d = md.derive(text, wrt=wrt)
    rng = np.random.default_rng(1)
    values, replaced = {}, {}
    for name, e in d.problem.variables.items():
        shape = tuple(size.value(SIZES) for size in e.shape)
        value = rng.integers(1, 9, shape) / 4 + (np.eye(*shape) * 3 if shape[0] == shape[1] else 0)
        values[name] = float(value[0, 0]) if e.is_scalar else value
        key = sympy.Symbol(name, real=True) if e.is_scalar else sympy.MatrixSymbol(name, *shape)
        replaced[key] = sympy.Float(values[name]) if e.is_scalar else sympy.ImmutableMatrix(value)
    sizes = {sympy.Symbol(n, integer=True, positive=True): k for n, k in SIZES.items()}
    there = d.to_sympy().subs(sizes).subs(replaced).doit()
    there = np.array(there.as_explicit() if hasattr(there, "as_explicit") else there, dtype=float)
    here = np.asarray(d.function()(**values))
    assert np.allclose(there.reshape(here.shape), here)


def test_what_sympy_has_no_word_for_is_refused() -> None:
    d = md.derive("A : matrix(2, 2); B : matrix(3, 3); C : matrix(6, 6)\nC : A ⊗ B", wrt="A")
    with pytest.raises(md.MatdiffError, match="ptrace"):
        d.to_sympy()
