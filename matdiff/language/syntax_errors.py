"""What is said when words do not fit the grammar: a sentence about the words, never about the parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matdiff.errors import ParseError
from matdiff.language.lexical import Word

_BINARY = {"+", "-", "*", "/", "\\", ":", "⊗", "⊙", ".*", "./", "^", ".^", "="}
_OPENING = {"(", "[", "INDEX", "BAR", "NORM"}
_CLOSING = {")", "]", "ENDBAR", "ENDNORM"}


def explain(words: Sequence[Word], token: Any, text: str) -> ParseError:
    """The error for the first word that fits nowhere (`token`, or the end of the words)."""
    if token.type == "$END":
        return _at_the_end(words, text)
    k = token.line
    # The user's own spelling, not what it was folded to.
    word = words[k]._replace(text=text[words[k].start : words[k].end])
    before = words[k - 1]._replace(text=text[words[k - 1].start : words[k - 1].end]) if k else None
    raised = k > 1 and before is not None and before.kind == "-" and words[k - 2].kind in ("^", ".^")
    if word.kind == ":" and any(w.kind == ":" for w in words[:k]):
        return ParseError(
            "a second `:` in one statement", text=text, span=(word.start, word.end),
            suggestion="separate declarations with `;` or a new line",
        )  # fmt: skip
    message, suggestion = _sentence(word, words[k - 2] if raised else before)
    return ParseError(message, text=text, span=(word.start, word.end), suggestion=suggestion)


def _at_the_end(words: Sequence[Word], text: str) -> ParseError:
    if not words:
        return ParseError("there is nothing to read", text=text, span=(0, 0))
    last = words[-1]
    return ParseError(
        f"the line ends after `{last.text}`, where something must follow", text=text, span=(last.start, last.end)
    )


def _sentence(word: Word, before: Word | None) -> tuple[str, str | None]:
    after = f" after `{before.text}`" if before is not None else ""
    operand_expected = before is None or before.kind in _BINARY | _OPENING | {","}
    if before is not None and before.kind in ("^", ".^") and word.kind not in _CLOSING:
        return "after `^` stands a number, a name, T or parentheses", "put the exponent in parentheses"
    if before is not None and before.kind == "-" and word.kind == "-":
        return "two signs in a row", "put the second in parentheses"
    if word.kind == "=" and not operand_expected:
        return "an `=` does not belong here: a statement defines one name, `name = expression`", None
    if word.kind == ".":
        return "a `.` belongs to `.*`, `./`, `.^`, `.T` or a number with a fraction", "2.0"
    if word.kind == "?":
        return "`?` is not part of the language", None
    if word.kind == "*" and before is not None and before.kind == "*":
        return "two multiplication signs in a row", "powers are written with ^"
    if word.kind in _BINARY and operand_expected:
        suggestion = {"+": "leave the + out", "\\": "functions are written without a backslash: log(x)"}.get(word.kind)
        return f"`{word.text}` has nothing on its left{after}", suggestion
    if word.kind in _CLOSING and operand_expected:
        return f"something is missing{after}, before `{word.text}`", None
    if word.kind == ",":
        if operand_expected:
            return f"something is missing{after}, before `,`", None
        return "a `,` stands only between arguments, indices and blocks", None
    if word.kind == "RANGE":
        return "a range inside index brackets is `:` alone or `first:last`", "X[1:p, :]"
    if word.kind == ";":
        return "a `;` separates rows of a block matrix, or statements", None
    return f"`{word.text}` does not fit{after}", None
