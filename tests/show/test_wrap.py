"""Breaking long lines."""

from __future__ import annotations

import pytest

from matdiff.show.wrap import words, wrapped


@pytest.mark.parametrize("width", [20, 30, 50, 80])
def test_nothing_is_lost(width):
    text = "(A + B) C ptrace(U⁻ᵀ (I_T ⊗ K'), n, 2) - 1/2 mat(U⁻ᵀ v, n, T)' K mat(U⁻¹ v, n, T) + x y"
    for wrap in (wrapped, words):
        lines = wrap(text, width)
        assert " ".join(line.strip() for line in lines) == text
        assert all(len(line) <= width for line in lines[:-1])


def test_breaks_before_an_operator_outside_of_brackets():
    assert wrapped("A (B + C) D + E (F + G) H", 20) == ["A (B + C) D", "  + E (F + G) H"]


def test_what_cannot_break_stays():
    assert wrapped("abcdefghij", 4) == ["abcdefghij"]
