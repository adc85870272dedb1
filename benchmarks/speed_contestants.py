"""Who takes part: the generated code, the limit, and automatic differentiation by JAX and PyTorch.

A contestant prepares a problem, which is not timed (deriving, arrays in the library's own form), and returns a function
that builds a call: building and the first call together are the first-call time, further calls are the run time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from speed_problems import Arrays, Problem

Call = Callable[[], Any]
Build = Callable[[], Call]


# How many products with one Hessian are taken.
PRODUCTS = 10


@dataclass(frozen=True)
class Contestant:
    name: str
    prepare: Callable[[Problem, int, Arrays], Build]
    takes: Callable[[Problem, int], bool] = lambda problem, size: True
    package: str = "numpy"


# ---------------------------------------------------------------- generated, and the limit


def derivation(problem: Problem, size: int) -> Any:
    import matdiff as md

    wrt = problem.wrt[0] if len(problem.wrt) == 1 else list(problem.wrt)
    order = {} if problem.kind == "gradient" else {"order": 2}
    return md.derive(problem.source(size), wrt=wrt, validate=False, **order)


def generated(target: str) -> Callable[[Problem, int, Arrays], Build]:
    def prepare(problem: Problem, size: int, arrays: Arrays) -> Build:
        d = derivation(problem, size)
        arrays = {name: own_form(target, array) for name, array in arrays.items()}
        direction = arrays.pop("direction", None)

        def build() -> Call:
            if problem.kind == "product":
                f = d.function(target, form="operator")
                return lambda: several(f(**arrays).matvec, direction)
            f = d.function(target, value=True) if problem.kind == "gradient" else d.function(target)
            return lambda: finished(target, f(**arrays))

        return build

    return prepare


def generated_value(problem: Problem, size: int, arrays: Arrays) -> Build:
    d = derivation(problem, size)

    def build() -> Call:
        f = d.function("numpy", what="value")
        return lambda: f(**arrays)

    return build


def several(product: Callable[[Any], Any], direction: Any) -> Any:
    """Products of one matrix with several directions, as an iterative solver takes them; the last one."""
    for k in range(PRODUCTS):
        result = product((k + 1) * direction)
    return result


def limit(problem: Problem, size: int, arrays: Arrays) -> Build:
    if problem.kind != "product":
        return lambda: lambda: problem.limit(**arrays)
    rest = {name: array for name, array in arrays.items() if name != "direction"}
    return lambda: lambda: several(problem.limit(**rest), arrays["direction"])


def limit_value(problem: Problem, size: int, arrays: Arrays) -> Build:
    return lambda: lambda: problem.value(**arrays)


# ---------------------------------------------------------------- the libraries


def own_form(target: str, array: Any, sparse: bool = False) -> Any:
    """An array as the library's own, dense unless its expert knows how to use a sparse one."""
    if target == "numpy":
        return array
    if hasattr(array, "toarray"):
        if sparse:
            from jax.experimental.sparse import BCOO

            return BCOO.from_scipy_sparse(array)
        array = array.toarray()
    if target == "jax":
        return jax_library().numpy.asarray(array)
    import torch

    return torch.as_tensor(array, dtype=torch.float64)


def jax_library() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def torch_library() -> Any:
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    return torch


def finished(target: str, result: Any) -> Any:
    return jax_library().block_until_ready(result) if target == "jax" else result


def ordered(problem: Problem, arrays: Arrays) -> list[str]:
    """The names of the arguments, the variables first."""
    return [*problem.wrt, *(name for name in arrays if name not in (*problem.wrt, "direction"))]


def jax_typed(problem: Problem, size: int, arrays: Arrays) -> Build:
    """The expression as typed, jitted: its value and gradient, or `jax.hessian`, applied to a direction if asked."""
    jax = jax_library()
    names = ordered(problem, arrays)
    inputs = [own_form("jax", arrays[name]) for name in names]
    f = lambda *given: problem.typed(jax.numpy, **dict(zip(names, given)))
    if problem.kind == "gradient":
        derivative = jax.value_and_grad(f, argnums=tuple(range(len(problem.wrt))))
    elif problem.kind == "hessian":
        derivative = jax.hessian(f)
    else:
        D = own_form("jax", unvec(arrays[names[0]], arrays["direction"]))

        def derivative(*given: Any) -> Any:
            matrix = jax.hessian(f)(*given)
            return several(lambda D: jax.numpy.tensordot(matrix, D, D.ndim), D)

    return jitted(derivative, inputs)


