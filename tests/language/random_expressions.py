"""Random expressions over every operation of the registry, for round trips.  Not tests themselves."""

from __future__ import annotations

import random

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import Operation
from matdiff.dimensions import ONE, Dim
from matdiff.errors import MatdiffError
from matdiff.language.problem import Problem, parse_problem
from matdiff.operations.registry import OPERATIONS

NAMES = """
A, B : matrix(n, n); S : matrix(n, n), symmetric; L : matrix(n, n), lower; X, Y : matrix(m, n); Z : matrix(n, m)
P : matrix(m*n, m*n); x, y : vector(n); u : vector(m); w : vector(m*n); a, beta : scalar; sigma2 : scalar, positive
c_1 : vector(3); v : vector(3); T : scalar; M : matrix(3, 3)
U = A S; z = X x; g : function
a
"""
SKIPPED = {
    "derivative",
    "hessian",
    "symbol",
    "definition",
    "indexsum",
    "matrix_power",
    "number",
    "constant",
    "dimension",
    "d",
}
_SIZES = [Dim.of(s) for s in ("m", "n", 1, 2, 3)] + [Dim.of("m") * Dim.of("n"), Dim.of("n") - ONE]


def problem() -> Problem:
    """The problem whose names the random expressions use."""
    return parse_problem(NAMES)


def grow(base: Problem, rng: random.Random, count: int) -> list[Expr]:
    """A pool of `count` new expressions, later ones built from earlier ones."""
    space = base.space
    pool: list[Expr] = [
        *base.variables.values(),
        *base.definitions.values(),
        space.number(2),
        space.apply("number", params=(-1,)),
    ]
    start = len(pool)
    operations = [op for name, op in sorted(OPERATIONS.items()) if name not in SKIPPED]
    while len(pool) < start + count:
        made = one(space, rng.choice(operations), pool, rng)
        if made is not None and made.size < 60:
            pool.append(made)
    return pool[start:]


def one(space: Space, op: Operation, pool: list[Expr], rng: random.Random) -> Expr | None:
    """One application of `op` to random arguments, or None if they do not fit."""
    if op.variadic or op.name in ("sum", "product"):
        first = rng.choice(pool)
        args = [first, *(rng.choice(pool) for _ in range(rng.randint(1, 2)))]
        if op.name in ("sum", "hadamard"):
            same = [e for e in pool if e.shape == first.shape]
            args = [first, rng.choice(same), rng.choice(same)]
        params: tuple = ()
    else:
        slots = op.signature
        args = [rng.choice(pool) for s in slots if s.kind == "expr"]
        if len(args) == 2 and rng.random() < 0.7:
            args[1] = rng.choice([e for e in pool if e.shape == args[0].shape])
        params = tuple(_param(s, op, rng) for s in slots if s.kind != "expr")
    if op.name == "slice" and (args[0].is_scalar or any(p not in (ONE, s) for p, s in zip(params, _ends(args[0])))):
        return None
    try:
        return space.apply(op.name, *args, params=params)
    except (MatdiffError, ValueError, ZeroDivisionError):
        return None


def _ends(e: Expr) -> list[Dim]:
    return [ONE, e.shape[0], ONE, e.shape[1]]


def _param(slot, op: Operation, rng: random.Random):
    if slot.kind == "dim":
        return rng.choice(_SIZES)
    if slot.kind == "function":
        return "g"
    return rng.choice(slot.among) if slot.among else rng.randint(1, 3)
