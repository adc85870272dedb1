"""TeX, and mathematics pasted from a page, to the surface trees that matdiff text gives.

Here: what is read (an expression, a line of a derivation), which names may stand in it, and what was settled on the
way.  Everything after the tree (kinds, sizes, meaning) is shared with matdiff text.  Whole documents are cut into
lines in `latex_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matdiff.errors import ParseError
from matdiff.language import latex_tree, syntax
from matdiff.language.latex_lines import is_latex, split_lines
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_symbols import Lexicon, Symbols
from matdiff.language.latex_words import Words
from matdiff.language.surface import Surface


@dataclass(frozen=True)
class Line:
    """A line of a derivation.

    `sides`: `a = b = c` has three; a line that starts with `=` `continues` and holds what follows.  `asides`: the
    equations after a comma, each a chain of sides.  `notes`: how what is ambiguous was read.
    """

    sides: tuple[Surface, ...]
    continues: bool
    asides: tuple[tuple[Surface, ...], ...]
    notes: tuple[str, ...]


def read_expression(text: str, symbols: Symbols) -> Surface:
    """The tree of one expression.  Raises ParseError with the place for what cannot be read."""
    return _Reading(text, symbols).line("expression")


def read_line(text: str, symbols: Symbols) -> Line:
    """One line of a derivation.  Raises ParseError with the place for what cannot be read."""
    reading = _Reading(text, symbols)
    continues = bool(reading.marks) and reading.marks[0].kind == "="
    if continues:
        reading.marks = reading.marks[1:]
    first, *asides = (chain.children for chain in reading.line("line").children)
    for chain in asides:
        if len(chain) < 2:
            raise ParseError("after a comma stands an equation", text=text, span=chain[0].span)
    return Line(first, continues, tuple(asides), tuple(reading.notes))


def read_marks(marks: list[Mark], text: str, symbols: Symbols) -> tuple[Surface, tuple[str, ...]]:
    """The tree of an expression whose marks were cut out of a text, and the notes."""
    reading = _Reading(text, symbols, marks)
    return reading.line("expression"), tuple(reading.notes)


class _Reading:
    """One text on its way to a tree."""

    def __init__(self, text: str, symbols: Symbols, marks: list[Mark] | None = None) -> None:
        self.text = text
        self.lexicon = Lexicon(symbols)
        self.notes: Sequence[str] = ()
        try:
            self.marks = trimmed(latex_tree.read(text)) if marks is None else marks
        except ParseError as error:
            raise error.locate(text, error.span or (0, len(text))) from None

    def line(self, start: str) -> Surface:
        words = Words(self.text, self.lexicon)
        tree = syntax.parse(words.of(self.marks), start, self.text, "latex")
        self.notes = tuple(words.notes)
        return tree


def trimmed(marks: list[Mark]) -> list[Mark]:
    """Without the punctuation, alignment and end of line around a formula."""
    start, end = 0, len(marks)
    while end > start and marks[end - 1].kind in (".", ",", ";", "row", "&"):
        end -= 1
    while start < end and marks[start].kind in ("&", "row"):
        start += 1
    if end - start == 1 and marks[start].kind == "environment" and marks[start].text not in _KEPT:
        return trimmed(marks[start].parts[0])
    inner = marks[start:end]
    return [m for m in inner if m.kind != "&"] if not start else trimmed(inner)


_KEPT = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "vmatrix", "Vmatrix", "cases"}

__all__ = ["Line", "Symbols", "is_latex", "read_expression", "read_line", "read_marks", "split_lines", "trimmed"]
