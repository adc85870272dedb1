"""What a person reads: whole derivations against text files."""

from __future__ import annotations

import pytest

from tests.derivations.expected import ALL


@pytest.mark.parametrize("expected", ALL, ids=[e.name for e in ALL])
def test_derivation(expected, request):
    if request.config.getoption("--rewrite-derivations"):
        expected.rewrite()
        return
    assert expected.printed() == expected.text


def test_enough():
    assert len(ALL) >= 25
