"""Are two expressions equal?  First by rewriting, then exactly, then in floating-point numbers.

Here: the order of the three means, what each of them proves, and the answer in words.  Not here: the means themselves
(`tactics.expand` and `tactics.tidy`; `numeric.identity`; `numeric.agreement`) and the reading of both texts as one
problem (`language.sides`).

What is asked is whether the sides have one value wherever both are defined, for all sizes that were left open.  Poles
do not count: x/x is 1.  Where one side is defined and the other is not on more than such a set, as log(det(A)) for a
negative determinant, there is no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matdiff.book.load import book
from matdiff.core.expr import Expr, walk
from matdiff.dimensions import shape_text
from matdiff.language.sides import parse_sides
from matdiff.language.write import text
from matdiff.numeric import examples
from matdiff.numeric.agreement import Sight, look, sight
from matdiff.numeric.compare import FAILS, HOLDS
from matdiff.numeric.examples import Counterexample
from matdiff.numeric.identity import Decision, decide
from matdiff.numeric.sample import symbols_of
from matdiff.request import test_assertions
from matdiff.tactics.expand import TooLong, as_product, expanded
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

# Fewer points that agree are no evidence.
_ENOUGH = 5
# Written out, a chain of definitions may grow without bound.
_LONGEST = 2_000
_DEEPEST = 60


@dataclass(frozen=True)
class Equality:
    """The answer: `verdict` True, False or None (not decided), and `how`: "rewriting", "exact" or "numerically".

    `explanation` says in a sentence or two what was found and by which means; `counterexample` are values at which the
    sides differ; `steps` the forms a proof by rewriting went through; `left` and `right` the sides as they were read.
    """

    verdict: bool | None
    how: str
    explanation: str
    left: Expr
    right: Expr
    counterexample: Counterexample | None = None
    steps: tuple[str, ...] = ()
    # how undeclared names were read, and what was assumed about sizes
    readings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True only where equality was found: undecided is not equal."""
        return self.verdict is True

    def __str__(self) -> str:
        head = {True: "equal", False: "not equal", None: "not decided"}[self.verdict]
        out = f"{head}: {self.explanation}"
        return out if self.counterexample is None else f"{out}\n{self.counterexample}"

    def __repr__(self) -> str:
        return f"<Equality: {self.verdict}, {self.how}>"


def equal(
    a: str | Expr,
    b: str | Expr,
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
) -> Equality:
    """Are two expressions equal?  Texts are read as one problem, so a name means the same in both.

    The sides are brought to one form (rewriting); else compared as rational functions over finite fields, where a
    false identity passes with a probability that is told (exact; Schwartz 1980, Zippel 1979); else at random points
    (numerically), which is evidence and no proof.  Raises MatdiffError for a text that cannot be read.
    """
    sides = parse_sides(a, b, declare, let)
    test_assertions(sides.problem)
    question = _Question(sides.left, sides.right, (*sides.problem.readings, *sides.problem.assumptions))
    return question.answer()


