"""Partial traces and what several Kronecker factors lead to: right in every target, and each block looked at once."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from tests.compile.agreement import TOLERANCE, difference
from tests.compile.test_text_targets import OCTAVE, agree, arguments, in_octave, saved

NEAREST = "P : matrix(m*p, n*q); A : matrix(m, n); B : matrix(p, q)\n‖P - A ⊗ B‖^2"
THIN = "P : matrix(m*p, q); A : vector(m); B : matrix(p, q)\n‖P - A ⊗ B‖^2"
THREE = "P : matrix(m*n*p, m*n*p); A : matrix(m, m); B : matrix(n, n); C : matrix(p, p)\n‖P - A ⊗ B ⊗ C‖^2"
SUM = "M, S : matrix(T, T); K, C : matrix(n, n); U = M ⊗ K + S ⊗ C\nlogdet(U)"
NORMAL = """M : matrix(m, m), spd; K : matrix(n, n), spd; Q : matrix(p, p), spd; v : vector(m*n*p)
U = M ⊗ K ⊗ Q
logdet(U) + v' inv(U) v"""
WEIGHED = "M : matrix(m, m); K : matrix(n, n); Q : matrix(p, p); X : matrix(m*n*p, m*n*p); v : vector(m*n*p)\n" \
    "U = M ⊗ K ⊗ Q\ntr(X U) + v' U v"  # fmt: skip
FRONT = "P : matrix(m*p, m*p); B : matrix(p, p); C : matrix(m, m)\ntr(ptrace((I_m ⊗ B) P P, p, 2) C)"
PROBLEMS = {
    f"{name} {wrt}": (text, wrt)
    for name, text, variables in (
        ("nearest", NEAREST, "AB"), ("thin", THIN, "AB"), ("three", THREE, "ABC"), ("sum", SUM, "MK"),
        ("normal", NORMAL, "MKQ"), ("weighed", WEIGHED, "MKQ"), ("front", FRONT, "PB"),
    )
    for wrt in variables
}  # fmt: skip


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_values(name, target):
    if target != "numpy":
        library = pytest.importorskip(target)
        if target == "jax":
            library.config.update("jax_enable_x64", True)
    text, wrt = PROBLEMS[name]
    assert difference(md.derive(text, wrt=wrt), 4, target) < TOLERANCE


@pytest.mark.parametrize("text, wrt, order", [
    (NEAREST, "A", "O(m n p q)"), (NEAREST, "B", "O(m n p q)"), (THREE, "B", "O(m^2 n^2 p^2)"),
    (NORMAL, "K", "O(m^2 n p + m n^2 p + m n p^2 + m^3 + n^3 + p^3)"),
])  # fmt: skip
def test_blocks_are_looked_at_once(text, wrt, order):
    code = md.derive(text, wrt=wrt, validate=False).code()
    assert f"Cost: {order} operations" in code and "repeat_blocks(" not in code


@pytest.mark.skipif(OCTAVE is None, reason="Octave is not installed")
def test_in_matlab(tmp_path):
    rng = np.random.default_rng(0)
    P, A, B = rng.standard_normal((6, 20)), rng.standard_normal((2, 4)), rng.standard_normal((3, 5))
    calls, wanted = {}, {}
    for wrt in "AB":
        d = md.derive(NEAREST, wrt=wrt, validate=False)
        code = d.code("matlab", "both")
        assert "weigh_blocks(" in code
        saved(tmp_path, f"f{wrt}", code)
        given = ", ".join(arguments(code, {"P": P, "A": A, "B": B}))
        calls[f"f{wrt}"] = f"[v, g] = f{wrt}({given}); show('f{wrt}', v, g);"
        wanted[f"f{wrt}"] = d.function(what="both")(P=P, A=A, B=B)
    for key, got in in_octave(tmp_path, calls):
        assert len(got) == 2 and all(map(agree, got, wanted[key]))


def test_in_pseudocode():
    code = md.derive(NEAREST, wrt="A", validate=False).code("pseudocode")
    assert code.strip().endswith("return -2 ptrace((P - A ⊗ B) (I_n ⊗ B'), p, 2)")
