"""Programs: graphs of instructions on arrays, what expressions are lowered to before they are printed.

Here: `Node`, the table `Program` that interns nodes (so a result needed twice is one node), and the few identities that
keep the graph plain.  A value has rank 0, 1 or 2: numbers, vectors as (n,), matrices as (m, n); whether a vector is a
row or a column is settled while lowering.  Not here: what instructions cost (`cost`), how they are written
(`targets`), which are chosen (`lower`, `chains`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from matdiff.dimensions import ONE, Dim

Size = tuple[Dim, ...]


class Node:
    """An instruction: its name, arguments, parameters, and the sizes of its result.

    `bound`: the loop indices and directions it depends on; `static`: it depends on sizes and numbers alone.
    """

    __slots__ = ("op", "args", "params", "shape", "bound", "static")

    op: str
    args: tuple[Node, ...]
    params: tuple[Any, ...]
    shape: Size
    bound: frozenset[str]
    static: bool

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<{self.op} {'x'.join(map(str, self.shape))}>"


class Program:
    """The table of one program's nodes.  `indices` are the names of sizes that loops bind."""

    def __init__(self) -> None:
        self._table: dict[Any, Node] = {}
        self.indices: set[str] = set()
        # inputs that are known later than the others: directions of a linear map
        self.late: set[str] = set()
        # what nodes became when the program was improved
        self.renewed: dict[Node, Node] = {}

    def node(self, op: str, args: Sequence[Node] = (), params: Sequence[Any] = (), shape: Size = ()) -> Node:
        """The interned node, as it stands."""
        args, params = tuple(args), tuple(params)
        key = (op, tuple(map(id, args)), params, shape)
        found = self._table.get(key)
        if found is None:
            found = self._table[key] = Node()
            found.op, found.args, found.params, found.shape = op, args, params, shape
            own = {n for p in (*params, *shape) if isinstance(p, Dim) for n in p.names} & self.indices
            if op == "input" and params[0] in self.late:
                own = {params[0]}
            inner = frozenset[str]().union(own, *(a.bound for a in args))
            found.bound = inner - {params[0]} if op == "loop" else inner
            found.static = op not in ("input", "apply") and all(a.static for a in args)
        return found

    # ------------------------------------------------------------ numbers

    def number(self, value: Fraction | int) -> Node:
        return self.node("number", (), (Fraction(value),))

    def size(self, size: Dim) -> Node:
        """A size as a number."""
        if size.literal is not None:
            return self.number(size.literal)
        return self.node("size", (), (size,))

    # ------------------------------------------------------------ entry by entry

    def function(self, name: str, *args: Node) -> Node:
        """A function of entries; numbers are spread over arrays."""
        if name == "log" and value_of(args[0]) == 1:
            return self.number(0)
        return self._entrywise("function", args, (name,))

    def _entrywise(self, op: str, args: Sequence[Node], params: Sequence[Any] = ()) -> Node:
        """The instruction; of transposes it is the transpose of that of what they transpose, which may be done."""
        matrices = [a for a in args if a.rank == 2]
        turned = [a for a in matrices if a.op == "transpose" or a.op.startswith("spread")]
        if any(a.op == "transpose" for a in matrices) and len(turned) == len(matrices):
            upright = [self.transpose(a) for a in args]
            return self.transpose(self.node(op, upright, params, spread(upright)))
        return self.node(op, args, params, spread(args))

    def neg(self, a: Node) -> Node:
        value = value_of(a)
        if value is not None:
            return self.number(-value)
        if a.op == "neg":
            return a.args[0]
        if a.op == "sub":
            return self.sub(a.args[1], a.args[0])
        if a.op in ("mul", "div") and (value := value_of(a.args[0])) is not None:
            return self.node(a.op, (self.number(-value), a.args[1]), (), a.shape)
        return self._entrywise("neg", (a,))

    def add(self, a: Node, b: Node) -> Node:
        if value_of(a) == 0 and not a.shape:
            return b
        if value_of(b) == 0 and not b.shape:
            return a
        for x, y in ((a, b), (b, a)):
            if (positive := self._negated(y)) is not None:
                return self.sub(x, positive)
        return self._entrywise("add", (a, b))

    def sub(self, a: Node, b: Node) -> Node:
        if (positive := self._negated(b)) is not None:
            return self.add(a, positive)
        return self._entrywise("sub", (a, b))

    def _negated(self, a: Node) -> Node | None:
        """What it is the negative of: a sign that stands before it, or before what it repeats."""
        if a.op == "neg":
            return a.args[0]
        if a.op in ("kron", "repeat_blocks") and (inner := self._negated(a.args[0])) is not None:
            return self.node(a.op, (inner, *a.args[1:]), a.params, a.shape)
        return None

    def mul(self, a: Node, b: Node) -> Node:
        """a times b, entry by entry; a number stands first and numbers are folded."""
        if a.shape and not b.shape:
            a, b = b, a
        p, q = value_of(a), value_of(b)
        if p is not None and q is not None:
            return self.number(p * q)
        if q is not None:
            a, b, p, q = b, a, q, p
        if p == 1:
            return b
        if p == 0 and not b.shape:
            return a
        for x, y in ((a, b), (b, a)):
            if x.op == "ones" and x.shape == y.shape:
                return y
        if p == -1:
            return self.neg(b)
        if a.op == "neg" or b.op == "neg":
            plain = [x.args[0] if x.op == "neg" else x for x in (a, b)]
            product = self.mul(*plain)
            return product if a.op == b.op else self.neg(product)
        if p is not None and b.op in ("mul", "div") and (inner := value_of(b.args[0])) is not None:
            return (self.mul if b.op == "mul" else self.div)(self.number(p * inner), b.args[1])
        if not b.shape and b.op == "div" and value_of(b.args[0]) == 1:
            return self.div(a, b.args[1])
        return self._entrywise("mul", (a, b))

    def div(self, a: Node, b: Node) -> Node:
        p, q = value_of(a), value_of(b)
        if q == 1:
            return a
        if p is not None and q:
            return self.number(p / q)
        if q:
            return self.mul(self.number(1 / q), a)
        if b.op == "neg":
            return self.neg(self.div(a, b.args[0]))
        return self._entrywise("div", (a, b))

    def power(self, a: Node, exponent: Node) -> Node:
        p = value_of(exponent)
        if p is None:
            return self._entrywise("power", (a, exponent))
        if p < 0:
            return self.div(self.number(1), self.power(a, self.number(-p)))
        if p == 1:
            return a
        if p == Fraction(1, 2):
            return self.function("sqrt", a)
        if p == 2 and a.op == "function" and a.params[0] == "sqrt":
            return a.args[0]
        return self._entrywise("power", (a, exponent))

    # ------------------------------------------------------------ matrices

    def transpose(self, a: Node) -> Node:
        if a.rank < 2:
            return a
        if a.op == "transpose":
            return a.args[0]
        if a.op in ("spread_rows", "spread_cols"):
            other = "spread_cols" if a.op == "spread_rows" else "spread_rows"
            return self.node(other, a.args, (), a.shape[::-1])
        return self.node("transpose", (a,), (), a.shape[::-1])

    def matmul(self, a: Node, b: Node, symmetric: bool = False) -> Node:
        """Matrices and vectors multiplied; two vectors give their inner product.  `symmetric`: so is the result."""
        shape = (*a.shape[:-1], *b.shape[1:])
        return self.node("matmul", (a, b), ("symmetric",) if symmetric else (), shape)

    def outer(self, a: Node, b: Node) -> Node:
        """a b' of two vectors; numbers before them are taken out of the matrix."""
        return self.node("outer", (a, b), (), (a.shape[0], b.shape[0]))

    def item(self, pair: Node, k: int, shape: Size) -> Node:
        """One of the results of an instruction that has several."""
        return self.node("item", (pair,), (k,), shape)


def spread(args: Sequence[Node]) -> Size:
    """The sizes of a result entry by entry: those of the largest argument."""
    return max((a.shape for a in args), key=len, default=())


def value_of(a: Node) -> Fraction | None:
    """The exact value of a number, or None."""
    return a.params[0] if a.op == "number" else None


def nodes_of(*roots: Node) -> Iterator[Node]:
    """Every node under the roots once, arguments first."""
    done: set[int] = set()
    stack = [(n, False) for n in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args) if id(a) not in done)


def again(p: Program, node: Node, args: Sequence[Node]) -> Node:
    """The same instruction on other arguments of the same shapes."""
    if all(a is b for a, b in zip(args, node.args)):
        return node
    return p.transpose(args[0]) if node.op == "transpose" else p.node(node.op, args, node.params, node.shape)


def entries(shape: Size) -> Dim:
    """How many entries an array of this shape has."""
    out = ONE
    for size in shape:
        out = out * size
    return out
