"""Rearrangements: vec and mat, diagonals, triangles, blocks, partial traces, and the Kronecker decompositions.

Vectorisation is column-major throughout: vec stacks the columns (Magnus & Neudecker, ch. 2, sec. 4).
"""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, fact
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, Value, square
from matdiff.dimensions import ONE, Shape
from matdiff.operations.algebra import multiply, plain, scalar_part
from matdiff.operations.inference import every_argument_nonnegative
from matdiff.operations.leaves import half_vec_size
from matdiff.operations.shapes import need_vector, shown
from matdiff.operations.shorthands import ones
from matdiff.operations.transposes import upright


def _vec_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return shapes[0][0] * shapes[0][1], ONE


def _build_vec(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.shape[1].is_one:
        return e
    if e.shape[0].is_one:
        return e.T
    if e.op.name == "mat":
        return e.args[0]
    return plain(space, space.operations["vec"], args, params)


def _vec_value(a: Any) -> Any:
    return a.reshape(-1, 1, order="F")


def _mat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "mat(x, m, n)")
    sizes.equal(
        shapes[0][0], params[0] * params[1], f"mat(x, m, n) needs m n entries, but x is {shown(sizes, shapes[0])}"
    )
    return params[0], params[1]


def _build_mat(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    _mat_shape(STRICT, (e.shape,), params)
    if params[1].is_one:
        return e
    if params[0].is_one:
        return e.T
    scalar, inner = scalar_part(e)
    if inner.op.name == "vec" and inner.args[0].shape == params:
        return multiply(space, scalar, inner.args[0])
    return plain(space, space.operations["mat"], args, params)


def _mat_value(x: Any, m: int, n: int) -> Any:
    return x.reshape(m, n, order="F")


def _reshape_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (m, n), (p, q) = shapes[0], params
    sizes.equal(m * n, p * q, f"reshape keeps the number of entries, but X is {shown(sizes, shapes[0])}")
    return p, q


def _vech_value(a: Any) -> Any:
    import numpy as np

    n = a.shape[0]
    return np.array([[a[i, j]] for j in range(n) for i in range(j, n)])


def _diag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows, cols = shapes[0]
    if sizes.is_one(cols):
        return rows, rows
    return square(sizes, shapes[0], "diag"), ONE


def _build_diag(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.shape[1].is_one:
        return space.apply("Diag", e)
    square(STRICT, e.shape, "diag")
    scalar, matrix = scalar_part(e)
    if matrix.op.name == "identity":
        return multiply(space, scalar, ones(space, e.shape[0]))
    if matrix.op.name == "zeros":
        return space.apply("zeros", params=(e.shape[0], ONE))
    # A matrix and its transpose have one diagonal.
    key = min(id(matrix), id(matrix.T))
    node = space.node(space.operations["diag"], (upright(matrix),), (), (e.shape[0], ONE), key)
    return multiply(space, scalar, node)


def _build_Diag(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.is_scalar:
        return e
    if e.op.name == "ones":
        return space.apply("identity", params=(e.shape[0],))
    return plain(space, space.operations["Diag"], args, params)


def _Diag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "Diag")
    return shapes[0][0], shapes[0][0]


def _diag_value(a: Any) -> Any:
    return a.diagonal().reshape(-1, 1)


def _Diag_value(x: Any) -> Any:
    import numpy as np

    return np.diag(x[:, 0])


def _triangle(name: str) -> Value:
    def value(a: Any) -> Any:
        import numpy as np

        if name == "lowerhalf":
            return np.tril(a, -1) + np.diag(np.diag(a)) / 2
        return getattr(np, name)(a)

    return value


RECORDS = [
    Operation("vec", "the columns stacked", _vec_shape, _vec_value, linear=(0,), build=_build_vec,
              facts={"positive": lambda e: fact(e.args[0], "positive")}, cite="magnus2019, ch. 2, sec. 4"),
    Operation("mat", "the m x n matrix with vec(mat(x)) = x", _mat_shape, _mat_value,
              (Slot("x"), Slot("m", "dim"), Slot("n", "dim")), linear=(0,), build=_build_mat),
    Operation("reshape", "mat(vec(X), m, n)", _reshape_shape, lambda *a: None,
              (Slot("X"), Slot("m", "dim"), Slot("n", "dim")),
              build=lambda space, args, params: space.apply("mat", space.apply("vec", args[0]), params=params)),
    Operation("vech", "the lower triangle stacked by columns",
              lambda s, a, p: (half_vec_size(s, square(s, a[0], "vech")), ONE), _vech_value, linear=(0,)),
    Operation("diag", "the diagonal of a matrix; the diagonal matrix of a vector", _diag_shape, _diag_value,
              linear=(0,), build=_build_diag),
    Operation("Diag", "the diagonal matrix of a vector", _Diag_shape, _Diag_value, linear=(0,), build=_build_Diag,
              transposed=lambda e: e,
              facts={"diagonal": lambda e: TRUE, "lower": lambda e: TRUE, "upper": lambda e: TRUE,
                     "spd": lambda e: fact(e.args[0], "positive"), "psd": every_argument_nonnegative,
                     "invertible": lambda e: fact(e.args[0], "positive")}),
    Operation("tril", "the lower triangle, zeros above", lambda s, a, p: a[0], _triangle("tril"), linear=(0,),
              transposed=lambda e: e.space.apply("triu", e.args[0].T), facts={"lower": lambda e: TRUE}),
    Operation("triu", "the upper triangle, zeros below", lambda s, a, p: a[0], _triangle("triu"), linear=(0,),
              transposed=lambda e: e.space.apply("tril", e.args[0].T), facts={"upper": lambda e: TRUE}),
    Operation("lowerhalf", "the lower triangle with the diagonal halved",
              lambda s, a, p: (square(s, a[0], "lowerhalf"), a[0])[1],
              _triangle("lowerhalf"), linear=(0,), facts={"lower": lambda e: TRUE}),
]  # fmt: skip
