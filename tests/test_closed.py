"""Closed under differentiation: first and second derivatives of every operation can be written in the language."""

from __future__ import annotations

import pytest

from matdiff.book.load import book
from matdiff.core.expr import Expr
from matdiff.language.elaborate import parse_expression
from matdiff.language.scope import Scope
from matdiff.numeric.sample import sizes_of, symbols_of
from matdiff.operations.registry import OPERATIONS
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.validate import validate
from tests.applications import defined, operations, symbols
from tests.test_operations import GAPS

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", operations())
def test_twice_differentiable(name):
    op = OPERATIONS[name]
    done = set()
    for e, _, _ in defined(op):
        for position, argument in enumerate(e.args if e.op is op else ()):
            if argument.op.name != "symbol" or (name, position) in (*done, *GAPS):
                continue
            first = _gradient(_weighted(e, "P"), argument)
            assert _reads_back(first), f"the derivative in argument {position}: {first}"
            second = _gradient(_weighted(first, "Q"), argument)
            assert _reads_back(second), f"the second derivative in argument {position}: {second}"
            for function in (e, first):
                jacobian = _derivative(Jacobian, function, argument)
                assert _reads_back(jacobian), f"the Jacobian in argument {position}: {jacobian}"
            done.add((name, position))


def _weighted(e: Expr, letter: str) -> Expr:
    """A scalar function that needs every entry of e."""
    if e.is_scalar:
        return e
    kind = symbols(e.space, (e.shape,), frozenset())[0].params[1]
    return e.space.apply("frobenius", e.space.symbol(letter, e.shape, kind), e)


def _gradient(function: Expr, variable: Expr) -> Expr:
    return _derivative(Gradient, function, variable)


def _derivative(kind: type[Gradient], function: Expr, variable: Expr) -> Expr:
    """The derivative in the problem's own terms, once it has been checked."""
    rw = Rewriter(book(), function.space, frozenset([variable]), taken={"P", "Q"})
    run = kind(rw, function, variable).run()
    verdict = validate(run, function, draws=3)
    assert verdict.verdict != "fails", f"{function}: {verdict}"
    return run.restored(run.answer)


def _reads_back(e: Expr) -> bool:
    names = {s.name: s for s in symbols_of(e)}
    return parse_expression(str(e), Scope(e.space, names, set(sizes_of(e)))) is e
