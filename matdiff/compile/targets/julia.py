"""Julia: how each instruction is written.

The order of operations is that of `columns`; the functions that code brings along are in `kernels/*.jl`.  Forms
are kept to those that LinearAlgebra has had since Julia 1.6.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matdiff.compile.program import Node
from matdiff.compile.targets.column_tables import CALLS, TEMPLATES
from matdiff.compile.targets.columns import ATOM, POWER, SIGN, SUM, Columns, called
from matdiff.compile.targets.foreign_functions import functions_of, words
from matdiff.compile.targets.printer import Template

if TYPE_CHECKING:
    from matdiff.compile.code import Code, Result
    from matdiff.compile.inputs import Inputs

_KEYWORDS = (
    "baremodule begin break catch const continue do else elseif end export false finally for function global if import "
    "in isa let local macro module quote return struct true try using where while"
).split()
# Constants, and what the printer itself writes.
_NAMES = (
    "Inf NaN nothing missing pi im Int I size zeros reshape vec throw error exp log sqrt sin cos fill copy permutedims "
    "length argmax isqrt dot ones sum DimensionMismatch Matrix AbstractMatrix AbstractVector Real Integer"
).split()
_SAME = "exp expm1 log log1p sqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh sign abs cbrt erf gamma"
_OWN = "digamma trigamma sigmoid softplus huber"
# Functions of matrices under Julia's names.
_MATRIX = {"expm": "exp", "logm": "log", "sqrtm": "sqrt", "sinm": "sin", "cosm": "cos"}
# What is not in the language itself, by the package to be loaded.
_LINEAR = set(
    "I Diagonal LowerTriangular Symmetric UpperTriangular cholesky cross det diag dot eigen eigvals kron logabsdet lu "
    "pinv svd svdvals sylvester tril triu".split()
)
# Results that are longer together get names.
_LONG = 80
_SPECIAL = set("digamma erf erfc gamma loggamma polygamma trigamma".split())

_FUNCTIONS: dict[str, Template] = {
    **{name: (ATOM, f"{name}.({{0}})") for name in f"{_SAME} {_OWN}".split()},
    "huber": (ATOM, "huber.({0}, {1})"),
    "maximum": (ATOM, "max.({0}, {1})"),
    "minimum": (ATOM, "min.({0}, {1})"),
    "lgamma": (ATOM, "loggamma.({0})"),
    "polygamma": (ATOM, "polygamma.({1}, {0})"),
    "relu": (ATOM, "max.({0}, 0)"),
    "step": (ATOM, "unit_step.({0})"),
    "atleast": (ATOM, "at_least.({0}, {1})"),
    "normcdf": (ATOM, "normal_cdf.({0})"),
}
_TEMPLATES: dict[str, Template] = {
    **TEMPLATES,
    "vdot": (ATOM, "dot({0}, {1})"),
    "sum": (ATOM, "sum({0})"),
    "rowsums": (ATOM, "vec(sum({0}, dims=2))"),
    "colsums": (ATOM, "vec(sum({0}, dims=1))"),
    "prod": (ATOM, "prod({0})"),
    "max": (ATOM, "maximum({0})"),
    "min": (ATOM, "minimum({0})"),
    "diagmat": (ATOM, "Matrix(Diagonal({0}))"),
    "spread_rows": (SUM, "ones({s0}) * {0.6}'"),
    "spread_cols": (SUM, "{0.4} * ones({s1})'"),
    "eye": (ATOM, "Matrix(1.0I, {s0}, {s0})"),
    "lu": (ATOM, "lu({0})"),
    "lu_inverse": (ATOM, "inv({0})"),
    "lu_logdet": (ATOM, "logabsdet({0})[1]"),
    "lu_log_det": (ATOM, "logdet({0})"),
    "lu_det": (ATOM, "det({0})"),
    "chol": (ATOM, "cholesky(Symmetric({0}, :L)).L"),
    "eigh": (ATOM, "eigen(Symmetric({0}, :L))"),
    "kth_power": (POWER, "{0.6}^Int({1})"),
}
_CALLS: dict[str, Template] = {
    **CALLS,
    "sylvester": (ATOM, "sylvester(Matrix({0}), Matrix({1}), -Matrix({2}))"),
    "norm2": (ATOM, "svdvals({0})[1]"),
    "nuclear": (ATOM, "sum(svdvals({0}))"),
    "eigmax": (ATOM, "maximum(symmetric_eigenvalues({0}))"),
    "eigmin": (ATOM, "minimum(symmetric_eigenvalues({0}))"),
    "hcat": (ATOM, "hcat({all})"),
    "vcat": (ATOM, "vcat({all})"),
    "blkdiag": (ATOM, "cat({all}; dims=(1, 2))"),
    "cross": (ATOM, "cross(vec({0}), vec({1}))"),
}


class Julia(Columns):
    """Functions of arrays that need LinearAlgebra, and SpecialFunctions where they call one of its functions."""

    label = "Julia"
    suffix = "jl"
    division = "÷"
    as_column = "vec({0})"
    root = "isqrt"
    dotted_sums = True
    functions, templates, calls = _FUNCTIONS, _TEMPLATES, _CALLS
    reserved = frozenset({*_KEYWORDS, *_NAMES, *called(_FUNCTIONS, _TEMPLATES, _CALLS), *functions_of("jl")})

    # ------------------------------------------------------------ expressions

    def param(self, value: Any, least: int = 0) -> str:
        return _MATRIX[value] if value in _MATRIX else super().param(value, least)

    def _filled(self, template: Template, node: Node) -> Template:
        level, text = super()._filled(template, node)
        # functions of one number are called without a dot
        plain = node.op == "function" and not node.rank and ".(" in template[1]
        return level, text.replace(".(", "(", 1) if plain else text

    def _constant(self, node: Node) -> Template:
        return ATOM, {"pi": "pi", "e": "exp(1)"}[node.params[0]]

    def _apply(self, node: Node) -> Template:
        return ATOM, f"{self.size_name(node.params[0])}{'.' if node.rank else ''}({self.text(node.args[0])})"

    def _inner(self, a: Node, b: Node) -> Template:
        return ATOM, f"dot({self.text(a)}, {self.text(b)})"

    def solid(self, node: Node) -> str:
        """The matrix with its entries in memory in their order: what is only seen as a transpose is turned."""
        lazy = node.op == "transpose" and node not in self.schedule.names
        return f"permutedims({self.text(node.args[0])})" if lazy else self.text(node)

    def _call(self, node: Node) -> Template:
        level, pattern = self._template(node)
        shown = re.sub(r"\{(\d)\}", lambda hole: self.solid(node.args[int(hole.group(1))]), pattern)
        return self._filled((level, shown), node)

    def _vec(self, node: Node) -> Template:
        return ATOM, f"vec({self.solid(node.args[0])})"

    def _zeros(self, node: Node) -> Template:
        return ATOM, f"zeros({self.sizes(node)})" if node.rank else "0.0"

    def _ones(self, node: Node) -> Template:
        return ATOM, f"ones({self.sizes(node)})" if node.rank else "1.0"

    def diagonal_matrix(self, x: str) -> str:
        return f"Diagonal({x})"

    def identity(self, node: Node) -> str:
        return "I"

    def _lu_solve(self, node: Node) -> Template:
        factor, b = node.args
        return SUM, f"{self.text(factor, ATOM)}{chr(39) if node.params[0] else ''} \\ {self.text(b, SIGN)}"

    def _tri_solve(self, node: Node) -> Template:
        lower, transposed = node.params
        kind = "LowerTriangular" if lower else "UpperTriangular"
        a, b = node.args
        return SUM, f"{kind}({self.text(a)}){chr(39) if transposed else ''} \\ {self.text(b, SIGN)}"

    def _repeat_blocks(self, node: Node) -> Template:
        side, k = node.params
        one, block = f"Matrix(1.0I, {self.dim(k)}, {self.dim(k)})", self.text(node.args[0])
        return ATOM, f"kron({one}, {block})" if side == 1 else f"kron({block}, {one})"

    def _indexed(self, node: Node, indices: list[str]) -> Template:
        x, cut, turned = self.cut(node.args[0], indices)
        out = f"{self.text(x, ATOM)}[{', '.join(cut)}]"
        return ATOM, f"{out}'" if turned and node.rank == 2 else out

    def _slice(self, node: Node) -> Template:
        return self._indexed(node, self.spans(node))

    def _row(self, node: Node) -> Template:
        return self._indexed(node, [self.param(node.params[0]), ":"][: node.args[0].rank])

    def _column(self, node: Node) -> Template:
        return self._indexed(node, [":", self.param(node.params[0])][-node.args[0].rank :])

    def _as_matrix(self, node: Node) -> Template:
        x = self.text(node.args[0])
        if node.args[0].rank == 0:
            return ATOM, f"fill({x}, 1, 1)"
        return ATOM, f"reshape({x}, :, 1)" if node.shape[1].is_one else f"reshape({x}, 1, :)"

    def _from_matrix(self, node: Node) -> Template:
        x = node.args[0]
        entries = [a.args[0] for a in x.args if a.op == "as_matrix" and not a.args[0].rank]
        if node.rank and x.op == "call" and x.params[0] in ("hcat", "vcat") and len(entries) == len(x.args):
            return ATOM, f"[{', '.join(map(self.text, entries))}]"
        return ATOM, f"vec({self.text(x)})" if node.rank else f"{self.text(x, ATOM)}[1]"

    def _matrix(self, node: Node) -> Template:
        (name,) = node.params
        x = self.solid(node.args[0])
        return ATOM, f"exp({x})" if name == "expm" else f"real_function({_MATRIX[name]}, {x})"

    def _copy(self, node: Node) -> Template:
        inner = node.args[0]
        if inner.op.startswith("spread"):
            return self._written(inner)
        return ATOM, self.solid(inner) if inner.op == "transpose" else f"copy({self.text(inner)})"

    # ------------------------------------------------------------ the function

    def conditions(self, inputs: Inputs) -> list[str]:
        lines = []
        for v in inputs.variables:
            axes = ", ".join(self.dim(d) for d in v.shape if not d.is_one)
            if axes:
                x = self.size_name(v.name)
                shape = f"({axes})" if "," in axes else f"({axes},)"
                message = f'"{x} must be of size $({shape}), not $(size({x}))"'
                lines.append(f"    size({x}) == {shape} || throw(DimensionMismatch({message}))")
        for given, at_least in self.demands(inputs):
            message = f'"a size of at least $({at_least}) is expected, not $({given})"'
            lines.append(f"    {given} >= {at_least} || throw(DimensionMismatch({message}))")
        return lines

    def _loop_head(self, indent: str, index: str, lower: Node, upper: Node) -> str:
        first, last = (self.text(x, ATOM) if x.static else f"Int({self.text(x)})" for x in (lower, upper))
        return f"{indent}for {index} in {first}:{last}"

    def result(self, result: Result, node: Node) -> str:
        # what is returned is a plain matrix
        if node.op == "chol" or (node.op == "tri_solve" and node.rank == 2):
            return f"Matrix({self.text(node)})"
        shared = node.op in ("vec", "mat", "from_matrix") and node not in self.schedule.names
        if shared and node.args[0].op == "input":
            # and nobody else's
            return f"copy({self.text(node)})"
        return self.solid(node)

    def _signature(self, code: Code) -> str:
        kinds = {}
        for v in code.inputs.variables:
            axes = sum(not d.is_one for d in v.shape)
            scalar = "Integer" if v.params[1] == "integer" else "Real"
            kind = (scalar, "AbstractVector", "AbstractMatrix")[axes]
            kinds[self.size_name(v.name)] = "AbstractMatrix" if axes and v.shape[0].is_one else kind
        kinds |= {self.size_name(name): "Integer" for name in code.inputs.extra}
        listed = [f"{x}::{kinds[x]}" if x in kinds else x for x in self.parameters(code)]
        return f"function {self.own(code.task.name)}({', '.join(listed)})"

    def _returned(self, code: Code) -> list[str]:
        """The last lines: long results get a line each."""
        shown = [self.result(r, n) for r, n in zip(code.task.results, code.roots)]
        keys, count = [self.size_name(k) for k in code.task.keys], len(shown) - len(code.task.keys)
        lines = []
        if sum(map(len, shown)) > _LONG:
            fields = [""] * count + [f"_{key}" for key in keys]
            names = [self.free(name + field) for name, field in zip(self.result_names(code), fields)]
            lines = [f"    {name} = {text}" for name, text in zip(names, shown) if not text.isidentifier()]
            shown = [text if text.isidentifier() else name for name, text in zip(names, shown)]
        if keys:
            pairs = [f"{key} = {text}" for key, text in zip(keys, shown[count:])]
            shown = [*shown[:count], f"({pairs[0]},)" if len(pairs) == 1 else f"({', '.join(pairs)})"]
        return [*lines, f"    return {', '.join(shown)}"]

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        body = [*self.arguments(code.inputs, checked), *self.statements(), *self._returned(code)]
        helpers = self.helpers(body)
        used = words("\n".join([*body, *helpers]))
        special = sorted(used & _SPECIAL)
        loads = ["using LinearAlgebra"] if used & _LINEAR else []
        loads += [f"using SpecialFunctions: {', '.join(special)}"] if special else []
        function = "\n".join([*(self.explained(code) if documented else []), self._signature(code), *body, "end"])
        return "\n\n".join([*(["\n".join(loads)] if loads else []), *helpers, function]) + "\n"
