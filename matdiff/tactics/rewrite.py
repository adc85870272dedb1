"""Applying the book: which rule, where, and what is recorded.

Here: `Rewriter`, shared by all phases of one derivation: finding the first rule of a phase that matches, testing its
hypotheses and guards, recording the step.  Not here: the order of the phases (`gradient`) and what each does with a
match (`differential`, `isolate`, `tidy`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from matdiff.book.apply import instantiate
from matdiff.book.load import Book
from matdiff.book.match import Binding
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, Space
from matdiff.core.facts import FALSE, TRUE, Verdict, fact
from matdiff.dimensions import Dim
from matdiff.errors import DeadlineError
from matdiff.operations.factors import factors
from matdiff.operations.indexsums import sizes_in
from matdiff.operations.sums import coefficient_and_rest
from matdiff.tactics.steps import Step

# Hypotheses under which an expression as written is defined at all; unknown ones are assumed and reported.
_ASSUMABLE = {
    "invertible": "{0} is invertible",
    "positive": "{0} is positive",
    "nonzero": "{0} has no zero entry",
    "nonvanishing": "{0} is not 0",
    "fullrank": "{0} has full rank",
}


class Rewriter:
    """The state of one derivation: the book, the variable, what was assumed, the steps so far."""

    def __init__(
        self,
        book: Book,
        space: Space,
        variables: frozenset[Expr] = frozenset(),
        *,
        forms: frozenset[str] = frozenset(),
        taken: set[str] | None = None,
        deadline: float | None = None,
        sizes: Callable[[Dim], int] | None = None,
    ) -> None:
        self.book = book
        self.space = space
        self.variables = variables
        self.forms = forms
        # names in use: of variables, definitions, sizes
        self.taken = taken if taken is not None else set()
        self.deadline = deadline
        # numbers for sizes, where a choice is made for such
        self.sizes = sizes
        self.steps: list[Step] = []
        self.assumed: dict[tuple[Expr, str], Rule] = {}
        self.forms_used: set[str] = set()
        # the last rule that matched but for a hypothesis, with what it was about: for error messages
        self.unmet: tuple[Rule, Expr, str] | None = None
        self.line = 0
        self.depends_memo: dict[Expr, bool] = {}
        # results of this run alone, by phase
        self.memos: dict[str, dict[Expr, Expr]] = {}

    # ------------------------------------------------------------ what moves

    def depends(self, e: Expr) -> bool:
        """Does the expression depend on a variable of differentiation, also through definitions?"""
        memo = self.depends_memo
        stack = [e]
        while stack:
            part = stack[-1]
            if part not in memo:
                unknown = [a for a in part.args if a not in memo]
                if unknown and part not in self.variables:
                    stack.extend(unknown)
                    continue
                memo[part] = part in self.variables or any(memo[a] for a in part.args)
            stack.pop()
        return memo[e]

    def is_atom(self, e: Expr) -> bool:
        """A d may stay before it: a variable or a name."""
        return e in self.variables or e.op.name == "definition"

    # ------------------------------------------------------------ finding rules

    def matches(
        self,
        phase: str,
        operation: str,
        find: Callable[[Rule], Iterator[Binding]],
        rules: tuple[Rule, ...] | None = None,
    ) -> tuple[Rule, list[Binding]] | None:
        """The first rule of the phase that applies, with its binding (all of them where it says `each`)."""
        self.tick()
        for rule in self.book.applicable(phase, operation, self.forms) if rules is None else rules:
            found = []
            for binding in find(rule):
                if not self.admissible(rule, binding, phase):
                    continue
                found.append(binding)
                if rule.each is None:
                    break
            if found and self._worthwhile(rule, found):
                self.forms_used |= {u.form for u in rule.uses if u.form in self.forms and u.form}
                return rule, found
        return None

    def tick(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineError("the time allowed for this derivation ran out", suggestion="raise timeout=")

    def admissible(self, rule: Rule, b: Binding, phase: str) -> bool:
        for name, word in rule.requires:
            bound = b.holes.get(name)
            if bound is None:
                continue
            if word == "constant":
                if self.depends(bound):
                    return False
                continue
            verdict = hypothesis(bound, word)
            if verdict is FALSE or (verdict is not TRUE and not (word in _ASSUMABLE and phase == "differentiate")):
                self.unmet = (rule, bound, word)
                return False
        return True

    def _worthwhile(self, rule: Rule, found: list[Binding]) -> bool:
        for name, word in rule.guards:
            if word == "separable" and not any(separable(b.holes[name]) for b in found):
                return False
            if word == "wide" and not any(_is_wide(b.holes[name]) for b in found):
                return False
            if word == "tall" and not any(self._is_tall(b.holes[name]) for b in found):
                return False
        return True

    def _is_tall(self, e: Expr) -> bool:
        """Are there more rows than columns, at the sizes a choice is made for?"""
        return self.sizes is not None and self.sizes(e.shape[0]) > self.sizes(e.shape[1])

    def assume(self, rule: Rule, b: Binding) -> None:
        """Note the hypotheses that are not known to hold, for the reader."""
        for name, word in rule.requires:
            bound = b.holes.get(name)
            if bound is not None and word in _ASSUMABLE and hypothesis(bound, word) is not TRUE:
                self.assumed.setdefault((bound, word), rule)

    def assumptions(self, text: Callable[[Expr], str]) -> list[str]:
        return [_ASSUMABLE[word].format(text(e)) for e, word in self.assumed]

    # ------------------------------------------------------------ recording

    def record(self, rule: Rule | None, before: Expr, after: Expr, note: str = "") -> None:
        self.steps.append(Step(rule, before, after, note, self.line))

    def build(self, rule: Rule, pattern: Expr, binding: Binding) -> Expr:
        if rule.indices:
            binding = binding.copy()
            sizes = (d.names for d in binding.dims.values())
            used = frozenset[str]().union(*map(sizes_in, binding.holes.values()), *sizes)
            for index in rule.indices:
                fresh = self._fresh_index(used)
                used |= {fresh}
                binding.dims[index] = Dim.of(fresh)
        return instantiate(rule, pattern, binding, self.space)

    def _fresh_index(self, used: frozenset[str]) -> str:
        letters = (*"kijl", *(f"k_{n}" for n in range(1, 1000)))
        return next(x for x in letters if x not in self.taken and x not in used)


def hypothesis(e: Expr, word: str) -> Verdict:
    """The verdict on a hypothesis of a rule; `nonzero` and `fullrank` follow from stronger facts."""
    if word == "symmetric":
        return TRUE if e.T is e else fact(e, word)
    if word == "skew":
        _, rest = coefficient_and_rest(e)
        square = e.shape[0] == e.shape[1]
        return TRUE if square and (rest + rest.T).op.name == "zeros" else fact(e, word)
    if word in ("nonzero", "nonvanishing"):
        return fact(e, "positive")
    if word == "fullrank":
        return fact(e, "invertible")
    return fact(e, word)


def _is_wide(e: Expr) -> bool:
    """Are there more columns than rows, whatever the sizes are?"""
    return ((e.shape[1] - e.shape[0]).literal or 0) > 0


def separable(e: Expr) -> bool:
    """A single term of rank one, or a Kronecker product: what crosses a Kronecker product in closed form."""
    matrices = factors(e).matrices
    if any(m.shape[0].is_one for m in matrices):
        return True
    return len(matrices) == 1 and opened_kronecker(matrices[0]) is not None


def opened(e: Expr) -> Expr | None:
    """A product whose factors all stand for Kronecker products, as one product of these; None if one does not."""
    matrices = factors(e).matrices
    parts = [p for m in matrices if (p := opened_kronecker(m)) is not None]
    if not parts or len(parts) < len(matrices):
        return None
    out = parts[0]
    for p in parts[1:]:
        if len(out.args) != len(p.args) or any(a.shape[1] != b.shape[0] for a, b in zip(out.args, p.args)):
            return None
        out = e.space.apply("kronecker", *(a * b for a, b in zip(out.args, p.args)))
    return out


def opened_kronecker(e: Expr) -> Expr | None:
    """The Kronecker product a name, or the inverse or transpose of a name, stands for."""
    name = e.op.name
    if name == "kronecker":
        return e
    if name == "definition":
        return opened_kronecker(e.body)
    if name in ("inverse", "transpose"):
        inner = opened_kronecker(e.args[0])
        if inner is None or (name == "inverse" and any(a.shape[0] != a.shape[1] for a in inner.args)):
            return None
        return e.space.apply("kronecker", *(e.space.apply(name, a) for a in inner.args))
    return None
