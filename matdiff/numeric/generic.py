"""Random values over the dual numbers that respect what was declared, and the sizes at which they are drawn.

A declared property is one of three things.  A linear structure (symmetric, skew, triangular, diagonal) is drawn as it
is.  An open condition (positive, invertible, spd and psd among the symmetric matrices) needs nothing: a polynomial that
vanishes on an open set vanishes everywhere, so a rational identity holds under the condition iff it holds without.
Orthogonal matrices come from skew ones by the Cayley transform, which reaches all rotations but for a set of lower
dimension; the other half of the square ones, with determinant -1, is tried separately.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.numeric.dual import Dual, NotRational, Ring, Undefined

_LINEAR = frozenset({"symmetric", "skew", "diagonal", "lower", "upper"})
# Larger matrices are left to floating-point numbers.
LARGEST = 40_000
# Beyond this many entries a second size is not worth its time.
_COMFORTABLE = 2_500
_LITTLE_WORK = 200_000
_MOST_WORK = 3_000_000
_RANDOM_SIZES = 60


def draw(symbol: Expr, rows: int, cols: int, ring: Ring, rng: random.Random, moving: bool, reflected: bool) -> Dual:
    """A value of a symbol and, if it moves, a direction allowed to it."""
    properties = symbol.params[2]
    if "orthogonal" in properties and not symbol.is_scalar:
        return _orthogonal(properties, rows, cols, ring, rng, moving, reflected)
    value = _structured(properties, random_matrix(rows, cols, ring, rng), ring)
    return Dual(value, _structured(properties, random_matrix(rows, cols, ring, rng), ring) if moving else None)


def random_matrix(rows: int, cols: int, ring: Ring, rng: random.Random) -> Any:
    import numpy as np

    out = np.empty((rows, cols), dtype=object)
    for i, j in np.ndindex(rows, cols):
        out[i, j] = rng.randrange(ring.p)
    return out


def _structured(properties: frozenset[str], a: Any, ring: Ring) -> Any:
    import numpy as np

    if a.shape == (1, 1):
        return a * 0 if "skew" in properties else a
    if "symmetric" in properties:
        a = np.tril(a) + np.tril(a, -1).T
    if "skew" in properties:
        a = (np.tril(a, -1) - np.tril(a, -1).T) if "symmetric" not in properties else a * 0
    mirrored = properties & {"symmetric", "skew"}
    if "lower" in properties or ("upper" in properties and mirrored):
        a = np.tril(a)
    if "upper" in properties or ("lower" in properties and mirrored):
        a = np.triu(a)
    return (np.diag(np.diag(a)) if "diagonal" in properties else a) % ring.p


def _orthogonal(
    properties: frozenset[str], rows: int, cols: int, ring: Ring, rng: random.Random, moving: bool, reflected: bool
) -> Dual:
    """The first columns of (I - S)(I + S)⁻¹ with S skew; it moves by Q dΩ, dΩ skew (Edelman, Arias & Smith 1998)."""
    import numpy as np

    if properties & (_LINEAR | {"positive", "spd", "psd"}):
        raise NotRational("orthogonal matrices with a further structure have no rational parameters here")
    if cols > rows:
        raise Undefined("orthogonal needs at least as many rows as columns")
    skew = frozenset({"skew"})
    identity = ring.constant(np.eye(rows, dtype=int))
    s = Dual(_structured(skew, random_matrix(rows, rows, ring, rng), ring)) if rows > 1 else ring.constant([[0]])
    q = ring.times(ring.add(identity, ring.scaled(s, -1)), ring.inverse(ring.add(identity, s))).value
    if reflected:
        q = np.hstack([-q[:, :1], q[:, 1:]]) % ring.p
    turn = _structured(skew, random_matrix(rows, rows, ring, rng), ring)
    return Dual(q[:, :cols], q.dot(turn)[:, :cols] % ring.p if moving else None)


def reflections(symbols: list[Expr], sizes: dict[str, int]) -> Iterator[frozenset[str]]:
    """Every choice of the square orthogonal symbols that are reflections: both halves of the group must be seen."""
    names = []
    for s in symbols:
        if "orthogonal" in s.params[2] and not s.is_scalar and s.shape[0].value(sizes) == s.shape[1].value(sizes):
            names.append(s.name)
    if len(names) > 3:
        raise NotRational("more than three orthogonal matrices")
    for count in range(len(names) + 1):
        yield from map(frozenset, itertools.combinations(names, count))


# ---------------------------------------------------------------- sizes


def sizes_to_try(roots: list[Expr], names: list[str], least: int, rng: random.Random) -> Iterator[dict[str, int]]:
    """Assignments of sizes, even and odd ones, in both orders, and one as large as is cheap; then random small ones.

    An identity may hold at small sizes only: X² - tr(X) X + det(X) I = 0 for 2x2 matrices.  A trace identity of degree
    below n does not hold for n x n matrices without holding for all (Procesi 1976).
    """
    if not names:
        yield {}
        return
    k, base = len(names), max(2, least)
    up = [base + i for i in range(k)]
    equal = [[base + extra] * k for extra in (1, 2, 3, 4, 5)]
    wanted = [up, up[::-1]] + ([[*up[1:], up[0]]] if k > 2 else [])
    wanted += [next((v for v in reversed(equal) if _cheap(roots, names, v)), equal[0]), *equal]
    seen: list[list[int]] = []
    for values in wanted:
        if values not in seen and (values is up or _cheap(roots, names, values)):
            seen.append(values)
            yield dict(zip(names, values))
    # an index must not exceed a size: X[i, j] needs small i and j
    for _ in range(_RANDOM_SIZES):
        yield {name: rng.randrange(1, least + 6) for name in names}


def _cheap(roots: list[Expr], names: list[str], values: list[int]) -> bool:
    sizes = dict(zip(names, values))
    return largest(roots, sizes) <= _COMFORTABLE and work(roots, sizes) <= _LITTLE_WORK


def largest(roots: list[Expr], sizes: dict[str, int]) -> int:
    """Entries of the largest matrix; the sizes of a sum's index are bound and do not count."""
    return max((_rows(e, sizes) * _cols(e, sizes) for e in walk(*roots)), default=1)


def work(roots: list[Expr], sizes: dict[str, int]) -> int:
    """Multiplications, roughly: of products, and of elimination."""
    total = 0
    for e in walk(*roots):
        if e.op.name == "product":
            inner = max(_cols(a, sizes) for a in e.args)
            total += len(e.args) * _rows(e, sizes) * _cols(e, sizes) * inner
        elif e.op.name in ("inverse", "det", "logdet", "pinv", "sylvester", "adj"):
            n = _rows(e.args[0], sizes)
            n *= _rows(e.args[1], sizes) if e.op.name == "sylvester" else 1
            total += 4 * n**4 if e.op.name == "adj" else n**3
    return total


def _rows(e: Expr, sizes: dict[str, int]) -> int:
    return e.shape[0].value(sizes) if e.shape[0].names <= sizes.keys() else 1


def _cols(e: Expr, sizes: dict[str, int]) -> int:
    return e.shape[1].value(sizes) if e.shape[1].names <= sizes.keys() else 1


def is_too_much(roots: list[Expr], sizes: dict[str, int]) -> bool:
    return largest(roots, sizes) > LARGEST or work(roots, sizes) > _MOST_WORK


__all__ = ["draw", "is_too_much", "largest", "random_matrix", "reflections", "sizes_to_try"]
