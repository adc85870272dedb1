"""Mistakes planted into right derivations are found at their line; right derivations raise no alarm."""

import random

import pytest

from tests.planted import derivations, planted, written

COUNT = 40


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("in_latex", [False, True])
def test_planted(in_latex):
    rng = random.Random(7)
    done = found = repaired = 0
    for d in derivations(4_000 if in_latex else 3_000):
        w = written(d, in_latex)
        if w is None:
            continue
        clean = w.check()
        assert clean.first_wrong is None, clean.text()
        slip = planted(w, rng)
        if slip is None:
            continue
        report = w.check(slip.lines)
        done += 1
        found += report.first_wrong == slip.at
        repaired += report.first_wrong == slip.at and report.lines[slip.at].suggestion is not None
        if done == COUNT:
            break
    assert found >= 0.97 * COUNT
    assert repaired >= 0.8 * COUNT
