"""The catalogue of rules in `rules/README.md`, written from the rules themselves.

`python -m matdiff.book.catalogue` rewrites the part of that file below the mark; a test fails when it is stale.  Not
here: showing one rule in a terminal (`show.catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from matdiff import resources
from matdiff.book.load import Book, book, references
from matdiff.book.rule import Rule

MARK = "<!-- below this line: written by `python -m matdiff.book.catalogue` -->"


def catalogue(rules: Book) -> str:
    """All rules as Markdown tables, by file and section, in the order of the book."""
    lines = [f"{len(rules)} rules.", ""]
    everything = [(block.file, block.section, rules.rule(block.name)) for block in rules.blocks]
    for file, in_file in groupby(everything, key=lambda row: row[0]):
        lines += [f"### {file}", ""]
        for section, in_section in groupby(in_file, key=lambda row: row[1]):
            lines += [f"**{section}**", "", "| rule | equation | needs | phase |", "|---|---|---|---|"]
            lines += [_row(rule) for _, _, rule in in_section]
            lines.append("")
    return "\n".join([*lines, "### References", "", *_references()]) + "\n"


def _row(rule: Rule) -> str:
    needs = ", ".join(f"{name} {word}" for name, word in rule.requires)
    phases = ", ".join(use.phase + (f" (“{use.form}”)" if use.form else "") for use in rule.uses)
    cells = (rule.name, f"`{rule.statement}`", needs, phases or "reference")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _references() -> Iterator[str]:
    for key, title in references().items():
        yield f"- `{key}`: {title}"


def page(before: str, rules: Book) -> str:
    """The text of `rules/README.md` with a fresh catalogue."""
    return f"{before.partition(MARK)[0]}{MARK}\n\n{catalogue(rules)}"


def main() -> None:
    """Rewrite the catalogue in a checkout."""
    path = Path(str(resources.folder("rules") / "README.md"))
    path.write_text(page(path.read_text(encoding="utf-8"), book()), encoding="utf-8")


if __name__ == "__main__":
    main()
