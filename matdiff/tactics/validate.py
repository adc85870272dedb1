"""The check of a derivation: every line and the answer, against derivatives no rule had a part in.

At several random points of distinct sizes, with a random allowed direction, the answer G : dX is compared with the
directional derivative of the function, and each opened name's lines with the tangent of that name, all by complex
step or stencil.  What cannot be sampled is said to be undecided, never to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matdiff.core.expr import Expr
from matdiff.errors import DomainError
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED, difference, largest_summand
from matdiff.numeric.sample import Point, draw_point, project
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.steps import Line, Term

ANSWER_TOLERANCE = 1e-6
LINE_TOLERANCE = 1e-8
LINE_FAILS = 1e-6
# Steps are many and lines cover them, so they are checked at fewer points.
_STEP_DRAWS = 2
# Below this size of the quantities themselves a comparison says nothing.
_NOISE = 1e-12


@dataclass
class Validation:
    """The verdict.  `ok` only if every sampled line holds and the answer was compared at least once.

    `lines` holds one verdict a line; `how` says by which means; `verdict` is "holds", "fails" or "undecided".
    """

    verdict: str
    draws: int
    max_relative_error: float
    how: str
    lines: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    sizes: list[dict[str, int]] = field(default_factory=list)
    # relations between sizes without which the function was never defined, "m ≥ n"
    needed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.verdict == HOLDS

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.verdict == HOLDS:
            error = f"largest relative error {self.max_relative_error:.0e}"
            return f"checked numerically: {self.how}, {self.draws} random points, {error}"
        if self.verdict == FAILS:
            return f"the numerical check FAILED (relative error {self.max_relative_error:.1e})"
        return f"not decided numerically: {self.how}"


def validate(run: Gradient, function: Expr, draws: int = 5, seed: int = 0) -> Validation:
    """Check all lines and the answer of a gradient at `draws` random points.

    Raises DeadlineError if the run's own deadline passes meanwhile.
    """
    worst, compared = 0.0, 0
    verdicts: list[list[str]] = [[] for _ in run.lines]
    sizes, means = [], set()
    rejected: list[dict[str, int]] = []
    answer_ok, uncertain = True, False
    for draw in range(draws):
        run.rw.tick()
        try:
            point = draw_point([function, run.answer], seed + draw, moving=(run.variable.name,), also=[run.variable])
        except DomainError as error:
            lines = [NOT_SAMPLED] * len(run.lines)
            return Validation("undecided", 0, float("inf"), error.message, lines, [NOT_SAMPLED] * len(run.rw.steps))
        sizes.append(point.sizes)
        rejected += point.rejected
        analytic = point.tangents.analytic(function)
        means.add("complex step" if analytic else "five-point stencil")
        error, sure, told = _answer_error(run, function, point, second=draw % 5 == 4)
        uncertain = uncertain or not sure
        compared += told
        worst = max(worst, error)
        answer_ok = answer_ok and error <= ANSWER_TOLERANCE
        if draw < _STEP_DRAWS:
            _check_steps(run, point, analytic)
        for line, found in zip(run.lines, verdicts):
            found.append(_line_verdict(run, line, function, point, analytic))
    lines = [_summary(found) for found in verdicts]
    steps = [step.check or NOT_SAMPLED for step in run.rw.steps]
    if not answer_ok or FAILS in lines or FAILS in steps:
        status = "undecided" if uncertain and FAILS not in lines + steps else FAILS
    else:
        status = "undecided" if uncertain or not compared else HOLDS
    if not compared:
        means = {"the derivative vanished at every point drawn"}
    how = " and ".join(sorted(means))
    return Validation(status, compared, worst, how, lines, steps, sizes, size_relations(sizes, rejected))


def size_relations(accepted: list[dict[str, int]], rejected: list[dict[str, int]]) -> list[str]:
    """Relations m ≥ n that hold at every point and at no rejected one: logdet(X'X) needs them."""
    if len(accepted) < 3 or len(rejected) < 2:
        return []
    names = sorted(accepted[0])
    return [
        f"{a} ≥ {b}"
        for a in names
        for b in names
        if a != b and all(s[a] >= s[b] for s in accepted) and all(s[a] < s[b] for s in rejected)
    ]


def _answer_error(run: Gradient, function: Expr, point: Point, second: bool) -> tuple[float, bool, bool]:
    """The relative error of G : dX, whether the reference is accurate enough to judge, and whether it says anything:
    two numbers that have both vanished agree with every answer."""
    import numpy as np

    reference = float(np.real(point.tangents(function)))
    sure = point.tangents.error(function) < ANSWER_TOLERANCE
    if second and point.tangents.analytic(function):
        # The two means must agree; a continuation that is wrong somewhere would show here.
        other = float(np.real(point.tangents.stencil(function)))
        sure = sure and abs(other - reference) <= 1e-5 * max(1e-3, abs(reference))
    g = point.evaluation(run.answer)
    if not _is_allowed(run.variable, g):
        return float("inf"), sure, True
    direction = point.tangents.direction[run.variable.name]
    value = float(np.sum(g * direction))
    scale_of = max(abs(reference), float(np.sum(np.abs(g * direction))))
    scale = max(1e-3, scale_of)
    error = abs(value - reference) / scale
    told = run.answer.op.name == "zeros" or scale_of > _NOISE
    return (error if np.isfinite(error) else float("inf")), sure, told


def _is_allowed(variable: Expr, g: Any) -> bool:
    """Is the gradient itself in the space of allowed directions?  df = G : dX alone would not tell."""
    import numpy as np

    if variable.is_scalar or "orthogonal" in variable.params[2]:
        return True
    return bool(np.max(np.abs(project(variable.params[2], g) - g)) <= ANSWER_TOLERANCE * max(1e-3, np.max(np.abs(g))))


def _check_steps(run: Gradient, point: Point, analytic: bool) -> None:
    """Both sides of every application of a rule, at one point; what failed once stays failed."""
    import numpy as np

    for step in run.rw.steps:
        if step.check == FAILS:
            continue
        with np.errstate(all="ignore"):
            before, after = point.evaluation(step.before), point.evaluation(step.after)
            scale = largest_summand(point.evaluation, step.after)
        if not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
            continue
        if max(float(np.max(np.abs(before))), scale) < _NOISE:
            continue
        gap = difference(before, after, scale)
        if gap > LINE_FAILS:
            step.check = FAILS
        elif not analytic or gap <= LINE_TOLERANCE:
            step.check = HOLDS


def _line_verdict(run: Gradient, line: Line, function: Expr, point: Point, analytic: bool) -> str:
    """Does the line's own part equal the tangent of the name that was opened, weighted by its P?"""
    import numpy as np

    weight = run.opened_with.get(line.opened)
    with np.errstate(all="ignore"):
        parts = [_term_value(point, t) for t in line.terms]
        value = sum(parts) if parts else 0.0
        if line.opened is None or weight is None:
            reference = float(np.real(point.tangents(function)))
        else:
            reference = float(np.sum(point.evaluation(weight) * point.tangents(line.opened)))
    scale = max([abs(p) for p in parts] + [_NOISE])
    if not np.isfinite(value) or not np.isfinite(reference):
        return NOT_SAMPLED
    if max(abs(value), abs(reference)) < _NOISE:
        return NOT_SAMPLED if parts else HOLDS
    gap = difference(value, reference, scale)
    if gap > LINE_FAILS:
        return FAILS
    # Between the two tolerances is roundoff of a badly conditioned point, or of a stencil: it says nothing.
    return HOLDS if not analytic or gap <= LINE_TOLERANCE else NOT_SAMPLED


def _term_value(point: Point, term: Term) -> float:
    import numpy as np

    return float(np.sum(point.evaluation(term.weight) * point.evaluation(term.moving)))


def _summary(found: list[str]) -> str:
    if FAILS in found:
        return FAILS
    return HOLDS if HOLDS in found else NOT_SAMPLED
