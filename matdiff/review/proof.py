"""By which rule a line follows from the one before, where one rule of the book or rewriting shows it.

Not here: the verdict, which rests on numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.book.load import book
from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.errors import MatdiffError
from matdiff.operations.sums import add
from matdiff.review.edits import at, places, put
from matdiff.review.truth import written_out
from matdiff.tactics.expand import TooLong, expanded
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

# Longer lines are left alone, and so are operations with very many rules after this many trials.
_LARGEST = 80
_MOST = 400
_PHASES = ("differentiate", "spread", "isolate", "vectorise", "tidy", "expand", "rearrange")


def reason(before: Expr, after: Expr, variables: list[Expr]) -> str:
    """The title of a rule that makes one line of the other, "rewriting", or "" where nothing was found."""
    if before is after:
        return "rearranged"
    if max(before.size, after.size) > _LARGEST:
        return ""
    rw = Rewriter(book(), before.space, frozenset(variables))
    try:
        rule = next((rule for rule, e in _once(rw, before) if e is after), None)
        if rule is not None:
            return rule.title
        if after in (written_out(before, variables, deep) for deep in (False, True)):
            return "the differential of what stands there"
        return "rewriting" if _same_form(rw, before, after) else ""
    except MatdiffError:
        return ""


def _same_form(rw: Rewriter, before: Expr, after: Expr) -> bool:
    """Is the difference 0 once multiplied out and tidied?"""
    gap = before + after * -1
    try:
        for bring in (expanded, lambda e: tidy(rw, e), expanded, lambda e: tidy(rw, e)):
            gap = bring(gap)
            if gap.op.name == "zeros" or (gap.op.name == "number" and gap.params[0] == 0):
                return True
    except TooLong:
        return False
    return False


def _once(rw: Rewriter, root: Expr) -> Iterator[tuple[Rule, Expr]]:
    """Everything one application of one rule makes of an expression."""
    count = 0
    for place in places(root, into_d=True):
        node = at(root, place)
        for rule in _rules(rw, node):
            count += 1
            if count > _MOST:
                return
            bindings = _bindings(rw, rule, node)
            if bindings:
                parts = [rw.build(rule, rule.right, b) for b in bindings]
                try:
                    yield rule, put(root, place, parts[0] if len(parts) == 1 else add(rw.space, *parts))
                except (MatdiffError, ValueError, AssertionError):
                    continue


def _rules(rw: Rewriter, node: Expr) -> Iterator[Rule]:
    inner = node.args[0] if node.op.name in ("d", "vec") and node.args else node
    for phase in _PHASES:
        names = {node.op.name, inner.op.name} | (
            {a.op.name for a in node.args} if node.op.name == "frobenius" else set()
        )
        for name in sorted(names) if phase != "rearrange" else [""]:
            yield from rw.book.applicable(phase, name)


def _bindings(rw: Rewriter, rule: Rule, node: Expr) -> list[Binding]:
    found: list[Binding] = []
    for b in match(rule, rule.left, node):
        if rw.admissible(rule, b, "differentiate"):
            found.append(b)
            if rule.each is None:
                break
    return found
