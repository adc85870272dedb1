"""What is done for large arrays, tried on small ones: the thresholds are set to nothing."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.compile import buffers, improve
from matdiff.compile.kernels.numpy import products as kernels
from tests.compile.agreement import TOLERANCE, difference
from tests.compile.test_code import STRUCTURED, body
from tests.random_problems import KINDS, problem

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def eager(monkeypatch):
    monkeypatch.setattr(buffers, "LARGE", 1)
    monkeypatch.setattr(improve, "_LARGE", 1)
    monkeypatch.setattr(improve, "_THIN", 4)
    monkeypatch.setattr(improve, "_BLOCKS", 2)


@pytest.mark.parametrize("kind", KINDS)
def test_random_problems(kind, eager):
    for number in range(50):
        p = problem(70_000 + number, kind)
        try:
            d = md.derive(p.text(), wrt=p.wrt, order=p.order, validate=False)
            found = difference(d, number)
        except (md.errors.UnsupportedError, md.errors.DomainError):
            continue
        assert found < TOLERANCE, f"{p.text()}\n{d.code(what='both', sizes={'m': 3, 'n': 4, 'p': 2})}"


@pytest.mark.parametrize("name", STRUCTURED)
def test_structured_problems(name, eager):
    text, wrt = STRUCTURED[name]
    assert difference(md.derive(text, wrt=wrt, validate=False), 4) < TOLERANCE


@pytest.mark.parametrize("text, wrt, order, sizes, word", [
    ("‖M ⊙ (A - U V')‖_F^2", "U", 1, (6, 6, 2), "out="),
    ("X : matrix(m, n)\nsum(softplus(X w)) - y'X w", "w", 2, (6, 6), "weighted_gram("),
    ("L : matrix(m, m); S : matrix(m, n)\ntr(S'L S)", "S", 1, (6, 3), "both_products("),
    ("L : matrix(m, m); S : matrix(m, n)\nsum(exp(L S))", "S", 1, (6, 3), "thin_product("),
    ("U : matrix(m, p); V : matrix(n, p)\nsum(exp(U V'))", "U", 1, (6, 6, 2), "thin_outer("),
    ("S : matrix(m, m), symmetric; X : matrix(m, n)\nsum(exp(X' S X))", "X", 1, (6, 6), "symmetric_product("),
])  # fmt: skip
def test_what_is_used(text, wrt, order, sizes, word, eager):
    d = md.derive(text, wrt=wrt, order=order, validate=False)
    assert difference(d, 2) < TOLERANCE
    assert word in body(d.code(what="both", sizes=dict(zip("mnp", sizes))))


def test_strips():
    """The functions that go through a matrix in strips do so here."""
    rng = np.random.default_rng(0)
    a, x = rng.standard_normal((700, 700)), rng.standard_normal((700, 8))
    assert np.allclose(kernels.thin_product(a, x), a @ x, rtol=1e-12, atol=1e-12)
    product, other = kernels.both_products(a, x)
    assert np.allclose(product, a @ x) and np.allclose(other, a.T @ x)
    assert np.allclose(kernels.thin_outer(x, x.T.copy()), x @ x.T)
    tall, weights = rng.standard_normal((3000, 90)), rng.random(3000)
    for t in (weights, weights - 0.5):
        assert np.allclose(kernels.weighted_gram(tall, t), tall.T @ (t[:, None] * tall), atol=1e-10)
    s = a + a.T
    assert np.allclose(kernels.symmetric_product(a @ s, a.T.copy()), a @ s @ a.T, atol=1e-8)
    for u in (x[:, 0], a[0]):
        assert np.allclose(kernels.outer(u, a[1]), np.outer(u, a[1]), rtol=1e-15)


def test_a_callable_may_return_its_argument(eager):
    d = md.derive("g : function; X : matrix(m, n); Y : matrix(n, p)\nsum(g(X Y)) + sum((X Y).^2)", wrt="Y")
    X, Y = np.arange(6.0).reshape(2, 3), np.ones((3, 2))
    run = d.function(value=True)
    for _ in range(2):
        value, gradient = run(X=X, Y=Y, g=lambda t: t, g_1=lambda t: t)
        assert np.isclose(value, (X @ Y).sum() + ((X @ Y) ** 2).sum())
        assert np.allclose(gradient, 3 * X.T @ (X @ Y))
