"""How likely a false identity would survive an exact test at a random point: degrees and heights of what is compared.

Every entry of an expression is N/D with polynomials in the entries of its variables.  Tracked are bounds on the degree
of N, on log2 of the sum of the moduli of its coefficients, and the factors of D (determinants that were divided by),
whose least common multiple a sum takes.  A nonzero N of degree n vanishes at a random point of F_p with probability at
most n/p, at one where D does not vanish at most n/(p - deg D) (Schwartz 1980, Zippel 1979); its coefficients all vanish
modulo at most log2(height)/60 of the more than 2^54 primes between 2^60 and 2^61.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from matdiff.core.expr import Expr
from matdiff.dimensions import Dim
from matdiff.numeric.dual import PRIME_BITS
from matdiff.numeric.evaluate import order

_PRIMES = 2.0**54


@dataclass(frozen=True)
class Bound:
    """The numerators: `degree` and `bits`; the denominator: how often each factor divides."""

    degree: int
    bits: float
    below: Mapping[Any, int] = field(default_factory=dict)


class Degrees:
    """Bounds for the entries of expressions at given sizes.

    `whole` answers for exponents at given sizes; `atoms` are the expressions that were drawn as if they were variables.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        whole: Callable[[Expr, Mapping[str, int]], int | None],
        atoms: Collection[Expr] = (),
    ) -> None:
        self.sizes, self.whole, self.atoms = sizes, whole, atoms
        # degree and bits of each factor of a denominator
        self.factors: dict[Any, tuple[int, float]] = {}
        self.memo: dict[Expr, Bound] = {}

    def __call__(self, e: Expr) -> Bound:
        for part in order(e, self.memo, into_d=True):
            self.memo[part] = self._bound(part)
        return self.memo[e]

    def chance(self, left: Expr, right: Expr) -> float:
        """The probability, at most, that two different sides agree at a random point modulo a random prime."""
        gap = self.total([self(left), self(right)])
        below = sum(self.factors[key][0] * times for key, times in gap.below.items())
        p = 2 ** (PRIME_BITS - 1)
        if gap.degree + below >= p:
            return 1.0
        return float(gap.degree / (p - below) + gap.bits / (PRIME_BITS - 1) / _PRIMES)

    def total(self, parts: list[Bound]) -> Bound:
        """Of a sum: over the least common multiple of the denominators."""
        below: dict[Any, int] = {}
        for a in parts:
            for key, times in a.below.items():
                below[key] = max(times, below.get(key, 0))
        degree, bits = 0, 0.0
        for a in parts:
            extra = {key: times - a.below.get(key, 0) for key, times in below.items()}
            degree = max(degree, a.degree + sum(self.factors[k][0] * t for k, t in extra.items()))
            bits = max(bits, a.bits + sum(self.factors[k][1] * t for k, t in extra.items()))
        return Bound(degree, bits + math.log2(max(1, len(parts))), below)

    def times(self, parts: list[Bound], terms: int = 1) -> Bound:
        """Of sums of `terms` products."""
        below: dict[Any, int] = {}
        for a in parts:
            for key, count in a.below.items():
                below[key] = below.get(key, 0) + count
        return Bound(sum(a.degree for a in parts), sum(a.bits for a in parts) + math.log2(max(1, terms)), below)

    def _size(self, d: Dim) -> int:
        return d.value(self.sizes) if d.names <= self.sizes.keys() else 1

    def _entries(self, e: Expr) -> int:
        return self._size(e.shape[0]) * self._size(e.shape[1])

    def _bound(self, e: Expr) -> Bound:
        name, args = e.op.name, [self.memo[a] for a in e.args if a in self.memo]
        if e in self.atoms:
            return Bound(1, 1.0)
        if name == "symbol":
            return self._symbol(e)
        if name == "number":
            q = e.params[0]
            # a denominator can be multiplied out: it only makes the whole numbers larger
            return Bound(0, math.log2(1 + abs(q.numerator)) + math.log2(q.denominator))
        if name == "sum":
            return self.total(args)
        if name in ("inverse", "pinv", "sylvester"):
            return self._solved(e, args)
        if name in ("det", "adj"):
            n = self._size(e.args[0].shape[0])
            return self._power(args[0], n, n)
        if name == "power":
            return self._raised(e, args[0])
        if name == "kth_power":
            return self._power(args[0], self.whole(e.args[1], self.sizes) or 0, self._size(e.shape[0]))
        if name == "prod":
            return self._power(args[0], self._entries(e.args[0]))
        if name == "d":
            return self._differential(args[0])
        if name in ("log", "log1p", "logdet"):
            return self._logarithm(e, args[0])
        if name == "indexsum":
            return self._index_sum(e)
        if not args:
            return Bound(1 if name == "constant" else 0, math.log2(1 + max([self._entries(e)])))
        inner = max((self._entries(a) for a in e.args), default=1)
        if name in ("product", "frobenius", "hadamard", "kronecker", "khatrirao", "cross"):
            q = e.params[0] if name == "product" else 1
            out = self.times(args, inner)
            return Bound(out.degree, out.bits + math.log2(1 + abs(q.numerator) * q.denominator), out.below)
        # what moves or adds entries
        out = self.total(args)
        return Bound(out.degree, out.bits + math.log2(1 + inner), out.below)

    def _symbol(self, e: Expr) -> Bound:
        if "orthogonal" not in e.params[2] or e.is_scalar:
            return Bound(1, 1.0)
        # the Cayley transform: the entries of a skew matrix over det(I + S)
        n = self._size(e.shape[0])
        self.factors[e] = (n, n * math.log2(1 + n))
        return Bound(n, (n + 1) * math.log2(1 + n), {e: 1})

    def _power(self, a: Bound, k: int, terms: int = 1) -> Bound:
        spread = k * math.log2(max(1, terms))
        return Bound(a.degree * k, a.bits * k + spread, {key: times * k for key, times in a.below.items()})

    def _inverted(self, key: Any, a: Bound, n: int) -> Bound:
        """Of the inverse of an n x n matrix N/D: D adj(N) / det(N)."""
        rest = max(0, n - 1)
        self.factors[key] = (a.degree * n, (a.bits + math.log2(max(1, n))) * n)
        degree = a.degree * rest + sum(self.factors[k][0] * t for k, t in a.below.items())
        bits = (a.bits + math.log2(max(1, n))) * rest + sum(self.factors[k][1] * t for k, t in a.below.items())
        return Bound(degree, bits, {key: 1})

    def _solved(self, e: Expr, args: list[Bound]) -> Bound:
        rows, cols = (self._size(d) for d in e.args[0].shape)
        if e.op.name == "inverse":
            return self._inverted(e, args[0], rows)
        if e.op.name == "pinv":
            gram = self.times([args[0], args[0]], max(rows, cols))
            return self.times([self._inverted(e, gram, min(rows, cols)), args[0]], min(rows, cols))
        n = self._entries(e)
        return self.times([self._inverted(e, self.total(args[:2]), n), args[2]], n)

    def _raised(self, e: Expr, base: Bound) -> Bound:
        k = self.whole(e.args[1], self.sizes) or 0
        entries = self._entries(e.args[0].args[0]) if e.args[0].op.name == "normF" else 1
        if k >= 0:
            return self._power(base, k, entries)
        self.factors[e] = (base.degree, base.bits)
        above = sum(self.factors[key][0] * times for key, times in base.below.items())
        bits = sum(self.factors[key][1] * times for key, times in base.below.items())
        return self._power(Bound(above, bits, {e: 1}), -k)

    def _differential(self, a: Bound) -> Bound:
        """d(N / f^k ...) has one more of each factor f below."""
        extra = sum(self.factors[key][0] for key in a.below)
        bits = sum(self.factors[key][1] for key in a.below) + math.log2(1 + a.degree + extra) * (1 + len(a.below))
        return Bound(a.degree + extra, a.bits + bits, {key: times + 1 for key, times in a.below.items()})

    def _logarithm(self, e: Expr, a: Bound) -> Bound:
        """Only its differential counts: d log(N/D) = (N'D - N D') / (N D)."""
        n = self._size(e.args[0].shape[0])
        inside = self._power(a, n, n) if e.op.name == "logdet" else self.total([a, Bound(0, 0.0)])
        self.factors[e] = (inside.degree, inside.bits)
        degree = inside.degree + sum(self.factors[key][0] * times for key, times in inside.below.items())
        bits = inside.bits + sum(self.factors[key][1] * times for key, times in inside.below.items())
        return Bound(degree, bits, {e: 1, **inside.below})

    def _index_sum(self, e: Expr) -> Bound:
        first, last = (self.whole(a, self.sizes) or 0 for a in e.args[:2])
        parts = []
        for k in range(first, last + 1):
            inner = Degrees({**self.sizes, e.params[0]: k}, self.whole, self.atoms)
            # Inside another sum over the same letter, what is known belongs to the other one.
            inner.factors, inner.memo = self.factors, {} if e.params[0] in self.sizes else dict(self.memo)
            found = inner(e.args[2])
            # each term divides by determinants of its own
            for key in found.below:
                self.factors[key, k] = self.factors[key]
            parts.append(Bound(found.degree, found.bits, {(key, k): times for key, times in found.below.items()}))
        return self.total(parts)
