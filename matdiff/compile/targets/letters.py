"""What passing values are called in formulas: capitals for matrices, L for a Cholesky factor, V and λ for eigenvectors
and eigenvalues.

Programs number them, t1, t2, ...; a reader of formulas expects the kind of a value in its letter.
"""

from __future__ import annotations

import re

from matdiff.compile.program import Node
from matdiff.compile.schedule import Assign, Schedule
from matdiff.compile.targets.foreign import flat
from matdiff.language.names import LETTER
from matdiff.language.notation import Notation

_PASSING = re.compile(r"([ts])(\d+)")


def letters(schedule: Schedule, notation: Notation, plain: dict[str, str]) -> dict[str, str]:
    """The spelling of every name; `plain` is that of names which are kept."""
    wanted: dict[str, str] = {}
    for s in flat(schedule.statements):
        if isinstance(s, Assign):
            wanted |= _letters_of(s, schedule)
    taken = {text for name, text in plain.items() if name not in wanted}
    out = dict(plain)
    for name, letter in wanted.items():
        passing = _PASSING.fullmatch(name)
        first = int(passing.group(2)) if passing else 0
        k = next(k for k in range(first, first + 999) if _spelled(letter, k, notation) not in taken)
        out[name] = _spelled(letter, k, notation)
        taken.add(out[name])
    return out


def _letters_of(s: Assign, schedule: Schedule) -> dict[str, str]:
    if len(s.names) == 2:
        return dict(zip(s.names, ("lambda", "V")))
    (name,) = s.names
    if s.node.op == "chol" and s.node not in schedule.given:
        return {name: "L"}
    passing = _PASSING.fullmatch(name)
    return {name: _letter(passing.group(1), s.node)} if passing else {}


def _letter(letter: str, node: Node) -> str:
    return letter.upper() if node.rank == 2 else letter


def _spelled(letter: str, k: int, notation: Notation) -> str:
    if not k:
        return notation.name(letter)
    return notation.name(f"{letter}_{k}") if notation.latex else LETTER.get(letter, letter) + _lowered(k)


def _lowered(k: int) -> str:
    return str(k).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
