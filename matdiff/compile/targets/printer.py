"""Printing programs: expressions with as few parentheses as needed, and statements.

Here: what all targets have in common.  Not here: their tables of templates, one file each; what is around the
statements of a Python function (`python`).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node
from matdiff.compile.schedule import Assign, Loop, Schedule
from matdiff.dimensions import Dim
from matdiff.errors import UnsupportedError

if TYPE_CHECKING:
    from matdiff.compile.code import Code, Result
    from matdiff.compile.inputs import Inputs

# How tightly an expression binds: sums, products, signs, powers, everything that needs no parentheses.
SUM, PRODUCT, SIGN, POWER, ATOM = 2, 3, 4, 5, 6
_HOLE = re.compile(r"\{(\w+)(?:\.(\d))?\}")

# Functions of numbers that depend on sizes alone are computed by Python itself.
_MATH = {"sqrt", "exp", "log", "sin", "cos", "tan", "lgamma", "gamma", "tanh", "log1p", "expm1", "erf"}

Template = tuple[int, str]


class Printer:
    """A printer.  `templates` are by instruction, `functions` by the name of a function of entries, `calls` by the
    operation called on matrices; `{0.3}` is the first argument in parentheses unless it binds at least as a product."""

    label = ""
    # whether LAPACK and BLAS are called as they are, so that programs are improved for them
    tuned = False
    templates: dict[str, Template] = {}
    functions: dict[str, Template] = {}
    calls: dict[str, Template] = {}

    def __init__(self, schedule: Schedule, inputs: Inputs | None = None) -> None:
        self.schedule, self.inputs = schedule, inputs

    # ------------------------------------------------------------ expressions

    def text(self, node: Node, least: int = 0, whole: bool = False) -> str:
        """The node as an expression that binds at least so tightly.  `whole`: written out though it has a name."""
        name = self.schedule.names.get(node)
        if name is not None and not whole:
            return name
        level, out = self._written(node)
        return f"({out})" if level < least else out

    def _written(self, node: Node) -> Template:
        own = getattr(self, f"_{node.op}", None)
        if own is not None:
            return own(node)
        return self._filled(self._template(node), node)

    def _template(self, node: Node) -> Template:
        if node.op == "function":
            name = node.params[0]
            if name in _MATH and _is_number(node):
                return ATOM, f"math.{name}({{0}})"
            return self._found(self.functions, name)
        if node.op == "call":
            return self._found(self.calls, node.params[0])
        return self._found(self.templates, node.op)

    def _found(self, table: dict[str, Template], name: str) -> Template:
        if name not in table:
            raise UnsupportedError(f"there is no {self.label} code for `{name}`", suggestion='target="numpy"')
        return table[name]

    def _filled(self, template: Template, node: Node) -> Template:
        level, pattern = template
        params = node.params[1:] if node.op in ("function", "call") else node.params

        def fill(found: re.Match[str]) -> str:
            key, least = found.group(1), int(found.group(2) or 0)
            if key.isdigit():
                return self.text(node.args[int(key)], least)
            if key == "all":
                return ", ".join(self.text(a) for a in node.args)
            if key == "shape":
                return "(" + ", ".join(self.dim(d) for d in node.shape) + ("," if node.rank == 1 else "") + ")"
            if key[0] == "p":
                return self.param(params[int(key[1:])], least)
            return self.dim(node.shape[int(key[1:])], least)

        return level, _HOLE.sub(fill, pattern)

    def param(self, value: Any, least: int = 0) -> str:
        if isinstance(value, Dim):
            return self.dim(value, least)
        return repr(value)

    def dim(self, size: Dim, least: int = 0) -> str:
        """A size as code: m * n + 1."""
        if size.literal is not None:
            return str(size.literal)
        size = self.inputs.rewritten(size) if self.inputs is not None else size
        text = re.sub(r"[A-Za-z_]\w*", lambda found: self.size_name(found.group()), str(size))
        text = text.replace("*", " * ").replace("/", " // ")
        plain = text.isidentifier()
        return text if plain or (least <= SUM and " // " not in text) else f"({text})"

    def size_name(self, name: str) -> str:
        return identifier(name)

    def _number(self, node: Node) -> Template:
        value: Fraction = node.params[0]
        if value.denominator == 1:
            return (ATOM if value >= 0 else SIGN), str(value.numerator)
        decimal = repr(float(value))
        if Fraction(decimal) == value and len(decimal) < 12:
            return (ATOM if value >= 0 else SIGN), decimal
        return PRODUCT, f"{value.numerator} / {value.denominator}"

    def _size(self, node: Node) -> Template:
        text = self.dim(node.params[0])
        return (ATOM if text.isidentifier() or text.isdigit() else SUM), text

    def _constant(self, node: Node) -> Template:
        return ATOM, f"math.{node.params[0]}"

    def _add(self, node: Node) -> Template:
        a, b = node.args
        return SUM, f"{self.entries(a, node, SUM)} + {self.entries(b, node, PRODUCT)}"

    def _sub(self, node: Node) -> Template:
        a, b = node.args
        return SUM, f"{self.entries(a, node, SUM)} - {self.entries(b, node, PRODUCT)}"

    def _mul(self, node: Node) -> Template:
        a, b = node.args
        return PRODUCT, f"{self.entries(a, node, PRODUCT)} * {self.entries(b, node, SIGN)}"

    def _div(self, node: Node) -> Template:
        a, b = node.args
        return PRODUCT, f"{self.entries(a, node, PRODUCT)} / {self.entries(b, node, SIGN)}"

    def _matmul(self, node: Node) -> Template:
        a, b = (self.text(arg, PRODUCT if k == 0 else SIGN) for k, arg in enumerate(node.args))
        return PRODUCT, f"{self._apart(node.args[0], a)} @ {b}"

    def _apart(self, node: Node, text: str) -> str:
        """In parentheses where * and / would stand beside @: correct without, but hard to read."""
        mixed = node not in self.schedule.names and node.op in ("mul", "div", "scale_rows", "scale_cols")
        return f"({text})" if mixed else text

    def _apply(self, node: Node) -> Template:
        return ATOM, f"{identifier(node.params[0])}({self.text(node.args[0])})"

    def _neg(self, node: Node) -> Template:
        return SIGN, f"-{self.text(node.args[0], SIGN)}"

    def entries(self, node: Node, whole: Node, least: int) -> str:
        """An operand of an operation entry by entry: vectors meet matrices by broadcasting where the other is whole."""
        others = [a for a in whole.args if a is not node]
        if node not in self.schedule.names and any(o.rank == 2 and not o.op.startswith("spread") for o in others):
            if node.op == "spread_rows":
                return self.text(node.args[0], least)
            if node.op == "spread_cols":
                return f"{self.text(node.args[0], ATOM)}[:, None]"
        if node not in self.schedule.names and len(others) == 1 and others[0].op.startswith("spread"):
            if node.op == "spread_cols" and others[0].op == "spread_rows":
                return f"{self.text(node.args[0], ATOM)}[:, None]"
            if node.op == "spread_rows" and others[0].op == "spread_cols":
                return self.text(node.args[0], least)
        text = self.text(node, least)
        product = whole.op in ("mul", "div") and node.op == "matmul" and node not in self.schedule.names
        return f"({text})" if product and least <= PRODUCT else text

    # ------------------------------------------------------------ statements

    def statements(self, block: list[Assign | Loop] | None = None, indent: str = "    ") -> list[str]:
        out = []
        for s in self.schedule.statements if block is None else block:
            if isinstance(s, Loop):
                out += self._loop_lines(s, indent)
            else:
                value = self.text(s.node, whole=True) if s.into is None else self.in_place(s.node, s.into)
                out.append(indent + self.assignment(s.names, value))
        return out

    def in_place(self, node: Node, into: str) -> str:
        """The node computed in the memory of an array; targets that cannot ignore it."""
        return self.text(node, whole=True)

    def assignment(self, names: list[str], value: str) -> str:
        return f"{', '.join(names)} = {value}"

    def _loop_lines(self, loop: Loop, indent: str) -> list[str]:
        raise NotImplementedError

    def arguments(self, inputs: Inputs, checked: bool) -> list[str]:
        """The lines before the first statement."""
        return []

    def result(self, result: Result, node: Node) -> str:
        """What is returned for one of the results."""
        return self.text(node)

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        """The whole text."""
        raise NotImplementedError


def _is_number(node: Node) -> bool:
    """Is it computed of sizes and numbers alone, without any array on the way?"""
    return node.static and not node.shape and all(map(_is_number, node.args))
