"""Facts about sums and products that follow from facts about their parts.

Only what is true: a product of symmetric matrices is not symmetric, a sum with one invertible term not invertible.
"""

from __future__ import annotations

from matdiff.core.expr import Expr
from matdiff.core.facts import TRUE, UNKNOWN, Verdict, all_of, fact
from matdiff.core.operation import Fact
from matdiff.operations.factors import factors


def of_argument(name: str) -> Fact:
    return lambda e: fact(e.args[0], name)


def product_invertible(e: Expr) -> Verdict:
    c, scalars, matrices = factors(e)
    if any(m.shape[0] != m.shape[1] for m in matrices):
        return UNKNOWN
    return all_of(fact(f, "invertible") for f in (*scalars, *matrices))


def product_positive(e: Expr) -> Verdict:
    c, scalars, matrices = factors(e)
    if c < 0:
        return UNKNOWN
    # x'Sx with S positive definite is positive unless x = 0, which the sampler never draws; facts stay silent on it.
    return all_of(fact(f, "positive") for f in (*scalars, *matrices))


def scaled_matrix_fact(name: str) -> Fact:
    """c M inherits definiteness from M where c > 0, triangularity always."""

    def infer(e: Expr) -> Verdict:
        c, scalars, matrices = factors(e)
        if len(matrices) != 1:
            return UNKNOWN
        if name in ("spd", "psd") and c < 0:
            return UNKNOWN
        if name == "spd" and all_of(fact(s, "positive") for s in scalars) is not TRUE:
            return UNKNOWN
        if name == "psd" and not all(map(never_negative, scalars)):
            return UNKNOWN
        return fact(matrices[0], name)

    return infer


def sum_definite(e: Expr) -> Verdict:
    if all_of(fact(t, "psd") for t in e.args) is not TRUE:
        return UNKNOWN
    return TRUE if any(fact(t, "spd") is TRUE for t in e.args) else UNKNOWN


def gram(e: Expr) -> Verdict:
    """B'B and B'MB with M semidefinite are semidefinite."""
    c, scalars, matrices = factors(e)
    if c < 0 or not all(map(never_negative, scalars)):
        return UNKNOWN
    while len(matrices) >= 2 and matrices[0].T is matrices[-1]:
        matrices = matrices[1:-1]
    if not matrices or (len(matrices) == 1 and fact(matrices[0], "psd") is TRUE):
        return TRUE
    return UNKNOWN


def matrices_fact(name: str) -> Fact:
    """Diagonal and triangular matrices are closed under products and scaling."""
    return lambda e: all_of(fact(m, name) for m in factors(e).matrices)


def of_every_argument(name: str) -> Fact:
    return lambda e: all_of(fact(a, name) for a in e.args)


# For operations whose values are never negative.
NON_NEGATIVE = {"nonnegative": lambda e: TRUE}


def never_negative(e: Expr) -> bool:
    return fact(e, "positive") is TRUE or fact(e, "nonnegative") is TRUE


def every_argument_nonnegative(e: Expr) -> Verdict:
    return TRUE if all(never_negative(a) for a in e.args) else UNKNOWN


def sum_positive(e: Expr) -> Verdict:
    """1 + x'x: nothing below 0, and something above it."""
    positive = any(fact(a, "positive") is TRUE for a in e.args)
    return TRUE if positive and all(never_negative(a) for a in e.args) else UNKNOWN


def product_nonnegative(e: Expr) -> Verdict:
    """Of factors that are; x'M x with M semidefinite."""
    c, scalars, matrices = factors(e)
    if c < 0 or not all(never_negative(s) for s in scalars):
        return UNKNOWN
    while e.is_scalar and len(matrices) >= 2 and matrices[0].T is matrices[-1]:
        matrices = matrices[1:-1]
        if not matrices or (len(matrices) == 1 and fact(matrices[0], "psd") is TRUE):
            return TRUE
    return TRUE if all(never_negative(m) for m in matrices) else UNKNOWN
