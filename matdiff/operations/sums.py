"""Sums: flat, with like terms merged, in the order in which they were first written."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import Operation
from matdiff.dimensions import shape_text
from matdiff.errors import ShapeError
from matdiff.operations.algebra import product_node
from matdiff.operations.factors import UNIT
from matdiff.operations.inference import every_argument_nonnegative, of_every_argument, sum_definite, sum_positive
from matdiff.operations.leaves import number_of
from matdiff.operations.shapes import same_shape


def add(space: Space, *args: Expr) -> Expr:
    """The sum, flat, with like terms merged in the order in which they first came."""
    found: dict[Expr, Fraction] = {}
    shape = args[0].shape
    for arg in args:
        if arg.shape != shape:
            raise ShapeError(f"cannot add {shape_text(shape)} and {shape_text(arg.shape)}")
        for c, rest in _flat_terms(arg, UNIT):
            found[rest] = found.get(rest, Fraction(0)) + c
    kept = [_scaled(space, c, rest) for rest, c in found.items() if c]
    if not kept:
        return space.apply("zeros", params=shape)
    if len(kept) == 1:
        return kept[0]
    key = frozenset(map(id, kept))
    return space.node(space.operations["sum"], tuple(kept), (), shape, key)


def _flat_terms(e: Expr, c: Fraction) -> Iterable[tuple[Fraction, Expr]]:
    stack = [(e, c)]
    while stack:
        e, c = stack.pop()
        if e.op.name == "zeros":
            continue
        k, rest = coefficient_and_rest(e)
        if rest.op.name == "sum":
            stack.extend((t, c * k) for t in reversed(rest.args))
        else:
            yield c * k, rest


def _scaled(space: Space, c: Fraction, rest: Expr) -> Expr:
    """c * rest for a rest without coefficient."""
    if c == 1:
        return rest
    if rest.op.name == "number":
        return space.number(c * rest.params[0])
    # A 1x1 chain x'A y is one indivisible scalar.
    chain = rest.is_scalar and rest.op.name == "product" and not rest.args[-1].is_scalar
    args = rest.args if rest.op.name == "product" and not chain else (rest,)
    return product_node(space, c, args, rest.shape)


def coefficient_and_rest(e: Expr) -> tuple[Fraction, Expr]:
    """The rational coefficient and the term without it."""
    if e.op.name == "product" and e.params[0] != 1:
        return e.params[0], product_node(e.space, UNIT, e.args, e.shape)
    value = number_of(e)
    return (UNIT, e) if value is None else (value, e.space.number(1))


def _sum_value(*args: Any) -> Any:
    total = args[0]
    for a in args[1:]:
        total = total + a
    return total


RECORDS = [
    Operation(
        "sum", "the sum", same_shape, _sum_value, variadic=True, callable=False, linear=(),
        build=lambda space, args, params: add(space, *args),
        transposed=lambda e: add(e.space, *(a.T for a in e.args)),
        facts={"spd": sum_definite, "invertible": sum_definite, "psd": of_every_argument("psd"),
               "positive": sum_positive, "nonnegative": every_argument_nonnegative,
               "diagonal": of_every_argument("diagonal"),
               "lower": of_every_argument("lower"), "upper": of_every_argument("upper")},
    ),
]  # fmt: skip
