"""Typed tree to `Expr`, through the space's gateway only.

Here: building, once all kinds and sizes are known; and `parse_expression`, for texts whose names all exist already
(rules, lines of derivations).  Not here: whole problems (`problem`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matdiff.core.expr import Expr, Space
from matdiff.dimensions import Dim
from matdiff.errors import MatdiffError, ParseError, ShapeError
from matdiff.language import calls, lexical, pairing, statements, syntax
from matdiff.language.infer import Solver
from matdiff.language.meaning import Reader
from matdiff.language.reader import Typed
from matdiff.language.scope import Names, Scope
from matdiff.language.surface import Surface
from matdiff.operations.registry import called_names


def build(root: Typed, space: Space, names: Mapping[str, Expr], resolve: Callable[[Dim], Dim], text: str) -> Expr:
    """The expression of a typed tree; errors of the constructors get their place."""
    done: list[Expr] = []
    stack: list[tuple[Typed, bool]] = [(root, False)]
    while stack:
        t, ready = stack.pop()
        if not ready and t.args:
            stack.append((t, True))
            stack.extend((a, False) for a in reversed(t.args))
            continue
        n = len(t.args)
        args = done[len(done) - n :] if n else []
        del done[len(done) - n :]
        try:
            done.append(_built(t, args, space, names, resolve))
        except MatdiffError as error:
            raise error.locate(text, t.span) from None
    return done[0]


def _built(t: Typed, args: list[Expr], space: Space, names: Mapping[str, Expr], resolve: Callable[[Dim], Dim]) -> Expr:
    if t.op == "name":
        return names[t.params[0]]
    if t.op == "group":
        return args[0]
    if t.op == "number":
        value, *typed = t.params
        if typed and not typed[0].isdigit() and "/" not in typed[0]:
            space.spelling.setdefault(value, typed[0])
        return space.number(value)
    params = tuple(resolve(p) if isinstance(p, Dim) else p for p in t.params)
    return space.apply(t.op, *args, params=params)


# ---------------------------------------------------------------- single expressions


def parse_expression(text: str, scope: Scope) -> Expr:
    """The expression `text` stands for, its names being those of the scope."""
    return elaborate(read_surface(text, scope), text, scope)


def read_surface(text: str, scope: Scope) -> Surface:
    """The surface tree of one expression."""
    parts = statements.split(lexical.scan(text), text)
    if len(parts) != 1 or parts[0].kind not in ("expression", "declaration"):
        span = parts[1].span if len(parts) > 1 else (0, len(text))
        raise ParseError("one expression is expected here", text=text, span=span)
    words = pairing.pair(parts[0].words, text, vocabulary(scope))
    return syntax.parse(words, "expression", text)


def vocabulary(scope: Scope) -> pairing.Vocabulary:
    """Which names are taken in a scope."""

    def declared(name: str) -> bool:
        moves = scope.differentials and name.startswith("d") and name[1:] in scope.names
        return name in scope.names or name in scope.dims or moves

    functions = frozenset(scope.space.functions)
    return pairing.Vocabulary(declared, calls.known, called_names(), functions, scope.differentials)


def elaborate(root: Surface, text: str, scope: Scope) -> Expr:
    """The expression of a surface tree whose names are those of the scope."""
    solver = Solver()
    names = Names(solver, differentials=scope.differentials)
    names.closed = True
    names.dims = set(scope.dims)
    names.functions = set(scope.space.functions)
    for name, expr in scope.names.items():
        names.declare(name, expr.params[1] if expr.is_a("symbol") else "matrix", expr.shape)
    typed = Reader(text, names).read(root)
    solver.settle()
    refuse_unsettled(typed, solver, text)
    return build(typed, scope.space, scope.names, solver.resolve, text)


def refuse_unsettled(root: Typed, solver: Solver, text: str) -> None:
    """I, vector(s) and matrix(s) need a size from somewhere."""
    stack = [root]
    while stack:
        t = stack.pop()
        stack.extend(t.args)
        if t.op in ("identity", "ones", "unit") and any(_is_unsettled(p, solver) for p in t.params):
            what = "I" if t.op == "identity" else "this constant"
            suggestion = {"identity": "I_p, with p the size", "unit": "e(i, n) with its size"}.get(
                t.op, "ones(m, n) with its sizes"
            )
            raise ShapeError(f"nothing here settles the size of {what}", text=text, span=t.span, suggestion=suggestion)


def _is_unsettled(size: Dim, solver: Solver) -> bool:
    return any(name in solver.borrowed for name in solver.resolve(size).names)
