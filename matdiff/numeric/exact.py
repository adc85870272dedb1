"""Exact values: expressions that are rational in their entries, over the dual numbers modulo a prime.

Here: what every operation computes there, or why it is not rational, and `Exact`, the evaluator.  Not here: the ring
(`dual`), random values with declared properties (`generic`), and what is concluded from them (`identity`).

Operations that move, add or multiply entries, with whole-number coefficients, use the record's own NumPy value on
arrays of residues; the others have a row in `_VALUES`.  A test demands that every operation has its place here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from matdiff.core.expr import Expr
from matdiff.dimensions import Dim
from matdiff.numeric.dual import Dual, NotRational, Ring, Undefined
from matdiff.numeric.evaluate import order

# Linear, or jointly linear, in their arguments with whole-number coefficients.
LINEAR = frozenset(
    "transpose entrysum trace vec mat vech diag Diag tril triu hcat vcat blkdiag slice place ptrace bldiag".split()
)
# Linear in each argument.
MULTILINEAR = frozenset("frobenius hadamard kronecker khatrirao cross".split())
# Constant matrices of whole numbers.
CONSTANTS = frozenset("identity zeros ones unit commutation duplication elimination".split())
# The evaluator looks these up itself.
LEAVES = frozenset("symbol definition d dimension number constant indexsum".split())
# Built as something else at once.
NEVER_A_NODE = frozenset("mean reshape sqrt square cube matrix_power dot quad rowsum colsum cumsum".split())

_TRANSCENDENTAL = "a transcendental function"
_PIECEWISE = "defined piece by piece"
_SPECTRAL = "eigenvalues and singular values are roots of polynomials"
NOT_RATIONAL: dict[str, str] = {
    **dict.fromkeys(
        "exp expm1 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf normcdf gamma lgamma digamma "
        "trigamma polygamma sigmoid softplus softmax logsumexp expm logm sinm cosm frechet kronfrechet".split(),
        _TRANSCENDENTAL,
    ),
    **dict.fromkeys(
        "abs sign relu step huber maximum minimum atleast max min maxmask minmask norm1 norminf".split(), _PIECEWISE
    ),
    **dict.fromkeys(
        "norm2 nuclear eigmax eigmin eigvecmax eigvecmin eigvals eigvecs geneigvals geneigvecs svdleft svdright polar "
        "kronleft kronright svdterm_left svdterm_right".split(),
        _SPECTRAL,
    ),
    "applied": "a function of one's own may be any function",
    **dict.fromkeys(("derivative", "hessian"), "a claim in a line of a derivation, which is judged numerically"),
    **dict.fromkeys("cbrt normF norm chol sqrtm".split(), "roots are not rational"),
}


# A longer sum over an index is left to floating-point numbers.
_MOST_TERMS = 2_000


class Exact:
    """Values of expressions at one point over the dual numbers.

    `values` maps symbol names to `Dual` matrices.  With `atoms`, what is not rational is drawn by `atoms(e, shape)`
    as if it were a variable: what holds then holds whatever it is.  Raises NotRational or Undefined.
    """

    def __init__(
        self,
        ring: Ring,
        values: Mapping[str, Dual],
        sizes: Mapping[str, int],
        whole: Mapping[str, int] | None = None,
        atoms: Callable[[Expr, tuple[int, int]], Dual] | None = None,
    ) -> None:
        self.ring, self.values, self.sizes = ring, values, sizes
        # values of the names that are whole numbers, for exponents and bounds of sums
        self.whole = whole or {}
        self.atoms = atoms
        self.memo: dict[Expr, Dual | NotRational] = {}

    def __call__(self, e: Expr) -> Dual:
        for part in order(e, self.memo, into_d=True):
            # ‖x‖ is not rational and ‖x‖² is: a reason counts only for who needs the value.
            try:
                self.memo[part] = self._value(part)
            except NotRational as reason:
                self.memo[part] = self._atom(part) if self.atoms else reason
        return self._known(e)

    def size(self, d: Dim) -> int:
        n = d.value(self.sizes)
        if n < 1:
            raise Undefined("a size below 1")
        return n

    def _known(self, e: Expr) -> Dual:
        found = self.memo[e]
        if isinstance(found, NotRational):
            raise found
        return found

    def _atom(self, e: Expr) -> Dual:
        """A variable of its own; exp(X)' and exp(X') are one."""
        assert self.atoms is not None
        turned = self.memo.get(e.T)
        if isinstance(turned, Dual) and turned.value is not None:
            return self.ring.linear(lambda a: a.T, turned)
        return self.atoms(e, (self.size(e.shape[0]), self.size(e.shape[1])))

    def _value(self, e: Expr) -> Dual:
        try:
            out = self._computed(e)
        except (ValueError, IndexError):
            raise Undefined("an index beyond the size") from None
        if out.shape != (self.size(e.shape[0]), self.size(e.shape[1])):
            raise Undefined("an index beyond the size")
        return out

    def _computed(self, e: Expr) -> Dual:
        name, ring = e.op.name, self.ring
        if name in NOT_RATIONAL:
            raise NotRational(f"{name}: {NOT_RATIONAL[name]}")
        if name in _READERS:
            return _READERS[name](self, e)
        args = [self._known(a) for a in e.args]
        params = [p.value(self.sizes) if isinstance(p, Dim) else p for p in e.params]
        if name in CONSTANTS:
            return ring.constant(e.op.value(*params))
        if name in LINEAR:
            return ring.linear(lambda *a: e.op.value(*a, *params), *args)
        if name in MULTILINEAR:
            return ring.multilinear(lambda *a: e.op.value(*a, *params), *args)
        return _VALUES[name](ring, *args, *params)

    # ------------------------------------------------------------ what needs the expression, not only values

    def _symbol(self, e: Expr) -> Dual:
        return self.values[e.name]

    def _differential(self, e: Expr) -> Dual:
        if e.args[0].moving:
            raise NotRational("a differential of a differential needs dual numbers of higher order")
        inner = self._known(e.args[0])
        return Dual(inner.tangent if inner.tangent is not None else inner.known() * 0)

    def _power(self, e: Expr) -> Dual:
        base, exponent = e.args
        k = self.whole_number(exponent)
        if k is None:
            raise NotRational("a power whose exponent is not a whole number")
        if base.op.name in ("normF", "abs") and k % 2 == 0:
            inner = self._known(base.args[0])
            squares = self.ring.entrywise(inner, inner)
            if base.op.name == "normF":
                squares = self.ring.linear(lambda a: a.sum(), squares)
            return self.ring.power(squares, k // 2)
        return self.ring.power(self._known(base), k)

    def _kth_power(self, e: Expr) -> Dual:
        k = self.whole_number(e.args[1])
        if k is None or k < 0:
            raise NotRational("a power whose exponent is not a whole number")
        base = self._known(e.args[0])
        n = self.size(e.shape[0])
        out = self.ring.constant([[int(i == j) for j in range(n)] for i in range(n)])
        for bit in bin(k)[2:]:
            out = self.ring.times(out, out)
            out = self.ring.times(out, base) if bit == "1" else out
        return out

    def whole_number(self, e: Expr, sizes: Mapping[str, int] | None = None) -> int | None:
        """The whole number an exponent or a bound stands for: made of numbers, sizes and names of whole numbers."""
        q = self._rational(e, self.sizes if sizes is None else sizes)
        return int(q) if q is not None and q.denominator == 1 else None

    def _rational(self, e: Expr, sizes: Mapping[str, int]) -> Fraction | None:
        if e.op.name == "number":
            return e.params[0]
        if e.op.name == "dimension":
            return Fraction(e.params[0].value(sizes))
        if e.op.name == "symbol" and e.name in self.whole:
            return Fraction(self.whole[e.name])
        if e.op.name not in ("sum", "product"):
            return None
        parts = [self._rational(a, sizes) for a in e.args]
        known = [q for q in parts if q is not None]
        if len(known) < len(parts):
            return None
        if e.op.name == "sum":
            return sum(known, Fraction(0))
        return reduce(lambda a, b: a * b, known, e.params[0])

    def _index_sum(self, e: Expr) -> Dual:
        first, last = (self.whole_number(a) for a in e.args[:2])
        if first is None or last is None:
            raise NotRational("a sum whose bounds are not whole numbers")
        if last - first > _MOST_TERMS:
            raise NotRational("a sum of very many terms")
        # Inside another sum over the same letter, what is known belongs to the other one.
        again = e.params[0] in self.sizes
        terms = []
        for k in range(first, last + 1):
            inner = Exact(self.ring, self.values, {**self.sizes, e.params[0]: k}, self.whole)
            inner.memo = {} if again else dict(self.memo)
            terms.append(inner(e.args[2]))
        if not terms:
            return self.ring.constant([[0] * self.size(e.shape[1])] * self.size(e.shape[0]))
        return self.ring.add(*terms)


def _logarithm(at: Exact, e: Expr) -> Dual:
    """log u and log |u|: no value, but d log u = du / u, the quotient taken in the field."""
    if at.atoms is not None:
        raise NotRational("the value of a logarithm is not rational, only its differential is")
    ring, inner = at.ring, e.args[0]
    a = at._known(inner.args[0] if inner.op.name == "abs" else inner)
    if e.op.name == "logdet":
        a = ring.det(a)
    elif e.op.name == "log1p":
        a = ring.add(a, Dual(a.known() * 0 + 1))
    inverse = ring.reciprocal(Dual(a.known())).value
    zero = a.known() * 0
    return Dual(None, zero if a.tangent is None else inverse * a.tangent % ring.p)


_READERS: dict[str, Callable[[Exact, Expr], Dual]] = {
    "symbol": Exact._symbol,
    "definition": lambda at, e: at._known(e.args[0]),
    "d": Exact._differential,
    "power": Exact._power,
    "kth_power": Exact._kth_power,
    "indexsum": Exact._index_sum,
    "log": _logarithm,
    "log1p": _logarithm,
    "logdet": _logarithm,
    "dimension": lambda at, e: at.ring.number(e.params[0].value(at.sizes)),
    "number": lambda at, e: at.ring.number(e.params[0]),
    # pi and e satisfy no rational equation with whole coefficients: each is as good as a variable.
    "constant": lambda at, e: at.values[f"the number {e.params[0]}"],
}


def _product(ring: Ring, *args: Any) -> Dual:
    *parts, coefficient = args
    return ring.scaled(reduce(ring.times, parts), coefficient)


def _pinv(ring: Ring, a: Dual) -> Dual:
    """Of full rank, as the record's domain has it: (A'A)⁻¹A' or A'(AA')⁻¹."""
    turned = ring.linear(lambda x: x.T, a)
    if a.shape[0] >= a.shape[1]:
        return ring.solve(ring.times(turned, a), turned)
    right = ring.solve(ring.times(a, turned), a)
    return ring.linear(lambda x: x.T, right)


def _sylvester(ring: Ring, a: Dual, b: Dual, c: Dual) -> Dual:
    """A X + X B = C as (I ⊗ A + B' ⊗ I) vec X = vec C (Higham 2008, sec. B.14)."""
    import numpy as np

    (m, n), kron = c.shape, np.kron
    whole = ring.add(
        ring.linear(lambda x: kron(np.eye(n, dtype=int).astype(object), x), a),
        ring.linear(lambda x: kron(x.T, np.eye(m, dtype=int).astype(object)), b),
    )
    solved = ring.solve(whole, ring.linear(lambda x: x.reshape(-1, 1, order="F"), c))
    return ring.linear(lambda x: x.reshape(m, n, order="F"), solved)


def _lowerhalf(ring: Ring, a: Dual) -> Dual:
    import numpy as np

    twice = ring.linear(lambda x: np.tril(x) + np.tril(x, -1), a)
    return ring.scaled(twice, Fraction(1, 2))


def _prod(ring: Ring, a: Dual) -> Dual:
    cells = [ring.linear(lambda x, i=i, j=j: x[i, j], a) for i in range(a.shape[0]) for j in range(a.shape[1])]
    return reduce(ring.times, cells)


_VALUES: dict[str, Callable[..., Dual]] = {
    "sum": lambda ring, *a: ring.add(*a),
    "product": _product,
    "inverse": lambda ring, a: ring.inverse(a),
    "det": lambda ring, a: ring.det(a),
    "adj": lambda ring, a: ring.characteristic(a)[1],
    "pinv": _pinv,
    "sylvester": _sylvester,
    "prod": _prod,
    "lowerhalf": _lowerhalf,
}
EVALUATED = LINEAR | MULTILINEAR | CONSTANTS | LEAVES | frozenset(_READERS) | frozenset(_VALUES)

__all__ = ["EVALUATED", "NEVER_A_NODE", "NOT_RATIONAL", "Exact", "NotRational", "Undefined"]
