"""Building the right side of a rule from a binding."""

from __future__ import annotations

from typing import Any

from matdiff.book.match import Binding, absent_value
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, Space
from matdiff.dimensions import Dim


def instantiate(rule: Rule | None, pattern: Expr, b: Binding, space: Space) -> Expr:
    """The pattern with its holes filled in, built in the problem's own space."""
    name = pattern.op.name
    if name == "symbol":
        if pattern.name in b.holes:
            return b.holes[pattern.name]
        assert rule is not None
        return absent_value(rule, pattern.name, b.absent[pattern.name], b, space)
    args = tuple(instantiate(rule, a, b, space) for a in pattern.args)
    params: tuple[Any, ...] = tuple(p.substitute(b.dims) if isinstance(p, Dim) else p for p in pattern.params)
    if name == "applied" and params[0].name in b.functions:
        function, order = b.functions[params[0].name]
        params = (function, order + params[1])
    if name == "indexsum":
        # The bound index is renamed like a size.
        params = (str(Dim.of(pattern.params[0]).substitute(b.dims)),)
    return space.apply(name, *args, params=params)
