"""Random well-typed problems: answered, checked, and the same however they are put.

`python -m tests.random_problems --count 10000 --seed 1` does the same for more of them.
"""

from __future__ import annotations

import random
import re

import pytest

import matdiff as md
from matdiff.language.write import text
from tests.random_problems import Piece, Problem, judge, problem, smaller

pytestmark = pytest.mark.filterwarnings("ignore")


CASES = [("scalar", n) for n in range(300)] + [(kind, n) for kind in ("jacobian", "hessian") for n in range(80)]


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_derived_and_validated(kind, number):
    p = problem(number, kind)
    outcome = judge(p)
    if outcome.bad:
        small = smaller(p, outcome.kind)
        pytest.fail(f"{outcome.kind}: {outcome.detail}\nwrt {small.wrt}, order {small.order}\n{small.text()}")


def test_few_are_undecided():
    """A problem is undecided where no point shows a derivative (X - X); most must not be."""
    kinds = [judge(problem(number)).kind for number in range(1000, 1060)]
    assert kinds.count("undecided") <= 6


# ---------------------------------------------------------------- however they are put

_COMMUTING = {"({0} + {1})", "({0} ⊙ {1})", "({0} : {1})"}


def shuffled(p: Piece, rng: random.Random, memo: dict[int, Piece]) -> Piece:
    """Terms, Hadamard factors and Frobenius factors in another order, redundant parentheses, (A B)' as B'A'."""
    if id(p) not in memo:
        parts = tuple(shuffled(q, rng, memo) for q in p.parts)
        template = p.template
        if template in _COMMUTING and rng.random() < 0.5:
            parts = parts[::-1]
        if p.parts and rng.random() < 0.3:
            template = f"(({template}))"
        defined = shuffled(p.defined, rng, memo) if p.defined is not None else None
        memo[id(p)] = Piece(template, p.shape, parts, p.declaration, defined)
    return memo[id(p)]


@pytest.mark.parametrize("number", range(2000, 2060))
def test_order_and_parentheses_do_not_matter(number):
    p = problem(number)
    q = Problem(shuffled(p.function, random.Random(number), {}), p.wrt)
    first = md.derive(p.text(), wrt=p.wrt, validate=False)
    second = md.derive(q.text(), wrt=q.wrt, validate=False)
    # One space for both: sums and products whose order has no meaning are then one node.
    again = md.parse(text(second.gradient), like=first.problem).function
    assert again is md.parse(text(first.gradient), like=first.problem).function, (
        f"{q.text()}\n{text(first.gradient)}\n{text(second.gradient)}"
    )


@pytest.mark.parametrize("number", range(3000, 3040))
def test_names_do_not_matter(number):
    p = problem(number)
    names = {q.template for q in p.function.walk() if q.declaration}
    pattern = re.compile(r"(?<![A-Za-z0-9_])(" + "|".join(sorted(names)) + r")(?![A-Za-z0-9_])(?!\()")
    renamed = "\n".join(pattern.sub(r"\1_7", line) for line in p.text().split("\n"))
    first = text(md.derive(p.text(), wrt=p.wrt, validate=False).gradient)
    second = text(md.derive(renamed, wrt=f"{p.wrt}_7", validate=False).gradient)
    assert first == second.replace("_7", "")


@pytest.mark.parametrize("number", range(4000, 4020))
def test_order_of_declarations_does_not_matter(number):
    p = problem(number)
    lines = p.text().split("\n")
    declarations = [line for line in lines if " : " in line and "(" not in line.partition(" : ")[0]]
    rest = [line for line in lines if line not in declarations]
    other = "\n".join([*reversed(declarations), *rest])
    first, second = (text(md.derive(t, wrt=p.wrt, validate=False).gradient) for t in (p.text(), other))
    assert first == second
