"""Exact verdicts: the ring, the values of operations in it, the rules of the book, and what is refused."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import matdiff as md
from matdiff.book.audit import decide_exactly
from matdiff.book.load import book
from matdiff.numeric import exact
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED, difference
from matdiff.numeric.dual import Dual, Ring, Undefined, draw_prime, is_prime
from matdiff.numeric.evaluate import Evaluation
from matdiff.numeric.identity import decide, power_of_ten
from matdiff.numeric.sample import symbols_of
from matdiff.numeric.tangent import Tangents
from matdiff.operations.registry import OPERATIONS
from tests.mutants import mutants
from tests.test_rulebook import TRUE_MUTANTS, _same

RING = Ring(2**61 - 1)


def matrix(rng: random.Random, rows: int, cols: int) -> Dual:
    def part():
        return np.array([[rng.randrange(RING.p) for _ in range(cols)] for _ in range(rows)], dtype=object)

    return Dual(part(), part())


def same(a: Dual, b: Dual) -> bool:
    tangents = [x.tangent if x.tangent is not None else x.value * 0 for x in (a, b)]
    return bool((a.value == b.value).all() and (tangents[0] == tangents[1]).all())


# ---------------------------------------------------------------- the ring


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_elimination(n):
    rng = random.Random(n)
    a, b = matrix(rng, n, n), matrix(rng, n, n)
    assert same(RING.times(a, RING.inverse(a)), RING.constant(np.eye(n, dtype=int)))
    assert same(RING.times(a, RING.solve(a, b)), b)
    det, adjugate = RING.characteristic(a)
    assert same(det, RING.det(a))
    assert same(RING.times(a, adjugate), RING.times(det, RING.constant(np.eye(n, dtype=int))))
    assert same(RING.det(RING.times(a, b)), RING.times(RING.det(a), RING.det(b)))


def test_elimination_exchanges_rows():
    a = RING.constant([[0, 1, 2], [1, 0, 3], [4, -3, 8]])
    assert same(RING.det(a), RING.number(-2))


def test_a_singular_matrix_has_a_determinant_with_a_differential():
    """d det X = adj(X) : dX, also where X has rank n - 1 and no elimination gets through."""
    a = Dual(RING.constant([[1, 2], [2, 4]]).value, RING.constant([[1, 0], [0, 0]]).value)
    det = RING.det(a)
    assert det.value[0, 0] == 0 and det.tangent[0, 0] == 4
    with pytest.raises(Undefined):
        RING.inverse(a)


def test_powers():
    a = matrix(random.Random(1), 2, 3)
    assert same(RING.power(a, 3), RING.entrywise(a, RING.entrywise(a, a)))
    assert same(RING.entrywise(RING.power(a, -2), RING.power(a, 2)), RING.constant(np.ones((2, 3), dtype=int)))
    assert RING.number(Fraction(-3, 7)).value[0, 0] * 7 % RING.p == RING.p - 3


def test_primes():
    assert [n for n in range(60) if is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]
    assert is_prime(2**61 - 1) and not is_prime((2**31 - 1) * (2**30 + 3)) and not is_prime(3215031751)
    p = draw_prime(random.Random(0))
    assert is_prime(p) and 2**60 < p < 2**61


# ---------------------------------------------------------------- operations


def test_every_operation_has_its_place():
    """An exact value, or a reason why there is none; and nothing is listed that does not exist."""
    places = Counter([*exact.EVALUATED, *exact.NOT_RATIONAL, *exact.NEVER_A_NODE])
    assert set(places) == set(OPERATIONS)
    assert max(places.values()) == 1
    assert all(exact.NOT_RATIONAL.values())


SMALL = """
X' Y + 2/3 I | X ⊙ Y | X : Y | kron(X, Y) | khatrirao(X, Y) | cross(u, v) | inv(S) | det(S) | adj(S) | tr(S) | pinv(X)
vec(X) | vech(S) | mat(w, m, n) | diag(S) | Diag(u) | tril(S) | triu(S) | lowerhalf(S) | [X, Y] | [X; Y] | blkdiag(X, S)
X[1:2, :] | ptrace(kron(S, X), m, 1) | ptrace(kron(X, S), m, 2) | bldiag(kron(S, X), 2, m) | S^-3 | X.^2 | 1 ./ X
sylvester(S, R, X) | prod(X) | sum(X) | mean(X) | commutation(m, n) vec(X) | duplication(n) vech(Y'Y)
elimination(m) vec(S) | e(2, n) | sum(i, 1, n, i X[:,i]) | ‖X‖_F^2 | place(u, 2, 3, m + 3, n) | n X | w' ones(m*n)
"""


@pytest.mark.parametrize("text", [t.strip() for line in SMALL.strip().split("\n") for t in line.split("|")])
def test_values_are_those_of_floating_point(text):
    """At small whole numbers the residues are the numbers themselves: the value and the directional derivative."""
    declared = "X, Y : matrix(m, n); S : matrix(m, m); R : matrix(n, n); u, v : vector(3); w : vector(m*n); "
    e = md.parse(declared + text).function
    sizes, rng = {"m": 2, "n": 3}, np.random.default_rng(3)
    values = {s.name: rng.integers(1, 9, tuple(d.value(sizes) for d in s.shape)) for s in symbols_of(e)}
    moves = {n: rng.integers(-5, 6, v.shape) for n, v in values.items()}
    duals = {n: Dual(RING.constant(values[n]).value, RING.constant(moves[n]).value) for n in values}
    found = exact.Exact(RING, duals, sizes)(e)
    tangents = Tangents({n: v * 1.0 for n, v in values.items()}, sizes, {n: v * 1.0 for n, v in moves.items()})
    value = np.atleast_2d(Evaluation(tangents.values, sizes)(e))
    slope = np.atleast_2d(tangents(e)) + 0 * value
    assert difference(_numbers(found.value), value, 1e-3) < 1e-9
    assert difference(_numbers(found.value * 0 if found.tangent is None else found.tangent), slope, 1e-3) < 1e-6


def _numbers(residues) -> np.ndarray:
    """The rational numbers with small numerator and denominator that residues stand for (Wang 1981)."""

    def rational(x: int) -> float:
        (a, s), (b, t) = (RING.p, 0), (x, 1)
        while b > 2**30:
            (a, s), (b, t) = (b, t), (a - a // b * b, s - a // b * t)
        return b / t

    return np.vectorize(rational, otypes=[float])(residues)


# ---------------------------------------------------------------- the book


def _rational():
    return [rule for rule in book() if decide_exactly(rule).status != NOT_SAMPLED]


def test_every_rational_rule_is_exactly_true():
    verdicts = {rule.name: decide_exactly(rule) for rule in book()}
    assert not [name for name, v in verdicts.items() if v.status == FAILS]
    assert sum(v.status == HOLDS for v in verdicts.values()) >= 180
    assert all(v.chance < 1e-27 for v in verdicts.values() if v.status == HOLDS)
    # what is left is left for a reason, never for want of sizes
    assert not [(name, v.reason) for name, v in verdicts.items() if v.status == NOT_SAMPLED and "index" in v.reason]


def test_mutants_are_refused():
    """A false variant of a rational rule is never exactly true."""
    survivors, judged = [], 0
    for rule in _rational():
        for name, mutant in mutants(rule):
            if any(r == rule.name and piece in name for r, piece in TRUE_MUTANTS) or _same(rule, mutant):
                continue
            judged += 1
            if decide_exactly(mutant).status == HOLDS:
                survivors.append((rule.name, name))
    assert not survivors
    assert judged > 500


# ---------------------------------------------------------------- identities


def identity(left: str, right: str, declare: str = "", **options):
    problem = md.parse(f"{declare}\n{left}")
    return decide(problem.function, md.parse(right, like=problem).function, **options)


TRUE = [
    ("det(A B)", "det(A) det(B)", "A, B : matrix(n, n)"),
    ("inv(A + u v')", "inv(A) - inv(A) u v' inv(A) / (1 + v' inv(A) u)", "A : matrix(n, n); u, v : vector(n)"),
    ("det(Q)^2", "1", "Q : matrix(n, n), orthogonal"),
    ("Q' Q", "I_n", "Q : matrix(m, n), orthogonal"),
    ("adj(A) A", "det(A) I_n", "A : matrix(n, n)"),
    ("A A A - tr(A) A A + 1/2 (tr(A)^2 - tr(A A)) A - det(A) I", "zeros(3, 3)", "A : matrix(3, 3)"),
    ("sum(i, 1, n, A[:,i] A[:,i]')", "A A'", "A : matrix(m, n)"),
]
FALSE = [
    ("A B", "B A", "A, B : matrix(n, n)"),
    ("det(Q)", "1", "Q : matrix(n, n), orthogonal"),
    ("det(-A)", "det(A)", "A : matrix(n, n)"),
    ("det(-A)", "-det(A)", "A : matrix(n, n)"),
    ("A A - tr(A) A + det(A) I", "zeros(n, n)", "A : matrix(n, n)"),
    ("A A A - tr(A) A A + 1/2 (tr(A)^2 - tr(A A)) A - det(A) I", "zeros(n, n)", "A : matrix(n, n)"),
    ("x", "x + 1e-30 x", "x : scalar"),
    ("x + 2305843009213693951 x", "x", "x : scalar"),
    ("pi x", "355/113 x", "x : scalar"),
]


@pytest.mark.parametrize("left, right, declare", TRUE, ids=[t[0] for t in TRUE])
def test_true_identities(left, right, declare):
    verdict = identity(left, right, declare)
    assert verdict.status == HOLDS, verdict
    assert "below 10⁻" in verdict.how and verdict.chance < 1e-25


@pytest.mark.parametrize("left, right, declare", FALSE, ids=[f"{t[0]} = {t[1]}" for t in FALSE])
def test_false_identities(left, right, declare):
    assert identity(left, right, declare).status == FAILS


def test_what_is_not_rational_says_why():
    assert "exp" in identity("exp(x)", "x", "x : scalar").reason
    assert "singular" in identity("inv(x y')", "x y'", "x, y : vector(4)").reason
    assert "differential is" in identity("log(x y)", "log(x) + log(y)", "x, y : scalar").reason


def test_what_is_not_rational_may_count_as_a_variable():
    declare = "A, B : matrix(n, n); x : vector(n)"
    assert identity("exp(x)'(A + B)", "exp(x)'A + exp(x)'B", declare, atoms=True).status == HOLDS
    # not for two values of one sum's body, which are no single variable
    one, other = "sum(i, 1, 2, exp(x[i]))", "2/3 sum(i, 1, 3, exp(x[i]))"
    assert identity(one, other, "x : vector(5)", atoms=True).status != HOLDS


def test_the_bound_is_told_as_a_power_of_ten():
    assert power_of_ten(2.5e-31) == "10⁻³⁰" and power_of_ten(1e-30) == "10⁻³⁰" and power_of_ten(1.0) == "10⁻⁰"


# ---------------------------------------------------------------- answers

ANSWERS = [
    ("x'A x", "x", {}),
    ("A X B", "X", {}),
    ("-n/2 logdet(S) - 1/2 (x - mu)' inv(S) (x - mu)", "S", {"declare": {"S": "matrix(n, n), spd"}}),
    ("tr(Q'A Q B)", "Q", {"declare": {"Q": "matrix(m, n), orthogonal"}}),
    ("logdet(X)", "X", {"declare": {"X": "matrix(n, n), skew"}}),
    ("1/2 ‖A x - b‖^2", "x", {"order": 2}),
    ("A : matrix(m, m); B : matrix(n, n); S = A ⊗ B; a : scalar; log(a + w' inv(S) w)", "A", {}),
]


@pytest.mark.parametrize("text, wrt, options", ANSWERS, ids=[a[0] for a in ANSWERS])
def test_answers_are_validated_exactly(text, wrt, options):
    d = md.derive(text, wrt=wrt, **options)
    assert "exact" not in d.validation.how, "only on request"
    verdict = d.validate(exact=True)
    assert verdict.ok and verdict.verdict == HOLDS
    assert verdict.how.startswith("exact: matrices over the dual numbers modulo two random primes near 2⁶¹")
    assert "below 10⁻" in verdict.how and "exact" in str(verdict)


@pytest.mark.parametrize("factor", [Fraction(1, 2), 1 + Fraction(1, 10**12)])
def test_a_wrong_answer_fails_exactly(factor):
    """Also one that is wrong by less than a floating-point check can see."""
    d = md.derive("tr(inv(A)^2)", wrt="A")
    d.run.answer = d.run.answer * factor
    assert d.validate().ok == (factor > Fraction(1, 2))
    verdict = d.validate(exact=True)
    assert verdict.verdict == FAILS and not verdict.ok and "FAILED" in str(verdict)


def test_an_answer_that_is_not_rational_is_checked_in_floating_point():
    verdict = md.derive("exp(a'x)", wrt="x").validate(exact=True)
    assert verdict.ok and verdict.how.startswith("complex step; not exactly: exp")


def test_a_function_that_is_defined_nowhere_is_never_valid():
    d = md.derive("log(-x'x)", wrt="x", validate=False)
    assert not d.validate(exact=True).ok
