"""Jacobians and Hessians as scipy LinearOperators: products with directions, without the matrix.

Here: `OperatorCode`, whose function computes once what does not depend on the direction and returns the operator.  The
results of its task are the products of the matrix, and of its transpose unless it is symmetric, with a direction.
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.compile.code import Code, Task
from matdiff.compile.naming import identifier
from matdiff.compile.schedule import Assign, Loop
from matdiff.compile.targets.numpy import NumPy
from matdiff.dimensions import Shape

_METHODS = ("matvec", "rmatvec")


class OperatorCode(Code):
    """`directions` are the names of the variables that stand for directions, one for each result."""

    def __init__(self, task: Task, directions: list[str], shape: Shape, sizes: Mapping[str, int] | None = None) -> None:
        self.directions, self.shape = directions, shape
        super().__init__(task, NumPy, sizes)

    def at(self, sizes: Mapping[str, int]) -> Code:
        return OperatorCode(self.task, self.directions, self.shape, sizes)

    def inner_names(self) -> set[str]:
        return set(self.directions)

    def body(self, checked: bool = True) -> list[str]:
        printer = self.printer
        lines = printer.arguments(self.inputs, checked) + printer.statements()
        methods = []
        for name, direction, root in zip(_METHODS, self.directions, self.roots):
            v = identifier(direction)
            block: list[Assign | Loop] = self.schedule.inner.get(direction, [])
            lines += [
                "",
                f"    def {name}({v}):",
                f"        {v} = {v}.reshape(-1)",
                *printer.statements(block, "        "),
                f"        return {printer.text(root)}",
            ]
            methods.append(f"{name}={name}")
        if len(methods) == 1:
            methods.append("rmatvec=matvec")
        rows, columns = (printer.dim(d) for d in self.shape)
        return [*lines, "", f"    return LinearOperator(({rows}, {columns}), {', '.join(methods)}, dtype=float)"]
