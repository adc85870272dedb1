"""Products: the normalising constructor everything is built through, and the default constructor.

What the constructors of sums, products, powers and transposes do, and nothing more:
- sums and products are flat; a product is rational coefficient, scalar factors, list of matrices;
- a product of matrices is cut wherever an inner size is 1, and a 1x1 piece becomes a scalar factor, so x (y'z),
  w'S⁻¹w and tr(ww'P) settle themselves;
- exact rationals fold; zeros, ones and identities disappear; like terms merge, equal scalar bases become powers;
- transposes are pushed to the leaves, so "symmetric" is `e.T is e`; (a - b)^2 and (b - a)^2 are one,
  and so are X X⁺ and its transpose;
- X X⁻¹ cancels; the scalar factors of an argument leave every operation that is linear in it.
A definition is never looked into.  Everything else is a rule in the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import STRICT, Operation, Sizes
from matdiff.dimensions import SCALAR, Shape, shape_text
from matdiff.errors import ShapeError
from matdiff.operations.factors import UNIT, factors, transposed_factors, upright_projectors
from matdiff.operations.inference import (
    gram,
    matrices_fact,
    product_invertible,
    product_nonnegative,
    product_positive,
    scaled_matrix_fact,
)
from matdiff.operations.leaves import number_of
from matdiff.operations.shapes import is_scalar_shape


def scalar_part(e: Expr) -> tuple[Expr, Expr]:
    """A non-scalar node as (scalar, matrix) with e = scalar * matrix and no scalar factor left in the matrix."""
    c, scalars, matrices = factors(e)
    if e.is_scalar or (c == 1 and not scalars):
        return e.space.number(1), e
    return multiply(e.space, *scalars, e.space.number(c)), multiply(e.space, *matrices)


def multiply(space: Space, *args: Expr) -> Expr:
    """The product of scalars (anywhere) and conformable matrices."""
    whole = _whole_shape(args)
    found: list[Expr] = [a for a in args if a.is_scalar]
    coefficient = UNIT
    matrices: list[Expr] = []
    for arg in args:
        if not arg.is_scalar:
            c, s, ms = factors(arg)
            coefficient *= c
            found += s
            matrices += ms
    if any(m.op.name == "zeros" for m in matrices):
        return space.apply("zeros", params=whole)
    rest: list[Expr] = []
    for piece in _cut(_cancelled(upright_projectors([m for m in matrices if m.op.name != "identity"]))):
        if piece[0].shape[0].is_one and piece[-1].shape[1].is_one:
            found.append(_row_column(space, piece))
        else:
            rest += piece
    sizes, rest = _joined_ones(space, rest)
    c, scalars = _collect_powers(space, _flat_scalars(space, [*found, *sizes]))
    if not rest and whole != SCALAR:
        rest = [space.apply("identity", params=(whole[0],))]
    return _finish(space, coefficient * c, sorted(scalars, key=_simplest_first), rest, whole)


def _whole_shape(args: tuple[Expr, ...]) -> Shape:
    """The shape of the product; raises ShapeError where neighbours do not fit."""
    matrices = [a for a in args if not a.is_scalar]
    for k in range(1, len(matrices)):
        if matrices[k - 1].shape[1] != matrices[k].shape[0]:
            left = (matrices[0].shape[0], matrices[k - 1].shape[1])
            raise ShapeError(f"cannot multiply {shape_text(left)} by {shape_text(matrices[k].shape)}")
    return (matrices[0].shape[0], matrices[-1].shape[1]) if matrices else SCALAR


def _flat_scalars(space: Space, scalars: list[Expr]) -> list[Expr]:
    """Products of numbers taken apart, numbers themselves first; a 1x1 chain x'A y is one indivisible scalar."""
    coefficient = UNIT
    flat: list[Expr] = []
    for scalar in scalars:
        c, s, ms = factors(scalar)
        if c is not UNIT:
            coefficient *= c
        flat += s
        if ms:
            flat.append(product_node(space, UNIT, ms, SCALAR))
    return flat if coefficient == 1 else [space.number(coefficient), *flat]


def _simplest_first(e: Expr) -> int:
    """2 γ exp(...) x: numbers, names, powers of names, everything else; otherwise as written."""
    if e.op.name == "power":
        if e.args[0].op.name == "number":
            return -1
        return 1 if _simplest_first(e.args[0]) == 0 else 2
    return 0 if e.op.name in ("symbol", "definition", "dimension", "constant") else 2


