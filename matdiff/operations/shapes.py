"""Demands on shapes that several operations share."""

from __future__ import annotations

from typing import Any

from matdiff.core.operation import ShapeRule, Sizes, square
from matdiff.dimensions import ONE, SCALAR, Shape, shape_text


def same_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    first = shapes[0]
    for other in shapes[1:]:
        for a, b in zip(first, other):
            left, right = (shape_text((sizes.resolve(s[0]), sizes.resolve(s[1]))) for s in (first, other))
            sizes.equal(a, b, f"cannot add {left} and {right}")
    return first


def is_scalar_shape(sizes: Sizes, shape: Shape) -> bool:
    return sizes.is_one(shape[0]) and sizes.is_one(shape[1])


def broadcast_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    base, exponent = shapes
    if is_scalar_shape(sizes, exponent):
        return base
    if is_scalar_shape(sizes, base):
        return exponent
    return same_shape(sizes, shapes, params)


def shown(sizes: Sizes, shape: Shape) -> str:
    return shape_text((sizes.resolve(shape[0]), sizes.resolve(shape[1])))


def need_vector(sizes: Sizes, shape: Shape, what: str) -> None:
    shown = shape_text((sizes.resolve(shape[0]), sizes.resolve(shape[1])))
    sizes.equal(shape[1], ONE, f"{what} needs a vector, but its argument is {shown}")


def same_square(what: str) -> ShapeRule:
    def shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
        square(sizes, shapes[0], what)
        return shapes[0]

    return shape


def scalar_result(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return SCALAR