class _Question:
    def __init__(self, left: Expr, right: Expr, readings: tuple[str, ...]) -> None:
        self.left, self.right, self.readings = left, right, readings

    def answer(self) -> Equality:
        left, right = self.left, self.right
        if left.shape != right.shape:
            return self._of_different_shapes()
        if left is right:
            return self._said(True, "rewriting", f"both sides are {text(left)}")
        self.gap = left + right * -1
        self.nothing = self.gap.space.apply("zeros", params=left.shape)
        steps = self._rewritten()
        self.seen = look(left, right, left + right * -1)
        if steps is not None and not self.seen.different:
            shown = "the difference of the two sides, multiplied out and tidied by the rules of the book, is 0"
            return self._defined_alike("rewriting", shown, steps)
        found = self._exactly()
        return self._numerically() if found is None else found

    # ------------------------------------------------------------ rewriting

    def _rewritten(self) -> tuple[str, ...] | None:
        """The forms through which the difference becomes 0, or None."""
        if _depth(self.gap) > _DEEPEST:
            return None
        rw = Rewriter(book(), self.gap.space)
        forms = [self.gap]
        for bring in (lambda e: expanded(e), lambda e: tidy(rw, e), lambda e: expanded(e), lambda e: tidy(rw, e)):
            if forms[-1].size > _LONGEST:
                return None
            try:
                after = bring(forms[-1])
            except TooLong:
                continue
            if after is not forms[-1]:
                forms.append(after)
            if after is self.nothing:
                return tuple(f"{text(self.left)} - ({text(self.right)})" if f is self.gap else text(f) for f in forms)
        return None

    # ------------------------------------------------------------ exactly

    def _exactly(self) -> Equality | None:
        """The verdict over finite fields; None where the sides are not rational."""
        sides = [self.left, self.right]
        found = decide(self.gap, self.nothing, atoms=True, also=sides)
        if found.status == HOLDS:
            also = ", whatever the values of what is not rational" if found.atoms else ""
            return self._defined_alike("exact", f"the sides are one rational function{also}; {found.how}")
        if found.status == FAILS and not found.atoms:
            return self._refuted(f"the sides are different rational functions{found.where}")
        found_too = self._by_product()
        return self._by_differentials() if found_too is None else found_too

    def _by_product(self) -> Equality | None:
        """A sum of logarithms is the logarithm of a product; None where it is no such sum, or not equal."""
        parts = as_product(self.gap)
        if parts is None:
            return None
        product, rest = parts
        sides = [self.left, self.right]
        found = [
            decide(product, self.gap.space.number(1), also=sides),
            decide(rest, self.nothing, atoms=True, also=sides),
        ]
        statuses = {d.status for d in found}
        if statuses == {HOLDS}:
            means = f"the difference is the logarithm of a product that is 1 ({found[0].how})"
            return self._defined_alike("exact", means)
        if statuses <= {HOLDS, FAILS} and not found[1].atoms:
            # A logarithm of a rational function is rational only where it is 0 (Hermite; Lindemann for constants).
            return self._refuted("the difference is the logarithm of a product that is not 1")
        return None

    def _by_differentials(self) -> Equality | None:
        """Logarithms of rational functions have rational differentials; what is left is a constant."""
        moving = [s.name for s in symbols_of(self.gap)]
        space = self.gap.space
        d = space.apply("d", self.gap)
        if d.op.name == "zeros" or not moving:
            return None
        zero = space.apply("zeros", params=self.gap.shape)
        found = decide(d, zero, moving=moving, also=[self.left, self.right])
        if found.status == FAILS:
            return self._refuted(f"the sides have different differentials{found.where}")
        if found.status != HOLDS or self._integers():
            return None
        if self.seen.different:
            return self._refuted("the sides have the same differential but differ by a constant")
        if not self.seen.equal:
            return self._undecided(_NOWHERE)
        means = f"the sides have the same differential ({found.how}), so they differ by a constant if at all"
        points = f"at {len(self.seen.equal)} random points they agree to {self._digits()} digits"
        return self._defined_alike("numerically", f"{means}; {points}, which is evidence and no proof")

    def _integers(self) -> bool:
        """Whole numbers do not move: a differential says nothing about them."""
        return any(s.params[1] == "integer" for s in symbols_of(self.left, self.right))

    # ------------------------------------------------------------ numerically

    def _numerically(self) -> Equality:
        seen = self.seen
        if seen.different:
            return self._refuted("the sides differ", "numerically")
        if len(seen.equal) < _ENOUGH:
            few = f"the sides agree at {len(seen.equal)} random points, which is too few"
            found = self._one_sided()
            return self._undecided(few if seen.equal else _NOWHERE) if found is None else found
        unseen = seen.unseen(self.left, self.right)
        if unseen:
            return self._undecided(f"the sides agree at {len(seen.equal)} random points, but {unseen}")
        points = f"at {len(seen.equal)} random points"
        explanation = f"the sides agree to {self._digits()} digits {points}, which is evidence and no proof"
        return self._defined_alike("numerically", explanation)

    def _digits(self) -> int:
        """To how many digits of the largest terms the sides agree."""
        return math.floor(-math.log10(max(s.roundoff for s in self.seen.equal)))

    # ------------------------------------------------------------ answers

    def _defined_alike(self, how: str, explanation: str, steps: tuple[str, ...] = ()) -> Equality:
        """Equal, unless one side is defined where the other is not, or floating-point numbers contradict."""
        if self.seen.different:
            return self._undecided(f"{explanation}; but floating-point numbers seem to differ")
        found = self._one_sided()
        return self._said(True, how, explanation, steps=steps) if found is None else found

    def _one_sided(self) -> Equality | None:
        for k, sights in enumerate(self.seen.only):
            if sights:
                defined, other = (self.left, self.right) if k == 0 else (self.right, self.left)
                alike = "where both are defined they agree, but " if self.seen.equal else ""
                explanation = f"{alike}{text(other)} is not defined everywhere {text(defined)} is"
                point = self._where_one_is_defined(sights[0], k)
                return self._said(None, "numerically", explanation, point)
        return None

    def _where_one_is_defined(self, drawn: Sight, k: int) -> Counterexample:
        """A readable point of that kind if there is one among the smallest."""
        for values, sizes in examples.candidates([self.left, self.right]):
            if sight(self.left, self.right, self.gap, values, sizes).status == ("left", "right")[k]:
                return examples.example(self.left, self.right, self.gap, values, sizes)
        return examples.example(self.left, self.right, self.gap, drawn.values, drawn.sizes)

    def _refuted(self, explanation: str, how: str = "exact") -> Equality:
        point = examples.find(self.left, self.right, self.gap)
        if point is None and self.seen.different:
            s = self.seen.different[0]
            point = examples.example(self.left, self.right, self.gap, s.values, s.sizes)
        if point is None and how == "exact" and not self.seen.equal:
            return self._undecided(f"{explanation}, but no point was found at which both are defined")
        if point is None:
            explanation += "; no point was found where floating-point numbers show it"
        elif not point.is_visible:
            explanation += "; the difference is too small to be seen beside the sides"
        if self._is_transpose():
            explanation += "; one is the transpose of the other"
        return self._said(False, how, explanation, point)

    def _is_transpose(self) -> bool:
        """Is one side the transpose of the other?"""
        if self.left.is_scalar or self.left.shape != self.right.T.shape:
            return False
        other = self.right.T
        return other is self.left or _holds(decide(self.left, other, atoms=True))

    def _of_different_shapes(self) -> Equality:
        a, b = shape_text(self.left.shape), shape_text(self.right.shape)
        explanation = f"the left side is {a}, the right side {b}"
        if self._is_transpose():
            explanation += "; one is the transpose of the other"
        elif self.left.space.apply("zeros", params=self.left.shape).op.name == "zeros" and text(self.right) == "0":
            rows, cols = self.left.shape
            explanation += f"; for all entries 0 write zeros({rows}, {cols})"
        return self._said(False, "rewriting", explanation)

    def _undecided(self, reason: str) -> Equality:
        return self._said(None, "numerically", reason)

    def _said(
        self, verdict: bool | None, how: str, explanation: str, point: Counterexample | None = None, steps: Any = ()
    ) -> Equality:
        return Equality(verdict, how, explanation, self.left, self.right, point, tuple(steps), self.readings)


_NOWHERE = "no random values were found at which both sides are defined and can be compared"


def _depth(e: Expr) -> int:
    """Through definitions too."""
    depth: dict[Expr, int] = {}
    for part in walk(e):
        depth[part] = 1 + max((depth[a] for a in part.args), default=0)
    return depth[e]


def _holds(found: Decision) -> bool:
    return found.status == HOLDS


__all__ = ["Equality", "equal"]