def _finish(space: Space, c: Fraction, scalars: list[Expr], matrices: list[Expr], shape: Shape) -> Expr:
    if c == 0:
        return space.apply("zeros", params=shape)
    everything = (*scalars, *matrices)
    if not everything:
        return space.number(c)
    if c == 1 and len(everything) == 1:
        return everything[0]
    return product_node(space, c, everything, shape)


def product_node(space: Space, c: Fraction, args: tuple[Expr, ...], shape: Shape) -> Expr:
    """Intern a product; scalar factors are a set, a 1x1 chain of matrices equals its transpose."""
    if c == 1 and len(args) == 1:
        return args[0]
    count = sum(1 for a in args if a.is_scalar)
    matrices = args[count:]
    ids = tuple(map(id, matrices))
    if matrices and shape == SCALAR:
        ids = min(ids, tuple(id(m.T) for m in reversed(matrices)))
        if any(m.moving and m.op.name == "transpose" for m in matrices):
            # x'A'dx rather than dx'A x: what moves is not shown transposed.
            args = (*args[:count], *(m.T for m in reversed(matrices)))
    key = (frozenset(map(id, args[:count])), ids)
    return space.node(space.operations["product"], args, (c,), shape, key)


def _cancelled(matrices: list[Expr]) -> list[Expr]:
    """X X⁻¹ and X⁻¹ X removed, also where the inverse is of a whole product: (A B)⁻¹ A B."""
    out: list[Expr] = []
    for m in matrices:
        if out and (_inverse_pair(out[-1], m) or _inverse_pair(m, out[-1])):
            out.pop()
            continue
        out.append(m)
        _cancel_run(out)
    return out


