"""Problem text to a `Problem`: declarations, definitions and the function, elaborated in one space.

Here: which statement is what, the order of definitions, and what the answer says about how the text was read.
Kinds of undeclared names are chosen in `kinds`.  Not here: anything about derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matdiff.core.expr import Expr, Space, walk
from matdiff.core.facts import closure
from matdiff.dimensions import Dim
from matdiff.errors import DeclarationError, MatdiffError, ParseError, UnsupportedError
from matdiff.language import calls, declarations, pairing, reading, syntax, user_functions
from matdiff.language.declarations import Declaration
from matdiff.language.elaborate import build, refuse_unsettled
from matdiff.language.kinds import Definition, Inference, infer
from matdiff.language.lexical import Word
from matdiff.language.names import canonical, pretty
from matdiff.language.statements import Statement, statements_of
from matdiff.language.surface import Surface
from matdiff.operations.registry import called_names, new_space


@dataclass
class Problem:
    """A problem as read.  `variables` and `definitions` are in the order of the text."""

    space: Space
    text: str
    variables: dict[str, Expr]
    definitions: dict[str, Expr]
    dimensions: list[str]
    function: Expr
    function_name: str
    default_wrt: list[str]
    # properties the user asserts of defined names, and sizes that were guessed
    assumptions: list[str]
    # how undeclared names and ambiguous notation were read
    readings: list[str]
    read_as: str
    # property words the user asserts of defined names, for those who check them
    asserted: dict[str, frozenset[str]] = field(default_factory=dict)


def parse_problem(
    text: str,
    *,
    declare: Mapping[str, str] | str | None = None,
    let: Mapping[str, str] | None = None,
    like: Problem | None = None,
) -> Problem:
    """Read a problem.  `declare` and `let` add statements; `like` lends its space, variables and definitions."""
    sources = [*shared_sources(declare, let), text]
    for source in sources:
        if not isinstance(source, str):
            raise ParseError(f"a problem is text, not {type(source).__name__}", suggestion='"x\'A x"')
    collected = Collected(like)
    for source in sources:
        for statement, line in statements_of(source):
            collected.add(statement, line)
    collected.choose_function(text)
    functions = collected.functions
    inference = infer(collected.declared, collected.parsed(), like_entries(like), collected.size_names, functions)
    return _elaborated(text, collected, inference, like)


def like_entries(like: Problem | None) -> dict[str, Expr]:
    """The names another problem lends."""
    return {} if like is None else {**like.variables, **like.definitions}


def shared_sources(declare: Mapping[str, str] | str | None, let: Mapping[str, str] | None) -> list[str]:
    """`declare=` and `let=` as texts."""
    for given in (declare if not isinstance(declare, str) else None, let):
        if given is not None and not isinstance(given, Mapping):
            raise DeclarationError(
                "declare= and let= are mappings from names to text", suggestion='declare={"A": "matrix(n, n)"}'
            )
    declared = [declare] if isinstance(declare, str) else [f"{n} : {d}" for n, d in (declare or {}).items()]
    return [*declared, *(f"{n} = {e}" for n, e in (let or {}).items())]


class Collected:
    """The statements of a problem by what they are."""

    def __init__(self, like: Problem | None) -> None:
        self.like = like
        self.declared: dict[str, Declaration] = {}
        self.statements: dict[str, tuple[Statement, str]] = {}  # definitions by name
        self.own: dict[str, tuple[Statement, str]] = {}  # g(t) = …, by name
        self.nameless: list[tuple[Statement, str]] = []
        self.wrt: list[str] = []
        self.function_name = ""
        self.lent: frozenset[str] = frozenset()  # further names that may be used
        self.notes: list[str] = []  # how ambiguous notation was read

    def add(self, statement: Statement, text: str) -> None:
        if statement.kind == "declaration":
            for d in declarations.read(statement, text):
                self._once(d.name, d.name in self.declared, d.span, text, "declared")
                self.declared[d.name] = d
        elif statement.kind == "expression":
            self.nameless.append((statement, text))
        else:
            name = statement.names[0]
            word = statement.words[0]
            self._once(name, name in self.statements, (word.start, word.end), text, "defined")
            if statement.kind == "function" and name != "f":
                self._own_function(statement, text)
                return
            if statement.kind == "function":
                self.wrt = [w.text for w in statement.words[2:] if w.kind == "NAME"][: _arguments(statement)]
            self.statements[name] = (statement, text)

    def _once(self, name: str, again: bool, span: tuple[int, int], text: str, what: str) -> None:
        if again and name == "f" and what == "defined":
            raise ParseError("two candidates for the function f", text=text, span=span)
        if again:
            raise DeclarationError(f"{pretty(name)} is {what} twice", text=text, span=span)

    def _own_function(self, statement: Statement, text: str) -> None:
        name = statement.names[0]
        if _arguments(statement) != 1:
            raise UnsupportedError(
                f"a function of one's own takes one number, but {pretty(name)} has several arguments", text=text,
                span=statement.span, suggestion="write the expression out, or call the function f",
            )  # fmt: skip
        if name in self.own or name in self.declared or name in self.statements:
            raise DeclarationError(f"{pretty(name)} is defined twice", text=text, span=statement.span)
        self.own[name] = (statement, text)

    @property
    def functions(self) -> set[str]:
        """Functions of the user's own, also those another problem lends."""
        unknown = {n for n, d in self.declared.items() if d.kind == "function"}
        return unknown | set(self.own) | set(self.like.space.functions if self.like else ())

    def choose_function(self, text: str) -> None:
        """The line without a name; else f; else the last definition, of those that no other uses."""
        if self.nameless:
            self._no_second_candidate()
            return
        if not self.statements:
            raise ParseError("there is no function to read", text=text, span=(0, len(text)), suggestion="x'A x")
        names = list(self.statements)
        used = {w.text for s, _ in self.statements.values() for w in s.words[1:] if w.kind == "NAME"}
        unused = [name for name in names if name not in used]
        self.function_name = "f" if "f" in names else (unused or names)[-1]

    def _no_second_candidate(self) -> None:
        """A line without a name and an `f = …` that nothing uses are two candidates."""
        if "f" not in self.statements:
            return
        lines = [*self.statements.values(), *self.nameless]
        uses = sum(1 for s, _ in lines for w in s.words if w.kind == "NAME" and w.text == "f")
        if uses == 1:
            statement, text = self.statements["f"]
            raise ParseError(
                "two candidates for the function: the line `f = …` and the line without a name", text=text,
                span=statement.span, suggestion="leave one of them out",
            )  # fmt: skip

    @property
    def size_names(self) -> set[str]:
        names = {n for d in self.declared.values() if d.sizes for dim in d.sizes for n in dim.names}
        return names | set(self.like.dimensions if self.like else ())

    @property
    def vocabulary(self) -> pairing.Vocabulary:
        lent = like_entries(self.like)
        taken = {*self.declared, *self.statements, *lent} | self.size_names
        return pairing.Vocabulary(taken.__contains__, calls.known, called_names(), frozenset(self.functions))

    def body(self, statement: Statement, text: str, vocabulary: pairing.Vocabulary) -> Surface:
        """The surface tree of a statement, in either language."""
        if not statement.is_latex:
            return parse_body(statement, text, vocabulary)
        from matdiff.language.latex_problem import LatexStatement

        assert isinstance(statement, LatexStatement)
        declared = frozenset({*self.declared, *self.statements, *like_entries(self.like), *self.lent} - self.functions)
        surface, notes = statement.surface(text, declared, self.size_names, self.functions)
        self.notes += [note for note in notes if note not in self.notes]
        return surface

    def parsed(self) -> list[Definition]:
        """Surface trees of all definitions, and of the function line with the name ""."""
        vocabulary = self.vocabulary
        out = []
        for name, (statement, text) in self.statements.items():
            out.append(Definition(name, self.body(statement, text, vocabulary), text))
        for statement, text in self.nameless:
            out.append(Definition("", self.body(statement, text, vocabulary), text))
        if len(self.nameless) > 1:
            # Only now: a misspelt declaration has met its own error while it was parsed.
            statement, text = self.nameless[1]
            raise ParseError(
                "two candidates for the function", text=text, span=statement.span,
                suggestion="name all but one of them, `g = …`",
            )  # fmt: skip
        return out


