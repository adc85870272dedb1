"""The check of a derivation: every line and the answer, against derivatives no rule had a part in.

At several random points of distinct sizes, with a random allowed direction, the answer G : dX is compared with the
directional derivative of the function, and each opened name's lines with the tangent of that name, all by complex
step or stencil.  What cannot be sampled is said to be undecided, never to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from matdiff.core.expr import Expr
from matdiff.errors import DomainError
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED, cancellation, difference, largest_summand, magnitude
from matdiff.numeric.evaluate import OutOfDomain
from matdiff.numeric.sample import Point, draw_point, project, sizes_of
from matdiff.numeric.tangent import Tangents
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.steps import Line, Step

ANSWER_TOLERANCE = 1e-6
LINE_TOLERANCE = 1e-8
LINE_FAILS = 1e-6
# Steps are many and lines cover them, so they are checked at fewer points.
_STEP_DRAWS = 2
# A few units in the last place, and room for a product of many factors.
_ROUNDOFF = 1e-13
_ROUNDOFF_STENCIL = 1e-9
# What a stencil makes of the roundoff in values of order 1.
_STENCIL_FLOOR = 1e-8
# Below this size of the quantities themselves a comparison says nothing.
_NOISE = 1e-12
# Values from this size on are ordinary ones.
_ORDINARY = 1e-3


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
        if self.how.startswith("exact"):
            return f"{'checked' if self.ok else 'the check FAILED'}, {self.how}"
        if self.verdict == HOLDS:
            error = f"largest relative error {self.max_relative_error:.0e}"
            return f"checked numerically: {self.how}, {self.draws} random points, {error}"
        if self.verdict == FAILS:
            return f"the numerical check FAILED (relative error {self.max_relative_error:.1e})"
        return f"not decided numerically: {self.how}"


def validate(run: Gradient, function: Expr, draws: int = 5, seed: int = 0, exact: bool = False) -> Validation:
    """Check all lines and the answer of a gradient at `draws` random points; `exact` also over finite fields.

    Raises DeadlineError if the run's own deadline passes meanwhile.
    """
    found = _in_floating_point(run, function, draws, seed)
    return _exactly(found, run, function, seed) if exact else found


def _exactly(found: Validation, run: Gradient, function: Expr, seed: int) -> Validation:
    """The verdict on the answer without rounding; where there is none, `how` says why and the other one stands."""
    from matdiff.numeric.identity import decide

    decision = decide(*_answer_equation(run, function), moving=[run.variable.name], seed=seed)
    if decision.status == NOT_SAMPLED:
        found.how = f"{found.how}; {decision.how}"
        return found
    if found.verdict == "undecided" and not found.sizes:
        # The differential is right as an identity, but no real point was found at which the function is defined.
        return replace(found, how=f"{found.how}; {decision.how}")
    wrong = FAILS in (decision.status, found.verdict)
    return replace(found, verdict=FAILS if wrong else HOLDS, how=decision.how)


def _answer_equation(run: Gradient, function: Expr) -> tuple[Expr, Expr]:
    """df and answer : dX, or vec(dF) and J vec(dX), as expressions."""
    space = run.space
    df, dx = space.apply("d", function), space.apply("d", run.variable)
    if not isinstance(run, Jacobian):
        return df, space.apply("frobenius", run.answer, dx)
    return space.apply("vec", df), space.apply("product", run.answer, space.apply("vec", dx))


def _in_floating_point(run: Gradient, function: Expr, draws: int, seed: int) -> Validation:
    check = _Check(run, function)
    # What was assumed invertible is so at every point, also where the inverse cancelled on the way.
    # What stands inside a sum over an index has no value of its own.
    free = {*sizes_of(function), *sizes_of(*run.variables)}
    whole = [e for e, word in run.rw.assumed if word == "invertible" and free.issuperset(sizes_of(e))]
    assumed = [e.space.apply("inverse", e) for e in whole]
    roots = [function, run.answer, *assumed]
    try:
        for draw in range(2 * draws):
            run.rw.tick()
            # Where the derivative vanishes for ordinary values, as in tanh(50), smaller ones are tried.
            shrink = 1.0 if draw < draws else 0.3
            # Other sizes each time: a norm of n - 1 degrees of freedom is flat at n = 2.
            point = draw_point(
                roots,
                seed + draw,
                moving=[x.name for x in run.variables],
                also=run.variables,
                shrink=shrink,
                smallest=2 + draw % 3,
            )
            check.at(point)
            if draw >= draws - 1 and len(check.errors) >= draws:
                break
    except DomainError as error:
        return Validation("undecided", 0, float("inf"), error.message, *check.nothing())
    return check.verdict(draws)


class _Check:
    """What the points drawn so far say."""

    def __init__(self, run: Gradient, function: Expr) -> None:
        self.run, self.function = run, function
        self.analytic = True
        self.points: list[Point] = []
        self.errors: list[float] = []
        self.lines: list[list[str]] = [[] for _ in run.lines]

    def at(self, point: Point) -> None:
        """One more point.  Where the reference itself is not accurate, nothing is concluded."""
        self.analytic = point.tangents.analytic(self.function)
        alone = _alone(self.run, point)
        error, told = _answer_error(self.run, self.function, point, alone)
        self.points.append(point)
        if not told:
            return
        self.errors.append(error)
        if len(self.errors) <= _STEP_DRAWS:
            _check_steps(self.run, point, self.analytic)
        for line, found in zip(self.run.lines, self.lines):
            found.append(self._line(line, point, alone))

    def _line(self, line: Line, point: Point, alone: Tangents) -> str:
        try:
            reference = self._tangent(line, point, alone)
        except OutOfDomain:
            return NOT_SAMPLED
        return _line_verdict(self.run, line, point, self.analytic, reference)

    def _tangent(self, line: Line, point: Point, alone: Tangents) -> Any:
        """What the line claims to be equal to: the tangent of the function or of the name that was opened."""
        if line.is_last:
            return _flat(alone(self.function))
        weight = self.run.opened_with.get(line.opened)
        if line.opened is None or weight is None:
            return _flat(point.tangents(self.function))
        return _flat(self.run.pairing(point.evaluation(weight), point.tangents(line.opened)))

    def nothing(self) -> tuple[list[str], list[str]]:
        return [NOT_SAMPLED] * len(self.run.lines), [NOT_SAMPLED] * len(self.run.rw.steps)

    def verdict(self, draws: int) -> Validation:
        lines = [_summary(found) for found in self.lines]
        steps = [step.check or NOT_SAMPLED for step in self.run.rw.steps]
        worst = max(self.errors, default=0.0)
        if worst > ANSWER_TOLERANCE or FAILS in lines + steps:
            status = FAILS
        else:
            status = HOLDS if 2 * len(self.errors) > draws else "undecided"
        how = "complex step" if self.analytic else "five-point stencil"
        if status == "undecided":
            how = "at too few of the points drawn was the derivative large and accurate enough to compare"
        rejected = [sizes for point in self.points for sizes in point.rejected]
        accepted = [point.sizes for point in self.points]
        needed = size_relations(accepted, rejected)
        return Validation(status, len(self.errors), worst, how, lines, steps, accepted, needed)


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


def _alone(run: Gradient, point: Point) -> Tangents:
    """Directional derivatives where only the run's own variable moves."""
    if len(run.variables) == 1:
        return point.tangents
    name = run.variable.name
    return Tangents(point.values, point.sizes, {name: point.tangents.direction[name]})


