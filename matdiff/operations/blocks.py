"""Block matrices: side by side, on top of each other, along the diagonal; cutting a block out and putting it back."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import STRICT, Build, Operation, Sizes, Slot, Value
from matdiff.dimensions import ONE, Dim, Shape
from matdiff.operations.algebra import multiply, plain
from matdiff.operations.leaves import number_of
from matdiff.operations.transposes import of_transposed_arguments


def _hcat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    cols = shapes[0][1]
    for s in shapes[1:]:
        sizes.equal(shapes[0][0], s[0], "blocks side by side need the same number of rows")
        cols = cols + s[1]
    return shapes[0][0], cols


def _vcat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows = shapes[0][0]
    for s in shapes[1:]:
        sizes.equal(shapes[0][1], s[1], "blocks on top of each other need the same number of columns")
        rows = rows + s[0]
    return rows, shapes[0][1]


def _blkdiag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows, cols = shapes[0]
    for s in shapes[1:]:
        rows, cols = rows + s[0], cols + s[1]
    return rows, cols


def _flat(name: str) -> Build:
    """Nested blocks of one direction are one; no scalar factor leaves (it would have to be common)."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        op = space.operations[name]
        flat = tuple(part for a in args for part in (a.args if a.op is op else (a,)))
        if len(flat) == 1:
            return flat[0]
        shape = op.shape(STRICT, [a.shape for a in flat], params)
        if all(a.op.name == "zeros" or number_of(a) == 0 for a in flat):
            return space.apply("zeros", params=shape)
        return space.node(op, flat, params, shape)

    return build


def _stack(function: str) -> Value:
    def value(*blocks: Any) -> Any:
        import numpy as np

        return getattr(np, function)([np.reshape(b, (1, 1)) if np.ndim(b) == 0 else b for b in blocks])

    return value


def _blkdiag_value(*blocks: Any) -> Any:
    import scipy.linalg

    return scipy.linalg.block_diag(*blocks)


def _slice_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    first, last, left, right = params
    return last - first + ONE, right - left + ONE


def _slice_value(a: Any, first: int, last: int, left: int, right: int) -> Any:
    rows, cols = a.shape
    if not (1 <= first <= last <= rows and 1 <= left <= right <= cols):
        # NumPy would silently leave out what is beyond the end.
        raise IndexError(f"entries [{first}:{last}, {left}:{right}] of a {rows} × {cols} matrix")
    return a[first - 1 : last, left - 1 : right]


def _build_slice(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if params == (ONE, e.shape[0], ONE, e.shape[1]):
        return e
    if e.op.name == "transpose" and params[0] == params[1] and params[2] == params[3]:
        # an entry of b' is one of b
        return _build_slice(space, e.args, params[2:] + params[:2])
    if e.op.name == "slice":
        # A block of a block: positions add up.
        top, _, left, _ = e.params
        first, last, start, end = params
        params = (top + first - ONE, top + last - ONE, left + start - ONE, left + end - ONE)
        return _build_slice(space, e.args, params)
    if e.op.name == "identity":
        first, last, left, right = params
        if left == right and (first, last) == (ONE, e.shape[0]):
            return space.apply("unit", params=(left, e.shape[0]))
        if first == last and (left, right) == (ONE, e.shape[1]):
            return space.apply("unit", params=(first, e.shape[0])).T
        if (first, last) == (left, right):
            return space.apply("identity", params=(last - first + ONE,))
        if _is_before(last, left) or _is_before(right, first):
            return space.apply("zeros", params=(last - first + ONE, right - left + ONE))
    return plain(space, space.operations["slice"], args, params)


def _is_before(a: Dim, b: Dim) -> bool:
    """Is position a certainly before position b?"""
    gap = (b - a).literal
    return gap is not None and gap > 0


def _place_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return params[2], params[3]


def _place_value(a: Any, first: int, left: int, rows: int, cols: int) -> Any:
    import numpy as np

    a = np.reshape(a, (1, 1)) if np.ndim(a) == 0 else a
    out = np.zeros((rows, cols), dtype=a.dtype)
    out[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]] = a
    return out


def _build_place(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """A whole row or column, or a single entry, among zeros is a product with unit vectors."""
    (e,), (first, left, m, n) = args, params
    if e.shape == (m, n):
        return e
    below = space.apply("unit", params=(first, m)) if not m.is_one else space.number(1)
    beside = space.apply("unit", params=(left, n)).T if not n.is_one else space.number(1)
    if e.is_scalar:
        return multiply(space, e, below, beside)
    if e.shape == (ONE, n):
        return multiply(space, below, e)
    if e.shape == (m, ONE):
        return multiply(space, e, beside)
    return plain(space, space.operations["place"], args, params)


RECORDS = [
    Operation("hcat", "blocks side by side", _hcat_shape, _stack("hstack"), variadic=True, build=_flat("hcat"),
              transposed=lambda e: e.space.apply("vcat", *(a.T for a in e.args))),
    Operation("vcat", "blocks on top of each other", _vcat_shape, _stack("vstack"), variadic=True,
              build=_flat("vcat"), transposed=lambda e: e.space.apply("hcat", *(a.T for a in e.args))),
    Operation("blkdiag", "the block diagonal matrix", _blkdiag_shape, _blkdiag_value, variadic=True,
              build=_flat("blkdiag"), transposed=of_transposed_arguments),
    Operation("slice", "a block of rows and columns, counted from 1", _slice_shape, _slice_value,
              (Slot("X"), *(Slot(s, "dim") for s in ("first", "last", "left", "right"))), callable=False,
              linear=(0,), build=_build_slice,
              transposed=lambda e: e.space.apply("slice", e.args[0].T, params=e.params[2:] + e.params[:2])),
    Operation("place", "X at row first, column left of an m x n matrix of zeros", _place_shape, _place_value,
              (Slot("X"), *(Slot(s, "dim") for s in ("first", "left", "m", "n"))), linear=(0,), build=_build_place,
              transposed=lambda e: e.space.apply(
                  "place", e.args[0].T, params=(e.params[1], e.params[0], e.params[3], e.params[2]))),
]  # fmt: skip
