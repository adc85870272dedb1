"""Common factors of a sum: A'A x - A'b is A'(A x - b), A x + A'x is (A + A')x.

A factor is pulled out only where every term keeps something else in that place: writing an identity would hide a term
of rank one (U⁻¹(v v'U⁻¹ - ½ I)).  Not here: identities of the book.  Terminates: each step makes fewer terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from matdiff.core.expr import Expr
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.tactics.gather import gatherings, summed


def factored(e: Expr) -> Expr:
    """The sum with common factors pulled out, as far as that goes."""
    while e.op.name == "sum":
        after = _together(e) or _part(e)
        if after is None:
            break
        e = after
    return e


def multiplied_in(e: Expr) -> Expr:
    """1/2 (2 A - B) as A - 1/2 B: a coefficient stands before a sum only where all its terms share one.

    A minus sign alone goes in, -a - b."""
    if e.op.name != "product" or e.params[0] == 1 or len(e.args) != 1 or e.args[0].op.name != "sum":
        return e
    inner = {abs(factors(t).coefficient) for t in e.args[0].args}
    if len(inner) == 1 and e.params[0] != -1:
        return e
    return summed(e.space, (multiply(e.space, e.space.number(e.params[0]), t) for t in e.args[0].args))


def _together(e: Expr) -> Expr | None:
    """A coefficient, scalars, left or right factors common to all terms."""
    parts = [factors(t) for t in e.args]
    scalars = [s for s in parts[0].scalars if all(s in p.scalars for p in parts[1:])]
    c = _common(tuple(p.coefficient for p in parts))
    left, right = _common_ends([p.matrices for p in parts])
    if abs(c) == 1 and not scalars and not left and not right:
        return None
    space = e.space
    inner = []
    for p in parts:
        rest = list(p.scalars)
        for s in scalars:
            rest.remove(s)
        middle = p.matrices[left : len(p.matrices) - right]
        inner.append(multiply(space, space.number(p.coefficient / c), *rest, *middle))
    first = parts[0].matrices
    core = factored(summed(space, inner))
    tail = first[len(first) - right :] if right else ()
    out = multiply(space, space.number(c), *scalars, *first[:left], core, *tail)
    return out if out is not e else None


def _common(values: tuple[Fraction, ...]) -> Fraction:
    """The modulus if all coefficients share it, with the sign of the first; 1 otherwise (±1 is left inside)."""
    size = abs(values[0])
    if any(abs(v) != size for v in values):
        return Fraction(1)
    if all(v < 0 for v in values):
        return -size
    return size


def _common_ends(rows: Sequence[tuple[Expr, ...]]) -> tuple[int, int]:
    """How many factors all rows share at the left and at the right, leaving a matrix of one shape in each."""
    shortest = min(map(len, rows))
    if shortest < 2:
        return 0, 0
    left = 0
    while left < shortest - 1 and all(r[left] is rows[0][left] for r in rows):
        left += 1
    right = 0
    while right < shortest - 1 - left and all(r[-1 - right] is rows[0][-1 - right] for r in rows):
        right += 1
    return left, right


def _part(e: Expr) -> Expr | None:
    """Some of the terms put together, in the way that makes the sum shortest."""
    best, chosen, after = 0, None, None
    for group, joined in (*_ends(e), *gatherings(e, factored)):
        saved = sum(t.size for t in group) + (len(group) == len(e.args)) - joined.size
        if saved > best:
            best, chosen, after = saved, group, joined
    if chosen is None or after is None:
        return None
    rest = (after if t is chosen[0] else t for t in e.args if t is chosen[0] or not any(t is g for g in chosen))
    return e.space.apply("sum", *rest)


def _ends(e: Expr) -> Iterator[tuple[list[Expr], Expr]]:
    """Terms that share a left or right factor."""
    for side in (0, -1):
        groups: dict[Expr, list[Expr]] = {}
        for t in e.args:
            matrices = factors(t).matrices
            if len(matrices) >= 2:
                groups.setdefault(matrices[side], []).append(t)
        for group in groups.values():
            if 1 < len(group) < len(e.args) and _is_worth_it(group):
                after = _together(e.space.apply("sum", *group))
                if after is not None and after.op.name != "sum":
                    yield group, after


def _is_worth_it(group: list[Expr]) -> bool:
    """Some of the terms are put together if little remains inside, A x + A'x, or much is shared."""
    rows = [factors(t).matrices for t in group]
    shared = sum(_common_ends(rows))
    return shared >= 2 or all(len(row) - shared == 1 for row in rows)
