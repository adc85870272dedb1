"""Published and asked-for derivatives: every record of tests/corpus against its own NumPy function.

A record that is not supported yet must be refused as unsupported: never another error, never a wrong number.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import matdiff as md
from matdiff.errors import UnsupportedError
from tests.truth import Truth

FOLDER = Path(__file__).parent / "corpus"
RECORDS = {
    record["id"]: record
    for file in sorted(FOLDER.glob("*.jsonl"))
    for record in map(json.loads, file.read_text(encoding="utf-8").splitlines())
}
# Records that are refused, with the reason.
REFUSED: dict[str, str] = {}


def problem_text(record) -> str:
    lines = [f"{name} : {declaration}" for name, declaration in record["vars"].items()]
    lines += [f"{name} = {expression}" for name, expression in (record.get("let") or {}).items()]
    return "\n".join([*lines, record["expr"]])


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.filterwarnings("ignore")
def test_record(name):
    record = RECORDS[name]
    order = record.get("order", 1)
    truth = Truth(record)
    try:
        answer = md.derive(problem_text(record), wrt=record["wrt"], order=order)
    except UnsupportedError as error:
        assert name in REFUSED, f"refused: {error.message}"
        return
    assert name not in REFUSED, "no longer refused: take it out of the table"
    assert answer.validation.ok
    run = answer.function("numpy")
    for seed in (1, 2):
        values, wanted = truth.sample(seed, order)
        got = np.asarray(run(**values), float)
        assert got.size == wanted.size, f"shape {got.shape}, expected {wanted.shape}: {answer.gradient}"
        gap = np.max(np.abs(got.reshape(wanted.shape) - wanted)) / max(1e-3, np.max(np.abs(wanted)))
        assert gap < (1e-5 if order == 1 else 1e-4), f"off by {gap:.1e}: {answer.gradient}"


def test_few_are_refused():
    assert len(REFUSED) <= 0.05 * len(RECORDS)
