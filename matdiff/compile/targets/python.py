"""What NumPy, JAX and PyTorch have in common: the function around the statements, and what stands before it.

Not here: the tables (`numpy`, `jax`, `torch`); the functions that code brings along (`kernels`, copied by `sources`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node
from matdiff.compile.schedule import Loop
from matdiff.compile.targets.printer import ATOM, PRODUCT, SUM, Printer
from matdiff.compile.targets.sources import sources

if TYPE_CHECKING:
    from matdiff.compile.code import Code
    from matdiff.compile.inputs import Inputs


class Python(Printer):
    """A function in Python.  `kernels` is the module whose functions the code may call."""

    label = "Python"
    kernels = ""

    # ------------------------------------------------------------ arguments and results

    array = "{0} = np.asarray({0}, dtype=float)"
    number = ""

    def arguments(self, inputs: Inputs, checked: bool) -> list[str]:
        """Arguments made arrays, sizes read off them, and what must hold of their shapes."""
        lines = []
        if checked:
            for v in inputs.variables:
                axes = [d for d in v.shape if not d.is_one]
                pattern = self.array if axes else self.number if v.params[1] != "integer" else ""
                if axes and v.shape[0].is_one:
                    # a row is given as the matrix it is
                    pattern += ".reshape(-1)"
                if pattern:
                    lines.append(f"    {self._converted(v.name, pattern, v.name in inputs.multiplied_only)}")
        lines += self._sizes(inputs)
        if checked:
            lines += self._conditions(inputs)
        return lines

    def _converted(self, name: str, pattern: str, may_be_sparse: bool) -> str:
        return pattern.format(identifier(name))

    def _sizes(self, inputs: Inputs) -> list[str]:
        lines = []
        for name, v, axis, slope, rest, power in inputs.solved:
            whole = f"{identifier(v.name)}.shape[{axis}]"
            if rest.terms:
                whole = f"({whole} - {self.dim(rest, ATOM)})"
            whole = whole if slope.is_one else f"{whole} // {self.dim(slope, ATOM)}"
            lines.append(f"    {self.size_name(name)} = {whole if power == 1 else f'math.isqrt({whole})'}")
        for name, v, axis in inputs.whole.values():
            lines.append(f"    {self.size_name(name)} = {identifier(v.name)}.shape[{axis}]")
        return lines

    def _conditions(self, inputs: Inputs) -> list[str]:
        wrong, wanted, given = [], [], []
        for v in inputs.variables:
            axes = [d for d in v.shape if not d.is_one]
            if not axes:
                continue
            x = identifier(v.name)
            shape = "(" + ", ".join(map(self.dim, axes)) + ("," if len(axes) == 1 else "") + ")"
            wrong.append(f"{x}.shape != {shape}")
            wanted.append(f"{x} {inputs.described(v).partition(' ')[2]}")
            given.append(f"{{{x}.shape}}")
        wrong += [f"{self.dim(size, ATOM)} < {self.dim(least, ATOM)}" for size, least in inputs.demands]
        if not wrong:
            return []
        least = " and ".join(f"{size} >= {least}" for size, least in inputs.demands)
        expected = f"shapes {', '.join(wanted)}{f' with {least}' if least else ''} are expected, "
        parts = [expected, f"not {', '.join(given)}"]
        lines = [wrong[0]]
        for test in wrong[1:]:
            if len(lines[-1]) + len(test) < 90:
                lines[-1] += f" or {test}"
            else:
                lines.append(f"or {test}")
        raising = [f'        raise ValueError(f"{"".join(parts)}")']
        if len(raising[0]) > 110:
            quoted = [f'            {"f" if "{" in part else ""}"{part}"' for part in parts]
            raising = ["        raise ValueError(", *quoted, "        )"]
        if len(lines) == 1:
            return [f"    if {lines[0]}:", *raising]
        return ["    if (", *(f"        {line}" for line in lines), "    ):", *raising]

    def _loop_lines(self, loop: Loop, indent: str) -> list[str]:
        lower, upper, body = loop.node.args
        index = self.size_name(loop.node.params[0])
        start = "0.0" if not body.shape else self._filled(self.templates["zeros"], loop.node)[1]
        lines = [f"{indent}{loop.name} = {start}"]
        lines.append(f"{indent}for {index} in range({self.whole(lower)}, {self.whole(upper)} + 1):")
        inner = indent + "    "
        lines += self.statements(loop.body, inner)
        lines.append(f"{inner}{loop.name} = {loop.name} + {self.text(body, PRODUCT)}")
        return lines

    def whole(self, node: Node) -> str:
        """A bound of a loop."""
        return self.text(node, SUM) if node.static else f"int({self.text(node)})"

    # ------------------------------------------------------------ the whole

    def function(self, code: Code, checked: bool, documented: bool) -> str:
        doc = code.docstring() if documented else []
        doc = [line.replace("\\", "\\\\").replace('"""', "'''") for line in doc]
        said = [f'    """{doc[0]}', *(f"    {line}".rstrip() for line in doc[1:]), '    """'] if doc else []
        return "\n".join([f"def {code.task.name}({', '.join(code.parameters)}):", *said, *code.body(checked)])

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        """The function with its imports and what it calls: it runs as it stands."""
        function = self.function(code, checked, documented)
        imports, helpers = sources(self.kernels, function)
        parts = ["\n".join(imports)] if imports else []
        return "\n\n\n".join([*parts, *helpers, function]) + "\n"
