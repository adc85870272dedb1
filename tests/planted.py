"""Right derivations as somebody might hand them in, and the same with one mistake planted.

python -m tests.planted --count 200 --seed 1 [--latex]     # prints how many mistakes are found and repaired, by kind
"""

from __future__ import annotations

import argparse
import collections
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import matdiff as md
from matdiff.core.expr import Expr
from matdiff.derivation import Derivation
from matdiff.language.write import latex, text
from matdiff.numeric.sample import sizes_of
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.review.run import Check
from matdiff.show import latex as show_latex
from matdiff.show import text as show_text
from matdiff.show.page import page
from tests.mutants import _at, _built, _places, _put
from tests.random_problems import problem


@dataclass
class Written:
    """A derivation on paper: declarations, names, lines.  `sides` are the right sides as expressions."""

    declare: str
    let: dict[str, str]
    lefts: list[str]
    sides: list[Expr]
    wrt: str
    latex: bool = False

    @property
    def lines(self) -> list[str]:
        return [self.line(k, side) for k, side in enumerate(self.sides)]

    def line(self, k: int, side: Expr) -> str:
        shown = latex(side) if self.latex else text(side)
        return f"{self.lefts[k]} = {shown}"

    def check(self, lines: list[str] | None = None) -> Check:
        return md.check(lines or self.lines, declare=self.declare, let=self.let, wrt=self.wrt)


def written(d: Derivation, in_latex: bool = False) -> Written | None:
    """The printed derivation; None where rows are left out of it, or nothing is printed."""
    p = page(d)
    if not p.rows or any(row.omitted or not row.parts for row in p.rows) or p.called or not d.function_expr.is_scalar:
        return None
    if not set(sizes_of(d.function_expr, p.answer)) <= set(sizes_of(*d.problem.variables.values())):
        # a size that no declaration mentions
        return None
    declare = "\n".join(_declaration(e) for e in d.problem.variables.values())
    # each name after those it needs itself
    let = {named.name: text(named.body) for named in p.where}
    let[p.function_name] = text(d.function_expr)
    space = d.problem.space
    sides = [space.apply("sum", *(part.expr for part in row.parts)) for row in p.rows]
    show = show_latex if in_latex else show_text
    lefts = [show.differential_name(p), *("" for _ in sides[1:]), show.answer_name(p)]
    return Written(declare, let, lefts, [*sides, p.answer], d.wrt, in_latex)


def _declaration(e: Expr) -> str:
    from matdiff.language.reading import name_text

    return name_text(e)


@dataclass
class Planted:
    """A derivation with one mistake, of this kind, in this line."""

    written: Written
    at: int
    kind: str
    lines: list[str]


def planted(w: Written, rng: random.Random) -> Planted | None:
    """One slip in a random line; None if none was found that leaves the line readable and makes it false."""
    for _ in range(40):
        k = rng.randrange(len(w.sides))
        slips = list(slips_of(w.sides[k]))
        if not slips:
            continue
        # kinds before places: signs and factors are everywhere
        kind = rng.choice(sorted({kind for kind, _ in slips}))
        kind, other = rng.choice([slip for slip in slips if slip[0] == kind])
        if other.shape != w.sides[k].shape or other is w.sides[k]:
            continue
        lines = w.lines
        lines[k] = w.line(k, other)
        if _is_false(w, k, other):
            return Planted(w, k, kind, lines)
    return None


def slips_of(root: Expr) -> Iterator[tuple[str, Expr]]:
    """The mistakes people make, each at every place."""
    yield "other layout", root.T
    for place in _places(root):
        node = _at(root, place)
        for kind, other in _local(node):
            if other is not node:
                yield from _built(kind, lambda p=place, o=other: _put(root, p, o))


def _local(e: Expr) -> Iterator[tuple[str, Expr]]:
    space = e.space
    if e.op.name == "number":
        return
    yield "sign", -e
    yield "factor 2", e * 2
    yield "factor 1/2", e / 2
    if not e.is_scalar:
        yield "transpose", e.T
    if e.op.name == "inverse":
        yield "inverse lost", e.args[0]
    if e.op.name == "sum":
        for k in range(len(e.args)):
            rest = [*e.args[:k], *e.args[k + 1 :]]
            yield "lost term", space.apply("sum", *rest)
    if e.op.name == "kronecker" and len(e.args) == 2:
        yield "Kronecker order", space.apply("kronecker", e.args[1], e.args[0])
    if e.op.name == "vec":
        yield "vec order", space.apply("vec", e.args[0].T)
    if e.op.name == "mat":
        yield from _built("vec order", lambda: space.apply("mat", e.args[0], params=e.params[::-1]).T)
    if e.op.name == "hadamard" and len(e.args) == 2:
        yield from _built("product for Hadamard", lambda: e.args[0] * e.args[1])
    if e.op.name == "product":
        yield from _of_product(e)


