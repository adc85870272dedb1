"""MATLAB and GNU Octave: how each instruction is written.

The order of operations is that of `columns`; the functions that code brings along are in `kernels/*.m`.  Nothing
is used that is newer than MATLAB R2016b or missing from Octave; what has no name cannot be indexed in MATLAB, so a
function does it there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matdiff.compile.program import Node
from matdiff.compile.targets.column_tables import CALLS, TEMPLATES
from matdiff.compile.targets.columns import ATOM, POWER, SIGN, SUM, Columns, called
from matdiff.compile.targets.foreign_functions import functions_of
from matdiff.compile.targets.printer import Template

if TYPE_CHECKING:
    from matdiff.compile.code import Code
    from matdiff.compile.inputs import Inputs

_KEYWORDS = (
    "break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor endfunction endif "
    "endswitch endwhile enumeration events for function global if methods otherwise parfor persistent properties "
    "return spmd switch try until unwind_protect unwind_protect_cleanup while"
).split()
# Constants, and what the printer itself writes.
_NAMES = (
    "ans pi eps Inf NaN Inf true false size isequal isscalar error mat2str zeros ones eye sum prod max min exp det inv "
    "part reshape apply_factor floor isqrt"
).split()
_SAME = "exp expm1 log log1p sqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh sign abs erf gamma"

_FUNCTIONS: dict[str, Template] = {
    **{name: (ATOM, f"{name}({{0}})") for name in f"{_SAME} sigmoid softplus".split()},
    "cbrt": (ATOM, "nthroot({0}, 3)"),
    "huber": (ATOM, "huber({0}, {1})"),
    "maximum": (ATOM, "max({0}, {1})"),
    "minimum": (ATOM, "min({0}, {1})"),
    "lgamma": (ATOM, "gammaln({0})"),
    "digamma": (ATOM, "psi({0})"),
    "trigamma": (ATOM, "psi(1, {0})"),
    "polygamma": (ATOM, "psi({1}, {0})"),
    "relu": (ATOM, "max({0}, 0)"),
    "step": (ATOM, "unit_step({0})"),
    "atleast": (ATOM, "at_least({0}, {1})"),
    "normcdf": (ATOM, "normal_cdf({0})"),
}
_TEMPLATES: dict[str, Template] = {
    **TEMPLATES,
    "vdot": (ATOM, "sum(sum({0.4} .* {1.4}))"),
    "rowsums": (ATOM, "sum({0}, 2)"),
    "colsums": (ATOM, "sum({0}, 1)'"),
    "diagmat": (ATOM, "diag({0})"),
    "spread_rows": (SUM, "ones({s0}, 1) * {0.6}'"),
    "spread_cols": (SUM, "{0.4} * ones(1, {s1})"),
    "eye": (ATOM, "eye({s0})"),
    "lu": (ATOM, "lu_factor({0})"),
    "lu_inverse": (ATOM, "lu_inverse({0})"),
    "lu_logdet": (ATOM, "lu_logdet({0})"),
    "lu_log_det": (ATOM, "lu_log_det({0})"),
    "lu_det": (ATOM, "lu_det({0})"),
    "chol": (ATOM, "chol({0}, 'lower')"),
    "eigh": (ATOM, "symmetric_eigen({0})"),
    "kth_power": (POWER, "{0.6}^{1.6}"),
}
_CALLS: dict[str, Template] = {
    **CALLS,
    "sylvester": (ATOM, "sylvester({0}, {1}, {2})"),
    "norm2": (ATOM, "norm({0})"),
    "nuclear": (ATOM, "sum(svd({0}))"),
    "eigmax": (ATOM, "max(symmetric_eigenvalues({0}))"),
    "eigmin": (ATOM, "min(symmetric_eigenvalues({0}))"),
    "hcat": (ATOM, "[{all}]"),
    "blkdiag": (ATOM, "blkdiag({all})"),
    "cross": (ATOM, "cross({0}, {1})"),
}
_NAME = re.compile(r"[A-Za-z]\w*\Z")


class Matlab(Columns):
    """A function with local functions behind it: the text of one file."""

    label = "MATLAB"
    suffix = "m"
    comment = "%"
    end = ";"
    root = "isqrt"
    as_column = "{0}(:)"
    functions, templates, calls = _FUNCTIONS, _TEMPLATES, _CALLS
    reserved = frozenset({*_KEYWORDS, *_NAMES, *called(_FUNCTIONS, _TEMPLATES, _CALLS), *functions_of("m")})

    def own(self, name: str) -> str:
        name = super().own(name)
        # names begin with a letter
        return f"x{name}" if name.startswith("_") else name

    # ------------------------------------------------------------ expressions

    def text(self, node: Node, least: int = 0, whole: bool = False) -> str:
        # two transposes are none
        return super().text(node, least, whole).replace("''", "")

    def param(self, value: Any, least: int = 0) -> str:
        return f"@{value}" if isinstance(value, str) else super().param(value, least)

    def _constant(self, node: Node) -> Template:
        return ATOM, {"pi": "pi", "e": "exp(1)"}[node.params[0]]

    def _apply(self, node: Node) -> Template:
        return ATOM, f"{self.size_name(node.params[0])}({self.text(node.args[0])})"

    def _over_all(self, node: Node) -> Template:
        x = self.text(node.args[0])
        return ATOM, f"{node.op}({node.op}({x}))" if node.args[0].rank == 2 else f"{node.op}({x})"

    _sum = _prod = _max = _min = _over_all

    def _array(self, node: Node) -> Template:
        return ATOM, f"{node.op}({self._sizes_of_array(node)})" if node.rank else str(int(node.op == "ones"))

    _zeros = _ones = _array

    def _sizes_of_array(self, node: Node) -> str:
        return self.sizes(node) + (", 1" if node.rank == 1 else "")

    def _vec(self, node: Node) -> Template:
        x = self.text(node.args[0])
        return ATOM, f"{x}(:)" if _NAME.match(x) else f"reshape({x}, [], 1)"

    def diagonal_matrix(self, x: str) -> str:
        return f"diag({x})"

    def identity(self, node: Node) -> str:
        return f"eye({self.dim(node.shape[0])})"

    def _lu_solve(self, node: Node) -> Template:
        more = ", true" if node.params[0] else ""
        return ATOM, f"lu_solve({self.text(node.args[0])}, {self.text(node.args[1])}{more})"

    def _tri_solve(self, node: Node) -> Template:
        lower, transposed = node.params
        a, b = node.args
        half = f"{'tril' if lower else 'triu'}({self.text(a)}){chr(39) if transposed else ''}"
        return SUM, f"{half} \\ {self.text(b, SIGN)}"

    def _repeat_blocks(self, node: Node) -> Template:
        side, k = node.params
        one, block = f"eye({self.dim(k)})", self.text(node.args[0])
        return ATOM, f"kron({one}, {block})" if side == 1 else f"kron({block}, {one})"

    def _indexed(self, node: Node, indices: list[str]) -> Template:
        x, cut, turned = self.cut(node.args[0], indices)
        text = self.text(x)
        if _NAME.match(text):
            out = f"{text}({', '.join(cut)})"
        else:
            quoted = ["':'" if c == ":" else c for c in cut]
            out = f"part({text}, {', '.join([*quoted, '1'][:2])})"
        if node.rank == 1 and x.rank == 2:
            # a vector is a column
            turned = ":" not in cut[0]
        return ATOM, f"{out}'" if turned and node.rank else out

    def _slice(self, node: Node) -> Template:
        return self._indexed(node, self.spans(node))

    def _row(self, node: Node) -> Template:
        return self._indexed(node, [self.param(node.params[0]), ":"][: node.args[0].rank])

    def _column(self, node: Node) -> Template:
        return self._indexed(node, [":", self.param(node.params[0])][-node.args[0].rank :])

    def _same(self, node: Node) -> Template:
        return (ATOM, self.text(node)) if node in self.schedule.names else self._written(node)

    def _as_matrix(self, node: Node) -> Template:
        x = node.args[0]
        return self._same(x) if x.rank == 0 or node.shape[1].is_one else (ATOM, f"{self.text(x, ATOM)}'")

    def _from_matrix(self, node: Node) -> Template:
        x = node.args[0]
        return (ATOM, f"{self.text(x, ATOM)}'") if node.rank and not x.shape[1].is_one else self._same(x)

    def _copy(self, node: Node) -> Template:
        return self._same(node.args[0])

    def _matrix(self, node: Node) -> Template:
        (name,) = node.params
        x = self.text(node.args[0])
        return ATOM, f"real_function(@{name}, {x})" if name in ("logm", "sqrtm") else f"{name}({x})"

    def _call(self, node: Node) -> Template:
        if node.params[0] == "vcat":
            return ATOM, f"[{'; '.join(map(self.text, node.args))}]"
        return self._filled(self._template(node), node)

    # ------------------------------------------------------------ the function

    def assignment(self, names: list[str], value: str) -> str:
        return f"{names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'} = {value};"

    def divided(self, whole: str, by: str) -> str:
        return f"floor({whole} / {by})"

    def conditions(self, inputs: Inputs) -> list[str]:
        lines = []
        for v in inputs.variables:
            x, axes = self.size_name(v.name), [self.dim(d) for d in v.shape if not d.is_one]
            lines.append(f"    check_size('{x}', {x}, [{', '.join([*axes, '1', '1'][:2])}]);")
        for given, at_least in self.demands(inputs):
            lines.append(f"    if {given} < {at_least}")
            lines.append(f"        error('matdiff:shape', 'at least %d is expected, not %d', {at_least}, {given});")
            lines.append("    end")
        return lines

    def _results(self, code: Code) -> tuple[list[str], list[str]]:
        """The names of what is returned, and the statements that set them."""
        count = len(code.roots) - len(code.task.keys)
        fields = [""] * count + [f".{self.size_name(key)}" for key in code.task.keys]
        names, lines = self.result_names(code), []
        for name, field, result, root in zip(names, fields, code.task.results, code.roots):
            lines.append(f"    {name}{field} = {self.result(result, root)};")
        return list(dict.fromkeys(names)), lines

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        names, returned = self._results(code)
        out = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        body = [*self.arguments(code.inputs, checked), *self.statements(), *returned]
        # a file called gradient.m would hide MATLAB's own
        called = "gradient_" if code.task.name == "gradient" else self.own(code.task.name)
        head = f"function {out} = {called}({', '.join(self.parameters(code))})"
        function = "\n".join([head, *(self.explained(code) if documented else []), *body, "end"])
        return "\n\n".join([function, *self.helpers(body)]) + "\n"
