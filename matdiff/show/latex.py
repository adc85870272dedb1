r"""A derivation in LaTeX: one `aligned` block that stands in $$ … $$ (KaTeX, MathJax) or in a displayed equation (TeX).

Only what the three have in common is used: no macros, no \intertext, no `$` inside.  `mark` may wrap what is new in a
row (\htmlClass for KaTeX, \class for MathJax, \colorbox on paper).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from matdiff.core.expr import Expr
from matdiff.dimensions import ONE, Shape
from matdiff.language import names
from matdiff.language.names import SPELLED
from matdiff.language.notation import Latex
from matdiff.language.write import latex as plain
from matdiff.show.page import Maths, Page, Sentence, page
from matdiff.show.rows import Row, joined
from matdiff.show.wrap import words

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.tactics.steps import Step

_GAP = r" \\[1.5ex]"
# Sentences longer than this break: a formula does not do so by itself.
_SENTENCE = 100
# Terms of one row, and the rules beside it, before they break; in characters of their plain text.
_ROW, _TITLES = 80, 46

_SPECIAL = {
    "\\": r"\textbackslash ", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%", "#": r"\#", "$": r"\$",
    "^": r"\char94 ", "~": r"\char126 ",
}  # fmt: skip
# Signs of our plain text that stand in mathematics, not in text.
_MATHS = {
    "∂": r"\partial ", "⊗": r"\otimes ", "⊙": r"\odot ", "‖": r"\Vert ", "⋯": r"\cdots ", "·": r"\cdot ", "π": r"\pi ",
    "≥": r"\ge ", "≤": r"\le ", "≠": r"\ne ", "−": "-", "×": r"\times ", "√": r"\surd ", "∈": r"\in ",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ", [*"0123456789-", r"\top "]))
_QUOTES = {"“": "``", "”": "''", "’": "'", "–": "--", "…": "..."}


def render(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> str:
    own = _block(page(d, style, detail))
    if d.first is None or detail == "answer":
        return own
    return aligned(["& " + render(d.first, style, detail), "& " + own], r" \\[3ex]")


def _block(p: Page) -> str:
    groups = [_where(p), *_equations(p), _answer(p)]
    table = aligned([_GAP_BETWEEN.join(group) for group in groups if group], _GAP)
    notes = [_sentence_row(p, s) for s in sentences(p)]
    if not notes:
        return table
    below = aligned([f"& {line}" for note in notes for line in note], " \\\\")
    return aligned(["& " + table, "& " + below], r" \\[2.5ex]")


_GAP_BETWEEN = " \\\\\n"


def aligned(rows: list[str], between: str) -> str:
    body = (between + "\n").join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def equations(p: Page) -> str:
    """The lines and the answer alone, for media that say the rest in their own way."""
    groups = [*_equations(p), _answer(p)]
    return aligned([_GAP_BETWEEN.join(group) for group in groups if group], _GAP)


def differential_name(p: Page) -> str:
    d = Latex().differential(names.latex(p.function_name), True)
    return d if p.function.is_scalar or p.function.is_vector else rf"\operatorname{{vec}}({d})"


def answer_name(p: Page) -> str:
    f = names.latex(p.function_name)
    if p.second is not None:
        of, a = p.second
        below = rf"{_below(a)} \, {_below(p.variable, transposed=True)}"
        if a is p.variable and a.is_scalar:
            below = rf"{_below(a)}^{{2}}"
        return rf"\frac{{\partial^{{2}} {names.latex(of)}}}{{{below}}}"
    if p.function.is_scalar:
        return rf"\frac{{\partial {f}}}{{\partial {names.latex(p.variable.name)}}}"
    f = f if p.function.is_vector else rf"\operatorname{{vec}}({f})"
    ratio = rf"\frac{{\partial {f}}}{{{_below(p.variable, transposed=True)}}}"
    return rf"\left({ratio}\right)^{{\top}}" if p.transposed else ratio


def _below(x: Expr, transposed: bool = False) -> str:
    name = names.latex(x.name)
    if x.is_scalar:
        return rf"\partial {name}"
    flat = name if x.is_vector else rf"\operatorname{{vec}}({name})"
    return rf"\partial {flat}" + (r"^{\top}" if transposed else "")


def kind(shape: Shape) -> str:
    r"""`\in \mathbb{R}^{m \times n}`."""
    rows, cols = (size.latex(names.latex) for size in shape)
    if shape[1] == ONE:
        return r"\in \mathbb{R}" if shape[0] == ONE else rf"\in \mathbb{{R}}^{{{rows}}}"
    return rf"\in \mathbb{{R}}^{{{rows} \times {cols}}}"


# ------------------------------------------------------------------- the block


def _where(p: Page) -> list[str]:
    function = f"{names.latex(p.function_name)} &= {plain(p.function)}"
    return ([] if p.detail == "answer" else [function]) + [
        f"{names.latex(n.name)} &= {p.body_latex(n)} && {kind(n.shape)}" for n in p.where
    ]


def _equations(p: Page) -> list[list[str]]:
    """The rows; at full detail each row with its steps is a group of its own."""
    groups: list[list[str]] = [[]]
    for k, row in enumerate(p.rows):
        left = differential_name(p) if k == 0 else ""
        first, *more = _broken(p, row)
        shown = [f"{left} &= {first}".lstrip(), *(rf"&\quad {line}" for line in more)]
        right, *below = [text(line) for line in words("; ".join(row.titles), _TITLES)]
        shown[-1] += f" && {right}" if right else ""
        groups[-1] += [*shown, *(f"&&& {line}" for line in below)]
        if p.detail == "full" and row.steps:
            groups[-1] += [_step(p, step) for step in row.steps]
            groups.append([])
    return groups


def _broken(p: Page, row: Row) -> list[str]:
    """The terms of a row, in several lines where they are long."""
    widths = [len(p.text(part.expr)) for part in row.parts]
    lines, room = [""], _ROW
    for piece, width in zip(terms(p, row), [0, *widths] if row.omitted else widths or [0]):
        if lines[-1] and width > room:
            lines.append("")
            room = _ROW
        lines[-1] += f" {piece}" if lines[-1] else piece
        room -= width + 3
    return lines


def terms(p: Page, row: Row, mark: Callable[[str], str] | None = None) -> list[str]:
    """The terms of a row with their signs; `mark` wraps the pieces that are new."""
    wrap = (lambda e, shown: mark(shown) if e in row.marks else shown) if mark else None
    pieces = [p.latex(part.expr, wrap) for part in row.parts]
    out: list[str] = [r"\cdots"] if row.omitted else []
    for piece in pieces:
        out.append(joined([" ", piece]).strip() if out else piece)
    return out or ["0"]


def _step(p: Page, step: Step) -> str:
    equation = f"{p.latex(step.before)} = {p.latex(step.after)}"
    reason = step.note if step.rule is None else f"{step.rule.name}: {step.rule.because}".rstrip(": ")
    return rf"&\qquad {equation}" + (rf" && \quad {text(reason)}" if reason else "")


def _answer(p: Page) -> list[str]:
    return [f"{answer_name(p)} &= {p.latex(p.answer)} && {kind(p.answer.shape)}"]


# ------------------------------------------------------------------- sentences


def sentences(p: Page) -> list[Sentence]:
    """What stands below the block."""
    out: list[Sentence] = []
    if p.assumptions:
        listed: list[str | Maths | Expr] = []
        for k, assumption in enumerate(p.assumptions):
            listed += ["assuming " if k == 0 else "; ", *assumption]
        out.append(tuple(listed))
    out += [(note,) for note in p.notes]
    out += [(f"{label}: ", *said) for label, said in p.remarks]
    out += [(f"{name}: ", e, f" ({why})" if why else "") for name, e, why in p.forms]
    if p.detail != "answer":
        out.append(p.convention)
    return [*out, (p.verdict,)]


def _sentence_row(p: Page, sentence: Sentence) -> list[str]:
    """A sentence in rows; it breaks at spaces of its words and before its formulas."""
    rows: list[str] = []
    line: list[str] = []
    room = _SENTENCE
    for part in sentence:
        for shown, typeset in _atoms(p, part):
            if len(shown) > room and line:
                rows.append(_run("".join(line)))
                line, room = [], _SENTENCE - 4
            line.append(typeset)
            room -= len(shown)
    return [*rows, _run("".join(line))]


def sentence(p: Page, parts: Sentence) -> str:
    """A sentence as one formula."""
    return _run("".join(typeset for part in parts for _, typeset in _atoms(p, part)))


def mixed(p: Page, parts: Sentence, formula: Callable[[str], str], words: Callable[[str], str]) -> str:
    """A sentence as words with formulas between them, each written in its own way; neighbouring formulas are one."""
    out, run = "", ""
    for part in (*parts, ""):
        if isinstance(part, Expr):
            run += p.latex(part)
        elif isinstance(part, Maths):
            run += part.latex
        elif part or run:
            out += (formula(run.strip()) if run else "") + words(part)
            run = ""
    return out


# Combining marks, as LaTeX puts them over a letter.
_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0308": '"'}

# Stands around words until they are set: neighbours then share one \text.
_OPEN, _CLOSE = "\x01", "\x02"


def _atoms(p: Page, part: str | Maths | Expr) -> list[tuple[str, str]]:
    """(as text, to measure it; as LaTeX) of a formula, or of every word with the space after it."""
    if isinstance(part, Expr):
        return [(p.text(part), p.latex(part))]
    if isinstance(part, Maths):
        return [(part.text, part.latex)]
    pieces = part.split(" ")
    words = [f"{w} " for w in pieces[:-1]] + [pieces[-1]]
    return [(w, f"{_OPEN}{w}{_CLOSE}") for w in words if w]


def _run(marked: str) -> str:
    """Words between the marks set as text."""
    pieces = marked.replace(_CLOSE + _OPEN, "").split(_OPEN)
    out = pieces[0]
    for piece in pieces[1:]:
        words, _, maths = piece.partition(_CLOSE)
        out += f" {text(words)} {maths}"
    return out.strip()


def text(words: str) -> str:
    r"""Words as \text{…}, with Greek letters and other mathematical signs set as mathematics."""
    out = ""
    for maths, run in groupby(unicodedata.normalize("NFC", words), key=_is_maths):
        signs = list(run)
        if not maths:
            out += rf"\text{{{''.join(map(_letter, signs))}}}"
            continue
        for raised, some in groupby(signs, key=_RAISED.__contains__):
            shown = "".join(_RAISED[ch] if raised else _sign(ch) for ch in some)
            out += f"{{}}^{{{shown}}}" if raised else shown
    return out


def _letter(ch: str) -> str:
    """A sign of a word; é as \\'{e}."""
    if ch in _SPECIAL or ch in _QUOTES:
        return _SPECIAL.get(ch) or _QUOTES[ch]
    base, *marks = list(unicodedata.normalize("NFD", ch))
    return rf"\{_ACCENTS[marks[0]]}{{{base}}}" if marks and marks[0] in _ACCENTS else ch


def _is_maths(ch: str) -> bool:
    return ch in _MATHS or ch in _RAISED or ch in SPELLED


def _sign(ch: str) -> str:
    return _MATHS.get(ch) or names.latex(SPELLED[ch]) + " "


__all__ = ["aligned", "equations", "render", "sentences", "terms", "text"]