def _answer_error(run: Gradient, function: Expr, point: Point, tangents: Tangents) -> tuple[float, bool]:
    """The relative error of the derivative along the direction, and whether the comparison says anything."""
    import numpy as np

    reference = _flat(tangents(function))
    if tangents.error(function) >= ANSWER_TOLERANCE or not np.all(np.isfinite(reference)):
        # an overflow of the reference, as in sigmoid(-1000 + ih), says nothing about the answer
        return float("inf"), False
    g = point.evaluation(run.answer)
    if not _is_allowed(run, g, point):
        return float("inf"), True
    direction = tangents.direction[run.variable.name]
    size = max(float(np.max(np.abs(reference))), float(np.max(run.pairing(np.abs(g), np.abs(direction)))))
    error = float(np.max(np.abs(_flat(run.pairing(g, direction)) - reference))) / max(1e-3, size)
    if not np.isfinite(error):
        return float("inf"), True
    if error > ANSWER_TOLERANCE and tangents.analytic(function):
        # Before an answer is called wrong, the two means must agree on what is right.
        other = _flat(tangents.stencil(function))
        if np.max(np.abs(other - reference)) > 1e-4 * max(1e-3, np.max(np.abs(reference)), np.max(np.abs(other))):
            return float("inf"), False
    # Exactly 0 on both sides is an answer, and so is 0 beside the roundoff of a value of ordinary size; else something
    # tiny is only underflow.
    if size > _NOISE or size == 0.0:
        return error, True
    ordinary = float(np.max(np.abs(point.evaluation(function)))) > _ORDINARY
    return error, ordinary and run.restored(run.answer).op.name == "zeros"


