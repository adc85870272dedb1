"""The source of a function: what it computes, from which arrays, at what cost.

Here: `Task`, what is asked for, and `Code`, the program and its text for a target.  Not here: calling it (`function`).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from matdiff.book.load import Book
from matdiff.compile import cost
from matdiff.compile.buffers import ALIASES
from matdiff.compile.cost import Sizes
from matdiff.compile.improve import improved
from matdiff.compile.inputs import Inputs
from matdiff.compile.lower import Lowering
from matdiff.compile.naming import identifier
from matdiff.compile.program import Node, nodes_of
from matdiff.compile.schedule import Schedule
from matdiff.compile.structure import Structure
from matdiff.compile.targets.printer import Printer
from matdiff.core.expr import Expr
from matdiff.errors import UnsupportedError

_WIDTH = 110
# Results that are longer together get names.
_LONG_RETURN = 80


@dataclass(frozen=True)
class Result:
    """One thing a function returns: what it is called, the expression, and whether it stays a matrix.

    `said` is the line about it in the docstring.
    """

    name: str
    expr: Expr
    matrix: bool = False
    said: str = ""


@dataclass(frozen=True)
class Task:
    """What is to be computed: the results, from which variables, under which name."""

    name: str
    results: Sequence[Result]
    variables: Sequence[Expr]
    book: Book
    # several derivatives are returned as a mapping by variable
    keys: Sequence[str] = ()
    # what a derivative is called
    kind: str = "gradient"
    functions: Mapping[str, bool] = field(default_factory=dict)
    # exponents of matrix powers: whole numbers that are not negative
    exponents: Sequence[Expr] = ()
    # what parts of the expressions are called
    letters: Mapping[Expr, str] = field(default_factory=dict)


class Code:
    """A task as source for one target, its choices made for given sizes (or a guess)."""

    def __init__(self, task: Task, target: type[Printer], sizes: Mapping[str, int] | None = None) -> None:
        self.task, self.target = task, target
        self.sizes = Sizes(sizes)
        variants = Structure(task.book, [r.expr for r in task.results], self.sizes).variants
        # An operator is made once and applied many times: there structure always pays.
        lowered = [(v, *self._lowered(v.roots)) for v in (variants[:1] if self.inner_names() else variants)]
        best, self.low, self.roots = min(lowered, key=lambda made: cost.total(nodes_of(*made[2]), self.sizes))
        self.used = best.used
        self.roots = self._owned(self.roots)
        if target.tuned:
            self.roots = improved(self.low.program, self.roots, self.sizes)
            self.low.names = {self.low.program.renewed.get(n, n): name for n, name in self.low.names.items()}
        outer = [v for v in task.variables if v.name not in self.inner_names()]
        self.inputs = Inputs(outer, self.roots, self.low)
        names = {*self.inputs.size_names, *map(identifier, self.low.functions)}
        reuse = self.sizes if target.tuned and sizes else None
        self.schedule = Schedule(self.roots, self.low.names, names, self.inner_names(), reuse)
        self.printer = target(self.schedule, self.inputs)

    def inner_names(self) -> set[str]:
        """Variables that are no arguments of the function but of functions inside it."""
        return set()

    def _lowered(self, exprs: list[Expr]) -> tuple[Lowering, list[Node]]:
        low = Lowering(self.sizes, self.task.letters)
        low.program.late = self.inner_names()
        return low, [self._root(low, r, e) for r, e in zip(self.task.results, exprs)]

    def _root(self, low: Lowering, result: Result, e: Expr) -> Node:
        is_row = e.shape[0].is_one and not e.shape[1].is_one
        node = low.as_matrix(e) if result.matrix or is_row else low(e)
        return node

    def _owned(self, roots: list[Node]) -> list[Node]:
        """What is returned is nobody else's array: neither an argument nor a part of another result."""
        seen: set[Node] = set()
        out = []
        for node in roots:
            inner = node
            while inner.op in ALIASES and inner.args:
                inner = inner.args[0]
            shared = inner.op == "input" or inner in seen or node.op.startswith("spread")
            seen.add(inner)
            copied = shared and node.rank
            out.append(self.low.program.node("copy", (node,), (), node.shape) if copied else node)
        return out

    def at(self, sizes: Mapping[str, int]) -> Code:
        """The same for other sizes."""
        return type(self)(self.task, self.target, sizes)

    # ------------------------------------------------------------ what it says of itself

    @cached_property
    def order(self) -> str:
        """The order of growth of its operations."""
        return cost.order(often * work for work, _, often in cost.weighed(nodes_of(*self.roots)))

    @cached_property
    def memory(self) -> str:
        """The order of growth of the entries it makes."""
        return cost.order(made for _, made, _ in cost.weighed(nodes_of(*self.roots)))

    @cached_property
    def total(self) -> int:
        """Its cost at its sizes, in operations."""
        return cost.total(nodes_of(*self.roots), self.sizes)

    @cached_property
    def structures(self) -> list[str]:
        """Which structure is used, a phrase each."""
        nodes = list(nodes_of(*self.roots))
        sections = {b.name: b.section for b in self.task.book.blocks}
        found = [_inside_a_sentence(sections[rule.name]) for rule in self.used]
        # a temporary's name would tell a reader nothing
        said = {identifier(v.name) for v in self.inputs.variables} | set(self.low.names.values())
        for op, phrase in _PHRASES.items():
            of = [self.printer.text(n.args[0]) for n in nodes if n.op == op and n.args]
            if of:
                names = [name for name in dict.fromkeys(of) if len(name) < 20 and said & set(re.findall(r"\w+", name))]
                found.append(phrase.format(_listed(names) if len(names) == len(set(of)) else "each matrix"))
        return list(dict.fromkeys(found))

    # ------------------------------------------------------------ text

    def docstring(self) -> list[str]:
        lines = [r.said for r in self.task.results if r.said]
        out = [lines[0]] if lines else [""]
        rest = lines[1:]
        body = [*rest, *([""] if rest else []), *self._arguments(), ""]
        body.append(f"Cost: {self.order} operations, {self.memory} memory.")
        if self.structures:
            body.append("Structure: " + "; ".join(self.structures) + ".")
        out += ["", *body]
        return [part for line in out for part in (textwrap.wrap(line, _WIDTH - 4, subsequent_indent="    ") or [""])]

    def _arguments(self) -> list[str]:
        """A line for each argument: what it is, and of which shape."""
        lines = [f"{identifier(v.name)}: {self.inputs.described(v)}" for v in self.inputs.variables]
        for name, (stem, order) in self.low.functions.items():
            kinds = ("function of numbers", f"derivative of {stem}")
            what = kinds[order] if order < 2 else f"derivative of order {order} of {stem}"
            lines.append(f"{identifier(name)}: {what}, applied to every entry of an array")
        return lines + [f"{identifier(name)}: whole number, a size" for name in self.inputs.extra]

    def body(self, checked: bool = True) -> list[str]:
        """The statements.  `checked`: with the conversion of arguments and the test of their shapes."""
        printer = self.printer
        lines = printer.arguments(self.inputs, checked)
        lines += printer.statements()
        shown = [printer.result(r, n) for r, n in zip(self.task.results, self.roots)]
        if sum(map(len, shown)) > _LONG_RETURN:
            lines += self._named(shown)
        if self.task.keys:
            count = len(self.task.results) - len(self.task.keys)
            pairs = ", ".join(f'"{k}": {v}' for k, v in zip(self.task.keys, shown[count:]))
            shown = [*shown[:count], f"{{{pairs}}}"]
        return [*lines, f"    return {', '.join(shown)}"]

    def _named(self, shown: list[str]) -> list[str]:
        """Long results get a line each, under what they are called."""
        lines = []
        for k, result in enumerate(self.task.results):
            if not shown[k].isidentifier():
                several = bool(self.task.keys) and result.name != "value"
                word = "value" if result.name == "value" else self.task.kind
                name = self.schedule.fresh(f"{word}_{identifier(result.name)}" if several else word)
                lines.append(f"    {name} = {shown[k]}")
                shown[k] = name
        return lines

    @property
    def parameters(self) -> list[str]:
        names = [*(v.name for v in self.inputs.variables), *self.low.functions, *self.inputs.extra]
        return [identifier(name) for name in names]

    def module(self, checked: bool = True, documented: bool = True) -> str:
        """The function and all it needs: it runs as it stands."""
        return self.printer.module(self, checked, documented)


