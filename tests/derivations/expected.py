"""Expected derivations: one text file each, the problem above the rule and what matdiff prints below it.

The first line says in what to differentiate, and may hold options: `in A, order 2, style trace, detail full`.  A new
file needs only its upper part; `pytest --rewrite-derivations` adds the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matdiff as md

FOLDER = Path(__file__).parent
RULE = "=" * 100


class Expected(NamedTuple):
    name: str
    head: str
    problem: str
    text: str

    @property
    def wrt(self) -> str:
        return self.head.split(",")[0].removeprefix("in ").strip()

    @property
    def options(self) -> dict[str, str]:
        """How it is to be shown."""
        given = dict(option.split() for option in self.head.split(",")[1:])
        return {name: value for name, value in given.items() if name != "order"}

    def derive(self):
        return md.derive(self.problem, wrt=self.wrt, order=2 if "order 2" in self.head else 1)

    def printed(self) -> str:
        return self.derive().text(**self.options)

    def rewrite(self) -> None:
        content = f"{self.head}\n{self.problem}\n{RULE}\n{self.printed()}\n"
        (FOLDER / f"{self.name}.txt").write_text(content, encoding="utf-8")


def read(file: Path) -> Expected:
    above, _, below = file.read_text(encoding="utf-8").partition(f"{RULE}\n")
    head, _, problem = above.strip().partition("\n")
    return Expected(file.stem, head, problem, below.rstrip("\n"))


ALL = [read(file) for file in sorted(FOLDER.glob("*.txt"))]
