"""Are two expressions the same rational function?  Decided at random points of finite fields.

Both sides are evaluated over the dual numbers modulo two random primes near 2^61, at several sizes.  Where they differ
once, they are different: reduction modulo a prime respects every ring operation.  Where they agree, a false identity
would have survived with the probability that is told (`degrees`).  Not here: floating-point numbers (`compare`).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED
from matdiff.numeric.degrees import Degrees
from matdiff.numeric.dual import Dual, NotRational, Ring, Undefined, draw_prime
from matdiff.numeric.exact import Exact
from matdiff.numeric.generic import draw, is_too_much, random_matrix, reflections, sizes_to_try
from matdiff.numeric.sample import least_size, sizes_of, symbols_of
from matdiff.operations.leaves import number_of

_PRIMES = 2
_RETRIES = 3
# What is singular at so many sizes is singular.
_SINGULAR = 8
# Whole numbers are tried at so many values at least.
_INTEGERS = 8
# A degree beyond what can be told apart by sizes.
_MANY = 100


@dataclass(frozen=True)
class Decision:
    """`status` holds, fails or is not sampled (then `reason` says why).

    `chance` bounds the probability with which a false identity would have passed at any one of the `sizes`;
    `atoms`: whether something was taken for a variable.
    """

    status: str
    chance: float = 1.0
    sizes: tuple[dict[str, int], ...] = ()
    reason: str = ""
    atoms: bool = False

    @property
    def how(self) -> str:
        """In words, for a reader."""
        if self.status == NOT_SAMPLED:
            return f"not exactly: {self.reason}"
        means = "exact: matrices over the dual numbers modulo two random primes near 2⁶¹"
        if self.status == FAILS:
            return means
        return f"{means}{self.where}; a wrong answer would survive with probability below {power_of_ten(self.chance)}"

    @property
    def where(self) -> str:
        """At which sizes, if any were left open: `at (m, n) = (2, 3), (3, 2)`."""
        names = sorted(self.sizes[0]) if self.sizes else []
        if not names:
            return ""
        rows = sorted(tuple(sizes[n] for n in names) for sizes in self.sizes)
        shown = ", ".join(str(row[0]) if len(row) == 1 else str(row) for row in rows)
        return f" at {names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'} = {shown}"


def power_of_ten(chance: float) -> str:
    """The next power of ten above a probability."""
    digits = str(math.floor(-math.log10(chance)) if 0 < chance < 1 else 0)
    return "10⁻" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in digits)


def decide(
    left: Expr, right: Expr, *, moving: Collection[str] = (), atoms: bool = False, also: Collection[Expr] = (),
    most: int = 4, seed: int = 0,
) -> Decision:  # fmt: skip
    """Is left = right, as rational functions of the entries of their symbols?

    `d(e)` is the derivative along a random allowed direction of the `moving` symbols.  With `atoms`, what is not
    rational counts as a variable: then "fails" is no verdict on the expressions.  `most` limits the sizes tried.
    """
    roots = [left, right, *also]
    integers = any(s.params[1] == "integer" for s in symbols_of(*roots))
    settings = _settings(roots, seed, _INTEGERS if integers else 1)
    trials = (_Trial(left, right, moving, atoms, sizes, rng) for sizes, rng in settings)
    try:
        return _decided(roots, trials, max(most, _INTEGERS) if integers else most)
    except NotRational as error:
        return Decision(NOT_SAMPLED, reason=str(error))


def _decided(roots: list[Expr], trials: Iterator[_Trial], most: int) -> Decision:
    """The verdict of as many trials as are wanted, and as tell the sizes apart that occur as numbers."""
    names, degree = sizes_of(*roots), max(_degree_in_sizes(e) for e in roots)
    done: list[dict[str, int]] = []
    shown: list[dict[str, int]] = []
    singular, chance, used = 0, 0.0, False
    reason = "no sizes were found at which both sides are defined"
    for trial in trials:
        if len(shown) >= most and _tells_sizes_apart(done, names, degree):
            break
        setting = {**trial.sizes, **trial.whole}
        if setting in shown:
            continue
        try:
            same = trial.run()
        except Undefined as error:
            reason, singular = str(error), singular + error.singular
            if singular >= _SINGULAR:
                break
            continue
        done.append(trial.sizes)
        shown.append(setting)
        used = used or bool(trial.taken)
        if not same:
            return Decision(FAILS, 0.0, (setting,), atoms=used)
        chance = max(chance, trial.chance)
    if not done:
        return Decision(NOT_SAMPLED, reason=reason)
    if not _tells_sizes_apart(done, names, degree):
        return Decision(NOT_SAMPLED, reason="sizes occur as numbers, and too few sizes could be tried to tell")
    return Decision(HOLDS, chance, tuple(shown), atoms=used)


def _settings(roots: list[Expr], seed: int, times: int) -> Iterator[tuple[dict[str, int], random.Random]]:
    """Sizes with a generator for each; several times where whole numbers are drawn anew each time."""
    rng, names, least = random.Random(seed), sizes_of(*roots), least_size(roots)
    every = (sizes for _ in range(times) for sizes in sizes_to_try(roots, names, least, rng))
    for number, sizes in enumerate(every):
        yield sizes, random.Random(f"{seed} {number}")


def _tells_sizes_apart(done: list[dict[str, int]], names: list[str], degree: int) -> bool:
    """Does no polynomial in the sizes, of the degree in which they occur as numbers, vanish at all that were tried?

    (n - 2)(n - 3) x is 0 at two sizes, and no polynomial of degree 2 at three of them.
    """
    import numpy as np

    if degree == 0:
        return True
    if len(done) < math.comb(degree + len(names), degree):
        return False
    monomials = [m for k in range(degree + 1) for m in itertools.combinations_with_replacement(names, k)]
    rows = [[math.prod(sizes[n] / 4 for n in m) for m in monomials] for sizes in done]
    return int(np.linalg.matrix_rank(np.array(rows))) == len(monomials)


def _degree_in_sizes(root: Expr) -> int:
    done: dict[Expr, int] = {}
    # over a common denominator the terms of a sum are multiplied by each other's sizes
    gather: Callable[[list[int]], int] = lambda parts: max(parts, default=0)
    if any(e.op.name == "power" and e.args[0].op.name == "dimension" for e in walk(root)):
        gather = sum
    for e in walk(root):
        parts = [done[a] for a in e.args]
        if e.op.name == "dimension":
            done[e] = 1
        elif e.op.name == "power" and parts[0]:
            k = number_of(e.args[1])
            done[e] = parts[0] * (math.ceil(abs(k)) if k is not None else _MANY)
        else:
            done[e] = min(_MANY, gather(parts) if e.op.name == "sum" else sum(parts))
    return done[root]


def counted(*roots: Expr) -> set[str]:
    """The names of whole numbers in exponents and in the bounds of sums."""
    found: set[str] = set()
    for e in walk(*roots):
        if e.op.name in ("power", "kth_power", "indexsum"):
            places = e.args[:2] if e.op.name == "indexsum" else e.args[1:]
            found |= {s.name for s in symbols_of(*places)}
    return found


class _Trial:
    """Both sides at one choice of sizes, modulo each prime, with every choice of reflections."""

    def __init__(
        self, left: Expr, right: Expr, moving: Collection[str], atoms: bool, sizes: dict[str, int], rng: random.Random
    ) -> None:
        self.left, self.right, self.moving, self.sizes, self.rng = left, right, moving, sizes, rng
        self.roots = [left, right]
        self.symbols = symbols_of(left, right)
        self.constants = sorted({e.params[0] for e in walk(left, right) if e.op.name == "constant"})
        self.with_atoms = atoms
        # whole numbers that stand in exponents and bounds have to be small
        counting = counted(left, right)
        self.whole = {
            s.name: rng.randrange(2, 200) if s.name in counting else rng.randrange(2, 10**6)
            for s in self.symbols
            if s.params[1] == "integer"
        }
        # what was taken for a variable
        self.taken: set[Expr] = set()
        self.chance = 0.0

    def run(self) -> bool:
        """Do the sides agree?  Raises Undefined where no point is found at which both have a value."""
        if is_too_much(self.roots, self.sizes):
            raise Undefined("the matrices are too large")
        chance = 1.0
        for _ in range(_PRIMES):
            ring = Ring(draw_prime(self.rng))
            for reflected in reflections(self.symbols, self.sizes):
                at = self._point(ring, reflected)
                a, b = at(self.left), at(self.right)
                if not bool((a.known() == b.known()).all()):
                    return False
            degrees = Degrees(self.sizes, at.whole_number, self.taken)
            chance *= degrees.chance(self.left, self.right)
        self.chance = chance
        return True

    def _point(self, ring: Ring, reflected: frozenset[str]) -> Exact:
        """A point at which both sides are defined."""
        last = Undefined("")
        for _ in range(_RETRIES):
            try:
                at = self._drawn(ring, reflected)
                at(self.left), at(self.right)
                return at
            except Undefined as error:
                last = error
        raise last

    def _drawn(self, ring: Ring, reflected: frozenset[str]) -> Exact:
        values = {name: ring.number(k) for name, k in self.whole.items()}
        for s in self.symbols:
            rows, cols = (self._size(d) for d in s.shape)
            if s.name not in self.whole:
                values[s.name] = draw(s, rows, cols, ring, self.rng, s.name in self.moving, s.name in reflected)
        for name in self.constants:
            values[f"the number {name}"] = Dual(random_matrix(1, 1, ring, self.rng))

        def atom(e: Expr, shape: tuple[int, int]) -> Dual:
            self.taken.add(e)
            return Dual(random_matrix(*shape, ring, self.rng))

        return Exact(ring, values, self.sizes, self.whole, atom if self.with_atoms else None)

    def _size(self, d: Dim) -> int:
        n = d.value(self.sizes)
        if n < 1:
            raise Undefined("a size below 1")
        return n
