"""Problems in TeX: which line declares, defines, or is the function.

A problem may mix TeX with declarations in matdiff text.  `f(x) = …` names the function and its variable, `W = …` is a
definition, also behind a comma.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from matdiff.errors import MatdiffError, ParseError
from matdiff.language import latex, latex_tree, lexical, statements
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_symbols import Symbols, with_part
from matdiff.language.lexical import Word
from matdiff.language.names import is_short
from matdiff.language.statements import Statement
from matdiff.language.surface import Surface


@dataclass(frozen=True, slots=True)
class LatexStatement(Statement):
    """A statement in TeX; `words` are those of its left side and its names, `marks` what it says."""

    is_latex: ClassVar[bool] = True

    marks: tuple[Mark, ...] = field(default=(), compare=False)

    def surface(
        self, text: str, declared: frozenset[str], dims: Collection[str], functions: Collection[str]
    ) -> tuple[Surface, tuple[str, ...]]:
        """The tree of what is defined, and how ambiguous notation was read."""
        symbols = Symbols(declared, frozenset(dims), frozenset(functions), {}, conventional=True)
        return latex.read_marks(list(self.marks), text, symbols)


def statements_of(text: str) -> list[tuple[Statement, str]]:
    """The statements of a text in TeX, each with the line its places refer to."""
    out: list[tuple[Statement, str]] = []
    for line in latex.split_lines(text):
        rest = line
        while (end := rest.find(";")) >= 0 and (declared := _declarations(rest[:end])):
            # what stands before a formula on its line; the places stay those of the line
            out += [(s, line) for s in declared]
            rest = " " * (end + 1) + rest[end + 1 :]
        declared = _declarations(rest)
        out += [(s, line) for s in declared or (_of_line(rest) if rest.strip() else [])]
    return out


def _declarations(line: str) -> list[Statement]:
    """The statements of a line that is matdiff text and declares; nothing if it is not."""
    if latex.is_latex(line) or ":" not in line:
        return []
    try:
        found = statements.split(lexical.scan(line), line)
    except MatdiffError:
        return []
    return found if all(s.kind == "declaration" for s in found) else []


def _of_line(line: str) -> list[Statement]:
    """The statements of a line of TeX, separated by commas."""
    try:
        marks = latex.trimmed(latex_tree.read(line))
    except ParseError as error:
        raise error.locate(line, error.span or (0, len(line))) from None
    chains: list[list[Mark]] = [[]]
    for part in _cut(marks, (",", ";")):
        # A comma that separates no equation belongs to what stands before it.
        chains.append(part) if any(m.kind == "=" for m in part) or not chains[-1] else chains[-1].extend(part)
    return [_statement(chain, line) for chain in chains if chain]


def _cut(marks: list[Mark], at: Collection[str]) -> list[list[Mark]]:
    """At the signs that stand in no bracket."""
    parts: list[list[Mark]] = [[]]
    level = 0
    for mark in marks:
        level += {"(": 1, "[": 1, "{{": 1, "⟨": 1, ")": -1, "]": -1, "}}": -1, "⟩": -1}.get(mark.kind, 0)
        if level == 0 and mark.kind in at:
            parts.append([])
        else:
            parts[-1].append(mark)
    return parts


def _statement(marks: list[Mark], line: str) -> Statement:
    sides = _cut(marks, ("=",))
    whole = Word("", line, marks[0].start, marks[-1].end)
    if len(sides) == 1:
        return LatexStatement("expression", (*_names(marks), whole), (), tuple(marks))
    name, arguments = _left(sides[0])
    if len(sides) > 2 or name is None or not sides[1]:
        raise ParseError(
            "a line of a problem is an expression, or defines one name", text=line, span=(whole.start, whole.end),
            suggestion="f(x) = …, W = …",
        )  # fmt: skip
    if name.text == "f" and arguments:
        signature = [Word("(", "(", whole.start, whole.start)]
        for a in arguments:
            signature += [a, Word(",", ",", a.end, a.end)]
        words = (name, *signature[:-1], Word(")", ")", whole.end, whole.end), *_names(sides[1]), whole)
        return LatexStatement("function", words, ("f",), tuple(sides[1]))
    return LatexStatement("definition", (name, *_names(sides[1]), whole), (name.text,), tuple(sides[1]))


def _left(marks: list[Mark]) -> tuple[Word | None, list[Word]]:
    """The name that is defined, and its arguments."""
    name, k = _name(marks, 0)
    if name is None or k == len(marks):
        return name, []
    if marks[k].kind != "(" or marks[-1].kind != ")":
        return None, []
    arguments = []
    for part in _cut(marks[k + 1 : -1], (",",)):
        argument, end = _name(part, 0)
        if argument is None or end != len(part):
            return None, []
        arguments.append(argument)
    return name, arguments


def _name(marks: list[Mark], k: int) -> tuple[Word | None, int]:
    if k >= len(marks) or marks[k].kind != "letter":
        return None, k
    first = marks[k]
    if k + 1 < len(marks) and marks[k + 1].kind == "sub":
        name = next(with_part(first.text, marks[k + 1]), "")
        return (Word("NAME", name, first.start, marks[k + 1].end), k + 2) if is_short(name) else (None, k)
    return (Word("NAME", first.text, first.start, first.end), k + 1) if is_short(first.text) else (None, k)


def _names(marks: list[Mark]) -> list[Word]:
    return [Word("NAME", m.text, m.start, m.end) for m in marks if m.kind == "letter"]
