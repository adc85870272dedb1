"""Sums over an index, sum(i, 1, n, body): the index is the name of a size that is bound here.

Here: the record, and which indices an expression leaves unbound.  Not here: the matrix form of such a sum
(`tactics.matrixform`).
"""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space, walk
from matdiff.core.operation import Operation, Slot
from matdiff.dimensions import Dim
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors


def sizes_in(e: Expr) -> frozenset[str]:
    """The names of sizes and indices that the value of e depends on through its own params, bound ones left out."""
    memo = e.space.memo("sizes in")
    for part in walk(e):
        if part in memo:
            continue
        found = frozenset[str]().union(*(memo[a] for a in part.args))
        if part.op.name == "indexsum":
            bounds = memo[part.args[0]] | memo[part.args[1]]
            found = (memo[part.args[2]] - {part.params[0]}) | bounds
        elif part.op.name != "symbol":
            found = found.union(*(p.names for p in part.params if isinstance(p, Dim)))
        memo[part] = found
    return memo[e]


def renamed(e: Expr, taken: frozenset[str]) -> Expr:
    """The same sum with an index that is not taken: a weight that stands before it may use the letter."""
    old, (lower, upper, body) = e.params[0], e.args
    if old not in taken:
        return e
    # nor one that a sum inside binds: it would catch what is renamed
    taken |= sizes_in(body) | {part.params[0] for part in walk(body) if part.op.name == "indexsum"}
    new = next(x for x in (*"ijkl", *(f"{old}_{n}" for n in range(1, 1000))) if x not in taken)
    return e.space.apply("indexsum", lower, upper, _substituted(body, old, new), params=(new,))


def _substituted(body: Expr, old: str, new: str) -> Expr:
    values = {old: Dim.of(new)}
    done: dict[Expr, Expr] = {}
    for part in walk(body):
        if old not in sizes_in(part):
            done[part] = part
            continue
        params = tuple(p.substitute(values) if isinstance(p, Dim) else p for p in part.params)
        done[part] = part.space.apply(part.op.name, *(done[a] for a in part.args), params=params)
    return done[body]


def _build(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """What does not depend on the index leaves: numbers, scalars, the first and last factors of a product."""
    lower, upper, body = args
    if body.op.name == "zeros":
        return body
    (index,) = params
    c, scalars, matrices = factors(body)
    still = [s for s in scalars if index not in sizes_in(s)]
    varying = [k for k, m in enumerate(matrices) if index in sizes_in(m)]
    whole = matrices if body.is_scalar and varying else ()
    first, last = (0, len(matrices)) if whole or not varying else (varying[0], varying[-1] + 1)
    if not varying:
        # a fixed matrix times numbers that vary
        inside = [s for s in scalars if s not in still]
        before, after = list(matrices), []
    else:
        inside = [*(s for s in scalars if s not in still), *matrices[first:last]]
        before, after = list(matrices[:first]), list(matrices[last:])
    if not (before or after or still or c != 1):
        return space.node(space.operations["indexsum"], args, params, body.shape)
    core = _sum_of(space, lower, upper, index, inside)
    return multiply(space, space.number(c), *still, *before, core, *after)


def _sum_of(space: Space, lower: Expr, upper: Expr, index: str, inside: list[Expr]) -> Expr:
    """The sum of a product, all of whose factors vary; of the number 1, how many terms there are."""
    if not inside:
        return space.apply("sum", upper, space.number(1), lower * -1)
    body = multiply(space, *inside)
    return space.node(space.operations["indexsum"], (lower, upper, body), (index,), body.shape)


RECORDS = [
    Operation(
        "indexsum", "the sum of the body over an index, a size name bound here", lambda s, a, p: a[2],
        lambda *a: None, (Slot("lower"), Slot("upper"), Slot("body")), callable=False, build=_build,
        transposed=lambda e: e.space.apply("indexsum", *e.args[:2], e.args[2].T, params=e.params),
    ),
]  # fmt: skip
