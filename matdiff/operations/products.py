"""The other products: Frobenius `A : B`, Hadamard `A ⊙ B`, Kronecker `A ⊗ B`, Khatri-Rao."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import UNKNOWN, Verdict, all_of, fact
from matdiff.core.operation import STRICT, Fact, Operation, Sizes, Slot
from matdiff.dimensions import ONE, SCALAR, Shape, shape_text
from matdiff.operations.algebra import multiply, plain, scalar_part
from matdiff.operations.inference import every_argument_nonnegative, of_every_argument
from matdiff.operations.powers import power
from matdiff.operations.shapes import is_scalar_shape
from matdiff.operations.sums import add
from matdiff.operations.transposes import of_transposed_arguments


def _like(sizes: Sizes, shapes: Any, what: str) -> Shape:
    first = shapes[0]
    for other in shapes[1:]:
        shown = [shape_text((sizes.resolve(s[0]), sizes.resolve(s[1]))) for s in (first, other)]
        for a, b in zip(first, other):
            sizes.equal(a, b, f"{what} needs two operands of one shape, not {shown[0]} and {shown[1]}")
    return first


# ---------------------------------------------------------------- Frobenius


def _frobenius_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    _like(sizes, shapes, "A : B")
    return SCALAR


def _build_frobenius(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    a, b = args
    _frobenius_shape(STRICT, (a.shape, b.shape), ())
    if a.is_scalar:
        return multiply(space, a, b)
    if a.op.name == "zeros" or b.op.name == "zeros":
        return space.number(0)
    (s, a), (t, b) = scalar_part(a), scalar_part(b)
    # A : B = B : A = A' : B'
    key = min(tuple(sorted((id(a), id(b)))), tuple(sorted((id(a.T), id(b.T)))))
    return multiply(space, s, t, space.node(space.operations["frobenius"], (a, b), (), SCALAR, key))


def _frobenius_value(a: Any, b: Any) -> Any:
    return a * b if not hasattr(a, "shape") or a.ndim == 0 else (a * b).sum()


# ---------------------------------------------------------------- Hadamard


def _hadamard_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    matrices = [s for s in shapes if not is_scalar_shape(sizes, s)]
    return _like(sizes, matrices, "an entry-by-entry product") if matrices else SCALAR


def _build_hadamard(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    """Flat; scalars leave; all-ones factors disappear; equal factors become powers."""
    shape = _hadamard_shape(STRICT, [a.shape for a in args], ())
    if shape == SCALAR:
        return multiply(space, *args)
    outside: list[Expr] = []
    exponents: dict[Expr, Expr] = {}
    for arg in args:
        if arg.is_scalar:
            outside.append(arg)
            continue
        scalar, matrix = scalar_part(arg)
        outside.append(scalar)
        for part in matrix.args if matrix.op.name == "hadamard" else (matrix,):
            if part.op.name == "zeros":
                return space.apply("zeros", params=shape)
            if part.op.name == "ones":
                continue
            base, p = part.args if _is_scalar_power(part) else (part, space.number(1))
            exponents[base] = add(space, exponents[base], p) if base in exponents else p
    kept = []
    for base, p in exponents.items():
        scalar, matrix = scalar_part(power(space, base, p))
        outside.append(scalar)
        if matrix.op.name != "ones":
            kept.append(matrix)
    if not kept:
        core = space.apply("ones", params=shape)
    elif len(kept) == 1:
        core = kept[0]
    else:
        core = space.node(space.operations["hadamard"], tuple(kept), (), shape, frozenset(map(id, kept)))
    return multiply(space, *outside, core)


def _is_scalar_power(e: Expr) -> bool:
    return e.op.name == "power" and e.args[1].is_scalar


def _hadamard_value(*args: Any) -> Any:
    out = args[0]
    for a in args[1:]:
        out = out * a
    return out


# ---------------------------------------------------------------- Kronecker


def _kronecker_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows, cols = ONE, ONE
    for s in shapes:
        rows, cols = rows * s[0], cols * s[1]
    return rows, cols


def _build_kronecker(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    """Flat; scalars leave; neighbouring identities and zeros fold."""
    shape = _kronecker_shape(STRICT, [a.shape for a in args], ())
    outside: list[Expr] = []
    kept: list[Expr] = []
    for arg in args:
        if arg.is_scalar:
            outside.append(arg)
            continue
        scalar, matrix = scalar_part(arg)
        outside.append(scalar)
        for part in matrix.args if matrix.op.name == "kronecker" else (matrix,):
            if part.op.name == "zeros":
                return space.apply("zeros", params=shape)
            if kept and part.op.name == kept[-1].op.name == "identity":
                kept[-1] = space.apply("identity", params=(kept[-1].shape[0] * part.shape[0],))
            else:
                kept.append(part)
    if not kept:
        return multiply(space, *outside)
    core = kept[0] if len(kept) == 1 else space.node(space.operations["kronecker"], tuple(kept), (), shape)
    return multiply(space, *outside, core)


def _kronecker_value(*args: Any) -> Any:
    import numpy as np

    out = args[0]
    for a in args[1:]:
        out = np.kron(out, a)
    return out


def _square_arguments(name: str) -> Fact:
    """A Kronecker product has the property if every factor is square and has it."""

    def infer(e: Expr) -> Verdict:
        if any(a.shape[0] != a.shape[1] for a in e.args):
            return UNKNOWN
        return all_of(fact(a, name) for a in e.args)

    return infer


# ---------------------------------------------------------------- Khatri-Rao


def _khatrirao_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (m, r), (p, s) = shapes
    sizes.equal(r, s, "khatrirao needs two matrices with the same number of columns")
    return m * p, r


def _khatrirao_value(a: Any, b: Any) -> Any:
    # Column k is a_k ⊗ b_k.
    return (a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1])


def _build_khatrirao(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    a, b = args
    if a.shape[1].is_one and b.shape[1].is_one:
        return space.apply("kronecker", a, b)
    if a.shape[0].is_one and b.shape[0].is_one:
        return space.apply("hadamard", a, b)
    return plain(space, space.operations["khatrirao"], args, params)


RECORDS = [
    Operation(
        "frobenius", "the Frobenius inner product A : B = tr(A'B)", _frobenius_shape, _frobenius_value,
        (Slot("A"), Slot("B")), callable=False, linear=(0, 1), build=_build_frobenius,
    ),
    Operation(
        "hadamard", "the entry-by-entry product", _hadamard_shape, _hadamard_value, variadic=True,
        linear=(0, 1), build=_build_hadamard, transposed=of_transposed_arguments,
        facts={"positive": of_every_argument("positive"), "nonnegative": every_argument_nonnegative,
               "spd": of_every_argument("spd"),
               "psd": of_every_argument("psd")},
        cite="horn1991, ch. 5",
    ),
    Operation(
        "kronecker", "the Kronecker product", _kronecker_shape, _kronecker_value, variadic=True, aliases=("kron",),
        text="kron", linear=(0, 1), build=_build_kronecker, transposed=of_transposed_arguments,
        facts={name: _square_arguments(name)
               for name in ("invertible", "spd", "psd", "diagonal", "lower", "upper", "positive")},
        cite="horn1991, ch. 4",
    ),
    Operation(
        "khatrirao", "the columnwise Kronecker product", _khatrirao_shape, _khatrirao_value, (Slot("A"), Slot("B")),
        linear=(0, 1), build=_build_khatrirao, cite="kolda2009, sec. 2.6",
    ),
]  # fmt: skip
