"""What is open while a TeX formula is walked: brackets that are shown, and those that are not."""

from __future__ import annotations

from dataclasses import dataclass, field

from matdiff.language.latex_scan import Mark
from matdiff.language.lexical import Word


@dataclass(slots=True)
class Pending:
    """A bracket the text does not show: its kind says what ends it, `after` what follows it, `index` whom it binds."""

    kind: str  # function, operator, divisor, barred
    after: list[Word] = field(default_factory=list)
    index: str = ""


@dataclass(slots=True)
class Frame:
    """An open bracket, and the brackets opened inside it that the text does not show."""

    kind: str
    opener: Mark | None
    commas: bool = False
    before: list[Word] = field(default_factory=list)  # words that go before the closing bracket
    after: list[Word] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
