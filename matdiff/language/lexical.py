"""Text to words.

Here: Unicode folding, numbers, names, superscripts, comments, and the limit on length.  Every word knows its place in
the user's text, so that an error can point at it however much was folded.  Not here: what brackets and bars mean and
where statements end (`pairing`), and the grammar (`syntax`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from matdiff.errors import ParseError
from matdiff.language.names import canonical

LIMIT = 20_000  # bytes of text
_LONGEST_NUMBER = 60  # digits; a longer literal is a mistake, and exact arithmetic on it is slow


class Word(NamedTuple):
    """A word of the language.  `kind` is the word itself for operators and brackets, else NAME, NUMBER, NEWLINE, ..."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False  # white space before it


# One character standing for another word.
_FOLD = {
    "−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "@": "*", "∘": "⊙", "′": "'", "’": "'",
    "⊤": "'", "⊺": "'", "ᵀ": "'", "∥": "‖", "∣": "|", "￼": " ",
}  # fmt: skip
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅙": "1/6", "⅛": "1/8"}
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀⁿ", "0123456789-Tn"))

_WORDS = re.compile(
    r"""
      (?P<space>[^\S\n]+)
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+)
    | (?P<fraction>[½⅓⅔¼¾⅕⅙⅛])
    | (?P<dotT>\.T(?![^\W_])(?!_))
    | (?P<dotted>\.[*/^])
    | (?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻ᵀ|⁻?ⁿ)
    | (?P<subscript>_(?:[0-9]+(?:\.[0-9]+)?|\*|∞|[^\W_]+)|[₀₁₂₃₄₅₆₇₈₉]+)
    | (?P<name>[^\W\d_ᵀⁿ](?:[^\W_ᵀⁿ⁰¹²³⁴⁵⁶⁷⁸⁹½⅓⅔¼¾⅕⅙⅛])*(?:_[^\W_ᵀⁿ⁰¹²³⁴⁵⁶⁷⁸⁹½⅓⅔¼¾⅕⅙⅛]+)*|∑)
    | (?P<string>"[^"\n]*")
    | (?P<arrow>->|<-)
    | (?P<bars>\|+|[‖∥∣])
    | (?P<prime>″)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = set("+-*/\\:^'()[],;=?.⊗⊙∂")


def scan(text: str, *, rules: bool = False) -> list[Word]:
    """All words of the text.  Strings and arrows are words of rules only."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        raise ParseError(
            f"the text is longer than {LIMIT // 1000} kB", suggestion="split the problem, or name repeated parts"
        )
    words: list[Word] = []
    spaced = False
    for found in _WORDS.finditer(text):
        kind, value, start, end = found.lastgroup or "", found.group(), found.start(), found.end()
        if kind in ("space", "comment"):
            spaced = True
            continue
        before = len(words)
        _SCANNERS.get(kind, _scan_other)(words, value, start, end, spaced, text)
        if not rules and words and words[-1].kind in ("STRING", "FORWARD", "BACKWARD"):
            _refuse_rule_word(words[-1], text)
        spaced = len(words) == before and spaced
    return words


def _refuse_rule_word(word: Word, text: str) -> None:
    if word.kind == "STRING":
        raise ParseError(
            "text in quotes is not part of the language", text=text, span=(word.start, word.end),
            suggestion="comments start with #",
        )  # fmt: skip
    raise ParseError(f"`{word.text}` is not part of the language", text=text, span=(word.start, word.end))


def _scan_number(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    if value.startswith("."):
        raise ParseError("a number starts with a digit", text=text, span=(start, end), suggestion=f"0{value}")
    mantissa, _, exponent = value.lower().partition("e")
    if len(mantissa) > _LONGEST_NUMBER or abs(int(exponent[:8] or "0")) > 300:
        raise ParseError("this number is too long", text=text, span=(start, end))
    words.append(Word("NUMBER", value, start, end, spaced))


def _scan_raised(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    words.append(Word("^", "^", start, end, spaced))
    plain = "".join(_SUPERSCRIPT[ch] for ch in value)
    if plain.startswith("-"):
        words.append(Word("-", "-", start, end))
        plain = plain[1:]
    words.append(Word("NUMBER" if plain.isdigit() else "NAME", plain, start, end))


def _scan_name(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    if not (value[0].isalpha() or value == "∑"):
        _scan_other(words, value[0], start, start + 1, spaced, text)
    words.append(Word("NAME", canonical(value), start, end, spaced))


def _scan_bars(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    kind = "|" if value[0] in "|∣" else "‖"
    # One word a stroke; `pairing` joins two strokes into a norm where it should.
    for k in range(len(value)):
        words.append(Word(kind, kind, start + k, start + k + 1, spaced and k == 0))


def _scan_other(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    word = _FOLD.get(value, value)
    if (
        value in "⊤⊺"
        and words
        and words[-1].kind in ("^",)
        or value in "⊤⊺"
        and len(words) > 1
        and words[-1].kind == "-"
        and words[-2].kind == "^"
    ):
        words.append(Word("NAME", "T", start, end, spaced))
    elif word in _PLAIN:
        words.append(Word(word, word, start, end, spaced))
    else:
        raise ParseError(
            f"the character {value!r} is not part of the language", text=text, span=(start, end),
            suggestion=_INSTEAD.get(value),
        )  # fmt: skip


_INSTEAD = {
    "{": "group with ( )", "}": "group with ( )", "$": "leave the dollar signs out", "√": "sqrt(…)",
    "&": "`⊙` is the entry-by-entry product", "÷": "/", "⊕": "blkdiag(A, B)", "∈": "declare with `x : vector(n)`",
    "!": "gamma(n + 1)", "%": "comments start with #", "~": None, "_": "a part follows its name: x_1",
}  # fmt: skip


def _single(kind: str, text: str | None = None) -> Callable[..., None]:
    def scan_one(words: list[Word], value: str, start: int, end: int, spaced: bool, _: str) -> None:
        words.append(Word(kind, text or value, start, end, spaced))

    return scan_one


def _scan_prime(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    words.append(Word("'", "'", start, end, spaced))
    words.append(Word("'", "'", start, end))


def _scan_arrow(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    words.append(Word("FORWARD" if value == "->" else "BACKWARD", value, start, end, spaced))


def _scan_same(words: list[Word], value: str, start: int, end: int, spaced: bool, text: str) -> None:
    words.append(Word(value, value, start, end, spaced))


_SCANNERS = {
    "newline": _single("NEWLINE"),
    "number": _scan_number,
    "fraction": lambda words, value, *rest: _single("NUMBER", _FRACTIONS[value])(words, value, *rest),
    "dotT": _single("'", "'"),
    "dotted": _scan_same,
    "raised": _scan_raised,
    "name": _scan_name,
    "subscript": _single("SUBSCRIPT"),
    "string": _single("STRING"),
    "arrow": _scan_arrow,
    "bars": _scan_bars,
    "prime": _scan_prime,
}


def exact(number: str) -> Fraction:
    """The exact value of a number as typed."""
    return Fraction(number)