def _arguments(statement: Statement) -> int:
    closing = next(k for k, w in enumerate(statement.words) if w.kind == ")")
    return sum(1 for w in statement.words[2:closing] if w.kind == "NAME")


def parse_body(statement: Statement, text: str, vocabulary: pairing.Vocabulary) -> Surface:
    """The surface tree of an expression, or of what stands after the `=` of a definition."""
    words: Sequence[Word] = statement.words
    if statement.kind in ("definition", "function"):
        words = words[next(k for k, w in enumerate(words) if w.kind == "=") + 1 :]
    if not words:
        raise ParseError("nothing stands after `=`", text=text, span=statement.span)
    return syntax.parse(pairing.pair(words, text, vocabulary), "expression", text)


# ---------------------------------------------------------------- elaboration


def _elaborated(text: str, collected: Collected, inference: Inference, like: Problem | None) -> Problem:
    space = like.space if like else new_space()
    names: dict[str, Expr] = like_entries(like)
    variables: dict[str, Expr] = dict(like.variables) if like else {}
    defined: dict[str, Expr] = dict(like.definitions) if like else {}
    unknown = [n for n, d in collected.declared.items() if d.kind == "function"]
    user_functions.define(space, collected.own.values(), unknown)
    resolve = inference.solver.resolve
    for entry in inference.variables:
        rows, cols = map(resolve, entry.shape)
        variables[entry.name] = names[entry.name] = space.symbol(entry.name, (rows, cols), entry.kind, entry.properties)
    bodies: dict[str, Expr] = {}
    for definition, typed in inference.typed:
        refuse_unsettled(typed, inference.solver, definition.text)
        bodies[definition.name] = build(typed, space, names, resolve, definition.text)
        if definition.name and definition.name != collected.function_name:
            words = closure(_asserted(collected, definition.name))
            names[definition.name] = space.define(definition.name, bodies[definition.name], words)
            defined[definition.name] = names[definition.name]
        elif definition.name:
            names[definition.name] = bodies[definition.name]  # a definition may use the function
    _check_wrt(collected.wrt, variables, collected)
    asserted = {n: d.properties for n, d in collected.declared.items() if n in collected.statements and d.properties}
    assumptions = [f"{pretty(n)} is {', '.join(sorted(words))}" for n, words in asserted.items()]
    problem = Problem(
        space, text, variables, defined, dimension_names(variables, defined, bodies), bodies[collected.function_name],
        collected.function_name or "f", collected.wrt, [*assumptions, *inference.assumptions],
        [*collected.notes, *inference.notes], "", asserted,
    )  # fmt: skip
    typed_function = next(t for d, t in inference.typed if d.name == collected.function_name)
    problem.read_as = reading.read_as(problem, typed_function, inference)
    return problem


def _asserted(collected: Collected, name: str) -> frozenset[str]:
    """The properties declared for a defined name."""
    return frozenset(collected.declared[name].properties) if name in collected.declared else frozenset()


def _check_wrt(wrt: list[str], variables: Mapping[str, Expr], collected: Collected) -> None:
    for name in wrt:
        if name not in variables and name not in collected.statements:
            statement, text = collected.statements[collected.function_name]
            raise DeclarationError(
                f"the function does not use its argument {pretty(name)}", text=text, span=statement.span
            )


def dimension_names(*tables: Mapping[str, Expr]) -> list[str]:
    """The names of sizes, in the order in which they come; indices of sums are bound and do not count."""
    found: dict[str, None] = {}
    bound: set[str] = set()
    for e in walk(*(e for table in tables for e in table.values())):
        bound |= {e.params[0]} if e.op.name == "indexsum" else set()
        for dim in (*e.shape, *(p for p in e.params if isinstance(p, Dim))):
            for name in sorted(dim.names):
                found.setdefault(name)
    return [name for name in found if name not in bound]


__all__ = ["Dim", "MatdiffError", "Problem", "canonical", "parse_problem"]
