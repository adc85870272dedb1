"""What names mean where an expression stands: variables, definitions, sizes, and the words of the language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matdiff.dimensions import SCALAR, Dim, Shape
from matdiff.language.infer import Solver
from matdiff.language.names import conventional_kind, is_short

if TYPE_CHECKING:
    from matdiff.core.expr import Expr, Space


@dataclass
class Entry:
    """A name that stands for an expression: its kind and its shape, which may still hold unknown sizes."""

    name: str
    kind: str
    shape: Shape
    properties: frozenset[str] = frozenset()
    declared: bool = True
    # set for names that exist already (a scope's, another problem's)
    expr: Expr | None = None


@dataclass
class Scope:
    """For `parse_expression`: the names of a rule or of a derivation's line, all with known shapes."""

    space: Space
    names: dict[str, Expr]
    dims: set[str] = field(default_factory=set)
    differentials: bool = False


class Names:
    """The names of one pass of inference.  Undeclared ones enter by convention, or as `kinds` says."""

    def __init__(self, solver: Solver, *, kinds: dict[str, str] | None = None, differentials: bool = False) -> None:
        self.solver = solver
        self.entries: dict[str, Entry] = {}
        self.dims: set[str] = set()
        # functions of the user's own
        self.functions: set[str] = set()
        self.kinds = kinds or {}
        self.closed = False  # True: nothing may be used undeclared
        self.differentials = differentials
        self.overridden: list[str] = []

    def declare(self, name: str, kind: str, shape: Shape, properties: frozenset[str] = frozenset()) -> Entry:
        entry = Entry(name, kind, shape, properties)
        self.entries[name] = entry
        return entry

    def is_taken(self, name: str) -> bool:
        """Declared, defined, or the name of a size."""
        return name in self.entries or name in self.dims

    def is_declared(self, name: str) -> bool:
        """Declared or defined by the user, not merely used."""
        entry = self.entries.get(name)
        return name in self.dims or (entry is not None and entry.declared)

    def new_size(self, name: str) -> None:
        """A name met for the first time in a size's place."""
        self.dims.add(name)

    def variable(self, name: str) -> Entry | None:
        """The entry of a name, made by convention where it may be used undeclared."""
        entry = self.entries.get(name)
        if entry is None and not self.closed and is_short(name):
            kind = self.kinds.get(name) or conventional_kind(name)
            entry = Entry(name, kind, self.shape_of_kind(kind, never_one=True), declared=False)
            self.entries[name] = entry
        return entry

    def shape_of_kind(self, kind: str, *, never_one: bool = False) -> Shape:
        """A shape with unknown sizes.  A conventional kind means what it says: a matrix is not a vector."""
        if kind in ("scalar", "integer"):
            return SCALAR
        rows = self.solver.fresh(never_one=never_one)
        return rows, Dim.of(1) if kind == "vector" else self.solver.fresh(never_one=never_one)
