"""Symbolic sizes: polynomials in dimension names (`n`, `m*n`, `n - 1`, and n(n+1)/2 for a half-vectorisation).

Here: the value `Dim` and its arithmetic.  Not here: solving for sizes that were left out (`language.infer`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache

Monomial = tuple[str, ...]


class Dim:
    """An immutable polynomial in dimension names, in one canonical form, so that equal sizes compare equal."""

    __slots__ = ("terms", "names", "_hash")

    def __init__(self, terms: Iterable[tuple[Monomial, int | Fraction]]) -> None:
        self.terms: tuple[tuple[Monomial, int | Fraction], ...] = tuple(sorted((m, c) for m, c in terms if c))
        self.names: frozenset[str] = frozenset(name for monomial, _ in self.terms for name in monomial)
        self._hash = hash(self.terms)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(value: int | Fraction | str) -> Dim:
        """A literal size, or the dimension of that name."""
        return Dim([((value,), 1)]) if isinstance(value, str) else Dim([((), value)])

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Dim) and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Dim) -> Dim:
        total = dict(self.terms)
        for monomial, c in other.terms:
            total[monomial] = total.get(monomial, 0) + c
        return Dim(total.items())

    def __sub__(self, other: Dim) -> Dim:
        return self + other * Dim.of(-1)

    def __mul__(self, other: Dim) -> Dim:
        if other.terms == _ONE_TERMS:
            return self
        if self.terms == _ONE_TERMS:
            return other
        total: dict[Monomial, int | Fraction] = {}
        for m1, c1 in self.terms:
            for m2, c2 in other.terms:
                m = tuple(sorted(m1 + m2))
                total[m] = total.get(m, 0) + c1 * c2
        return Dim(total.items())

    def divided_by(self, other: Dim) -> Dim | None:
        """The polynomial q with q * other = self, or None (also where it exists but `other` is not a single term)."""
        if other.terms == _ONE_TERMS:
            return self
        if self == other:
            return ONE
        if len(other.terms) != 1:
            return None
        (divisor, c), quotient = other.terms[0], []
        for monomial, k in self.terms:
            rest = list(monomial)
            for name in divisor:
                if name not in rest:
                    return None
                rest.remove(name)
            if isinstance(k, int) and isinstance(c, int) and k % c:
                return None
            quotient.append(
                (tuple(rest), k // c if isinstance(k, int) and isinstance(c, int) else _whole(Fraction(k) / c))
            )
        return Dim(quotient)

    @property
    def is_one(self) -> bool:
        return self.terms == _ONE_TERMS

    @property
    def literal(self) -> int | None:
        """The integer this is, or None if it depends on a name."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and not self.terms[0][0]:
            return int(self.terms[0][1])
        return None

    @property
    def is_even(self) -> bool:
        """Whatever whole numbers the names stand for: modulo 2 a polynomial depends on the names modulo 2 only."""
        names = sorted(self.names)
        if len(names) > 6 or any(isinstance(c, Fraction) for _, c in self.terms):
            return False
        corners = itertools.product((0, 1), repeat=len(names))
        return all(self.value(dict(zip(names, bits))) % 2 == 0 for bits in corners)

    def half(self) -> Dim:
        """Half of it, where a count makes that whole: n(n+1)/2."""
        return Dim([(m, _whole(Fraction(c, 2))) for m, c in self.terms])

    def substitute(self, values: Mapping[str, Dim]) -> Dim:
        if self.names.isdisjoint(values):
            return self
        if len(self.terms) == 1:
            # The common case by far: a single name.
            monomial, c = self.terms[0]
            if c == 1 and len(monomial) == 1:
                return values[monomial[0]]
        total = Dim([])
        for monomial, c in self.terms:
            term = Dim.of(c)
            for name in monomial:
                term = term * values.get(name, Dim.of(name))
            total = total + term
        return total

    def value(self, sizes: Mapping[str, int]) -> int:
        """The integer at given sizes of all names (KeyError if one is missing)."""
        total: int | Fraction = 0
        for monomial, c in self.terms:
            for name in monomial:
                c *= sizes[name]
            total += c
        return int(total)

    def _written(self, times: str, factored: Callable[[Monomial], list[str]]) -> str:
        if not self.terms:
            return "0"
        below = max(Fraction(c).denominator for _, c in self.terms)
        if below > 1:
            # (n*n + n)/2
            above = Dim([(m, _whole(c * Fraction(below))) for m, c in self.terms])
            return f"({above._written(times, factored)})/{below}"
        # Higher powers first, the constant last: m*n + n - 1.
        ordered = sorted(self.terms, key=lambda term: (-len(term[0]), term[0]))
        out = ""
        for monomial, c in ordered:
            factors = factored(monomial)
            if abs(c) != 1 or not factors:
                factors.insert(0, str(abs(c)))
            sign = "-" if c < 0 else "+" if out else ""
            out += f" {sign} " if out else sign
            out += times.join(factors)
        return out

    def __str__(self) -> str:
        return self._written("*", list)

    def latex(self, name: Callable[[str], str] = str) -> str:
        """Repeated names as powers; `name` writes one of them."""

        def powers(monomial: Monomial) -> list[str]:
            counted = [(name(part), monomial.count(part)) for part in dict.fromkeys(monomial)]
            return [word if count == 1 else f"{word}^{{{count}}}" for word, count in counted]

        return self._written(" ", powers)

    def __repr__(self) -> str:
        return f"Dim({self})"


def _whole(value: Fraction) -> int | Fraction:
    return int(value) if value.denominator == 1 else value


_ONE_TERMS = (((), 1),)
ONE = Dim.of(1)
Shape = tuple[Dim, Dim]
SCALAR: Shape = (ONE, ONE)


def shape_text(shape: Shape) -> str:
    """`m×n` as people write it; compound sizes in parentheses; a scalar is called so."""
    if shape == SCALAR:
        return "scalar"
    return "×".join(f"({d})" if " " in str(d) or "*" in str(d) else str(d) for d in shape)
