"""Functions of one's own, applied entry by entry: unknown ones, `g : function`, and defined ones, `g(t) = t log(t)`.

Here: what such a function is, its values and those of its derivatives, and the one operation that applies it.  Not
here: how a definition is read and differentiated (`language.user_functions`, with SymPy), and the differential, which
is the rule `applied.differential`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from matdiff.core.expr import Expr, Space, walk
from matdiff.core.operation import STRICT, Operation, Slot
from matdiff.errors import UnsupportedError
from matdiff.operations.transposes import of_transposed_arguments


class Function:
    """A smooth function of one number.  Without a `body` it is unknown, and values are those of a stand-in.

    `body(k)` is the k-th derivative as an expression in `argument`.
    """

    def __init__(
        self, name: str, argument: Expr | None = None, body: Expr | None = None,
        differentiate: Callable[[Expr, Expr], Expr] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.argument = argument
        self._bodies = [] if body is None else [body]
        self._differentiate = differentiate

    @property
    def is_known(self) -> bool:
        return bool(self._bodies)

    @property
    def analytic(self) -> bool:
        """Does everything it is made of continue analytically?"""
        return all(e.op.analytic for e in walk(*self._bodies))

    def body(self, k: int) -> Expr:
        while len(self._bodies) <= k:
            assert self._differentiate is not None and self.argument is not None
            self._bodies.append(self._differentiate(self._bodies[-1], self.argument))
        return self._bodies[k]

    def value(self, k: int, x: Any) -> Any:
        """The k-th derivative at the entries of x."""
        return entrywise(self.body(k), x) if self.is_known else self._stand_in(k, x)

    def _stand_in(self, k: int, x: Any) -> Any:
        """Waves and a parabola with coefficients that depend on the name: nothing about them is special."""
        import numpy as np

        seed = zlib.crc32(self.name.encode())
        a, b, c = (((seed >> shift) % 97) / 97 for shift in (0, 8, 16))
        total = np.polyval(np.polyder([0.3 + 0.4 * a, 0.5 - b, 0.7], k) if k <= 2 else [0.0], x)
        for weight, pace, phase in ((0.9, 0.7 + c, a), (-0.6, 1.3 + a, b + 1.0)):
            total = total + weight * pace**k * np.sin(pace * x + phase + k * np.pi / 2)
        return total

    def __repr__(self) -> str:
        return f"Function({self.name})"


def entrywise(body: Expr, x: Any) -> Any:
    """The value of an expression in one number at every entry of an array."""
    done: dict[Expr, Any] = {}
    for e in walk(body):
        args = [done[a] for a in e.args]
        if e.op.name == "symbol":
            done[e] = x
        elif e.op.name == "sum":
            done[e] = sum(args[1:], args[0])
        elif e.op.name == "product":
            total: Any = float(e.params[0])
            for a in args:
                total = total * a
            done[e] = total
        elif e.op.name == "applied":
            function, k = e.params
            done[e] = function.value(k, args[0])
        else:
            done[e] = e.op.value(*args, *e.params)
    return done[body] + 0 * x


def _value(x: Any, function: Function, k: int) -> Any:
    return function.value(k, x)


def _build(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """`params` are the function, or its name, and the order of the derivative."""
    function, k = params
    if isinstance(function, str):
        if function not in space.functions:
            raise UnsupportedError(f"there is no function {function}", suggestion=f"{function} : function")
        function = space.functions[function]
    space.functions.setdefault(function.name, function)
    op = space.operations["applied"]
    return space.node(op, args, (function, k), op.shape(STRICT, [a.shape for a in args], params))


RECORDS = [
    Operation(
        "applied", "a function of one's own, or a derivative of it, entry by entry", lambda s, shapes, p: shapes[0],
        _value, (Slot("x"), Slot("g", "function"), Slot("k", "int")), callable=False, elementwise=True, build=_build,
        transposed=of_transposed_arguments,
    ),
]  # fmt: skip
