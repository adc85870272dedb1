"""Named forms of an answer mean what their convention says: each against differences that know nothing of it."""

import numpy as np
import pytest

import matdiff as md
from matdiff.operations.leaves import duplication_matrix, elimination_matrix

pytestmark = pytest.mark.filterwarnings("ignore")
N = 3
RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((2, N, N))
STEP = 1e-5


def function_of(text, declared):
    problem = md.parse(f"X : {declared}; A, B : matrix(n, n)\n{text}")
    return problem, lambda x: md.evaluate(problem.function, X=x, **others(problem))


def others(problem):
    return {name: value for name, value in (("A", A), ("B", B)) if name in problem.function.free}


def differences(f, move, count):
    """Central differences in `count` coordinates; `move(t)` is the point at coordinates t."""
    units = np.eye(count) * STEP
    return np.array([(f(move(u)) - f(move(-u))) / (2 * STEP) for u in units])


def test_symmetric():
    problem, f = function_of("tr(X A X) + logdet(X'X + eye(n))", "matrix(n, n), symmetric")
    x = (B + B.T) / 2
    d = md.derive(problem, wrt="X")
    in_vech = differences(f, lambda t: x + (duplication_matrix(N) @ t).reshape(N, N, order="F"), N * (N + 1) // 2)
    assert np.allclose(d.function(form="vech")(X=x, A=A), in_vech, atol=1e-6)
    entries = d.function(form="independent entries")(X=x, A=A)
    assert np.allclose(elimination_matrix(N) @ entries.reshape(-1, order="F"), in_vech, atol=1e-6)
    assert np.allclose(entries, entries.T)


@pytest.mark.parametrize(
    "declared, form, place",
    [
        ("lower", "vech", lambda t: (elimination_matrix(N).T @ t).reshape(N, N, order="F")),
        ("upper", "vech of the transpose", lambda t: (elimination_matrix(N).T @ t).reshape(N, N, order="F").T),
        ("diagonal", "diagonal entries", np.diag),
    ],
)
def test_triangles_and_diagonals(declared, form, place):
    problem, f = function_of("sum(exp(X A)) + tr(B X X')", f"matrix(n, n), {declared}")
    count = N if declared == "diagonal" else N * (N + 1) // 2
    x = place(RNG.standard_normal(count))
    d = md.derive(problem, wrt="X")
    assert list(d.forms) == [form]
    found = d.function(form=form)(X=x, A=A, B=B)
    assert np.allclose(found, differences(f, lambda t: x + place(t), count), atol=1e-5)


def test_skew():
    problem, f = function_of("sum(exp(X A))", "matrix(n, n), skew")
    x = B - B.T
    entries = md.derive(problem, wrt="X").function(form="independent entries")(X=x, A=A)
    below = [(i, j) for j in range(N) for i in range(j + 1, N)]

    def place(t):
        out = np.zeros((N, N))
        for value, (i, j) in zip(t, below):
            out[i, j], out[j, i] = value, -value
        return out

    assert np.allclose([entries[k] for k in below], differences(f, lambda t: x + place(t), len(below)), atol=1e-6)


def test_stiefel():
    """Both gradients are tangent, and represent df in their metrics (Edelman, Arias & Smith 1998, sec. 2.4)."""
    d = md.derive("Q : matrix(m, n), orthogonal; A : matrix(m, m); B : matrix(n, n)\ntr(Q'A Q B)", wrt="Q")
    m, n = 5, 3
    q, _ = np.linalg.qr(RNG.standard_normal((m, n)))
    values = {"Q": q, "A": RNG.standard_normal((m, m)), "B": RNG.standard_normal((n, n))}
    plain, projected, riemannian = (d.function(form=form)(**values) for form in (None, *d.forms))
    s, e = RNG.standard_normal((n, n)), RNG.standard_normal((m, n))
    tangent = q @ (s - s.T) + e - q @ (q.T @ e)
    df = (plain * tangent).sum()
    assert np.isclose((projected * tangent).sum(), df)
    assert np.isclose((riemannian * (tangent - q @ (q.T @ tangent) / 2)).sum(), df)
    for g in (projected, riemannian):
        assert np.allclose(q.T @ g + g.T @ q, 0)


def test_hessian_in_vech():
    problem, _ = function_of("logdet(X) + tr(X A X)", "matrix(n, n), spd")
    d = md.derive(problem, wrt="X", order=2)
    gradient = d.first.function(form="vech") if d.first.forms else None
    x = A @ A.T + np.eye(N)
    wanted = differences(
        lambda at: gradient(X=at, A=A), lambda t: x + (duplication_matrix(N) @ t).reshape(N, N, order="F"), 6
    )
    assert np.allclose(d.function(form="vech")(X=x, A=A), wanted, atol=1e-5)


MAPS = ["A X B", "inv(X)", "X' A X", "expm(X)", "exp(X) .* B", "X ⊗ A", "chol(X X' + eye(n))"]


@pytest.mark.parametrize("text", MAPS)
def test_linear_map(text):
    problem, _ = function_of(text, "matrix(n, n), invertible")
    d = md.derive(problem, wrt="X")
    direction = RNG.standard_normal((N, N))
    x = A @ A.T + np.eye(N)
    image = d.function(form="linear map")(X=x, dX=direction, **others(problem))
    jacobian = d.function()(X=x, **others(problem))
    assert np.allclose(image.reshape(-1, order="F"), jacobian @ direction.reshape(-1, order="F"))


def test_hessian_vector_product():
    d = md.derive("sum(softplus(X w)) + (w'w)^2", wrt="w", order=2)
    values = {"X": RNG.standard_normal((4, N)), "w": RNG.standard_normal(N)}
    v = RNG.standard_normal(N)
    product = d.function(form="Hessian-vector product")(**values, v=v)
    assert np.allclose(product, d.function()(**values) @ v)


def test_matrix_by_scalar():
    d = md.derive("A : matrix(m, n); B : matrix(m, n); t : scalar\nsin(t) A + t^2 B", wrt="t")
    assert str(d.forms["shaped"]) == "cos(t) A + 2 t B"


def test_forms_are_explained_where_all_is_shown():
    d = md.derive("S : matrix(n, n), symmetric\ntr(S A S)", wrt="S")
    shown = d.text(detail="full")
    assert set(d.forms) == set(d.form_notes) == {"independent entries", "vech"}
    assert all(name in shown for name in d.forms)
    assert "count twice" in shown
