"""Random well-typed problems: text in, a validated derivation out.

    python -m tests.random_problems --count 10000 --seed 1 [--kind jacobian|hessian]

Problems are built as trees of typed pieces of text, sizes symbolic, so that a failing one can be made smaller: a piece
is replaced by a part of it or by a variable of its shape as long as the problem still fails in the same way.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import matdiff as md
from matdiff.errors import DeadlineError, DomainError, UnsupportedError
from matdiff.language.write import text

Size = tuple[str, ...]
"""A product of dimension names; () is 1."""
Shape = tuple[Size, Size]
SCALAR: Shape = ((), ())
LIMIT_SECONDS = 10.0


def size_text(s: Size) -> str:
    return "*".join(s) if s else "1"


@dataclass(frozen=True)
class Piece:
    """A typed piece of text: `{0}`, `{1}` stand for the parts.  A piece of a shared name keeps what it stands for."""

    template: str
    shape: Shape
    parts: tuple[Piece, ...] = ()
    declaration: str = ""
    defined: Piece | None = None

    def text(self) -> str:
        return self.template.format(*(p.text() for p in self.parts))

    def walk(self) -> Iterator[Piece]:
        yield self
        for p in (*self.parts, *([self.defined] if self.defined else [])):
            yield from p.walk()


@dataclass(frozen=True)
class Problem:
    """A function, the variable of differentiation and the order."""

    function: Piece
    wrt: str
    order: int = 1

    def text(self) -> str:
        declarations = {p.template: p.declaration for p in self.function.walk() if p.declaration}
        lines = [f"{name} : {kind}" for name, kind in declarations.items()]
        definitions: dict[str, str] = {}
        _define(self.function, definitions)
        lines += [f"{name} = {body}" for name, body in definitions.items()]
        return "\n".join([*lines, self.function.text()])


def _define(p: Piece, found: dict[str, str]) -> None:
    """Definitions in an order in which each uses only earlier ones."""
    for part in p.parts:
        _define(part, found)
    if p.defined is not None:
        _define(p.defined, found)
        found.setdefault(p.template, p.defined.text())


# ---------------------------------------------------------------- growing

_ANYWHERE = "tanh sin cos sigmoid softplus atan square cube erf asinh".split()
_PROPERTIES = [", symmetric", ", spd", ", invertible", ", diagonal", ", lower"]
_POSITIVE = ["exp(tanh({0}))", "cosh({0})", "softplus({0})", "exp(sin({0}))", "square({0}) + {1}"]


@dataclass
class Grower:
    """Grows pieces of wanted shapes; variables and definitions are shared within one problem."""

    rng: random.Random
    variables: dict[str, Piece] = field(default_factory=dict)
    definitions: list[Piece] = field(default_factory=list)

    def problem(self, depth: int, kind: str) -> Problem:
        while True:
            function = self.of(self.some_shape(), depth) if kind == "jacobian" else self.scalar(depth)
            names = sorted({p.template for p in function.walk() if p.declaration})
            if names:
                return Problem(function, self.rng.choice(names), 2 if kind == "hessian" else 1)
            self.definitions.clear()

    def some_shape(self) -> Shape:
        """Of a vector or a matrix."""
        return self.size(), self.rng.choice([(), self.size()])

    # ------------------------------------------------------------ leaves

    def variable(self, shape: Shape, properties: str = "") -> Piece:
        """A variable of the shape; one that is already there more often than not."""
        kind = _declaration(shape) + properties
        known = [p for p in self.variables.values() if p.declaration == kind]
        if known and (self.rng.random() < 0.6 or len(known) > 2):
            return self.rng.choice(known)
        letters = "abcdhkqst" if shape == SCALAR else "uvwxyz" if not shape[1] else "ABCDFGHKLMPQRSUVWXYZ"
        free = [x for x in letters if x not in self.variables] or [f"X_{len(self.variables)}"]
        name = self.rng.choice(free)
        self.variables[name] = Piece(name, shape, declaration=kind)
        return self.variables[name]

    def size(self) -> Size:
        return (self.rng.choice("mnp"),)

    def shared(self, shape: Shape) -> Piece | None:
        known = [p for p in self.definitions if p.shape == shape]
        return self.rng.choice(known) if known and self.rng.random() < 0.25 else None

    def kept(self, p: Piece) -> Piece:
        """Sometimes the piece gets a name of its own, to be used again."""
        if not p.parts or self.rng.random() > 0.12:
            return p
        name = f"d_{len(self.definitions) + 1}" if p.shape == SCALAR else f"D_{len(self.definitions) + 1}"
        named = Piece(name, p.shape, defined=p)
        self.definitions.append(named)
        return named

    # ------------------------------------------------------------ by shape

    def of(self, shape: Shape, depth: int) -> Piece:
        if shape == SCALAR:
            return self.scalar(depth)
        found = self.shared(shape)
        if found is not None:
            return found
        if depth <= 0:
            return self.leaf(shape)
        return self.kept(self.rng.choice(list(self.choices(shape)))(depth - 1))

    def leaf(self, shape: Shape) -> Piece:
        rows, cols = shape
        roll = self.rng.random()
        if roll < 0.08:
            return Piece(f"ones({size_text(rows)}, {size_text(cols)})", shape)
        if rows == cols and roll < 0.16 and len(rows) == 1:
            return Piece(f"I_{rows[0]}", shape)
        if cols and rows and roll < 0.35:
            return Piece("{0}'", shape, (self.variable((cols, rows)),))
        if rows == cols and roll < 0.6:
            return self.variable(
                shape, self.rng.choice([", symmetric", ", spd", ", invertible", ", diagonal", ", lower"])
            )
        if not rows:
            return Piece("{0}'", shape, (self.variable((cols, rows)),))
        return self.variable(shape)

    def choices(self, shape: Shape) -> Iterator[Callable[[int], Piece]]:
        """Every way to build something of the shape, by depth."""
        rows, cols = shape

        def same(template: str, count: int = 2) -> Callable[[int], Piece]:
            return lambda d: Piece(template, shape, tuple(self.of(shape, d) for _ in range(count)))

        def product(d: int) -> Piece:
            inner = self.size()
            return Piece("({0} {1})", shape, (self.of((rows, inner), d), self.of((inner, cols), d)))

        yield from (same("({0} + {1})"), same("({0} - {1})"), same("({0} ⊙ {1})"), product, product)
        yield lambda d: Piece("({0} {1})", shape, (self.scalar(d), self.of(shape, d)))
        yield lambda d: Piece(f"{self.rng.choice(_ANYWHERE)}({{0}})", shape, (self.of(shape, d),))
        yield lambda d: Piece(
            self.rng.choice(["({0} ./ {1})", "log({1}) ⊙ {0}", "({1} .^ (1/2)) ⊙ {0}"]).join("()"),
            shape, (self.of(shape, d), self.positive(shape, d)),
        )  # fmt: skip
        if cols:
            yield lambda d: Piece("({0})'", shape, (self.of((cols, rows), d),))
            yield lambda d: Piece("({0} {1}')", shape, (self.of((rows, ()), d), self.of((cols, ()), d)))
            yield lambda d: self.traced(shape, d)
            yield lambda d: Piece("tril({0})", shape, (self.of(shape, d),))
            yield lambda d: Piece(
                f"mat({{0}}, {size_text(rows)}, {size_text(cols)})", shape, (self.of((rows + cols, ()), d),)
            )
            if len(rows) + len(cols) >= 2 and rows and max(len(rows), len(cols)) > 1:
                yield lambda d: self.kronecker(shape, d)
                yield lambda d: self.kronecker(shape, d)
        else:
            yield from self.vectors(shape)
        if rows == cols and rows:
            yield lambda d: self.inverse(shape, d)
            yield lambda d: Piece("Diag({0})", shape, (self.of((rows, ()), d),))
            yield lambda d: Piece("({0})^2", shape, (self.of(shape, d),))

    def vectors(self, shape: Shape) -> Iterator[Callable[[int], Piece]]:
        rows = shape[0]
        yield lambda d: Piece("diag({0})", shape, (self.of((rows, rows), d),))
        yield lambda d: Piece("softmax({0})", shape, (self.of(shape, d),))
        yield lambda d: Piece("rowsum({0})", shape, (self.of((rows, self.size()), d),))
        yield lambda d: Piece("colsum({0})", shape, (self.of((self.size(), rows), d),))
        yield lambda d: Piece("({0}^-1 {1})", shape, (self.variable((rows, rows), ", spd"), self.of(shape, d)))
        if len(rows) == 2:
            yield lambda d: Piece("vec({0})", shape, (self.of(((rows[0],), (rows[1],)), d),))
            yield lambda d: Piece("({0} ⊗ {1})", shape, tuple(self.of(((r,), ()), d) for r in rows))

    def kronecker(self, shape: Shape, d: int) -> Piece:
        rows, cols = shape
        i, j = self.rng.randint(0, len(rows)), self.rng.randint(0, len(cols))
        if (i, j) in ((0, 0), (len(rows), len(cols))):
            return Piece("({0} + {1})", shape, (self.of(shape, d), self.of(shape, d)))
        return Piece("({0} ⊗ {1})", shape, (self.of((rows[:i], cols[:j]), d), self.of((rows[i:], cols[j:]), d)))

    def traced(self, shape: Shape, d: int) -> Piece:
        rows, cols = shape
        p = self.size()
        if len(rows) + len(cols) > 2 or self.rng.random() < 0.5:
            return Piece("({0} - {1})", shape, (self.of(shape, d), self.of(shape, d)))
        side = self.rng.choice((1, 2))
        inner = (p + rows, p + cols) if side == 1 else (rows + p, cols + p)
        return Piece(f"ptrace({{0}}, {p[0]}, {side})", shape, (self.of(inner, d),))

    def positive(self, shape: Shape, d: int) -> Piece:
        template = self.rng.choice(_POSITIVE)
        one = Piece(f"ones({size_text(shape[0])}, {size_text(shape[1])})" if shape != SCALAR else "1", shape)
        return Piece(f"({template})", shape, (self.of(shape, d), one))

    def definite(self, shape: Shape, d: int) -> Piece:
        """A positive definite matrix: G'G + I, or a declared one."""
        rows = shape[0]
        if d <= 0 or self.rng.random() < 0.3:
            return self.variable(shape, ", spd")
        inner = self.of((self.size(), rows), d - 1)
        eye = Piece(f"eye({size_text(rows)})", shape)
        return Piece("({0}' {0} + {1})", shape, (inner, eye))

    def inverse(self, shape: Shape, d: int) -> Piece:
        inside = self.variable(shape, ", invertible") if self.rng.random() < 0.4 else self.definite(shape, d)
        return Piece(self.rng.choice(["inv({0})", "{0}^-1", "{0}^-T"]), shape, (inside,))

    # ------------------------------------------------------------ scalars

    def scalar(self, depth: int) -> Piece:
        found = self.shared(SCALAR)
        if found is not None:
            return found
        if depth <= 0:
            number = Piece(self.rng.choice(["2", "1/2", "3"]), SCALAR)
            return number if self.rng.random() < 0.2 else self.variable(SCALAR)
        return self.kept(self.rng.choice(self.scalar_choices(depth - 1))())

    def scalar_choices(self, d: int) -> list[Callable[[], Piece]]:
        def shape() -> Shape:
            return self.size(), self.size()

        def square() -> Shape:
            n = self.size() if self.rng.random() < 0.8 else ("m", "n")
            return n, n

        def column() -> Shape:
            return (self.size() if self.rng.random() < 0.8 else ("m", "n")), ()

        def fill(template: str, *shapes: Shape) -> Piece:
            return Piece(template, SCALAR, tuple(self.of(s, d) for s in shapes))

        def quadratic() -> Piece:
            x = self.of(column(), d)
            return Piece("({0}' {1} {0})", SCALAR, (x, self.of((x.shape[0], x.shape[0]), d)))

        def pair(template: str, s: Shape) -> Piece:
            return fill(template, s, s)

        return [
            lambda: fill("tr({0})", square()),
            lambda: fill("tr({0})", square()),
            lambda: fill("sum({0})", shape()),
            lambda: pair("({0} : {1})", shape()),
            lambda: pair("({0}' {1})", column()),
            quadratic,
            lambda: Piece("logdet({0})", SCALAR, (self.definite(square(), d),)),
            lambda: Piece("log(det({0}))", SCALAR, (self.definite(square(), d),)),
            lambda: fill("normF({0})", shape()),
            lambda: fill("norm2({0})", column()),
            lambda: Piece("norm2({0})^2", SCALAR, (self.of(column(), d),)),
            lambda: fill("logsumexp({0})", column()),
            lambda: fill("({0} + {1})", SCALAR, SCALAR),
            lambda: fill("({0} {1})", SCALAR, SCALAR),
            lambda: fill(f"{self.rng.choice(_ANYWHERE)}({{0}})", SCALAR),
            lambda: Piece("log({0})", SCALAR, (self.positive(SCALAR, d),)),
            lambda: Piece("sqrt({0})", SCALAR, (self.positive(SCALAR, d),)),
            lambda: Piece("({0} / {1})", SCALAR, (self.scalar(d), self.positive(SCALAR, d))),
            lambda: fill("mean({0})", column()),
        ]


