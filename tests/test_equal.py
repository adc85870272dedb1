"""md.equal: what is proved, what is refuted with numbers that show it, what is left open; and never a false True."""

from __future__ import annotations

import random

import numpy as np
import pytest

import matdiff as md
from matdiff.language.write import text
from tests.random_problems import Problem, problem
from tests.test_random import shuffled

REWRITING = [
    ("x'A x", "x'A'x", None),
    ("tr(A B C)", "tr(C A B)", None),
    ("tr(A' B)", "A : B", "A, B : matrix(m, n)"),
    ("(A + B)(A - B)", "A A - A B + B A - B B", None),
    ("‖A x - b‖^2", "x'A'A x - 2 b'A x + b'b", None),
    ("vec(A X B)", "(B' ⊗ A) vec(X)", None),
    ("inv(A ⊗ B)", "inv(A) ⊗ inv(B)", "A : matrix(m, m), invertible; B : matrix(n, n), invertible"),
    ("sqrt(x^2)", "x", "x : scalar, positive"),
    ("abs(x)", "x", "x : scalar, positive"),
    ("Q'Q", "I", "Q : matrix(m, n), orthogonal"),
    ("mean(X)", "sum(X) / (m n)", "X : matrix(m, n)"),
]
EXACT = [
    ("inv(A + u v')", "inv(A) - inv(A) u v' inv(A) / (1 + v' inv(A) u)", None),
    ("det(A + u v')", "det(A) (1 + v' inv(A) u)", None),
    ("adj(A) A", "det(A) I", None),
    ("det(Q)^2", "1", "Q : matrix(n, n), orthogonal"),
    ("A A - tr(A) A + det(A) I", "zeros(2, 2)", "A : matrix(2, 2)"),
    ("sum(i, 1, n, x[i]^2)", "x'x", "x : vector(n)"),
    ("logdet(2 A)", "logdet(A) + n log(2)", "A : matrix(n, n)"),
    ("logdet(A)", "log(det(A))", "A : matrix(n, n), spd"),
    ("log(x^2)", "2 log(abs(x))", "x : scalar"),
    ("exp(X) : (A + B)", "sum(exp(X) .* A) + sum(exp(X) .* B)", None),
    ("logdet(A B)", "logdet(A) + logdet(B)", "A, B : matrix(n, n)"),
    ("sum(i, 1, k, i^2)", "k (k + 1) (2 k + 1) / 6", "k : integer"),
    ("log(4) + sum(exp(x))", "2 log(2) + exp(x)'ones(n)", "x : vector(n)"),
    ("tr(sylvester(A, B, A C + C B))", "tr(C)", "A, B, C : matrix(n, n)"),
]
NUMERICALLY = [
    ("sin(x)^2 + cos(x)^2", "1", "x : scalar"),
    ("sqrt(x^2)", "abs(x)", "x : scalar"),
    ("expm(A) expm(-A)", "I", "A : matrix(n, n)"),
    ("relu(x)", "(x + abs(x)) / 2", "x : vector(n)"),
    ("exp(x + y)", "exp(x) .* exp(y)", "x, y : vector(n)"),
    ("log(A .* A)", "2 log(A)", "A : matrix(m, n), positive"),
    ("sum(i, 1, n, exp(x[i] + 1))", "exp(1) sum(exp(x))", "x : vector(n)"),
    ("nuclear(A)", "tr(A)", "A : matrix(n, n), spd"),
]
FALSE = [
    ("inv(A + B)", "inv(A) + inv(B)", None),
    ("A B", "B A", None),
    ("tr(A)^2", "tr(A A)", None),
    ("det(Q)", "1", "Q : matrix(n, n), orthogonal"),
    ("det(-A)", "det(A)", "A : matrix(n, n)"),
    ("A A - tr(A) A + det(A) I", "0 A", "A : matrix(n, n)"),
    ("pinv(A B)", "pinv(B) pinv(A)", None),
    ("abs(x)", "x", None),
    ("sqrt(x^2)", "x", "x : scalar"),
    ("logdet(2 A)", "logdet(A) + log(2)", "A : matrix(n, n)"),
    ("logdet(A) + 1/10^6", "logdet(A)", "A : matrix(n, n), spd"),
    ("log(x)", "log(2 x)", "x : scalar, positive"),
    ("expm(A + B)", "expm(A) expm(B)", "A, B : matrix(n, n)"),
    ("expm(A)", "exp(A)", "A : matrix(n, n)"),
    ("x", "x + 1e-9 x", "x : scalar"),
    ("exp(x)", "1.000000001 exp(x)", "x : scalar"),
    ("pi", "355/113", None),
    ("A", "A'", "A : matrix(n, n)"),
    ("S", "L", "S : matrix(n, n), spd; L : matrix(n, n), lower"),
    ("Q A", "A Q", "Q : matrix(n, n), orthogonal; A : matrix(n, n), skew"),
    ("(m - n)(m + n - 5) sum(A)", "0", "A : matrix(m, n)"),
    ("(n - 2)(n - 3)(n - 4)(n - 7) tr(A)", "0", "A : matrix(n, n)"),
    ("(k - 2)(k - 3)(k - 4)(k - 5) x", "0 x", "k : integer; x : scalar"),
    ("x^k x", "x^(k + 2)", "k : integer; x : scalar"),
    ("exp(x)", "exp(x) + 1e-17 x", "x : scalar"),
    ("sum(i, 1, k, i)", "91", "k : integer"),
    ("norm1(x)", "norm2(x)", "x : vector(n)"),
    ("sum(x)", "sum(i, 1, n - 1, x[i])", "x : vector(n)"),
]
# A difference that is lost beside the sides themselves.
FAINT = [
    ("x", "x + 1e-30 x", "x : scalar"),
    ("exp(x)", "exp(x) + 1e-30 x", "x : scalar"),
    ("exp(x)", "1.0000000000000000001 exp(x)", "x : scalar"),
    ("logdet(A) + 1", "logdet(A) + 1.00000000000000000001", "A : matrix(n, n)"),
]
OPEN = [
    ("logdet(A)", "log(det(A))", "A : matrix(n, n)", "log(det(A)) is not defined everywhere logdet(A) is"),
    ("log(x y)", "log(x) + log(y)", "x, y : scalar", "is not defined everywhere"),
    ("log(-x'x)", "log(x'x)", None, "log(-x' x) is not defined everywhere log(x' x) is"),
    ("log(-x'x)", "log(-2 x'x)", None, "no point was found at which both are defined"),
    ("maximum(x, -1000)", "x", "x : scalar", "only one branch of maximum(x, -1000) was met"),
    ("sum(i, 1, n, maximum(x[i], -1000))", "sum(x)", "x : vector(n)", "only one branch"),
    ("abs(x + 1000)", "x + 1000", "x : scalar", "only one branch of abs(x + 1000) was met"),
    ("x + sigmoid(1000000 x)", "x + step(x)", "x : scalar", "random points, but"),
    ("logsumexp(1000000 x)", "1000000 max(x)", "x : vector(n)", "as good as constant"),
    ("inv(x y')", "inv(y x')", "x, y : vector(4)", "no random values were found"),
]


