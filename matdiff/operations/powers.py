"""Inverses and powers: of scalars, entry by entry, and of square matrices."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, UNKNOWN, Verdict, fact
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, square
from matdiff.dimensions import ONE, Shape
from matdiff.errors import UnsupportedError
from matdiff.operations.algebra import multiply, product_node, scalar_part
from matdiff.operations.domains import well_conditioned
from matdiff.operations.factors import UNIT, factors
from matdiff.operations.inference import never_negative, of_argument
from matdiff.operations.leaves import number_of
from matdiff.operations.shapes import broadcast_shape
from matdiff.operations.transposes import of_transposed_arguments


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
    if p is not None and p.denominator == 1 and p % 2 == 0 and base.op.name == "sum":
        base = _of_either_sign(space, base)
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
        rest = product_node(space, UNIT, matrices, base.shape) if matrices else space.number(1)
        powers = [power(space, f, space.number(p)) for f in (space.number(c), *scalars, rest)]
        return multiply(space, *powers)
    return None


def _of_either_sign(space: Space, base: Expr) -> Expr:
    """The base of an even power as it was first written, a - b or b - a: (x 1' - 1 x').^2 is symmetric."""
    known = space.memo("even powers")
    if base not in known:
        known[base] = base
        # Built first here, so in the order in which it would be printed: b - a rather than -a + b.
        turned = sorted((t * -1 for t in base.args), key=lambda t: factors(t).coefficient < 0)
        known.setdefault(space.apply("sum", *turned), base)
    return known[base]


def matrix_power(space: Space, base: Expr, k: int) -> Expr:
    """A^k for a whole number k, written out as a product (the printer shows a run as a power again)."""
    square(STRICT, base.shape, "a power of a matrix")
    if k == 0:
        return space.apply("identity", params=(base.shape[0],))
    factor = base if k > 0 else inverse(space, base)
    return multiply(space, *([factor] * abs(k)))


def kth_power(space: Space, base: Expr, exponent: Expr) -> Expr:
    """A^k for a scalar k that stands for a whole number; one that is a number makes it a product."""
    _kth_power_shape(STRICT, (base.shape, exponent.shape), ())
    if base.is_scalar:
        return power(space, base, exponent)
    if not is_whole(exponent):
        raise UnsupportedError("a matrix is raised to whole numbers only", suggestion="k : integer")
    k = number_of(exponent)
    if k is not None:
        return matrix_power(space, base, int(k))
    if exponent.op.name == "product" and exponent.params[0] < 0:
        return inverse(space, kth_power(space, base, -exponent))
    if base.op.name == "identity":
        return base
    return space.node(space.operations["kth_power"], (base, exponent), (), base.shape)


def is_whole(e: Expr) -> bool:
    """Is this a whole number, whatever whole numbers its integers and sizes stand for?"""
    if e.op.name == "number":
        return bool(e.params[0].denominator == 1)
    if e.op.name == "symbol":
        return bool(e.params[1] == "integer")
    if e.op.name == "product" and e.params[0].denominator != 1:
        return False
    return e.op.name == "dimension" or (e.op.name in ("definition", "sum", "product") and all(map(is_whole, e.args)))


def _kth_power_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    square(sizes, shapes[0], "a power of a matrix")
    for size in shapes[1]:
        sizes.equal(size, ONE, "an exponent is a number")
    return shapes[0]


def _whole_exponent(a: Any, k: Any) -> bool:
    return bool(abs(k - round(k)) < 1e-9 and k > -0.5)


def _kth_power_value(a: Any, k: Any) -> Any:
    import numpy as np

    return np.linalg.matrix_power(a, round(k.real if hasattr(k, "real") else k))


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


def _square_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    square(sizes, shapes[0], "an inverse or a power")
    return shapes[0]


def _never_a_node(*_: Any) -> Any:
    raise AssertionError("a power of a matrix is built as a product")


def _power_nonnegative(e: Expr) -> Verdict:
    """x², and a power of what is not negative."""
    base, exponent = e.args
    p = number_of(exponent)
    even = p is not None and p.denominator == 1 and p % 2 == 0
    return TRUE if even or never_negative(base) else UNKNOWN


RECORDS = [
    Operation(
        "kth_power", "A^k for a whole number k that has a name", _kth_power_shape, _kth_power_value,
        (Slot("A"), Slot("k", whole=True)), callable=False, build=lambda space, args, params: kth_power(space, *args),
        transposed=lambda e: kth_power(e.space, e.args[0].T, e.args[1]), domain=_whole_exponent,
        facts={word: of_argument(word) for word in ("invertible", "spd", "psd", "diagonal", "lower", "upper")},
        cite="horn2013, sec. 1.1",
    ),
    Operation(
        "inverse", "the inverse", _square_shape, _inverse_value, aliases=("inv",),
        build=lambda space, args, params: inverse(space, args[0]), transposed=of_transposed_arguments,
        domain=well_conditioned,
        facts={"invertible": lambda e: TRUE, "spd": of_argument("spd"), "psd": of_argument("spd"),
               "diagonal": of_argument("diagonal"), "lower": of_argument("lower"), "upper": of_argument("upper")},
        latex="{0}^{{-1}}",
    ),
    Operation(
        "power", "a power of a scalar; of a vector or matrix, entry by entry", broadcast_shape, _power_value,
        (Slot("x"), Slot("p")), callable=False, build=lambda space, args, params: power(space, *args),
        transposed=of_transposed_arguments, domain=_power_domain,
        facts={"positive": of_argument("positive"), "nonnegative": _power_nonnegative,
               "invertible": lambda e: fact(e.args[0], "positive") if e.is_scalar else UNKNOWN},
    ),
    Operation(
        "matrix_power", "A^k for a whole number k", _square_shape, _never_a_node,
        (Slot("A"), Slot("k", "int")), callable=False,
        build=lambda space, args, params: matrix_power(space, args[0], params[0]),
    ),
]  # fmt: skip
