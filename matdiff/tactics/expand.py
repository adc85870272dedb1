"""Multiplying out: a sum of products of names, in which like terms meet.

Products over sums, every linear operation over sums in its linear arguments, squared norms as products, A : B as a
trace.  The constructors then give each term its one form (transposes at the leaves, traces up to rotation), so that
equal terms merge.  Also sums of logarithms as the logarithm of a product.  Not here: the rules of the book (`tidy`).
Terminates: each node is visited once, and more than a few hundred terms are refused.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence

from matdiff.core.expr import Expr, remake, walk
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.leaves import number_of

_MOST_TERMS = 300
_LARGEST = 3_000
_HIGHEST_POWER = 6


class TooLong(Exception):
    """The expression would have too many terms."""


def expanded(e: Expr) -> Expr:
    """The expression multiplied out, definitions written out.  Raises TooLong."""
    done: dict[Expr, Expr] = {}
    for part in walk(e):
        args = tuple(done[a] for a in part.args)
        done[part] = _expanded(part, args)
        if done[part].size > _LARGEST:
            raise TooLong
    return done[e]


def _expanded(e: Expr, args: tuple[Expr, ...]) -> Expr:
    name, space = e.op.name, e.space
    if not args:
        return e
    if name == "definition":
        return args[0]
    if name == "sum":
        return space.apply("sum", *args)
    if name == "product":
        return _distributed(e, args, lambda chosen: multiply(space, space.number(e.params[0]), *chosen))
    if name == "frobenius":
        return _distributed(e, args, lambda chosen: space.apply("trace", multiply(space, chosen[0].T, chosen[1])))
    if name == "power" and (k := number_of(e.args[1])) is not None and k.denominator == 1:
        return _raised(e, args, int(k))
    if e.op.linear:
        linear = range(len(args)) if e.op.variadic else e.op.linear
        return _distributed(e, args, lambda chosen: space.apply(name, *chosen, params=e.params), linear)
    return e if all(a is b for a, b in zip(args, e.args)) else remake(e, args)


def _distributed(
    e: Expr, args: tuple[Expr, ...], build: Callable[[Sequence[Expr]], Expr], linear: Iterable[int] | None = None
) -> Expr:
    """The sum of `build` over all choices of one term from each linear argument."""
    positions = set(range(len(args)) if linear is None else linear)
    choices = [_terms(a) if k in positions else (a,) for k, a in enumerate(args)]
    count = 1
    for options in choices:
        count *= len(options)
        if count > _MOST_TERMS:
            raise TooLong
    found = [build(chosen) for chosen in itertools.product(*choices)]
    return found[0] if len(found) == 1 else e.space.apply("sum", *found)


def _terms(e: Expr) -> tuple[Expr, ...]:
    """The terms of a sum; those of a number times a sum too."""
    c, scalars, matrices = factors(e)
    inside = (*scalars, *matrices)
    if len(inside) == 1 and inside[0].op.name == "sum":
        return tuple(multiply(e.space, e.space.number(c), t) for t in inside[0].args)
    return terms(e)


def _raised(e: Expr, args: tuple[Expr, ...], k: int) -> Expr:
    """‖X‖² as tr(X'X), and a small power of a sum of scalars multiplied out."""
    space, base = e.space, args[0]
    if base.op.name == "normF" and k % 2 == 0 and 0 < k <= _HIGHEST_POWER:
        inner = base.args[0]
        base, k = _expanded_trace(inner), k // 2
    if not base.is_scalar or base.op.name != "sum" or not 0 < k <= _HIGHEST_POWER:
        return space.apply("power", base, space.number(k))
    return _distributed(e, (base,) * k, lambda chosen: multiply(space, *chosen))


def _expanded_trace(x: Expr) -> Expr:
    space = x.space
    return _distributed(x, (x, x), lambda chosen: space.apply("trace", multiply(space, chosen[0].T, chosen[1])))


def as_product(e: Expr) -> tuple[Expr, Expr] | None:
    """(P, R) with e = log |P| / k + R for a number k: a sum of logarithms of scalars, and whatever else is added.

    log u, log |u| and logdet(U) alike, so P is a square: its sign says nothing.  None where there is no such sum.
    """
    space = e.space
    found: list[tuple[Expr, Expr]] = []
    rest: list[Expr] = []
    for term in terms(e):
        c, scalars, matrices = factors(term)
        logs = [s for s in scalars if s.op.name in ("log", "log1p", "logdet")]
        others = [s for s in scalars if s not in logs]
        if len(logs) != 1 or matrices or any(s.op.name != "dimension" for s in others):
            rest.append(term)
        else:
            found.append((_inside(logs[0]), multiply(space, space.number(c), *others)))
    if not found or not e.is_scalar:
        return None
    whole = math.lcm(*(factors(k).coefficient.denominator for _, k in found))
    powers = [space.apply("power", u, multiply(space, space.number(2 * whole), k)) for u, k in found]
    return multiply(space, *powers), space.apply("sum", *rest) if rest else space.number(0)


def _inside(log: Expr) -> Expr:
    """What the logarithm is of."""
    (e,) = log.args
    if log.op.name == "logdet":
        return e.space.apply("det", e)
    if log.op.name == "log1p":
        return e + 1
    return e.args[0] if e.op.name == "abs" else e
