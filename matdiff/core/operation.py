"""The record of an operation: everything matdiff knows about, say, `det`, apart from its calculus.

Here: what a record holds, and the strict checker of sizes.  Not here: the records themselves (`operations`), and
differentials, adjoints and identities, which are equations in `rules/*.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from matdiff.dimensions import Dim, Shape, shape_text
from matdiff.errors import ShapeError

if TYPE_CHECKING:
    from matdiff.core.expr import Expr, Space
    from matdiff.core.facts import Verdict


class Sizes(Protocol):
    """What a shape rule may ask.  While sizes are being inferred a solver answers, afterwards `Strict`."""

    def equal(self, a: Dim, b: Dim, why: str) -> None:
        """Demand a = b; raise ShapeError(why) where that cannot be."""

    def divide(self, a: Dim, b: Dim, why: str) -> Dim:
        """The size q with q b = a."""

    def is_one(self, a: Dim) -> bool: ...

    def resolve(self, a: Dim) -> Dim:
        """The size with everything that is known by now put in (for messages)."""


class Strict:
    """Sizes that are all known: demands are compared, nothing is solved for."""

    def equal(self, a: Dim, b: Dim, why: str) -> None:
        if a != b:
            raise ShapeError(f"{why}: {a} and {b} differ")

    def divide(self, a: Dim, b: Dim, why: str) -> Dim:
        quotient = a.divided_by(b)
        if quotient is None:
            raise ShapeError(f"{why}: {a} is not a multiple of {b}")
        return quotient

    def is_one(self, a: Dim) -> bool:
        return a.is_one

    def resolve(self, a: Dim) -> Dim:
        return a


STRICT = Strict()
ShapeRule = Callable[[Sizes, Sequence[Shape], Sequence[Any]], Shape]
Value = Callable[..., Any]
Build = Callable[["Space", "tuple[Expr, ...]", "tuple[Any, ...]"], "Expr"]
Fact = Callable[["Expr"], "Verdict"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument as the user writes it.

    kind `expr`: any expression, stored in `Expr.args`.  Stored in `Expr.params`: `dim`, a size or an index (a `Dim`);
    `int`, a literal whole number and `word`, a bare word (choices in `among`).  `default` makes the slot optional
    (expr slots have none).  `whole`: an expression that stands for a whole number.
    """

    name: str
    kind: str = "expr"
    among: tuple[int | str, ...] = ()
    default: Any = None
    whole: bool = False


# What an operation says that is defined at 0 but has a kink there.
KINK_AT_ZERO = "where an entry is 0"
X = Slot("X")


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.  Only `name`, `doc`, `shape` and `value` are always there.

    `value(*arrays, *params)` works on real and complex input; a 1x1 argument is a plain number, every other one a 2-D
    array, and sizes among the params arrive as integers.  Complex values follow the analytic continuation unless
    `analytic` is false.  `variadic`: any number of expression arguments.
    """

    name: str
    doc: str
    shape: ShapeRule
    value: Callable[..., Any]
    signature: tuple[Slot, ...] = (X,)
    variadic: bool = False
    aliases: tuple[str, ...] = ()
    # how it is written, where that is not `name`
    text: str | None = None
    # a name users may call; False for operators and for what only the engine writes
    callable: bool = True
    # positions of the arguments in which the operation is linear, each with the others held fixed
    linear: tuple[int, ...] = ()
    elementwise: bool = False
    analytic: bool = True
    # "" where differentiable everywhere in its domain, else a phrase
    kinks: str = ""
    # is a real argument list inside the domain?
    domain: Callable[..., bool] | None = None
    # the normalising constructor; None: a plain node (see operations.algebra.plain)
    build: Build | None = None
    # the transpose of a node, where it can be pushed inwards (None: it stays a transpose)
    transposed: Callable[[Expr], Expr | None] | None = None
    # LaTeX with {0}, {1}, ... for arguments (params count on); None: \operatorname{name}(...)
    latex: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    cite: str = ""

    def __repr__(self) -> str:
        return f"Operation({self.name})"


def square(sizes: Sizes, shape: Shape, what: str) -> Dim:
    """Demand a square argument; its size."""
    rows, cols = shape
    shown = shape_text((sizes.resolve(rows), sizes.resolve(cols)))
    sizes.equal(rows, cols, f"{what} needs a square matrix, but its argument is {shown}")
    return rows
