"""Functions of one's own: reading `g(t) = t log(1 + t^2)` and differentiating it with SymPy.

Not here: what such a function is (`operations.user_functions`).
"""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.core.expr import Expr, Space
from matdiff.dimensions import SCALAR
from matdiff.errors import DeclarationError, MatdiffError
from matdiff.language import calls, pairing, syntax
from matdiff.language.elaborate import elaborate
from matdiff.language.names import pretty
from matdiff.language.scope import Scope
from matdiff.language.statements import Statement
from matdiff.operations.registry import called_names
from matdiff.operations.user_functions import Function


def define(space: Space, statements: Iterable[tuple[Statement, str]], unknown: Iterable[str]) -> None:
    """Make the functions known to the space: those declared unknown, then the defined ones in the order of the text."""
    for name in unknown:
        space.functions[name] = Function(name)
    for statement, text in statements:
        space.functions[statement.names[0]] = _read(space, statement, text)


def _read(space: Space, statement: Statement, text: str) -> Function:
    name, words = statement.names[0], statement.words
    argument = words[2].text
    t = space.symbol(argument, SCALAR, "scalar")
    vocabulary = pairing.Vocabulary({argument}.__contains__, calls.known, called_names(), frozenset(space.functions))
    surface = syntax.parse(pairing.pair(words[5:], text, vocabulary), "expression", text)
    try:
        body = elaborate(surface, text, Scope(space, {argument: t}))
    except DeclarationError as error:
        error.suggestion = (
            f"{pretty(name)}(…) may use {pretty(argument)}, numbers and functions; write it out otherwise"
        )
        raise
    if not body.is_scalar:
        raise DeclarationError(f"{pretty(name)}({argument}) is not a number", text=text, span=statement.span)
    return Function(name, t, body, derivative)


def derivative(body: Expr, t: Expr) -> Expr:
    """The derivative of an expression in one number, by SymPy, in the shorter of two forms.

    Raises UnsupportedError where SymPy has no word for something in it.
    """
    import sympy

    from matdiff.language.sympy import from_sympy, to_sympy

    of = to_sympy(body)
    plain = sympy.diff(of, to_sympy(t))
    short = sympy.simplify(plain) if sympy.count_ops(plain) < 60 else plain
    best = min((plain, short), key=sympy.count_ops)
    try:
        return from_sympy(best, t)
    except MatdiffError:
        return from_sympy(plain, t)