def _joined_ones(space: Space, matrices: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """Neighbouring matrices of ones are one, times the size between them: 1 1' is ones(m, n)."""
    sizes: list[Expr] = []
    out: list[Expr] = []
    for m in matrices:
        if out and m.op.name == out[-1].op.name == "ones" and not (out[-1].shape[0].is_one and m.shape[1].is_one):
            left = out.pop()
            sizes.append(space.apply("dimension", params=(m.shape[0],)))
            m = space.apply("ones", params=(left.shape[0], m.shape[1]))
        out.append(m)
    return sizes, out


def _inverse_pair(a: Expr, b: Expr) -> bool:
    return a.op.name == "inverse" and a.args[0] is b


def _cancel_run(out: list[Expr]) -> None:
    for k, m in enumerate(out[:-1]):
        if m.op.name == "inverse" and m.args[0].op.name == "product":
            c, scalars, inner = factors(m.args[0])
            if c == 1 and not scalars and len(out) == k + 1 + len(inner) and tuple(out[k + 1 :]) == inner:
                del out[k:]
                return
    if out and out[-1].op.name == "inverse" and out[-1].args[0].op.name == "product":
        c, scalars, inner = factors(out[-1].args[0])
        n = len(inner)
        if c == 1 and not scalars and tuple(out[-1 - n : -1]) == inner:
            del out[-1 - n :]


def _cut(matrices: list[Expr]) -> list[list[Expr]]:
    """The runs between inner sizes 1."""
    pieces: list[list[Expr]] = []
    for k, m in enumerate(matrices):
        if k == 0 or matrices[k - 1].shape[1].is_one:
            pieces.append([])
        pieces[-1].append(m)
    return pieces


def _row_column(space: Space, piece: list[Expr]) -> Expr:
    """The scalar of a row times ... times a column; 1'1 is its size."""
    sizes, piece = _joined_ones(space, piece)
    if len(piece) == 2 and all(m.op.name == "ones" for m in piece):
        core = space.apply("dimension", params=(piece[0].shape[1],))
    else:
        core = product_node(space, UNIT, tuple(piece), SCALAR)
    return multiply(space, *sizes, core) if sizes else core


def _collect_powers(space: Space, scalars: list[Expr]) -> tuple[Fraction, list[Expr]]:
    """The number among the scalars, and equal bases merged into powers in the order of first occurrence."""
    coefficient = UNIT
    if scalars and scalars[0].op.name == "number":
        coefficient, scalars = scalars[0].params[0], scalars[1:]
    if len(scalars) < 2:
        return coefficient, scalars
    exponents: dict[Expr, Expr] = {}
    for s in scalars:
        base, exponent = s.args if s.op.name == "power" else (s, space.number(1))
        exponents[base] = space.apply("sum", exponents[base], exponent) if base in exponents else exponent
    if len(exponents) == len(scalars):
        return coefficient, scalars
    out: list[Expr] = []
    for base, exponent in exponents.items():
        value = space.apply("power", base, exponent)
        c, parts, ms = factors(value)
        coefficient *= c
        out += parts if not ms else [value]
    return coefficient, out


def neighbours(matrices: Sequence[Expr]) -> Expr:
    """The product of two or more neighbouring factors of a product: there is nothing left to simplify."""
    shape = (matrices[0].shape[0], matrices[-1].shape[1])
    if shape == SCALAR:
        return multiply(matrices[0].space, *matrices)
    return product_node(matrices[0].space, UNIT, tuple(matrices), shape)


def _product_transposed(e: Expr) -> Expr:
    """Scalars stay, the transposed factors follow in reverse order."""
    c, scalars, matrices = factors(e)
    turned = transposed_factors(matrices)
    if any(m.op.name == "product" for m in turned):
        # the transpose of a skew-symmetric matrix brings a sign along
        return multiply(e.space, e.space.number(c), *scalars, *turned)
    return product_node(e.space, c, (*scalars, *turned), (e.shape[1], e.shape[0]))


def plain(space: Space, op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """A node as it stands, except that scalar factors leave linear arguments, a linear image of 0 is 0, and a
    function of entries that are all a is that of a at every entry."""
    shape = op.shape(STRICT, [a.shape for a in args], params)
    if op.elementwise and len(args) == 1 and shape != SCALAR:
        scalar, matrix = scalar_part(args[0])
        if matrix.op.name == "ones":
            return multiply(space, space.apply(op.name, scalar, params=params), matrix)
    if not op.linear:
        return space.node(op, args, params, shape)
    outside: list[Expr] = []
    inside = list(args)
    for k in op.linear if not op.variadic else range(len(args)):
        if args[k].op.name == "zeros" or number_of(args[k]) == 0:
            return space.apply("zeros", params=shape)
        if not args[k].is_scalar:
            scalar, inside[k] = scalar_part(args[k])
            if number_of(scalar) != 1:
                outside.append(scalar)
    if not outside:
        return space.node(op, args, params, shape)
    return multiply(space, *outside, space.apply(op.name, *inside, params=params))


def _product_value(*args: Any) -> Any:
    import numpy as np

    *parts, c = args
    scale: Any = float(c)
    matrices = []
    for a in parts:
        if np.ndim(a) == 0:
            scale = scale * a
        else:
            matrices.append(a)
    if not matrices:
        return scale
    # A chain that ends in a column is cheapest from the right.
    if matrices[-1].shape[1] == 1:
        out = matrices[-1]
        for m in reversed(matrices[:-1]):
            out = m @ out
    else:
        out = matrices[0]
        for m in matrices[1:]:
            out = out @ m
    return out if scale == 1.0 else scale * out


def _product_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    matrices = [s for s in shapes if not is_scalar_shape(sizes, s)]
    for left, right in zip(matrices, matrices[1:]):
        first, second = (shape_text((sizes.resolve(s[0]), sizes.resolve(s[1]))) for s in (left, right))
        sizes.equal(left[1], right[0], f"cannot multiply {first} by {second}: the inner sizes differ")
    return (matrices[0][0], matrices[-1][1]) if matrices else SCALAR


RECORDS = [
    Operation(
        "product", "the product of scalars and matrices", _product_shape, _product_value, variadic=True, callable=False,
        build=lambda space, args, params: multiply(space, *(map(space.number, params)), *args),
        transposed=_product_transposed,
        facts={"invertible": product_invertible, "positive": product_positive, "nonnegative": product_nonnegative,
               "spd": scaled_matrix_fact("spd"),
               "psd": gram, "diagonal": matrices_fact("diagonal"),
               "lower": matrices_fact("lower"), "upper": matrices_fact("upper")},
    ),
]  # fmt: skip
