"""The book, rule by rule: each is true, each hypothesis is needed, each slip of the pen is noticed.

Nothing is listed by hand but exceptions, each with its reason; an exception that is none any more fails too.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

import matdiff as md
from matdiff.book.audit import _instances, audit
from matdiff.book.load import INDEXED, book
from matdiff.book.match import match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, walk
from matdiff.language.write import text
from matdiff.numeric.compare import HOLDS
from tests.exact import NotRational, prove
from tests.mutants import mutants
from tests.weaker import outcomes

NAMES = [block.name for block in book().blocks]

# Hypotheses without which no sample fails, and why they are stated.
UNSEEN = {
    ("sign.differential", "X", "nonzero"): "the sign jumps at 0; a derivative along the piece does not see that",
    ("step.differential", "X", "nonzero"): "the step jumps at 0; a derivative along the piece does not see that",
}

# Mutants that are true: a piece of the mutant that tells it from all others.
_SYMMETRIC_FACTOR = "the factor of a polar decomposition is symmetric"
_NORMAL = "true of any X: the part along the normal space meets no tangent direction, whatever its size"
_POSITIVE_ONLY = "x^p with p no whole number is defined for positive x only"
TRUE_MUTANTS = {
    ("norm.differential_both", "⊙ log(x)"): _POSITIVE_ONLY,
    ("norm.differential_both", "sum(x.^p"): _POSITIVE_ONLY,
    ("norm.differential_both", "⊙ x.^(p - 1)"): _POSITIVE_ONLY,
    ("polar.differential_wide", "(polar(X) X')⁻¹"): _SYMMETRIC_FACTOR,
    ("polar.differential_wide", "sylvester(X polar(X'), polar(X) X',"): _SYMMETRIC_FACTOR,
    ("polar.differential_wide", "sylvester(polar(X) X', X polar"): _SYMMETRIC_FACTOR,
    ("polar.differential", "(X' polar(X))⁻¹"): _SYMMETRIC_FACTOR,
    ("polar.differential", "sylvester(polar(X') X, X' polar(X),"): _SYMMETRIC_FACTOR,
    ("polar.differential", "sylvester(X' polar(X), polar"): _SYMMETRIC_FACTOR,
    ("norm.differential", "abs dropped"): "x^(p - 1) with p no whole number is defined for positive x only",
    ("trace.vec", "transposed: vec(eye(n°))' vec(X')"): "tr X = tr X'",
    ("diag.vec", "transposed: khatrirao(eye(n°), eye(n°))' vec(X')"): "a matrix and its transpose have one diagonal",
    ("diagonal.restriction", "factor dropped"): "true of any X; the restriction is what makes the Jacobian J P",
    ("lower.restriction", "factor dropped"): "true of any X; the restriction is what makes the Jacobian J P",
    ("upper.restriction", "factor dropped"): "true of any X; the restriction is what makes the Jacobian J P",
    ("symmetric.form_independent", ": triu(dX')"): "the upper triangle of dX' is the lower one of dX",
    ("symmetric.form_independent", "(P' ⊙ eye(n°))"): "P is symmetric",
    ("symmetric.form_independent", "2 P' - "): "P is symmetric",
    ("symmetric.form_vech", "vec(P')"): "P is symmetric",
    ("orthogonal.form_projected", "part dropped: P : dX"): _NORMAL,
    ("orthogonal.form_projected", "(P + 1/2 X"): _NORMAL,
    ("orthogonal.form_projected", "(P - 1/2 X) : dX"): _NORMAL,
    ("orthogonal.form_projected", "(P + X (X'"): _NORMAL,
    ("symmetric.projection", ": P : dX"): "true of any X; the projection makes the gradient symmetric",
    ("symmetric.projection", ": P' : dX"): "P' : dX = P : dX' = P : dX",
}

# Rules whose sides the constructors already make one expression; they are shown, but never applied.
SILENT = {"mat.vec", "vec.mat"}

# Pairs within one phase where the second also fits whatever the first fits: special before general.
SPECIAL_BEFORE_GENERAL = """
differentiate trace.differential_kth_power trace.differential
differentiate trace.differential_expm trace.differential
differentiate trace.differential_logm trace.differential
differentiate trace.differential_sqrtm trace.differential
differentiate log.differential_det log.differential
differentiate log.differential_abs log.differential
differentiate log.differential_sum_exp log.differential
differentiate log.differential_row_sums_exp log.differential
differentiate det.differential_expm det.differential
differentiate power.differential_norm power.differential
differentiate power.differential_norm power.differential_exponent
differentiate power.differential_norm power.differential_both
differentiate power.differential_norm power.differential_entries
differentiate power.differential_norm power.differential_entries_both
differentiate power.differential_norm power.differential_base
isolate kronecker.split kronecker.adjoint_left
isolate kronecker.split_right kronecker.adjoint_right
isolate kronecker.adjoint_product_left kronecker.adjoint_left
isolate kronecker.adjoint_product_right kronecker.adjoint_right
isolate kronecker.adjoint_rank_one_left kronecker.adjoint_left
isolate kronecker.adjoint_rank_one_right kronecker.adjoint_right
isolate kronecker.adjoint_identity_left kronecker.adjoint_right
isolate kronecker.adjoint_identity_right kronecker.adjoint_left
compute logdet.kronecker_sum_plain logdet.kronecker_sum
compute product.kronecker_sum_plain_solve product.kronecker_sum_solve
compute ptrace.kronecker_sum_plain_left ptrace.kronecker_sum_inverse
tidy mat.kronecker mat.vec
tidy ptrace.cycle_left ptrace.factor_left
tidy ptrace.cycle_right ptrace.factor_right
tidy product.diagonal_projector product.orthogonal
tidy product.diagonal_places product.orthogonal
tidy frobenius.inverse frobenius.inverse_transposed
tidy product.diagonal_places product.khatrirao_gram
"""

# Pairs of one left side, told apart by a hypothesis or a guard of the first that the second does not have.
TOLD_APART = """
differentiate norm.differential norm.differential_both
differentiate polar.differential_wide polar.differential
differentiate power.differential power.differential_both
differentiate power.differential_exponent power.differential_base
differentiate power.differential_entries power.differential_entries_both
tidy diag.inverse_lower diag.inverse_upper
"""


@pytest.fixture
def rule(request) -> Rule:
    return book().rule(request.param)


def each_rule(test):
    return pytest.mark.parametrize("rule", NAMES, indirect=True)(pytest.mark.filterwarnings("ignore")(test))


@each_rule
def test_holds(rule):
    verdict = audit(rule, draws=5)
    if verdict.samples < 5:
        # Ranges of indices and poles leave few points.
        verdict = audit(rule, draws=60)
    assert verdict.status == HOLDS, f"{rule.statement}\n{verdict}"
    assert verdict.samples >= 5


@each_rule
def test_hypotheses_are_needed(rule):
    for hypothesis in rule.requires:
        found = outcomes(rule, hypothesis)
        unseen = (rule.name, *hypothesis) in UNSEEN
        assert all(v == HOLDS for v in found.values()) == unseen, f"{hypothesis}: {found}"


@each_rule
def test_mutants_are_refused(rule):
    """A false variant never passes the audit: it fails, or cannot be evaluated."""
    for name, mutant in mutants(rule):
        if any(r == rule.name and piece in name for r, piece in TRUE_MUTANTS) or _same(rule, mutant):
            continue
        # Most slips show at once; some only in one order of the sizes.
        status = audit(mutant, draws=1).status
        status = audit(mutant, draws=5).status if status == HOLDS else status
        assert status != HOLDS, f"{rule.statement}\nalso passes as {name}"


def test_listed_mutants_are_true():
    for name, piece in TRUE_MUTANTS:
        (mutant,) = [m for k, m in mutants(book().rule(name)) if piece in k]
        assert audit(mutant).status == HOLDS, f"{name}: {piece} is not true: take it out of the table"


def _same(rule: Rule, mutant: Rule) -> bool:
    """Are the right sides one expression once the hypotheses are put in (X' where X is symmetric)?"""
    if rule.each is not None:
        return False
    # What may be absent is there: its absence is a special case.
    holes = {name: replace(hole, optional=False) for name, hole in rule.holes.items()}
    return all(a is b for a, b in _instances(replace(rule, holes=holes, left=mutant.right), rule.requires))


@each_rule
def test_exact(rule):
    """Where both sides are rational, they are one rational function of explicit small matrices."""
    try:
        proved = prove(rule)
    except NotRational as reason:
        pytest.skip(f"not rational: {reason}")
    assert proved, rule.statement


def test_exact_proofs_are_many():
    """Skipping must stay the exception: most of the book is rational."""
    count = 0
    for name in NAMES:
        try:
            count += prove(book().rule(name))
        except NotRational:
            continue
    assert count > len(NAMES) / 2


@each_rule
def test_is_well_formed(rule):
    assert rule.title and rule.because, "a rule has a title and a reason"
    assert not rule.title.endswith("."), "a title is not a sentence"
    assert rule.file.endswith(".rules") and rule.line > 0
    if rule.cite:
        assert rule.cite[0]


def test_left_sides_overlap_only_as_listed():
    special, same = set(), set()
    for phase, operation, rules in _phases():
        for i, first in enumerate(rules):
            for second in rules[i + 1 :]:
                if _covers(first, second):
                    assert _covers(second, first), f"{first.name} hides {second.name} in {phase} of {operation}"
                    same.add((phase, first.name, second.name))
                elif _covers(second, first):
                    special.add((phase, first.name, second.name))
    assert special == _table(SPECIAL_BEFORE_GENERAL)
    assert same == _table(TOLD_APART)
    for _, first, second in same:
        one, other = book().rule(first), book().rule(second)
        assert {*one.requires, *one.guards} - {*other.requires, *other.guards}, f"{first} hides {second}"


def _table(lines: str) -> set[tuple[str, ...]]:
    return {tuple(line.split()) for line in lines.split("\n") if line}


def _phases():
    """(phase, operation, its rules in order), without the alternative forms: they apply only where asked for."""
    found: dict[tuple[str, str], list[Rule]] = {}
    for name in NAMES:
        rule = book().rule(name)
        for use in rule.uses:
            if use.phase in INDEXED and not use.form:
                found.setdefault((use.phase, rule.operation), []).append(rule)
    return [(phase, operation, rules) for (phase, operation), rules in found.items()]


def _covers(general: Rule, special: Rule) -> bool:
    """Does the left side of `general` fit whatever the left side of `special` fits?"""

    def moves(e: Expr) -> bool:
        return any(n.op.name == "symbol" and n.name in special.moving for n in walk(e))

    if any(use.phase == "vectorise" for use in general.uses):
        inner = [rule.left.args[0] if rule.left.op.name == "vec" else rule.left for rule in (general, special)]
        return any(True for _ in match(general, *inner, moves=moves, exclusive=general.each is None))
    if not any(use.phase == "isolate" for use in general.uses):
        return any(True for _ in match(general, general.left, special.left, moves=lambda e: True))
    weight, linear = general.left_pair
    other_weight, other_linear = special.left_pair
    return any(
        True
        for found in match(general, linear, other_linear, moves=moves)
        for _ in match(general, weight, other_weight, found)
    )


def test_names_say_what_a_rule_is_about():
    """In phases that find rules by name, the name begins with the operation at the root of the left side."""
    for phase, operation, rules in _phases():
        for rule in rules:
            assert (operation in _roots(rule, phase)) != (rule.name in SILENT), f"{rule.name}: {text(rule.left)}"


def _roots(rule: Rule, phase: str) -> set[str]:
    if phase == "differentiate":
        return {rule.left.args[0].op.name}
    if phase == "isolate":
        return {rule.left_pair[1].op.name}
    if phase == "vectorise" and rule.left.op.name == "vec":
        return {rule.left.args[0].op.name}
    return {rule.left.op.name}


def test_every_citation_is_used():
    from matdiff.book.load import references

    cited = {book().rule(name).cite[0] for name in NAMES if book().rule(name).cite}
    assert cited == set(references())


BLOCKS = ["[x; y][1:n]", "[x; y][2:n]", "[x; y][n + 1:2 n]", "[x; y][n:n + 1]", "[x; y][1:n - 1]"]


@pytest.mark.parametrize("part", BLOCKS)
def test_a_part_that_straddles_two_blocks_is_neither(part):
    assert md.derive(f"x, y : vector(n)\n‖{part}‖^2", wrt="x").validation.ok
