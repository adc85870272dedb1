"""What a function is given: which variables, how sizes follow from their shapes, what must hold of these."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.compile.lower import Lowering
from matdiff.compile.program import Node, nodes_of
from matdiff.core.expr import Expr
from matdiff.dimensions import Dim
from matdiff.errors import UnsupportedError
from matdiff.language.names import pretty

# (size name, variable, axis, slope, rest): name = (axis of the variable - rest) / slope
Solved = tuple[str, Expr, int, Dim, Dim]


class Inputs:
    """The variables in their order; `solved` says from which axis each size is read off."""

    def __init__(self, variables: Sequence[Expr], roots: Sequence[Node], low: Lowering) -> None:
        nodes = list(nodes_of(*roots))
        self.variables = list(variables)
        self.needed = {n.params[0] for n in nodes if n.op == "input"}
        self.demands = list(dict.fromkeys(low.demands))
        self.multiplied_only = {
            v.name for v in variables if len(_axes(v)) == 2 and v.name in self.needed and _only_multiplies(v.name, nodes)
        }
        self.solved = self._solve()
        self.size_names = [name for name, *_ in self.solved]
        used = {n for node in nodes for p in (*node.params, *node.shape) if isinstance(p, Dim) for n in p.names}
        loose = used - set(self.size_names) - low.program.indices
        if loose:
            names = ", ".join(map(pretty, sorted(loose)))
            raise UnsupportedError(f"the size {names} does not follow from the shapes of the arguments")

    def _solve(self) -> list[Solved]:
        found: list[Solved] = []
        known: set[str] = set()
        axes = [(v, k, d) for v in self.variables for k, d in enumerate(_axes(v))]
        # sizes that stand alone first
        for alone in (True, False):
            for _ in range(len(axes)):
                for v, k, d in axes:
                    new = [n for n in sorted(d.names) if n not in known]
                    if len(new) != 1 or (alone and str(d) != new[0]):
                        continue
                    slope, rest = _linear(d, new[0])
                    if slope is not None:
                        known.add(new[0])
                        found.append((new[0], v, k, slope, rest))
        return found

    def described(self, v: Expr) -> str:
        """The shape in words."""
        axes = _axes(v)
        if not axes:
            return "scalar"
        return f"{'vector' if len(axes) == 1 else 'matrix'} ({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"

    def implied(self, v: Expr) -> bool:
        """Do the sizes read off this variable settle its shape?"""
        own = {(k, name) for name, x, k, slope, rest in self.solved if x is v}
        return all(any(k == at and str(d) == name for at, name in own) for k, d in enumerate(_axes(v)))


def _axes(v: Expr) -> list[Dim]:
    return [d for d in v.shape if not d.is_one]


def _linear(d: Dim, name: str) -> tuple[Dim | None, Dim]:
    """slope and rest with d = slope * name + rest, where that is linear."""
    slope, rest = Dim([]), Dim([])
    for monomial, c in d.terms:
        if monomial.count(name) > 1:
            return None, rest
        if name in monomial:
            left = list(monomial)
            left.remove(name)
            slope = slope + Dim([(tuple(left), c)])
        else:
            rest = rest + Dim([(monomial, c)])
    return slope, rest


def _only_multiplies(name: str, nodes: Sequence[Node]) -> bool:
    """Is the matrix only a factor of products, so that it may be sparse?"""
    own = {n for n in nodes if n.op == "input" and n.params[0] == name}
    own |= {n for n in nodes if n.op == "transpose" and n.args[0] in own}
    users = [n for n in nodes if any(a in own for a in n.args) and n not in own]
    return bool(users) and all(n.op == "matmul" for n in users)
