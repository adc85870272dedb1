"""Callables made of generated code: arrays by name in, results out.

Here: `NumPyFunction`, which compiles for the sizes it meets, checks what it is given once for each set of shapes, and
turns what is not plain arrays into arrays.  Not here: the code (`code`), other targets (`devices`).
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from typing import Any

from matdiff.compile.code import Code, Task, target_named
from matdiff.core.expr import Expr
from matdiff.errors import EvaluationError
from matdiff.numeric.arrays import evaluation

# So many variants for different sizes are kept; after that the general one is used.
_VARIANTS = 32


def loaded(code: Code, checked: bool, count: int = 0) -> Callable[..., Any]:
    """The function of generated code.

    What is executed is the printer's own: names are reduced to identifiers (`schedule.identifier`), and the docstring,
    the one place where a user's text is quoted, is left out.
    """
    source = code.module(checked, documented=False)
    where = f"<matdiff {code.task.name} {count or id(code)}>"
    linecache.cache[where] = (len(source), None, source.splitlines(True), where)
    namespace: dict[str, Any] = {}
    exec(compile(source, where, "exec"), namespace)
    function: Callable[..., Any] = namespace[code.task.name]
    function.__doc__ = "\n".join(code.docstring())
    return function


class NumPyFunction:
    """A derivative, or a function and its derivative, of arrays given by variable name.

    Vectors are (n,), matrices (m, n), scalars floats; a matrix that only multiplies may be a scipy.sparse one.  The
    order of products is chosen for the sizes of the arrays.  Raises EvaluationError for arrays that do not fit and
    where there is no value.
    """

    def __init__(self, task: Task, variables: Mapping[str, Expr]) -> None:
        self.task, self.variables = task, variables
        self.code = Code(task, target_named("numpy"))
        inputs = self.code.inputs
        self.names = [v.name for v in inputs.variables]
        self.functions = list(self.code.low.functions)
        self.extra = inputs.extra
        self._ranks = [sum(not d.is_one for d in v.shape) for v in inputs.variables]
        self._general = loaded(self.code, checked=False)
        self._by_shape: dict[Any, Callable[..., Any]] = {}
        self._by_size: dict[Any, Callable[..., Any]] = {}

    def __call__(self, **arrays: Any) -> Any:
        names = self.names
        if len(arrays) == len(names) and not self.functions and not self.extra:
            try:
                values = [arrays[name] for name in names]
                shapes = tuple([v.shape if v.__class__ is not float else () for v in values])
                run = self._by_shape.get(shapes)
            except (KeyError, AttributeError, TypeError):
                run = None
            if run is not None and _plain(values, self._ranks):
                return self._run(run, values)
        return self._slow(arrays)

    def _run(self, run: Callable[..., Any], values: list[Any]) -> Any:
        import numpy as np

        try:
            return run(*values)
        except (np.linalg.LinAlgError, IndexError, ZeroDivisionError, OverflowError) as error:
            raise EvaluationError(f"the expression has no value at these arrays: {error}") from None

    def _slow(self, arrays: Mapping[str, Any]) -> Any:
        """Everything is looked at: names, kinds, shapes."""
        import numpy as np

        inputs = self.code.inputs
        given = {name: self._size(name, arrays) for name in self.extra}
        arrays = {name: value for name, value in arrays.items() if name not in given}
        sparse = {n: v for n, v in arrays.items() if hasattr(v, "tocsr") and n in inputs.multiplied_only}
        dense = {n: v.toarray() if hasattr(v, "tocsr") and n not in sparse else v for n, v in arrays.items()}
        stand_ins = {n: np.broadcast_to(0.0, v.shape) for n, v in sparse.items()}
        functions = dict.fromkeys(self.task.functions, False) | dict.fromkeys(self.functions, True)
        at = evaluation(self.variables, {**dense, **stand_ins}, inputs.needed, functions)
        values = []
        for v, rank in zip(inputs.variables, self._ranks):
            if v.name in sparse:
                values.append(sparse[v.name])
            elif v.name in at.values:
                value = at.values[v.name]
                values.append(value.reshape(-1) if rank == 1 else value)
            else:
                values.append(self._absent(v, at.sizes))
        at.sizes.update(given)
        self._demands(at.sizes)
        run = self._variant(at.sizes)
        if not self.functions and not self.extra:
            self._by_shape[tuple(np.shape(v) if not hasattr(v, "tocsr") else v.shape for v in values)] = run
        return self._run(run, [*values, *(at.values[name] for name in self.functions), *given.values()])

    def _size(self, name: str, arrays: Mapping[str, Any]) -> int:
        value = arrays.get(name)
        if not isinstance(value, int):
            raise EvaluationError(
                f"the size {name} does not follow from the shapes of the arrays: give it as a number",
                suggestion=f"{name}=3",
            )
        return value

    def _absent(self, v: Expr, sizes: Mapping[str, int]) -> Any:
        """What is not needed stands there for its shape only."""
        import numpy as np

        shape = tuple(d.value(sizes) for d in v.shape if not d.is_one)
        return np.broadcast_to(0.0, shape) if shape else 0.0

    def _demands(self, sizes: Mapping[str, int]) -> None:
        for size, least in self.code.inputs.demands:
            if size.value(sizes) < least.value(sizes):
                raise EvaluationError(
                    f"the expression has no value at these arrays: entry {least} of {size.value(sizes)}"
                )

    def _variant(self, sizes: Mapping[str, int]) -> Callable[..., Any]:
        """The code for sizes like these; one variant serves all sizes with as many binary digits."""
        if len(sizes) < 2:
            return self._general
        key = tuple((name, size.bit_length()) for name, size in sorted(sizes.items()))
        found = self._by_size.get(key)
        if found is None:
            if len(self._by_size) >= _VARIANTS:
                return self._general
            code = Code(self.task, self.code.target, sizes)
            same = code.body() == self.code.body()
            found = self._by_size[key] = self._general if same else loaded(code, False, len(self._by_size) + 1)
        return found


def _plain(values: list[Any], ranks: list[int]) -> bool:
    """Are these float64 arrays of the right number of axes, and floats?"""
    for value, rank in zip(values, ranks):
        if rank == 0:
            if value.__class__ is not float:
                return False
        elif value.dtype != "float64":
            return False
    return True
