"""What printers for anything but Python share: names spelled in the target's own way, and what is said above the code.

Here: `Foreign`.  Not here: arrays by columns (`columns`), formulas (`pseudocode`).
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node
from matdiff.compile.schedule import Assign, Loop, Schedule
from matdiff.compile.targets.printer import Printer, Template

if TYPE_CHECKING:
    from matdiff.compile.code import Code
    from matdiff.compile.inputs import Inputs


class Foreign(Printer):
    """A printer with its own spelling of names.  `reserved` are those it must not use for variables."""

    reserved: frozenset[str] = frozenset()

    def __init__(self, schedule: Schedule, inputs: Inputs | None = None) -> None:
        # the schedule of the code keeps the names of the Python version
        own = copy(schedule)
        self.spelled = self._spellings(schedule)
        own.names = {node: self.spelled[name] for node, name in schedule.names.items()}
        super().__init__(own, inputs)

    def _spellings(self, schedule: Schedule) -> dict[str, str]:
        """Every name that statements use, as it is spelled here."""
        names = dict.fromkeys(schedule.names.values())
        for block in (schedule.statements, *schedule.inner.values()):
            names |= dict.fromkeys(
                name for s in flat(block) for name in (s.names if isinstance(s, Assign) else [s.name])
            )
        return {name: self.own(name) for name in names}

    def own(self, name: str) -> str:
        """A name of the Python version: the underscore that Python needs goes, that of this language comes."""
        plain = undone(name)
        return f"{plain}_" if plain in self.reserved else plain

    def size_name(self, name: str) -> str:
        return self.own(identifier(name))

    # ------------------------------------------------------------ text

    def _template(self, node: Node) -> Template:
        # without Python's own functions for numbers that depend on sizes alone
        if node.op == "function":
            return self._found(self.functions, node.params[0])
        return super()._template(node)

    def statements(self, block: list[Assign | Loop] | None = None, indent: str = "    ") -> list[str]:
        out = []
        for s in self.schedule.statements if block is None else block:
            out += self._loop_lines(s, indent) if isinstance(s, Loop) else self._statement(s, indent)
        return out

    def _statement(self, s: Assign, indent: str) -> list[str]:
        names = [self.spelled[name] for name in s.names]
        return [indent + self.assignment(names, self.text(s.node, whole=True))]

    def about(self, code: Code) -> list[str]:
        """What the Python version says of itself, with the arguments under their names here."""
        lines = code.docstring()
        for v in code.inputs.variables:
            before, after = f"{identifier(v.name)}: ", f"{self.said(v.name)}: "
            lines = [after + line[len(before) :] if line.startswith(before) else line for line in lines]
        return lines

    def said(self, name: str) -> str:
        """A name in a comment."""
        return self.size_name(name)

    def parameters(self, code: Code) -> list[str]:
        return [self.own(name) for name in code.parameters]


def undone(name: str) -> str:
    """A name without the underscore that makes it none of Python's."""
    return name[:-1] if name.endswith("_") and identifier(name[:-1]) == name else name


def flat(block: list[Assign | Loop]) -> list[Assign | Loop]:
    """All statements, those inside of loops too."""
    return [inner for s in block for inner in ([s, *flat(s.body)] if isinstance(s, Loop) else [s])]
