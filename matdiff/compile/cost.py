"""What instructions cost: floating-point operations and entries of memory, as polynomials in the sizes.

Here: the table of costs, the total of a program, and its order of growth as people write it, O(m³ + n³).  For choices
the polynomials are evaluated at sizes: those of the arrays of a call, or a guess.  Not here: the choices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from matdiff.compile.program import Node, entries
from matdiff.dimensions import ONE, Dim

# A size that is not known is taken for this; moderately large, so that the leading terms decide.
GUESS = 96
# What moving an entry through memory costs, in operations of a matrix product.
TRAFFIC = 8
# What starting an instruction costs.
START = 4000


class Sizes:
    """Numbers for sizes: those that are known, a guess for the others."""

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self.known = dict(known or {})

    def __call__(self, size: Dim) -> int:
        if size.literal is not None:
            return size.literal
        return max(1, size.value({n: self.known.get(n, GUESS) for n in size.names}))


def times(*sizes: Dim | int) -> Dim:
    out = ONE
    for size in sizes:
        out = out * (Dim.of(size) if isinstance(size, int) else size)
    return out


def _matmul(node: Node) -> Dim:
    a, b = node.args
    return times(2, entries(a.shape), entries(b.shape[1:]))


def _cube(factor: int) -> Callable[[Node], Dim]:
    return lambda node: times(factor, *[node.args[0].shape[0]] * 3)


def _solve(node: Node) -> Dim:
    return times(2, node.args[0].shape[0], entries(node.shape))


def _triangular(node: Node) -> Dim:
    return times(node.args[0].shape[0], entries(node.shape))


def _apply_factor(node: Node) -> Dim:
    factor, operand = node.args
    return times(2, factor.shape[0], *operand.shape)


def _ptrace_product(node: Node) -> Dim:
    a, b = node.args
    # every entry of one meets the entries of the other that stand in its place of the contracted sizes
    rows = node.shape[1]
    return times(2, entries(a.shape), rows)


_FREE = {
    "input",
    "number",
    "size",
    "constant",
    "transpose",
    "item",
    "mat",
    "unit",
    "spread_rows",
    "spread_cols",
    "slice",
}
_FLOPS: dict[str, Callable[[Node], Dim]] = {
    "matmul": _matmul,
    "lu": _cube(1),
    "chol": _cube(1),
    "lu_solve": _solve,
    "chol_solve": _solve,
    "tri_solve": _triangular,
    "lu_inverse": _cube(2),
    "chol_inverse": _cube(1),
    "eigh": _cube(9),
    "geneigh": _cube(11),
    "apply_factor": _apply_factor,
    "ptrace_product": _ptrace_product,
    "weigh_blocks": lambda node: times(2, entries(node.args[0].shape)),
    **dict.fromkeys(("matrix_power", "kth_power"), _cube(6)),
    "matrix": _cube(30),
    "weighted_gram": lambda node: times(2, entries(node.args[0].shape), node.shape[0]),
    "thin_outer": _matmul,
    "thin_product": _matmul,
    "symmetric_product": _matmul,
    "both_products": lambda node: times(4, entries(node.args[0].shape), *node.args[1].shape[1:]),
    "vdot": lambda node: times(2, entries(node.args[0].shape)),
    **dict.fromkeys(
        ("sum", "rowsums", "colsums", "max", "min", "prod", "logsumexp"), lambda node: entries(node.args[0].shape)
    ),
}


def flops(node: Node) -> Dim:
    """The operations of one instruction."""
    if node.op in _FREE:
        return Dim.of(0)
    if node.op in _FLOPS:
        return _FLOPS[node.op](node)
    if node.op == "call":
        size = max((a.shape for a in node.args), key=len, default=())
        return times(10, *size, *size[:1]) if len(size) == 2 else entries(size)
    return entries(node.shape)


def memory(node: Node) -> Dim:
    """The entries it makes."""
    return Dim.of(0) if node.op in _FREE else entries(node.shape)


def weighed(nodes: Iterable[Node]) -> Iterator[tuple[Dim, Dim, Dim]]:
    """Operations and entries of all that is computed at a call, and how often: inside a loop, once a round."""
    nodes = list(nodes)
    last: dict[str, Dim] = {}
    # Outer loops come after inner ones; where an inner one ends may depend on the index of an outer one.
    for loop in reversed([n for n in nodes if n.op == "loop"]):
        last[loop.params[0]] = _polynomial(loop.args[1]).substitute(last)
    for node in nodes:
        if node.op not in _FREE and not node.static:
            often = times(*(last[x] for x in sorted(node.bound) if x in last))
            yield flops(node).substitute(last), memory(node).substitute(last), often


def _polynomial(node: Node) -> Dim:
    """A whole number in terms of sizes and arguments; of the smallest of several, the first."""
    if node.op == "size":
        return node.params[0]
    if node.op in ("number", "input"):
        return Dim.of(node.params[0])
    parts = [_polynomial(a) for a in node.args]
    if node.op in ("add", "sub", "mul"):
        a, b = parts
        return a + b if node.op == "add" else a - b if node.op == "sub" else a * b
    return parts[0] if parts else ONE


def total(nodes: Iterable[Node], sizes: Sizes) -> int:
    """A number for a whole program at given sizes: operations, traffic, and starting each instruction."""
    return sum(
        max(1, sizes(often)) * (sizes(work) + TRAFFIC * sizes(made) + START) for work, made, often in weighed(nodes)
    )


def product(m: int, k: int, n: int) -> int:
    """The cost of multiplying m x k by k x n."""
    return 2 * m * k * n + TRAFFIC * (m * k + k * n + m * n) + START


def order(polynomials: Iterable[Dim]) -> str:
    """The order of growth of a sum: the monomials that none of the others outgrows, O(m^3 + m n)."""
    found = {monomial for p in polynomials for monomial, c in p.terms if monomial}
    kept = [m for m in found if not any(m != other and _divides(m, other) for other in found)]
    kept.sort(key=lambda m: (-len(m), m))
    return "O(" + (" + ".join(map(_monomial, kept)) or "1") + ")"


def _divides(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    return all(b.count(name) >= a.count(name) for name in set(a))


def _monomial(names: tuple[str, ...]) -> str:
    counted = [(name, names.count(name)) for name in dict.fromkeys(names)]
    return " ".join(name if count == 1 else f"{name}^{count}" for name, count in counted)
