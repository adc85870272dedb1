"""Functions of a square matrix: trace, determinants, adjugate, pseudoinverse, matrix functions in Higham's sense."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, Verdict, fact
from matdiff.core.operation import STRICT, Build, Operation, ShapeRule, Sizes, square
from matdiff.dimensions import SCALAR, Shape
from matdiff.operations.algebra import multiply, scalar_part
from matdiff.operations.domains import well_conditioned
from matdiff.operations.factors import factors
from matdiff.operations.shapes import same_square
from matdiff.operations.transposes import of_transposed_arguments, upright


def _scalar_of_square(what: str) -> ShapeRule:
    def shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
        square(sizes, shapes[0], what)
        return SCALAR

    return shape


def _build_trace(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    """Scalars leave; a rank-one factor inside turns the trace into a scalar product; rotations share one node."""
    (e,) = args
    square(STRICT, e.shape, "a trace")
    if e.is_scalar:
        return e
    scalar, matrix = scalar_part(e)
    if matrix.op.name == "identity":
        return multiply(space, scalar, space.apply("dimension", params=(matrix.shape[0],)))
    if matrix.op.name == "zeros":
        return space.number(0)
    parts = factors(matrix).matrices
    for k in range(1, len(parts)):
        if parts[k].shape[0].is_one:
            return multiply(space, scalar, multiply(space, *parts[k:], *parts[:k]))
    shown = _moving_last(space, parts) if matrix.moving else upright(matrix)
    node = space.node(space.operations["trace"], (shown,), (), SCALAR, _cyclic_key(parts))
    return multiply(space, scalar, node)


def _moving_last(space: Space, parts: tuple[Expr, ...]) -> Expr:
    """tr(A B dX) is how a trace with one differential is written; a transposed one is transposed back."""
    moving = [k for k, m in enumerate(parts) if m.moving]
    if len(moving) != 1:
        return multiply(space, *parts)
    if parts[moving[0]].op.name == "transpose":
        parts = tuple(m.T for m in reversed(parts))
        moving = [len(parts) - 1 - moving[0]]
    k = moving[0] + 1
    return multiply(space, *parts[k:], *parts[:k])


def _cyclic_key(parts: tuple[Expr, ...]) -> tuple[int, ...]:
    """The same for all rotations of a product and of its transpose."""
    forward = tuple(map(id, parts))
    backward = tuple(id(m.T) for m in reversed(parts))
    return min(_least_rotation(forward), _least_rotation(backward))


def _least_rotation(ids: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest of all rotations, in linear time (Booth 1980)."""
    n = len(ids)
    best, other, k = 0, 1, 0
    while best < n and other < n and k < n:
        a, b = ids[(best + k) % n], ids[(other + k) % n]
        if a == b:
            k += 1
            continue
        if a > b:
            best = max(best + k + 1, other)
            other = best + 1
        else:
            other += k + 1
        k = 0
    start = min(best, other)
    return ids[start:] + ids[:start]


def _trace_value(a: Any) -> Any:
    import numpy as np

    return np.trace(a) if np.ndim(a) else a


def _build_det(name: str) -> Build:
    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        (e,) = args
        square(STRICT, e.shape, "a determinant")
        if e.is_scalar:
            return e if name == "det" else space.apply("log", space.apply("abs", e))
        if e.op.name == "identity":
            return space.number(1 if name == "det" else 0)
        # det X = det X'
        return space.node(space.operations[name], (upright(e),), (), SCALAR, min(id(e), id(e.T)))

    return build


def _det_value(a: Any) -> Any:
    import numpy as np

    return np.linalg.det(a)


def _logdet_value(a: Any) -> Any:
    import numpy as np

    sign, logabs = np.linalg.slogdet(a)
    if not np.iscomplexobj(a):
        return logabs
    # log |det| continued analytically: the phase is measured from the nearer end of the real axis.
    return logabs + 1j * np.angle(sign if sign.real > 0 else -sign)


def _adj_value(a: Any) -> Any:
    import numpy as np

    if np.ndim(a) == 0:
        return 1.0
    n = a.shape[0]
    out = np.empty_like(a)
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            out[j, i] = (-1) ** (i + j) * (np.linalg.det(minor) if n > 1 else 1.0)
    return out


def _pinv_value(a: Any) -> Any:
    import numpy as np

    if not np.iscomplexobj(a):
        return np.linalg.pinv(a)
    # Full rank, continued analytically: no conjugation.
    m, n = a.shape
    return np.linalg.solve(a.T @ a, a.T) if m >= n else np.linalg.solve(a @ a.T, a).T


def _full_rank(a: Any) -> bool:
    import numpy as np

    s = np.linalg.svd(a, compute_uv=False)
    return bool(s[-1] > 1e-3 * s[0])


def _build_pinv(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.is_scalar or fact(e, "invertible") is TRUE:
        return space.apply("inverse", e)
    if e.op.name == "pinv":
        return e.args[0]
    scalar, matrix = scalar_part(e)
    if scalar.op.name != "number" or scalar.params[0] != 1:
        return multiply(space, space.apply("inverse", scalar), space.apply("pinv", matrix))
    return space.node(space.operations["pinv"], args, (), (e.shape[1], e.shape[0]))


def _det_positive(e: Expr) -> Verdict:
    return fact(e.args[0], "spd")


RECORDS = [
    Operation(
        "trace", "the trace", _scalar_of_square("a trace"), _trace_value, aliases=("trace",), text="tr", linear=(0,),
        build=_build_trace, latex=r"\operatorname{{tr}}\left({0}\right)",
    ),
    Operation(
        "det", "the determinant", _scalar_of_square("a determinant"), _det_value, build=_build_det("det"),
        facts={"positive": _det_positive, "invertible": lambda e: fact(e.args[0], "invertible")},
        latex=r"\det\left({0}\right)",
    ),
    Operation(
        "logdet", "log |det X|", _scalar_of_square("a determinant"), _logdet_value, build=_build_det("logdet"),
        domain=well_conditioned, latex=r"\log\det\left({0}\right)",
    ),
    Operation(
        "adj", "the adjugate, det(X) X⁻¹ where X is invertible", same_square("an adjugate"), _adj_value,
        transposed=of_transposed_arguments, cite="horn2013, sec. 0.8.2",
    ),
    Operation(
        "pinv", "the Moore-Penrose inverse", lambda s, a, p: (a[0][1], a[0][0]), _pinv_value, build=_build_pinv,
        transposed=of_transposed_arguments, domain=_full_rank, kinks="where the rank changes", latex="{0}^{{+}}",
        cite="golub1973",
    ),
]  # fmt: skip
