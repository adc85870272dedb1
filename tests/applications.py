"""Every operation applied to symbols: typed arguments found from its own shape rule, nothing listed by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import STRICT, Operation
from matdiff.dimensions import ONE, SCALAR, Dim, Shape
from matdiff.errors import DomainError, MatdiffError
from matdiff.numeric.sample import Point, draw_point
from matdiff.operations.registry import OPERATIONS, new_space
from matdiff.operations.user_functions import Function

M, N, THREE = Dim.of("m"), Dim.of("n"), Dim.of(3)
SHAPES: tuple[Shape, ...] = (
    (M, N), (N, N), (N, ONE), SCALAR, (M * N, ONE), (M * N, M * N), (THREE, ONE), (THREE, THREE),
)  # fmt: skip
SIZES = (N, M, Dim.of(2), ONE, THREE, M * N)
# Operations that the engine builds from a name, a number or another expression, not from arguments.
LEAVES = {"symbol", "definition", "number", "constant", "dimension", "d"}
# Built as something else at once, so that there is no node to test.
NEVER_A_NODE = {"matrix_power", "indexsum"}
# Claims in the lines of somebody's derivation, which are judged and never differentiated.
CLAIMS = {"derivative", "hessian"}


def operations() -> list[str]:
    """Operations that are applied to arguments."""
    return [name for name in OPERATIONS if name not in LEAVES | NEVER_A_NODE | CLAIMS]


def slots(op: Operation) -> int:
    return 2 if op.variadic or op.name in ("sum", "product") else sum(s.kind == "expr" for s in op.signature)


def parameters(op: Operation) -> Iterator[tuple[Any, ...]]:
    """Sizes, indices, whole numbers and words an operation may be given."""
    choices: list[tuple[Any, ...]] = []
    for slot in () if op.variadic else op.signature:
        if slot.kind == "dim":
            choices.append(SIZES if slot.name in "mnpq" else (ONE, Dim.of(2)))
        elif slot.kind == "function":
            choices.append((Function("g"),))
        elif slot.kind != "expr":
            choices.append(slot.among or (2,))
    return itertools.product(*choices)


def symbols(
    space: Space, shapes: tuple[Shape, ...], properties: frozenset[str], op: Operation | None = None
) -> tuple[Expr, ...]:
    """A symbol for each shape, with those of the properties that a matrix of that shape can have."""
    whole = [s.whole for s in op.signature if s.kind == "expr"] if op is not None and not op.variadic else []
    out = []
    for k, (name, shape) in enumerate(zip("XYZ", shapes)):
        if k < len(whole) and whole[k]:
            out.append(space.symbol(name, shape, "integer"))
            continue
        own = properties if shape[0] == shape[1] else properties & {"positive"}
        kind = "scalar" if shape == SCALAR else "vector" if shape[1].is_one else "matrix"
        out.append(space.symbol(name, shape, kind, own & {"positive"} if shape == SCALAR else own))
    return tuple(out)


def applications(
    op: Operation, properties: frozenset[str] = frozenset(), most: int = 6
) -> Iterator[tuple[Expr, Shape]]:
    """Nodes of the operation with the shape its own rule gives them; different shapes first."""
    found = 0
    for shapes in itertools.product(SHAPES, repeat=slots(op)):
        for params in parameters(op):
            space = new_space()
            try:
                shape = op.shape(STRICT, shapes, params)
                e = space.apply(op.name, *symbols(space, shapes, properties, op), params=params)
            except (MatdiffError, ValueError, IndexError, AttributeError):
                continue
            yield e, shape
            found += 1
            if found >= most:
                return
            break


def somewhere(e: Expr, moving: tuple[str, ...] = ()) -> Point | None:
    """A point at which the node is defined."""
    try:
        return draw_point([e], 0, moving=moving)
    except DomainError:
        return None


def defined(op: Operation, most: int = 6) -> Iterator[tuple[Expr, Shape, Point]]:
    """Applications with a point at which they are defined; properties are declared where plain arguments are not."""
    found = 0
    for properties in (frozenset(), frozenset({"positive"}), frozenset({"symmetric"}), frozenset({"spd"})):
        for e, shape in applications(op, properties, most):
            point = somewhere(e, ("X", "Y", "Z"))
            if point is not None:
                yield e, shape, point
                found += 1
        if found >= most:
            return
