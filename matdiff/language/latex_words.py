"""The tree of a TeX formula to the words of `grammar/latex.lark`.

Here: brackets and bars, the operators between operands, and where the argument of a function without parentheses ends.
What stands for an operand is read by `latex_names` and `latex_calls`, scripts by `latex_scripts`, derivatives by
`latex_calculus`.  A bracket that the text does not show gets a word of no width.
"""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.errors import ParseError
from matdiff.language import (
    latex_brackets,
    latex_calculus,
    latex_calls,
    latex_groups,
    latex_names,
    latex_scripts,
    latex_sums,
)
from matdiff.language.latex_brackets import BARS, CLOSER, OPENER
from matdiff.language.latex_frames import Frame, Pending
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_symbols import Lexicon
from matdiff.language.lexical import Word

_COMPLETE = {"NAME", "NUMBER", ")", "]", "'", "ENDBAR", "ENDNORM", "SUBSCRIPT", "PINV", "⟩"}
_MOST_WORDS = 50_000


class Words:
    """The words of one text."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.out: list[Word] = []
        self.frames: list[Frame] = []
        self.notes: dict[str, None] = {}
        self.plain: set[str] = set()  # letters that stand somewhere without an accent
        self.bound: list[str] = []  # indices of the sums around
        self._pairs: tuple[list[Mark], dict[int, int]] = ([], {})  # of one list of marks, see `matching`

    def of(self, marks: list[Mark]) -> list[Word]:
        """The words of a whole list of marks."""
        self.frames.append(Frame("base", None, True))
        self.plain = {m.text for m in _letters(marks)}
        self.run(marks)
        self.end_frame(len(self.text))
        return self.out

    # ------------------------------------------------------------ helpers for all readers

    def error(self, message: str, mark: Mark | Word, suggestion: str | None = None) -> ParseError:
        return ParseError(message, text=self.text, span=(mark.start, mark.end), suggestion=suggestion)

    def note(self, text: str) -> None:
        self.notes[text] = None

    def source(self, first: Mark, last: Mark | None = None) -> str:
        return " ".join(self.text[first.start : (last or first).end].split())

    def put(self, kind: str, text: str, start: int, end: int) -> None:
        if len(self.out) > _MOST_WORDS:
            raise ParseError("this is too long", text=self.text, span=(start, end))
        self.out.append(Word(kind, text, start, end))

    def sign(self, kind: str, at: int) -> None:
        """A word that the text does not show."""
        self.put(kind, kind, at, at)

    @property
    def complete(self) -> bool:
        return bool(self.out) and self.out[-1].kind in _COMPLETE

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def inside(self, marks: list[Mark], start: int, end: int, opener: str = "(", closer: str = ")") -> None:
        """The marks as an operand of their own, in brackets that the text does not show."""
        self.sign(opener, start)
        self.frames.append(Frame("brace", None))
        self.run(marks)
        self.end_frame(end)
        self.sign(closer, end)

    def open(self, kind: str, at: int, index: str = "", after: list[Word] | None = None) -> None:
        """A bracket that is not shown and ends by itself."""
        self.sign("(", at)
        self.frame.pending.append(Pending(kind, after or [], index))

    def pend(self, kind: str, index: str = "") -> None:
        """A bracket that is open already and ends by itself."""
        self.frame.pending.append(Pending(kind, [], index))

    def end_frame(self, at: int) -> None:
        frame = self.frame
        if frame.kind in CLOSER or frame.kind in BARS:
            assert frame.opener is not None
            what = "bar" if frame.kind in BARS else "bracket"
            raise self.error(f"this {what} is never closed", frame.opener)
        self.finish()
        self.frames.pop()

    def matching(self, marks: list[Mark], k: int) -> int | None:
        """The index of the bracket that closes the one at k."""
        if self._pairs[0] is not marks:
            pairs: dict[int, int] = {}
            stack: list[int] = []
            for n, mark in enumerate(marks):
                if mark.kind in CLOSER:
                    stack.append(n)
                elif mark.kind in OPENER and stack:
                    pairs[stack.pop()] = n
            self._pairs = (marks, pairs)
        return self._pairs[1].get(k)

    # ------------------------------------------------------------ brackets that are not shown

    def finish(self, *kinds: str) -> None:
        """Close the brackets of these kinds that are innermost; without kinds, all of this frame."""
        pending = self.frame.pending
        while pending and (not kinds or pending[-1].kind in kinds):
            self.finish_one()

    def finish_one(self) -> None:
        done = self.frame.pending.pop()
        at = self.out[-1].end
        self.sign(")", at)
        self.out.extend(done.after)
        if done.index:
            self.bound.remove(done.index)

    # ------------------------------------------------------------ the walk

    def run(self, marks: list[Mark]) -> None:
        k = 0
        while k < len(marks):
            k = self.step(marks, k)

    def step(self, marks: list[Mark], k: int) -> int:
        """Read the mark at k, and what belongs to it; the index of the next one."""
        mark = marks[k]
        found = self.lexicon.spelling(marks, k)
        if found is not None:
            return latex_names.named(self, marks, k, found)
        reader = _READERS.get(mark.kind)
        if reader is None:
            raise self.error(f"`{self.source(mark)}` is not read here", mark)
        return reader(self, marks, k)

    # ------------------------------------------------------------ operators

    def add(self, marks: list[Mark], k: int) -> int:
        mark = marks[k]
        if self.complete:
            self.finish()
            self.put(mark.kind, mark.kind, mark.start, mark.end)
        elif mark.kind == "-" or (self.out and self.out[-1].kind not in ("(", "=", ",", "[", ";")):
            self.put(mark.kind, mark.kind, mark.start, mark.end)
        return k + 1

    def equals(self, marks: list[Mark], k: int) -> int:
        self.finish()
        if self.frame.kind != "base":
            raise self.error("an `=` stands inside brackets", marks[k])
        self.put("=", "=", marks[k].start, marks[k].end)
        return k + 1

    def comma(self, marks: list[Mark], k: int) -> int:
        self.finish()
        if not self.frame.commas:
            raise self.error("this comma separates nothing that is read", marks[k])
        self.put(",", ",", marks[k].start, marks[k].end)
        return k + 1

    def tensor(self, marks: list[Mark], k: int) -> int:
        """`:`, ⊗, ⊙, ⊘: weaker than products."""
        mark = marks[k]
        self.finish("function", "divisor", "barred")
        kind = "RANGE" if mark.kind == ":" and self.frame.kind == "index" else mark.kind
        self.put(kind, mark.kind, mark.start, mark.end)
        return k + 1

    def times(self, marks: list[Mark], k: int) -> int:
        self.finish("function", "divisor", "barred")
        self.put("*", "*", marks[k].start, marks[k].end)
        return k + 1

    def over(self, marks: list[Mark], k: int) -> int:
        """a/bc is a/(bc), unless a is a number: 1/2 x, 1/n x'x."""
        mark = marks[k]
        if any(p.kind == "function" for p in self.frame.pending):
            raise self.error("does this divide the function or its argument?", mark, "put the argument in parentheses")
        self.finish("divisor")
        by_number = self.out and self.out[-1].kind == "NUMBER" and not self._factor_before_number()
        self.put("/", "/", mark.start, mark.end)
        after = marks[k + 1] if k + 1 < len(marks) else None
        if not by_number and after is not None and after.kind not in CLOSER:
            self.open("divisor", mark.end)
        return k + 1

    def _factor_before_number(self) -> bool:
        before = self.out[-2].kind if len(self.out) > 1 else "("
        return before in _COMPLETE or before in ("^", "*", "/")


