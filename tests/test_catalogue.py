"""rules/README.md is complete and fresh."""

from pathlib import Path

from matdiff.book.catalogue import page
from matdiff.book.load import HYPOTHESES, PHASES, book

README = Path(__file__).parent.parent / "rules" / "README.md"


def test_fresh():
    written = README.read_text(encoding="utf-8")
    assert written == page(written, book()), "run: python -m matdiff.book.catalogue"


def test_every_phase_is_explained():
    guide = README.read_text(encoding="utf-8")
    assert all(f"| `{phase}` |" in guide for phase in PHASES)


def test_every_hypothesis_can_be_sampled_or_is_a_declared_property():
    from matdiff.core.facts import PROPERTIES

    assert set(PROPERTIES) | {"nonzero", "nonvanishing", "fullrank"} == set(HYPOTHESES)
