"""Terms of a sum that have more in common than a left or right factor, put together where that is shorter.

Here: a linear operation (vec(A) + vec(B) is vec(A + B)), Hadamard and Kronecker factors, one matrix with several
numbers, one number or vector with several matrices.  Not here: left and right factors, and which of these ways is
taken (`factor`).  Terminates: each step makes fewer terms.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from fractions import Fraction

from matdiff.core.expr import Expr, Space
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.leaves import number_of

# Numbers made of matrices read better term by term: tr(A) - y'x.
_TERM_BY_TERM = frozenset({"trace", "entrysum", "frobenius"})

# So much shorter a form must be that hides different powers of one number.
_CLEARLY = 4

Group = list[Expr]
Factored = Callable[[Expr], Expr]
Joined = Callable[[Group, Factored], Expr]


def summed(space: Space, parts: Iterable[Expr]) -> Expr:
    """The sum, beginning with a term without a minus sign if there is one: b - a rather than -a + b."""
    flat = [t for part in parts for t in terms(part)]
    first = next((k for k, t in enumerate(flat) if factors(t).coefficient > 0), 0)
    return space.apply("sum", *flat[first : first + 1], *flat[:first], *flat[first + 1 :])


def gatherings(e: Expr, factored: Factored) -> Iterator[tuple[Group, Expr]]:
    """Every way found to write some of the terms as one: these terms, and that one.

    `factored` puts the terms inside together in their turn.
    """
    for key, together in ((_linear_key, _linear), (_matrices_key, _numbers)):
        for group in _groups(e, key):
            yield group, together(group, factored)
    for op, together in (("hadamard", _hadamard), ("kronecker", _kronecker)):
        yield from _shared_factors(e, op, together, factored)
    yield from _shared_numbers(e, factored)
    yield from _shared_vectors(e)


def _groups(e: Expr, key: Callable[[Expr], Hashable]) -> list[Group]:
    found: dict[Hashable, Group] = {}
    for t in e.args:
        k = key(t)
        if k is not None:
            found.setdefault(k, []).append(t)
    return [group for group in found.values() if len(group) > 1]


def _single(t: Expr) -> Expr | None:
    """The matrix of a term that is a number times one matrix."""
    matrices = factors(t).matrices
    return matrices[0] if len(matrices) == 1 else None


def _number_of(t: Expr) -> Expr:
    c, scalars, _ = factors(t)
    return multiply(t.space, t.space.number(c), *scalars)


# ------------------------------------------------------------ a linear operation


def _linear_key(t: Expr) -> Hashable:
    m = _single(t)
    if m is None or m.is_scalar or len(m.op.linear) != 1 or m.op.name in _TERM_BY_TERM or m.op.name == "transpose":
        return None
    (k,) = m.op.linear
    return (m.op.name, m.params, k, m.args[:k], m.args[k + 1 :], m.args[k].shape)


def _linear(group: Group, factored: Factored) -> Expr:
    """c vec(A) + vec(B) = vec(c A + B)."""
    space = group[0].space
    nodes = [m for m in map(_single, group) if m is not None]
    (k,) = nodes[0].op.linear
    inside = summed(space, (multiply(space, _number_of(t), m.args[k]) for t, m in zip(group, nodes)))
    args = (*nodes[0].args[:k], factored(inside), *nodes[0].args[k + 1 :])
    return space.apply(nodes[0].op.name, *args, params=nodes[0].params)


# ------------------------------------------------------------ numbers


def _matrices_key(t: Expr) -> Hashable:
    return factors(t).matrices or None


def _numbers(group: Group, factored: Factored) -> Expr:
    """a M + b M = (a + b) M."""
    space = group[0].space
    return multiply(space, factored(summed(space, map(_number_of, group))), *factors(group[0]).matrices)


def _shared_numbers(e: Expr, factored: Factored) -> Iterator[tuple[Group, Expr]]:
    """a M + a N = a (M + N); of b^3 and b^2 the terms share b^2."""
    space = e.space
    powers = {t: dict(map(_power_of, factors(t).scalars)) for t in e.args}
    for base in dict.fromkeys(b for found in powers.values() for b in found):
        group = [t for t, found in powers.items() if base in found]
        exponents = [powers[t][base] for t in group]
        if len(group) < 2 or not all((p > 0) == (exponents[0] > 0) for p in exponents):
            continue
        s = space.apply("power", base, space.number(min(exponents, key=abs)))
        sign = space.number(-1 if all(factors(t).coefficient < 0 for t in group) else 1)
        divided = space.apply("power", s, space.number(-1))
        inner = summed(space, (multiply(space, sign, divided, t) for t in group))
        after = multiply(space, sign, s, factored(inner))
        # b^-1 M - b^-2 N is as easily read.
        if exponents[0] > 0 or len(set(exponents)) == 1 or sum(t.size for t in group) - after.size >= _CLEARLY:
            yield group, after


def _power_of(s: Expr) -> tuple[Expr, Fraction]:
    """A number as base and exponent; an unknown exponent belongs to the base."""
    p = number_of(s.args[1]) if s.op.name == "power" else None
    return (s, Fraction(1)) if p is None else (s.args[0], p)


# ------------------------------------------------------------ a vector inside the numbers


def _shared_vectors(e: Expr) -> Iterator[tuple[Group, Expr]]:
    """(b'x) a + (a'x) b = (a b' + b a') x."""
    if not e.is_vector:
        return
    space = e.space
    found: dict[Expr, dict[Expr, Expr]] = {}
    for t in e.args:
        for s in factors(t).scalars:
            for row, x in _chain_ends(s):
                without = multiply(space, _without(t, s), row)
                found.setdefault(x, {}).setdefault(t, without)
    for x, parts in found.items():
        if len(parts) > 1:
            yield list(parts), multiply(space, summed(space, parts.values()), x)


def _chain_ends(s: Expr) -> Iterator[tuple[Expr, Expr]]:
    """An inner product y'x as (y', x) and (x', y)."""
    matrices = factors(s).matrices
    if len(matrices) == 2:
        row, x = matrices
        yield row, x
        yield x.T, row.T


def _without(t: Expr, s: Expr) -> Expr:
    c, scalars, matrices = factors(t)
    rest = list(scalars)
    rest.remove(s)
    return multiply(t.space, t.space.number(c), *rest, *matrices)


# ------------------------------------------------------------ Hadamard and Kronecker factors


def _shared_factors(e: Expr, op: str, together: Joined, factored: Factored) -> Iterator[tuple[Group, Expr]]:
    """Groups of terms that share a factor, of all such products in the sum."""
    if e.is_scalar:
        return
    nodes = {t: m for t in e.args if (m := _single(t)) is not None and m.op.name == op}
    if len(nodes) < 2:
        return
    for f in dict.fromkeys(f for m in nodes.values() for f in m.args):
        group = [t for t, m in nodes.items() if f in m.args]
        if len(group) > 1:
            after = together(group, factored)
            if after.op.name != "sum":
                yield group, after


def _hadamard(group: Group, factored: Factored) -> Expr:
    """A ⊙ B + A ⊙ C = A ⊙ (B + C), if something is left of each."""
    space = group[0].space
    rows = [m.args for t in group if (m := _single(t)) is not None]
    common = [f for f in rows[0] if all(f in row for row in rows[1:])]
    if any(len(row) == len(common) for row in rows):
        return space.apply("sum", *group)
    rest = [
        multiply(space, _number_of(t), space.apply("hadamard", *(f for f in row if f not in common)))
        for t, row in zip(group, rows)
    ]
    return space.apply("hadamard", *common, factored(summed(space, rest)))


def _kronecker(group: Group, factored: Factored) -> Expr:
    """A ⊗ B + A ⊗ C = A ⊗ (B + C): all but one place agree."""
    space = group[0].space
    rows = [m.args for t in group if (m := _single(t)) is not None]
    first = rows[0]
    differ = {k for row in rows[1:] for k, (a, b) in enumerate(zip(first, row)) if a is not b}
    alike = all(len(row) == len(first) and all(a.shape == b.shape for a, b in zip(first, row)) for row in rows)
    if not alike or len(differ) != 1:
        return space.apply("sum", *group)
    (k,) = differ
    middle = summed(space, (multiply(space, _number_of(t), row[k]) for t, row in zip(group, rows)))
    return space.apply("kronecker", *first[:k], factored(middle), *first[k + 1 :])