def _letters(marks: list[Mark]) -> Iterator[Mark]:
    """All letters that have no accent."""
    stack = list(marks)
    while stack:
        mark = stack.pop()
        if mark.kind == "letter":
            yield mark
        elif mark.kind != "accent":
            stack += [m for part in mark.parts for m in part]


_READERS = {
    "+": Words.add, "-": Words.add, "=": Words.equals, ",": Words.comma, ";": Words.comma,
    ":": Words.tensor, "⊗": Words.tensor, "⊙": Words.tensor, "⊘": Words.tensor, "*": Words.times, "/": Words.over,
    **dict.fromkeys(CLOSER, latex_brackets.bracket), **dict.fromkeys(OPENER, latex_brackets.closing),
    **dict.fromkeys(BARS, latex_brackets.bar),
    "group": latex_groups.group, "environment": latex_groups.environment, "&": latex_groups.cell,
    "row": latex_groups.cell, "words": latex_groups.refused,
    "letter": latex_names.letter, "accent": latex_names.letter, "number": latex_names.number,
    "command": latex_calls.command, "operator": latex_calls.operator, "sqrt": latex_sums.root,
    "∑": latex_sums.index_sum, "frac": latex_calculus.fraction, "∂": latex_calculus.partial,
    "∇": latex_calculus.nabla, "sup": latex_scripts.raised, "sub": latex_scripts.lowered, "'": latex_scripts.prime,
    "top": latex_scripts.prime,
}  # fmt: skip
