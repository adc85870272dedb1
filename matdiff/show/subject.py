"""What is shown: the part of a derivation that the pages read.  The derivation itself stands a floor above."""

from __future__ import annotations

from typing import Protocol

from matdiff.core.expr import Expr
from matdiff.language.problem import Problem
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.steps import Line, Step
from matdiff.tactics.validate import Validation


class Derivation(Protocol):
    """See `matdiff.derivation.Derivation`."""

    problem: Problem
    function_expr: Expr
    variable: Expr
    run: Gradient
    validation: Validation | None
    notes: list[str]
    layout: str

    @property
    def gradient(self) -> Expr: ...

    @property
    def forms(self) -> dict[str, Expr]: ...

    @property
    def read_as(self) -> str: ...

    @property
    def steps(self) -> list[Step]: ...

    @property
    def lines(self) -> list[Line]: ...
