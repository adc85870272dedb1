"""Directional derivatives by means that know no rules of calculus.

Complex step where every operation on the way has an analytic continuation (Squire & Trapp 1998), otherwise a
five-point stencil with an error estimate from a second step size.  Neither touches the book.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.numeric.evaluate import Evaluation

_TINY = 1e-30
_STEP = 1e-3
# f' = sum c f(x + k h) / h, exact for polynomials of degree 4.
_STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))


class Tangents:
    """The derivative of any expression along one direction at one point.

    `direction` maps the names of the moving symbols to arrays.  `error(e)` estimates the error of a stencil, relative
    to the size of the tangent; it is 0 for the complex step.
    """

    def __init__(self, values: Mapping[str, Any], sizes: Mapping[str, int], direction: Mapping[str, Any]) -> None:
        self.values, self.sizes, self.direction = values, sizes, direction
        self._complex = Evaluation(self._moved(1j * _TINY), sizes)
        self._shifted: dict[float, Evaluation] = {}
        self._analytic: dict[Expr, bool] = {}

    def _moved(self, step: complex) -> dict[str, Any]:
        return {n: v + step * self.direction[n] if n in self.direction else v for n, v in self.values.items()}

    def analytic(self, e: Expr) -> bool:
        """Does every operation that the moving symbols pass through continue analytically?"""
        if e not in self._analytic:
            moving: set[int] = set()
            ok = True
            for part in walk(e):
                if (part.op.name == "symbol" and part.name in self.direction) or any(
                    id(a) in moving for a in part.args
                ):
                    moving.add(id(part))
                    ok = ok and part.op.analytic and (part.op.name != "applied" or part.params[0].analytic)
            self._analytic[e] = ok
        return self._analytic[e]

    def __call__(self, e: Expr) -> Any:
        if self.analytic(e):
            value = self._complex(e)
            return value.imag / _TINY if hasattr(value, "imag") else 0.0
        return self._stencil(e, _STEP)

    def stencil(self, e: Expr) -> Any:
        """The five-point stencil, whatever the expression: a second opinion on the complex step."""
        return self._stencil(e, _STEP)

    def error(self, e: Expr) -> float:
        import numpy as np

        if self.analytic(e):
            return 0.0
        fine, coarse = self._stencil(e, _STEP), self._stencil(e, 2 * _STEP)
        return float(np.max(np.abs(fine - coarse)) / 15 / max(1e-3, float(np.max(np.abs(fine)))))

    def _stencil(self, e: Expr, h: float) -> Any:
        total: Any = 0.0
        for k, c in _STENCIL:
            step = round(k * h / _STEP) * _STEP
            if step not in self._shifted:
                self._shifted[step] = Evaluation(self._moved(step), self.sizes)
            total = total + c * self._shifted[step](e)
        return total / h