def _of_product(e: Expr) -> Iterator[tuple[str, Expr]]:
    space = e.space
    c, scalars, matrices = factors(e)
    for k in range(len(matrices) - 1):
        order = [*matrices[:k], matrices[k + 1], matrices[k], *matrices[k + 2 :]]
        yield from _built("factors swapped", lambda o=order: multiply(space, space.number(c), *scalars, *o))
        if matrices[k].shape == matrices[k + 1].shape:
            both = space.apply("hadamard", matrices[k], matrices[k + 1])
            rest = [*matrices[:k], both, *matrices[k + 2 :]]
            yield from _built("Hadamard for product", lambda r=rest: multiply(space, space.number(c), *scalars, *r))
    for k, m in enumerate(matrices):
        if m.op.name == "commutation":
            rest = [*matrices[:k], *matrices[k + 1 :]]
            yield from _built("commutation lost", lambda r=rest: multiply(space, space.number(c), *scalars, *r))


def _is_false(w: Written, k: int, other: Expr) -> bool:
    """Decided on the expressions, at points of its own: not by reading what is written."""
    from matdiff.numeric.sample import symbols_of
    from matdiff.review.judge import FAILS, Judge

    right = w.sides[k]
    moving = [s for s in symbols_of(*w.sides) if s.name == w.wrt]
    judge = Judge([w.wrt], moving, seed=100)
    return judge.compare(right, other).status == FAILS


def derivations(seed: int) -> Iterator[Derivation]:
    """Derivations of random problems, the smaller ones."""
    for number in range(seed, seed + 100_000):
        p = problem(number)
        if len(p.text()) > 160:
            continue
        try:
            d = md.derive(p.text(), wrt=p.wrt, timeout=5)
        except md.MatdiffError:
            continue
        if d.validation.ok and 1 <= len(d.lines) <= 10:
            yield d


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--latex", action="store_true")
    options = arguments.parse_args()
    rng = random.Random(options.seed)
    kinds: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    alarms = unjudged = done = 0
    began = time.perf_counter()
    for d in derivations(1000 * options.seed):
        w = written(d, options.latex)
        if w is None:
            continue
        clean = w.check()
        if not clean.ok:
            wrong = clean.first_wrong is not None
            alarms, unjudged = alarms + wrong, unjudged + (not wrong)
            print("false alarm" if wrong else "not judged", [line.verdict for line in clean.lines])
            print("   ", w.declare.replace("\n", "; "), w.let, *w.lines, sep="\n      ")
            for line in clean.lines:
                if line.verdict != "holds":
                    print("      !", line.verdict, line.text, "|", line.reading, "|", line.why)
        found = planted(w, rng)
        if found is None:
            continue
        report = w.check(found.lines)
        tally = kinds[found.kind]
        tally["planted"] += 1
        tally["found"] += report.first_wrong == found.at
        repaired = report.first_wrong == found.at and report.lines[found.at].suggestion is not None
        tally["repaired"] += repaired
        if report.first_wrong != found.at:
            print("missed", found.at, report.first_wrong, found.kind, [line.verdict for line in report.lines])
            print("   ", w.declare.replace("\n", "; "), w.let, *found.lines, sep="\n      ")
        elif not repaired:
            print("not repaired:", found.kind, "|", w.lines[found.at], "|", found.lines[found.at])
        done += 1
        if done >= options.count:
            break
    for kind, tally in sorted(kinds.items()):
        print(f"{kind:>20}: {tally['planted']:4} planted, {tally['found']:4} found, {tally['repaired']:4} repaired")
    total = sum(kinds.values(), collections.Counter())
    print(
        f"{done} derivations, {alarms} false alarms, {unjudged} not judged; "
        f"found at the line {total['found'] / done:.1%}, "
        f"repaired {total['repaired'] / done:.1%}; {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
