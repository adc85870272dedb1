"""The report on a checked derivation, for every medium: each line with its verdict, the mistake, the right derivation.

Not here: verdicts (`matdiff.review`).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from matdiff.language.names import pretty
from matdiff.language.write import latex as latex_of
from matdiff.language.write import text as text_of
from matdiff.show.latex import text as words
from matdiff.show.mathml import mathml

if TYPE_CHECKING:
    from matdiff.review.judge import Example
    from matdiff.review.run import Check, CheckedLine

SCHEMA = 1
_MARKS = {
    "holds": "✓", "holds up to layout": "≈", "fails": "✗", "follows from an earlier failure": "↳", "undecided": "?",
    "unreadable": "…",
}  # fmt: skip
_STYLE = (
    "<style>.matdiff-check td{padding:.15em .4em;text-align:left;vertical-align:baseline}"
    ".matdiff-check .fails{background:#ffdcdc}.matdiff-check .holds-up-to-layout{background:#fff3c4}"
    ".matdiff-check .why{color:#555;font-size:90%}</style>"
)


def verdict(c: Check) -> str:
    """The whole in one sentence."""
    if c.ok:
        return "every line holds"
    if c.first_wrong is not None:
        line = c.lines[c.first_wrong]
        kind = "is right up to layout only" if line.verdict == "holds up to layout" else "is the first that is wrong"
        return f"line {c.first_wrong + 1} {kind}"
    open_ones = sum(line.verdict in ("undecided", "unreadable") for line in c.lines)
    return f"no line is wrong, but {open_ones} could not be judged"


def _numbers(value: Any) -> str:
    import numpy as np

    shown = np.array2string(np.asarray(value), precision=4, suppress_small=True, separator=", ")
    return " ".join(shown.split())


def _example(example: Example) -> list[tuple[str, str]]:
    """The numbers of a counterexample by name."""
    rows = [(pretty(name), _numbers(v)) for name, v in example.values.items()]
    rows += [(f"d{pretty(name)}", _numbers(v)) for name, v in example.directions.items()]
    return [*rows, ("left side", _numbers(example.left)), ("right side", _numbers(example.right))]


def _remarks(c: Check) -> list[list[str]]:
    """What is said below each line; how names were read is said once."""
    told: set[str] = set()
    out = []
    for line in c.lines:
        out.append(_said(line) + [note for note in line.notes if note not in told])
        told |= set(line.notes)
    return out


def _said(line: CheckedLine) -> list[str]:
    out = [f"by: {line.by}"] if line.by else []
    out += [line.why] if line.why else []
    if line.suggestion is not None:
        out.append(f"likely mistake: {line.suggestion.kind}; it holds with {line.suggestion.text} on the right")
    return out


def text(c: Check) -> str:
    out = []
    for k, (line, remarks) in enumerate(zip(c.lines, _remarks(c))):
        out.append(f"{k + 1:>3} {_MARKS[line.verdict]} {line.reading or line.text}")
        out += [f"      {said}" for said in remarks]
        if line.verdict == "fails" and line.counterexample is not None and k == c.first_wrong:
            rows = _example(line.counterexample)
            wide = max(len(name) for name, _ in rows)
            out += [f"      {name:>{wide}} = {value}" for name, value in rows]
    out += ["", verdict(c)]
    if c.first_wrong is not None and c.derivation is not None:
        out += ["", "the right derivation:", "", c.derivation.text()]
    return "\n".join(out)


def _line_latex(line: CheckedLine) -> str:
    if not line.sides:
        return words(line.text)
    continued = r"\quad = " if line.reading.startswith("=") else ""
    return continued + " = ".join(_side_latex(e) for e in line.sides)


def _side_latex(e: Any) -> str:
    return latex_of(e)


def latex(c: Check) -> str:
    rows = []
    for k, (line, remarks) in enumerate(zip(c.lines, _remarks(c))):
        said = "; ".join([line.verdict, *remarks])
        rows.append(rf"{k + 1} &\; {_line_latex(line)} && {words(said)}")
    body = " \\\\\n".join([*rows, rf"&\; {words(verdict(c))}"])
    out = f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
    if c.first_wrong is not None and c.derivation is not None:
        out += f"\n\n{c.derivation.latex()}"
    return out


def markdown(c: Check) -> str:
    rows = []
    for line, remarks in zip(c.lines, _remarks(c)):
        said = "; ".join([f"**{line.verdict}**", *remarks])
        rows.append(f"1. ${_line_latex(line)}$ — {_MARKS[line.verdict]} {said}")
    out = "\n".join(rows) + f"\n\n{verdict(c)}\n"
    if c.first_wrong is not None and c.derivation is not None:
        out += f"\nThe right derivation:\n\n{c.derivation.markdown()}"
    return out


def html(c: Check) -> str:
    rows = []
    for k, (line, remarks) in enumerate(zip(c.lines, _remarks(c))):
        kind = line.verdict.replace(" ", "-")
        shown = mathml(_line_latex(line)) if line.sides else f"<code>{escape(line.text)}</code>"
        said = "".join(f'<div class="why">{escape(s)}</div>' for s in [line.verdict, *remarks])
        rows.append(
            f'<tr class="{kind}"><td>{k + 1}</td><td>{_MARKS[line.verdict]}</td><td>{shown}</td><td>{said}</td></tr>'
        )
        if line.counterexample is not None and k == c.first_wrong:
            cells = "".join(
                f"<tr><td>{escape(n)}</td><td><code>{escape(v)}</code></td></tr>"
                for n, v in _example(line.counterexample)
            )
            rows.append(f'<tr><td></td><td></td><td colspan="2"><table>{cells}</table></td></tr>')
    table = "\n".join(rows)
    out = f'<div class="matdiff-check">{_STYLE}\n<table>\n{table}\n</table>\n<p>{escape(verdict(c))}</p>'
    if c.first_wrong is not None and c.derivation is not None:
        out += f"\n<p>The right derivation:</p>\n{c.derivation.html()}"
    return out + "\n</div>"


def data(c: Check) -> dict[str, Any]:
    """The report for JSON; key "schema" is 1."""
    return {
        "schema": SCHEMA,
        "ok": c.ok,
        "first_wrong": c.first_wrong,
        "verdict": verdict(c),
        "wrt": [pretty(name) for name in c.wrt],
        "lines": [
            {
                "text": line.text,
                "verdict": line.verdict,
                "reading": line.reading,
                "why": line.why,
                "by": line.by,
                "notes": list(line.notes),
                "span": list(line.span) if line.span else None,
                "counterexample": dict(_example(line.counterexample)) if line.counterexample else None,
                "suggestion": None
                if line.suggestion is None
                else {
                    "kind": line.suggestion.kind,
                    "text": text_of(line.suggestion.expr),
                    "latex": latex_of(line.suggestion.expr),
                },
            }
            for line in c.lines
        ],
        "derivation": c.derivation.to_dict() if c.first_wrong is not None and c.derivation is not None else None,
    }


__all__ = ["data", "html", "latex", "markdown", "text", "verdict"]
