"""Matrices over the dual numbers F_p[ε]/(ε²), p a prime: exact arithmetic in which derivatives come by themselves.

f(X + ε H) = f(X) + ε df(X; H) for every f made of ring operations, so the coefficient of ε is the directional
derivative, and no rule of calculus is presupposed: products, elimination and determinants are carried out in the ring.
Here: the ring, its matrices, elimination, determinants.  Not here: which operation computes what (`exact`).

Entries are Python integers in object arrays: products of two residues near 2^61 do not fit a machine word.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

# Primes are drawn below this, from its upper half.
PRIME_BITS = 61
# The first twelve primes as bases decide primality below 3.1e23 (Sorenson & Webster 2017).
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


class NotRational(Exception):
    """The expression is no rational function of its entries; the message is the reason."""


class Undefined(Exception):
    """There is no value at this point: a size does not fit, or (`singular`) something to be divided by is 0."""

    def __init__(self, message: str, singular: bool = False) -> None:
        super().__init__(message)
        self.singular = singular


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """`value` + ε `tangent`, 2-D arrays of residues.  A tangent of None is 0.

    A value of None is not known exactly: the logarithm of a residue means nothing, only its differential does.
    """

    value: Any
    tangent: Any = None

    @property
    def shape(self) -> tuple[int, int]:
        return (self.tangent if self.value is None else self.value).shape

    def known(self) -> Any:
        """The value; raises NotRational where only the differential is known."""
        if self.value is None:
            raise NotRational("the value of a logarithm is not rational, only its differential is")
        return self.value


class Ring:
    """F_p[ε]/(ε²) for one prime."""

    def __init__(self, p: int) -> None:
        self.p = p

    # ------------------------------------------------------------ making

    def residue(self, q: Fraction) -> int:
        if q.denominator % self.p == 0:
            raise Undefined("the prime divides a denominator")
        return q.numerator * pow(q.denominator, -1, self.p) % self.p

    def number(self, q: Fraction | int) -> Dual:
        return self.constant([[self.residue(Fraction(q))]])

    def constant(self, a: Any) -> Dual:
        """A matrix of whole numbers (floats with whole values are converted exactly)."""
        import numpy as np

        array = np.asarray(a)
        if array.dtype.kind == "f":
            array = array.astype(np.int64)
        return Dual(array.astype(object) % self.p)

    # ------------------------------------------------------------ sums, and maps that are linear in each argument

    def add(self, *parts: Dual) -> Dual:
        value = None
        if all(a.value is not None for a in parts):
            value = sum((a.value for a in parts[1:]), parts[0].value) % self.p
        tangents = [a.tangent for a in parts if a.tangent is not None]
        tangent = sum(tangents[1:], tangents[0]) % self.p if tangents else None
        return Dual(value, self._zeros(parts[0].shape) if value is None and tangent is None else tangent)

    def linear(self, f: Any, *parts: Dual) -> Dual:
        """f jointly linear with whole-number coefficients: it acts on the value and on the tangent alike."""
        known = all(a.value is not None for a in parts)
        value = self._reduced(f(*(a.value for a in parts))) if known else None
        if value is not None and all(a.tangent is None for a in parts):
            return Dual(value)
        filled = (self._zeros(a.shape) if a.tangent is None else a.tangent for a in parts)
        return Dual(value, self._reduced(f(*filled)))

    def multilinear(self, f: Any, *parts: Dual) -> Dual:
        """f linear in each argument with whole-number coefficients; f of the ring's matrices, multiplied out."""
        moving = [k for k, a in enumerate(parts) if a.tangent is not None]
        known = all(a.value is not None for a in parts)
        value = self._reduced(f(*(a.value for a in parts))) if known else None
        tangent = None
        for k in moving:
            term = self._reduced(f(*(a.tangent if j == k else a.known() for j, a in enumerate(parts))))
            tangent = term if tangent is None else (tangent + term) % self.p
        if value is None and tangent is None:
            raise NotRational("the value of a logarithm is not rational, only its differential is")
        return Dual(value, tangent)

    def scaled(self, a: Dual, q: Fraction | int) -> Dual:
        c = self.residue(Fraction(q))
        return Dual(*(None if part is None else part * c % self.p for part in (a.value, a.tangent)))

    def times(self, a: Dual, b: Dual) -> Dual:
        """The product; a 1x1 matrix is a scalar."""
        if a.shape == (1, 1) or b.shape == (1, 1):
            return self.multilinear(lambda x, y: x * y, a, b)
        if a.shape[1] != b.shape[0]:
            raise Undefined("sizes do not fit")
        return self.multilinear(lambda x, y: x.dot(y), a, b)

    def entrywise(self, a: Dual, b: Dual) -> Dual:
        return self.multilinear(lambda x, y: x * y, a, b)

    def power(self, a: Dual, k: int) -> Dual:
        """Entry by entry, by repeated squaring."""
        base = self.reciprocal(a) if k < 0 else a
        out: Dual | None = None
        for bit in bin(abs(k))[2:]:
            out = None if out is None else self.entrywise(out, out)
            if bit == "1":
                out = base if out is None else self.entrywise(out, base)
        return out if out is not None else self.linear(lambda x: x * 0 + 1, Dual(a.known()))

    def reciprocal(self, a: Dual) -> Dual:
        """1 ./ a: a residue that is not 0 is a unit, and (u + εv)(w - ε w² v) = 1 for u w = 1."""
        import numpy as np

        if np.any(a.known() == 0):
            raise Undefined("division by zero", True)
        inverse = np.vectorize(lambda x: pow(x, -1, self.p), otypes=[object])(a.known())
        tangent = None if a.tangent is None else -inverse * inverse % self.p * a.tangent % self.p
        return Dual(inverse, tangent)

    # ------------------------------------------------------------ elimination

    def solve(self, a: Dual, b: Dual) -> Dual:
        """a⁻¹ b.  Raises Undefined where a is singular."""
        return self._eliminated(a, b)[0]

    def det(self, a: Dual) -> Dual:
        try:
            return self._eliminated(a, self.constant([[]] * a.shape[0]))[1]
        except Undefined:
            # No pivot is a unit; the tangent may still be other than 0.
            return self.characteristic(a)[0]

    def _eliminated(self, a: Dual, b: Dual) -> tuple[Dual, Dual]:
        """a⁻¹ b and det a by Gauss-Jordan elimination in the ring, where every pivot found is a unit."""
        import numpy as np

        n, p = self._square(a), self.p
        moving = a.tangent is not None or b.tangent is not None
        v = np.hstack([a.known(), b.known()])
        t = np.hstack([self._filled(a), self._filled(b)]) if moving else None
        det, slope = 1, 0
        for k in range(n):
            pivot = next((i for i in range(k, n) if v[i, k]), None)
            if pivot is None:
                raise Undefined("singular matrix", True)
            sign = 1 if pivot == k else -1
            v[[k, pivot]] = v[[pivot, k]]
            w = pow(v[k, k], -1, p)
            others = np.arange(n) != k
            f = v[others, k]
            if t is not None:
                t[[k, pivot]] = t[[pivot, k]]
                slope = sign * (slope * v[k, k] + det * t[k, k]) % p
                t[k] = (t[k] * w - v[k] * (t[k, k] * w * w % p)) % p
            det = sign * det * v[k, k] % p
            v[k] = v[k] * w % p
            if t is not None:
                t[others] = (t[others] - np.outer(t[others, k], v[k]) - np.outer(f, t[k])) % p
            v[others] = (v[others] - np.outer(f, v[k])) % p
        found = Dual(v[:, n:], None if t is None else t[:, n:])
        return found, Dual(self._reduced(det), None if t is None else self._reduced(slope))

    def inverse(self, a: Dual) -> Dual:
        import numpy as np

        return self.solve(a, self.constant(np.eye(self._square(a), dtype=int)))

    def characteristic(self, a: Dual) -> tuple[Dual, Dual]:
        """Determinant and adjugate by the recursion of Faddeev and LeVerrier, also of singular matrices.

        It divides by 1, ..., n only, and these are units.
        """
        import numpy as np

        n = self._square(a)
        identity = self.constant(np.eye(n, dtype=int))
        m, c = identity, self.number(1)
        for k in range(1, n + 1):
            if k > 1:
                m = self.add(self.times(a, m), self.times(c, identity))
            c = self.scaled(self.linear(np.trace, self.times(a, m)), Fraction(-1, k))
        sign = -1 if n % 2 else 1
        return self.scaled(c, sign), self.scaled(m, -sign)

    # ------------------------------------------------------------ inside

    def _reduced(self, a: Any) -> Any:
        import numpy as np

        out = np.asarray(a, dtype=object)
        return (out.reshape(1, 1) if out.ndim != 2 else out) % self.p

    def _zeros(self, shape: tuple[int, ...]) -> Any:
        import numpy as np

        return np.zeros(shape, dtype=int).astype(object)

    def _filled(self, a: Dual) -> Any:
        return self._zeros(a.shape) if a.tangent is None else a.tangent

    def _square(self, a: Dual) -> int:
        rows, cols = a.shape
        if rows != cols:
            raise Undefined("a square matrix is needed")
        return rows


def draw_prime(rng: random.Random) -> int:
    """A random prime in the upper half of the numbers below 2^61."""
    while True:
        n = rng.randrange(2 ** (PRIME_BITS - 1) + 1, 2**PRIME_BITS, 2)
        if is_prime(n):
            return n


def is_prime(n: int) -> bool:
    """Miller-Rabin with bases that decide all numbers below 3.1e23."""
    if n < 2 or any(n % q == 0 for q in _BASES):
        return n in _BASES
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in _BASES:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
