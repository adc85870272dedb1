"""From a graph of instructions to statements: what gets a name, in which order, what stands inside a loop.

Here: `Schedule`.  A node is written where it is used, unless it is used twice, has a name in the derivation, is a
factorisation, or is costly enough for the line to read better without it.  Not here: how statements are spelled
(`targets`).
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matdiff.compile.buffers import in_place, is_large
from matdiff.compile.cost import Sizes
from matdiff.compile.naming import RESERVED, identifier
from matdiff.compile.program import Node, nodes_of

# Instructions that are only another look at what they are given: never worth a name.
VIEWS = {"transpose", "spread_rows", "spread_cols", "input", "number", "size", "constant", "as_matrix", "item"}
# Instructions with a name of their own kind, after what they are of.
_KINDS = {"lu": "lu", "chol": "chol"}
_PAIRS = {"eigh": ("values", "vectors"), "geneigh": ("values", "vectors"), "both_products": ("product", "other")}
# How many instructions stand in one expression at most.
_LONGEST = 7


@dataclass
class Assign:
    """names = node; several names for an instruction with several results."""

    names: list[str]
    node: Node
    # the name of an array that is no longer needed, whose memory the result takes
    into: str | None = None


@dataclass
class Loop:
    """name = the sum of the body over the index, its bounds included."""

    name: str
    node: Node
    body: list[Assign | Loop] = field(default_factory=list)


class Schedule:
    """Statements for the roots.  `names` says under which name a node is found."""

    def __init__(
        self,
        roots: Sequence[Node],
        given: dict[Node, str],
        taken: Iterable[str],
        late: Iterable[str] = (),
        sizes: Sizes | None = None,
    ) -> None:
        self.taken = {*taken, *keyword.kwlist, *keyword.softkwlist, *RESERVED}
        self.names: dict[Node, str] = {}
        self.given = given
        self.roots = roots
        self.uses: dict[Node, int] = {}
        order = list(nodes_of(*roots))
        for root in roots:
            self.uses[root] = self.uses.get(root, 0) + 1
        for node in reversed(order):
            # who uses a view uses what it is a view of
            times = self.uses[node] if node.op in VIEWS else 1
            for arg in node.args:
                self.uses[arg] = self.uses.get(arg, 0) + times
        self._weight: dict[Node, int] = {}
        self._users: dict[Node, list[Node]] = {}
        for node in order:
            for arg in dict.fromkeys(node.args):
                self._users.setdefault(arg, []).append(node)
        self._large = {n for n in order if sizes is not None and is_large(n, sizes)}
        # the innermost loop each node stands in; None: outside of all
        self.statements = self._block([n for n in order if not n.bound], order)
        # statements of the functions inside, by the direction they take
        self.inner = {name: self._block([n for n in order if n.bound == {name}], order) for name in late}
        if sizes is not None and self._large:
            for block in (self.statements, *self.inner.values()):
                self._reuse(block, sizes)

    def _block(self, nodes: list[Node], order: list[Node]) -> list[Assign | Loop]:
        out: list[Assign | Loop] = []
        for node in nodes:
            if node.op == "input":
                self.names[node] = identifier(node.params[0])
                self.taken.add(self.names[node])
        for node in nodes:
            if node.op == "loop":
                out.append(self._loop(node, order))
            elif node.op in _PAIRS:
                out.append(self._pair(node))
            elif self._wants_name(node):
                name = self.fresh(self._suggestion(node))
                self.names[node] = name
                out.append(Assign([name], node))
        return out

    def _pair(self, node: Node) -> Assign:
        """Both results of an eigendecomposition have names, after what it is of."""
        self._weight[node] = 0
        of = self._of(node)
        names = [self.fresh(f"{of}_{word}" if of else word) for word in _PAIRS[node.op]]
        for user in self._users_of(node):
            self.names[user] = names[user.params[0]]
        return Assign(names, node)

    def _users_of(self, node: Node) -> list[Node]:
        return self._users.get(node, [])

    def _reuse(self, block: list[Assign | Loop], sizes: Sizes) -> None:
        """Large arrays take the memory of ones that are no longer needed."""
        assigned = {s.node: s for s in block if isinstance(s, Assign)}
        for node, x in in_place(list(assigned), self._users, set(self.roots), sizes).items():
            assigned[node].into = self.names[x]

    def _loop(self, node: Node, order: list[Node]) -> Loop:
        index = node.params[0]
        loop = Loop(self.fresh(self.given.get(node, "total")), node)
        inside = set(nodes_of(node.args[2]))
        enclosing = node.bound
        body = [n for n in order if n in inside and n.bound - enclosing == {index}]
        loop.body = self._block(body, order)
        self.names[node] = loop.name
        return loop

    def _wants_name(self, node: Node) -> bool:
        if node.op in VIEWS or node in self.names:
            return False
        weight = 1 + sum(self._weight.get(a, 0) for a in node.args)
        named = (
            node.op in _KINDS
            or (node.static is False and node in self.given)
            or (self.uses[node] > 1 and not _is_trivial(node))
            or (weight > _LONGEST and node not in self.roots)
            or self._is_ready(node)
            or node in self._large
            or any(a in self._large for a in _seen_through(node))
        )
        self._weight[node] = 0 if named else weight
        return named

    def _is_ready(self, node: Node) -> bool:
        """Is it known before the direction that its users wait for?  Then it is computed once."""
        if node.bound or (node.static and not node.shape):
            return False
        return any(user.bound or (user.op in VIEWS and self._is_ready(user)) for user in self._users_of(node))

    def _suggestion(self, node: Node) -> str:
        if node in self.given:
            return identifier(self.given[node])
        if node.op in _KINDS:
            of = self._of(node)
            return f"{of}_{_KINDS[node.op]}" if of else _KINDS[node.op]
        if node.op in ("lu_inverse", "chol_inverse") and (of := self._of(node.args[0])):
            return f"{of}_inv"
        return "t" if node.rank else "s"

    def _of(self, node: Node) -> str | None:
        base = node.args[0]
        while base.op in VIEWS and base.args:
            base = base.args[0]
        return self.names.get(base)

    def fresh(self, name: str) -> str:
        """The name, numbered if it is in use; plain letters are always numbered."""
        if name not in self.taken and name not in ("t", "s"):
            self.taken.add(name)
            return name
        k = 1
        while f"{name}{k}" in self.taken:
            k += 1
        self.taken.add(f"{name}{k}")
        return f"{name}{k}"


def _seen_through(node: Node) -> list[Node]:
    """The arguments, and what they are views of."""
    out = []
    for a in node.args:
        out.append(a)
        while a.op in VIEWS and a.args:
            a = a.args[0]
            out.append(a)
    return out


def _is_trivial(node: Node) -> bool:
    """A view of what has a name, or a short sum of sizes."""
    return (
        node.static
        and not node.shape
        and node.op in ("mul", "add", "sub", "neg")
        and not any(a.args for a in node.args)
    )
