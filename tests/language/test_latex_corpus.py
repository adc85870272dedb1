"""The formulas of the corpus as their sources print them: each is read or refused, and those marked are the function.

A record is marked `"latex_reads": true` where its TeX, with the names declared, is the function of the record; run this
file (`python tests/language/test_latex_corpus.py`) to mark the records anew.
"""

import json
from pathlib import Path

import pytest

from matdiff.equality import equal
from matdiff.errors import MatdiffError
from matdiff.language.problem import parse_problem

FOLDER = Path(__file__).parent.parent / "corpus"
MARK = ', "latex_reads": true'
RECORDS = {
    r["id"]: r
    for file in sorted(FOLDER.glob("*.jsonl"))
    for r in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    if "latex" in r
}
MARKED = [name for name, r in RECORDS.items() if r.get("latex_reads")]


def tex(record):
    """Dollars, since plain `AX` is matdiff text too."""
    return f"${record['latex']}$"


def states_the_function(record) -> bool:
    """Equal wherever both are defined: log det X is read as defined for negative determinants too."""
    try:
        found = equal(tex(record), record["expr"], declare=record["vars"], let=record.get("let"))
    except MatdiffError:
        return False
    return found.verdict is True or found.explanation.startswith("where both are defined they agree")


@pytest.mark.parametrize("name", RECORDS)
def test_read_or_refused(name):
    try:
        parse_problem(tex(RECORDS[name]), declare=RECORDS[name]["vars"])
    except MatdiffError as error:
        assert error.render()
        assert name not in MARKED


def test_many_are_marked():
    assert len(MARKED) >= 150


@pytest.mark.parametrize("name", MARKED)
def test_marked_records_state_their_function(name):
    assert states_the_function(RECORDS[name])


def mark():
    """Add the mark at the end of every record that qualifies, and leave the rest of its line as it is."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        lines = []
        for line in file.read_text(encoding="utf-8").splitlines():
            line = line.replace(MARK, "")
            record = json.loads(line)
            if "latex" in record and states_the_function(record):
                line = line[:-1] + MARK + "}"
            lines.append(line)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    mark()
