"""The lines of somebody's derivation as expressions.

Here: which notation a line is in, its sides with sizes settled by what stands on the other side, names that a line
introduces.  Not here: whether anything is true (`judge`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Shape
from matdiff.errors import MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.language import latex, lexical, pairing, syntax
from matdiff.language.elaborate import build, refuse_unsettled, vocabulary
from matdiff.language.infer import Solver
from matdiff.language.lexical import Word
from matdiff.language.meaning import Reader
from matdiff.language.names import canonical
from matdiff.language.problem import Problem
from matdiff.language.reader import Typed
from matdiff.language.scope import Names, Scope
from matdiff.language.surface import Surface
from matdiff.language.surface import walk as surfaces

# Arrows that lead from one line to the next say nothing else.
_LEADS = re.compile(
    r"^\s*(?:(?:\\(?:implies|Rightarrow|Longrightarrow|therefore|iff|Leftrightarrow)(?![A-Za-z])|[⇒⟹∴⇔])[\s,:]*)+"
)
# "trace of X" is tr X.
_SPOKEN = re.compile(r"\b([Tt]race|[Dd]eterminant|det) of\b")
_LOWERED = re.compile(r"(∇|\\nabla)\s*([A-Za-z])(?=\s*[(\[])")
_PRIMED = re.compile(r"(?<![A-Za-z\\])([A-Za-z])(?:'+|\^\\prime|\^\{\\prime\})\s*(?:\\left)?\(")
# A name of its own on the left: `W = ...`, `let W = ...`, `W := ...`.
_INTRODUCES = re.compile(r"^\s*(?:let\s+|set\s+|with\s+|where\s+)?\\?([A-Za-z]\w*)\s*:?=(?!=)")


@dataclass(frozen=True)
class Side:
    """One side of an equation.  `expr` is None where its own sizes do not fit, as `error` says; `zero`: a bare 0."""

    expr: Expr | None
    error: MatdiffError | None = None
    zero: bool = False
    surface: Surface | None = None


@dataclass
class Read:
    """A line: its sides, whether it continues the line before, definitions beside it.  `error`: it is unreadable."""

    text: str
    sides: list[Side] = field(default_factory=list)
    continues: bool = False
    asides: list[list[Side]] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    error: MatdiffError | None = None
    # the name this line introduces
    introduced: str = ""
    # of an unreadable line, its last side, if that can be read
    tail: Side | None = None


class LineReader:
    """Reads lines one after another: a name introduced by a line is known to those after it."""

    def __init__(
        self, problem: Problem, spellings: Mapping[str, str], wrt: Sequence[str] | None, in_latex: bool
    ) -> None:
        self.problem = problem
        # a line without a backslash among lines of LaTeX is LaTeX too
        self.in_latex = in_latex
        # what ∇f without a subscript is taken in
        self.wrt = wrt
        self.space = problem.space
        self.names: dict[str, Expr] = {**problem.variables, **problem.definitions}
        self.spellings = {spelled: canonical(name) for spelled, name in spellings.items()}

    def read(self, text: str, previous: Shape | None) -> Read:
        """The line; `previous` is the shape of what a `= ...` continues."""
        text = _LEADS.sub(lambda found: " " * len(found.group()), text)
        text = _SPOKEN.sub(lambda found: found.group(1) + "   ", text)
        text = _LOWERED.sub(self._lowered, text)
        try:
            return self._read(text, previous)
        except MatdiffError as error:
            found = self._introducing(text)
            return found or Read(text, error=error.locate(text, error.span or (0, len(text))), tail=self._tail(text))

    def _lowered(self, found: re.Match[str]) -> str:
        """∇A (...) as it is pasted from a page, where A is what moves: the subscript has lost its place."""
        name = found.group(2)
        return f"{found.group(1)}_{name}" if self.wrt and name in self.wrt else found.group()

    def _read(self, text: str, previous: Shape | None) -> Read:
        """In the first notation in which everything fits, else in the first that reads at all."""
        self._refuse_primed(text)
        best: Read | None = None
        first: MatdiffError | None = None
        for notation in self._notations(text):
            try:
                line = notation(text)
                read = Read(text, continues=line.continues, notes=line.notes)
                read.sides = self._sides(line.sides, text, previous if line.continues else None)
                read.asides = [self._sides(aside, text, None) for aside in line.asides]
            except MatdiffError as error:
                first = first or error
                continue
            if all(s.expr is not None or s.zero for part in (read.sides, *read.asides) for s in part):
                return read
            best = best or read
        if best is None:
            raise first or ParseError("this cannot be read", text=text, span=(0, len(text)))
        return best

    def _refuse_primed(self, text: str) -> None:
        """f'(x) of a number f is the derivative of a function to who writes it, and a product to who reads it."""
        for found in _PRIMED.finditer(text):
            letter = self.names.get(self.spellings.get(found.group(1), found.group(1)))
            if letter is not None and letter.is_scalar:
                shown = f"{found.group(1)}'(…)"
                raise UnsupportedError(
                    f"{shown} of the number {found.group(1)}", text=text, span=found.span(), suggestion="∂f/∂x"
                )

    def _tail(self, text: str) -> Side | None:
        """The last side of a line that cannot be read as a whole: the next `= ...` continues just that."""
        before, sign, last = text.rpartition("=")
        if not sign or not before.strip():
            return None
        try:
            return self._read("=" + last, None).sides[-1]
        except MatdiffError:
            return None

    # ------------------------------------------------------------ text to surface

    @property
    def scope(self) -> Scope:
        return Scope(self.space, self.names, set(self.problem.dimensions), differentials=True)

    @property
    def _symbols(self) -> latex.Symbols:
        functions = frozenset(self.space.functions)
        return latex.Symbols(frozenset(self.names), frozenset(self.problem.dimensions), functions, self.spellings)

    def _notations(self, text: str) -> list[Callable[[str], latex.Line]]:
        """LaTeX, where single letters multiply, and matdiff's own notation, in the order in which they are tried."""
        if latex.is_latex(text):
            return [self._latex]
        return [self._latex, self._own_notation] if self.in_latex else [self._own_notation, self._latex]

    def _latex(self, text: str) -> latex.Line:
        return latex.read_line(text, self._symbols)

    def _own_notation(self, text: str) -> latex.Line:
        words = [w for w in lexical.scan(text) if w.kind != "NEWLINE"]
        groups: list[list[Word]] = [[]]
        for word in words:
            if word.kind == "=":
                groups.append([])
            else:
                groups[-1].append(word)
        continues = not groups[0] and len(groups) > 1
        parts = groups[1:] if continues else groups
        if not all(parts):
            raise ParseError("one side of `=` is empty", text=text, span=(0, len(text)))
        # `d` is the differential, also where a size has that name
        sizes = set(self.problem.dimensions) - {"d"}
        known = vocabulary(Scope(self.space, self.names, sizes, differentials=True))
        sides = tuple(syntax.parse(pairing.pair(part, text, known), "expression", text) for part in parts)
        return latex.Line(sides, continues, (), ())

    def _introducing(self, text: str) -> Read | None:
        """A line that gives a new name to something."""
        found = _INTRODUCES.match(text)
        name = canonical(found.group(1)) if found else ""
        if found is None or name in self.names or name in self.problem.dimensions:
            return None
        try:
            read = self._read("=" + text[found.end() :], None)
        except MatdiffError:
            return None
        (side, *more) = read.sides
        if side.expr is None or more or read.asides:
            return None
        self.names[name] = self.space.define(name, side.expr)
        return Read(text, [Side(self.names[name]), side], notes=read.notes, introduced=name)

    # ------------------------------------------------------------ surface to expressions

    def _sides(self, surfaces: tuple[Surface, ...], text: str, previous: Shape | None) -> list[Side]:
        """All sides; a side whose own sizes do not fit has no expression."""
        cleaned = [_rewritten(_without_zeros(s), lambda node: self._in_full(node, text)) for s in surfaces]
        try:
            return self._together(cleaned, text, previous)
        except ShapeError:
            return [self.alone(s, text) for s in cleaned]

    def _in_full(self, node: Surface, text: str) -> Surface:
        """∇f as the derivative in the one variable that moves, ∇²f as the second one."""
        wanted = {"derivative_of": 2, "hessian_of": 3}.get(node.kind)
        if wanted is None or len(node.children) >= wanted:
            return node
        if self.wrt is None or len(self.wrt) != 1:
            raise ParseError("the derivative in which variable?", text=text, span=node.span, suggestion="wrt=")
        x = Surface("name", (), self.wrt[0], node.span)
        f, *below = node.children
        return Surface(node.kind, (f, *(below or [x]), *([x] * (wanted - 1 - len(below or [x])))), "", node.span)

    def alone(self, surface: Surface, text: str) -> Side:
        try:
            return self._together([surface], text, None)[0]
        except ShapeError as error:
            return Side(None, error.locate(text, error.span or surface.span), surface=surface)

    def _together(self, surfaces: list[Surface], text: str, previous: Shape | None) -> list[Side]:
        """The sides with sizes settled by each other where that is possible: the I in A inv(A) = I."""
        for equate in (True, False):
            solver = Solver()
            reader = Reader(text, self._typed_names(solver))
            typed = [None if _is_zero(s) else reader.read(s) for s in surfaces]
            if equate and not _equated(solver, typed, previous):
                continue
            solver.settle()
            return [
                Side(None, zero=True, surface=s) if t is None else Side(self._built(t, solver, text), surface=s)
                for s, t in zip(surfaces, typed)
            ]
        raise AssertionError("unreachable")

    def _built(self, typed: Typed, solver: Solver, text: str) -> Expr:
        refuse_unsettled(typed, solver, text)
        built = build(typed, self.space, self.names, solver.resolve, text)
        claims = {e for e in walk(built) if e.op.name in ("derivative", "hessian")}
        for e in (*claims, *(e for e in walk(built) if e.op.name == "d")):
            if claims.intersection(walk(e.args[0])):
                raise UnsupportedError(
                    "a derivative of a derivative cannot be judged in this form", text=text, span=(0, len(text)),
                    suggestion="∂²f/∂x∂x'",
                )  # fmt: skip
        return built

    def _typed_names(self, solver: Solver) -> Names:
        names = Names(solver, differentials=True)
        names.closed = True
        names.dims = set(self.problem.dimensions)
        names.functions = set(self.space.functions)
        for name, expr in self.names.items():
            names.declare(name, expr.params[1] if expr.is_a("symbol") else "matrix", expr.shape)
        return names