def _inside_a_sentence(title: str) -> str:
    return title if title.startswith("Kronecker") else title[:1].lower() + title[1:]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


_PHRASES = {
    "lu": "one LU decomposition of {} serves every solve and determinant",
    "chol": "one Cholesky factor of {} serves every solve and determinant",
    "apply_factor": "Kronecker products are applied factor by factor",
    "ptrace_product": "partial traces of products are taken without the products",
    "weigh_blocks": "partial traces weigh the blocks of a matrix",
    "scale_rows": "diagonal matrices scale rows",
}


def target_named(name: str) -> type[Printer]:
    """The printer of a target.  Raises UnsupportedError with what there is."""
    from importlib import import_module

    where: dict[str, str] = {"numpy": "numpy.NumPy", "jax": "jax.JAX", "torch": "torch.Torch"}
    where |= {"julia": "julia.Julia", "matlab": "matlab.Matlab"}
    where |= {"pseudocode": "pseudocode.Pseudocode", "latex": "latex.Latex"}
    if name not in where:
        raise UnsupportedError(
            f"there is no target `{name}`; there are {', '.join(where)}", suggestion='target="numpy"'
        )
    module, _, cls = where[name].partition(".")
    found: Callable[..., type[Printer]] = getattr(import_module(f"matdiff.compile.targets.{module}"), cls)
    return found  # type: ignore[return-value]
