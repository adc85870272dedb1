"""A derivation as Markdown: sentences and lists with $…$, the equation in one $$ block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import names
from matdiff.language.write import latex as plain
from matdiff.show import latex
from matdiff.show.page import Page, Sentence, page

if TYPE_CHECKING:
    from matdiff.derivation import Derivation

_ESCAPED = str.maketrans({ch: f"\\{ch}" for ch in "\\`*_[]<>#|"})


def render(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> str:
    own = _one(page(d, style, detail))
    return own if d.first is None or detail == "answer" else f"{render(d.first, style, detail)}\n{own}"


def _one(p: Page) -> str:
    blocks = [_head(p), _where(p), f"$$\n{latex.equations(p)}\n$$", _foot(p)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(p: Page) -> str:
    if p.detail == "answer":
        return ""
    function = f"{names.latex(p.function_name)} = {plain(p.function)}"
    return f"${function}$, differentiated in ${names.latex(p.variable.name)}$\n\nread as {_code(p.read_as)}"


def _code(shown: str) -> str:
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def _where(p: Page) -> str:
    listed = [f"- ${names.latex(n.name)} = {p.body_latex(n)} {latex.kind(n.shape)}$" for n in p.where]
    return "\n".join(["where", "", *listed]) if listed else ""


def sentence(p: Page, parts: Sentence) -> str:
    """Neighbouring formulas share one pair of dollars."""
    return latex.mixed(p, parts, lambda formula: f"${formula}$", lambda words: words.translate(_ESCAPED))


def _foot(p: Page) -> str:
    out = ["assuming " + "; ".join(sentence(p, a) for a in p.assumptions)] if p.assumptions else []
    out += [note.translate(_ESCAPED) for note in p.notes]
    out += [sentence(p, (f"{label}: ", *said)) for label, said in p.remarks]
    out += [sentence(p, (f"{name}: ", e, f" ({why})" if why else "")) for name, e, why in p.forms]
    if p.detail != "answer":
        out.append(sentence(p, p.convention))
    mark = {"holds": "✓ ", "fails": "✗ "}.get(p.status, "")
    return "\n".join(f"- {line}" for line in [*out, mark + p.verdict.translate(_ESCAPED)])
