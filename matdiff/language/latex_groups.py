"""Groups in braces, matrices, and the marks of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language.latex_frames import Frame
from matdiff.language.latex_scan import Mark

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

_MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "vmatrix", "Vmatrix"}
ALIGNED = {
    "aligned", "align", "eqnarray", "eqalign", "split", "gather", "gathered", "equation", "multline", "displaymath",
    "alignat", "flalign", "alignedat", "math", "subequations",
}  # fmt: skip


def group(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    w.inside(mark.parts[0], mark.start, mark.end)
    return k + 1


def environment(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    inner = mark.parts[0]
    if mark.text in ALIGNED:
        w.run(inner)
        return k + 1
    if mark.text not in _MATRICES:
        raise w.error(f"`\\begin{{{mark.text}}}` is not read", mark)
    determinant = mark.text == "vmatrix"
    if determinant:
        w.sign("BAR", mark.start)
    while inner and inner[-1].kind == "row":
        inner = inner[:-1]
    w.put("[", "[", mark.start, mark.start)
    w.frames.append(Frame("matrix", mark))
    w.run(inner)
    w.end_frame(mark.end)
    w.put("]", "]", mark.end, mark.end)
    if determinant:
        w.sign("ENDBAR", mark.end)
    return k + 1


def cell(w: Words, marks: list[Mark], k: int) -> int:
    """`&` and `\\\\`: the next cell and row of a matrix; outside of one they only set the formula."""
    mark = marks[k]
    if w.frame.kind == "matrix":
        w.finish()
        sign = "," if mark.kind == "&" else ";"
        w.put(sign, sign, mark.start, mark.end)
    elif any(frame.kind == "matrix" for frame in w.frames):
        raise w.error("a bracket is open where this cell ends", mark)
    elif mark.kind == "row" and k + 1 < len(marks):
        raise w.error("a second line begins here", mark, "read one line at a time")
    return k + 1


def refused(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    if mark.kind == "words":
        raise w.error(f"the words `{mark.text}` are not read", mark)
    raise w.error(f"`{w.source(mark)}` is not read", mark)
