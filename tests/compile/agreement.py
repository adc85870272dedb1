"""Generated code beside the evaluator: both at one random point.

Here: what the tests of several targets share.  The evaluator computes an expression node by node and knows nothing of
programs, chains, factorisations or targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matdiff.book.load import book
from matdiff.compile.code import Code, Result, Task, target_named
from matdiff.compile.function import loaded
from matdiff.core.expr import Expr
from matdiff.derivation import Derivation
from matdiff.language.names import canonical
from matdiff.numeric.arrays import callables, outside
from matdiff.numeric.sample import Point, draw_point, symbols_of

TOLERANCE = 1e-8


def arguments(roots: list[Expr], point: Point) -> dict[str, Any]:
    """The values of a point as users give them."""
    out: dict[str, Any] = {}
    for s in symbols_of(*roots):
        value = point.values[s.name]
        out[s.name] = float(value) if s.is_scalar else np.asarray(value).reshape(-1) if s.shape[1].is_one else value
    return out


def worst(wanted: Any, got: Any) -> float:
    """The relative difference; infinite where shapes differ."""
    wanted, got = np.asarray(wanted, dtype=float), np.asarray(got, dtype=float)
    if wanted.shape != got.shape:
        return float("inf")
    finite = np.isfinite(wanted)
    scale = max(1e-3, np.abs(wanted[finite]).max(initial=0.0))
    return float(np.abs(wanted - got)[finite].max(initial=0.0) / scale)


def difference(d: Derivation, seed: int, target: str = "numpy") -> float:
    """Of value and derivative, between generated code and the evaluator."""
    function = d.function_expr if d.first is None else d.first.function_expr
    roots = [function, d.answer]
    point = draw_point(roots, seed, also=[d.variable])
    with np.errstate(all="ignore"):
        wanted = [outside(function, point.evaluation(function))]
        wanted.append(outside(d.answer, point.evaluation(d.answer), flat=not d.is_jacobian))
    run = d.function(target, value=True)
    arrays = arguments([*roots, d.variable], point)
    if target == "numpy":
        arrays |= {canonical(name): point.sizes[name] for name in run.made_by.extra}
    with np.errstate(all="ignore"):
        got = run(**as_given(arrays, target))
    return max(worst(w, g) for w, g in zip(wanted, got))


def as_given(arrays: dict[str, Any], target: str) -> dict[str, Any]:
    if target != "torch":
        return arrays
    import torch

    return {n: torch.tensor(v) if isinstance(v, np.ndarray) else v for n, v in arrays.items()}


def of_expression(e: Expr, point: Point, target: str) -> float:
    """The same for one expression, written for a target."""
    variables = symbols_of(e)
    task = Task("value", [Result("value", e)], variables, book(), (), "value", callables(e))
    code = Code(task, target_named(target))
    arrays: dict[str, Any] = {**arguments([e], point), **{n: point.sizes[n] for n in code.inputs.extra}}
    values = [as_given(arrays, target)[v.name] for v in code.inputs.variables]
    functions = [_stand_in(e, name, target) for name in code.low.functions]
    with np.errstate(all="ignore"):
        got = loaded(code, checked=True)(*values, *functions, *(arrays[n] for n in code.inputs.extra))
        wanted = outside(e, point.evaluation(e))
    return worst(wanted, np.asarray(got))


def _stand_in(e: Expr, name: str, target: str) -> Any:
    """The function of one's own that the evaluator uses where none is given."""
    stem, _, order = name.partition("_")

    def function(x: Any) -> Any:
        value = e.space.functions[stem].value(int(order or 0), np.asarray(x))
        return as_given({"x": np.asarray(value)}, target)["x"]

    return function
