"""Callables made of generated code: arrays by name in, results out.

Here: `NumPyFunction`, which compiles for the sizes it meets, checks what it is given once for each set of shapes, and
turns what is not plain arrays into arrays.  Not here: the code (`code`), other targets (`devices`).
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

from matdiff.compile.code import Code, Task, target_named
from matdiff.compile.naming import identifier
from matdiff.compile.variants import Variants
from matdiff.core.expr import Expr
from matdiff.errors import EvaluationError
from matdiff.language.names import pretty
from matdiff.numeric.arrays import evaluation

# So many sets of shapes are remembered.
_SHAPES = 1000


class _Dot(ast.NodeTransformer):
    """a @ b as a.dot(b), which costs half as much to start; the same for arrays of one and two axes."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        return ast.Call(ast.Attribute(node.left, "dot", ast.Load()), [node.right], [])


def loaded(code: Code, count: int = 0, sparse: bool = False, checked: bool = False) -> Callable[..., Any]:
    """The function of generated code.  `checked`: with the test of shapes; `sparse`: factors of products may be sparse.

    What is executed is the printer's own: names are reduced to identifiers (`naming.identifier`), and the docstring,
    the one place where a user's text is quoted, is left out.
    """
    source = code.module(checked, documented=False)
    where = f"<matdiff {code.task.name} {count or id(code)}>"
    linecache.cache[where] = (len(source), None, source.splitlines(True), where)
    tree = ast.parse(source)
    if not sparse and not checked:
        own = next(part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name == code.task.name)
        ast.fix_missing_locations(_Dot().visit(own))
    namespace: dict[str, Any] = {}
    exec(compile(tree, where, "exec"), namespace)
    function: Callable[..., Any] = namespace[code.task.name]
    function.__doc__ = "\n".join(code.docstring())
    return function


