"""Two texts read as the two sides of one equation: one set of names, kinds and sizes, one space.

Here: which statement of each text is its side, and sizes that are settled by the two sides having one shape (the `I` of
`A inv(A)` against `I`).  Declarations and definitions of either text serve both; what both say alike is said once.  Not
here: whether the sides are equal (`matdiff.equality`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matdiff.core.expr import Expr, Space, walk
from matdiff.core.facts import closure
from matdiff.dimensions import Shape, shape_text
from matdiff.errors import DeclarationError, MatdiffError, ParseError
from matdiff.language import declarations, user_functions
from matdiff.language.elaborate import build, refuse_unsettled
from matdiff.language.kinds import Definition, Inference, infer
from matdiff.language.names import pretty
from matdiff.language.pairing import Vocabulary
from matdiff.language.problem import Collected, Problem, dimension_names, shared_sources
from matdiff.language.statements import Statement, statements_of
from matdiff.language.surface import Surface
from matdiff.operations.registry import new_space

# Names nobody can type.
_SIDES = ("?left", "?right")
_GAP = "?gap"


@dataclass
class Sides:
    """Both sides, in the space of `problem` (whose function is the left one)."""

    problem: Problem
    left: Expr
    right: Expr

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        return self.left.shape, self.right.shape


def parse_sides(
    left: str | Expr,
    right: str | Expr,
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
) -> Sides:
    """Read two sides; a side may be an expression, whose names the other may use.

    Raises ParseError, DeclarationError or ShapeError with a caret under the place; two sides of different shapes are
    no error.
    """
    given = [side for side in (left, right) if isinstance(side, Expr)]
    space = given[0].space if given else new_space()
    left, right = (_carried(side, space) if isinstance(side, Expr) else side for side in (left, right))
    lent = _lent([side for side in (left, right) if isinstance(side, Expr)])
    collected = _Shared(set(space.functions))
    for source in shared_sources(declare, let):
        for statement, line in statements_of(_text(source)):
            if statement.kind == "expression":
                raise ParseError("a declaration is expected here", text=line, span=statement.span)
            collected.add(statement, line)
    bodies = []
    for name, side in zip(_SIDES, (left, right)):
        if isinstance(side, Expr):
            lent[name] = side
        else:
            bodies.append((name, *collected.side(_text(side))))
    collected.lent = frozenset(lent)
    vocabulary = collected.vocabulary_with(lent)
    parsed = [
        *(Definition(n, collected.body(s, t, vocabulary), t) for n, (s, t) in collected.statements.items()),
        *(Definition(name, collected.body(statement, text, vocabulary), text) for name, statement, text in bodies),
    ]
    return _elaborated(collected, _inferred(collected, parsed, lent), lent, space)


def _text(side: object) -> str:
    if not isinstance(side, str):
        raise ParseError(f"a side is text or an expression, not {type(side).__name__}", suggestion='"x\'A x"')
    return side


def _carried(e: Expr, space: Space) -> Expr:
    """The same expression in another space."""
    if e.space is space:
        return e
    new: dict[Expr, Expr] = {}
    for part in walk(e):
        args = tuple(new[a] for a in part.args)
        if part.op.name == "definition":
            new[part] = space.define(part.name, args[0], part.params[1])
        elif part.op.name == "symbol":
            new[part] = space.symbol(part.name, part.shape, *part.params[1:])
        else:
            new[part] = space.apply(part.op.name, *args, params=part.params)
    return new[e]


def _lent(sides: list[Expr]) -> dict[str, Expr]:
    """The names of expressions that were given, for the other side to use."""
    found: dict[str, Expr] = {}
    for e in walk(*sides):
        if e.op.name in ("symbol", "definition") and found.setdefault(e.name, e) is not e and e.op.name == "symbol":
            shapes = f"{shape_text(found[e.name].shape)} on the left and {shape_text(e.shape)} on the right"
            raise DeclarationError(f"{pretty(e.name)} is not the same on both sides: {shapes}")
    return found


class _Shared(Collected):
    """The statements of both sides; `functions` are those the given expressions use."""

    def __init__(self, functions: set[str]) -> None:
        super().__init__(None)
        self._lent_functions = functions

    @property
    def functions(self) -> set[str]:
        return super().functions | self._lent_functions

    def side(self, text: str) -> tuple[Statement, str]:
        """Add a text's declarations and definitions; the statement that is its function, and its text."""
        function: tuple[Statement, str] | None = None
        last: tuple[Statement, str] | None = None
        for statement, line in statements_of(text):
            if statement.kind == "expression":
                if function is not None and function[0].kind == "expression":
                    raise ParseError("two candidates for the side", text=line, span=statement.span)
                function = statement, line
            elif statement.kind in ("definition", "function") and statement.names[0] == "f":
                function = function or (statement, line)
            else:
                self.add(statement, line)
                last = (statement, line) if statement.kind == "definition" else last
        found = function or last
        if found is None:
            raise ParseError("there is no expression to compare", text=text, span=(0, len(text)), suggestion="x'A x")
        return found

    def add(self, statement: Statement, text: str) -> None:
        """What was said before in the same words is not said twice."""
        if statement.kind == "declaration":
            for d in declarations.read(statement, text):
                before = self.declared.get(d.name)
                if before is None or (before.kind, before.sizes, before.properties) != (d.kind, d.sizes, d.properties):
                    self._once(d.name, before is not None, d.span, text, "declared")
                    self.declared[d.name] = d
            return
        name = statement.names[0] if statement.names else ""
        known = self.statements.get(name) or self.own.get(name)
        if known is None or _words(known[0]) != _words(statement):
            super().add(statement, text)

    def vocabulary_with(self, lent: Mapping[str, Expr]) -> Vocabulary:
        """Which names are taken, those of given expressions included."""
        own, taken = self.vocabulary, {*lent, *dimension_names(lent)}
        return replace(own, declared=lambda name: name in taken or own.declared(name))


