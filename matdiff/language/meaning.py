"""Which operation each piece of syntax means: the table of readers, and the walk that applies it.

Surface tree in, typed tree out (`reader.Typed`).  The walk keeps its own stack: a tree may be thousands of levels deep.
"""

from __future__ import annotations

from matdiff.errors import UnsupportedError
from matdiff.language import brackets, calls, leaves, operators, powers, reader
from matdiff.language.operators import ReaderOf
from matdiff.language.reader import Typed
from matdiff.language.surface import Surface, walk

READERS: dict[str, ReaderOf] = {
    "name": leaves.name,
    "minus_name": lambda r, node, args: operators.negated(r, leaves.name(r, node, args)),
    "number": leaves.number,
    "minus_number": lambda r, node, args: operators.negated(r, leaves.number(r, node, args)),
    "group": operators.group,
    "add": operators.add,
    "subtract": operators.add,
    "negate": operators.negate,
    "multiply": operators.multiply,
    "divide": operators.divide,
    "solve": operators.solve,
    "entry_multiply": operators.same_shape("hadamard"),
    "entry_divide": operators.entry_divide,
    "hadamard": operators.same_shape("hadamard"),
    "kronecker": operators.operator("kronecker"),
    "frobenius": operators.frobenius,
    "power": powers.power,
    "entry_power": powers.entry_power,
    "transpose": operators.operator("transpose"),
    "bars": brackets.bars,
    "norm": brackets.norm,
    "row": brackets.row,
    "blocks": brackets.blocks,
    "entries": calls.entries,
    "call": calls.call,
    "extent": calls.extent,
    "partial": brackets.partial,
    "derivative": brackets.derivative,
    "derivative_of": brackets.derivative_of,
    "hessian_of": brackets.hessian_of,
}


class Reader(reader.Reader):
    """A reader that knows the whole language."""

    def read(self, root: Surface) -> Typed:
        """The typed tree of an expression."""
        for node in walk(root):
            if calls.is_index_sum(node):
                calls.bind(self, node)
        done: list[Typed] = []
        stack: list[tuple[Surface, int]] = [(root, -1)]
        while stack:
            node, count = stack.pop()
            if count < 0:
                parts = self.parts(node)
                stack.append((node, len(parts)))
                stack.extend((p, -1) for p in reversed(parts))
            else:
                args = done[len(done) - count :]
                del done[len(done) - count :]
                done.append(self.combine(node, args))
        return done[0]

    def parts(self, node: Surface) -> tuple[Surface, ...]:
        """The children that are expressions themselves; for sums, the whole chain at once."""
        kind = node.kind
        if kind in ("add", "subtract"):
            return operators.chain(node)
        if kind == "call":
            return calls.expression_parts(self, node)
        if kind in ("power", "entry_power"):
            base, exponent = node.children
            bases = () if powers.is_euler(self, base) else (base,)
            return (*bases, exponent) if powers.is_expression(exponent) else bases
        if kind in ("entries", "norm"):
            return node.children[:1]
        return node.children

    def combine(self, node: Surface, args: list[Typed]) -> Typed:
        read = READERS.get(node.kind)
        if read is None:
            raise self.error(f"`{self.source(node)}` is not supported yet", node, kind=UnsupportedError)
        return read(self, node, args)
