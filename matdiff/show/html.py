"""A derivation as an HTML fragment: tables with native MathML, so it needs no script.

No TeX stands in the text (notebooks would not typeset it); each formula carries its source as a MathML annotation.
What is new in a row has the class `matdiff-changed`; a rule's reason is its tooltip.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from matdiff.language import names
from matdiff.language.write import latex as plain
from matdiff.show import latex
from matdiff.show.mathml import mathml
from matdiff.show.page import Page, page
from matdiff.show.rows import Row
from matdiff.show.sentences import Sentence

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.tactics.steps import Step

_STYLE = (
    "<style>.matdiff table{border-collapse:collapse;margin:.6em 0}.matdiff td{padding:.15em .35em;text-align:left;"
    "vertical-align:baseline}.matdiff td.matdiff-left{text-align:right}.matdiff .matdiff-rule{color:#555;"
    "padding-left:2em;font-size:90%}.matdiff .matdiff-step td{font-size:90%;color:#555;padding-left:2em}"
    ".matdiff .matdiff-changed{background:#fff3c4;border-radius:.15em}</style>"
)
_CHECKS = {"holds": "✓", "fails": "✗"}


def render(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> str:
    own = _one(page(d, style, detail))
    return own if d.first is None or detail == "answer" else f"{render(d.first, style, detail)}\n{own}"


def _one(p: Page) -> str:
    pieces = [_head(p), _where(p), _lines(p), _answer(p), _foot(p)]
    return "\n".join(['<div class="matdiff">', _STYLE, *filter(None, pieces), "</div>"])


def _head(p: Page) -> str:
    if p.detail == "answer":
        return ""
    function = mathml(f"{names.latex(p.function_name)} = {plain(p.function)}")
    variable = mathml(names.latex(p.variable.name))
    return f"<p>{function}, differentiated in {variable}</p>\n<p>read as <code>{escape(p.read_as)}</code></p>"


def _where(p: Page) -> str:
    if not p.where:
        return ""
    rows = []
    for n in p.where:
        left, body = mathml(names.latex(n.name)), mathml(p.body_latex(n))
        shape = mathml(latex.kind(n.shape))
        rows.append(f'<tr><td class="matdiff-left">{left}</td><td>=</td><td>{body}</td><td>{shape}</td></tr>')
    return _table("matdiff-where", rows)


def _table(name: str, rows: list[str]) -> str:
    return f'<table class="{name}">\n' + "\n".join(rows) + "\n</table>"


def _lines(p: Page) -> str:
    rows: list[str] = []
    for k, row in enumerate(p.rows):
        left = mathml(latex.differential_name(p)) if k == 0 else ""
        shown = mathml(" ".join(latex.terms(p, row, lambda tex: rf"\changed{{{tex}}}")))
        check = "" if p.status == "unchecked" else _CHECKS.get(row.check or "", "?")
        rows.append(
            f'<tr class="matdiff-{row.kind}"><td class="matdiff-left">{left}</td><td>=</td><td>{shown}</td>'
            f'<td class="matdiff-rule">{check} {_rules(row)}</td></tr>'
        )
        rows += [_step(p, step) for step in row.steps]
    return _table("matdiff-lines", rows) if rows else ""


def _rules(row: Row) -> str:
    named = {rule.title: rule for rule in row.rules}
    out = []
    for title in row.titles:
        rule = named.get(title)
        tip = f' title="{escape(f"{rule.name}: {rule.because}")}"' if rule else ""
        out.append(f"<span{tip}>{escape(title)}</span>")
    return " · ".join(out)


def _step(p: Page, step: Step) -> str:
    equation = mathml(f"{p.latex(step.before)} = {p.latex(step.after)}")
    reason = step.note if step.rule is None else f"{step.rule.name}: {step.rule.because}".rstrip(": ")
    return f'<tr class="matdiff-step"><td></td><td></td><td>{equation}</td><td>{escape(reason)}</td></tr>'


def _answer(p: Page) -> str:
    cells = (
        f'<td class="matdiff-left">{mathml(latex.answer_name(p))}</td><td>=</td><td>{mathml(p.latex(p.answer))}</td>'
        f"<td>{mathml(latex.kind(p.answer.shape))}</td>"
    )
    return _table("matdiff-answer", [f"<tr>{cells}</tr>"])


def sentence(p: Page, parts: Sentence) -> str:
    """Words as text, which wraps, and the formulas between them."""
    return latex.mixed(p, parts, mathml, escape)


def _foot(p: Page) -> str:
    out = [f"<p>{sentence(p, s)}</p>" for s in latex.sentences(p)[:-1]]
    return "\n".join([*out, f'<p class="matdiff-check" data-verdict="{p.status}">{escape(p.verdict)}</p>'])