def _flat(a: Any) -> Any:
    """vec of a value, as a 1-D array."""
    import numpy as np

    return np.real(np.asarray(a)).reshape(-1, order="F")


def _is_allowed(run: Gradient, g: Any, point: Point) -> bool:
    """Is the derivative itself in the space of allowed directions?  The directional derivative alone would not tell."""
    import numpy as np

    properties = run.variable.params[2]
    if run.variable.is_scalar or "orthogonal" in properties:
        return True
    shape = np.shape(point.values[run.variable.name])
    near = ANSWER_TOLERANCE * max(1e-3, float(np.max(np.abs(g))))
    return all(np.max(np.abs(project(properties, part) - part)) <= near for part in run.parts(g, shape))


def _check_steps(run: Gradient, point: Point, analytic: bool) -> None:
    """Both sides of every application of a rule, at one point; what held and failed says nothing."""
    for step in run.rw.steps:
        found = _step_verdict(step, point, analytic)
        if step.check is None or found == NOT_SAMPLED:
            step.check = step.check or (found if found != NOT_SAMPLED else None)
        elif step.check != found:
            step.check = NOT_SAMPLED


def _step_verdict(step: Step, point: Point, analytic: bool) -> str:
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            before, after = point.evaluation(step.before), point.evaluation(step.after)
            scale = largest_summand(point.evaluation, step.after)
            return _judged(point, before, after, scale, analytic, step.before, step.after)
    except (OutOfDomain, np.linalg.LinAlgError):
        return NOT_SAMPLED
    except KeyError:
        # the step stands inside a sum over an index, which has no value of its own there
        return NOT_SAMPLED


def _judged(point: Point, a: Any, b: Any, scale: float, analytic: bool, *sides: Expr) -> str:
    """Are two values one, as far as floating-point numbers can tell?"""
    import numpy as np

    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return NOT_SAMPLED
    if max(float(np.max(np.abs(a))), float(np.max(np.abs(b))), scale) < _NOISE:
        return NOT_SAMPLED
    gap = difference(a, b, scale)
    if gap > LINE_FAILS:
        apart = float(np.max(np.abs(np.asarray(a) - np.asarray(b))))
        if not analytic and apart <= _STENCIL_FLOOR:
            return NOT_SAMPLED
        return NOT_SAMPLED if _is_noise(point, gap, apart, analytic, *sides) else FAILS
    # Between the two tolerances is roundoff of a badly conditioned point, or of a stencil: it says nothing.
    return HOLDS if not analytic or gap <= LINE_TOLERANCE else NOT_SAMPLED


def _is_noise(point: Point, gap: float, apart: float, analytic: bool, *sides: Expr) -> bool:
    """Is the difference of two sides no more than roundoff, as it has grown by cancellation or by a stencil?"""
    roundoff = _ROUNDOFF if analytic else _ROUNDOFF_STENCIL
    if gap <= roundoff * cancellation(point.evaluation, *sides):
        return True
    return apart <= roundoff * max(magnitude(point.evaluation, side) for side in sides)


def _line_verdict(run: Gradient, line: Line, point: Point, analytic: bool, reference: Any) -> str:
    """Does the line's own part equal the tangent of the name that was opened, weighted by its P?"""
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            parts = [_flat(run.pairing(point.evaluation(t.weight), point.evaluation(t.moving))) for t in line.terms]
            value = sum(parts) if parts else np.zeros(reference.shape)
            scale = max((float(np.max(np.abs(p))) for p in parts), default=0.0)
            sides = [t.expr for t in line.terms] or [run.answer]
            return _judged(point, value, reference, scale, analytic, *sides)
    except (OutOfDomain, np.linalg.LinAlgError):
        return NOT_SAMPLED


def _summary(found: list[str]) -> str:
    """A line fails if it fails more often than not; once or twice among many is a badly conditioned point."""
    fails, holds = found.count(FAILS), found.count(HOLDS)
    if fails:
        return FAILS if fails >= holds else NOT_SAMPLED
    return HOLDS if holds else NOT_SAMPLED
