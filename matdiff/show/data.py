r"""A derivation as plain data, for JSON and for pages.

Every formula comes as `text` (matdiff's own language) and `latex`.  What is new in a line is marked twice: in `marked`,
LaTeX with \changed{…} around it (a page defines that macro), and in `segments`, the text in pieces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from matdiff.book.rule import Rule
from matdiff.core.expr import Expr
from matdiff.dimensions import Shape
from matdiff.language import names
from matdiff.language.names import pretty
from matdiff.language.write import latex as plain_latex
from matdiff.language.write import text as plain_text
from matdiff.show import latex, text
from matdiff.show.page import Page, page
from matdiff.show.rows import Row, joined

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.tactics.steps import Step

SCHEMA = 1
# Private signs around what is new, until the text is cut there.
_OPEN, _CLOSE = "\ue000", "\ue001"


def render(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> dict[str, Any]:
    p = page(d, style, detail)
    return {
        "schema": SCHEMA,
        "style": style,
        "detail": detail,
        "function": {"name": pretty(p.function_name), "text": plain_text(p.function), "latex": plain_latex(p.function)},
        "variable": {
            "name": pretty(p.variable.name), "latex": names.latex(p.variable.name), **_shape(p.variable.shape),
        },
        "read_as": p.read_as,
        "where": [
            {"name": pretty(n.name), "text": p.body_text(n), "latex": f"{names.latex(n.name)} = {p.body_latex(n)}",
             "origin": n.origin, **_shape(n.shape)}
            for n in p.where
        ],
        "lines": [_line(p, k, row) for k, row in enumerate(p.rows)],
        "answer": {
            "left": text.answer_name(p), "text": p.text(p.answer), "latex": p.latex(p.answer),
            "left_latex": latex.answer_name(p), "written_out": plain_text(d.gradient), **_shape(p.answer.shape),
        },
        "first": None if d.first is None else render(d.first, style, detail),
        "forms": [
            {"name": name, "text": plain_text(e), "latex": plain_latex(e), "note": why} for name, e, why in p.forms
        ],
        "assumptions": [text.sentence(p, s) for s in p.assumptions],
        "notes": list(p.notes),
        "remarks": [
            {"label": label, "text": text.sentence(p, s), "latex": latex.sentence(p, s)} for label, s in p.remarks
        ],
        "readings": list(d.problem.readings),
        "layout": {"name": d.layout, "text": text.sentence(p, p.convention), "latex": latex.sentence(p, p.convention)},
        "validation": {"verdict": p.status, "text": p.verdict},
        "latex": latex.render(d, style, detail),
    }  # fmt: skip


def _shape(shape: Shape) -> dict[str, Any]:
    return {"shape": [str(size) for size in shape], "kind": text.kind(shape)}


def _line(p: Page, k: int, row: Row) -> dict[str, Any]:
    lead = "⋯ + " if row.omitted else ""
    marked = joined([p.text(part.expr, _marker(row, _OPEN, _CLOSE)) for part in row.parts], lead)
    return {
        "left": text.differential_name(p) if k == 0 else "",
        "left_latex": latex.differential_name(p) if k == 0 else "",
        "kind": row.kind,
        "text": joined([p.text(part.expr) for part in row.parts], lead),
        "latex": " ".join(latex.terms(p, row)),
        "marked": " ".join(latex.terms(p, row, lambda tex: rf"\changed{{{tex}}}")),
        "segments": _segments(marked),
        "terms": [
            {"text": p.text(part.expr), "latex": p.latex(part.expr), "changed": part.changed} for part in row.parts
        ],
        "omitted": row.omitted,
        "titles": row.titles,
        "rules": [_rule(rule) for rule in row.rules],
        "check": row.check,
        "steps": [_step(p, step) for step in row.steps],
    }


def _marker(row: Row, opening: str, closing: str) -> Any:
    return lambda e, shown: f"{opening}{shown}{closing}" if e in row.marks else shown


def _segments(marked: str) -> list[dict[str, Any]]:
    """The text in pieces that are new or not; marks may lie inside marks, and a space between two is marked too."""
    out: list[dict[str, Any]] = []
    depth = 0
    for piece in re.split(f"([{_OPEN}{_CLOSE}])", marked.replace(f"{_CLOSE} {_OPEN}", " ")):
        if piece in (_OPEN, _CLOSE):
            depth += 1 if piece == _OPEN else -1
        elif piece and out and out[-1]["changed"] == (depth > 0):
            out[-1]["text"] += piece
        elif piece:
            out.append({"text": piece, "changed": depth > 0})
    return out


def _rule(rule: Rule) -> dict[str, str]:
    statement = " ".join(rule.statement.split())
    return {"name": rule.name, "title": rule.title, "statement": statement, "because": rule.because}


def _step(p: Page, step: Step) -> dict[str, Any]:
    def both(e: Expr) -> dict[str, str]:
        return {"text": p.text(e), "latex": p.latex(e)}

    return {
        "rule": None if step.rule is None else _rule(step.rule),
        "before": both(step.before),
        "after": both(step.after),
        "note": step.note,
        "check": step.check,
    }