def _declaration(shape: Shape) -> str:
    if shape == SCALAR:
        return "scalar"
    if not shape[1]:
        return f"vector({size_text(shape[0])})"
    return f"matrix({size_text(shape[0])}, {size_text(shape[1])})"


# Depths between which a problem of the kind is drawn.
KINDS = {"scalar": (2, 6), "jacobian": (1, 4), "hessian": (1, 4)}


def problem(seed: int, kind: str = "scalar") -> Problem:
    """The random problem of that number."""
    rng = random.Random(seed)
    return Grower(rng).problem(rng.randint(*KINDS[kind]), kind)


# ---------------------------------------------------------------- judging


@dataclass(frozen=True)
class Outcome:
    """`kind`: right, undecided (no point at which it could be checked), or what went wrong."""

    kind: str
    detail: str = ""
    seconds: float = 0.0

    @property
    def bad(self) -> bool:
        return self.kind not in ("right", "undecided")


def judge(p: Problem) -> Outcome:
    """Derive and validate, and read the answer back."""
    began = time.perf_counter()
    try:
        answer = md.derive(p.text(), wrt=p.wrt, order=p.order, timeout=LIMIT_SECONDS)
        seconds = time.perf_counter() - began
        if seconds > LIMIT_SECONDS:
            return Outcome("slow", f"{seconds:.1f} s", seconds)
        written = text(answer.gradient)
        if md.parse(written, like=answer.problem).function is not answer.gradient:
            return Outcome("reads back as something else", written, seconds)
        if not answer.validation.ok:
            undecided = answer.validation.verdict == "undecided"
            return Outcome("undecided" if undecided else "wrong", str(answer.validation), seconds)
        return Outcome("right", "", seconds)
    except md.ValidationError as error:
        return Outcome("wrong", error.message)
    except DeadlineError as error:
        return Outcome("slow", error.message)
    except UnsupportedError as error:
        return Outcome("stuck", error.message)
    except DomainError as error:
        return Outcome("undecided", error.message)
    except md.MatdiffError as error:
        return Outcome(f"refused with {type(error).__name__}", error.message)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(
            "crashed", f"{type(error).__name__}: {error} ({where.filename.rpartition('/')[2]}:{where.lineno})"
        )


