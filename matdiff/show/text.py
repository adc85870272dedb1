"""A derivation as plain text with Unicode, in aligned columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.core.expr import Expr
from matdiff.dimensions import ONE
from matdiff.language.names import pretty, pretty_words
from matdiff.language.write import text
from matdiff.numeric.compare import FAILS, HOLDS
from matdiff.show.page import Maths, Page, Sentence, page
from matdiff.show.rows import Row, joined
from matdiff.show.wrap import words, wrapped

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.dimensions import Shape
    from matdiff.tactics.steps import Step

WIDTH = 100
# The rules stand in a column beside the expressions, below those that are wider than this.
_WIDEST = 50
_WIDE_BODY = 62
_GAP = 3
_MARKS = {HOLDS: "✓", FAILS: "✗"}


def render(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> str:
    own = of_page(page(d, style, detail))
    return own if d.first is None or detail == "answer" else f"{render(d.first, style, detail)}\n\n{own}"


def of_page(p: Page) -> str:
    """The page as text: what was asked, names, lines, answer, what it presupposes, the verdict."""
    blocks = [_head(p), _where(p), _equations(p), _foot(p)]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block)


def sentence(p: Page, parts: Sentence) -> str:
    return "".join(_piece(p, part) for part in parts)


def _piece(p: Page, part: str | Maths | Expr) -> str:
    if isinstance(part, Expr):
        return p.text(part)
    return part if isinstance(part, str) else part.text


def kind(shape: Shape) -> str:
    """`matrix(m, n)`, `vector(n)`, `scalar`."""
    rows, cols = (pretty_words(str(size)) for size in shape)
    if shape[1] == ONE:
        return "scalar" if shape[0] == ONE else f"vector({rows})"
    return f"matrix({rows}, {cols})"


def answer_name(p: Page) -> str:
    f, x = pretty(p.function_name), pretty(p.variable.name)
    if p.second is not None:
        of, a = p.second
        if a is p.variable and a.is_scalar:
            return f"∂²{of}/∂{x}²"
        return f"∂²{pretty(of)}/{_below(a)}{_below(p.variable, transposed=True)}"
    if p.function.is_scalar:
        return f"∂{f}/∂{x}"
    above = f"∂{f}" if p.function.is_vector else f"∂vec({f})"
    ratio = f"{above}/{_below(p.variable, transposed=True)}"
    return f"({ratio})'" if p.transposed else ratio


def _below(x: Expr, transposed: bool = False) -> str:
    if x.is_scalar:
        return f"∂{pretty(x.name)}"
    return (f"∂{pretty(x.name)}" if x.is_vector else f"∂vec({pretty(x.name)})") + ("'" if transposed else "")


def differential_name(p: Page) -> str:
    d = f"d{pretty(p.function_name)}"
    return d if p.function.is_scalar or p.function.is_vector else f"vec({d})"


def _head(p: Page) -> list[str]:
    if p.detail == "answer":
        return []
    name = pretty(p.function_name)
    lines = wrapped(f"{name} = {text(p.function)}", WIDTH - 24, indent=len(name) + 3)
    lines[-1] += f", differentiated in {pretty(p.variable.name)}"
    return [*lines, *words(f"read as {p.read_as}", WIDTH, indent=8)]


def _where(p: Page) -> list[str]:
    bodies = [p.body_text(named) for named in p.where]
    names = [pretty(named.name) for named in p.where]
    wide = max(map(len, names), default=0)
    column = min(max(map(len, bodies), default=0), _WIDE_BODY)
    out = []
    for k, (named, body) in enumerate(zip(p.where, bodies)):
        start = f"{'where' if k == 0 else '     '} {names[k]:>{wide}} = "
        first, *more = wrapped(body, _WIDE_BODY)
        tail = kind(named.shape)
        if more:
            more[-1] = f"{more[-1]:<{column}}{' ' * _GAP}{tail}"
        else:
            first = f"{first:<{column}}{' ' * _GAP}{tail}"
        out += [start + first, *(" " * len(start) + line for line in more)]
    return out


# ------------------------------------------------------------------- the equation


def _equations(p: Page) -> list[str]:
    left = differential_name(p)
    texts = [joined([p.text(part.expr) for part in row.parts], "⋯ + " if row.omitted else "") for row in p.rows]
    column = max((len(t) for t in texts if len(t) <= _WIDEST), default=_WIDEST)
    out: list[str] = []
    for k, (row, shown) in enumerate(zip(p.rows, texts)):
        start = f"{left if k == 0 else ' ' * len(left)} = "
        out += _columns(start, shown, column, _mark(p, row), " · ".join(row.titles))
        if p.detail == "full":
            out += _steps(p, row, len(start))
    while out and not out[-1]:
        out.pop()
    answer = wrapped(p.text(p.answer), WIDTH - 24)
    start = f"{answer_name(p)} = "
    answer[-1] += f"{' ' * _GAP}{kind(p.answer.shape)}"
    result = [start + answer[0], *(" " * len(start) + line for line in answer[1:])]
    return [*out, *([""] if out else []), *result]


def _mark(p: Page, row: Row) -> str:
    return "" if p.status == "unchecked" else _MARKS.get(row.check or "", "?")


def _columns(start: str, shown: str, column: int, mark: str, titles: str) -> list[str]:
    """left = expression   ✓ rules; under the expression where it leaves no room."""
    lines = wrapped(shown, WIDTH - len(start))
    out = [start + lines[0], *(" " * len(start) + line for line in lines[1:])]
    tail = f"{mark} {titles}" if mark else titles
    if not tail:
        return out
    aside = len(start) + column + _GAP
    notes = words(tail, WIDTH - aside, indent=2 if mark else 0)
    if len(out[-1]) + _GAP > aside:
        return [*out, *(" " * aside + note for note in notes)]
    out[-1] = f"{out[-1]:<{aside}}{notes[0]}"
    return [*out, *(" " * aside + note for note in notes[1:])]


def _steps(p: Page, row: Row, indent: int) -> list[str]:
    """Every application of a rule that led to the row."""
    out: list[str] = []
    for step in row.steps:
        out += [" " * indent + line for line in _step(p, step)]
    return [*out, ""] if out else out


def _step(p: Page, step: Step) -> list[str]:
    equation = wrapped(f"{p.text(step.before)} = {p.text(step.after)}", WIDTH - 8, indent=4)
    lines = [f"  · {equation[0]}", *(f"    {line}" for line in equation[1:])]
    if step.rule is None:
        return [*lines, f"      {step.note}"] if step.note else lines
    statement = " ".join(step.rule.statement.split())
    lines += [f"      {line}" for line in wrapped(f"{step.rule.name}: {statement}", WIDTH - 10, indent=4)]
    if step.rule.because:
        lines += [f"      {line}" for line in words(f"because {step.rule.because}", WIDTH - 10, indent=8)]
    return lines


# ------------------------------------------------------------------- below it


def _foot(p: Page) -> list[str]:
    entries = [("assuming", sentence(p, s)) for s in p.assumptions]
    entries += [("note", note) for note in p.notes]
    entries += [(label, sentence(p, said)) for label, said in p.remarks]
    entries += [("form", f"{name}: {p.text(e)}" + (f"   ({why})" if why else "")) for name, e, why in p.forms]
    if p.detail != "answer":
        entries.append(("layout", sentence(p, p.convention)))
    wide = max((len(label) for label, _ in entries), default=0)
    out, last = [], ""
    for label, shown in entries:
        first = f"{label if label != last else '':<{wide}}  "
        lines = words(shown, WIDTH - len(first), indent=2)
        out += [first + lines[0], *(" " * len(first) + line for line in lines[1:])]
        last = label
    mark = {"holds": "✓ ", "fails": "✗ "}.get(p.status, "")
    return [*out, *words(mark + p.verdict, WIDTH, indent=2)]
