"""Operations that are only shorthands: their constructors return what they stand for.  Also the cross product."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, square
from matdiff.dimensions import ONE, SCALAR, Dim, Shape
from matdiff.operations.algebra import multiply
from matdiff.operations.shapes import need_vector, shown


def _need_three(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    for s in shapes:
        sizes.equal(s[0], Dim.of(3), "cross needs two vectors of length 3")
        need_vector(sizes, s, "cross")
    return shapes[0]


def _cross_value(x: Any, y: Any) -> Any:
    import numpy as np

    return np.cross(x[:, 0], y[:, 0]).reshape(3, 1)


def _written_out(name: str, doc: str, slots: str, shape: Any, expand: Any, **more: Any) -> Operation:
    """An operation that is only a shorthand: its constructor returns what it stands for."""
    return Operation(
        name, doc, shape, lambda *a: None, tuple(Slot(s) for s in slots.split()),
        build=lambda space, args, params: (shape(STRICT, [a.shape for a in args], params), expand(space, *args))[1],
        **more,
    )  # fmt: skip


def ones(space: Space, n: Dim) -> Expr:
    return space.apply("ones", params=(n, ONE))


def _vector_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "cumsum")
    return shapes[0]


def _dot_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    x, y = shapes
    need_vector(sizes, x, "dot")
    need_vector(sizes, y, "dot")
    sizes.equal(x[0], y[0], "dot needs two vectors of one length")
    return SCALAR


def _quad_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    x, a = shapes
    need_vector(sizes, x, "quad(x, A)")
    n = square(sizes, a, "quad(x, A)")
    sizes.equal(x[0], n, f"quad(x, A) needs a vector as long as A is wide, but A is {shown(sizes, a)}")
    return SCALAR


RECORDS = [
    Operation("cross", "the cross product", _need_three, _cross_value, (Slot("x"), Slot("y")), linear=(0, 1)),
    _written_out("dot", "x'y", "x y", _dot_shape, lambda space, x, y: multiply(space, x.T, y)),
    _written_out("quad", "x'A x", "x A", _quad_shape, lambda space, x, a: multiply(space, x.T, a, x)),
    _written_out("rowsum", "X 1, the row sums as a column", "X", lambda s, a, p: (a[0][0], ONE),
                 lambda space, x: multiply(space, x, ones(space, x.shape[1]))),
    _written_out("colsum", "X'1, the column sums as a column", "X", lambda s, a, p: (a[0][1], ONE),
                 lambda space, x: multiply(space, x.T, ones(space, x.shape[0]))),
    _written_out("cumsum", "the running sums of a vector", "x",
                 _vector_shape,
                 lambda space, x: multiply(
                     space, space.apply("tril", space.apply("ones", params=(x.shape[0], x.shape[0]))), x)),
]  # fmt: skip
