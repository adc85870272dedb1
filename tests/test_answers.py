"""Published answers: the answer printed for a record of the corpus is never longer than the one its source prints.

A record's `answer` is the published form in the input language.  It is first proved equal to the derived one at random
points, so that a slip in copying does not pass.
"""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md
from matdiff.core.expr import walk
from matdiff.numeric.sample import draw_point
from tests.test_corpus import RECORDS, problem_text

ANSWERED = [name for name, record in RECORDS.items() if record.get("answer")]

# Records whose published answer is shorter than ours, and why.
LONGER = {
    "mc-055-logdet-gram": "X⁺ is (X'X)⁻¹ X' only at full column rank, which the function needs but does not say",
    "ml-factor-analysis-noise": "Σ⁻¹(Σ - S)Σ⁻¹ first lengthens Σ⁻¹ to Σ⁻¹ΣΣ⁻¹",
    "pi-variable-projection": "y - X X⁺y is one letter longer than (I - X X⁺) y, and needs no identity",
    "tensorgrad-layernorm": "uses that the entries of d sum to 0, which is known only from how d is defined",
}


def derived_and_published(record):
    d = md.derive(problem_text(record), wrt=record["wrt"], order=record.get("order", 1), validate=False)
    return d, md.parse(record["answer"], like=d.problem).function


def length(e) -> int:
    """What a reader reads: the nodes, and the numbers before products, which are not nodes of their own."""
    products = [n for n in walk(e, into_definitions=False) if n.op.name == "product"]
    return e.size + sum(1 for n in set(products) if abs(n.params[0]) != 1)


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.filterwarnings("ignore")
def test_answer(name):
    d, published = derived_and_published(RECORDS[name])
    ours = d.gradient
    for seed in range(3):
        at = draw_point([d.function_expr, ours, published], seed, also=[d.variable], smallest=3).evaluation
        got, wanted = np.asarray(at(ours), float), np.asarray(at(published), float)
        assert got.shape == wanted.shape, f"{ours} is not {published}"
        assert np.max(np.abs(got - wanted)) <= 1e-8 * max(1e-3, np.max(np.abs(wanted))), f"{ours} is not {published}"
    shorter = length(ours) <= length(published)
    assert shorter == (name not in LONGER), f"{length(ours)}: {ours}; published {length(published)}: {published}"


def test_many_are_compared():
    assert len(ANSWERED) >= 200
    assert len(LONGER) < 8 and set(LONGER) <= set(ANSWERED)
