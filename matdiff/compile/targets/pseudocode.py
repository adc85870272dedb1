"""Pseudocode: an algorithm as a textbook prints it, in Unicode text.

Here: formulas for what rearranges entries, and the lines around them.  Not here: the other formulas (`formulas`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node, value_of
from matdiff.compile.schedule import Assign, Loop
from matdiff.compile.targets.formulas import ATOM, KRONECKER, POWER, PRODUCT, SUM, TENSOR, Formulas
from matdiff.compile.targets.printer import Template
from matdiff.dimensions import ONE, Dim
from matdiff.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from matdiff.compile.code import Code

_NAMED = {
    "diagonal": "diag", "diagmat": "Diag", "lu_logdet": "logdet", "lu_log_det": "logdet", "lu_det": "det",
    **{name: name for name in "vec tril triu prod max min softmax logsumexp".split()},
}  # fmt: skip


class Pseudocode(Formulas):
    """Lines like w ← y - μ, and a line that says what is returned."""

    label = "pseudocode"
    arrow, dots, step = " ← ", "…", "    "

    # ------------------------------------------------------------ formulas

    def _written(self, node: Node) -> Template:
        if node.op in _NAMED:
            args = self._base(node.args[0])[:1] if node.op.startswith("lu_") else node.args
            # the determinant of a transpose is that of the matrix
            return self.operation(_NAMED[node.op], args, (0,) if node.op in ("softmax", "logsumexp") else ())
        return super()._written(node)

    def _sum(self, node: Node) -> Template:
        inner = node.args[0]
        if inner.op == "diagonal" and inner not in self.schedule.names:
            return self.operation("trace", inner.args)
        return self.operation("entrysum", node.args)

    def _rowsums(self, node: Node) -> Template:
        x = node.args[0]
        return self.product(self.text(x, PRODUCT), self.ones(x.shape[1]))

    def _colsums(self, node: Node) -> Template:
        x = node.args[0]
        return self.product(self._inside(self.transposed(x), PRODUCT), self.ones(x.shape[0]))

    def _spread_rows(self, node: Node) -> Template:
        row = self._inside(self.transposed(node.args[0]), POWER)
        return self.product(self.ones(node.shape[0]), row)

    def _spread_cols(self, node: Node) -> Template:
        ones = self.notation.transpose(self.ones(node.shape[1]))
        return self.product(self.text(node.args[0], PRODUCT), ones)

    def _diagonal_matrix(self, x: Node) -> str:
        return self.operation("Diag", (x,))[1]

    def _scale_rows(self, node: Node) -> Template:
        x, b = node.args
        return self.product(self._diagonal_matrix(x), self.text(b, PRODUCT))

    def _scale_cols(self, node: Node) -> Template:
        a, x = node.args
        return self.product(self.text(a, PRODUCT), self._diagonal_matrix(x))

    def _add_diagonal(self, node: Node) -> Template:
        a, x = node.args
        one = self.notation.identity(node.shape[0])
        scaled = one if value_of(x) == 1 else self.notation.product([self.text(x, PRODUCT), one])
        more = self._diagonal_matrix(x) if x.rank else scaled
        return SUM, f"{self.text(a)} - {more[1:]}" if more.startswith("-") else f"{self.text(a)} + {more}"

    def _eye(self, node: Node) -> Template:
        return ATOM, self.notation.identity(node.shape[0])

    def _constant_matrix(self, node: Node) -> Template:
        if not node.rank:
            return ATOM, str(int(node.op == "ones"))
        return ATOM, self.notation.constant_matrix(node.op, [self.dim(d) for d in (*node.shape, ONE)[:2]])

    _zeros = _ones = _constant_matrix

    def _unit(self, node: Node) -> Template:
        i, n = self.dim(node.params[0]), self.dim(node.shape[0])
        return ATOM, f"e_{{{i}}}" if self.notation.latex else self.notation.call("e", [i, n])

    def _mat(self, node: Node) -> Template:
        return self.operation("mat", node.args, node.shape)

    def _as_matrix(self, node: Node) -> Template:
        x = node.args[0]
        return self.transposed(x) if x.rank and not node.shape[1].is_one else self._same(x)

    def _from_matrix(self, node: Node) -> Template:
        x = node.args[0]
        return self.transposed(x) if node.rank and not x.shape[1].is_one else self._same(x)

    def _copy(self, node: Node) -> Template:
        return self._same(node.args[0])

    # ------------------------------------------------------------ entries and blocks

    def _entries(self, node: Node, indices: list[str]) -> Template:
        x = node.args[0]
        turned = x.op == "transpose" and x not in self.schedule.names
        if turned:
            x, indices = x.args[0], indices[::-1]
        base = self.text(x, self.tight)
        if self.notation.latex and "_" in base:
            base = self.notation.parentheses(base)
        text = self.notation.entries(base, indices)
        if node.rank == 1 and x.rank == 2:
            # a vector is a column
            turned = ":" not in indices[0]
        return self.tight, self.notation.transpose(text) if turned and node.rank else text

    def _slice(self, node: Node) -> Template:
        spans = zip(node.params[::2], node.params[1::2])
        return self._entries(node, [self._range(a, b, size) for (a, b), size in zip(spans, node.args[0].shape)])

    def _range(self, first: Dim, last: Dim, size: Dim) -> str:
        if first == last:
            return self.dim(first)
        return ":" if first.is_one and last == size else f"{self.dim(first)}:{self.dim(last)}"

    def _row(self, node: Node) -> Template:
        return self._entries(node, [self.dim(node.params[0]), ":"][: node.args[0].rank])

    def _column(self, node: Node) -> Template:
        return self._entries(node, [":", self.dim(node.params[0])][-node.args[0].rank :])

    def _call(self, node: Node) -> Template:
        name, *params = node.params
        if name in ("hcat", "vcat"):
            cells = [self.text(a) for a in node.args]
            return ATOM, self.notation.blocks([cells] if name == "hcat" else [[cell] for cell in cells])
        return self.operation(name, node.args, tuple(params))

    def _matrix(self, node: Node) -> Template:
        return self.operation(node.params[0], node.args)

    # ------------------------------------------------------------ Kronecker products

    def _tensor(self, *factors: str) -> str:
        return self.notation.between["kronecker"].join(factors)

    def _factor(self, node: Node) -> str:
        return self.text(node, TENSOR if node.op in KRONECKER else PRODUCT)

    def _kron(self, node: Node) -> Template:
        return TENSOR, self._tensor(*map(self._factor, node.args))

    _kron_vectors = _kron

    def _repeat_blocks(self, node: Node) -> Template:
        side, k = node.params
        pair = [self.notation.identity(k), self._factor(node.args[0])]
        return TENSOR, self._tensor(*(pair if side == 1 else pair[::-1]))

    def _apply_factor(self, node: Node) -> Template:
        (left,), (factor, x) = node.params, node.args
        right = node.shape[0].divided_by(left * factor.shape[0]) or x.shape[0].divided_by(left * factor.shape[1])
        parts = [] if left.is_one else [self.notation.identity(left)]
        parts.append(self.text(factor, PRODUCT))
        if right is None or not right.is_one:
            parts.append("I" if right is None else self.notation.identity(right))
        whole = self.notation.parentheses(self._tensor(*parts)) if len(parts) > 1 else parts[0]
        return self.product(whole, self.text(x, PRODUCT))

    def _commute_rows(self, node: Node) -> Template:
        commutation = self.operation("commutation", (), node.params)[1]
        return self.product(commutation, self.text(node.args[0], PRODUCT))

    def _ptrace(self, node: Node) -> Template:
        return self.operation("ptrace", node.args, node.params)

    def _ptrace_product(self, node: Node) -> Template:
        a, b = node.args
        return self._ptrace_of(node.params, self.text(a, PRODUCT), self._inside(self.transposed(b), POWER))

    def _weigh_blocks(self, node: Node) -> Template:
        a, weights = node.args
        (side,) = node.params
        size, other = weights.shape[0], a.shape[1].divided_by(weights.shape[1])
        assert other is not None
        pair = [self._inside(self.transposed(weights), PRODUCT), self.notation.identity(other)]
        kronecker = self.notation.parentheses(self._tensor(*(pair if side == 1 else pair[::-1])))
        return self._ptrace_of((size, side), self.text(a, PRODUCT), kronecker)

    def _ptrace_of(self, params: tuple[Any, ...], *inside: str) -> Template:
        values = self.writer.params(params)
        if self.notation.latex:
            return ATOM, (OPERATIONS["ptrace"].latex or "").format(self.notation.product(inside), *values)
        return ATOM, self.notation.call("ptrace", [self.notation.product(inside), *values])

    # ------------------------------------------------------------ lines

    def words(self, text: str) -> str:
        """Words among formulas."""
        return text

    def _statement(self, s: Assign, indent: str) -> list[str]:
        if s.node.op in ("lu", "chol"):
            return self._factorisation(s, indent)
        if len(s.names) == 2:
            values, vectors = (self.spelled[name] for name in s.names)
            of = [s.node.args[0], *(a.args[0] for a in s.node.args[1:])]
            eig = self.notation.call("eig", [self.text(a) for a in of])
            return [indent + self.assignment([values, vectors], eig)]
        return super()._statement(s, indent)

    def _factorisation(self, s: Assign, indent: str) -> list[str]:
        base, _ = self._base(s.node)
        introduced = self.introduced.get(s.node)
        lines = [indent + self.assignment([introduced], self.text(base, whole=True))] if introduced else []
        if s.node.op == "lu":
            return [*lines, indent + self.remark("factor ", self.text(base), " (LU)")]
        factor = self.spelled[s.names[0]]
        left = self.notation.product([factor, self.notation.transpose(factor)])
        return [*lines, indent + self.assignment([left], f"{self.text(base)}{self.words(' (Cholesky)')}")]

    def remark(self, before: str, formula: str, after: str = "") -> str:
        return f"{self.words(before)}{formula}{self.words(after)}"

    def assignment(self, names: list[str], value: str) -> str:
        return f"{', '.join(names)}{self.arrow}{value}"

    def _loop_lines(self, loop: Loop, indent: str) -> list[str]:
        lower, upper, body = loop.node.args
        name, index = self.spelled[loop.name], self.size_name(loop.node.params[0])
        span = f"{index} = {self.text(lower)}, {self.dots}, {self.text(upper)}"
        term = self.text(body)
        term = f"- {term[1:]}" if term.startswith("-") else f"+ {term}"
        return [
            indent + self.assignment([name], "0"),
            indent + self.remark("for ", span),
            *self.statements(loop.body, indent + self.step),
            indent + self.step + self.assignment([name], f"{name} {term}"),
        ]

    def returned(self, code: Code) -> str:
        shown = [self.text(root) for root in code.roots]
        count = len(shown) - len(code.task.keys)
        fields = [f"{self.size_name(key)}: {text}" for key, text in zip(code.task.keys, shown[count:])]
        return ", ".join([*shown[:count], *fields])

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        given = ", ".join(map(self.size_name, [v.name for v in code.inputs.variables]))
        more = [self.own(identifier(name)) for name in (*code.low.functions, *code.inputs.extra)]
        head = f"algorithm {code.task.name}({', '.join(filter(None, [given, *more]))})"
        said = [f"    {line}".rstrip() for line in self.about(code)] if documented else []
        lines = [*self.statements(), f"    return {self.returned(code)}"]
        return "\n".join([head, *said, *([""] if said else []), *lines]) + "\n"
