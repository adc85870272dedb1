"""Derivatives as expressions, ∂f/∂X and ∂²f/∂x∂y': what people write in the lines of a derivation.

Here: their shapes.  Their values are found numerically by `review.values`; no rule mentions them, so that they can
judge what the rules say.
"""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import STRICT, Operation, Sizes, Slot
from matdiff.dimensions import Shape


def derivative_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    """A number's derivative has the shape of the variable; of a column, a row for each entry; else vec by vec."""
    (rows, cols), (p, q) = shapes
    if sizes.is_one(rows) and sizes.is_one(cols):
        return p, q
    if sizes.is_one(cols) and (sizes.is_one(p) or sizes.is_one(q)):
        return rows, p * q
    if sizes.is_one(rows) and sizes.is_one(q):
        # ∂y'/∂x, the other layout
        return p, cols
    return rows * cols, p * q


def hessian_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    _, (m, n), (p, q) = shapes
    return m * n, p * q


def _nowhere(*_: Any) -> Any:
    raise AssertionError("derivatives have values in a derivation only")


def _build_derivative(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """∂/∂y' of the gradient of f in a column x is ∂²f/∂x∂y'."""
    inner, y = args
    body = inner.args[0] if inner.op.name == "definition" else inner
    if body.op.name == "derivative" and body.args[0].is_scalar and body.args[1].shape[1].is_one:
        return space.apply("hessian", *body.args, y)
    shape = derivative_shape(STRICT, [a.shape for a in args], params)
    return space.node(space.operations["derivative"], args, params, shape)


RECORDS = [
    Operation(
        "derivative", "the derivative of F in X", derivative_shape, _nowhere, (Slot("F"), Slot("X")), callable=False,
        build=_build_derivative, analytic=False, cite="magnus2019, ch. 5",
    ),
    Operation(
        "hessian", "the second derivative of f in X and Y", hessian_shape, _nowhere,
        (Slot("f"), Slot("X"), Slot("Y")), callable=False, analytic=False, cite="magnus2019, ch. 6",
    ),
]  # fmt: skip
