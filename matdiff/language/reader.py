"""The typed tree, and what every reader of syntax needs: places for errors, shape rules asked through the solver.

Here: `Typed`, an application of an operation whose sizes may still be unknown, and `Reader`.  What each piece of
syntax means is in `operators`, `powers`, `calls`, `brackets`; `meaning` puts them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matdiff.core.operation import Operation
from matdiff.dimensions import SCALAR, Shape, shape_text
from matdiff.errors import MatdiffError, ShapeError, UnsupportedError
from matdiff.language.infer import Solver, readable
from matdiff.language.scope import Names
from matdiff.language.surface import Surface
from matdiff.operations.registry import OPERATIONS


@dataclass(slots=True, eq=False)
class Typed:
    """An application of an operation, sizes possibly unknown.  op `name` refers to the entry params[0]."""

    op: str
    args: tuple[Typed, ...]
    params: tuple[Any, ...]
    shape: Shape
    span: tuple[int, int]


class Reader:
    """Reads the surface trees of one text in one pass of inference."""

    def __init__(self, text: str, names: Names) -> None:
        self.text = text
        self.names = names
        self.solver: Solver = names.solver
        self.notes: list[str] = []
        # index name -> for each sum that binds it, the place of its body and its upper bound
        self.bound: dict[str, list[tuple[tuple[int, int], Surface]]] = {}

    # ------------------------------------------------------------ helpers for all readers

    def error(
        self, message: str, node: Any, suggestion: str | None = None, kind: type[MatdiffError] = ShapeError
    ) -> MatdiffError:
        shown = readable(message, {*self.names.dims, *self.names.entries})
        return kind(shown, text=self.text, span=node.span, suggestion=suggestion)

    def apply(self, op: str, args: Sequence[Typed], node: Any, params: tuple[Any, ...] = ()) -> Typed:
        """The typed node, with the shape its operation's rule gives; errors get their place."""
        record = self.operation(op, node)
        self.solver.place = (self.text, node.span)
        try:
            shape = record.shape(self.solver, [a.shape for a in args], params)
        except MatdiffError as error:
            error.message = readable(error.message, {*self.names.dims, *self.names.entries})
            raise error.locate(self.text, node.span) from None
        return Typed(op, tuple(args), params, shape, node.span)

    def operation(self, op: str, node: Any) -> Operation:
        record = OPERATIONS.get(op)
        if record is None:
            raise self.error(f"the operation {op} is not supported yet", node, kind=UnsupportedError)
        return record

    def number(self, value: Any, node: Any) -> Typed:
        return Typed("number", (), (value,), SCALAR, node.span)

    def is_scalar(self, t: Typed) -> bool:
        return self.solver.is_one(t.shape[0]) and self.solver.is_one(t.shape[1])

    def is_vector(self, t: Typed) -> bool:
        """A row or a column, not a scalar."""
        return self.solver.is_one(t.shape[0]) != self.solver.is_one(t.shape[1])

    def shape_text(self, t: Typed) -> str:
        return shape_text((self.solver.resolve(t.shape[0]), self.solver.resolve(t.shape[1])))

    def source(self, t: Any) -> str:
        """What the user wrote there, shortened."""
        part = " ".join(self.text[t.span[0] : t.span[1]].split())
        return part if len(part) <= 40 else part[:37] + "…"

    def index_bound(self, node: Surface) -> bool:
        return self.upper_bound(node) is not None

    def upper_bound(self, node: Surface) -> Surface | None:
        """Where `node` is the index of a sum around it, that sum's upper bound."""
        for (start, end), upper in reversed(self.bound.get(node.value, ())):
            if start <= node.span[0] and node.span[1] <= end:
                return upper
        return None
