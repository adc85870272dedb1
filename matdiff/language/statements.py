"""Words to statements.

Here: where a statement ends, that brackets fit, and whether a statement declares, defines or is an expression, which
is settled before any name is read, so that declarations may stand anywhere.  Not here: bars and calls (`pairing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

from matdiff.core.facts import PROPERTIES
from matdiff.errors import ParseError
from matdiff.language.lexical import Word, scan
from matdiff.language.names import is_short

KINDS = ("scalar", "integer", "vector", "matrix", "function")
# Words that make a statement a declaration although nothing of the kind is supported, for a clear error.
UNSUPPORTED_KINDS = ("complex", "hermitian", "unitary", "tensor")

CLOSER = {"(": ")", "[": "]"}
# Without one of these a text is not TeX.
_SIGNS_OF_LATEX = ("\\", "$", "_{", "^{")
_CONTINUES = set("+-*/\\:⊗⊙^=,") | {".*", "./", ".^"}


@dataclass(frozen=True, slots=True)
class Statement:
    """kind: declaration, definition, function (`f(x) = …`) or expression; `names` are those it introduces."""

    is_latex: ClassVar[bool] = False

    kind: str
    words: tuple[Word, ...]
    names: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        return self.words[0].start, self.words[-1].end


def statements_of(text: str) -> list[tuple[Statement, str]]:
    """The statements of a text, in matdiff text or TeX, each with the text its places refer to."""
    if any(sign in text for sign in _SIGNS_OF_LATEX):
        from matdiff.language import latex, latex_problem

        if latex.is_latex(text):
            return latex_problem.statements_of(text)
    return [(statement, text) for statement in split(scan(text), text)]


def split(words: list[Word], text: str) -> list[Statement]:
    """The statements.  A newline inside brackets or after a binary operator continues the line."""
    statements: list[Statement] = []
    current: list[Word] = []
    open_brackets: list[Word] = []
    for word in words:
        if word.kind == "NEWLINE":
            if open_brackets or not current or current[-1].kind in _CONTINUES:
                continue
            _finish(statements, current)
            current = []
        elif word.kind == ";" and not open_brackets:
            if current:
                _finish(statements, current)
            current = []
        else:
            _track(word, open_brackets, text)
            current.append(word)
    if open_brackets:
        opener = open_brackets[-1]
        raise ParseError(
            f"this `{opener.kind}` is never closed", text=text, span=(opener.start, opener.end),
            suggestion=f"add a `{CLOSER[opener.kind]}`",
        )  # fmt: skip
    if current:
        _finish(statements, current)
    return statements


def _track(word: Word, open_brackets: list[Word], text: str) -> None:
    if word.kind in CLOSER:
        open_brackets.append(word)
    elif word.kind in (")", "]"):
        if not open_brackets:
            raise ParseError(f"this `{word.kind}` closes nothing", text=text, span=(word.start, word.end))
        opener = open_brackets.pop()
        if CLOSER[opener.kind] != word.kind:
            raise ParseError(
                f"this `{word.kind}` stands where the `{opener.kind}` before it needs a `{CLOSER[opener.kind]}`",
                text=text, span=(word.start, word.end),
            )  # fmt: skip
    elif word.kind == ";" and open_brackets[-1].kind == "(":
        raise ParseError(
            "a `;` stands inside parentheses", text=text, span=(word.start, word.end),
            suggestion="separate arguments with `,`, or close the parenthesis before it",
        )  # fmt: skip


def _finish(statements: list[Statement], current: list[Word]) -> None:
    words = tuple(current)
    names = _declared_names(words)
    if names:
        statements.append(Statement("declaration", words, names))
    elif len(words) > 1 and words[0].kind == "NAME" and words[1].kind == "=":
        statements.append(Statement("definition", words, (words[0].text,)))
    elif _is_function(words):
        statements.append(Statement("function", words, (words[0].text,)))
    else:
        statements.append(Statement("expression", words))


def _declared_names(words: tuple[Word, ...]) -> tuple[str, ...]:
    """The names before the `:` if this is a declaration, else nothing."""
    names: list[str] = []
    k = 0
    while k + 1 < len(words) and words[k].kind == "NAME":
        names.append(words[k].text)
        if words[k + 1].kind == ":":
            several = len(names) > 1
            after = words[k + 2] if k + 2 < len(words) else None
            known = (*KINDS, *UNSUPPORTED_KINDS, *PROPERTIES)
            if several or (after is not None and after.kind == "NAME" and _declares(words[k + 2 :], known)):
                return tuple(names)
            return ()
        if words[k + 1].kind != ",":
            return ()
        k += 2
    return ()


def _declares(phrase: tuple[Word, ...], known: tuple[str, ...]) -> bool:
    """A word for a kind or a property, also a misspelt one that stands alone."""
    word = phrase[0].text
    alone = len(phrase) == 1 or phrase[1].kind == ","
    return word in known or (alone and not is_short(word) and bool(get_close_matches(word, known, 1, 0.7)))


def _is_function(words: tuple[Word, ...]) -> bool:
    """NAME ( NAME , ... ) = ..."""
    if len(words) < 5 or words[0].kind != "NAME" or words[1].kind != "(":
        return False
    k = 2
    while k + 1 < len(words) and words[k].kind == "NAME" and words[k + 1].kind == ",":
        k += 2
    return k + 2 < len(words) and words[k].kind == "NAME" and words[k + 1].kind == ")" and words[k + 2].kind == "="
