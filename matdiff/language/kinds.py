"""Kinds of undeclared names, and one pass of inference over all statements of a problem.

A pass reads every definition and the function with the solver's unknown sizes.  First everything is read by convention;
where that does not fit, single deviations are tried, then pairs, the usual ones before the odd ones, and exactly one
consistent reading is taken and reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

from matdiff.core.expr import Expr
from matdiff.dimensions import ONE, SCALAR, Dim, shape_text
from matdiff.errors import DeclarationError, MatdiffError, ShapeError
from matdiff.language import calls
from matdiff.language.declarations import Declaration
from matdiff.language.infer import Solver, readable
from matdiff.language.meaning import Reader
from matdiff.language.names import conventional_kind, is_short, pretty
from matdiff.language.operators import chain
from matdiff.language.reader import Typed
from matdiff.language.scope import Entry, Names
from matdiff.language.surface import Surface, walk
from matdiff.operations.registry import lookup

# Other kinds an undeclared name may have: the usual deviation, then the odd ones.
_USUAL = {"matrix": ("scalar",), "vector": ("scalar",), "scalar": ("vector",)}
_ODD = {"matrix": ("scalar", "vector"), "vector": ("scalar", "matrix"), "scalar": ("vector", "matrix")}
_MOST_PASSES = 200
_MOST_WORK = 40_000  # pieces of syntax read again, over all passes
_MOST_RESTARTS = 8


@dataclass(frozen=True)
class Definition:
    """A named expression, or the function's line (name "")."""

    name: str
    surface: Surface
    text: str


@dataclass
class Inference:
    """What a pass found: typed trees in the order of dependence, and the variables with their shapes."""

    solver: Solver
    typed: list[tuple[Definition, Typed]]
    variables: list[Entry]
    notes: list[str]
    assumptions: list[str] = field(default_factory=list)


def infer(
    declared: Mapping[str, Declaration],
    parsed: list[Definition],
    lent: Mapping[str, Expr],
    sizes: set[str],
    functions: set[str],
) -> Inference:
    """Kinds and sizes of every name; `functions` are the user's own."""
    variables = {name: d for name, d in declared.items() if d.kind != "function"}
    task = _Task(variables, in_order(parsed), lent, sizes | _size_names(parsed, declared, lent), functions)
    try:
        return task.run({})
    except (ShapeError, DeclarationError) as error:
        error.message = readable(error.message, {*declared, *lent, *task.sizes})
        return task.deviate(error)


