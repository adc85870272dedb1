"""Improvements that show only in the whole program, when all uses of a factorisation or a matrix are known.

Here: `improved`.  Not here: choices within one product (`chains`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matdiff.compile.cost import Sizes
from matdiff.compile.program import Node, Program, again, entries, nodes_of

# A matrix with at most so many columns is thin, one with at least so many entries large.
_THIN, _LARGE = 32, 1 << 16
# From this size on the half of a symmetric product is worth several calls.
_BLOCKS = 192


def improved(p: Program, roots: Sequence[Node], sizes: Sizes) -> list[Node]:
    """The roots with better instructions for the same values; `p.renewed` tells what became of each node."""
    p.renewed.clear()
    for find in (_inverses, _sweeps, _halves, _turned):
        roots = _exchanged(p, roots, find(p, roots, sizes))
    return list(roots)


def _exchanged(p: Program, roots: Sequence[Node], rules: dict[Node, Callable[[Sequence[Node]], Node]]) -> list[Node]:
    """Nodes with a rule are built by it from their new arguments, the others as they were."""
    if not rules:
        return list(roots)
    new: dict[Node, Node] = {}
    for node in nodes_of(*roots):
        args = [new[a] for a in node.args]
        new[node] = rules[node](args) if node in rules else again(p, node, args)
    for old, middle in list(p.renewed.items()):
        p.renewed[old] = new.get(middle, middle)
    p.renewed.update({old: node for old, node in new.items() if old not in p.renewed})
    return [new[root] for root in roots]


def _inverses(p: Program, roots: Sequence[Node], sizes: Sizes) -> dict[Node, Callable[[Sequence[Node]], Node]]:
    """With at least twice as many right-hand sides as rows, the inverse and products are faster than solving; and
    where the inverse is needed anyway, with as many."""
    solves: dict[Node, list[Node]] = {}
    inverted: set[Node] = set()
    for node in nodes_of(*roots):
        if node.op == "lu_solve" and node.rank == 2:
            solves.setdefault(node.args[0], []).append(node)
        elif node.op == "lu_inverse":
            inverted.add(node.args[0])
    rules: dict[Node, Callable[[Sequence[Node]], Node]] = {}
    for factor, users in solves.items():
        columns = sum(sizes(user.shape[1]) for user in users)
        if columns >= (1 if factor in inverted else 2) * sizes(factor.shape[0]):
            rules.update({user: _by_inverse(p, user) for user in users})
    return rules


def _by_inverse(p: Program, solve: Node) -> Callable[[Sequence[Node]], Node]:
    def build(args: Sequence[Node]) -> Node:
        factor, b = args
        inverse = p.node("lu_inverse", (factor,), (), solve.args[0].shape)
        inverse = p.transpose(inverse) if solve.params[0] else inverse
        if b.op == "transpose":
            # (b' A^-T)' rather than A^-1 b: nothing is copied to turn it
            return p.transpose(p.matmul(b.args[0], p.transpose(inverse)))
        return p.matmul(inverse, b)

    return build


def _sweeps(p: Program, roots: Sequence[Node], sizes: Sizes) -> dict[Node, Callable[[Sequence[Node]], Node]]:
    """L X and L'X of a large matrix and few columns in one sweep over L; U V' of few columns in strips."""
    products: dict[tuple[Node, Node], dict[bool, Node]] = {}
    rules: dict[Node, Callable[[Sequence[Node]], Node]] = {}
    for node in nodes_of(*roots):
        if node.op != "matmul" or node.rank != 2:
            continue
        if sizes(node.args[1].shape[0]) <= _THIN and sizes(entries(node.shape)) >= _LARGE:
            rules[node] = lambda args, shape=node.shape: p.node("thin_outer", args, (), shape)  # type: ignore[misc]
        if not 1 < sizes(node.shape[1]) <= _THIN:
            continue
        turned = node.args[0].op == "transpose"
        base = node.args[0].args[0] if turned else node.args[0]
        if base.op == "input" and sizes(entries(base.shape)) >= 4 * _LARGE:
            products.setdefault((base, node.args[1]), {})[turned] = node
    for (base, _), found in products.items():
        if len(found) == 2 and base.shape[0] == base.shape[1]:
            rules.update({node: _one_sweep(p, base, turned) for turned, node in found.items()})
        elif False in found:
            node = found[False]
            rules[node] = lambda args, shape=node.shape: p.node("thin_product", args, (), shape)  # type: ignore[misc]
    return rules


def _one_sweep(p: Program, base: Node, turned: bool) -> Callable[[Sequence[Node]], Node]:
    def build(args: Sequence[Node]) -> Node:
        x = args[1]
        pair = p.node("both_products", (base, x), (), x.shape)
        return p.item(pair, int(turned), x.shape)

    return build


def _halves(p: Program, roots: Sequence[Node], sizes: Sizes) -> dict[Node, Callable[[Sequence[Node]], Node]]:
    """Of a large symmetric product only the blocks above the diagonal; X' Diag(t) X in strips of rows.  (X'X itself is
    NumPy's own business.)"""
    rules: dict[Node, Callable[[Sequence[Node]], Node]] = {}
    for node in nodes_of(*roots):
        if node.op != "matmul" or node.rank != 2 or not node.params:
            continue
        gram = _weighted(p, node)
        if gram is not None and sizes(entries(gram[0].shape)) >= _LARGE:
            rules[node] = lambda args: _gram(p, args)
        elif sizes(node.shape[0]) >= _BLOCKS and node.args[0] is not p.transpose(node.args[1]):
            rules[node] = lambda args, shape=node.shape: p.node("symmetric_product", args, (), shape)  # type: ignore[misc]
    return rules


def _weighted(p: Program, node: Node) -> tuple[Node, Node] | None:
    """X and t where the node is X' Diag(t) X."""
    a, b = node.args
    if b.op == "scale_rows" and p.transpose(a) is b.args[1]:
        return b.args[1], b.args[0]
    if a.op == "scale_cols" and p.transpose(a.args[0]) is b:
        return b, a.args[1]
    return None


def _gram(p: Program, args: Sequence[Node]) -> Node:
    node = p.matmul(args[0], args[1], symmetric=True)
    gram = _weighted(p, node)
    return node if gram is None else p.node("weighted_gram", gram, (), node.shape)


def _turned(p: Program, roots: Sequence[Node], sizes: Sizes) -> dict[Node, Callable[[Sequence[Node]], Node]]:
    """vec(A B) from B'A': its rows one after the other are the columns of A B, so that nothing is copied."""
    users: dict[Node, int] = {}
    for node in nodes_of(*roots):
        for a in node.args:
            users[a] = users.get(a, 0) + 1
    rules: dict[Node, Callable[[Sequence[Node]], Node]] = {}
    for node in nodes_of(*roots):
        if node.op == "vec" and node.args[0].op == "matmul" and users[node.args[0]] == 1 and node.args[0] not in roots:
            rules[node] = lambda args, shape=node.shape: p.node("vec", (_flipped(p, args[0]),), (), shape)  # type: ignore[misc]
    return rules


def _flipped(p: Program, node: Node) -> Node:
    if node.op != "matmul":
        return node
    a, b = node.args
    return p.transpose(p.matmul(p.transpose(b), p.transpose(a)))
