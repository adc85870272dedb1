"""Typed, interned expressions.

Here: the node `Expr`, the table `Space` that interns nodes, and walks over the graph.  Not here: what an operation
means or how its nodes are normalised (`operations`).  One space belongs to one problem, so that declared properties and
the order in which things were first written never leak from one problem into the next.  Nothing here recurses: an
expression may be thousands of levels deep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from matdiff.core.operation import Operation
from matdiff.dimensions import SCALAR, Dim, Shape


class Expr:
    """A node.  Within one space, equal expressions are the same object: compare with `is`.

    `args` are expressions, `params` everything else (names, sizes, exact numbers).  `shape` is (rows, columns); vectors
    are columns, scalars 1x1.  `moving` says that a differential `d(...)` occurs inside (definitions are not entered).
    """

    __slots__ = ("op", "args", "params", "shape", "space", "moving", "depth", "size", "__weakref__")

    op: Operation
    args: tuple[Expr, ...]
    params: tuple[Any, ...]
    shape: Shape
    space: Space
    moving: bool
    depth: int
    size: int

    @property
    def is_scalar(self) -> bool:
        return self.shape == SCALAR

    @property
    def is_vector(self) -> bool:
        return self.shape[1].is_one and not self.shape[0].is_one

    @property
    def name(self) -> str:
        """The name of a symbol or a definition."""
        return self.params[0]

    @property
    def body(self) -> Expr:
        """What a definition stands for."""
        return self.args[0]

    def is_a(self, *operations: str) -> bool:
        return self.op.name in operations

    @property
    def free(self) -> frozenset[str]:
        """The names of the variables this depends on, also through definitions."""
        return frozenset(e.name for e in walk(self) if e.op.name == "symbol")

    @property
    def T(self) -> Expr:
        return self.space.apply("transpose", self)

    def __add__(self, other: Any) -> Expr:
        return self.space.apply("sum", self, self.space.coerce(other))

    def __radd__(self, other: Any) -> Expr:
        return self.space.apply("sum", self.space.coerce(other), self)

    def __sub__(self, other: Any) -> Expr:
        return self + self.space.coerce(other) * -1

    def __rsub__(self, other: Any) -> Expr:
        return self.space.coerce(other) - self

    def __neg__(self) -> Expr:
        return self * -1

    def __mul__(self, other: Any) -> Expr:
        return self.space.apply("product", self, self.space.coerce(other))

    def __rmul__(self, other: Any) -> Expr:
        return self.space.apply("product", self.space.coerce(other), self)

    __matmul__ = __mul__

    def __truediv__(self, other: Any) -> Expr:
        return self * self.space.apply("inverse", self.space.coerce(other))

    def kron(self, other: Expr) -> Expr:
        """The Kronecker product, self ⊗ other."""
        return self.space.apply("kronecker", self, other)

    def hadamard(self, other: Expr) -> Expr:
        """The entry-by-entry product, self ⊙ other."""
        return self.space.apply("hadamard", self, other)

    def substitute(self, values: Mapping[str, Expr]) -> Expr:
        """Every variable named in `values` replaced, also inside definitions."""
        return rebuild(self, lambda e: values.get(e.name) if e.op.name == "symbol" else None)

    def __str__(self) -> str:
        """The expression in the input language; it reads back."""
        from matdiff.language.write import text

        return text(self)

    def latex(self, style: str = "frobenius") -> str:
        """The expression in LaTeX; style "trace" writes A : B as tr(A'B)."""
        from matdiff.language.write import latex

        return latex(self, frobenius="trace" if style == "trace" else "colon")

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def __repr__(self) -> str:
        return f"<{self.op.name} {self.shape[0]}x{self.shape[1]}>"


class Space:
    """The table of one problem's expressions.

    `apply` is the one gateway: it normalises and interns.  `node` interns without a look; only constructors call it.
    `dict.setdefault` is atomic, so two threads that build the same node get the same object.
    """

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self.operations = operations
        self._table: dict[Hashable, Expr] = {}
        self._memos: dict[str, dict[Any, Any]] = defaultdict(dict)
        # functions of the user's own, by name
        self.functions: dict[str, Any] = {}
        # how a decimal number was typed, so that 0.10 prints as 0.10
        self.spelling: dict[Any, str] = {}

    def memo(self, purpose: str) -> dict[Any, Any]:
        """A dictionary that lives as long as the space, for results that belong to nodes."""
        return self._memos[purpose]

    def node(
        self, op: Operation, args: tuple[Expr, ...], params: tuple[Any, ...], shape: Shape, key: Hashable = None
    ) -> Expr:
        """The interned node.  `key` replaces the arguments where order has no meaning; the first one built is kept."""
        full_key = (op.name, params, tuple(map(id, args)) if key is None else key)
        found = self._table.get(full_key)
        if found is not None:
            return found
        e = Expr.__new__(Expr)
        e.op, e.args, e.params, e.shape, e.space = op, args, params, shape, self
        opaque = op.name == "definition"
        e.moving = op.name == "d" or (not opaque and any(a.moving for a in args))
        e.depth = 0 if opaque else 1 + max((a.depth for a in args), default=0)
        e.size = 1 if opaque else 1 + sum(a.size for a in args)
        # A canonical key holds ids of nodes other than `args`; the node keeps them alive through the table.
        return self._table.setdefault(full_key, e)

    def apply(self, name: str, *args: Expr, params: tuple[Any, ...] = ()) -> Expr:
        """The normalised node of operation `name` (see that operation's constructor)."""
        op = self.operations[name]
        assert op.build is not None, name
        return op.build(self, args, params)

    def number(self, value: Any) -> Expr:
        return self.apply("number", params=(value,))

    def coerce(self, value: Any) -> Expr:
        return value if isinstance(value, Expr) else self.number(value)

    def symbol(self, name: str, shape: Shape, kind: str = "matrix", properties: frozenset[str] = frozenset()) -> Expr:
        """A variable.  Properties are part of its identity."""
        return self.apply("symbol", params=(name, kind, properties, shape))

    def define(self, name: str, body: Expr, properties: frozenset[str] = frozenset()) -> Expr:
        """A name for `body`, opaque to the constructors; `properties` are what the user asserts of it."""
        return self.node(self.operations["definition"], (body,), (name, properties), body.shape)


def walk(*roots: Expr, into_definitions: bool = True) -> Iterator[Expr]:
    """Every node reachable from the roots once, arguments before the nodes that use them."""
    done: set[int] = set()
    stack = [(e, False) for e in reversed(roots)]
    while stack:
        e, ready = stack.pop()
        if ready:
            yield e
        elif id(e) not in done:
            done.add(id(e))
            stack.append((e, True))
            if into_definitions or e.op.name != "definition":
                stack.extend((a, False) for a in reversed(e.args) if id(a) not in done)


def rebuild(root: Expr, replace: Callable[[Expr], Expr | None], *, into_definitions: bool = True) -> Expr:
    """The expression with nodes for which `replace` gives another one exchanged, and everything above built anew."""
    new: dict[int, Expr] = {}
    for e in walk(root, into_definitions=into_definitions):
        other = replace(e)
        if other is None:
            opaque = e.op.name == "definition" and not into_definitions
            args = e.args if opaque else tuple(new[id(a)] for a in e.args)
            same = all(a is b for a, b in zip(args, e.args))
            other = e if same else remake(e, args)
        new[id(e)] = other
    return new[id(root)]


def remake(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """The same operation on other arguments, normalised."""
    if e.op.name == "definition":
        return e.space.define(e.name, args[0], e.params[1])
    return e.space.apply(e.op.name, *args, params=e.params)


__all__ = ["Dim", "Expr", "Space", "rebuild", "remake", "walk"]
