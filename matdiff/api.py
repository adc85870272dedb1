"""The public names, and nothing else: each from, or a thin door to, the layer that does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matdiff.book.extend import load_rules
from matdiff.book.load import book
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.derivation import Derivation
from matdiff.language.problem import Problem, parse_problem
from matdiff.numeric.arrays import callables, computed, evaluation
from matdiff.request import derive
from matdiff.tactics import rearrange
from matdiff.tactics.rearrange import Rearrangement

if TYPE_CHECKING:
    from matdiff.equality import Equality
    from matdiff.review.run import Check


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


def equal(
    a: str | Expr,
    b: str | Expr,
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
) -> Equality:
    """Are two expressions equal?  By rewriting, exactly, or numerically: see `matdiff.equality.equal`."""
    from matdiff import equality

    return equality.equal(a, b, declare, let)


def check(
    lines: str | Sequence[str],
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    wrt: str | Sequence[str] | None = None,
) -> Check:
    """Is somebody's derivation right, and which line is the first wrong one?  See `matdiff.review.run.check`."""
    from matdiff.review import run

    return run.check(lines, declare, let, names, wrt)


def rules() -> list[Rule]:
    """The loaded rules, in the order of the book."""
    return list(book())


__all__ = [
    "Derivation", "check", "derive", "equal", "evaluate", "load_rules", "parse", "rearrangements", "rules",
]  # fmt: skip
