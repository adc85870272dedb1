"""Expressions as SymPy matrix expressions, for people who go on from there; expressions in numbers also back.

Here: tables from operations to SymPy's own and back; what has no word is refused.  SymPy is imported when asked for.
Not here: anything that uses SymPy's calculus (its matrix derivatives are not relied on anywhere).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
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


def _of_entries(sympy: Any, x: Any, e: Expr, function: Callable[[Any], Any]) -> Any:
    if e.is_scalar:
        return function(x)
    t = sympy.Dummy("t", real=True)
    return x.applyfunc(sympy.Lambda(t, function(t)))


def _applied(sympy: Any, e: Expr, t: Any) -> Any:
    function, k = e.params
    if function.is_known:
        return to_sympy(function.body(k)).subs(to_sympy(function.argument), t)
    unknown = sympy.Function(function.name)
    if not k:
        return unknown(t)
    dummy = sympy.Dummy("t", real=True)
    return sympy.Subs(sympy.Derivative(unknown(dummy), (dummy, k)), dummy, t)


_TABLE: dict[str, Callable[[Any, Expr, list[Any]], Any]] = {
    "symbol": _symbol,
    "definition": lambda s, e, a: a[0],
    "number": lambda s, e, a: s.Rational(e.params[0].numerator, e.params[0].denominator),
    "dimension": lambda s, e, a: size(s, e.params[0]),
    "constant": lambda s, e, a: s.pi if e.params[0] == "pi" else s.E,
    "identity": lambda s, e, a: s.Identity(size(s, e.params[0])),
    "sigmoid": lambda s, e, a: _of_entries(s, a[0], e, lambda t: 1 / (1 + s.exp(-t))),
    "softplus": lambda s, e, a: _of_entries(s, a[0], e, lambda t: s.log(1 + s.exp(t))),
    "log1p": lambda s, e, a: _of_entries(s, a[0], e, lambda t: s.log(1 + t)),
    "expm1": lambda s, e, a: _of_entries(s, a[0], e, lambda t: s.exp(t) - 1),
    "normcdf": lambda s, e, a: _of_entries(s, a[0], e, lambda t: (1 + s.erf(t / s.sqrt(2))) / 2),
    "applied": lambda s, e, a: _of_entries(s, a[0], e, lambda t: _applied(s, e, t)),
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


# ------------------------------------------------------------------- back


def from_sympy(tree: Any, argument: Expr) -> Expr:
    """A SymPy expression in one real symbol as an expression in `argument`.

    Raises UnsupportedError for what the language has no word for, such as a piecewise function.
    """
    import sympy

    space = argument.space
    done: dict[Any, Expr] = {}
    for part in sympy.postorder_traversal(tree):
        if part not in done:
            done[part] = _back(sympy, part, [done[a] for a in part.args], argument)
    return done[tree] if tree in done else space.number(0)


_BACK = {sympy_name: name for name, sympy_name in _FUNCTIONS.items()}


def _back(sympy: Any, part: Any, args: list[Expr], argument: Expr) -> Expr:
    space = argument.space
    if part.is_Symbol:
        return argument
    if part.is_Rational:
        return space.number(Fraction(int(part.p), int(part.q)))
    if part in (sympy.pi, sympy.E):
        return space.apply("constant", params=("pi" if part is sympy.pi else "e",))
    if part.is_Add:
        return space.apply("sum", *args)
    if part.is_Mul:
        return space.apply("product", *args)
    if part.is_Pow:
        return space.apply("exp", args[1]) if part.base is sympy.E else space.apply("power", *args)
    name = _BACK.get(type(part).__name__)
    if name is None:
        raise UnsupportedError(f"the derivative needs {type(part).__name__}, which has no name here")
    return space.apply(name, *args)
