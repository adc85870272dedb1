"""From expressions to instructions.

Here: `Lowering`, which turns an expression into nodes of a program, each part once, and the table that says how for
each operation.  What is not in the table is a call of the operation itself on matrices.  Not here: products
(`products`), the order of their factors (`chains`), factorisations (`systems`), functions of sums and of blocks
(`pieces`, `partial_traces`), rewriting by the book beforehand (`structure`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matdiff.compile.cost import Sizes
from matdiff.compile.program import Node, Program
from matdiff.compile.systems import System, system
from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.errors import UnsupportedError
from matdiff.operations.indexsums import renamed

# Operations on a matrix that give a number.
_NUMBERS = {"norm2", "nuclear", "eigmax", "eigmin"}
# Deeper expressions are lowered from the inside, so that nothing recurses far.
_STRIDE = 30


class Lowering:
    """One program in the making: what is lowered, what is done, and what is called how.

    `sizes` are what choices are made for.  `done` maps stretches of products to their nodes; `names` the nodes that
    stand for a name of the derivation.
    """

    def __init__(self, sizes: Sizes | None = None, letters: Mapping[Expr, str] | None = None) -> None:
        self.program = Program()
        self.sizes = sizes or Sizes()
        self.letters = letters or {}
        self.memo: dict[Expr, Node] = {}
        self.done: dict[tuple[int, ...], Node] = {}
        # lengths of these stretches by their first factor
        self.stretches: dict[int, set[int]] = {}
        self.names: dict[Node, str] = {}
        self._systems: dict[Expr, System] = {}
        self._order: dict[Expr, int] = {}
        self._estimates: dict[Expr, int] = {}
        # inside an expression whose parts are lowered one after the other
        self._entered = False
        # expressions by id are keys in `done`, so they are kept alive here
        self._alive: list[Expr] = []
        self.functions: dict[str, tuple[str, int]] = {}
        # sizes that must be at least something, for blocks cut out
        self.demands: list[tuple[Dim, Dim]] = []

    def __call__(self, e: Expr) -> Node:
        if e not in self.memo:
            if not self._entered and (e.depth > _STRIDE or e.op.name == "definition"):
                self._entered = True
                self._from_inside(e)
                self._entered = False
            if e not in self.memo:
                self.memo[e] = self._lowered(e)
            if e in self.letters and self.memo[e].op not in ("input", "number"):
                self.names.setdefault(self.memo[e], self.letters[e])
        return self.memo[e]

    def _from_inside(self, e: Expr) -> None:
        skip = self._inside_loops(e)
        for part in walk(e):
            if part is not e and part not in self.memo and part not in skip:
                if part.op.name == "definition" or (part.depth and part.depth % _STRIDE == 0):
                    self.memo[part] = self._lowered(part)

    def _inside_loops(self, e: Expr) -> set[Expr]:
        loops = [part for part in walk(e) if part.op.name == "indexsum"]
        return {part for loop in loops for part in walk(loop.args[2]) if part.op.name not in ("symbol", "definition")}

    def _lowered(self, e: Expr) -> Node:
        name = e.op.name
        self._order.setdefault(e, len(self._order))
        if name == "definition":
            node = self(e.body)
            if node.op not in ("input", "number"):
                self.names.setdefault(node, e.name)
            return node
        rule = _table().get(name)
        if rule is not None:
            return rule(self, e)
        if e.op.elementwise:
            return self.program.function(name, *map(self, e.args), *self._params(e))
        return self.call(name, e.args, e.params, e.shape)

    def _params(self, e: Expr) -> list[Node]:
        return [self.program.size(p) if isinstance(p, Dim) else self.program.number(p) for p in e.params]

    # ------------------------------------------------------------ asked by the parts

    def formed(self, e: Expr) -> Node:
        return self(e)

    def known(self, e: Expr) -> bool:
        return e in self.memo

    def first_seen(self, e: Expr) -> int:
        return self._order.get(e, len(self._order))

    def note(self, matrices: Sequence[Expr], node: Node) -> None:
        """A stretch of a product is done, and so is its transpose."""
        turned = [m.T for m in reversed(matrices)]
        self._alive += [*matrices, *turned]
        for first in (matrices[0], turned[0]):
            self.stretches.setdefault(id(first), set()).add(len(matrices))
        self.done.setdefault(tuple(map(id, matrices)), node)
        self.done.setdefault(tuple(map(id, turned)), self.program.transpose(node))

    def solver(self, e: Expr) -> System:
        self._order.setdefault(e, len(self._order))
        if e not in self._systems:
            self._systems[e] = system(self, e)
        return self._systems[e]

    def estimate(self, e: Expr) -> int:
        """What forming an expression costs."""
        from matdiff.compile.chains import estimate

        if e not in self._estimates or self.known(e):
            self._estimates[e] = estimate(self, e)
        return self._estimates[e]

    def diagonal_of(self, e: Expr) -> Node:
        """The diagonal of a matrix, as a vector."""
        from matdiff.compile.pieces import diagonal

        return diagonal(self, e)

    def demand(self, size: Dim, least: Dim) -> None:
        """At a call the one size must be at least the other, where that is not certain."""
        room = size - least
        if any(c < 0 for _, c in room.terms) and self.program.indices.isdisjoint(room.names):
            self.demands.append((size, least))

    # ------------------------------------------------------------ whole matrices

    def as_matrix(self, e: Expr) -> Node:
        """The value with two axes, also of a vector or a number."""
        node = self(e)
        return node if node.rank == 2 else self.program.node("as_matrix", (node,), (), e.shape)

    def from_matrix(self, node: Node, shape: tuple[Dim, Dim]) -> Node:
        """A result with two axes as a value of the rank its shape has."""
        sizes = tuple(s for s in shape if not s.is_one)
        if len(sizes) == 2:
            return node
        if node.op == "as_matrix":
            return node.args[0]
        return self.program.node("from_matrix", (node,), (), sizes)

    def call(self, name: str, args: Sequence[Expr], params: Sequence[Any], shape: tuple[Dim, Dim]) -> Node:
        """The operation of that name, on matrices; scalar results are numbers."""
        if name in ("derivative", "hessian", "d"):
            raise UnsupportedError(f"there is no code for `{name}`")
        nodes = [self.as_matrix(a) for a in args]
        if name in _NUMBERS:
            return self.program.node("call", nodes, (name, *params), ())
        return self.from_matrix(self.program.node("call", nodes, (name, *params), shape), shape)


Rule = Callable[[Lowering, Expr], Node]
_rules: dict[str, Rule] = {}


def _table() -> dict[str, Rule]:
    """How each operation is lowered; the parts register theirs when first asked."""
    if not _rules:
        from matdiff.compile import partial_traces, pieces, products

        _rules.update(_OWN)
        _rules.update(products.RULES)
        _rules.update(pieces.RULES)
        _rules.update(partial_traces.RULES)
    return _rules


# ---------------------------------------------------------------- leaves and entries


def _symbol(low: Lowering, e: Expr) -> Node:
    return low.program.node("input", (), (e.name,), tuple(s for s in e.shape if not s.is_one))


def _filled(name: str) -> Rule:
    def rule(low: Lowering, e: Expr) -> Node:
        return low.program.node(name, (), (), tuple(s for s in e.shape if not s.is_one))

    return rule


def _unit(low: Lowering, e: Expr) -> Node:
    return low.program.node("unit", (), (e.params[0],), (e.shape[0],))


def _transpose(low: Lowering, e: Expr) -> Node:
    return low.program.transpose(low(e.args[0]))


def _power(low: Lowering, e: Expr) -> Node:
    base, exponent = e.args
    return low.program.power(low(base), low(exponent))


def _applied(low: Lowering, e: Expr) -> Node:
    """A function of one's own: what it stands for, or a call of what is given."""
    from matdiff.numeric.evaluate import key_of

    function, k = e.params
    x = low(e.args[0])
    if not function.is_known:
        key = key_of(function.name, k)
        low.functions[key] = (function.name, k)
        return low.program.node("apply", (x,), (key,), x.shape)
    inner = Lowering(low.sizes)
    inner.program, inner.functions = low.program, low.functions
    inner.memo[function.argument] = x
    body = inner(function.body(k))
    if body.shape != x.shape:
        # a constant, at every entry
        body = low.program.add(low.program.mul(low.program.number(0), x), body)
    return body


def _whole_power(low: Lowering, e: Expr) -> Node:
    return low.program.node("kth_power", (low.as_matrix(e.args[0]), low(e.args[1])), (), e.shape)


def _loop(low: Lowering, e: Expr) -> Node:
    """A sum over an index: the body again and again."""
    # Another loop has another index: what is computed inside one is not there in the next.
    e = renamed(e, frozenset(low.program.indices))
    if e.op.name != "indexsum":
        return low(e)
    lower, upper, body = e.args
    index = e.params[0]
    low.program.indices.add(index)
    inner = Lowering(low.sizes)
    inner.program, inner.functions, inner.demands = low.program, low.functions, low.demands
    return low.program.node("loop", (low(lower), low(upper), inner(body)), (index,), inner(body).shape)


_OWN: dict[str, Rule] = {
    "symbol": _symbol,
    "number": lambda low, e: low.program.number(e.params[0]),
    "dimension": lambda low, e: low.program.size(e.params[0]),
    "constant": lambda low, e: low.program.node("constant", (), e.params),
    "identity": _filled("eye"),
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "unit": _unit,
    "transpose": _transpose,
    "power": _power,
    "applied": _applied,
    "kth_power": _whole_power,
    "indexsum": _loop,
}
