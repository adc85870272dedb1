from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matdiff.errors import ParseError
from matdiff.language.surface import Surface


@dataclass(frozen=True)
class Symbols:
    declared: frozenset[str]
    dims: frozenset[str]
    functions: frozenset[str]
    spellings: Mapping[str, str]
    conventional: bool = False


@dataclass(frozen=True)
class Line:
    sides: tuple[Surface, ...]
    continues: bool
    asides: tuple[tuple[Surface, ...], ...]
    notes: tuple[str, ...]


def is_latex(text: str) -> bool:
    return False


def read_line(text: str, symbols: Symbols) -> Line:
    raise ParseError("not read", text=text, span=(0, len(text)))


def split_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