class _Task:
    def __init__(
        self,
        declared: Mapping[str, Declaration],
        parsed: list[Definition],
        lent: Mapping[str, Expr],
        sizes: set[str],
        functions: set[str],
    ) -> None:
        self.functions = functions
        self.declared = declared
        self.parsed = parsed
        self.lent = lent
        self.sizes = sizes
        for name, d in declared.items():
            if name in sizes:
                raise DeclarationError(
                    f"{pretty(name)} is both a variable and a size", text=d.text, span=d.span,
                    suggestion="use another name for one of them",
                )  # fmt: skip
        defined = {p.name for p in parsed}
        used = {n.value for p in parsed for n in walk(p.surface) if n.kind in ("name", "minus_name")}
        known = {*declared, *defined, *lent, *sizes, "I", "pi", "T"}
        # Nobody transposes or indexes a scalar or takes its norm, so such names are not tried as one.
        self.transposed = {name for p in parsed for n in walk(p.surface) for name in _not_scalars(n)}
        # Names whose kind is a matter of convention, in a fixed order.
        self.open = sorted(n for n in used if n not in known and is_short(n) and not n.startswith("I_"))
        self.open += sorted(n for n, d in declared.items() if not d.kind and n not in defined)

    # ------------------------------------------------------------ readings

    def deviate(self, error: MatdiffError) -> Inference:
        """Convention failed with `error`: the one other reading that fits, else the error."""
        pieces = sum(1 for p in self.parsed for _ in walk(p.surface))
        budget = min(_MOST_PASSES, 4 + _MOST_WORK // pieces)
        for changes in self._rounds():
            found: list[tuple[dict[str, str], Inference]] = []
            for kinds in changes:
                budget -= 1
                if budget < 0:
                    raise error
                try:
                    inference = self.run(kinds)
                except MatdiffError:
                    continue
                # Several changes that leave nothing but scalars explain the error away, not the text.
                if len(kinds) < 2 or not all(e.kind == "scalar" for e in inference.variables):
                    found.append((kinds, inference))
            if len(found) == 1:
                kinds, inference = found[0]
                became = {e.name: e.kind for e in inference.variables}
                inference.notes[:0] = [_deviation_note(n, became.get(n, k)) for n, k in kinds.items()]
                return inference
            if found:
                readings = " or ".join(
                    ", ".join(f"`{pretty(n)} : {k}`" for n, k in kinds.items()) for kinds, _ in found[:3]
                )
                error.suggestion = f"several readings fit; declare {readings}"
                raise error
        raise error

    def _rounds(self) -> Iterator[list[dict[str, str]]]:
        for count, table in ((1, _USUAL), (1, _ODD), (2, _USUAL), (3, _USUAL)):
            changes = []
            for names in combinations(self.open, count):
                for kinds in product(*(table[conventional_kind(n)] for n in names)):
                    if not any(k == "scalar" and n in self.transposed for n, k in zip(names, kinds)):
                        changes.append(dict(zip(names, kinds)))
            yield changes

    # ------------------------------------------------------------ one pass

    def run(self, kinds: dict[str, str]) -> Inference:
        """Read everything; again where a size that passed for more than 1 turned out to be 1."""
        ones: set[str] = set()
        for _ in range(_MOST_RESTARTS):
            inference, again = self._pass(kinds, ones)
            if not again - ones:
                return inference
            ones |= again
        return inference

    def _pass(self, kinds: dict[str, str], ones: set[str]) -> tuple[Inference, set[str]]:
        solver = Solver()
        solver.known.update((name, ONE) for name in ones)
        names = Names(solver, kinds=kinds)
        names.dims = set(self.sizes)
        names.functions = self.functions
        for name, expr in self.lent.items():
            names.declare(name, "matrix", expr.shape).expr = expr
        defined = {p.name for p in self.parsed}
        for name, d in self.declared.items():
            if name not in defined:
                self._declare(names, d, kinds)
        typed: list[tuple[Definition, Typed]] = []
        notes: list[str] = []
        for definition in self.parsed:
            reader = Reader(definition.text, names)
            tree = reader.read(definition.surface)
            notes += reader.notes
            typed.append((definition, tree))
            if definition.name:
                self._define(names, definition, tree, solver)
        solver.settle()
        variables = [e for e in names.entries.values() if e.expr is None and e.name not in defined]
        again = solver.restart()
        if not again - ones:
            solver.name_free((e.shape for e in variables), {*names.entries, *names.dims})
        assumptions = _guessed(solver, variables)
        return Inference(solver, typed, variables, [*notes, *self._notes(variables)], assumptions), again

    def _declare(self, names: Names, d: Declaration, kinds: dict[str, str]) -> None:
        kind = d.kind or kinds.get(d.name) or conventional_kind(d.name)
        if d.sizes is not None:
            shape = d.sizes
        elif kind == "matrix" and d.square:
            n = names.solver.fresh()
            shape = (n, n)
        else:
            shape = names.shape_of_kind(kind, never_one=not d.kind)
        names.declare(d.name, kind, shape, d.properties)

    def _define(self, names: Names, definition: Definition, tree: Typed, solver: Solver) -> None:
        d = self.declared.get(definition.name)
        kind = "scalar" if solver.is_one(tree.shape[0]) and solver.is_one(tree.shape[1]) else "matrix"
        if d is not None and d.sizes is not None:
            was, found = shape_text(d.sizes), shape_text((solver.resolve(tree.shape[0]), solver.resolve(tree.shape[1])))
            why = f"{pretty(d.name)} is declared as {was} and defined as {found}"
            solver.place = (definition.text, definition.surface.span)
            try:
                for a, b in zip(tree.shape, d.sizes):
                    solver.equal(a, b, why)
            except ShapeError as error:
                raise error.locate(*solver.place) from None
        names.declare(definition.name, kind, tree.shape)

    def _notes(self, variables: list[Entry]) -> list[str]:
        notes = []
        for name in (*self.declared, *(p.name for p in self.parsed if p.name)):
            if name in ("I", "e", "pi", "T") or lookup(name) is not None:
                what = {"I": "the identity", "T": "the transpose (`^T` still is)", "e": "Euler's number"}.get(
                    name, "the built-in one"
                )
                notes.append(f"{pretty(name)} is the name declared here, not {what}")
        for entry in variables:
            if not entry.declared and entry.kind == "vector" and entry.name in tuple("abcdefg"):
                notes.append(f"{entry.name} is read as a vector (matrixcalculus.org reads a to g as scalars)")
        return notes


def _guessed(solver: Solver, variables: list[Entry]) -> list[str]:
    """Where only products of sizes were determined, their factors were equated in order: say for which names."""
    if not solver.guesses:
        return []
    sizes = {solver.resolve(side) for guess in solver.guesses for side in guess}
    shown = []
    for entry in variables:
        rows, cols = map(solver.resolve, entry.shape)
        if rows in sizes or cols in sizes:
            shown.append(f"{pretty(entry.name)} is {shape_text((rows, cols))}")
    return [f"{', '.join(shown)} (only products of these sizes are determined)"]


def _deviation_note(name: str, kind: str) -> str:
    usual = conventional_kind(name)
    article = "an" if kind == "integer" else "a"
    return f"{pretty(name)} is read as {article} {kind}, the only kind that fits (by convention it would be a {usual})"


# ---------------------------------------------------------------- order and sizes


def in_order(parsed: list[Definition]) -> list[Definition]:
    """Every definition after those it uses; otherwise in the order of the text."""
    by_name = {p.name: p for p in parsed}
    uses = {
        p.name: [n.value for n in walk(p.surface) if n.kind in ("name", "minus_name") and n.value in by_name]
        for p in parsed
    }
    out: list[Definition] = []
    state: dict[str, int] = {}  # 1: being placed, 2: placed
    for root in parsed:
        stack = [root.name]
        while stack:
            name = stack[-1]
            if state.get(name) == 2:
                stack.pop()
                continue
            waiting = [u for u in uses[name] if state.get(u) != 2]
            if not waiting:
                state[name] = 2
                out.append(by_name[name])
                stack.pop()
                continue
            state[name] = 1
            for u in waiting:
                if state.get(u) == 1:
                    d = by_name[name]
                    raise DeclarationError(f"{pretty(u)} is defined by itself", text=d.text, span=d.surface.span)
            stack.extend(reversed(waiting))
    return out


def _not_scalars(node: Surface) -> list[str]:
    """The names that are transposed, indexed, or inside a norm, in x', x[1], ‖x - y‖."""
    of_T = node.kind == "power" and node.children[1].value == "T"
    if not of_T and node.kind not in ("transpose", "entries", "norm"):
        return []
    inner = node.children[0]
    return [t.value for t in (chain(inner) if node.kind == "norm" else (inner,)) if t.kind == "name"]


def _size_names(parsed: list[Definition], declared: Mapping[str, Declaration], lent: Mapping[str, Expr]) -> set[str]:
    """Names that stand in the place of a size (`ones(n)`, `I_n`) and are nothing else."""
    taken = {*declared, *lent, *(p.name for p in parsed)}
    found: set[str] = set()
    for definition in parsed:
        bound = {n.children[0].value for n in walk(definition.surface) if calls.is_index_sum(n)}
        for node in walk(definition.surface):
            places: list[Surface] = []
            if node.kind == "name" and node.value.startswith("I_") and node.value not in taken:
                found |= {node.value[2:]} if not node.value[2:].isdigit() else set()
            elif node.kind == "call" and (op := lookup(node.value)) is not None and not op.variadic:
                places = [a for a, s in zip(node.children, op.signature) if s.kind == "dim"]
            if calls.is_index_sum(node):
                places = [bound for bound in node.children[1:3] if bound.kind != "extent"]
            for place in places:
                found |= {n.value for n in walk(place) if n.kind == "name" and n.value not in bound}
    return found - taken


__all__ = ["SCALAR", "Definition", "Dim", "Inference", "in_order", "infer"]
