"""How a product is written: sign, coefficient, scalars, matrices; repeated runs as powers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.core.expr import Expr
from matdiff.language.write import ATOM, FROBENIUS, POSTFIX, POWER, PRODUCT, SIGNED, Piece, Plan, Writer

_LONGEST_RUN = 8
_MOST_TIMES = 64  # as many as the language reads back


class Run(NamedTuple):
    """`factors` repeated `times`."""

    factors: tuple[Expr, ...]
    times: int


def product(w: Writer, e: Expr, coefficient: Fraction) -> Plan:
    """Also for numbers, whose sign a sum may have taken."""
    if e.op.name == "number":
        piece = w.number(e, coefficient)
        return Plan((), lambda _: piece)
    count = sum(1 for a in e.args if a.is_scalar)
    scalars, matrices = e.args[:count], e.args[count:]
    runs = repeated_runs(matrices)
    parts = tuple((f, False) for f in scalars) + tuple((f, False) for run in runs for f in _shown_factors(run))

    def finish(pieces: list[Piece]) -> Piece:
        words, level = _scalar_words(w, pieces[:count], bool(matrices))
        rest = iter(pieces[count:])
        words += [_run_text(w, run, rest) for run in runs]
        return _joined(w, e, coefficient, words, level)

    return Plan(parts, finish)


def _joined(w: Writer, e: Expr, coefficient: Fraction, words: list[str], level: int) -> Piece:
    size = abs(coefficient)
    if size != 1:
        words.insert(0, w.number(e, size).text)
    text = w.notation.product(words)
    if coefficient < 0:
        return Piece("-" + text, min(level, SIGNED if len(words) == 1 else PRODUCT))
    return Piece(text, level if len(words) > 1 else min(level, POWER))


def _scalar_words(w: Writer, pieces: list[Piece], matrices_follow: bool) -> tuple[list[str], int]:
    """The scalar factors; the last one needs no parentheses where nothing follows: 2 x'A x, c A : B."""
    words, level = [], PRODUCT
    for k, piece in enumerate(pieces):
        # 2 (-A : B) would be a difference without its parentheses
        last = k == len(pieces) - 1 and not matrices_follow and not w.full and not piece.text.startswith("-")
        if last and piece.level == FROBENIUS:
            level = FROBENIUS
            words.append(piece.text)
        elif last and piece.level == PRODUCT:
            words.append(piece.text)
        else:
            words.append(w.inside(piece, POWER))
    return words, level


# ---------------------------------------------------------------- repeated runs


def repeated_runs(matrices: Sequence[Expr]) -> list[Run]:
    """The chain with A X A X A X seen as (A X)^3; the longest repetition first, the shortest period among equals."""
    out: list[Run] = []
    k = 0
    while k < len(matrices):
        best = Run((matrices[k],), 1)
        for period in range(1, min(_LONGEST_RUN, (len(matrices) - k) // 2) + 1):
            times = _repetitions(matrices, k, period)
            if times > 1 and times * period > len(best.factors) * best.times:
                best = Run(tuple(matrices[k : k + period]), times)
        out.append(best)
        k += len(best.factors) * best.times
    return out


def _repetitions(matrices: Sequence[Expr], start: int, period: int) -> int:
    times = 1
    while times < _MOST_TIMES and all(
        start + times * period + j < len(matrices) and matrices[start + times * period + j] is matrices[start + j]
        for j in range(period)
    ):
        times += 1
    return times


def _shown_factors(run: Run) -> tuple[Expr, ...]:
    """A run of one inverse is a negative power of what is inverted."""
    if run.times > 1 and len(run.factors) == 1 and run.factors[0].op.name == "inverse":
        return run.factors[0].args
    return run.factors


def _run_text(w: Writer, run: Run, pieces: Iterator[Piece]) -> str:
    shown = [next(pieces) for _ in _shown_factors(run)]
    if run.times == 1:
        return w.inside(shown[0], POWER)
    inverted = _shown_factors(run) is not run.factors
    base_level = ATOM if w.notation.latex else POSTFIX
    if len(shown) == 1:
        base = w.inside(shown[0], base_level)
    else:
        base = w.notation.parentheses(w.notation.product([w.inside(p, POWER) for p in shown]))
    return w.notation.power(base, str(-run.times if inverted else run.times), False, True)
