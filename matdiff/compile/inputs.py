"""What a function is given: which variables, how sizes follow from their shapes, what must hold of these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matdiff.compile.lower import Lowering
from matdiff.compile.program import Node, nodes_of
from matdiff.core.expr import Expr
from matdiff.dimensions import Dim, shape_text
from matdiff.errors import EvaluationError
from matdiff.language.names import pretty

# (size name, variable, axis, slope, rest, power): name^power = (axis of the variable - rest) / slope
Solved = tuple[str, Expr, int, Dim, Dim, int]


class Inputs:
    """The variables in their order; `solved` says from which axis each size is read off."""

    def __init__(self, variables: Sequence[Expr], roots: Sequence[Node], low: Lowering) -> None:
        nodes = list(nodes_of(*roots))
        self.variables = list(variables)
        self.needed = {n.params[0] for n in nodes if n.op == "input"} & {v.name for v in variables}
        self.demands = list(dict.fromkeys(low.demands))
        self.multiplied_only = _multiplied_only(nodes) & {v.name for v in variables}
        used = {p for node in nodes for p in (*node.params, *node.shape) if isinstance(p, Dim)}
        used |= {d for v in variables for d in _axes(v)} | {d for pair in low.demands for d in pair}
        # sizes that follow from no shape are arguments
        self.extra: list[str] = []
        while left := self._unsettled(used) - low.program.indices:
            self.extra.append(min(left))
        self.size_names = [
            *(name for name, *_ in self.solved),
            *(name for name, *_ in self.whole.values()),
            *self.extra,
        ]

    def _unsettled(self, used: set[Dim]) -> set[str]:
        """Sizes that follow neither from the shapes nor from the sizes given; finds how the others follow."""
        self.solved = self._solve()
        # axes like m*n of which m and n cannot be told apart, under a name for the whole
        self.whole = self._whole()
        found = {n for d in used for n in self.rewritten(d).names}
        return found - self._known() - {name for name, *_ in self.whole.values()}

    def _known(self) -> set[str]:
        return {name for name, *_ in self.solved} | set(self.extra)

    def _whole(self) -> dict[tuple[str, ...], tuple[str, Expr, int]]:
        known = self._known()
        taken = known | {v.name for v in self.variables}
        found: dict[tuple[str, ...], tuple[str, Expr, int]] = {}
        for v in self.variables:
            for k, d in enumerate(_axes(v)):
                if len(d.terms) == 1 and d.terms[0][1] == 1 and not d.names <= known:
                    name = "".join(d.terms[0][0])
                    found.setdefault(d.terms[0][0], (f"{name}_size" if name in taken else name, v, k))
        return found

    def rewritten(self, size: Dim) -> Dim:
        """A size in terms of what is known: axes that are known only as a whole are names of their own."""
        known = self._known()
        if size.names <= known or not self.whole:
            return size
        terms = []
        for monomial, c in size.terms:
            rest = list(monomial)
            new: list[str] = []
            for whole, (name, _, _) in self.whole.items():
                while not set(rest) <= known and all(rest.count(x) >= whole.count(x) for x in whole):
                    for x in whole:
                        rest.remove(x)
                    new.append(name)
            terms.append((tuple(sorted(rest + new)), c))
        return Dim(terms)

    def _solve(self) -> list[Solved]:
        found: list[Solved] = []
        known = set(self.extra)
        axes = [(v, k, d) for v in self.variables for k, d in enumerate(_axes(v))]
        # sizes that stand alone first
        for alone in (True, False):
            progress = True
            while progress:
                progress = False
                for v, k, d in axes:
                    new = [n for n in sorted(d.names) if n not in known]
                    if len(new) != 1 or (alone and str(d) != new[0]):
                        continue
                    slope, rest, power = _linear(d, new[0])
                    if power:
                        known.add(new[0])
                        found.append((new[0], v, k, slope, rest, power))
                        progress = True
        return found

    def settled(self, sizes: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
        """All sizes that the shapes of the arguments settle.  Raises EvaluationError for shapes that do not fit."""
        out = dict(sizes)
        for name, v, axis, slope, rest, power in self.solved:
            known = (slope.names | rest.names) <= set(out)
            if name in out or v.name not in shapes or not known:
                continue
            steps, left = divmod(shapes[v.name][axis] - rest.value(out), max(1, slope.value(out)))
            root = steps if power == 1 else math.isqrt(max(0, steps))
            if left or root**power != steps:
                raise EvaluationError(f"{pretty(v.name)} is {shape_text(v.shape)}, which {shapes[v.name]} does not fit")
            out[name] = root
        out |= {name: shapes[v.name][axis] for name, v, axis in self.whole.values() if v.name in shapes}
        for v in self.variables:
            for d, actual in zip(_axes(v), shapes.get(v.name, ())):
                wanted = self.rewritten(d)
                if wanted.names <= set(out) and wanted.value(out) != actual:
                    raise EvaluationError(
                        f"{pretty(v.name)} is {shape_text(v.shape)}, but one of its sizes is {actual}"
                    )
        return out

    def described(self, v: Expr) -> str:
        """The shape in words."""
        axes = _axes(v)
        if not axes:
            return "whole number" if v.params[1] == "integer" else "scalar"
        return (
            f"{'vector' if len(axes) == 1 else 'matrix'} ({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
        )


def _axes(v: Expr) -> list[Dim]:
    return [d for d in v.shape if not d.is_one]


def _linear(d: Dim, name: str) -> tuple[Dim, Dim, int]:
    """slope, rest and power with d = slope * name^power + rest; power 0 where that is no way to write it."""
    slope, rest = Dim([]), Dim([])
    powers = set()
    for monomial, c in d.terms:
        if name in monomial:
            powers.add(monomial.count(name))
            slope = slope + Dim([(tuple(x for x in monomial if x != name), c)])
        else:
            rest = rest + Dim([(monomial, c)])
    power = powers.pop() if len(powers) == 1 else 0
    return slope, rest, power if power <= 2 else 0


def _multiplied_only(nodes: Sequence[Node]) -> set[str]:
    """The matrices that are only factors of products with what is dense, so that they may be sparse."""
    found = {n.params[0] for n in nodes if n.op == "input" and n.rank == 2}
    used: set[str] = set()
    for node in nodes:
        given = [name for a in node.args if (name := _given(a)) is not None]
        if node.op == "transpose" and given:
            continue
        used |= set(given)
        if node.op not in ("matmul", "both_products", "thin_product") or len(given) > 1:
            found -= set(given)
    return found & used


def _given(node: Node) -> str | None:
    """The name of a matrix among the arguments, which may be transposed."""
    inner = node.args[0] if node.op == "transpose" else node
    return inner.params[0] if inner.op == "input" and inner.rank == 2 else None
