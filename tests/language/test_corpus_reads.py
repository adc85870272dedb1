"""Every record of the corpus is read, where the corpus is there."""

import json
from pathlib import Path

import pytest

from matdiff.errors import UnsupportedError
from matdiff.language.problem import parse_problem
from matdiff.language.write import text

FOLDER = Path(__file__).parent.parent / "corpus"
RECORDS = [
    record
    for file in sorted(FOLDER.glob("*.jsonl"))
    for record in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    if "expr" in record
]


@pytest.mark.skipif(not RECORDS, reason="no corpus")
def test_corpus():
    refused = {}
    for record in RECORDS:
        try:
            problem = parse_problem(record["expr"], declare=record["vars"], let=record.get("let"))
        except UnsupportedError as error:
            refused[record["id"]] = error.message
            continue
        assert parse_problem(text(problem.function), like=problem).function is problem.function, record["id"]
    assert len(refused) < 0.02 * len(RECORDS), refused
