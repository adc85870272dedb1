"""What stands above and below: transposes, inverses, powers, indices, the kind of a norm.

Not here: subscripts that are part of a name (`latex_symbols`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import latex_names
from matdiff.language.latex_scan import Mark

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

_TRANSPOSED = ("top", "intercal", "transp", "trans", "tp", "tr", "transpose", "T")


def prime(w: Words, marks: list[Mark], k: int) -> int:
    """x', x⊤, xᵀ."""
    w.put("'", "'", marks[k].start, marks[k].end)
    return k + 1


def raised(w: Words, marks: list[Mark], k: int) -> int:
    """An exponent."""
    mark = marks[k]
    inner = mark.parts[0]
    kinds = [m.kind for m in inner]
    if kinds and all(_is_transpose(w, m) for m in inner):
        for m in inner:
            transposed(w, m, mark, "")
    elif len(inner) == 2 and kinds[0] == "-" and _is_transpose(w, inner[1]):
        transposed(w, inner[1], mark, "-")
    elif len(inner) == 3 and kinds[:2] == ["-", "number"] and _is_transpose(w, inner[2]):
        _power(w, "^", inner[:2], mark)
        w.put("'", "'", mark.start, mark.end)
    elif kinds == ["+"] or (kinds == ["command"] and inner[0].text == "dagger"):
        w.put("PINV", "+", mark.start, mark.end)
    elif kinds and kinds[0] == "⊙" and len(inner) > 1:
        _power(w, ".^", inner[1:], mark)
    elif len(inner) == 1 and (kinds[0] in ("*", "command", "words") or inner[0].text in ("H", "c") and _new(w, inner)):
        raise w.error(f"the exponent `{w.source(inner[0])}` is not read", mark)
    else:
        _power(w, "^", inner, mark)
    return k + 1


def _new(w: Words, inner: list[Mark]) -> bool:
    return inner[0].text not in w.lexicon.known


def is_transposed(w: Words, mark: Mark) -> bool:
    """Is this a transpose sign after an operand?"""
    inner = mark.parts[0] if mark.kind == "sup" else []
    return mark.kind in ("'", "top") or (len(inner) == 1 and _is_transpose(w, inner[0]))


def _is_transpose(w: Words, mark: Mark) -> bool:
    if mark.kind in ("top", "'") or (mark.kind == "command" and mark.text in _TRANSPOSED):
        return True
    return mark.kind == "letter" and (mark.text == "T" or (mark.text == "t" and "t" not in w.lexicon.known))


def transposed(w: Words, mark: Mark, script: Mark, sign: str) -> None:
    """^T: of a vector or matrix the transpose, also where a T is declared."""
    name = mark.kind == "letter" and mark.text == "T" and mark.font != "upright" and "T" in w.lexicon.known
    if mark.text == "t" and mark.kind == "letter":
        w.note("the exponent t is read as the transpose")
    if name:
        w.note("the exponent T is the transpose of a vector or matrix, and a power of a scalar by the T declared here")
    if not name and not sign:
        w.put("'", "'", script.start, script.end)
        return
    w.put("^", "^", script.start, script.start)
    if sign:
        w.put("-", "-", script.start, script.start)
    w.put("NAME", "T", mark.start, script.end)


def _power(w: Words, sign: str, inner: list[Mark], script: Mark) -> None:
    """A number is written as it is, everything else in parentheses."""
    w.put(sign, sign, script.start, script.start)
    minus = inner[:1] if inner and inner[0].kind == "-" else []
    rest = inner[len(minus) :]
    if len(rest) == 1 and rest[0].kind == "number":
        for m in minus:
            w.put("-", "-", m.start, m.end)
        w.put("NUMBER", rest[0].text, rest[0].start, script.end)
    else:
        w.inside(inner, script.start, script.end)


# ---------------------------------------------------------------- below


def scripts(marks: list[Mark], k: int) -> tuple[Mark | None, Mark | None, int]:
    """The subscript and the superscript that stand from k on, in either order, and where they end."""
    below = above = None
    while k < len(marks) and marks[k].kind in ("sub", "sup"):
        below, above = (marks[k], above) if marks[k].kind == "sub" else (below, marks[k])
        k += 1
    return below, above, k


def lowered(w: Words, marks: list[Mark], k: int) -> int:
    """A subscript of something that is no name: (XA)_{ij}, X'_{ij}."""
    mark = marks[k]
    before = [word.kind for word in w.out[-3:]]
    exponent = before[-2:-1] in (["^"], [".^"]) or before[:2] in (["^", "-"], [".^", "-"])
    if not w.complete or before[-1] in ("ENDBAR", "SUBSCRIPT") or (before[-1] == "NUMBER" and not exponent):
        raise w.error("this subscript belongs to nothing that is read", mark)
    index(w, mark, two=True)
    return k + 1


def index(w: Words, mark: Mark, *, two: bool) -> None:
    """The index brackets of a declared vector or matrix; `two`: 12 may be the row 1 and the column 2."""
    w.put("INDEX", "[", mark.start, mark.start)
    parts = _indices(w, mark.parts[0], two)
    for n, part in enumerate(parts):
        if n:
            w.sign(",", part[0].start if part else mark.end)
        if len(part) == 1 and part[0].kind in (":", "*"):
            w.put("RANGE", ":", part[0].start, part[0].end)
            continue
        latex_names.bare(w, part, "index")
    w.put("]", "]", mark.end, mark.end)


def _indices(w: Words, inner: list[Mark], two: bool) -> list[list[Mark]]:
    """Cut at commas; without commas `ij` are two indices, `i+1` is one."""
    if any(m.kind == "," for m in inner):
        parts: list[list[Mark]] = [[]]
        for m in inner:
            if m.kind == ",":
                parts.append([])
            else:
                parts[-1].append(m)
        return parts
    single = all(m.kind in ("letter", "number", "*", ":") for m in inner)
    if single and len(inner) == 2:
        return [[m] for m in inner]
    if two and len(inner) == 1 and inner[0].kind == "number" and len(inner[0].text) == 2:
        (m,) = inner
        w.note(f"the index {m.text} is read as {m.text[0]}, {m.text[1]}")
        return [[Mark("number", c, m.start, m.end)] for c in m.text]
    return [inner]


def norm_subscript(w: Words, marks: list[Mark], k: int) -> int:
    """‖x‖_F, also written ‖x‖^2_F."""
    at = k
    if k + 1 < len(marks) and marks[k].kind == "sup" and marks[k + 1].kind == "sub":
        at = k + 1
    if at >= len(marks) or marks[at].kind != "sub":
        return k
    mark = marks[at]
    inner = mark.parts[0]
    kind = inner[0] if len(inner) == 1 else None
    if kind is None or not (
        kind.kind in ("letter", "number", "*") or (kind.kind == "command" and kind.text == "infty")
    ):
        raise w.error("this kind of norm is not read", mark, "‖X‖_F, ‖x‖_1, ‖x‖_2, ‖X‖_*")
    which = "∞" if kind.kind == "command" else "*" if kind.kind == "*" else kind.text
    w.put("SUBSCRIPT", which, mark.start, mark.end)
    if at > k:
        w.step(marks, k)
    return at + 1
