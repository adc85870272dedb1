"""The gradient set to zero and solved for the variable, where it is linear in it: the normal equations.

Here: the equation L X R = C or A X + X B = C and its solution.  Not here: whether the point is a minimum (`curvature`).
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.core.expr import Expr, rebuild
from matdiff.core.facts import TRUE, fact
from matdiff.errors import DomainError
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.sample import draw_point, has_property
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.sums import add
from matdiff.tactics.factor import summed
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.tidy import tidy

_MOST_TERMS = 24
_DRAWS = 3
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Stationary:
    """`left` = `right` is the gradient set to zero; `solution` is the variable; `inverted` must be invertible."""

    left: Expr
    right: Expr
    solution: Expr
    inverted: tuple[Expr, ...]


class _NotLinear(Exception):
    """The gradient is not an affine function of the variable, or not of a form that is solved here."""


# A term L X R of the gradient.
_Linear = tuple[Expr, Expr]


def stationary(rw: Rewriter, gradient: Expr, variable: Expr) -> Stationary | None:
    """Where the gradient vanishes, if it is affine in the variable; checked at random points."""
    try:
        linear, constant = _parted(gradient, variable)
        found = _solved(rw, linear, constant, variable) if linear else None
    except _NotLinear:
        return None
    return found if found is not None and _vanishes(gradient, variable, found.solution) else None


# ------------------------------------------------------------------- taking apart


def _parted(gradient: Expr, x: Expr) -> tuple[list[_Linear], list[Expr]]:
    """The terms L X R and the terms without X."""
    linear: list[_Linear] = []
    constant: list[Expr] = []
    stack = list(reversed(terms(gradient)))
    while stack:
        if len(stack) + len(linear) + len(constant) > _MOST_TERMS:
            raise _NotLinear
        t = stack.pop()
        if x.name not in t.free:
            constant.append(t)
            continue
        opened = _multiplied_out(t, x)
        if opened is not None:
            stack += reversed(opened)
        else:
            linear.append(_around(t, x))
    return linear, constant


def _multiplied_out(t: Expr, x: Expr) -> list[Expr] | None:
    """The terms of a product around a sum that holds X; None if there is no such sum."""
    c, scalars, matrices = factors(t)
    parts = [*scalars, *matrices]
    for k, part in enumerate(parts):
        if x.name not in part.free:
            continue
        body = part.body if part.op.name == "definition" else part
        if body.op.name == "transpose" and body.args[0].op.name == "definition":
            body = body.args[0].body.T
        # a scalar factor may be a chain x'A y of its own
        chain = _multiplied_out(part, x) if part.op.name == "product" else None
        if chain is not None or body is not part or body.op.name == "sum":
            inner = chain if chain is not None else terms(body)
            return [multiply(t.space, t.space.number(c), *parts[:k], a, *parts[k + 1 :]) for a in inner]
    return None


def _around(t: Expr, x: Expr) -> _Linear:
    """L and R of a term L X R."""
    c, scalars, matrices = factors(t)
    parts = [*scalars, *matrices]
    at = [k for k, part in enumerate(parts) if x.name in part.free]
    if len(at) != 1 or parts[at[0]] is not x:
        raise _NotLinear
    space = t.space
    if x.is_scalar:
        return multiply(space, space.number(c), *parts[: at[0]], *parts[at[0] + 1 :]), space.number(1)
    k = at[0] - len(scalars)
    rows, cols = x.shape
    left = multiply(space, space.number(c), *scalars, *matrices[:k], space.apply("identity", params=(rows,)))
    right = multiply(space, *matrices[k + 1 :], space.apply("identity", params=(cols,)))
    return left, right


# ------------------------------------------------------------------- solving


def _solved(rw: Rewriter, linear: list[_Linear], constant: list[Expr], x: Expr) -> Stationary:
    space = x.space
    zero = space.apply("zeros", params=x.shape)
    right = tidy(rw, -summed(space, constant)) if constant else zero
    if right.op.name == "zeros":
        # only X = 0, which says little
        raise _NotLinear
    rights = list(dict.fromkeys(r for _, r in linear))
    lefts = list(dict.fromkeys(a for a, _ in linear))
    if len(rights) == 1:
        pair = tidy(rw, add(space, *(a for a, _ in linear))), rights[0]
    elif len(lefts) == 1:
        pair = lefts[0], tidy(rw, add(space, *(r for _, r in linear)))
    else:
        return _sylvester(rw, linear, right, x)
    return _two_sided(rw, pair, right, x)


def _two_sided(rw: Rewriter, pair: _Linear, right: Expr, x: Expr) -> Stationary:
    """L X R = C, with a number common to both sides taken out."""
    space = x.space
    pair, right = _without_number(rw, pair, right)
    inverted = [m for m in pair if m.op.name not in ("identity", "number")]
    if any(m.shape[0] != m.shape[1] for m in inverted):
        raise _NotLinear
    if x.is_scalar:
        solution = tidy(rw, multiply(space, right, space.apply("inverse", pair[0])))
    else:
        before, after = (space.apply("inverse", m) for m in pair)
        solution = tidy(rw, multiply(space, before, right, after))
    left = multiply(space, pair[0], x, pair[1])
    return Stationary(left, right, solution, tuple(m for m in inverted if fact(m, "invertible") is not TRUE))


def _without_number(rw: Rewriter, pair: _Linear, right: Expr) -> tuple[_Linear, Expr]:
    """2 A'A x = 2 A'b as A'A x = A'b."""
    space = right.space
    k = 0 if pair[0].op.name != "identity" else 1
    flat = {factors(t).coefficient for t in terms(pair[k])}
    c = factors(pair[k]).coefficient
    c *= flat.pop() if pair[k].op.name == "sum" and len(flat) == 1 else 1
    if c in (0, 1):
        return pair, right
    by = space.number(1 / c)
    scaled = [tidy(rw, add(space, *(multiply(space, by, t) for t in terms(m)))) for m in (pair[k], right)]
    return (scaled[0], pair[1]) if k == 0 else (pair[0], scaled[0]), scaled[1]


def _sylvester(rw: Rewriter, linear: list[_Linear], right: Expr, x: Expr) -> Stationary:
    """A X + X B = C (Higham 2008, sec. B.14)."""
    space = x.space
    a: list[Expr] = []
    b: list[Expr] = []
    free: list[Expr] = []
    for before, after in linear:
        c, scalars, matrices = factors(before)
        scaled = multiply(space, space.number(c), *scalars)
        bare = all(m.op.name == "identity" for m in matrices)
        if bare and after.op.name == "identity":
            # λ X stands where it likes
            free.append(scaled)
        elif after.op.name == "identity":
            a.append(before)
        elif bare:
            b.append(multiply(space, scaled, after))
        else:
            raise _NotLinear
    one, other = (space.apply("identity", params=(n,)) for n in x.shape)
    if not a:
        return _two_sided(rw, (one, tidy(rw, add(space, *(multiply(space, s, other) for s in free), *b))), right, x)
    if not b:
        raise _NotLinear
    a += [multiply(space, s, one) for s in free]
    first, second = tidy(rw, add(space, *a)), tidy(rw, add(space, *b))
    solution = tidy(rw, space.apply("sylvester", first, second, right))
    return Stationary(first * x + x * second, right, solution, ())


# ------------------------------------------------------------------- the check


def _vanishes(gradient: Expr, x: Expr, solution: Expr) -> bool:
    """Is the gradient zero there, and the solution of the variable's own kind?"""
    import numpy as np

    held = 0
    at = rebuild(gradient, lambda e: solution if e is x else None)
    for seed in range(_DRAWS):
        try:
            point = draw_point([gradient, solution], seed, also=[x], smallest=2 + seed)
            with np.errstate(all="ignore"):
                value = np.asarray(point.evaluation(solution))
                left = np.asarray(Evaluation(point.values, point.sizes)(at))
            scale = max(1e-3, float(np.max(np.abs(point.evaluation(gradient)))))
            if not np.all(np.isfinite(left)) or np.max(np.abs(left)) > _TOLERANCE * scale:
                return False
            if not all(has_property(word, value) for word in x.params[2]):
                return False
        except (DomainError, OutOfDomain, np.linalg.LinAlgError):
            continue
        held += 1
    return held > 0