@pytest.mark.parametrize(
    "a, b, declare, how",
    [(*case, how) for how, cases in (("rewriting", REWRITING), ("exact", EXACT), ("numerically", NUMERICALLY))
     for case in cases],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_true(a, b, declare, how):
    for left, right in ((a, b), (b, a)):
        found = md.equal(left, right, declare=declare)
        assert (found.verdict, found.how) == (True, how), str(found)
        assert bool(found) and found.counterexample is None and str(found).startswith("equal: ")
        assert bool(found.steps) == (how == "rewriting" and found.left is not found.right)
        if how == "exact":
            assert "below 10⁻" in str(found)


@pytest.mark.parametrize("a, b, declare", FALSE, ids=[f"{c[0]} = {c[1]}" for c in FALSE])
def test_false_with_a_counterexample_that_differs(a, b, declare):
    for left, right in ((a, b), (b, a)):
        found = md.equal(left, right, declare=declare)
        assert found.verdict is False and not found, str(found)
        point = found.counterexample
        sides = [_value(e, point) for e in (found.left, found.right)]
        assert not np.array_equal(*sides), str(found)
        assert np.allclose(sides[0], point.left) and np.allclose(sides[1], point.right)
        assert np.allclose(point.difference, point.left - point.right)
        assert "left side =" in str(found)


def _value(e, point):
    """By the way users have; what has no variables has no sizes either."""
    if not e.free:
        return md.evaluate(e) if e.op.name != "zeros" else np.zeros(np.shape(point.left))
    return md.evaluate(e, **{n: point.values[n] for n in e.free})


@pytest.mark.parametrize("a, b, declare", FAINT, ids=[f"{c[0]} = {c[1]}" for c in FAINT])
def test_false_by_less_than_a_float_can_hold(a, b, declare):
    found = md.equal(a, b, declare=declare)
    assert found.verdict is False
    assert found.counterexample.difference != 0 and "difference =" in str(found)


@pytest.mark.parametrize("a, b, declare, reason", OPEN, ids=[f"{c[0]} = {c[1]}" for c in OPEN])
def test_not_decided(a, b, declare, reason):
    found = md.equal(a, b, declare=declare)
    assert found.verdict is None and not found
    assert reason in str(found) and str(found).startswith("not decided: ")


def test_names_of_expressions_must_mean_the_same():
    a, b = (md.parse(f"A : {kind}\nA A'").function for kind in ("matrix(n, n)", "matrix(n, m)"))
    with pytest.raises(md.MatdiffError, match="A is not the same on both sides"):
        md.equal(a, b)


def test_a_constant_that_no_float_shows():
    found = md.equal("logdet(2 A)", "logdet(A) + n log(2.00000000000000001)", declare="A : matrix(n, n)")
    assert found.verdict is False and found.how == "exact" and found.counterexample is None
    assert "a product that is not 1" in str(found) and "no point was found" in str(found)


def test_the_point_where_only_one_side_is_defined():
    point = md.equal("logdet(A)", "log(det(A))", declare="A : matrix(n, n)").counterexample
    assert point.right is None and np.linalg.det(point.values["A"]) < 0 and "not defined" in str(point)


def test_declarations_are_respected_in_counterexamples():
    declare = "S : matrix(n, n), spd; K : matrix(n, n), skew; Q : matrix(n, n), orthogonal; D : matrix(n, n), diagonal"
    found = md.equal("S K Q D", "D Q K S", declare=declare)
    v = found.counterexample.values
    assert found.verdict is False
    assert np.linalg.eigvalsh(v["S"]).min() > 0 and np.allclose(v["K"], -v["K"].T)
    assert np.allclose(v["Q"].T @ v["Q"], np.eye(len(v["Q"]))) and np.allclose(v["D"], np.diag(np.diag(v["D"])))


# ---------------------------------------------------------------- reading


def test_one_problem():
    """A name means the same on both sides, and the sides settle each other's kinds and sizes."""
    assert md.equal("A inv(A)", "I").how == "rewriting"
    assert md.equal("S = A + A'; S x", "A x + A'x").verdict
    assert md.equal("A : matrix(n, n); S = A + A'; tr(S)", "S = A + A'; 2 tr(A)").verdict
    assert md.equal("S x", "A x + A' x", let={"S": "A + A'"}).verdict
    assert md.equal("f = x'x", "f(x) = ‖x‖^2").verdict
    assert "a is read as a scalar" in md.equal("tr(A B)", "a").readings[0]


def test_expressions():
    d = md.derive("1/2 ‖A x - b‖^2", wrt="x")
    assert md.equal(d.gradient, "A'A x - A'b") and md.equal("A'(A x - b)", d.gradient)
    assert md.equal(d.gradient, d.gradient).how == "rewriting"
    other = md.derive("1/2 x'A'A x - b'A x", wrt="x")
    assert md.equal(d.gradient, other.gradient)


@pytest.mark.parametrize(
    "a, b, told",
    [
        ("A x", "y'B", "the left side is m×1, the right side 1×q"),
        ("A : matrix(m, n)\nA", "A'", "m×n, the right side n×m; one is the transpose of the other"),
        ("A - A'", "0", "write zeros(n, n)"),
    ],
)
def test_different_shapes(a, b, told):
    found = md.equal(a, b)
    assert found.verdict is False and found.how == "rewriting" and told in str(found)


def test_transposes_are_pointed_out():
    assert "one is the transpose of the other" in str(md.equal("A B", "B'A'", declare="A, B : matrix(n, n)"))


BAD = [
    (lambda: md.equal("X(", "x"), "never closed"),
    (lambda: md.equal("x", "x +"), "x +"),
    (lambda: md.equal("", "x"), "no expression to compare"),
    (lambda: md.equal("x\ny", "x"), "two candidates"),
    (lambda: md.equal("A : matrix(n, n)\nA", "A : matrix(m, n)\nA"), "declared twice"),
    (lambda: md.equal("S = A\nS", "S = B\nS"), "defined twice"),
    (lambda: md.equal("trce(A)", "tr(A)"), "trce"),
    (lambda: md.equal("A B", "A C", declare={"A": "matrix(m, n)", "B": "matrix(m, n)"}), "inner sizes"),
    (lambda: md.equal("S", "A", declare="A : matrix(n, n); S : spd", let={"S": "A + A'"}), "not in general"),
]


@pytest.mark.parametrize("call, message", BAD, ids=[m for _, m in BAD])
def test_bad_input(call, message):
    with pytest.raises(md.MatdiffError) as caught:
        call()
    assert message in caught.value.render()
    assert "^" in caught.value.render() or "not in general" in message


MISUSE = [
    lambda: md.equal(3, "x"),
    lambda: md.equal("x", None),
    lambda: md.equal("x", "x", declare="x'x"),
    lambda: md.equal("x", "x", let=3),
]


@pytest.mark.parametrize("call", MISUSE)
def test_misuse(call):
    with pytest.raises(md.MatdiffError):
        call()


# ---------------------------------------------------------------- at random


@pytest.mark.parametrize("number", range(7000, 7040))
def test_answers_of_shuffled_problems(number):
    """Two derivations of one function, written differently, have equal answers; and no answer equals its double."""
    p = problem(number)
    q = Problem(shuffled(p.function, random.Random(number), {}), p.wrt)
    first = md.derive(p.text(), wrt=p.wrt, validate=False)
    second = text(md.derive(q.text(), wrt=q.wrt, validate=False).gradient)
    assert md.equal(first.gradient, second).verdict in (True, None)
    if first.gradient.op.name != "zeros" and text(first.gradient) != "0":
        assert md.equal(first.gradient, f"2 ({second})").verdict in (False, None)


def test_most_random_answers_are_decided():
    verdicts = []
    for number in range(7100, 7130):
        p = problem(number)
        d = md.derive(p.text(), wrt=p.wrt, validate=False)
        verdicts.append(md.equal(d.gradient, f"{text(d.gradient)} + {text(d.gradient)}").verdict)
    assert verdicts.count(None) <= 6 and verdicts.count(False) >= 20


def test_a_constant_that_rounds_to_another_is_not_equal_to_it():
    assert md.equal("tanh(50) x", "x", declare="x : vector(n)").verdict is None
    assert md.equal("tanh(50 n) x", "x", declare="x : vector(n)").verdict is None
    assert md.equal("x + cosh(tr(0 A)) x", "2 x", declare="x : vector(n)\nA : matrix(n, n)").verdict is True