def _equated(solver: Solver, typed: list[Typed | None], previous: Shape | None) -> bool:
    """Demand one shape of all sides; False if that cannot be."""
    shapes = [t.shape for t in typed if t is not None]
    shapes = [previous, *shapes] if previous is not None else shapes
    try:
        for one, other in zip(shapes, shapes[1:]):
            for a, b in zip(one, other):
                solver.equal(a, b, "the sides differ")
        solver.settle()
    except ShapeError:
        return False
    return True


def _is_zero(s: Surface) -> bool:
    return s.kind == "number" and s.value == "0"


def _without_zeros(root: Surface) -> Surface:
    """x + 0 is x, of whatever shape: people write a zero of any size as 0."""
    return _rewritten(root, _zero_dropped)


def _rewritten(root: Surface, change: Callable[[Surface], Surface]) -> Surface:
    done: dict[int, Surface] = {}
    for node in surfaces(root):
        children = tuple(done.get(id(c), c) for c in node.children)
        same = all(a is b for a, b in zip(children, node.children))
        done[id(node)] = change(node if same else Surface(node.kind, children, node.value, node.span))
    return done[id(root)]


def _zero_dropped(node: Surface) -> Surface:
    if node.kind == "add" and _is_zero(node.children[1]):
        return node.children[0]
    if node.kind == "add" and _is_zero(node.children[0]):
        return node.children[1]
    if node.kind == "subtract" and _is_zero(node.children[1]):
        return node.children[0]
    return node
