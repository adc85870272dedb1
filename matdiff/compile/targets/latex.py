r"""LaTeX: the algorithm of `pseudocode` as one `aligned` block, for KaTeX, MathJax and TeX alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.compile.program import Node, value_of
from matdiff.compile.targets.formulas import PRODUCT, SUM, TENSOR
from matdiff.compile.targets.printer import Template
from matdiff.compile.targets.pseudocode import Pseudocode
from matdiff.language import notation
from matdiff.language.names import pretty

if TYPE_CHECKING:
    from matdiff.compile.code import Code


class Latex(Pseudocode):
    """Lines begin below each other; those of a loop are indented."""

    label = "LaTeX"
    notation = notation.Latex()
    arrow, dots, step = r" \leftarrow ", r"\dots", r"\quad "

    def words(self, text: str) -> str:
        return rf"\text{{{text}}}"

    def remark(self, before: str, formula: str, after: str = "") -> str:
        return self.words(before) + formula + (self.words(after) if after else "")

    def said(self, name: str) -> str:
        return pretty(name)

    def over(self, above: Node, below: Node, factor: Node) -> Template:
        fraction = self._fraction(above, below)
        text = self.notation.product([fraction, self.text(factor, PRODUCT)])
        return (SUM if text.startswith("-") else PRODUCT), text

    def _fraction(self, above: Node, below: Node) -> str:
        value = value_of(above)
        negative = value is not None and value < 0
        shown = self.notation.number(abs(value), None) if value is not None else self.text(above)
        return rf"{'-' if negative else ''}\frac{{{shown}}}{{{self.text(below)}}}"

    def _div(self, node: Node) -> Template:
        a, b = node.args
        if b.rank:
            return super()._div(node)
        if a.rank:
            return self.product(rf"\frac{{1}}{{{self.text(b)}}}", self.text(a, PRODUCT))
        text = self._fraction(a, b)
        return (SUM if text.startswith("-") else TENSOR), text

    def module(self, code: Code, checked: bool, documented: bool) -> str:
        said = [f"% {line}".rstrip() for line in self.about(code)] if documented else []
        lines = [*self.statements(indent=""), self.remark("return ", self.returned(code))]
        block = " \\\\\n".join(f"& {line}" for line in lines)
        return "\n".join([*said, r"\begin{aligned}", block, r"\end{aligned}"]) + "\n"
