"""Callables for JAX and PyTorch: the generated function, jitted where that is the custom.

The libraries are optional: they load when a function for them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matdiff.compile.code import Code, Task, target_named
from matdiff.compile.function import loaded
from matdiff.compile.naming import identifier
from matdiff.core.expr import Expr
from matdiff.errors import EvaluationError, UnsupportedError
from matdiff.language.names import canonical, pretty


def on_device(task: Task, target: str, variables: Mapping[str, Expr]) -> Callable[..., Any]:
    """A function of arrays by name for `target`.  Raises UnsupportedError where the library is not installed."""
    library = _library(target)
    code = Code(task, target_named(target))
    function = loaded(code, checked=True)
    integers = [v.name for v in code.inputs.variables if v.params[1] == "integer"]
    if target == "jax":
        static = [identifier(name) for name in (*integers, *code.low.functions, *code.inputs.extra)]
        function = library.jit(function, static_argnames=static)
    return _by_name(function, code, variables)


def _by_name(function: Callable[..., Any], code: Code, variables: Mapping[str, Expr]) -> Callable[..., Any]:
    """Arguments under either spelling of their names; those the function does not need are left out."""
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
            return function(**{name: _own(value, code) for name, value in given.items()})
        except ValueError as error:
            if "are expected" in str(error):
                raise EvaluationError(str(error)) from None
            raise

    call.__doc__ = function.__doc__
    return call


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
