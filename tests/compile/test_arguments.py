"""What callables take and refuse: shapes, sizes, memory orders, names, kinds of numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

import matdiff as md
from matdiff.numeric.arrays import evaluation, outside
from tests.compile.test_code import STUDENT

pytestmark = pytest.mark.filterwarnings("ignore")


def test_arguments():
    d = md.derive(STUDENT, wrt="A")
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((3, 3)) + 4 * np.eye(3), rng.standard_normal((2, 2)) + 4 * np.eye(2)
    y, mu = rng.standard_normal((2, 6))
    run = d.function(value=True)
    value, gradient = run(A=A, B=B, y=y, mu=mu, a=20.0)
    other = run(A=np.asfortranarray(A), B=B.tolist(), y=y[:, None], μ=list(mu), a=np.array(20))
    assert np.isclose(value, other[0], rtol=1e-13) and np.allclose(gradient, other[1], rtol=1e-12)
    with pytest.raises(md.MatdiffError, match="but one of its sizes is 5"):
        run(A=A, B=B, y=y[:5], mu=mu, a=20.0)
    with pytest.raises(md.MatdiffError, match="singular"):
        run(A=np.zeros((3, 3)), B=B, y=y, mu=mu, a=20.0)
    namespace: dict = {}
    exec(compile(d.code(what="both"), "<code>", "exec"), namespace)
    assert np.allclose(namespace["value_and_gradient"](A, B, y, mu, 20)[1], gradient, rtol=1e-12)
    with pytest.raises(ValueError, match="are expected"):
        namespace["value_and_gradient"](A, A, y, mu, 20)


def test_arguments_that_are_no_arguments():
    d = md.derive("L : matrix(n, n)\nx' L x", wrt="x")
    for L, said in ((scipy.sparse.eye_array(2) * 1j, "real"), (np.zeros((0, 0)), "no entries"), ("L", "real")):
        with pytest.raises(md.MatdiffError, match=said):
            d.function()(L=L, x=np.ones(2))
    for sizes in ({"n": "3"}, {"n": 0}, {"n": 2.5}, {"q": 3}, "n = 3"):
        with pytest.raises(md.MatdiffError, match="size"):
            d.code(sizes=sizes)
    assert d.code(sizes={"n": np.int64(3)}) == d.code(sizes={"n": 3})


def test_results_belong_to_the_caller():
    b = np.ones(3)
    gradient = md.derive("b' x", wrt="x").function()(b=b, x=b)
    gradient[0] = 7
    assert b[0] == 1
    X = np.eye(2)
    assert not np.shares_memory(md.derive("vec(X)", wrt="X").function(what="value")(X=X), X)
    both = md.derive("tr(A B)", wrt=["A", "B"]).function()(A=X, B=X)
    assert not np.shares_memory(both["A"], X) and not np.shares_memory(both["A"], both["B"])
    md.derive("sum(X)", wrt="X").function()(X=np.ones((2, 2)))[0, 0] = 3


@pytest.mark.parametrize(
    "text, wrt", [("sum((A + x ones(n)').^2) + x'A ones(n)", "A"), ("A (eye(n) - 1/n ones(n,n))", "A")]
)
def test_sizes_that_happen_to_be_one(text, wrt):
    """A column is a column also where it has one entry."""
    d = md.derive(text, wrt=wrt, declare="A : matrix(m, n); x : vector(m)")
    run, rng = d.function(), np.random.default_rng(0)
    for m, n in ((1, 4), (4, 1), (1, 1), (3, 4)):
        arrays = {"A": rng.standard_normal((m, n)), "x": rng.standard_normal(m)}
        arrays = {name: v for name, v in arrays.items() if name in d.problem.variables}
        at = evaluation(d.problem.variables, arrays, arrays)
        assert np.allclose(run(**arrays), outside(d.answer, at(d.answer), flat=not d.is_jacobian))


def test_names_that_python_needs():
    d = md.derive("np : matrix(n, n); lambda, kron, float : vector(n)\nlambda' np kron + float' float", wrt="np")
    arrays = {"np": np.eye(2), "lambda_": np.ones(2), "kron": np.arange(2.0), "float": np.ones(2)}
    assert np.allclose(d.function()(**arrays), np.outer(np.ones(2), np.arange(2.0)))


def test_sizes_that_no_shape_settles_are_given():
    d = md.derive("W : matrix(n*m, n*p)\n‖W‖^2 + tr(W ones(n*p, n) ones(n, n*m))", wrt="W")
    run, W = d.function(), np.arange(24.0).reshape(4, 6)
    given = run(W=W, n=np.int64(2))
    assert np.array_equal(given, 2 * W + 2)
    for wrong in ({}, {"n": -2}, {"n": 2.0}):
        with pytest.raises(md.MatdiffError, match="give it as a whole number"):
            run(W=W, **wrong)
    with pytest.raises(md.MatdiffError, match="does not fit"):
        run(W=W, n=3)
    namespace: dict = {}
    exec(compile(d.code(), "<code>", "exec"), namespace)
    assert np.array_equal(namespace["gradient"](W, 2), given)
    with pytest.raises(ValueError, match="are expected"):
        namespace["gradient"](W, 3)


def test_exponents_are_whole_and_not_negative():
    for what in ("value", "derivative", "both"):
        run = md.derive("tr(A^k B)", wrt="A").function(what=what)
        for k in (-1, 2.5, -1.0):
            run(A=np.eye(2), B=np.eye(2), k=2)
            with pytest.raises(md.MatdiffError, match="whole numbers"):
                run(A=np.eye(2), B=np.eye(2), k=k)
