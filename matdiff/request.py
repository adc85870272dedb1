"""From a request to a derivation: which variable, what is refused, the run, its check, its alternative forms."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from matdiff.book.load import Book, book
from matdiff.core.expr import Expr, rebuild
from matdiff.derivation import Derivation, Derivations
from matdiff.dimensions import shape_text
from matdiff.errors import DeclarationError, DomainError, MatdiffError, UnsupportedError, ValidationError
from matdiff.language.names import canonical, pretty
from matdiff.language.problem import Problem, parse_problem
from matdiff.language.write import text as written
from matdiff.numeric.compare import FAILS
from matdiff.numeric.sample import draw_point, has_property
from matdiff.tactics.forms import forms_of
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.matrixform import matrix_form
from matdiff.tactics.rewrite import Rewriter


def derive(
    text: str | Problem,
    wrt: str | Sequence[str] | None = None,
    *,
    order: int = 1,
    layout: str = "numerator",
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
    validate: bool = True,
    timeout: float | None = None,
    rules: Book | None = None,
) -> Any:
    """Differentiate the function of a problem text with respect to `wrt`.

    The derivative of a scalar function is its gradient, of the variable's shape; of a vector or matrix function the
    Jacobian ∂vec(F)/∂vec(X)'.  `order=2`: the Hessian of a scalar function, ∂²f/∂vec(X)∂vec(X)', found by
    differentiating its gradient; `first` of the result is the derivation of that.  A list of names gives a mapping
    from names to derivations, for order 2 from pairs of names to blocks.
    Raises MatdiffError for bad input, ValidationError (carrying the derivation) if the numerical check fails,
    DeadlineError after `timeout` seconds.
    """
    _refuse(order, layout, timeout)
    deadline = None if timeout is None else time.monotonic() + timeout
    problem = text if isinstance(text, Problem) else parse_problem(text, declare=declare, let=let)
    test_assertions(problem)
    names = _wanted(problem, wrt)
    request = _Request(problem, validate, deadline, rules or book(), layout)
    many = isinstance(wrt, (list, tuple))
    if order == 1:
        found = request.first(names)
        return Derivations(found) if many else found[names[0]]
    blocks = request.second(names)
    return blocks if many else blocks[names[0], names[0]]


def test_assertions(problem: Problem) -> None:
    """A property declared for a defined name is an assumption; a sample that contradicts it refuses it."""
    for name, words in problem.asserted.items():
        definition = problem.definitions.get(name)
        if definition is None:
            continue
        try:
            points = [draw_point([definition.body], seed) for seed in range(3)]
        except DomainError:
            continue
        for word in sorted(words):
            if not all(has_property(word, point.evaluation(definition.body)) for point in points):
                raise DeclarationError(
                    f"{pretty(name)} is declared {word}, but {written(definition.body)} is not in general",
                    suggestion=f"leave out `{word}`, or declare what makes it so",
                )


def _refuse(order: int, layout: str, timeout: float | None) -> None:
    if timeout is not None and (not isinstance(timeout, (int, float)) or timeout < 0):
        raise UnsupportedError("timeout is a positive number of seconds", suggestion="timeout=10")
    if layout not in ("numerator", "denominator"):
        raise UnsupportedError(f"layout is numerator or denominator, not `{layout}`")
    if order not in (1, 2):
        raise UnsupportedError("derivatives of order 1 and 2 are supported", suggestion="order=2")


def _wanted(problem: Problem, wrt: str | Sequence[str] | None) -> list[str]:
    if wrt is not None:
        names = [wrt] if isinstance(wrt, str) else list(wrt) if isinstance(wrt, (list, tuple)) else [None]
        if not names or not all(isinstance(name, str) for name in names):
            raise DeclarationError("wrt is the name of a variable, or a list of names", suggestion='wrt=["A", "B"]')
        if isinstance(wrt, str) and "," in wrt:
            listed = ", ".join(f'"{name.strip()}"' for name in wrt.split(","))
            raise DeclarationError("several variables are given as a list", suggestion=f"wrt=[{listed}]")
        return [canonical(str(name).strip()) for name in names]
    if problem.default_wrt:
        return problem.default_wrt[:1]
    free = [n for n, e in problem.variables.items() if "constant" not in e.params[2] and e.params[1] != "integer"]
    if len(free) == 1:
        return free
    raise DeclarationError(
        "which variable? The function has several: " + ", ".join(map(pretty, free)),
        suggestion=f"wrt={free[0]!r}" if free else None,
    )


class _Request:
    """One call of `derive`: the problem and how it is to be answered."""

    def __init__(self, problem: Problem, check: bool, deadline: float | None, rules: Book, layout: str) -> None:
        self.problem, self.check, self.deadline, self.rules, self.layout = problem, check, deadline, rules, layout

    def first(self, names: list[str]) -> dict[str, Derivation]:
        """The gradients or Jacobians, found together."""
        return self._derivations(self.problem, names)

    def second(self, names: list[str]) -> dict[tuple[str, str], Derivation]:
        """The blocks of the Hessian: the Jacobian of each gradient in each variable."""
        if not self.problem.function.is_scalar:
            raise UnsupportedError(
                f"the function is {shape_text(self.problem.function.shape)}; a Hessian is of a scalar function",
                suggestion="order=1, the Jacobian",
            )
        blocks: dict[tuple[str, str], Derivation] = {}
        for a, first in self.first(names).items():
            letter = _letter(self.problem, first)
            read_as = f"{letter} = ∂{self.problem.function_name}/∂{pretty(a)}, the gradient found above"
            gradient = replace(self.problem, function=first.gradient, function_name=letter, read_as=read_as)
            blocks |= {(a, b): found for b, found in self._derivations(gradient, names, first).items()}
        return blocks

    def _derivations(
        self, problem: Problem, names: list[str], first: Derivation | None = None
    ) -> dict[str, Derivation]:
        """One derivation for each name; those that take nothing for independent share one run."""
        wanted = [_Wanted(name, *_variable(problem, name), first is not None) for name in names]
        shared: dict[tuple[Expr, bool], list[_Wanted]] = {}
        for one in wanted:
            shared.setdefault((one.function, one.jacobian), []).append(one)
        runs: dict[str, Gradient] = {}
        for (function, jacobian), group in shared.items():
            variables = list(dict.fromkeys(one.variable for one in group))
            found = _run(problem, matrix_form(function), variables, jacobian, self.deadline, self.rules)
            runs |= {one.name: found[variables.index(one.variable)] for one in group}
        return {one.name: self._derivation(problem, one, runs[one.name], first) for one in wanted}

    def _derivation(self, problem: Problem, wanted: _Wanted, run: Gradient, first: Derivation | None) -> Derivation:
        name, function, variable, jacobian = wanted.name, wanted.function, wanted.variable, wanted.jacobian
        notes = [*problem.readings, *wanted.notes]
        if variable.name not in function.free:
            notes.append(f"the function does not depend on {pretty(name)}, so the derivative is zero")

        def again(name: str) -> Gradient:
            return _run(problem, matrix_form(function), [variable], jacobian, None, self.rules, frozenset([name]))[0]

        derivation = Derivation(
            problem, function, variable, run, notes, lambda: forms_of(run, function, again, first is not None),
            self.layout, first,
        )  # fmt: skip
        if self.check:
            verdict = derivation.validate()
            if verdict.verdict == FAILS:
                # The answer itself stays with the derivation: written out, a shared chain grows exponentially.
                error = ValidationError(f"{verdict}: the answer is not shown as right")
                error.derivation = derivation
                raise error
        return derivation


class _Wanted(NamedTuple):
    """A variable by the name it was asked for, the function it is to be differentiated in, and what to say of it."""

    name: str
    function: Expr
    variable: Expr
    notes: list[str]
    second: bool

    @property
    def jacobian(self) -> bool:
        return not self.function.is_scalar or (self.second and not self.variable.is_scalar)


def _letter(problem: Problem, first: Derivation) -> str:
    """A name for the gradient while it is differentiated again."""
    letters = "GHQ" if len(first.gradient.shape) and not first.gradient.shape[1].is_one else "ghq"
    return next((x for x in letters if x not in _taken(problem)), "g_1")


def _variable(problem: Problem, name: str) -> tuple[Expr, Expr, list[str]]:
    """The function and the variable of that name; a definition is taken as independent."""
    if name in problem.definitions:
        definition = problem.definitions[name]
        symbol = problem.space.symbol(name, definition.shape, "matrix", problem.asserted.get(name, frozenset()))
        function = rebuild(problem.function, lambda e: symbol if e is definition else None)
        return function, symbol, [f"{pretty(name)} is taken as independent of what it was defined by"]
    variable = problem.variables.get(name)
    if variable is None:
        raise _unknown(problem, name)
    if "constant" in variable.params[2]:
        raise DeclarationError(f"{pretty(name)} is declared constant", suggestion="leave out `constant`")
    if variable.params[1] == "integer":
        raise DeclarationError(f"{pretty(name)} is an integer; there is no derivative in it")
    return problem.function, variable, []


def _unknown(problem: Problem, name: str) -> MatdiffError:
    known = [*problem.variables, *problem.definitions]
    if name in problem.dimensions:
        return DeclarationError(f"{pretty(name)} is a size, not a variable")
    near = difflib.get_close_matches(name, known, 1)
    hint = pretty(near[0]) if near else "one of " + ", ".join(map(pretty, known))
    return DeclarationError(f"{pretty(name)} does not occur in the problem", suggestion=hint if known else None)


def _taken(problem: Problem) -> set[str]:
    return {
        *problem.variables,
        *problem.definitions,
        *problem.dimensions,
        problem.function_name,
        "f",
        "d",
        "e",
        "I",
        "T",
    }


def _run(
    problem: Problem,
    function: Expr,
    variables: list[Expr],
    jacobian: bool,
    deadline: float | None,
    rules: Book,
    forms: frozenset[str] = frozenset(),
) -> list[Gradient]:
    rw = Rewriter(rules, problem.space, frozenset(variables), forms=forms, taken=_taken(problem), deadline=deadline)
    return (Jacobian if jacobian else Gradient)(rw, function, *variables).results()