def _words(statement: Statement) -> list[tuple[str, str]]:
    return [(w.kind, w.text) for w in statement.words]


def _inferred(collected: Collected, parsed: list[Definition], lent: dict[str, Expr]) -> Inference:
    """With the two sides of one shape if that can be, else each for itself."""
    sides = tuple(Surface("name", (), name, (0, 0)) for name in _SIDES)
    gap = Definition(_GAP, Surface("subtract", sides, "", (0, 0)), "")
    sizes = {*collected.size_names, *dimension_names(lent)}
    try:
        return infer(collected.declared, [*parsed, gap], lent, sizes, collected.functions)
    except MatdiffError:
        return infer(collected.declared, parsed, lent, sizes, collected.functions)


def _elaborated(collected: Collected, inference: Inference, lent: dict[str, Expr], space: Space) -> Sides:
    names: dict[str, Expr] = dict(lent)
    variables = {n: e for n, e in lent.items() if e.op.name == "symbol" and n not in _SIDES}
    definitions = {n: e for n, e in lent.items() if e.op.name == "definition" and n not in _SIDES}
    unknown = [n for n, d in collected.declared.items() if d.kind == "function"]
    user_functions.define(space, collected.own.values(), unknown)
    resolve = inference.solver.resolve
    for entry in inference.variables:
        rows, cols = map(resolve, entry.shape)
        symbol = space.symbol(entry.name, (rows, cols), entry.kind, entry.properties)
        variables[entry.name] = names[entry.name] = symbol
    for definition, typed in inference.typed:
        if definition.name == _GAP:
            continue
        refuse_unsettled(typed, inference.solver, definition.text)
        body = build(typed, space, names, resolve, definition.text)
        if definition.name not in _SIDES:
            words = collected.declared[definition.name].properties if definition.name in collected.declared else ()
            body = definitions[definition.name] = space.define(definition.name, body, closure(words))
        names[definition.name] = body
    left, right = (names[name] for name in _SIDES)
    asserted = {n: d.properties for n, d in collected.declared.items() if n in definitions and d.properties}
    problem = Problem(
        space, "", variables, definitions, dimension_names(variables, definitions), left, "f", [],
        inference.assumptions, [*collected.notes, *inference.notes], "", asserted,
    )  # fmt: skip
    return Sides(problem, left, right)
