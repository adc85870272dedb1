"""Functions that gather all entries: sum, mean, product, extremes, softmax, logsumexp."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, fact
from matdiff.core.operation import Build, Operation, Sizes, Slot, Value
from matdiff.dimensions import ONE, SCALAR, Shape
from matdiff.operations.algebra import multiply, plain, scalar_part
from matdiff.operations.domains import clear_winner
from matdiff.operations.elementwise import real_part
from matdiff.operations.inference import every_argument_nonnegative
from matdiff.operations.powers import power
from matdiff.operations.shapes import need_vector, scalar_result
from matdiff.operations.transposes import upright


def _shifted_exp(a: Any, side: int) -> tuple[Any, Any]:
    import numpy as np

    axis = {0: None, 1: 0, 2: 1}[side]
    a = np.atleast_2d(a)  # a vector with one entry arrives as a number
    top = real_part(a).max(axis=axis, keepdims=True)
    return np.exp(a - top), top


def _softmax_value(a: Any, side: int) -> Any:
    axis = {0: None, 1: 0, 2: 1}[side]
    e, _ = _shifted_exp(a, side)
    return e / e.sum(axis=axis, keepdims=True)


def _logsumexp_value(a: Any, side: int) -> Any:
    import numpy as np

    axis = {0: None, 1: 0, 2: 1}[side]
    e, top = _shifted_exp(a, side)
    out = np.log(e.sum(axis=axis, keepdims=True)) + top
    return out.reshape(-1, 1) if side else out.item()


def _softmax_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    if params[0] == 0:
        need_vector(sizes, shapes[0], "softmax of a matrix needs a direction, softmax(X, 1) or softmax(X, 2);")
    return shapes[0]


def _logsumexp_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    if params[0] == 0:
        return SCALAR
    return (shapes[0][1], ONE) if params[0] == 1 else (shapes[0][0], ONE)


def _build_logsumexp(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    """Over all entries of a matrix it is that of their vector; of a number, the number."""
    (e,) = args
    if params[0] == 0 and not e.shape[1].is_one:
        return space.apply("logsumexp", space.apply("vec", e), params=params)
    return e if e.is_scalar else plain(space, space.operations["logsumexp"], args, params)


_SIDE = Slot("side", "int", (0, 1, 2), 0)


def _build_mean(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    count = space.apply("dimension", params=(e.shape[0] * e.shape[1],))
    return multiply(space, power(space, count, space.number(-1)), space.apply("entrysum", e))


def _build_entrysum(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.is_scalar:
        return e
    scalar, matrix = scalar_part(e)
    if matrix.op.name == "zeros":
        return space.number(0)
    if matrix.op.name == "vec":
        matrix = matrix.args[0]
    if matrix.op.name == "ones":
        node = space.apply("dimension", params=(e.shape[0] * e.shape[1],))
    else:
        key = min(id(matrix), id(matrix.T))
        node = space.node(space.operations["entrysum"], (upright(matrix),), (), SCALAR, key)
    return multiply(space, scalar, node)


def _scalar_is_itself(name: str) -> Build:
    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        return args[0] if args[0].is_scalar else plain(space, space.operations[name], args, params)

    return build


def _extreme_value(pick: str) -> Value:
    def value(a: Any) -> Any:
        flat = a.ravel()
        return flat[getattr(real_part(flat), pick)()]

    return value


def _extreme_mask(pick: str) -> Value:
    def value(a: Any) -> Any:
        import numpy as np

        out = np.zeros(a.shape)
        out.ravel()[getattr(real_part(np.ascontiguousarray(a)).ravel(), pick)()] = 1.0
        return out

    return value


def _total(a: Any) -> Any:
    return a.sum() if hasattr(a, "sum") else a


def _product_of_entries(a: Any) -> Any:
    return a.prod() if hasattr(a, "prod") else a


def _positive_argument(e: Expr) -> Any:
    return fact(e.args[0], "positive")


RECORDS = [
    Operation("entrysum", "the sum of all entries", scalar_result, _total, text="sum", aliases=("sum",), callable=True,
              linear=(0,), build=_build_entrysum,
              facts={"positive": _positive_argument, "nonnegative": every_argument_nonnegative}),
    Operation("mean", "the mean of all entries", scalar_result, lambda a: _total(a), build=_build_mean),
    Operation("prod", "the product of all entries", scalar_result, _product_of_entries, build=_scalar_is_itself("prod"),
              facts={"positive": _positive_argument}),
    Operation("max", "the largest entry", scalar_result, _extreme_value("argmax"), build=_scalar_is_itself("max"),
              kinks="where two entries tie", domain=lambda a: clear_winner(a), latex=r"\max\left({0}\right)"),
    Operation("min", "the smallest entry", scalar_result, _extreme_value("argmin"), build=_scalar_is_itself("min"),
              kinks="where two entries tie", domain=lambda a: clear_winner(-a), latex=r"\min\left({0}\right)"),
    Operation("maxmask", "1 at the largest entry, 0 elsewhere", lambda s, a, p: a[0], _extreme_mask("argmax"),
              domain=lambda a: clear_winner(a)),
    Operation("minmask", "1 at the smallest entry, 0 elsewhere", lambda s, a, p: a[0], _extreme_mask("argmin"),
              domain=lambda a: clear_winner(-a)),
    Operation("softmax", "exp(x) / sum(exp(x)); of a matrix down columns (1) or along rows (2)", _softmax_shape,
              _softmax_value, (Slot("x"), _SIDE), facts={"positive": lambda e: TRUE}),
    Operation("logsumexp", "log(sum(exp(x))); of a matrix down columns (1) or along rows (2)", _logsumexp_shape,
              _logsumexp_value, (Slot("x"), _SIDE), build=_build_logsumexp),
]  # fmt: skip
