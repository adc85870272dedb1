"""Norms, and the other functions that gather all entries: sum, product, extremes, softmax, logsumexp, spectra."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import KINK_AT_ZERO, STRICT, Build, Operation, ShapeRule, Sizes, Slot
from matdiff.dimensions import ONE, SCALAR, Shape
from matdiff.operations.algebra import multiply, scalar_part
from matdiff.operations.domains import clear_winner
from matdiff.operations.elementwise import choose_abs, real_part
from matdiff.operations.inference import NON_NEGATIVE
from matdiff.operations.leaves import number_of
from matdiff.operations.shapes import need_vector, scalar_result
from matdiff.operations.transposes import upright


def _of_vector(what: str) -> ShapeRule:
    def shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
        need_vector(sizes, shapes[0], what)
        return SCALAR

    return shape


def norm_build(name: str) -> Build:
    """|c| leaves a norm; the norm of a scalar is its absolute value; norm2 of a vector is the Euclidean norm."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        e = args[0]
        if name == "norm":
            _norm_shape(STRICT, [a.shape for a in args], ())
        if e.is_scalar:
            return space.apply("abs", e)
        if name in ("norm2", "nuclear") and e.shape[1].is_one:
            return space.apply("normF", e)
        if e.op.name == "vec" and name in ("norm1", "normF", "norminf"):
            return space.apply(name, e.args[0])
        scalar, matrix = scalar_part(e)
        if number_of(scalar) != 1:
            return multiply(space, space.apply("abs", scalar), space.apply(name, matrix, *args[1:]))
        if e.op.name == "zeros":
            return space.number(0)
        if name != "norm":
            # A matrix and its transpose have one norm.
            return space.node(space.operations[name], (upright(e),), params, SCALAR, min(id(e), id(e.T)))
        return space.node(space.operations[name], args, params, SCALAR)

    return build


def _norm_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "norm(x, p)")
    for size in shapes[1]:
        sizes.equal(size, ONE, "norm(x, p) needs a number p")
    return SCALAR


def _norm_fro_value(a: Any) -> Any:
    # Squares, not moduli: the analytic continuation.
    return (a * a).sum() ** 0.5


def _norm_p_value(a: Any, p: Any) -> Any:
    return (choose_abs(a) ** p).sum() ** (1 / p)


def _largest_entry(a: Any) -> Any:
    flat = choose_abs(a).ravel()
    return flat[real_part(flat).argmax()]


def _nonzero(a: Any, *_: Any) -> bool:
    return bool((abs(a) > 1e-3).all())


_KINK_0 = "where the argument is 0"


RECORDS = [
    Operation("normF", "the Frobenius norm; of a vector, the Euclidean norm", scalar_result, _norm_fro_value,
              build=norm_build("normF"), kinks=_KINK_0,
              facts=NON_NEGATIVE, latex=r"\left\lVert {0} \right\rVert_F", cite="horn2013, sec. 5.6"),
    Operation("norm1", "the sum of the absolute values of the entries", scalar_result, lambda a: choose_abs(a).sum(),
              build=norm_build("norm1"), kinks=KINK_AT_ZERO, domain=_nonzero,
              facts=NON_NEGATIVE, latex=r"\left\lVert {0} \right\rVert_1"),
    Operation("norminf", "the largest absolute value of the entries", scalar_result, _largest_entry,
              build=norm_build("norminf"), kinks="where two entries tie", domain=lambda a: clear_winner(abs(a)),
              facts=NON_NEGATIVE, latex=r"\left\lVert {0} \right\rVert_\infty"),
    Operation("norm", "the p-norm of a vector", _norm_shape, _norm_p_value, (Slot("x"), Slot("p")),
              build=norm_build("norm"), kinks=KINK_AT_ZERO,
              domain=lambda a, p: _nonzero(a) and p >= 1, facts=NON_NEGATIVE,
              latex=r"\left\lVert {0} \right\rVert_{{{1}}}"),
]  # fmt: skip