def jax_expert(problem: Problem, size: int, arrays: Arrays) -> Build:
    """The same for the expert's function; a Hessian times a direction is forward over reverse."""
    jax = jax_library()
    names = ordered(problem, arrays)
    inputs = [own_form("jax", arrays[name], sparse=True) for name in names]
    f = lambda *given: problem.expert(jax.numpy, **dict(zip(names, given)))
    if problem.kind == "gradient":
        return jitted(jax.value_and_grad(f, argnums=tuple(range(len(problem.wrt)))), inputs)
    D = own_form("jax", unvec(arrays[names[0]], arrays["direction"]))

    def product(X: Any, *rest: Any) -> Any:
        return several(lambda D: jax.jvp(lambda X: jax.grad(f)(X, *rest), (X,), (D,))[1], D)

    return jitted(product, inputs)


def jitted(derivative: Callable[..., Any], inputs: list[Any]) -> Build:
    jax = jax_library()

    def build() -> Call:
        compiled = jax.jit(derivative)
        return lambda: jax.block_until_ready(compiled(*inputs))

    return build


def torch_typed(problem: Problem, size: int, arrays: Arrays) -> Build:
    torch = torch_library()
    names = ordered(problem, arrays)
    inputs = [own_form("torch", arrays[name]) for name in names]
    f = lambda *given: problem.typed(torch, **dict(zip(names, given)))
    if problem.kind == "gradient":
        variables = [x.requires_grad_() for x in inputs[: len(problem.wrt)]]

        def call() -> Any:
            value = f(*inputs)
            return value.detach(), torch.autograd.grad(value, variables)

    else:
        # Reverse over reverse: `torch.func.hessian` takes up to twenty times as long on these problems.
        hessian = torch.func.jacrev(torch.func.jacrev(f))
        if problem.kind == "hessian":
            call = lambda: hessian(*inputs)
        else:
            D = own_form("torch", unvec(arrays[names[0]], arrays["direction"]))

            def call() -> Any:
                matrix = hessian(*inputs)
                return several(lambda D: torch.tensordot(matrix, D, D.ndim), D)

    return lambda: call


# ---------------------------------------------------------------- results in one form


def unvec(like: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return vector.reshape(like.shape, order="F")


def canonical(problem: Problem, result: Any, alone: bool = False) -> list[np.ndarray]:
    """A result as arrays to compare: value (alone) and gradients; or a Hessian or a product in vec, columns stacked."""
    if alone:
        return [np.asarray(result)]
    if problem.kind == "gradient":
        value, grads = result
        if isinstance(grads, dict):
            grads = [grads[name] for name in problem.wrt]
        elif not isinstance(grads, (tuple, list)):
            grads = [grads]
        return [np.asarray(part) for part in (value, *grads)]
    array = np.asarray(result)
    if problem.kind == "product":
        return [array.ravel(order="F")]
    if array.ndim == 4:
        array = array.transpose(1, 0, 3, 2).reshape(array.shape[0] * array.shape[1], -1)
    return [array]


def difference(found: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    """The largest difference relative to the largest entry, over the parts of a result."""
    worst = 0.0
    for a, b in zip(found, wanted, strict=True):
        if a.shape != b.shape:
            return float("inf")
        error = np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300)
        worst = max(worst, float(error)) if error == error else float("inf")
    return worst


# ---------------------------------------------------------------- the field

as_typed = lambda problem, size: size <= problem.typed_up_to
first_order = lambda problem, size: problem.kind == "gradient"

GENERATED = Contestant("generated", generated("numpy"))
LIMIT = Contestant("limit", limit)
OTHERS = [
    Contestant("JAX as typed", jax_typed, as_typed, "jax"),
    Contestant("PyTorch as typed", torch_typed, as_typed, "torch"),
    Contestant("JAX by an expert", jax_expert, lambda problem, size: problem.expert is not None, "jax"),
]
VALUES = [
    Contestant("generated value", generated_value, lambda problem, size: problem.value is not None),
    Contestant("limit value", limit_value, lambda problem, size: problem.value is not None),
]
TARGETS = [
    Contestant("generated for JAX", generated("jax"), first_order, "jax"),
    Contestant("generated for PyTorch", generated("torch"), first_order, "torch"),
]
