"""Is a Hessian semidefinite?  A verdict where the facts about its parts prove it, with the reason; else silence.

Here: a small prover over sums, products B'M B, Kronecker and Hadamard products and diagonal matrices.  Not here: the
facts themselves (records of the operations).
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.core.expr import Expr
from matdiff.core.facts import TRUE, fact
from matdiff.errors import DomainError
from matdiff.numeric.sample import draw_point
from matdiff.operations.factors import factors, terms
from matdiff.operations.leaves import number_of
from matdiff.operations.sums import coefficient_and_rest
from matdiff.tactics.smooth import is_smooth

_DRAWS = 3
_PLAIN = ("no entry of it can be negative",)
# Of a reason: pieces of text and the expressions they are about.
Reason = tuple["str | Expr", ...]


@dataclass(frozen=True)
class Proof:
    """`strict`: positive definite, not only semidefinite."""

    strict: bool
    because: Reason


@dataclass(frozen=True)
class Curvature:
    """The verdict on a Hessian: "positive definite", "positive semidefinite", "negative ..." or "zero".

    `because` holds text and expressions; `consequence` is what follows for the function, "" where nothing does: a
    function with kinks, or on a set that is not convex, may have a semidefinite Hessian and not be convex.
    """

    verdict: str
    because: Reason
    consequence: str


def curvature(hessian: Expr, function: Expr, x: Expr) -> Curvature | None:
    """What can be proved of a Hessian, and of its function (Boyd & Vandenberghe 2004, sec. 3.1.4); None: nothing."""
    smooth = is_smooth(function, x)
    if hessian.op.name == "zeros" or number_of(hessian) == 0:
        return Curvature("zero", ("it does not depend on anything",), "both convex and concave" if smooth else "")
    for sign, matrix, kind in (("positive", hessian, "convex"), ("negative", -hessian, "concave")):
        proof = definite(matrix)
        if proof is not None and _is_seen(matrix):
            word, more = ("definite", "strictly ") if proof.strict else ("semidefinite", "")
            return Curvature(f"{sign} {word}", proof.because or _PLAIN, more + kind if smooth else "")
    return None


def _is_seen(e: Expr) -> bool:
    """No random point contradicts the proof: the smallest eigenvalue is nowhere below 0."""
    import numpy as np

    for seed in range(_DRAWS):
        try:
            value = np.atleast_2d(draw_point([e], seed).evaluation(e))
        except DomainError:
            return False
        if np.linalg.eigvalsh((value + value.T) / 2)[0] < -1e-8 * max(1.0, float(np.max(np.abs(value)))):
            return False
    return True


# ------------------------------------------------------------------- matrices


def definite(e: Expr) -> Proof | None:
    """A proof that e is positive (semi)definite."""
    if e.is_scalar:
        entry = at_least_zero(e)
        return Proof(fact(e, "positive") is TRUE, entry) if entry is not None else None
    if fact(e, "spd") is TRUE and _is_plain(e):
        return Proof(True, (e, " is positive definite"))
    for attempt in (_sum, _product, _diagonal, _tensor, _softmax):
        found = attempt(e)
        if found is not None:
            return found
    for word, strict in (("spd", True), ("psd", False)):
        if fact(e, word) is TRUE:
            return Proof(strict, (e, f" is positive {'' if strict else 'semi'}definite"))
    return None


def _is_plain(e: Expr) -> bool:
    inner = e.args[0] if e.op.name == "inverse" else e
    return inner.op.name in ("symbol", "definition", "identity")


def _sum(e: Expr) -> Proof | None:
    if e.op.name != "sum":
        return None
    softmax = _softmax(e)
    if softmax is not None:
        return softmax
    found = [definite(t) for t in e.args]
    proofs = [p for p in found if p is not None]
    if len(proofs) < len(found):
        return None
    reasons = [p.because for p in proofs]
    strict = any(p.strict for p in proofs)
    return Proof(strict, ("it is a sum of positive semidefinite terms: ", *_listed(reasons)))


def _listed(reasons: list[Reason]) -> Reason:
    out: list[str | Expr] = []
    for k, reason in enumerate(dict.fromkeys(reasons)):
        out += ["; "] if k else []
        out += reason
    return tuple(out)


def _product(e: Expr) -> Proof | None:
    """c B'M B with c at least 0 and M semidefinite, M absent meaning I."""
    c, scalars, matrices = factors(e)
    if c < 0 or not (scalars or len(matrices) > 1 or c != 1):
        return None
    if len(matrices) > 1 and _doubles_symmetric(matrices[-1]):
        # A ⊗ A commutes with K, so (A ⊗ A)(I + K) is (I + K)(A ⊗ A)(I + K)/2
        rest = e.space.apply("product", e.space.number(c), *scalars, *matrices[:-1])
        inner = definite(rest) if _is_square_tensor(matrices[:-1]) else None
        return Proof(False, ("it acts on symmetric matrices, and ", *inner.because)) if inner is not None else None
    bounds = [at_least_zero(s) for s in scalars]
    if any(b is None for b in bounds):
        return None
    positive = all(fact(s, "positive") is TRUE for s in scalars)
    reasons = [b for b in bounds if b]
    outer = 0
    while len(matrices) >= 2 and matrices[0].T is matrices[-1]:
        matrices, outer = matrices[1:-1], outer + 1
    if not matrices:
        shown = e.space.apply("product", *factors(e).matrices)
        return Proof(False, (shown, " is of the form B'B", *_after(reasons)))
    if len(matrices) != 1:
        return None
    inner = definite(matrices[0])
    if inner is None:
        return None
    if not outer:
        return Proof(inner.strict and positive, (*inner.because, *_after(reasons)))
    return Proof(False, ("it is of the form B'M B, where ", *inner.because, *_after(reasons)))