class NumPyFunction:
    """What stands behind a callable for NumPy: code for the sizes it meets, and the way there for unusual arguments.

    `call` is the function to be handed out.  For arguments of kinds and shapes seen before it only looks up the code
    made for them; everything else goes through `_slow`, which looks at names, kinds and shapes.
    """

    def __init__(self, task: Task, variables: Mapping[str, Expr], code: Code | None = None) -> None:
        self.task, self.variables = task, variables
        self.code = code or Code(task, target_named("numpy"))
        inputs = self.code.inputs
        self.names = [v.name for v in inputs.variables]
        self.functions = list(self.code.low.functions)
        self.extra = inputs.extra
        self._ranks = [sum(not d.is_one for d in v.shape) for v in inputs.variables]
        self._variants = Variants(self.code, loaded)
        self._sparse: Callable[..., Any] | None = None
        self.seen: dict[Any, Callable[..., Any]] = {}
        self.call = self._dispatcher()

    def _dispatcher(self) -> Callable[..., Any]:
        """A function of the arguments by name that costs as little as possible where nothing is new.

        Its source is made of the identifiers of the variables alone.
        """
        import numpy as np

        names = [identifier(name) for name in self.names]
        parts = [
            f"{x}.__class__, {x}.shape, {x}.dtype.char" if rank else f"{x}.__class__"
            for x, rank in zip(names, self._ranks)
        ]
        given = ", ".join(f"{name!r}: {x}" for name, x in zip(self.names, names))
        source = (
            f"def {self.task.name}({'*, ' if names else ''}{''.join(f'{x}=None, ' for x in names)}**_more):\n"
            "    try:\n"
            f"        _run = _seen[{', '.join(parts)}{', ' if parts else '()'}]\n"
            "    except (KeyError, AttributeError, TypeError):\n"
            "        _run = None\n"
            "    if _run is None or _more:\n"
            f"        return _slow({{{given}}}, _more)\n"
            "    try:\n"
            f"        return _run({', '.join(names)})\n"
            "    except _errors as _error:\n"
            "        raise _no_value(_error) from None\n"
        )
        errors = (np.linalg.LinAlgError, IndexError, ZeroDivisionError, OverflowError)
        namespace: dict[str, Any] = {"_seen": self.seen, "_slow": self._slow, "_errors": errors, "_no_value": no_value}
        exec(compile(source, f"<matdiff {self.task.name}>", "exec"), namespace)
        call: Callable[..., Any] = namespace[self.task.name]
        call.__doc__ = "\n".join(self.code.docstring())
        call.made_by = self  # type: ignore[attr-defined]
        return call

    def _slow(self, named: Mapping[str, Any], more: Mapping[str, Any]) -> Any:
        """Everything is looked at: names, kinds, shapes."""
        import numpy as np

        arrays = {**{name: value for name, value in named.items() if value is not None}, **more}
        inputs = self.code.inputs
        given = {name: self._size(name, arrays) for name in self.extra}
        arrays = {name: value for name, value in arrays.items() if name not in given}
        sparse = {n: v for n, v in arrays.items() if hasattr(v, "tocsr") and n in inputs.multiplied_only}
        dense = {n: v.toarray() if hasattr(v, "tocsr") and n not in sparse else v for n, v in arrays.items()}
        stand_ins = {n: np.broadcast_to(np.zeros((), v.dtype), v.shape) for n, v in sparse.items()}
        functions = dict.fromkeys(self.task.functions, False) | dict.fromkeys(self.functions, True)
        at = evaluation(self.variables, {**dense, **stand_ins}, inputs.needed, functions)
        plain = {v.name: at.values[v.name] for v in inputs.variables if v.name in at.values}
        plain = {n: x.reshape(-1) if rank == 1 else x for (n, x), rank in self._with_ranks(plain)} | sparse
        sizes = inputs.settled({**at.sizes, **given}, {n: np.shape(x) for n, x in plain.items() if n not in sparse})
        values = [plain[v.name] if v.name in plain else self._absent(v, sizes) for v in inputs.variables]
        self._demands(sizes)
        for e in self.task.exponents:
            if e.free <= set(at.values) and ((k := at(e)) != round(k) or k < 0):
                raise EvaluationError(f"a matrix is raised to whole numbers that are not negative, not to {k:g}")
        if sparse:
            run = self._sparse = self._sparse or loaded(self.code, sparse=True)
        else:
            run = self._variants.at(sizes)
            self._remember(arrays, run)
        try:
            return run(*values, *(at.values[name] for name in self.functions), *given.values())
        except (np.linalg.LinAlgError, IndexError, ZeroDivisionError, OverflowError) as error:
            raise no_value(error) from None

    def _with_ranks(self, plain: Mapping[str, Any]) -> list[tuple[tuple[str, Any], int]]:
        ranks = dict(zip(self.names, self._ranks))
        return [((name, value), ranks[name]) for name, value in plain.items()]

    def _remember(self, arrays: Mapping[str, Any], run: Callable[..., Any]) -> None:
        """Arguments of these kinds and shapes can be given to the code as they are."""
        import numpy as np

        key: list[Any] = []
        for name, rank in zip(self.names, self._ranks):
            value = arrays.get(name)
            if rank == 0 and isinstance(value, float):
                key.append(value.__class__)
            elif rank and type(value) is np.ndarray and value.dtype == np.float64 and value.ndim == rank:
                key += [value.__class__, value.shape, value.dtype.char]
            else:
                return
        if not self.functions and not self.extra and not self.task.exponents:
            if len(self.seen) >= _SHAPES:
                self.seen.clear()
            self.seen[tuple(key)] = run

    def _size(self, name: str, arrays: Mapping[str, Any]) -> int:
        value = arrays.get(name)
        if not isinstance(value, Integral) or value < 0:
            raise EvaluationError(
                f"the size {name} does not follow from the shapes of the arrays: give it as a whole number",
                suggestion=f"{name}=3",
            )
        return int(value)

    def _absent(self, v: Expr, sizes: Mapping[str, int]) -> Any:
        """What is not needed stands there for its shape only."""
        import numpy as np

        wanted = [self.code.inputs.rewritten(d) for d in v.shape if not d.is_one]
        if not all(d.names <= set(sizes) for d in wanted):
            raise EvaluationError(f"no value was given for {pretty(v.name)}")
        shape = tuple(d.value(sizes) for d in wanted)
        return np.broadcast_to(0.0, shape) if shape else 0.0

    def _demands(self, sizes: Mapping[str, int]) -> None:
        for pair in self.code.inputs.demands:
            size, least = (self.code.inputs.rewritten(d).value(sizes) for d in pair)
            if size < least:
                said = f"{pair[0]} must be at least {pair[1]}, and {size} is less than {least}"
                raise EvaluationError(f"the expression has no value at these arrays: {said}")


def no_value(error: Exception) -> EvaluationError:
    return EvaluationError(f"the expression has no value at these arrays: {error}")
