"""Same input, same bytes; threads; deadlines; depth."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import matdiff as md
from matdiff.book import load
from matdiff.errors import DeadlineError
from matdiff.language.write import text
from tests.random_problems import problem

pytestmark = pytest.mark.filterwarnings("ignore")

PROGRAM = """
import warnings
warnings.filterwarnings("ignore")
import matdiff as md
from matdiff.language.write import text
from tests.random_problems import problem
for number in range(5000, 5025):
    p = problem(number)
    d = md.derive(p.text(), wrt=p.wrt)
    print(d.read_as, text(d.gradient), d.assumptions, len(d.steps), d.validation, sep="\\n")
    print([step.rule.name for step in d.steps if step.rule], [text(step.after) for step in d.steps])
    print(d.text(), d.latex())
"""


def test_hash_seed_does_not_matter():
    """Byte for byte, the numbers of the check included."""

    def printed(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True).stdout

    with ThreadPoolExecutor(2) as pool:
        first, second, third = pool.map(printed, ("0", "1", "4242"))
    assert first
    assert first == second == third


def test_threads():
    """The book is loaded by whichever thread comes first; answers are those of a single thread."""
    problems = [problem(number) for number in range(6000, 6024)]
    alone = [text(md.derive(p.text(), wrt=p.wrt).gradient) for p in problems]
    load.shipped.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda p: text(md.derive(p.text(), wrt=p.wrt).gradient), problems * 3))
    assert together == alone * 3


def test_threads_share_a_problem():
    shared = md.parse("A, B : matrix(n, n), invertible; x : vector(n)\nlog(x' inv(A) B x)^2 + logdet(A B)")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda k: md.derive(shared, wrt="ABx"[k % 3]).gradient, range(24)))
    assert len({id(answer) for answer in answers}) == 3


def test_deadline():
    with pytest.raises(DeadlineError):
        md.derive("tr(A X B X' A' X)", wrt="X", timeout=0.0)
    assert md.derive("tr(A X)", wrt="X", timeout=60).validation.ok


def test_no_trace_of_a_deadline():
    """What ran out of time answers when it is asked again with more."""
    with pytest.raises(DeadlineError):
        md.derive("log(det(X' X))", wrt="X", timeout=0.0)
    assert text(md.derive("log(det(X' X))", wrt="X").gradient) == text(md.derive("logdet(X' X)", wrt="X").gradient)


def test_a_thousand_layers():
    """Neither reading nor deriving nor evaluating comes near the recursion limit."""
    layers = 1000
    d = md.derive(
        "x : vector(n); W : matrix(n, n)\nsum(" + "tanh(W " * layers + "x" + ")" * (layers + 1), wrt="W", validate=False
    )
    assert d.gradient.shape == d.variable.shape
    rng = np.random.default_rng(0)
    values = {"x": rng.standard_normal(3), "W": rng.standard_normal((3, 3))}
    assert np.all(np.isfinite(d.function("numpy")(**values)))


def test_many_weights():
    layers = 300
    names = ", ".join(f"W_{k}" for k in range(1, layers + 1))
    function = "".join(f"tanh(W_{k} " for k in range(layers, 0, -1)) + "x" + ")" * layers
    d = md.derive(f"{names} : matrix(n, n); x : vector(n)\nsum({function})", wrt="W_1")
    # Through so many layers the derivative all but vanishes.
    assert d.validation.verdict in ("holds", "undecided")


def test_long_chains():
    factors = " ".join(f"A_{k} X" for k in range(1, 17))
    names = ", ".join(f"A_{k}" for k in range(1, 17))
    d = md.derive(f"{names}, X : matrix(n, n)\ntr({factors})", wrt="X")
    assert d.validation.ok


def test_deep_definitions():
    """x_1 = A x, x_2 = A x_1, ...: a shared name is opened once, however often it occurs."""
    lines = ["A : matrix(n, n); x_0 : vector(n)"]
    lines += [f"x_{k} = tanh(A x_{k - 1}) + x_{k - 1}" for k in range(1, 61)]
    d = md.derive("\n".join([*lines, "x_60' x_60"]), wrt="x_0")
    assert d.validation.verdict in ("holds", "undecided")
    assert len(d.steps) < 2000


@pytest.mark.parametrize("text", ["X : matrix(m, n)\ntr(X inv(X'X) X')", "X : matrix(m, n)\ntr(X pinv(X))"])
def test_a_derivative_that_is_0_is_decided(text):
    """The other side is roundoff of the function's own size; a function saturated everywhere would stay undecided."""
    d = md.derive(text, wrt="X")
    assert d.gradient.op.name == "zeros" and d.validation.ok


@pytest.mark.parametrize("text, wrt", [
    ("L : matrix(n, n), lower\nnorm1(L)", "L"),
    ("D : matrix(n, n), diagonal\nsum(relu(D))", "D"),
    ("U : matrix(n, n), upper; x : vector(n)\nsum(abs(U) x)", "x"),
])  # fmt: skip
def test_zeros_that_never_move_are_no_kinks(text, wrt):
    assert md.derive(text, wrt=wrt).validation.ok
