"""One evaluator for everything: real or complex, memoised on interned nodes.

Here: `Evaluation` of expressions at a point.  A 1x1 expression is a plain number, every other value a 2-D array.
Not here: what an operation computes (its record), where points come from (`sample`), tangents (`tangent`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from matdiff.core.expr import Expr
from matdiff.core.facts import TRUE, fact
from matdiff.core.operation import KINK_AT_ZERO
from matdiff.dimensions import Dim


class OutOfDomain(Exception):
    """A function was asked for a value outside its domain, or too near its border for an honest check."""


class Evaluation:
    """Values of expressions at one point.

    `values` maps symbol names to arrays, `sizes` dimension names to integers.  `tangent` answers for `d(e)`.  With
    `strict`, operations test their domain and OutOfDomain is raised at the first violation.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        sizes: Mapping[str, int],
        *,
        tangent: Callable[[Expr], Any] | None = None,
        strict: bool = False,
    ) -> None:
        self.values = values
        self.sizes = sizes
        self.tangent = tangent
        self.strict = strict
        self.memo: dict[Expr, Any] = {}

    def __call__(self, e: Expr) -> Any:
        memo = self.memo
        if e not in memo:
            for part in order(e, memo):
                memo[part] = self._value(part)
        return memo[e]

    def _value(self, e: Expr) -> Any:
        name = e.op.name
        if name == "symbol":
            return self.values[e.name]
        if name == "definition":
            return self.memo[e.args[0]]
        if name == "d":
            if self.tangent is None:
                raise ValueError("a differential has no value without a direction")
            return self.tangent(e.args[0])
        if name == "indexsum":
            return self._index_sum(e)
        if name == "applied" and (key := key_of(e.params[0].name, e.params[1])) in self.values:
            # a function given as a callable
            return self.values[key](self.memo[e.args[0]])
        args = [self.memo[a] for a in e.args]
        params = [p.value(self.sizes) if isinstance(p, Dim) else p for p in e.params]
        if self.strict and e.op.domain is not None:
            tested = [_moving_entries(a, v) for a, v in zip(e.args, args)] if e.op.kinks == KINK_AT_ZERO else args
            if not _applied(e.op.domain, e, tested):
                raise OutOfDomain(e.op.name)
        out = _applied(e.op.value, e, args, *params)
        if e.is_scalar and hasattr(out, "ndim") and out.ndim:
            out = out.reshape(-1)[0]
        return out

    def _index_sum(self, e: Expr) -> Any:
        import numpy as np

        lower, upper, body = e.args
        first, last = round(self(lower).real), round(self(upper).real)
        # Inside another sum over the same letter, what is known belongs to the other one.
        again = e.params[0] in self.sizes
        total: Any = 0.0 if e.is_scalar else np.zeros([d.value(self.sizes) for d in e.shape])
        for k in range(first, last + 1):
            inner = Evaluation(self.values, {**self.sizes, e.params[0]: k}, tangent=self.tangent, strict=self.strict)
            inner.memo = self.memo.copy() if not again else {}
            total = total + inner(body)
        return total


def _moving_entries(e: Expr, value: Any) -> Any:
    """The value with 1 for the zeros of a triangular or diagonal matrix, which stay 0 whatever moves."""
    import numpy as np

    for word, part in (("lower", np.tril), ("upper", np.triu)):
        if not e.shape[0].is_one and fact(e, word) is TRUE:
            value = np.where(part(np.ones(np.shape(value))) + abs(value) == 0, 1.0, value)
    return value


def key_of(name: str, order: int) -> str:
    """What the derivative of a function of one's own is called where callables are given: g, g_1, g_2."""
    return f"{name}_{order}" if order else name


def _applied(function: Callable[..., Any], e: Expr, args: list[Any], *params: Any) -> Any:
    """What is written for matrices meets a 1x1 argument as a number, and then as the matrix it is: expm(a), tril(a)."""
    import numpy as np

    try:
        return function(*args, *params)
    except (TypeError, AttributeError, IndexError, np.linalg.LinAlgError):
        if not any(a.is_scalar for a in e.args):
            raise
        return function(*map(np.atleast_2d, args), *params)


def order(root: Expr, done: Mapping[Expr, Any], *, into_d: bool = False) -> Iterator[Expr]:
    """Arguments before the nodes that use them, leaving out what is done.

    The body of an index sum is evaluated only inside it; the argument of a `d` by who answers for it, unless `into_d`.
    """
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif id(e) not in seen and e not in done:
            seen.add(id(e))
            stack.append((e, True))
            if e.op.name == "indexsum":
                stack.extend((a, False) for a in e.args[:2])
            elif into_d or e.op.name != "d":
                stack.extend((a, False) for a in reversed(e.args))
