"""An expression seen as coefficient x scalar factors x matrix factors, and as a sum of terms.

Only looking: building is done in `algebra`.
"""

from __future__ import annotations

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
