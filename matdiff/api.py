"""The public names, and nothing else: each from, or a thin door to, the layer that does the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matdiff.book.extend import load_rules
from matdiff.book.load import book
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.derivation import Derivation
from matdiff.equality import Equality, equal
from matdiff.language.problem import Problem, parse_problem
from matdiff.numeric.arrays import callables, computed, evaluation
from matdiff.request import derive
from matdiff.review.run import Check, check
from matdiff.tactics import rearrange
from matdiff.tactics.rearrange import Rearrangement


def parse(text: str, declare: Mapping[str, str] | str | None = None, like: Problem | None = None) -> Problem:
    """Read a problem text.  `like`: another problem whose variables and definitions the text may use.

    Raises ParseError, DeclarationError or ShapeError with a caret under the place.
    """
    return parse_problem(text, declare=declare, like=like)


def evaluate(what: str | Expr, **arrays: Any) -> Any:
    """The value of an expression at arrays given by variable name (vectors (n,), matrices (m, n), scalars floats)."""
    e = what if isinstance(what, Expr) else parse_problem(what).function
    from matdiff.numeric.sample import symbols_of

    variables = {s.name: s for s in symbols_of(e)}
    return computed(e, evaluation(variables, arrays, variables, callables(e)))


def rearrangements(what: str | Expr, declare: Mapping[str, str] | str | None = None) -> list[Rearrangement]:
    """The equivalent forms of a Frobenius product or a trace, such as "A : B C", each with its rule."""
    e = what if isinstance(what, Expr) else parse_problem(what, declare=declare).function
    return rearrange.rearrangements(book(), e)


def rules() -> list[Rule]:
    """The loaded rules, in the order of the book."""
    return list(book())


__all__ = [
    "Check", "Derivation", "Equality", "check", "derive", "equal", "evaluate", "load_rules", "parse", "rearrangements",
    "rules",
]  # fmt: skip
