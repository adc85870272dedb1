"""Names in TeX: which letters, accents and subscripts are one symbol, and what it is called.

Here: `Symbols`, the names a text may use, and the look-up of the longest symbol that starts at a mark.  A subscript
that is no part of a name is left to the reader, who takes it for an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from matdiff.errors import ParseError
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_tree import read
from matdiff.language.names import canonical, is_short

_LONGEST = 40  # letters of a name
_SIGNS = ("|", "‖", "||", "(", "[", "⟨")


@dataclass(frozen=True)
class Symbols:
    """What names mean where a text stands.

    `declared`: variables and definitions; `dims`: sizes; `functions`: functions of one's own; all by their names in
    matdiff text.  `spellings`: how a name is spelled in the TeX, where it is not spelled like the name; a key is a
    whole symbol with its subscript, and may be `f(x)`; a value is a name or `I_n`.  `conventional`: undeclared single
    letters are allowed.
    """

    declared: frozenset[str]
    dims: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    spellings: Mapping[str, str] = field(default_factory=dict)
    conventional: bool = False


@dataclass(frozen=True)
class Found:
    """A symbol in a list of marks: its name, and the index of the mark after it."""

    name: str
    after: int


class Lexicon:
    """The look-up of names, for one text."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.known = {canonical(n) for n in (*symbols.declared, *symbols.dims, *symbols.functions)}
        self.declared = {canonical(n) for n in symbols.declared}
        self.dims = {canonical(n) for n in symbols.dims}
        self.functions = {canonical(n) for n in symbols.functions}
        spelled = [(pieces(key), canonical(value)) for key, value in symbols.spellings.items()]
        self.spelled = sorted((s for s in spelled if s[0]), key=lambda s: -len(s[0]))
        # names that are spelled f(x): f before other parentheses is its value elsewhere, no product
        self.applied = {key[0] for key, _ in self.spelled if len(key) > 1 and "(" in key[1:]}
        self.longest = min(_LONGEST, max((len(n) for n in self.known), default=1))

    # ------------------------------------------------------------ look-up

    def spelling(self, marks: list[Mark], k: int) -> Found | None:
        """The longest key of `spellings` that stands at k and is not the head of a longer symbol."""
        for key, name in self.spelled:
            n = len(key)
            if k + n <= len(marks) and all(piece(m) == s for m, s in zip(marks[k : k + n], key)):
                below = k + n < len(marks) and marks[k + n].kind == "sub"
                if below and (marks[k].kind in _SIGNS or self.name(marks, k) is not None):
                    continue
                return Found(name, k + n)
        return None

    def name(self, marks: list[Mark], k: int) -> Found | None:
        """The longest declared name that starts at k, with its subscript where that is part of the name."""
        for end in range(self.run(marks, k), k, -1):
            for base, after in _bases(marks, k, end):
                if after < len(marks) and marks[after].kind == "sub":
                    for name in with_part(base, marks[after]):
                        if name in self.known:
                            return Found(name, after + 1)
                if base in self.known:
                    return Found(base, after)
        return None

    def run(self, marks: list[Mark], k: int) -> int:
        """The end of the letters that stand together from k."""
        end = k + 1
        while (
            end < len(marks)
            and end - k < self.longest
            and marks[end].kind in ("letter", "number")
            and not marks[end].spaced
        ):
            end += 1
        return end if marks[k].kind in ("letter", "accent") else k

    def conventional(self, marks: list[Mark], k: int) -> Found | None:
        """An undeclared symbol, where those are allowed: one letter, with its subscript."""
        if not self.symbols.conventional or marks[k].kind != "letter":
            return None
        base = marks[k].text
        if k + 1 < len(marks) and marks[k + 1].kind == "sub":
            name = next(with_part(base, marks[k + 1]), base)
            if is_short(name):
                return Found(name, k + 2)
        return Found(base, k + 1) if is_short(base) else None


def _bases(marks: list[Mark], k: int, end: int) -> Iterator[tuple[str, int]]:
    """The names that the marks from k to end may spell: `x`, `theta1`, `xhat` and `x_hat` for an accent."""
    if marks[k].kind == "accent":
        inner = marks[k].parts[0]
        base = "".join(m.text for m in inner)
        if end == k + 1 and all(m.kind in ("letter", "number") for m in inner):
            word = marks[k].text
            yield from ((name, end) for name in (f"{base}_{word}", f"{base}{word}", f"{word}_{base}", f"{word}{base}"))
        return
    yield "".join(m.text for m in marks[k:end]), end


def with_part(base: str, mark: Mark) -> Iterator[str]:
    """`x_1`, `sigma2`, `U_MSigma`: the names a letter with a subscript may have."""
    groups: list[list[str]] = [[]]
    for m in mark.parts[0]:
        if m.kind in (",", ";"):
            groups.append([])
        elif m.kind in ("letter", "number", "operator"):
            groups[-1].append(m.text)
        else:
            return
    words = ["".join(g) for g in groups if g]
    if not words:
        return
    for between, first in product(("_", ""), ("_", "")):
        yield base + first + between.join(words)


# ---------------------------------------------------------------- spellings


@lru_cache(maxsize=1000)
def pieces(key: str) -> tuple[str, ...]:
    """A key of `spellings` as a list that marks can be compared with; spaces and fonts do not count."""
    try:
        return tuple(piece(m) for m in read(key))
    except ParseError:
        return ()


def piece(mark: Mark) -> str:
    """One mark as text, without fonts and spaces."""
    if not mark.parts:
        return mark.text if mark.kind in ("letter", "number", "command", "operator") else mark.kind
    inner = "|".join("".join(map(_flat, part)) for part in mark.parts)
    return f"{mark.kind}:{mark.text if mark.kind == 'accent' else ''}{inner}"


def _flat(mark: Mark) -> str:
    return piece(mark)
