"""Sums, products, transposes, inverses and powers: the normalising constructors everything is built through.

What they do, and nothing more:
- sums and products are flat; a product is rational coefficient, scalar factors, list of matrices;
- a product of matrices is cut wherever an inner size is 1, and a 1x1 piece becomes a scalar factor, so x (y'z),
  w'S⁻¹w and tr(ww'P) settle themselves;
- exact rationals fold; zeros, ones and identities disappear; like terms merge, equal scalar bases become powers;
- transposes are pushed to the leaves, so "symmetric" is `e.T is e`;
- X X⁻¹ cancels; the scalar factors of an argument leave every operation that is linear in it.
A definition is never looked into.  Everything else is a rule in the book.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, UNKNOWN, Verdict, all_of, fact
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, square
from matdiff.dimensions import SCALAR, Shape, shape_text
from matdiff.errors import ShapeError
from matdiff.operations.leaves import number_of


class Factors(NamedTuple):
    """A node seen as coefficient x scalar factors x matrix factors."""

    coefficient: Fraction
    scalars: tuple[Expr, ...]
    matrices: tuple[Expr, ...]


_ONE = Fraction(1)


def factors(e: Expr) -> Factors:
    name = e.op.name
    if name == "product":
        count = 0
        for a in e.args:
            if not a.is_scalar:
                break
            count += 1
        return Factors(e.params[0], e.args[:count], e.args[count:])
    if name == "number":
        return Factors(e.params[0], (), ())
    return Factors(_ONE, (e,), ()) if e.is_scalar else Factors(_ONE, (), (e,))


def terms(e: Expr) -> tuple[Expr, ...]:
    return e.args if e.op.name == "sum" else (e,)


def coefficient_and_rest(e: Expr) -> tuple[Fraction, Expr]:
    """The rational coefficient and the term without it."""
    if e.op.name == "product" and e.params[0] != 1:
        return e.params[0], _product_node(e.space, _ONE, e.args, e.shape)
    value = number_of(e)
    return (_ONE, e) if value is None else (value, e.space.number(1))


def scalar_part(e: Expr) -> tuple[Expr, Expr]:
    """A non-scalar node as (scalar, matrix) with e = scalar * matrix and no scalar factor left in the matrix."""
    c, scalars, matrices = factors(e)
    if e.is_scalar or (c == 1 and not scalars):
        return e.space.number(1), e
    return multiply(e.space, *scalars, e.space.number(c)), multiply(e.space, *matrices)


# ---------------------------------------------------------------- sums


def add(space: Space, *args: Expr) -> Expr:
    """The sum, flat, with like terms merged in the order in which they first came."""
    found: dict[Expr, Fraction] = {}
    shape = args[0].shape
    for arg in args:
        if arg.shape != shape:
            raise ShapeError(f"cannot add {shape_text(shape)} and {shape_text(arg.shape)}")
        for c, rest in _flat_terms(arg, _ONE):
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
    args = rest.args if rest.op.name == "product" else (rest,)
    return _product_node(space, c, args, rest.shape)


# ---------------------------------------------------------------- products


def multiply(space: Space, *args: Expr) -> Expr:
    """The product of scalars (anywhere) and conformable matrices."""
    coefficient = _ONE
    scalars: list[Expr] = []
    matrices: list[Expr] = []
    shape: list[Any] = [None, None]
    for arg in args:
        c, s, ms = factors(arg)
        if c is not _ONE:
            coefficient *= c
        if arg.is_scalar:
            # The matrices of a 1x1 product are one indivisible scalar, x'Ay.
            scalars += s if not ms else (*s, _product_node(space, _ONE, ms, SCALAR))
            continue
        if shape[1] is not None and shape[1] != arg.shape[0]:
            left = (shape[0], shape[1])
            raise ShapeError(f"cannot multiply {shape_text(left)} by {shape_text(arg.shape)}")
        scalars += s
        matrices += ms
        shape = [shape[0] or arg.shape[0], arg.shape[1]]
    whole: Shape = SCALAR if shape[0] is None else (shape[0], shape[1])
    if coefficient == 0 or any(m.op.name == "zeros" for m in matrices):
        return space.apply("zeros", params=whole)
    pieces = _cut(_cancelled([m for m in matrices if m.op.name != "identity"]))
    for piece in pieces:
        if piece[0].shape[0].is_one and piece[-1].shape[1].is_one:
            value = _row_column(space, piece)
            c, s, ms = factors(value)
            coefficient *= c
            scalars += s if not ms else (*s, value)
    rest = [m for p in pieces if not (p[0].shape[0].is_one and p[-1].shape[1].is_one) for m in p]
    c, scalars = _collect_powers(space, scalars)
    scalars.sort(key=_simplest_first)
    if not rest and whole != SCALAR:
        rest = [space.apply("identity", params=(whole[0],))]
    return _finish(space, coefficient * c, scalars, rest, whole)


def _simplest_first(e: Expr) -> int:
    """2 γ exp(...) x: names before powers of names before everything else; otherwise as written."""
    if e.op.name == "power":
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
    if c != 1 and len(everything) == 1 and everything[0].op.name == "sum" and c == -1:
        return add(space, *(_scaled(space, -k, r) for k, r in map(coefficient_and_rest, everything[0].args)))
    return _product_node(space, c, everything, shape)


def _product_node(space: Space, c: Fraction, args: tuple[Expr, ...], shape: Shape) -> Expr:
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
    if len(piece) == 2 and all(m.op.name == "ones" for m in piece):
        return space.apply("dimension", params=(piece[0].shape[1],))
    return _product_node(space, _ONE, tuple(piece), SCALAR)


def _collect_powers(space: Space, scalars: list[Expr]) -> tuple[Fraction, list[Expr]]:
    """Equal bases merged into powers, in the order of first occurrence."""
    if len(scalars) < 2:
        return _ONE, scalars
    exponents: dict[Expr, Expr] = {}
    for s in scalars:
        base, exponent = s.args if s.op.name == "power" else (s, space.number(1))
        exponents[base] = add(space, exponents[base], exponent) if base in exponents else exponent
    if len(exponents) == len(scalars):
        return _ONE, scalars
    coefficient, out = _ONE, []
    for base, exponent in exponents.items():
        c, parts, ms = factors(power(space, base, exponent))
        coefficient *= c
        out += parts if not ms else [power(space, base, exponent)]
    return coefficient, out


# ---------------------------------------------------------------- transposes


def transpose(space: Space, e: Expr) -> Expr:
    """The transpose, pushed to the leaves."""
    if e.is_scalar:
        return e
    memo = space.memo("transpose")
    found = memo.get(e)
    if found is not None:
        return found
    if e.depth > 100:
        _transpose_parts(space, e, memo)
    out = _transposed(space, e)
    memo[e] = out
    memo.setdefault(out, e)
    return out


def _transpose_parts(space: Space, e: Expr, memo: dict[Expr, Expr]) -> None:
    """The parts of a deep expression bottom-up, so that the recursion always finds them ready."""
    stack = list(e.args)
    while stack:
        part = stack[-1]
        wanted = [] if part.op.name == "definition" else [a for a in part.args if not a.is_scalar and a not in memo]
        if part.is_scalar or part in memo:
            stack.pop()
        elif wanted:
            stack.extend(wanted)
        else:
            stack.pop()
            out = _transposed(space, part)
            memo[part] = out
            memo.setdefault(out, part)


def _transposed(space: Space, e: Expr) -> Expr:
    if e.op.name == "transpose":
        return e.args[0]
    pushed = e.op.transposed(e) if e.op.transposed else None
    if pushed is not None:
        return pushed
    return space.node(space.operations["transpose"], (e,), (), (e.shape[1], e.shape[0]))


def upright(e: Expr) -> Expr:
    """An expression or its transpose, whichever has fewer transposed leaves (where the two mean the same)."""
    other = e.T
    return other if _transposes(other) < _transposes(e) else e


def _transposes(e: Expr) -> int:
    if e.depth > 50:
        return 0
    return (e.op.name == "transpose") + (0 if e.op.name == "definition" else sum(map(_transposes, e.args)))


def of_transposed_arguments(e: Expr) -> Expr:
    """The common case f(X)' = f(X')."""
    return e.space.apply(e.op.name, *(a.T for a in e.args), params=e.params)


def _product_transposed(e: Expr) -> Expr:
    c, scalars, matrices = factors(e)
    return multiply(e.space, e.space.number(c), *scalars, *(m.T for m in reversed(matrices)))


# ---------------------------------------------------------------- inverses and powers


def inverse(space: Space, e: Expr) -> Expr:
    """The inverse of a square matrix; of a scalar, the power -1."""
    if e.is_scalar:
        return power(space, e, space.number(-1))
    square(STRICT, e.shape, "an inverse")
    if e.op.name == "inverse":
        return e.args[0]
    if e.op.name == "identity":
        return e
    scalar, matrix = scalar_part(e)
    if scalar.op.name != "number" or scalar.params[0] != 1:
        return multiply(space, inverse(space, scalar), inverse(space, matrix))
    return space.node(space.operations["inverse"], (e,), (), e.shape)


def power(space: Space, base: Expr, exponent: Expr) -> Expr:
    """base^exponent of scalars, else entry by entry, a scalar standing for all entries."""
    p, b = number_of(exponent), number_of(base)
    if p is not None and p.denominator == 1:
        folded = _whole_power(space, base, int(p))
        if folded is not None:
            return folded
    if b == 1 or (b is not None and p == 0):
        return base if exponent.is_scalar else space.apply("ones", params=exponent.shape)
    if base.op.name == "power" and fact(base.args[0], "positive") is TRUE:
        return power(space, base.args[0], multiply(space, base.args[1], exponent))
    shape = broadcast_shape(STRICT, (base.shape, exponent.shape), ())
    return space.node(space.operations["power"], (base, exponent), (), shape)


def _whole_power(space: Space, base: Expr, p: int) -> Expr | None:
    if p == 1:
        return base
    if p == 0:
        return space.number(1) if base.is_scalar else space.apply("ones", params=base.shape)
    b = number_of(base)
    if b is not None and (b or p > 0) and abs(p) * len(str(b)) <= 120:
        return space.number(b**p)
    if base.op.name == "ones":
        return base
    inner = number_of(base.args[1]) if base.op.name == "power" else None
    # (b^q)^p = b^(qp) needs p whole; an even q with a fractional result would lose a sign, but p is whole.
    if inner is not None:
        return power(space, base.args[0], space.number(inner * p))
    if base.op.name == "hadamard":
        return space.apply("hadamard", *(power(space, f, space.number(p)) for f in base.args))
    if base.op.name == "product" and (base.is_scalar or len(factors(base).matrices) == 1):
        c, scalars, matrices = factors(base)
        if c == 1 and not scalars:
            return None
        rest = _product_node(space, _ONE, matrices, base.shape) if matrices else space.number(1)
        powers = [power(space, f, space.number(p)) for f in (space.number(c), *scalars, rest)]
        return multiply(space, *powers)
    return None


def matrix_power(space: Space, base: Expr, k: int) -> Expr:
    """A^k for a whole number k, written out as a product (the printer shows a run as a power again)."""
    square(STRICT, base.shape, "a power of a matrix")
    if k == 0:
        return space.apply("identity", params=(base.shape[0],))
    factor = base if k > 0 else inverse(space, base)
    return multiply(space, *([factor] * abs(k)))


# ---------------------------------------------------------------- the default constructor


def plain(space: Space, op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """A node as it stands, except that scalar factors leave linear arguments and a linear image of 0 is 0."""
    shape = op.shape(STRICT, [a.shape for a in args], params)
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


# ---------------------------------------------------------------- numbers


def _sum_value(*args: Any) -> Any:
    total = args[0]
    for a in args[1:]:
        total = total + a
    return total


def _product_value(*args: Any) -> Any:
    import numpy as np

    *args, c = args
    scale: Any = float(c)
    matrices = []
    for a in args:
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


def _inverse_value(a: Any) -> Any:
    import numpy as np

    return 1 / a if np.ndim(a) == 0 else np.linalg.inv(a)


def _power_value(base: Any, exponent: Any) -> Any:
    import numpy as np

    if np.ndim(exponent) == 0 and not np.iscomplexobj(exponent) and float(exponent).is_integer():
        whole = int(exponent)
        return base**whole if whole >= 0 or np.ndim(base) == 0 else 1 / base ** (-whole)
    return np.power(base, exponent)


def _power_domain(base: Any, exponent: Any) -> bool:
    import numpy as np

    whole = np.all(np.asarray(exponent) == np.round(exponent))
    if whole:
        return bool(np.all(np.asarray(exponent) >= 0) or np.all(np.abs(base) > 1e-6))
    return bool(np.all(np.asarray(base) > 0))


# ---------------------------------------------------------------- shapes and facts


def _same_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    first = shapes[0]
    for other in shapes[1:]:
        for a, b in zip(first, other):
            left, right = (shape_text((sizes.resolve(s[0]), sizes.resolve(s[1]))) for s in (first, other))
            sizes.equal(a, b, f"cannot add {left} and {right}")
    return first


def is_scalar_shape(sizes: Sizes, shape: Shape) -> bool:
    return sizes.is_one(shape[0]) and sizes.is_one(shape[1])


def _product_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    matrices = [s for s in shapes if not is_scalar_shape(sizes, s)]
    for left, right in zip(matrices, matrices[1:]):
        l, r = (shape_text((sizes.resolve(s[0]), sizes.resolve(s[1]))) for s in (left, right))
        sizes.equal(left[1], right[0], f"cannot multiply {l} by {r}: the inner sizes differ")
    return (matrices[0][0], matrices[-1][1]) if matrices else SCALAR


def broadcast_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    base, exponent = shapes
    if is_scalar_shape(sizes, exponent):
        return base
    if is_scalar_shape(sizes, base):
        return exponent
    return _same_shape(sizes, shapes, params)


def _square_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    square(sizes, shapes[0], "an inverse or a power")
    return shapes[0]


def _of_argument(name: str):
    return lambda e: fact(e.args[0], name)


def _product_invertible(e: Expr) -> Verdict:
    c, scalars, matrices = factors(e)
    if any(m.shape[0] != m.shape[1] for m in matrices):
        return UNKNOWN
    return all_of(fact(f, "invertible") for f in (*scalars, *matrices))


def _product_positive(e: Expr) -> Verdict:
    c, scalars, matrices = factors(e)
    if c < 0:
        return UNKNOWN
    # x'Sx with S positive definite is positive unless x = 0, which the sampler never draws; facts stay silent on it.
    return all_of(fact(f, "positive") for f in (*scalars, *matrices))


def _scaled_matrix_fact(name: str):
    """c M inherits definiteness from M where c > 0, triangularity always."""

    def infer(e: Expr) -> Verdict:
        c, scalars, matrices = factors(e)
        if len(matrices) != 1:
            return UNKNOWN
        if name in ("spd", "psd") and (c < 0 or all_of(fact(s, "positive") for s in scalars) is not TRUE):
            return UNKNOWN
        return fact(matrices[0], name)

    return infer


def _sum_definite(e: Expr) -> Verdict:
    if all_of(fact(t, "psd") for t in e.args) is not TRUE:
        return UNKNOWN
    return TRUE if any(fact(t, "spd") is TRUE for t in e.args) else UNKNOWN


def _gram(e: Expr) -> Verdict:
    """B'B and B'MB with M semidefinite are semidefinite."""
    c, scalars, matrices = factors(e)
    if c < 0 or all_of(fact(s, "positive") for s in scalars) is not TRUE:
        return UNKNOWN
    while len(matrices) >= 2 and matrices[0].T is matrices[-1]:
        matrices = matrices[1:-1]
    if not matrices or (len(matrices) == 1 and fact(matrices[0], "psd") is TRUE):
        return TRUE
    return UNKNOWN


def _matrices_fact(name: str):
    """Diagonal and triangular matrices are closed under products and scaling."""
    return lambda e: all_of(fact(m, name) for m in factors(e).matrices)


def of_every_argument(name: str):
    return lambda e: all_of(fact(a, name) for a in e.args)


def well_conditioned(a: Any) -> bool:
    """Far enough from singular for an honest numerical check."""
    import numpy as np

    if np.ndim(a) == 0:
        return abs(a) > 1e-6
    return bool(np.all(np.isfinite(a))) and np.linalg.cond(a) < 1e6


def _never_a_node(*_: Any) -> Any:
    raise AssertionError("a power of a matrix is built as a product")


RECORDS = [
    Operation(
        "sum", "the sum", _same_shape, _sum_value, variadic=True, callable=False, linear=(),
        build=lambda space, args, params: add(space, *args),
        transposed=lambda e: add(e.space, *(a.T for a in e.args)),
        facts={"spd": _sum_definite, "invertible": _sum_definite, "psd": of_every_argument("psd"),
               "positive": of_every_argument("positive"), "diagonal": of_every_argument("diagonal"),
               "lower": of_every_argument("lower"), "upper": of_every_argument("upper")},
    ),
    Operation(
        "product", "the product of scalars and matrices", _product_shape, _product_value, variadic=True, callable=False,
        build=lambda space, args, params: multiply(space, *(map(space.number, params)), *args),
        transposed=_product_transposed,
        facts={"invertible": _product_invertible, "positive": _product_positive, "spd": _scaled_matrix_fact("spd"),
               "psd": _gram, "diagonal": _matrices_fact("diagonal"),
               "lower": _matrices_fact("lower"), "upper": _matrices_fact("upper")},
    ),
    Operation(
        "transpose", "the transpose", lambda s, a, p: (a[0][1], a[0][0]), lambda a: a.T if hasattr(a, "T") else a,
        callable=False, linear=(0,), build=lambda space, args, params: transpose(space, args[0]),
        facts={"invertible": _of_argument("invertible"), "positive": _of_argument("positive"),
               "lower": _of_argument("upper"), "upper": _of_argument("lower")},
    ),
    Operation(
        "inverse", "the inverse", _square_shape, _inverse_value, aliases=("inv",),
        build=lambda space, args, params: inverse(space, args[0]), transposed=of_transposed_arguments,
        domain=well_conditioned,
        facts={"invertible": lambda e: TRUE, "spd": _of_argument("spd"), "psd": _of_argument("spd"),
               "diagonal": _of_argument("diagonal"), "lower": _of_argument("lower"), "upper": _of_argument("upper")},
        latex="{0}^{{-1}}",
    ),
    Operation(
        "power", "a power of a scalar; of a vector or matrix, entry by entry", broadcast_shape, _power_value,
        (Slot("x"), Slot("p")), callable=False, build=lambda space, args, params: power(space, *args),
        transposed=of_transposed_arguments, domain=_power_domain,
        facts={"positive": _of_argument("positive"), "invertible": lambda e: fact(e.args[0], "positive")},
    ),
    Operation(
        "matrix_power", "A^k for a whole number k", _square_shape, _never_a_node,
        (Slot("A"), Slot("k", "int")), callable=False,
        build=lambda space, args, params: matrix_power(space, args[0], params[0]),
    ),
]  # fmt: skip
