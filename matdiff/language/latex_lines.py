"""A document or a displayed derivation cut into its lines, and whether a text is TeX at all.

Here: environments, rows, alignment marks; a row that ends in an operator or leaves a bracket open goes on in the next.
Not here: what a line says.
"""

from __future__ import annotations

import re

from matdiff.errors import ParseError
from matdiff.language import latex_scan
from matdiff.language.latex_calls import BARE
from matdiff.language.latex_tree import ACCENTS, FONTS, FRACTIONS
from matdiff.language.lexical import LIMIT

_ROWS = (
    "align|aligned|eqnarray|split|gather|gathered|equation|multline|displaymath|flalign|alignat|alignedat|array|"
    "math|eqalign|IEEEeqnarray|dmath"
)
# What only TeX has; a backslash before a name may also be matdiff's A\\b.
_TEX = re.compile(r"\\[,;!|{}\[\]()]|\$|[_^]\{")
_COMMAND = re.compile(r"\\([A-Za-z]{2,})")
_OTHERS = {
    "begin", "end", "text", "operatorname", "mbox", "sqrt", "over", "top", "intercal", "in", "pm", "to", "infty",
    "dots", "ldots", "cdots", "mathrm", "le", "ge", "leq", "geq", "ne", "neq", "approx", "propto", "cr", "dagger",
    "int", "prod",
}  # fmt: skip
_DISPLAY = re.compile(
    rf"""
      \\begin\s*\{{(?P<name>(?:{_ROWS})\*?)\}}(?:\s*\{{[lcr|@{{}}.\d\s]*?\}})?
    | (?P<dollars>\$\$)
    | (?P<square>\\\[)
    | \\eqalign(?:no)?\s*\{{
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
# What only sets a display and is no part of a formula.
_SETTING = re.compile(
    rf"\\(?:begin|end)\s*\{{(?:{_ROWS})\*?\}}(?:\[\w\])?(?:\s*\{{[lcr|@{{}}.\d\s]*\}})?|\\nonumber|\\notag|\$"
)
_TOKEN = re.compile(
    r"\\begin\s*\{(?P<begin>[A-Za-z]+)\*?\}|\\end\s*\{(?P<end>[A-Za-z]+)\*?\}|(?P<row>\\\\(?:\s*\[[\d.]+\s*\w\w\])?|\\cr\b)"
    r"|\\left|\\right|\\[{}]|\\.|(?P<open>\{)|(?P<close>\})",
    re.DOTALL,
)
_GOES_ON = re.compile(r"(?:[+\-*/:]|\\(?:cdot|times|otimes|odot|circ))\s*\Z")


def is_latex(text: str) -> bool:
    """Is this TeX rather than matdiff text?"""
    text = re.sub(r"#[^\n]*", "", text)
    return _TEX.search(text) is not None or any(map(_is_command, _COMMAND.findall(text)))


def _is_command(word: str) -> bool:
    known = word in BARE or word in ACCENTS or word in FONTS or word in FRACTIONS or word in _OTHERS
    return known or latex_scan.is_known(word)


def split_lines(text: str) -> list[str]:
    """The lines of the displayed derivation(s) of a .tex document, of an environment, or of a plain list of lines."""
    if len(text.encode("utf-8", "surrogatepass")) > 10 * LIMIT:
        raise ParseError(f"the text is longer than {10 * LIMIT // 1000} kB")
    text = _COMMENT.sub("", text)
    body = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", text, re.DOTALL)
    text = body.group(1) if body else text
    displays = _displays(text)
    if displays:
        found = [line for display in displays for line in _rows(display)]
    else:
        found = [row for line in text.splitlines() for row in _rows(line)]
    return [line for row in _joined(found) if (line := _cleaned(row))]


def _displays(text: str) -> list[str]:
    """What is displayed, in order; displays do not nest."""
    out: list[str] = []
    at = 0
    while (found := _DISPLAY.search(text, at)) is not None:
        if found["name"]:
            end = _environment_end(text, found.end(), found["name"])
            out.append(text[found.end() : end])
        elif found["dollars"] or found["square"]:
            closing = text.find("$$" if found["dollars"] else r"\]", found.end())
            inner = text[found.end() : closing if closing >= 0 else len(text)]
            out += _displays(inner) if _outside(inner) else [inner]
            end = found.end() + len(inner) + 2
        else:
            end = _brace_end(text, found.end())
            out.append(text[found.end() : end])
        at = max(end, found.end())
    return out


def _outside(inner: str) -> bool:
    """Is a display nothing but an environment of rows?"""
    found = _DISPLAY.match(inner.strip())
    return found is not None and not (found["dollars"] or found["square"]) and inner.rstrip(".,; \n\t").endswith("}")


def _environment_end(text: str, at: int, name: str) -> int:
    level = 1
    for found in re.finditer(rf"\\(begin|end)\s*\{{{re.escape(name)}\}}", text[at:]):
        level += 1 if found[1] == "begin" else -1
        if not level:
            return at + found.start()
    return len(text)


def _brace_end(text: str, at: int) -> int:
    level = 1
    for found in re.finditer(r"\\.|[{}]", text[at:], re.DOTALL):
        level += {"{": 1, "}": -1}.get(found.group(), 0)
        if not level:
            return at + found.start()
    return len(text)


def _rows(display: str) -> list[str]:
    """Cut at row ends that stand in no brace and in no matrix."""
    out, start, braces, matrices = [], 0, 0, 0
    inner = re.compile(rf"(?:{_ROWS})\Z")
    for found in _TOKEN.finditer(display):
        name = found["begin"] or found["end"]
        if name and (not inner.match(name) or (name == "array" and matrices)):
            matrices += 1 if found["begin"] else -1
        elif name == "array" and display[max(0, found.start() - 20) : found.start()].rstrip()[-1:] in (
            "[",
            "(",
            "|",
            ".",
        ):
            matrices += 1  # \left[\begin{array} is a matrix
        braces += bool(found["open"]) - bool(found["close"])
        if found["row"] and braces <= 0 and matrices <= 0:
            out.append(display[start : found.start()])
            start = found.end()
    return [*out, display[start:]]


def _joined(rows: list[str]) -> list[str]:
    """A row that ends in an operator or begins with a sign goes on with the row before it."""
    out: list[list[str]] = []
    for row in rows:
        starts = re.sub(r"^(?:[\s&]|\\q?quad\b|\\[,;:!])+", "", row).rstrip(" &\n\t")
        if not starts:
            continue
        if out and not starts.startswith("=") and (_GOES_ON.search(out[-1][-1][-20:]) or starts[0] in "+-"):
            out[-1].append(starts)
        else:
            out.append([starts])
    return [" ".join(parts) for parts in out]


def _cleaned(row: str) -> str:
    """Without what only sets the display."""
    row = _SETTING.sub(" ", row) if not re.search(r"\\begin\{array\}", row) else row.replace("$", " ")
    row = re.sub(r"(?<!\\)&", " ", row) if not re.search(r"\\begin\{\w*(?:matrix|array|cases)\}", row) else row
    row = re.sub(r"\\(?:tag\*?|label)\s*\{[^{}]*\}", " ", row)
    row = re.sub(r"^\s*\\(?:displaystyle|quad|qquad)\b", " ", row)
    return " ".join(row.split())


__all__ = ["is_latex", "split_lines"]
