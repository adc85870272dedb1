"""An expression seen as coefficient x scalar factors x matrix factors, and as a sum of terms.

Only looking: building is done in `algebra`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.core.expr import Expr


class Factors(NamedTuple):
    """A node seen as coefficient x scalar factors x matrix factors."""

    coefficient: Fraction
    scalars: tuple[Expr, ...]
    matrices: tuple[Expr, ...]


UNIT = Fraction(1)


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
    return Factors(UNIT, (e,), ()) if e.is_scalar else Factors(UNIT, (), (e,))


def terms(e: Expr) -> tuple[Expr, ...]:
    return e.args if e.op.name == "sum" else (e,)


def transposed_factors(matrices: Sequence[Expr]) -> tuple[Expr, ...]:
    """The transposed factors in reverse order; X X⁺ and X⁺ X are symmetric and stay."""
    out: list[Expr] = []
    k = len(matrices)
    while k:
        k -= 1
        m, before = matrices[k], matrices[k - 1] if k else None
        if before is not None and (_is_pinv_of(m, before) or _is_pinv_of(before, m)):
            out += [before, m]
            k -= 1
        else:
            out.append(m.T)
    return tuple(out)


def _is_pinv_of(a: Expr, b: Expr) -> bool:
    return a.op.name == "pinv" and a.args[0] is b


def upright_projectors(matrices: list[Expr]) -> list[Expr]:
    """X⁺' X' written as X X⁺, and X' X⁺' as X⁺ X."""
    if not any(m.op.name == "pinv" for m in matrices):
        return matrices
    out = list(matrices)
    for k in range(len(out) - 1):
        a, b = out[k], out[k + 1]
        if (_is_pinv_of(a, b) and b.op.name == "transpose") or (_is_pinv_of(b, a) and a.op.name == "transpose"):
            out[k : k + 2] = [b.T, a.T]
    return out