def _doubles_symmetric(e: Expr) -> bool:
    """I + K, twice the projector on symmetric matrices."""
    names = sorted(a.op.name for a in e.args)
    return e.op.name == "sum" and names == ["commutation", "identity"] and len(set(e.args[0].shape)) == 1


def _is_square_tensor(matrices: tuple[Expr, ...]) -> bool:
    return all(m.op.name == "kronecker" and len(m.args) == 2 and m.args[0] is m.args[1] for m in matrices)


def _after(reasons: list[Reason]) -> Reason:
    return (", and ", *_listed(reasons)) if reasons else ()


def _diagonal(e: Expr) -> Proof | None:
    if e.op.name != "Diag":
        return None
    found = at_least_zero(e.args[0])
    if found is None:
        return None
    strict = fact(e.args[0], "positive") is TRUE
    return Proof(strict, found or ("the entries of ", e.args[0], " are not negative"))


def _tensor(e: Expr) -> Proof | None:
    """Kronecker products, and Hadamard products by Schur's theorem (Horn & Johnson 2013, thm 7.5.3)."""
    if e.op.name not in ("kronecker", "hadamard"):
        return None
    found = [definite(a) for a in e.args]
    proofs = [p for p in found if p is not None]
    if len(proofs) < len(found):
        return None
    kind = "a Kronecker product" if e.op.name == "kronecker" else "a Hadamard product"
    strict = all(p.strict for p in proofs)
    return Proof(strict, (f"it is {kind} of positive semidefinite factors: ", *_listed([p.because for p in proofs])))


def _softmax(e: Expr) -> Proof | None:
    """Diag(p) - p p' is the covariance of a random unit vector with probabilities p."""
    if e.op.name != "sum" or len(e.args) != 2:
        return None
    space = e.space
    for t in e.args:
        if t.op.name == "Diag" and _is_distribution(t.args[0]):
            p = t.args[0]
            if e is space.apply("sum", t, -(p * p.T)):
                return Proof(False, ("Diag(p) - p p' is the covariance of probabilities p = ", p))
    return None


def _is_distribution(p: Expr) -> bool:
    inner = p.body if p.op.name == "definition" else p
    return inner.op.name == "softmax" and inner.params == (0,)


# ------------------------------------------------------------------- entries


def at_least_zero(e: Expr) -> Reason | None:
    """A proof that no entry is negative; the empty reason where it is plain to see."""
    value = number_of(e)
    if value is not None:
        return () if value >= 0 else None
    if fact(e, "positive") is TRUE or fact(e, "nonnegative") is TRUE:
        return () if e.op.name in ("dimension", "ones", "power") else (e, " is positive" if e.is_scalar else " > 0")
    if e.op.name == "definition":
        found = at_least_zero(e.body)
        return found if found is None or found else (e, " is not negative")
    if e.op.name == "sum":
        return _complement(e) or _all(e.args)
    if e.op.name == "hadamard":
        return _all(e.args)
    if e.op.name == "product":
        return _scaled(e)
    if e.op.name == "power":
        return _power(e)
    if e.op.name in _NON_NEGATIVE:
        return ()
    return None


_NON_NEGATIVE = {"exp", "abs", "sigmoid", "softplus", "relu", "step", "normcdf", "softmax", "cosh", "atleast"}


def _all(parts: tuple[Expr, ...]) -> Reason | None:
    found = [at_least_zero(p) for p in parts]
    return None if any(f is None for f in found) else _listed([f for f in found if f])


def _scaled(e: Expr) -> Reason | None:
    c, scalars, matrices = factors(e)
    if c < 0:
        return None
    if e.is_scalar and matrices:
        # x'M x with M semidefinite
        if not (len(matrices) == 2 and matrices[0].T is matrices[1]):
            return None
        return _all(scalars)
    return _all((*scalars, *matrices))


def _power(e: Expr) -> Reason | None:
    base, exponent = e.args
    p = number_of(exponent)
    if p is not None and p.denominator == 1 and p % 2 == 0:
        return ()
    return at_least_zero(base) if p is not None else None


def _complement(e: Expr) -> Reason | None:
    """1 - sigmoid(z), 1 - tanh(z)^2."""
    flat = [coefficient_and_rest(t) for t in terms(e)]
    if len(flat) != 2:
        return None
    ones = [r for c, r in flat if c == 1 and (r.op.name == "ones" or number_of(r) == 1)]
    rest = [r for c, r in flat if c == -1]
    if len(ones) != 1 or len(rest) != 1:
        return None
    bounded = _body(rest[0])
    if bounded.op.name == "power" and number_of(bounded.args[1]) == 2:
        return (rest[0], " is at most 1") if _body(bounded.args[0]).op.name in ("tanh", "sin", "cos", "erf") else None
    return (rest[0], " is at most 1") if bounded.op.name in ("sigmoid", "normcdf", "tanh", "softmax") else None


def _body(e: Expr) -> Expr:
    return e.body if e.op.name == "definition" else e
