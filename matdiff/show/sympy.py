"""Expressions as SymPy matrix expressions, for people who go on from there.

Here: a table from operations to SymPy's own; what SymPy has no word for is refused.  SymPy is imported when asked for.
Not here: anything that uses SymPy's calculus (its matrix derivatives are not relied on anywhere).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.errors import UnsupportedError

# Functions of a number, applied entry by entry, by their SymPy names.
_FUNCTIONS = {
    name: name
    for name in "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sign erf gamma digamma".split()
} | {"abs": "Abs", "lgamma": "loggamma", "cbrt": "cbrt", "trigamma": "trigamma"}


def to_sympy(root: Expr) -> Any:
    """The expression in SymPy: vectors and matrices are MatrixSymbols, definitions are written out.

    Raises UnsupportedError for an operation SymPy has no counterpart of.
    """
    done: dict[Expr, Any] = {}
    for e in walk(root):
        done[e] = _converted(e, [done[a] for a in e.args])
    return done[root]


def _converted(e: Expr, args: list[Any]) -> Any:
    import sympy

    name = e.op.name
    if name in _FUNCTIONS:
        function = getattr(sympy, _FUNCTIONS[name])
        return function(args[0]) if e.is_scalar else args[0].applyfunc(function)
    convert = _TABLE.get(name)
    if convert is None:
        raise UnsupportedError(f"SymPy has no counterpart of {e.op.text or name}: {e.op.doc}")
    return convert(sympy, e, args)


def size(sympy: Any, d: Dim) -> Any:
    """A size as a polynomial in integer symbols."""
    total = sympy.Integer(0)
    for monomial, c in d.terms:
        term = sympy.Rational(c.numerator, c.denominator)
        for name in monomial:
            term *= sympy.Symbol(name, integer=True, positive=True)
        total += term
    return total


def _symbol(sympy: Any, e: Expr, args: list[Any]) -> Any:
    if e.is_scalar:
        return sympy.Symbol(e.name, real=True)
    return sympy.MatrixSymbol(e.name, size(sympy, e.shape[0]), size(sympy, e.shape[1]))


def _product(sympy: Any, e: Expr, args: list[Any]) -> Any:
    c = [sympy.Rational(e.params[0].numerator, e.params[0].denominator)] if e.params[0] != 1 else []
    scalars = [a for a, given in zip(args, e.args) if given.is_scalar]
    matrices = [a for a, given in zip(args, e.args) if not given.is_scalar]
    if not matrices:
        return sympy.Mul(*c, *scalars)
    product = sympy.MatMul(*matrices)
    if e.is_scalar:
        # A 1x1 matrix expression stands for its only entry.
        return sympy.Mul(*c, *scalars, sympy.Trace(product))
    return sympy.MatMul(*c, *scalars, *matrices)


def _sum(sympy: Any, e: Expr, args: list[Any]) -> Any:
    return sympy.Add(*args) if e.is_scalar else sympy.MatAdd(*args)


def _power(sympy: Any, e: Expr, args: list[Any]) -> Any:
    base, exponent = args
    if e.is_scalar:
        return base**exponent
    if not e.args[1].is_scalar:
        raise UnsupportedError("SymPy has no entry-by-entry power with a matrix of exponents")
    t = sympy.Dummy("t")
    return base.applyfunc(sympy.Lambda(t, t**exponent))


def _hadamard(sympy: Any, e: Expr, args: list[Any]) -> Any:
    return sympy.HadamardProduct(*args)


_TABLE: dict[str, Callable[[Any, Expr, list[Any]], Any]] = {
    "symbol": _symbol,
    "definition": lambda s, e, a: a[0],
    "number": lambda s, e, a: s.Rational(e.params[0].numerator, e.params[0].denominator),
    "dimension": lambda s, e, a: size(s, e.params[0]),
    "constant": lambda s, e, a: s.pi if e.params[0] == "pi" else s.E,
    "identity": lambda s, e, a: s.Identity(size(s, e.params[0])),
    "zeros": lambda s, e, a: s.ZeroMatrix(size(s, e.params[0]), size(s, e.params[1])),
    "ones": lambda s, e, a: s.OneMatrix(size(s, e.params[0]), size(s, e.params[1])),
    "sum": _sum,
    "product": _product,
    "transpose": lambda s, e, a: s.Transpose(a[0]),
    "inverse": lambda s, e, a: s.Inverse(a[0]),
    "power": _power,
    "trace": lambda s, e, a: s.Trace(a[0]),
    "det": lambda s, e, a: s.Determinant(a[0]),
    "logdet": lambda s, e, a: s.log(s.Abs(s.Determinant(a[0]))),
    "frobenius": lambda s, e, a: s.Trace(s.MatMul(s.Transpose(a[0]), a[1])),
    "hadamard": _hadamard,
    "kronecker": lambda s, e, a: s.KroneckerProduct(*a),
    "Diag": lambda s, e, a: s.DiagMatrix(a[0]),
    "diag": lambda s, e, a: s.DiagonalMatrix(a[0]) * s.OneMatrix(size(s, e.shape[0]), 1),
    "normF": lambda s, e, a: s.sqrt(s.Trace(s.MatMul(s.Transpose(a[0]), a[0]))),
    "entrysum": lambda s, e, a: s.Trace(
        s.MatMul(a[0], s.OneMatrix(size(s, e.args[0].shape[1]), size(s, e.args[0].shape[0])))
    ),
}
