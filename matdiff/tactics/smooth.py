"""Is a function twice differentiable everywhere, on a convex set?  Only then does its Hessian say that it is convex.

Here: a sufficient condition, from the records of the operations (no kinks, no domain) and from facts about arguments.
Not here: the sign of a Hessian (`curvature`).
"""

from __future__ import annotations

from collections.abc import Callable

from matdiff.core.expr import Expr, walk
from matdiff.core.facts import TRUE, fact
from matdiff.operations.leaves import number_of

# Matrices with these properties do not form a convex set.
_SCATTERED = frozenset({"orthogonal", "invertible"})
# Smooth only between poles or where eigenvalues are apart, or not known to be smooth at all.
_NOT_EVERYWHERE = frozenset(
    {"tan", "matrix_power", "applied", "frechet", "kronfrechet", "svdterm_left", "svdterm_right", "derivative"}
)


def is_smooth(function: Expr, x: Expr) -> bool:
    """Is the function smooth in x on a convex set?  False: not known."""
    properties = x.params[2]
    if not x.is_scalar and "spd" not in properties and _SCATTERED & properties:
        return False
    waiting, seen = [function], set[Expr]()
    while waiting:
        e = waiting.pop()
        if e in seen or x.name not in e.free:
            continue
        seen.add(e)
        inner = _inside(e, x)
        if inner is None:
            return False
        waiting += inner
    return True


def _inside(e: Expr, x: Expr) -> tuple[Expr, ...] | None:
    """The arguments that must be smooth too; None: e itself may not be."""
    if e.op.name in _CONDITIONS:
        return e.args if _CONDITIONS[e.op.name](e, x) else None
    if e.op.name == "power":
        return _power(e, x)
    if e.op.kinks or e.op.domain is not None or e.op.name in _NOT_EVERYWHERE:
        return None
    return e.args


def _power(e: Expr, x: Expr) -> tuple[Expr, ...] | None:
    base, exponent = e.args
    p = number_of(exponent)
    if p is not None and p.denominator == 1 and p >= 0:
        # ‖u‖² has no kink
        return base.args if base.op.name == "normF" and p % 2 == 0 else (base,)
    if fact(base, "positive") is TRUE or (p is not None and p.denominator > 1 and is_affine(base, x)):
        return e.args
    return None


def _positive(e: Expr, x: Expr) -> bool:
    """log u: u is positive wherever it is, or the set where it is positive is convex."""
    return fact(e.args[0], "positive") is TRUE or is_affine(e.args[0], x)


def _definite(e: Expr, x: Expr) -> bool:
    return fact(e.args[0], "spd") is TRUE


_CONDITIONS: dict[str, Callable[[Expr, Expr], bool]] = {"log": _positive, "logdet": _definite, "inverse": _definite}


def is_affine(e: Expr, x: Expr) -> bool:
    """Is e of degree at most one in x?  False: not known."""
    for part in walk(e):
        moving = [k for k, a in enumerate(part.args) if x.name in a.free]
        linear = range(len(part.args)) if part.op.name in ("sum", "product", "definition") else part.op.linear
        if moving and part.op.name not in ("sum", "definition") and (len(moving) > 1 or moving[0] not in linear):
            return False
    return True
