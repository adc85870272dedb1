"""What Julia and MATLAB have in common: matrices by columns, vectors as columns, dots for operations entry by entry.

Here: `Columns`, with the order of operations, the layout of a file, sizes and conditions of arguments.  Not here: the
two languages (`julia`, `matlab`); the functions they bring along (`kernels/library.*`, copied by `foreign_functions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from matdiff.compile.program import Node, value_of
from matdiff.compile.schedule import Loop, Schedule
from matdiff.compile.targets.foreign import Foreign
from matdiff.compile.targets.foreign_functions import functions_for
from matdiff.compile.targets.printer import ATOM, POWER, PRODUCT, SIGN, SUM, Template
from matdiff.dimensions import Dim

if TYPE_CHECKING:
    from matdiff.compile.code import Code
    from matdiff.compile.inputs import Inputs

# Longer fractions are written as decimal numbers.
_DIGITS = 16
_OTHER_SIGN = str.maketrans("+-", "-+")
_CALLED = re.compile(r"[A-Za-z_]\w*(?=\.?\()|@\w+")


def called(*tables: dict[str, Template]) -> Iterable[str]:
    """The functions that templates call."""
    return (name.lstrip("@") for table in tables for _, pattern in table.values() for name in _CALLED.findall(pattern))


class Columns(Foreign):
    """`suffix` is how the files of functions the code may call end, `division` the sign between whole numbers."""

    suffix = ""
    comment = "#"
    division = "/"
    # the side of a square with so many entries
    root = ""
    # do sums of unlike shapes need a dot?
    dotted_sums = False
    end = ""
    as_column = ""

    def __init__(self, schedule: Schedule, inputs: Inputs | None = None) -> None:
        super().__init__(schedule, inputs)
        self.used = set(self.spelled.values())
        if inputs is not None:
            self.used |= {self.size_name(v.name) for v in inputs.variables} | set(
                map(self.size_name, inputs.size_names)
            )

    # ------------------------------------------------------------ entry by entry

    def _function(self, node: Node) -> Template:
        if node.params[0] == "power":
            return self._power(node)
        return self._filled(self._template(node), node)

    def _add(self, node: Node) -> Template:
        return self._sum_of(node, "+")

    def _sub(self, node: Node) -> Template:
        return self._sum_of(node, "-")

    def _sum_of(self, node: Node, sign: str) -> Template:
        a, b = node.args
        if self.dotted_sums and (a.rank != b.rank or self._is_spread(a, node) or self._is_spread(b, node)):
            sign = f".{sign}"
        left, right = self.entries(a, node, SUM), self.entries(b, node, PRODUCT)
        if right.startswith("-"):
            # a + -2 * b
            sign, right = sign.translate(_OTHER_SIGN), right[1:]
        return SUM, f"{left} {sign} {right}"

    def _mul(self, node: Node) -> Template:
        a, b = node.args
        sign = ".*" if a.rank and b.rank else "*"
        return PRODUCT, f"{self.entries(a, node, PRODUCT)} {sign} {self.entries(b, node, SIGN)}"

    def _div(self, node: Node) -> Template:
        a, b = node.args
        sign = "./" if b.rank else "/"
        return PRODUCT, f"{self.entries(a, node, PRODUCT)} {sign} {self.entries(b, node, SIGN)}"

    def _power(self, node: Node) -> Template:
        base, exponent = node.args
        # a whole number to a large whole power would overflow in Julia
        value = value_of(base)
        whole = value is not None and value.denominator == 1 and value >= 0
        below = f"{value}.0" if whole and not node.rank else self.text(base, ATOM)
        return POWER, f"{below}{' .^ ' if node.rank else '^'}{self.text(exponent, ATOM)}"

    def _neg(self, node: Node) -> Template:
        text = self.text(node.args[0], SIGN)
        # -(a + b)^2 is right, but looks like the square of what is negated
        return SIGN, f"-({text})" if text.startswith("(") and node.args[0].op == "power" else f"-{text}"

    def _is_spread(self, node: Node, whole: Node) -> bool:
        """Is it the vector alone that is written, because the other operand has both axes?"""
        if not node.op.startswith("spread"):
            return False
        others = [a for a in whole.args if a is not node]
        return any(o.rank == 2 and o.op != node.op for o in others)

    def entries(self, node: Node, whole: Node, least: int) -> str:
        if self._is_spread(node, whole):
            x = node.args[0]
            if node.op == "spread_cols":
                return self.text(x, least)
            negative = x.op == "neg" and x not in self.schedule.names
            return f"-{self.text(x.args[0], ATOM)}'" if negative else f"{self.text(x, ATOM)}'"
        text = self.text(node, least)
        if whole.op in ("mul", "div") and node.op in ("matmul", "outer") and node not in self.schedule.names:
            # a product of matrices beside one of entries
            return self.text(node, max(least, SIGN))
        return text

    def _number(self, node: Node) -> Template:
        value = node.params[0]
        if len(str(value)) <= _DIGITS:
            return super()._number(node)
        return (ATOM if value >= 0 else SIGN), repr(float(value))

    # ------------------------------------------------------------ products

    def _matmul(self, node: Node) -> Template:
        a, b = node.args
        if a.rank == 1 and b.rank == 1:
            return self._inner(a, b)
        if a.rank == 1:
            # a row times a matrix, as a column
            return PRODUCT, f"{self._turned(b)} * {self.text(a, SIGN)}"
        return PRODUCT, f"{self._apart(a, self.text(a, PRODUCT))} * {self.text(b, SIGN)}"

    def _inner(self, a: Node, b: Node) -> Template:
        return PRODUCT, f"{self._turned(a)} * {self.text(b, SIGN)}"

    def _vdot(self, node: Node) -> Template:
        a, b = node.args
        if not a.rank:
            return PRODUCT, f"{self.text(a, PRODUCT)} * {self.text(b, SIGN)}"
        return self._filled(self._template(node), node)

    def _turned(self, node: Node) -> str:
        """The transpose, as an operand of a product."""
        if node.op == "transpose" and node not in self.schedule.names:
            return self._apart(node.args[0], self.text(node.args[0], PRODUCT))
        return f"{self.text(node, ATOM)}'"

    # ------------------------------------------------------------ sizes

    def dim(self, size: Dim, least: int = 0) -> str:
        return super().dim(size, least).replace("//", self.division)

    def sizes(self, node: Node) -> str:
        return ", ".join(self.dim(d) for d in node.shape)

    def range(self, first: Dim, last: Dim, size: Dim | None = None) -> str:
        """first:last, or one index, or all there is."""
        if first == last:
            return self.dim(first)
        if first.is_one and last == size:
            return ":"
        return f"{self.dim(first, ATOM)}:{self.dim(last, ATOM)}"

    def arguments(self, inputs: Inputs, checked: bool) -> list[str]:
        # a row is given as the matrix it is
        rows = [self.size_name(v.name) for v in inputs.variables if v.shape[0].is_one and not v.shape[1].is_one]
        lines = [f"    {x} = {self.as_column.format(x)}{self.end}" for x in rows]
        for name, v, axis, slope, rest, power in inputs.solved:
            whole = f"size({self.size_name(v.name)}, {axis + 1})"
            if rest.terms:
                whole = f"({whole} - {self.dim(rest, ATOM)})"
            whole = whole if slope.is_one else self.divided(whole, self.dim(slope, ATOM))
            lines.append(f"    {self.size_name(name)} = {whole if power == 1 else f'{self.root}({whole})'}{self.end}")
        for name, v, axis in inputs.whole.values():
            lines.append(f"    {self.size_name(name)} = size({self.size_name(v.name)}, {axis + 1}){self.end}")
        return lines + (self.conditions(inputs) if checked else [])

    def _add_diagonal(self, node: Node) -> Template:
        a, x = node.args
        sign, value = "+", value_of(x)
        if x.op == "neg" and x not in self.schedule.names:
            sign, x = "-", x.args[0]
        if x.rank:
            more = self.diagonal_matrix(self.text(x))
        else:
            one = self.identity(node)
            more = one if value == 1 else f"{self.text(x, SIGN)} * {one}"
        if more.startswith("-"):
            sign, more = sign.translate(_OTHER_SIGN), more[1:]
        return SUM, f"{self.text(a, SUM)} {sign} {more}"

    def diagonal_matrix(self, x: str) -> str:
        raise NotImplementedError

    def identity(self, node: Node) -> str:
        """An identity matrix of the size of the node, to be added."""
        raise NotImplementedError

    def cut(self, x: Node, indices: list[str]) -> tuple[Node, list[str], bool]:
        """What is indexed, by what, and whether the result is to be turned: of a transpose, what it transposes."""
        if x.op == "transpose" and x not in self.schedule.names:
            return x.args[0], indices[::-1], True
        return x, indices, False

    def spans(self, node: Node) -> list[str]:
        """The indices of a slice."""
        pairs = zip(node.params[::2], node.params[1::2])
        return [self.range(a, b, size) for (a, b), size in zip(pairs, node.args[0].shape)]

    def divided(self, whole: str, by: str) -> str:
        """How often a size goes into another one."""
        return f"{whole} {self.division} {by}"

    def conditions(self, inputs: Inputs) -> list[str]:
        """What must hold of the shapes of the arguments."""
        raise NotImplementedError

    def demands(self, inputs: Inputs) -> list[tuple[str, str]]:
        """Sizes, and what they must be at least, for blocks cut out; those in a loop are looked at there."""
        known = set(inputs.size_names)
        outside = [pair for pair in inputs.demands if all(inputs.rewritten(d).names <= known for d in pair)]
        # sizes are positive
        outside = [(size, least) for size, least in outside if any(c < 0 for _, c in (size - least).terms)]
        return [(self.dim(size, ATOM), self.dim(least, ATOM)) for size, least in outside]

    # ------------------------------------------------------------ statements

    def assignment(self, names: list[str], value: str) -> str:
        return f"{', '.join(names)} = {value}{self.end}"

    def _loop_lines(self, loop: Loop, indent: str) -> list[str]:
        lower, upper, body = loop.node.args
        name, index = self.spelled[loop.name], self.size_name(loop.node.params[0])
        start = f"zeros({self._sizes_of_array(body)})" if body.rank else "0.0"
        inner = indent + "    "
        return [
            f"{indent}{name} = {start}{self.end}",
            self._loop_head(indent, index, lower, upper),
            *self.statements(loop.body, inner),
            f"{inner}{name} = {name} + {self.text(body, PRODUCT)}{self.end}",
            f"{indent}end",
        ]

    def _loop_head(self, indent: str, index: str, lower: Node, upper: Node) -> str:
        return f"{indent}for {index} = {self.text(lower, ATOM)}:{self.text(upper, ATOM)}"

    def _sizes_of_array(self, node: Node) -> str:
        return self.sizes(node)

    # ------------------------------------------------------------ the whole

    def free(self, name: str) -> str:
        """The name, with underscores until nothing else has it."""
        while name in self.used or name in self.reserved:
            name += "_"
        return name

    def result_names(self, code: Code) -> list[str]:
        """What each result is called, where it gets a name."""
        kind = code.task.name.removeprefix("value_and_")
        return [self.free("value" if r.name == "value" else kind) for r in code.task.results]

    def explained(self, code: Code) -> list[str]:
        return [f"{self.comment} {line}".rstrip() for line in self.about(code)]

    # ------------------------------------------------------------ blocks

    def solid(self, node: Node) -> str:
        """The node as an array that can be reshaped."""
        return self.text(node)

    def _apply_factor(self, node: Node) -> Template:
        (left,) = node.params
        more = "" if left.is_one else f", {self.dim(left)}"
        return ATOM, f"apply_factor({self.text(node.args[0])}, {self.solid(node.args[1])}{more})"

    def _commute_rows(self, node: Node) -> Template:
        m, n = map(self.dim, node.params)
        return ATOM, f"commute_rows({self.solid(node.args[0])}, {m}, {n})"

    def _ptrace_product(self, node: Node) -> Template:
        k, side = node.params
        a, b = map(self.solid, node.args)
        return ATOM, f"partial_trace_product({a}, {b}, {self.dim(k)}, {side})"

    def _weigh_blocks(self, node: Node) -> Template:
        a, weights = map(self.solid, node.args)
        return ATOM, f"weigh_blocks({a}, {weights}, {node.params[0]})"

    def helpers(self, lines: list[str]) -> list[str]:
        """The functions brought along that these lines call."""
        return functions_for(self.suffix, "\n".join(lines))


__all__ = ["ATOM", "POWER", "PRODUCT", "SIGN", "SUM", "Columns", "called"]
