"""The check of a whole derivation, line by line.

A line that begins with `=` is judged against the line before; one with a left side of its own is judged by itself.  The
first false line is the mistake; a later line that is false, and would be true if the first one were, follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.derivation import Derivation
from matdiff.errors import DeclarationError, MatdiffError
from matdiff.language.latex import is_latex, split_lines
from matdiff.language.names import canonical
from matdiff.language.problem import Problem, parse_problem
from matdiff.language.write import text as written
from matdiff.request import derive
from matdiff.review.header import read_header
from matdiff.review.judge import FAILS, HOLDS, LAYOUT, UNDECIDED, Example, Judge, Judgement, is_derivative
from matdiff.review.proof import reason
from matdiff.review.reading import LineReader, Read, Side
from matdiff.review.repair import Repair, repaired

FOLLOWS, UNREADABLE = "follows from an earlier failure", "unreadable"


@dataclass
class CheckedLine:
    """One line with its verdict.

    `verdict`: "holds", "holds up to layout", "fails", "follows from an earlier failure", "undecided" or "unreadable".
    `reading` is the line in matdiff's own notation, `why` a sentence (for an unreadable line, what could not be read),
    `counterexample` numbers for both sides, `suggestion` the likely mistake and its repair.
    """

    text: str
    verdict: str
    reading: str = ""
    why: str = ""
    counterexample: Example | None = None
    suggestion: Repair | None = None
    notes: tuple[str, ...] = ()
    # for a line that holds, the rule that shows it, where one does
    by: str = ""
    # where in the line something could not be read
    span: tuple[int, int] | None = None
    sides: tuple[Expr, ...] = ()


@dataclass(repr=False)
class Check:
    """The verdict on a derivation.  `first_wrong` is the index of the first false line (up to layout counts)."""

    lines: list[CheckedLine]
    problem: Problem
    wrt: list[str]
    _derivations: list[Derivation] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Every line holds: none is false, undecided or unreadable."""
        return all(line.verdict == HOLDS for line in self.lines)

    @property
    def first_wrong(self) -> int | None:
        wrong = (k for k, line in enumerate(self.lines) if line.verdict in (FAILS, LAYOUT))
        return next(wrong, None)

    @property
    def derivation(self) -> Derivation | None:
        """The right derivation of the same thing, where the lines say what is differentiated."""
        if not self._derivations:
            self._derivations += _right_derivation(self)
        return self._derivations[0] if self._derivations else None

    def text(self) -> str:
        """The report as plain text."""
        from matdiff.show.check import text

        return text(self)

    def latex(self) -> str:
        """The report as LaTeX."""
        from matdiff.show.check import latex

        return latex(self)

    def markdown(self) -> str:
        from matdiff.show.check import markdown

        return markdown(self)

    def html(self) -> str:
        from matdiff.show.check import html

        return html(self)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data (JSON)."""
        from matdiff.show.check import data

        return data(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html(), "text/markdown": self.markdown()}

    def __repr__(self) -> str:
        return f"<Check: {[line.verdict for line in self.lines]}>"

    def __str__(self) -> str:
        return self.text()


def check(
    lines: str | Sequence[str],
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    wrt: str | Sequence[str] | None = None,
) -> Check:
    """Is somebody's derivation right?

    `lines`: LaTeX or matdiff text, each `= ...` (continues the line before) or `left = right`; one text is split into
    its lines, and may hold declarations of its own (see `review.header`).  `declare`, `let`: the variables and
    definitions.  `names`: spellings in the lines -> declared names.  `wrt`: the variables that move (default: those
    whose differential or derivative occurs).
    Each equation is evaluated at random points, differentials in random directions that the declarations allow.
    Raises MatdiffError for declarations that cannot be read; a line that cannot be read is reported, never judged.
    """
    if isinstance(lines, str):
        header = read_header(lines)
        given = [declare] if isinstance(declare, str) else [f"{n} : {d}" for n, d in (declare or {}).items()]
        declare, let = "\n".join([*header.declare, *given]), {**header.let, **(let or {})}
        names, wrt = {**header.names, **(names or {})}, wrt or header.wrt or None
        lines = split_lines(header.rest)
    listed = list(lines)
    if not all(isinstance(line, str) for line in listed):
        raise DeclarationError("the lines of a derivation are texts", suggestion='md.check(["df = 2 x\'dx"])')
    # a problem has a function: here one that changes nothing
    problem = parse_problem("f" if "f" in (let or {}) else "0", declare=declare, let=let)
    in_latex = bool(names) or any(map(is_latex, listed))
    return _Run(problem, dict(names or {}), _moving(problem, wrt), in_latex).all(listed)


def _moving(problem: Problem, wrt: str | Sequence[str] | None) -> list[str] | None:
    if wrt is None:
        return None
    given = [wrt] if isinstance(wrt, str) else list(wrt)
    found = [canonical(str(name).strip()) for name in given]
    for name in found:
        if name not in problem.variables and name not in problem.definitions:
            raise DeclarationError(f"{name} is not declared", suggestion=", ".join(problem.variables) or None)
    return found


class _Run:
    """One pass over the lines."""

    def __init__(self, problem: Problem, spellings: Mapping[str, str], wrt: list[str] | None, in_latex: bool) -> None:
        self.problem = problem
        self.reader = LineReader(problem, spellings, wrt, in_latex)
        self.wrt = wrt
        # the last side of the line before, of the chain that `=` continues
        self.previous: Side | None = None
        self.derivative = False
        self.wrong: list[CheckedLine] = []
        # a derivative was set to zero: what follows holds at that point only
        self.condition = False

    def all(self, listed: list[str]) -> Check:
        reads = []
        shape = None
        for line in listed:
            read = self.reader.read(line, shape)
            reads.append(read)
            last = read.sides[-1].expr if read.sides else None
            shape = last.shape if last is not None else None
        if self.wrt is None:
            self.wrt = _names_that_move(self.problem, reads)
        moving = [name for name in self.wrt if name in self.problem.variables]
        self.judge = Judge(moving, list(self.problem.variables.values()))
        return Check([self._checked(read) for read in reads], self.problem, self.wrt)

    # ------------------------------------------------------------ one line

    def _checked(self, read: Read) -> CheckedLine:
        if read.error is not None:
            self.previous = read.tail
            self.derivative = read.tail is not None and is_derivative(read.tail)
            return CheckedLine(read.text, UNREADABLE, why=read.error.message, span=read.error.span, notes=read.notes)
        sides = ([self.previous] if read.continues else []) + list(read.sides)
        if not read.continues:
            self.derivative = False
        known = [s for s in sides if s is not None]
        self.derivative = self.derivative or is_derivative(*known)
        line = self._line(read, sides)
        for aside in read.asides:
            self._aside(line, aside)
        self.previous = read.sides[-1]
        if line.verdict in (FAILS, LAYOUT):
            self._explained(line, known, read.continues)
        return line

    def _line(self, read: Read, sides: list[Side | None]) -> CheckedLine:
        line = CheckedLine(read.text, HOLDS, _reading(read), notes=read.notes)
        line.sides = tuple(s.expr for s in read.sides if s.expr is not None)
        if sides[0] is None:
            line.verdict, line.why = UNDECIDED, "the line it continues could not be read"
            return line
        if read.introduced:
            return line
        pairs = list(zip(sides, sides[1:]))
        for left, right in pairs:
            assert left is not None and right is not None
            if left.expr is None and not left.zero and left is self.previous:
                line.verdict, line.why = FOLLOWS, "the line it continues makes no sense"
                return line
            self._add(line, self._conditioned(left, right, self.judge(left, right, self.derivative)))
        if line.verdict == HOLDS and len(pairs) == 1:
            before, after = pairs[0]
            if before is not None and after is not None and before.expr is not None and after.expr is not None:
                line.by = reason(
                    before.expr, after.expr, [x for x in self.judge.variables if x.name in self.judge.moving]
                )
        return line

    def _conditioned(self, left: Side, right: Side, found: Judgement) -> Judgement:
        """A derivative set to zero, and what is concluded from that, are conditions on the variables, no identities."""
        if found.status != FAILS:
            return found
        claims = self.derivative or _moves(left, right)
        if claims and (left.zero or right.zero):
            self.condition = True
            return Judgement(UNDECIDED, "it is not zero everywhere: this sets it to zero, a condition on the variables")
        if self.condition and not claims:
            return Judgement(UNDECIDED, "it does not hold everywhere: it may follow from the condition above")
        return found

    def _aside(self, line: CheckedLine, aside: list[Side]) -> None:
        for left, right in zip(aside, aside[1:]):
            self._add(line, self.judge(left, right, is_derivative(left, right)))

    def _add(self, line: CheckedLine, found: Judgement) -> None:
        """The worst of several verdicts counts."""
        order = (HOLDS, UNDECIDED, FOLLOWS, LAYOUT, FAILS)
        if order.index(found.status) > order.index(line.verdict):
            line.verdict, line.why, line.counterexample = found.status, found.why, found.example

    # ------------------------------------------------------------ a false line

    def _explained(self, line: CheckedLine, sides: list[Side], continues: bool) -> None:
        """What is wrong; a false line that the first mistake makes false follows from it."""
        earlier = bool(self.wrong)
        if self.wrong and line.verdict == FAILS and self._follows(sides):
            line.verdict = FOLLOWS
            return
        self.wrong.append(line)
        # What would agree with a line that is wrong itself is no repair.
        if len(sides) > 1 and not (earlier and continues):
            line.suggestion = repaired(self.judge, sides[0], sides[-1], self.derivative, self.reader)

    def _follows(self, sides: list[Side]) -> bool:
        """Does what the line says agree with the last thing said by the wrong line or after it?"""
        claimed = sides[-1].expr
        return claimed is not None and any(self._consistent(e, claimed) for w in self.wrong for e in w.sides[-1:])

    def _consistent(self, wrong: Expr, claimed: Expr) -> bool:
        """df = wrong and ∂f/∂X = claimed fit if wrong is claimed : dX, up to the projection of a structured X."""
        space = claimed.space
        if wrong.shape == claimed.shape and self.judge.compare(wrong, claimed).status == HOLDS:
            return True
        for name in self.judge.moving:
            x = self.problem.variables[name]
            d = space.apply("d", x)
            if x.shape == claimed.shape and wrong.is_scalar:
                product = claimed * d if x.is_scalar else space.apply("frobenius", claimed, d)
                if self.judge.compare(wrong, product).status == HOLDS:
                    return True
        return False


def _moves(*sides: Side) -> bool:
    """Does a side hold a differential or a derivative?"""
    exprs = [s.expr for s in sides if s.expr is not None]
    return any(e.op.name in ("d", "derivative", "hessian") for e in walk(*exprs))


def _names_that_move(problem: Problem, reads: Iterable[Read]) -> list[str]:
    """The variables whose differential or derivative occurs; all that are not constant, if none does."""
    found: dict[str, None] = {}
    for read in reads:
        for e in walk(*(s.expr for s in read.sides if s.expr is not None)):
            below = e.args[:1] if e.op.name == "d" else e.args[1:] if e.op.name in ("derivative", "hessian") else ()
            for x in below:
                x = x.args[0] if x.op.name == "transpose" else x
                if x.op.name == "symbol":
                    found.setdefault(x.name)
    free = [n for n, e in problem.variables.items() if "constant" not in e.params[2] and e.params[1] != "integer"]
    return [n for n in found if n in free] or free


def _reading(read: Read) -> str:
    shown = " = ".join("0" if s.zero else "?" if s.expr is None else written(s.expr) for s in read.sides)
    out = f"= {shown}" if read.continues else shown
    for aside in read.asides:
        out += ", " + " = ".join("0" if s.expr is None else written(s.expr) for s in aside)
    return out


def _right_derivation(found: Check) -> list[Derivation]:
    """The derivation of what the first differential or derivative on a left side is of."""
    for line in found.lines:
        for e in line.sides[:1]:
            core = e.args[0] if e.op.name == "transpose" else e
            if core.op.name == "derivative" or core.op.name == "d":
                name = _variable_of(core, found.wrt)
                if name is None:
                    continue
                function = core.args[0]
                function = function.body if function.op.name == "definition" else function
                try:
                    problem = parse_problem(written(function), like=found.problem)
                    return [derive(problem, wrt=name)]
                except MatdiffError:
                    continue
    return []


def _variable_of(claim: Expr, wrt: list[str]) -> str | None:
    if claim.op.name == "derivative":
        x = claim.args[1]
        x = x.args[0] if x.op.name == "transpose" else x
        return x.name if x.op.name in ("symbol", "definition") else None
    free = [name for name in wrt if name in claim.args[0].free]
    return free[0] if free else None


__all__ = ["Check", "CheckedLine", "check"]
