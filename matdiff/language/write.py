"""`Expr` to text and to LaTeX.

One engine for both: it decides order, signs, powers of repeated runs, transposes taken outside, and parentheses; the
notations say how each piece looks.  What is written as text parses back to the identical node.  Nothing recurses, and
shared parts are written once per call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from matdiff.core.expr import Expr
from matdiff.dimensions import Dim
from matdiff.language.notation import Latex, Notation, Text

# How tightly a piece of text holds together, as in the grammar.
SUM, FROBENIUS, TENSOR, PRODUCT, SIGNED, POWER, POSTFIX, ATOM = range(8)


class Piece(NamedTuple):
    """A written part and its level."""

    text: str
    level: int = ATOM


class Plan(NamedTuple):
    """How a node is written: the parts to write first, and what to make of them."""

    parts: tuple[tuple[Expr, bool], ...]
    finish: Callable[[list[Piece]], Piece]


def text(
    e: Expr,
    *,
    ascii: bool = False,
    full_parentheses: bool = False,
    frobenius: str = "colon",
    names: str | Callable[[Expr], bool] = "keep",
    called: Mapping[Expr, str] | None = None,
) -> str:
    """The expression in the input language.

    `frobenius="trace"` writes A : B as tr(A' B).  `names`: "keep" definitions, "expand" them, or a function that says
    which to expand.  `called` gives names to other nodes.
    """
    return Writer(Text(ascii), full_parentheses, frobenius, names, called).write(e)


def latex(
    e: Expr,
    *,
    frobenius: str = "colon",
    names: str | Callable[[Expr], bool] = "keep",
    called: Mapping[Expr, str] | None = None,
    decorate: Callable[[Expr, str], str] | None = None,
) -> str:
    """The expression in LaTeX.  `decorate` may wrap what is written for a node, to highlight it."""
    return Writer(Latex(), False, frobenius, names, called, decorate).write(e)


class Writer:
    """One writing job: options, and what has been written already."""

    def __init__(
        self,
        notation: Notation,
        full_parentheses: bool = False,
        frobenius: str = "colon",
        names: str | Callable[[Expr], bool] = "keep",
        called: Mapping[Expr, str] | None = None,
        decorate: Callable[[Expr, str], str] | None = None,
    ) -> None:
        self.notation = notation
        self.full = full_parentheses
        self.traces = frobenius == "trace"
        self.names = names
        self.called = called or {}
        self.decorate = decorate
        # a sum begins with a positive term where it has one, instead of in the order written
        self.positive_first = False
        self.done: dict[tuple[Expr, bool], Piece] = {}

    def write(self, root: Expr) -> str:
        from matdiff.language.write_nodes import plan

        first = (root, False)
        stack: list[tuple[tuple[Expr, bool], Plan | None]] = [(first, None)]
        while stack:
            item, planned = stack.pop()
            if item in self.done:
                continue
            if planned is None:
                planned = plan(self, *item)
                stack.append((item, planned))
                stack.extend((part, None) for part in planned.parts if part not in self.done)
                continue
            piece = planned.finish([self.done[part] for part in planned.parts])
            if self.decorate is not None:
                piece = piece._replace(text=self.decorate(item[0], piece.text))
            self.done[item] = piece
        return self.done[first].text

    def inside(self, piece: Piece, level: int) -> str:
        """The piece where at least `level` is needed."""
        if piece.level < level or (self.full and piece.level < POWER):
            return self.notation.parentheses(piece.text)
        return piece.text

    def expands(self, definition: Expr) -> bool:
        return self.names == "expand" or (callable(self.names) and self.names(definition))

    def params(self, values: tuple) -> list[str]:
        """Sizes and other params as text."""
        return [self.notation.size(p) if isinstance(p, Dim) else str(p) for p in values]

    def number(self, e: Expr, value: Fraction) -> Piece:
        spelled = e.space.spelling.get(abs(value))
        if spelled is not None and value < 0:
            spelled = "-" + spelled
        shown = self.notation.number(value, spelled)
        fraction = spelled is None and value.denominator != 1
        return Piece(shown, SIGNED if value < 0 else PRODUCT if fraction else ATOM)


def leaf(text: str, level: int = ATOM) -> Plan:
    return Plan((), lambda _: Piece(text, level))


def parts_of(*nodes: Expr) -> tuple[tuple[Expr, bool], ...]:
    return tuple((n, False) for n in nodes)
