"""Sizes by unification.

Here: `Solver`, which answers the questions of the operations' own shape rules (`core.operation.Sizes`) while some sizes
are still unknown.  An unknown size is a dimension whose name starts with `?`, which nobody can type; declared sizes are
rigid.  Not here: which operation a piece of syntax means (`meaning`) and what kind an undeclared name is (`kinds`).

Equations are solved one at a time: an unknown that stands alone is replaced for good, so solving ends.  What cannot be
solved yet (`?1 ?2 = m n`) waits until more is known, and at last is settled factor by factor, which is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain, count
from typing import Any

from matdiff.dimensions import ONE, Dim, Shape
from matdiff.errors import ShapeError

Place = tuple[str, tuple[int, int]]

# What free sizes are called, in this order.
READABLE = "nmpqrkstlhdbc"
_UNKNOWN = re.compile(r"\?\d+")


class Solver:
    """Unknown sizes and what has been found out about them."""

    def __init__(self) -> None:
        self.known: dict[str, Dim] = {}
        self.pending: list[tuple[Dim, Dim, str, Place]] = []
        # where the equations come from that are being stated now
        self.place: Place = ("", (0, 0))
        self.never_one: set[str] = set()
        # sizes of I, vector(s), matrix(s): something else must settle them
        self.borrowed: set[str] = set()
        # sizes that take a value if nothing else settles them
        self.likely: list[tuple[Dim, Dim]] = []
        self.guesses: list[tuple[Dim, Dim]] = []
        self._not_one: set[str] = set()
        self._count = 0

    def fresh(self, *, never_one: bool = False, borrowed: bool = False) -> Dim:
        """A new unknown.  `never_one`: it may not turn out to be 1."""
        name = f"?{self._count}"
        self._count += 1
        if never_one:
            self.never_one.add(name)
        if borrowed:
            self.borrowed.add(name)
        return Dim.of(name)

    # ------------------------------------------------------------ the Sizes protocol

    def resolve(self, a: Dim) -> Dim:
        while any(name in self.known for name in a.names):
            a = a.substitute(self.known)
        return a

    def is_one(self, a: Dim) -> bool:
        a = self.resolve(a)
        if a.is_one:
            return True
        # Answered with no for now; `restart` tells when that was wrong.
        self._not_one |= {name for name in a.names if name.startswith("?")}
        return False

    def equal(self, a: Dim, b: Dim, why: str) -> None:
        a, b = self.resolve(a), self.resolve(b)
        if a == b:
            return
        if not self._solve(a, b, why):
            self.pending.append((a, b, why, self.place))

    def agree(self, a: Dim, b: Dim) -> bool:
        """Can a = b be, as far as is known?  Solves it where it can, and leaves what waits to `equal`."""
        a, b = self.resolve(a), self.resolve(b)
        try:
            return a == b or self._solve(a, b, "") or True
        except ShapeError:
            return False

    def divide(self, a: Dim, b: Dim, why: str) -> Dim:
        a, b = self.resolve(a), self.resolve(b)
        quotient = a.divided_by(b)
        if quotient is None:
            if not _unknowns(a) and not _unknowns(b):
                raise ShapeError(f"{why}: {a} is not a multiple of {b}")
            quotient = self.fresh()
            self.equal(a, quotient * b, why)
        return quotient

    # ------------------------------------------------------------ solving

    def _solve(self, a: Dim, b: Dim, why: str) -> bool:
        """Replace an unknown if one stands alone in a = b; False: not yet."""
        a, b = _without_common_factor(a, b)
        difference = a - b
        unknown = _unknowns(difference)
        if not unknown:
            raise ShapeError(f"{why}: {a} and {b} differ")
        alone = [n for n in unknown if self._stands_alone(n, difference)]
        if not alone:
            return False
        # Borrowed sizes go first, then the youngest: names are kept for what the user wrote.
        name = max(alone, key=lambda n: (n in self.borrowed, int(n[1:])))
        coefficient = dict(difference.terms)[(name,)]
        value = Dim.of(name) - difference * Dim.of(coefficient)
        literal = value.literal
        if literal is not None and (literal < 1 or (literal == 1 and name in self.never_one)):
            raise ShapeError(f"{why}: {a} and {b} differ")
        if name in self.never_one:
            other = value.terms[0][0] if len(value.terms) == 1 else ()
            if len(other) == 1 and value == Dim.of(other[0]) and other[0].startswith("?"):
                self.never_one.add(other[0])
        self.known[name] = value
        return True

    @staticmethod
    def _stands_alone(name: str, difference: Dim) -> bool:
        uses = [(m, c) for m, c in difference.terms if name in m]
        return uses in ([((name,), 1)], [((name,), -1)])

    def settle(self) -> None:
        """Try what waits again; at last, equate products factor by factor."""
        while self.pending:
            waiting, self.pending = self.pending, []
            progress = False
            for a, b, why, self.place in waiting:
                a, b = self.resolve(a), self.resolve(b)
                if a == b or self._located(self._solve, a, b, why):
                    progress = True
                else:
                    self.pending.append((a, b, why, self.place))
            if not progress:
                a, b, why, self.place = self.pending.pop(0)
                self._located(self._guess, a, b, why)
        self._take_likely()

    def _located(self, step: Callable[[Dim, Dim, str], Any], a: Dim, b: Dim, why: str) -> Any:
        try:
            return step(a, b, why)
        except ShapeError as error:
            raise error.locate(*self.place) from None

    def _guess(self, a: Dim, b: Dim, why: str) -> None:
        a, b = _without_common_factor(a, b)
        if len(a.terms) != 1 or len(b.terms) != 1 or len(a.terms[0][0]) != len(b.terms[0][0]):
            raise ShapeError(f"{why}: nothing settles {a} = {b}")
        for one, other in zip(_in_order(a.terms[0][0]), _in_order(b.terms[0][0])):
            left, right = self.resolve(Dim.of(one)), self.resolve(Dim.of(other))
            if left != right:
                self.guesses.append((left, right))
                self.equal(left, right, why)

    def _take_likely(self) -> None:
        for size, value in self.likely:
            size = self.resolve(size)
            if size == Dim.of(str(size)) and str(size).startswith("?"):
                self.known[str(size)] = self.resolve(value)

    def restart(self) -> set[str]:
        """Unknowns that were taken for more than 1 and turned out to be 1."""
        return {name for name in self._not_one if self.resolve(Dim.of(name)).is_one}

    # ------------------------------------------------------------ names for what stays free

    def name_free(self, shapes: Iterable[Shape], used: Iterable[str]) -> None:
        """Give the sizes that stayed free readable names, in the order of `shapes`."""
        taken = set(used)
        letters = _letters(taken)
        for shape in shapes:
            rows, cols = (self.resolve(d) for d in shape)
            free = [n for d in (rows, cols) for n in _in_order(d.names) if n.startswith("?")]
            if len(set(free)) == len(free) == 2 and not taken & {"m", "n"}:
                taken |= {"m", "n"}
                self.known[free[0]], self.known[free[1]] = Dim.of("m"), Dim.of("n")
                continue
            for name in dict.fromkeys(free):
                self.known[name] = Dim.of(next(letters))


def _letters(taken: set[str]) -> Iterator[str]:
    """Names for sizes, none twice and none that is taken (by the time it comes up)."""
    for letter in chain(READABLE, (f"n_{k}" for k in count(1))):
        if letter not in taken:
            taken.add(letter)
            yield letter


def _unknowns(a: Dim) -> list[str]:
    return [name for name in a.names if name.startswith("?")]


def _in_order(names: Iterable[str]) -> list[str]:
    """Unknowns by age, then names by the alphabet."""
    return sorted(names, key=lambda n: (0, int(n[1:]), "") if n.startswith("?") else (1, 0, n))


def _without_common_factor(a: Dim, b: Dim) -> tuple[Dim, Dim]:
    """?1 n = m n is ?1 = m: sizes are never 0."""
    if len(a.terms) != 1 or len(b.terms) != 1:
        return a, b
    (left, c), (right, k) = a.terms[0], b.terms[0]
    for name in left:
        if name in right:
            return _without_common_factor(_drop(left, c, name), _drop(right, k, name))
    if c == k and c != 1:
        return Dim([(left, 1)]), Dim([(right, 1)])
    return a, b


def _drop(monomial: tuple[str, ...], c: int | Fraction, name: str) -> Dim:
    rest = list(monomial)
    rest.remove(name)
    return Dim([(tuple(rest), c)])


def readable(message: str, used: Iterable[str]) -> str:
    """A message with unknown sizes shown by letters that are not in use."""
    letters = _letters(set(used))
    shown: dict[str, str] = {}
    for name in _UNKNOWN.findall(message):
        if name not in shown:
            shown[name] = next(letters)
    return _UNKNOWN.sub(lambda m: shown[m.group()], message)


__all__ = ["ONE", "READABLE", "Solver", "readable"]
