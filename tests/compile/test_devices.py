"""Generated code for JAX and PyTorch, where they are installed: values, batches, several devices."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import matdiff as md
from matdiff.operations.registry import OPERATIONS
from tests.applications import defined, operations
from tests.compile.agreement import TOLERANCE, as_given, difference, of_expression
from tests.compile.test_code import STRUCTURED, STUDENT
from tests.test_corpus import RECORDS, problem_text
from tests.truth import Truth

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=["jax", "torch"])
def target(request):
    library = pytest.importorskip(request.param)
    if request.param == "jax":
        library.config.update("jax_enable_x64", True)
    else:
        library.set_num_threads(1)
    return request.param


# Every fourth record, first and second order: more than 100 for each target.
SAMPLE = [RECORDS[name] for k, name in enumerate(sorted(RECORDS)) if k % 4 == 0]


def test_records_of_the_corpus(target):
    assert len(SAMPLE) >= 100
    wrong = []
    for record in SAMPLE:
        d = md.derive(problem_text(record), wrt=record["wrt"], order=record.get("order", 1), validate=False)
        values, wanted = Truth(record).sample(1, record.get("order", 1))
        arrays = {name: np.ascontiguousarray(v) if np.ndim(v) else v for name, v in values.items()}
        got = np.asarray(d.function(target)(**as_given(arrays, target)), dtype=float)
        got = got.reshape(wanted.shape) if got.size == wanted.size else got
        tolerance = 1e-5 if record.get("order", 1) == 1 else 1e-4
        if got.shape != wanted.shape or np.abs(got - wanted).max() > tolerance * max(1e-3, np.abs(wanted).max()):
            wrong.append(record["id"])
    assert not wrong


@pytest.mark.parametrize("name", [n for k, n in enumerate(operations()) if k % 3 == 0])
def test_operations(name, target):
    """One example of an operation; the corpus goes through many."""
    for e, _, point in defined(OPERATIONS[name], most=1):
        assert of_expression(e, point, target) < TOLERANCE


@pytest.mark.parametrize("name", STRUCTURED)
def test_structure(name, target):
    text, wrt = STRUCTURED[name]
    assert difference(md.derive(text, wrt=wrt, validate=False), 5, target) < TOLERANCE


def test_derivatives_come_in_the_order_asked_for(target):
    run = md.derive("x, y : vector(n); A : matrix(n, n)\nx'A y", wrt=["y", "x"]).function(target, value=True)
    _, found = run(**as_given({"x": np.ones(2), "y": np.arange(2.0), "A": np.eye(2)}, target))
    assert list(found) == ["y", "x"]


def test_sizes_choose_the_code(target):
    """What pays only for a low rank is chosen by the shapes of a call."""
    text = "U : matrix(n, k); y : vector(n); c : scalar, positive\nlogdet(U U' + c I) + y' inv(U U' + c I) y"
    d = md.derive(text, wrt="U", validate=False)
    rng = np.random.default_rng(0)
    for n, k in ((3, 5), (40, 2)):
        arrays = {"U": rng.standard_normal((n, k)), "y": rng.standard_normal(n), "c": 0.5}
        found = np.asarray(d.function(target)(**as_given(arrays, target)))
        assert np.allclose(found, d.function()(**arrays), rtol=1e-9, atol=1e-10)


def test_torch_takes_sizes_of_one_and_says_what_is_singular():
    torch = pytest.importorskip("torch")
    d = md.derive("X : matrix(n, p)\nX inv(X'X) X'", wrt="X", validate=False)
    X = np.array([[1.0], [2.0]])
    assert np.allclose(d.function("torch")(X=torch.tensor(X)), d.function()(X=X))
    solve = md.derive("a' inv(X) b", wrt="X", validate=False).function("torch")
    with pytest.raises(md.MatdiffError, match="no value at these arrays"):
        solve(X=torch.zeros((2, 2)), a=torch.ones(2), b=torch.ones(2))


def _batch(count: int = 3) -> tuple[dict[str, np.ndarray], list]:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((count, 3, 3)) + 4 * np.eye(3)
    B = rng.standard_normal((count, 2, 2)) + 4 * np.eye(2)
    arrays = {"A": A, "B": B, "y": rng.standard_normal((count, 6)), "mu": rng.standard_normal((count, 6))}
    run = md.derive(STUDENT, wrt="A", validate=False).function(value=True)
    wanted = [run(**{n: v[k] for n, v in arrays.items()}, a=20.0) for k in range(count)]
    return arrays, wanted


def test_jax_batches():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    arrays, wanted = _batch()
    run = md.derive(STUDENT, wrt="A", validate=False).function("jax", value=True)

    def one(A, B, y, mu):
        return run(A=A, B=B, y=y, mu=mu, a=20.0)

    values, gradients = jax.jit(jax.vmap(one))(*arrays.values())
    assert np.allclose(values, [v for v, _ in wanted], rtol=1e-12)
    assert np.allclose(gradients, [g for _, g in wanted], rtol=1e-10)
    # and the restructured function may be differentiated by JAX itself
    value = md.derive(STUDENT, wrt="A", validate=False).function("jax", what="value")
    found = jax.grad(lambda A: value(A=A, B=arrays["B"][0], y=arrays["y"][0], mu=arrays["mu"][0], a=20.0))
    assert np.allclose(found(arrays["A"][0]), wanted[0][1], rtol=1e-10)


def test_torch_batches():
    torch = pytest.importorskip("torch")
    arrays, wanted = _batch()
    run = md.derive(STUDENT, wrt="A", validate=False).function("torch", value=True)

    def one(A, B, y, mu):
        return run(A=A, B=B, y=y, mu=mu, a=20.0)

    values, gradients = torch.func.vmap(one)(*(torch.tensor(v) for v in arrays.values()))
    assert np.allclose(values, [v for v, _ in wanted], rtol=1e-12)
    assert np.allclose(gradients, [g for _, g in wanted], rtol=1e-10)


SHARDED = """
import json, sys
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
import matdiff as md
mesh = Mesh(np.array(jax.devices()), ("rows",))
rng = np.random.default_rng(0)
X, w, y = rng.standard_normal((16, 3)), rng.standard_normal(3), rng.standard_normal(16)
d = md.derive("sum(softplus(X w)) - y'X w", wrt="w", validate=False)
rows, everywhere = NamedSharding(mesh, P("rows")), NamedSharding(mesh, P())
run = d.function("jax", value=True)
value, gradient = run(X=jax.device_put(X, NamedSharding(mesh, P("rows", None))), w=jax.device_put(w, everywhere),
                      y=jax.device_put(y, rows))
wanted = d.function(value=True)(X=X, w=w, y=y)
print(json.dumps([len(jax.devices()), float(value) - wanted[0], float(abs(np.asarray(gradient) - wanted[1]).max())]))
"""


def test_jax_on_several_devices():
    pytest.importorskip("jax")
    flags = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", SHARDED], env=flags, check=True, capture_output=True, text=True)
    devices, value, gradient = json.loads(run.stdout)
    assert devices == 4 and abs(value) < 1e-12 and gradient < 1e-12


def test_whole_numbers_do_not_overflow():
    jax = pytest.importorskip("jax")
    run = md.derive("x : vector(n)\nsum(x.^3)", wrt="x").function("jax", value=True)
    value, gradient = run(x=jax.numpy.array([2000, 3]))
    assert np.isclose(float(value), 8e9 + 27) and np.allclose(gradient, [1.2e7, 27])


def test_functions_of_numbers(target):
    for text in ("softplus(2) x'x", "sum(asinh(ones(n)) ⊙ x)", "normcdf(1) x'x", "norm2(ones(n)) x'x", "cosh(n) x'x"):
        assert difference(md.derive(f"x : vector(n)\n{text}", wrt="x"), 1, target) < TOLERANCE
