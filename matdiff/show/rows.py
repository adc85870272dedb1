"""The lines of a derivation as rows of an equation: what is printed, what of it is new, which rules led to it.

A row is shown if and only if it differs in print, beyond the order of terms, from the row before; the rules of a line
that is not shown go to the row it coincides with, or to the next one where a level of detail leaves lines out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.language.write_nodes import traced, transposed_is_shorter
from matdiff.numeric.compare import FAILS, HOLDS
from matdiff.operations.factors import terms
from matdiff.tactics.steps import Line, Step, Term

if TYPE_CHECKING:
    from matdiff.derivation import Derivation

# Rules whose titles say nothing beside another one.
_OBVIOUS = ("sum.differential", "sum.adjoint", "trace.sum")
_NOTES = {"collected": "Terms in the variable collected"}
# The constructors collect numbers and signs without a rule.
_NO_RULE = "Numbers and signs collected"
# With more terms than this a row holds only the new ones.
_MANY = 12
# What a row looks into when it marks what is new; any other operation is marked whole.
_LOOKED_INTO = frozenset({"sum", "product", "frobenius", "trace", "hadamard"})


@dataclass(frozen=True)
class Part:
    """A term of the sum that df is; `changed` in this row, or waiting."""

    expr: Expr
    changed: bool


@dataclass(frozen=True)
class Row:
    """One printed equation.  `omitted`: more terms wait than are printed.  `marks`: the pieces that are new."""

    kind: str
    parts: tuple[Part, ...]
    omitted: bool
    rules: tuple[Rule, ...]
    note: str
    check: str | None
    marks: frozenset[Expr] = frozenset()
    steps: tuple[Step, ...] = ()

    @property
    def titles(self) -> list[str]:
        """What stands at the right: the rules that say something, each once."""
        telling = [r for r in self.rules if r.name not in _OBVIOUS] or list(self.rules)
        return list(dict.fromkeys([r.title for r in telling] or [self.note or _NO_RULE]))


def joined(pieces: Iterable[str], omitted: str = "") -> str:
    """Terms to a sum, each with its own sign."""
    out = ""
    for piece in pieces:
        if not out:
            out = piece
        else:
            out += f" - {piece[1:].lstrip()}" if piece.startswith("-") else f" + {piece}"
    return f"{omitted}{out}" if out else "0"


def rows_of(
    d: Derivation, called: Mapping[Expr, str], write: Callable[[Expr], str], style: str, detail: str
) -> tuple[Row, ...]:
    """The rows at a level of detail ("brief", "textbook" or "full").  `write` says how a term prints."""
    rows: list[Row] = []
    printed = ""
    carried: Row | None = None
    steps = _steps_by_line(d) if detail == "full" else {}
    working, marker = _Working(), _Marker(called, style == "trace")
    for k, line in enumerate(d.lines):
        parts, omitted = working.after(line)
        note = _NOTES.get(line.note, line.note)
        row = Row(line.kind, parts, omitted, line.rules, note, _check(d, k), steps=steps.get(k, ()))
        if carried is not None:
            row, carried = _with(row, carried, before=True), None
        if detail == "brief" and rows and line.kind == "differential":
            carried = row
            continue
        shown = joined(write(p.expr) for p in parts)
        if rows and (shown == printed or _reordered(rows[-1], row)):
            rows[-1] = _with(rows[-1], row, before=False)
            continue
        rows.append(replace(row, marks=marker.marks(rows[-1] if rows else None, row)))
        printed = shown
    return tuple(rows)


def _reordered(before: Row, row: Row) -> bool:
    """The same terms, only in another order."""
    if before.omitted or row.omitted:
        return False
    one, other = ([t for p in r.parts for t in terms(p.expr)] for r in (before, row))
    return len(one) == len(other) and set(one) == set(other)


class _Working:
    """The sum that df is, line after line: a line replaces some of its terms, the others wait where they stand."""

    def __init__(self) -> None:
        self._terms: list[Term] = []
        self._new: tuple[Term, ...] = ()

    def after(self, line: Line) -> tuple[tuple[Part, ...], bool]:
        """The terms to print after this line, and whether some are left out."""
        gone = self._replaced(line)
        at = next((k for k, t in enumerate(self._terms) if t in gone), len(self._terms))
        before, rest = self._terms[:at], [t for t in self._terms[at:] if t not in gone]
        self._terms = [*before, *line.terms, *rest]
        self._new = line.terms
        if len(self._terms) > _MANY:
            return tuple(Part(t.expr, True) for t in line.terms), True
        first, last = len(before), len(before) + len(line.terms)
        return tuple(Part(t.expr, first <= k < last) for k, t in enumerate(self._terms)), False

    def _replaced(self, line: Line) -> set[Term]:
        if line.kind == "differential":
            return {t for t in self._terms if t.moving.args[0] is line.opened}
        if line.is_last:
            # what is known of one variable, once everything is carried across
            return {t for t in self._terms if t.moving is line.terms[0].moving}
        return set(self._new)


def _with(row: Row, other: Row, before: bool) -> Row:
    """The row with what led to another one that is not shown."""
    first, second = (other, row) if before else (row, other)
    check = row.check
    if FAILS in (row.check, other.check):
        check = FAILS
    elif check is not None and other.check == HOLDS and not before:
        check = HOLDS
    rules = tuple(dict.fromkeys(first.rules + second.rules))
    return replace(row, rules=rules, steps=first.steps + second.steps, check=check)


def _check(d: Derivation, k: int) -> str | None:
    v = d.validation
    return v.lines[k] if v is not None and k < len(v.lines) else None


def _steps_by_line(d: Derivation) -> dict[int, tuple[Step, ...]]:
    found: dict[int, list[Step]] = {}
    for step in d.steps:
        if step.before is not step.after:
            found.setdefault(min(step.line, len(d.lines) - 1), []).append(step)
    return {k: tuple(steps) for k, steps in found.items()}


# ------------------------------------------------------------------- what is new


class _Marker:
    """Finds what is new in a row: the smallest pieces that do not stand in the row before, and their transposes."""

    def __init__(self, called: Mapping[Expr, str], traces: bool) -> None:
        self._called = called
        self._traces = traces
        self._old: set[Expr] = set()
        self._marks: set[Expr] = set()

    def marks(self, previous: Row | None, row: Row) -> frozenset[Expr]:
        if previous is None:
            return frozenset()
        self._old, self._marks = self._pieces(p.expr for p in previous.parts), set()
        for part in row.parts:
            if part.changed:
                self._mark(part.expr)
        return frozenset(self._marks)

    def _printed(self, e: Expr) -> Expr:
        """What is written for a node: marks are put on that."""
        if self._traces and e.op.name == "frobenius":
            e = traced(e)
        return e.T if transposed_is_shorter(e) else e

    def _mark(self, e: Expr) -> bool:
        """Marks what is new in `e`; a combination of old pieces is new as a whole.  Was anything?"""
        e = self._printed(e)
        if e in self._old or e.op.name == "number":
            return False
        named = e in self._called or (not e.is_scalar and e.T in self._called)
        # x ./ y is written as one piece: no part of it is x ⊙ y^-1.
        divided = e.op.name == "hadamard" and any(a.op.name == "power" for a in e.args)
        if e.op.name in _LOOKED_INTO and not named and not divided:
            inside = [self._mark(a) for a in e.args]
            # X⁻¹ X⁻¹ is written as a power of X.
            powers = {a.args[0] for a in e.args if a.op.name == "inverse" and e.args.count(a) > 1}
            if True in inside:
                self._marks |= powers
                return True
            if e.op.name == "product" and e.params[0] < 0:
                # A sum takes the sign of its terms apart.
                self._marks |= powers | {a for a in e.args if a.op.name != "number"}
                return True
        # The transpose too: a sum may be written as the transpose of another one.
        alone = e.op.name in ("symbol", "definition", "transpose") or e.T in self._old
        self._marks |= {e} if alone else {e, e.T}
        return True

    def _pieces(self, roots: Iterable[Expr]) -> set[Expr]:
        """Every node printed in the roots."""
        found: set[Expr] = set()
        stack = list(roots)
        while stack:
            e = self._printed(stack.pop())
            if e not in found:
                found.add(e)
                stack.extend(() if e.op.name == "definition" else e.args)
        return found