def smaller(p: Problem, kind: str, tries: int = 400) -> Problem:
    """A small problem that goes wrong in the same way."""
    found = True
    while found and tries > 0:
        found = False
        for other in sorted(_reductions(p), key=lambda q: len(q.text())):
            if len(other.text()) >= len(p.text()):
                break
            tries -= 1
            if judge(other).kind == kind:
                p, found = other, True
                break
            if tries <= 0:
                break
    return p


def _reductions(p: Problem) -> Iterator[Problem]:
    for q in _simpler(p.function):
        if any(x.template == p.wrt and x.declaration for x in q.walk()):
            yield Problem(q, p.wrt, p.order)


def _simpler(p: Piece) -> Iterator[Piece]:
    """The piece with one place replaced by something smaller of the same shape."""
    if p.parts or p.defined:
        yield from (q for q in p.walk() if q is not p and q.shape == p.shape)
        if p.shape != SCALAR:
            name = {0: "r", 1: "r", 2: "R"}[len([s for s in p.shape if s])]
            if p.shape[0]:
                yield Piece(f"{name}_0", p.shape, declaration=_declaration(p.shape))
        else:
            yield Piece("2", SCALAR)
    for k, part in enumerate(p.parts):
        for q in _simpler(part):
            yield Piece(p.template, p.shape, (*p.parts[:k], q, *p.parts[k + 1 :]), p.declaration, p.defined)
    if p.defined is not None:
        yield p.defined
        for q in _simpler(p.defined):
            yield Piece(p.template, p.shape, p.parts, p.declaration, q)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first problem")
    parser.add_argument("--kind", choices=KINDS, default="scalar")
    parser.add_argument("--failures", help="file to which failing problems are appended")
    given = parser.parse_args()
    kinds: Counter[str] = Counter()
    slowest = Outcome("right")
    for number in range(given.seed, given.seed + given.count):
        p = problem(number, given.kind)
        outcome = judge(p)
        kinds[outcome.kind] += 1
        slowest = max(slowest, outcome, key=lambda o: o.seconds)
        if outcome.bad:
            small = smaller(p, outcome.kind)
            report = f"# problem {number}: {outcome.kind}: {judge(small).detail}\n# wrt {small.wrt}\n{small.text()}\n"
            print(report, flush=True)
            if given.failures:
                with open(given.failures, "a", encoding="utf-8") as file:
                    file.write(report + "\n")
    print(", ".join(f"{kind}: {count}" for kind, count in kinds.most_common()))
    print(f"slowest: {slowest.seconds:.2f} s")
    return 1 if any(Outcome(kind).bad for kind in kinds) else 0


if __name__ == "__main__":
    sys.exit(main())
