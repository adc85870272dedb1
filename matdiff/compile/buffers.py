"""Large matrices computed in place of ones that are no longer needed: less memory to fetch from the system.

Here: `in_place`, which looks at the statements of a schedule in their order.  Used for sizes at which allocating costs
as much as computing; the statements of smaller problems stay plain.
"""

from __future__ import annotations

from matdiff.compile.cost import Sizes
from matdiff.compile.program import Node, entries

# From so many entries on (128 kB), memory comes from the system and goes back at once.
LARGE = 1 << 14
# Other looks at the same memory; a function of the user's own may return what it is given.
ALIASES = frozenset(
    "transpose slice row column as_matrix from_matrix diagonal mat vec spread_rows spread_cols item apply".split()
)
# Instructions whose result is a new array of their own.
_FRESH = frozenset(
    "matmul thin_outer thin_product symmetric_product weighted_gram outer kron_vectors "
    "add sub mul div neg function power scale_rows scale_cols".split()
)
ENTRYWISE = frozenset("add sub mul div neg function".split())


def is_large(node: Node, sizes: Sizes) -> bool:
    """An array whose memory is worth reusing."""
    if node.rank == 0 or node.static or node.op == "input" or node.op in ALIASES:
        return False
    return sizes(entries(node.shape)) >= LARGE


def in_place(order: list[Node], users: dict[Node, list[Node]], roots: set[Node], sizes: Sizes) -> dict[Node, Node]:
    """For assigned nodes in the order of their statements: whose memory each may take."""
    position = {node: k for k, node in enumerate(order)}
    last: dict[Node, float] = {}

    def end(node: Node) -> float:
        """The last statement that reads the memory of a node; infinite where it is returned."""
        if node not in last:
            found = float("inf") if node in roots else -1.0
            for user in users.get(node, ()):
                found = max(found, end(user) if user.op in ALIASES else position.get(user, float("inf")))
            last[node] = found
        return last[node]

    taken: dict[Node, Node] = {}
    for node in order:
        if node.op not in ENTRYWISE or not is_large(node, sizes):
            continue
        for x in node.args:
            if x in position and x.op in _FRESH and x.shape == node.shape and end(x) == position[node]:
                taken[node] = x
                break
    return taken
