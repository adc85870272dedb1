"""Generated NumPy code: the right values, no structure lost."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse

import matdiff as md
from matdiff.operations.registry import OPERATIONS
from tests.applications import defined, operations
from tests.compile.agreement import TOLERANCE, difference, of_expression
from tests.random_problems import KINDS, problem

pytestmark = pytest.mark.filterwarnings("ignore")

STUDENT = """A : matrix(m, m), invertible; B : matrix(n, n), invertible; y, mu : vector(m*n); a : scalar
w = y - mu; S = A ⊗ B
log(a + w' inv(S) w)"""
KRONECKER_SUM = """M : matrix(T, T), spd; K, Sigma : matrix(n, n), spd; v : vector(T*n); U = M ⊗ K + eye(T) ⊗ Sigma
-1/2 logdet(U) - v' inv(U) v"""
NOISE = """M : matrix(T, T), spd; K : matrix(n, n), spd; c : scalar, positive; v : vector(T*n)
U = M ⊗ K + c eye(T*n)
-1/2 logdet(U) - 1/2 v' inv(U) v"""
TRACE = "L : matrix(m*n, m*n); B : matrix(m, p); A : matrix(n, q); H : matrix(p*q, r)\nS = (B ⊗ A) H\ntr(S' L S)"
PLAIN_SUM = """A : matrix(m, m), spd; B : matrix(n, n), spd; v : vector(m*n); U = A ⊗ eye(n) + eye(m) ⊗ B
logdet(U) + v' inv(U) v"""
STRUCTURED = {
    "student A": (STUDENT, "A"), "student B": (STUDENT, "B"), "trace A": (TRACE, "A"), "trace B": (TRACE, "B"),
    **{f"sum {x}": (KRONECKER_SUM, x) for x in ("Sigma", "K", "M", "v")},
    **{f"noise {x}": (NOISE, x) for x in ("c", "K", "M", "v")},
    **{f"plain sum {x}": (PLAIN_SUM, x) for x in ("A", "B", "v")},
}  # fmt: skip


def body(code: str) -> str:
    """The statements after the docstring."""
    return code.split('"""')[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_random_problems(kind):
    """What is computed for random problems is what the evaluator finds."""
    for number in range(60):
        p = problem(40_000 + number, kind)
        try:
            d = md.derive(p.text(), wrt=p.wrt, order=p.order, validate=False)
            found = difference(d, number)
        except md.MatdiffError as error:
            assert isinstance(error, (md.errors.UnsupportedError, md.errors.DomainError)), f"{error}\n{p.text()}"
            continue
        assert found < TOLERANCE, f"{p.text()}\n{d.code(what='both')}"


@pytest.mark.parametrize("name", operations())
def test_every_operation(name):
    found = 0
    for e, _, point in defined(OPERATIONS[name], most=4):
        assert of_expression(e, point, "numpy") < TOLERANCE
        found += 1
    assert found


@pytest.mark.parametrize("name", STRUCTURED)
def test_structure_is_used(name):
    """Right, and no Kronecker product, dense identity or matrix of the full size is formed."""
    text, wrt = STRUCTURED[name]
    d = md.derive(text, wrt=wrt)
    assert difference(d, 3) < TOLERANCE
    source = body(d.code(what="both"))
    for word in ("kron(", "repeat_blocks(", "np.eye(", "np.diag("):
        assert word not in source
    order = d.code(what="both").partition("Cost: ")[2].partition(" operations")[0]
    if "trace" not in name:
        # no power of m n together beyond the cubes
        assert all(len(part.replace("^", "").split()) <= 2 for part in order[2:-1].split(" + ")), order


@pytest.mark.parametrize(
    "text, wrt, absent",
    [
        ("x' Diag(s) x", "x", ["np.diag("]),
        ("‖A x - b‖^2", "x", ["A.T @ A"]),
        ("sum(((eye(n) - 1/n ones(n, n)) X).^2)", "X", ["np.ones", "np.eye"]),
        ("a' inv(X) b", "X", ["lu_inverse"]),
        ("sum(softplus(X w)) - y'X w", "w", ["np.diag", "np.exp("]),
        ("tr(X' commutation(m, n) Y)", "X", ["commutation(m, n)"]),
    ],
)
def test_what_is_not_formed(text, wrt, absent):
    source = body(md.derive(text, wrt=wrt).code(what="both"))
    for word in absent:
        assert word not in source


def test_chains_share_their_products():
    """Value and gradient of tr(A_1 X ... A_k X) take at most four times the products of the value."""
    for k in (2, 5, 10, 20, 30):
        names = ", ".join(f"A_{i}" for i in range(1, k + 1))
        text = f"{names}, X : matrix(n, n)\ntr({' '.join(f'A_{i} X' for i in range(1, k + 1))})"
        d = md.derive(text, wrt="X", validate=False)
        both, value = (body(d.code(what=what)).count("@") for what in ("both", "value"))
        assert both <= 4 * value, f"{both} products for {value} at k = {k}"


def test_sizes_choose_the_order():
    text = "A : matrix(m, n); B : matrix(n, p); X : matrix(p, q)\ntr(C A B X)"
    d = md.derive(text, wrt="C")
    wide, thin = (body(d.code(sizes=s)) for s in ({"m": 2, "n": 500, "p": 500, "q": 500}, {"q": 2, "n": 500, "p": 500}))
    assert wide != thin


def test_sparse_constants_stay_sparse():
    d = md.derive(TRACE, wrt="A")
    rng = np.random.default_rng(1)
    L = scipy.sparse.random_array((12, 12), density=0.2, rng=rng, format="csr")
    arrays = {"B": rng.standard_normal((3, 2)), "A": rng.standard_normal((4, 5)), "H": rng.standard_normal((10, 2))}
    run = d.function(value=True)
    sparse, dense = run(L=L, **arrays), run(L=L.toarray(), **arrays)
    assert np.isclose(sparse[0], dense[0]) and np.allclose(sparse[1], dense[1])
    # one that is solved with is made dense
    solved = md.derive("a' inv(X) b", wrt="a").function()(X=scipy.sparse.eye_array(3, format="csr"), b=np.ones(3))
    assert np.allclose(solved, 1)


def test_several_derivatives_share():
    d = md.derive(STUDENT, wrt=["A", "B"])
    source = d.code(what="both")
    assert body(source).count("lu_factor(") == 2
    rng = np.random.default_rng(0)
    arrays = {"A": rng.standard_normal((3, 3)) + 4 * np.eye(3), "B": rng.standard_normal((2, 2)) + 4 * np.eye(2)}
    arrays |= {"y": rng.standard_normal(6), "mu": np.zeros(6), "a": 20.0}
    value, found = d.function(value=True)(**arrays)
    for name in "AB":
        alone = d[name].function(value=True)(**arrays)
        assert np.isclose(value, alone[0]) and np.allclose(found[name], alone[1])


@pytest.mark.parametrize("text, wrt, order", [
    ("sum(softplus(X w)) - y'X w", "w", 2), ("‖Y - U V'‖_F^2", "U", 2), ("exp(A x)", "x", 1), ("A X B", "X", 1),
    ("Sigma : matrix(n, n), spd\n-1/2 logdet(Sigma) - 1/2 x' inv(Sigma) x", "Sigma", 2), ("inv(X)", "X", 1),
])  # fmt: skip
def test_operators(text, wrt, order):
    """The operator has the matrix's products, on both sides, and keeps what does not depend on the direction."""
    rng = np.random.default_rng(2)
    d = md.derive(text, wrt=wrt, order=order)
    square = rng.standard_normal((3, 3))
    known = {"Sigma": square @ square.T + np.eye(3), "x": rng.standard_normal(3), "w": rng.standard_normal(3)}
    known |= {"y": rng.standard_normal(4), "Y": rng.standard_normal((4, 5)), "U": rng.standard_normal((4, 2))}
    known |= {"V": rng.standard_normal((5, 2)), "A": rng.standard_normal((2, 3)), "B": rng.standard_normal((3, 4))}
    known |= {"X": square + 3 * np.eye(3) if "inv" in text or "A X" in text else rng.standard_normal((4, 3))}
    arrays = {name: value for name, value in known.items() if name in d.problem.variables}
    matrix, operator = d.function()(**arrays), d.function(form="operator")(**arrays)
    assert operator.shape == matrix.shape
    assert np.allclose(operator @ np.eye(matrix.shape[1]), matrix, rtol=1e-10, atol=1e-12)
    assert np.allclose(operator.rmatmat(np.eye(matrix.shape[0])), matrix.T, rtol=1e-10, atol=1e-12)


def test_directions_have_names_of_their_own():
    z = np.array([0.2, -0.4, 0.9])
    d = md.derive("softmax(softmax(z))", wrt="z")
    assert np.allclose(d.function(form="operator")(z=z).rmatmat(np.eye(3)), d.function()(z=z).T)


def test_ill_conditioned():
    """At condition 1e8 the gradient of a Gaussian likelihood is as accurate as inverting allows."""
    import mpmath

    rng = np.random.default_rng(3)
    q = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    S = (q * np.logspace(0, -8, 6)) @ q.T
    S, x = (S + S.T) / 2, rng.standard_normal(6)
    got = md.derive("S : matrix(n, n), spd\n-1/2 logdet(S) - 1/2 x' inv(S) x", wrt="S").function()(S=S, x=x)
    with mpmath.workdps(60):
        inverse = mpmath.matrix(S.tolist()) ** -1
        u = inverse * mpmath.matrix(x.tolist())
        exact = np.array(((u * u.T - inverse) / 2).tolist(), dtype=float)
    plain = np.linalg.inv(S)
    plain = (np.outer(plain @ x, plain @ x) - plain) / 2
    assert np.abs(got - exact).max() <= 10 * np.abs(plain - exact).max()


def test_code_is_the_same_in_every_process():
    program = (
        "import matdiff as md\n"
        f"print(md.derive({STUDENT!r}, wrt=['A', 'B'], validate=False).code(what='both'))\n"
        f"print(md.derive({KRONECKER_SUM!r}, wrt='K', validate=False).code(what='both'))\n"
        "print(md.derive(\"tr(A X B X C X')\", wrt='X', validate=False).code(what='both'))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": ":".join(sys.path)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1", "77")
    }  # fmt: skip
    assert len(found) == 1


def test_code_does_not_depend_on_what_was_asked_before():
    d = md.derive(KRONECKER_SUM, wrt="Sigma", validate=False)
    first = d.code(what="both")
    d.code(what="value")
    d.code(sizes={"T": 2, "n": 3})
    assert d.code(what="both") == first and "diagonalised" in first


def test_determinants_do_not_overflow():
    run = md.derive("log(det(X))", wrt="X").function(what="value")
    assert np.isclose(run(X=1e5 * np.eye(100)), 100 * np.log(1e5))
    assert np.isnan(run(X=np.diag([-1.0, 2.0]))) and np.isclose(run(X=np.diag([-1.0, -2.0])), np.log(2))
    assert np.isclose(run(X=np.array([[0.0, 2.0], [-3.0, 1.0]])), np.log(6))


def test_determinants_of_triangular_matrices_do_not_overflow():
    run = md.derive("L : matrix(n, n), lower; U : matrix(n, n), upper\nlog(det(L U))", wrt="L").function(what="value")
    large = 1e5 * np.eye(100)
    flipped = large @ np.diag([-1.0] + [1.0] * 99)
    assert np.isclose(run(L=large, U=large), 200 * np.log(1e5)) and np.isnan(run(L=flipped, U=large))
    assert np.isclose(run(L=flipped, U=flipped), 200 * np.log(1e5))


@pytest.mark.parametrize("text, wrt, absent", [
    ("L : matrix(n, n), lower; b : vector(n)\nb' inv(L L') b + logdet(L L')", "L", ["lu_", "cholesky"]),
    ("Q : matrix(n, n), orthogonal; D : matrix(n, n), diagonal\nlogdet(Q D Q') + b' inv(Q D Q') b", "b", ["lu_"]),
    ("D : matrix(n, n), diagonal\ntr(D A) + b' D A D b + tr(inv(D) B)", "D", ["lu_", "D @", "diag(1", "inner("]),
    ("tr(Diag(w) A)", "w", ["np.diag("]),
    ("X : matrix(n, k)\ntr(Y' (I - X inv(X'X) X') Y)", "Y", ["thin_outer(X", "add_diagonal"]),
    ("A, B, C : matrix(n, n)\nx' (A B + C) (A + B C) y", "x", ["A @ B", "B @ C"]),
    ("U : matrix(n, k); d : vector(n)\nx' (Diag(d) - U U')^2 x", "x", ["add_diagonal", "thin_outer"]),
])  # fmt: skip
def test_facts_and_sums_are_used(text, wrt, absent):
    d = md.derive(text, wrt=wrt)
    assert difference(d, 1) < TOLERANCE
    source = body(d.code(what="both", sizes={"n": 300}))
    for word in absent:
        assert word not in source, source


@pytest.mark.parametrize("text, wrt", [
    ("x : vector(n)\nsum(i, 1, n, i x[i]^2) * sum(i, 1, n, x[i]^3)", "x"),
    ("X : matrix(m, n); A : matrix(m, m)\nsum(i, 1, n, (X[:, i]' A X[:, i])^2)", "X"),
    ("A, B : matrix(n, n)\nsum(i, 1, 3, tr(A^i B)) + sum(i, 1, 4, tr(A^i B)^2)", "A"),
    ("x : vector(n)\nsum(i, 1, n, sum(j, 1, n, i x[i] x[j]^2)) + sum(j, 1, n, x[j])", "x"),
])  # fmt: skip
def test_loops(text, wrt):
    """What one loop has computed is not taken for what another one needs."""
    for seed in range(3):
        assert difference(md.derive(text, wrt=wrt), seed) < TOLERANCE


def test_the_function_is_in_matrix_form_where_its_derivative_is():
    squares = "X : matrix(n, p); b : vector(p); y : vector(n)\nsum(i, 1, n, (y[i] - X[i, :] b)^2)"
    assert "for " not in body(md.derive(squares, wrt="b").code(what="both"))
    mixture = "X : matrix(n, p); c : matrix(k, p)\nsum(i, 1, n, log(sum(j, 1, k, exp(-‖X[i, :] - c[j, :]‖^2))))"
    X = np.arange(6.0).reshape(3, 2)
    assert np.isclose(
        md.derive(mixture, wrt="c").function(what="value")(X=X, c=X[:1] + 40), -2 * (40**2 + 38**2 + 36**2)
    )


def test_what_stands_in_a_loop_costs_as_often():
    assert "Cost: O(k n^3) operations, O(n^2) memory" in md.derive("tr(A^k B)", wrt="A").code()
    triangle = "x : vector(n); K : matrix(n, n)\nsum(i, 1, n, sum(j, 1, i, exp(-(x[i]-x[j])^2) K[i,j]))"
    assert "Cost: O(n^3) operations, O(n) memory" in md.derive(triangle, wrt="x").code()
