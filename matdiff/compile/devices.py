"""Callables for JAX and PyTorch: the generated function, jitted where that is the custom.

The libraries are optional: they load when a function for them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matdiff.compile.code import Code, Task, target_named
from matdiff.compile.function import loaded, no_value
from matdiff.compile.naming import identifier
from matdiff.compile.variants import Variants
from matdiff.core.expr import Expr
from matdiff.errors import EvaluationError, UnsupportedError
from matdiff.language.names import canonical, pretty


def on_device(task: Task, target: str, variables: Mapping[str, Expr]) -> Callable[..., Any]:
    """A function of arrays by name for `target`.  Raises UnsupportedError where the library is not installed."""
    library = _library(target)

    def load(code: Code, count: int) -> Callable[..., Any]:
        function = loaded(code, count, checked=True)
        if target != "jax":
            return function
        integers = [v.name for v in code.inputs.variables if v.params[1] == "integer"]
        static = [identifier(name) for name in (*integers, *code.low.functions, *code.inputs.extra)]
        return library.jit(function, static_argnames=static)

    return _by_name(Variants(Code(task, target_named(target)), load), variables)


def _by_name(variants: Variants, variables: Mapping[str, Expr]) -> Callable[..., Any]:
    """Arguments under either spelling of their names; those the function does not need are left out."""
    code = variants.code
    names = {v.name: identifier(v.name) for v in code.inputs.variables}
    names |= {name: identifier(name) for name in (*code.low.functions, *code.inputs.extra)}
    known = {**dict.fromkeys(variables, ""), **dict.fromkeys(code.task.functions, ""), **names}

    def call(**arrays: Any) -> Any:
        given = {}
        for key, value in arrays.items():
            name = key if key in known else canonical(key)
            name = name[:-1] if name not in known and name.endswith("_") else name
            if name not in known:
                raise EvaluationError(f"{pretty(name)} is not a variable of this problem")
            if known[name]:
                given[known[name]] = value
        missing = [name for name, spelled in names.items() if spelled not in given]
        if missing:
            raise EvaluationError(f"no value was given for {pretty(missing[0])}")
        try:
            own = {name: _own(value, code) for name, value in given.items()}
            result = _chosen(variants, own)(**own)
        except ValueError as error:
            if "are expected" in str(error):
                raise EvaluationError(str(error)) from None
            raise
        except RuntimeError as error:
            if "linalg" in str(error):
                # PyTorch has no class for this
                raise no_value(error) from None
            raise
        return _in_order(result, code)

    call.__doc__ = variants.general.__doc__
    return call


def _chosen(variants: Variants, given: Mapping[str, Any]) -> Callable[..., Any]:
    """The code for these shapes; for shapes that do not fit the general one, which says so."""
    inputs = variants.code.inputs
    shapes = {v.name: tuple(getattr(given[identifier(v.name)], "shape", ())) for v in inputs.variables}
    try:
        extra = {name: int(given[identifier(name)]) for name in inputs.extra}
        return variants.at(inputs.settled(extra, shapes))
    except (EvaluationError, IndexError, TypeError, ValueError):
        return variants.general


def _in_order(result: Any, code: Code) -> Any:
    """Derivatives by variable in the order asked for: jax.jit sorts what is under names."""
    if not code.task.keys:
        return result
    ordered = {key: (result[-1] if isinstance(result, tuple) else result)[key] for key in code.task.keys}
    return (*result[:-1], ordered) if isinstance(result, tuple) else ordered


def _own(value: Any, code: Code) -> Any:
    """For PyTorch, arrays and lists as tensors, and whole numbers as floating-point ones."""
    if code.target.label != "PyTorch" or callable(value) or isinstance(value, (int, float)):
        return value
    import numpy as np
    import torch

    if not isinstance(value, torch.Tensor):
        return torch.as_tensor(np.array(value, dtype=float))
    return value if value.is_floating_point() else value.to(torch.get_default_dtype())


def _library(target: str) -> Any:
    import importlib

    try:
        return importlib.import_module(target)
    except ImportError:
        raise UnsupportedError(f"{target} is not installed", suggestion=f"pip install 'matdiff[{target}]'") from None
