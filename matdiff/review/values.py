"""Values of what stands in the lines of a derivation: also ∂f/∂X and ∂²f/∂x∂y', found without any rule.

Here: an evaluation that differentiates numerically, direction by direction.  Not here: ordinary values and `d(...)`
(`numeric`), and what is concluded from them (`judge`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matdiff.core.expr import Expr, rebuild
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.sample import Point, project
from matdiff.numeric.tangent import Tangents

# A stencil of complex steps, for second derivatives.
_STEP = 1e-4
_SECOND = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
_OWN = "independent of what it was defined by: {0}"


class LineValues(Evaluation):
    """Values at a point; `point.tangents` answers for differentials."""

    def __init__(self, point: Point) -> None:
        super().__init__(point.values, point.sizes, tangent=point.tangents)
        self.point = point

    def _value(self, e: Expr) -> Any:
        if e.op.name == "derivative":
            return derivative(e.args[0], e.args[1], self.values, self.sizes, e)
        if e.op.name == "hessian":
            return hessian(e.args[0], e.args[1], e.args[2], self.values, self.sizes)
        return super()._value(e)


def derivative(f: Expr, x: Expr, values: Mapping[str, Any], sizes: Mapping[str, int], node: Expr) -> Any:
    """∂f/∂x in the shape of `node`: the gradient of a number, the Jacobian of anything else."""
    import numpy as np

    f, symbol, values = _independent(f, x, values, sizes)
    j = jacobian(f, symbol, values, sizes)
    shape = tuple(d.value(sizes) for d in node.shape)
    if f.is_scalar:
        own = np.shape(np.atleast_2d(values[symbol.name]))
        g = j.reshape(own, order="F")
        g = g.T if x.op.name == "transpose" else g
        return g[0, 0] if node.is_scalar else g.reshape(shape)
    column = f.shape[1].is_one
    out = j if column or shape == j.shape else j.T
    return out.reshape(shape) if out.shape != shape else out


def _independent(
    f: Expr, x: Expr, values: Mapping[str, Any], sizes: Mapping[str, int]
) -> tuple[Expr, Expr, dict[str, Any]]:
    """The function, the variable, and values: a defined name is a variable of its own here."""
    x = x.args[0] if x.op.name == "transpose" else x
    if x.op.name == "symbol":
        return f, x, dict(values)
    if x.op.name != "definition":
        raise OutOfDomain("a derivative in something that is no name")
    own = f.space.symbol(_OWN.format(x.name), x.shape, "matrix", x.params[1])
    f = rebuild(f, lambda e: own if e is x else None)
    return f, own, {**values, own.name: Evaluation(values, sizes)(x)}


def jacobian(f: Expr, x: Expr, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """∂vec(f)/∂vec(x)', restricted to the directions x may take; a row for a number."""
    import numpy as np

    columns = []
    for direction in _directions(x, values[x.name]):
        tangents = Tangents(values, sizes, {x.name: direction})
        if not tangents.analytic(f) and tangents.error(f) > 1e-6:
            raise OutOfDomain("the stencil is not accurate here")
        columns.append(np.real(np.asarray(tangents(f), dtype=complex)).reshape(-1, order="F"))
    out = np.array(columns).T
    return out.reshape(-1, len(columns))


def _directions(x: Expr, value: Any) -> list[Any]:
    """Unit directions, each projected on those that are allowed: their images are the columns of J P."""
    import numpy as np

    if x.is_scalar:
        return [1.0]
    out = []
    rows, cols = np.shape(value)
    for j in range(cols):
        for i in range(rows):
            unit = np.zeros((rows, cols))
            unit[i, j] = 1.0
            out.append(project(x.params[2], unit))
    return out


def hessian(f: Expr, x: Expr, y: Expr, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """∂²f/∂vec(x)∂vec(y)': a stencil along y of the gradient in x."""
    import numpy as np

    f, x, values = _independent(f, x, values, sizes)
    y = y.args[0] if y.op.name == "transpose" else y
    if y.op.name != "symbol":
        raise OutOfDomain("a second derivative in something that is no variable")
    columns = []
    for direction in _directions(y, values[y.name]):
        total: Any = 0.0
        for k, c in _SECOND:
            moved = {**values, y.name: values[y.name] + k * _STEP * direction}
            total = total + c * jacobian(f, x, moved, sizes)
        columns.append((total / _STEP).reshape(-1))
    out = np.array(columns).T
    return out[0, 0] if out.size == 1 else out
