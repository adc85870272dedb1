"""Brackets and bars: which opens, which closes, and what follows where one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import latex_scripts
from matdiff.language.latex_frames import Frame
from matdiff.language.latex_scan import Mark

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

CLOSER = {"(": ")", "[": "]", "{{": "}}", "⟨": "⟩"}
OPENER = {closer: opener for opener, closer in CLOSER.items()}
BARS = ("|", "‖", "||")


def bracket(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    kind = "⟨" if mark.kind == "⟨" else "("
    w.frames.append(Frame(mark.kind, mark, mark.kind == "⟨"))
    w.put(kind, kind, mark.start, mark.end)
    return k + 1


def closing(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    frame = w.frame
    if frame.kind in BARS:
        assert frame.opener is not None
        raise w.error("this bar is never closed", frame.opener)
    if frame.kind != OPENER[mark.kind]:
        raise w.error(f"this `{w.source(mark)}` closes nothing", mark)
    w.finish()
    w.frames.pop()
    w.out.extend(frame.before)
    kind = "⟩" if mark.kind == "⟩" else ")"
    w.put(kind, kind, mark.start, mark.end)
    w.out.extend(frame.after)
    if kind == "⟩" and k + 1 < len(marks) and _is_f(marks[k + 1]):
        return k + 2  # ⟨A, B⟩_F
    return k + 1


def bar(w: Words, marks: list[Mark], k: int) -> int:
    """A bar closes the innermost open bar of its kind where an operand is complete; else it opens one."""
    mark = marks[k]
    kind = w.frame.kind
    if mark.font == "right" or (mark.font != "left" and w.complete and kind in BARS):
        if kind == mark.kind:
            return close_bar(w, marks, k)
        if mark.kind == "||" and kind == "|":
            # |x||y|: one stroke closes, the other is read for itself
            middle = mark.start + 1
            halves = [Mark("|", "|", mark.start, middle), Mark("|", "|", middle, mark.end)]
            close_bar(w, halves[:1], 0)
            bar(w, [halves[1]], 0)
            return k + 1
    if mark.font == "right":
        raise w.error("this bar closes nothing", mark)
    w.frames.append(Frame(mark.kind, mark))
    word = "BAR" if mark.kind == "|" else "NORM"
    w.put(word, mark.kind, mark.start, mark.end)
    return k + 1


def close_bar(w: Words, marks: list[Mark], k: int) -> int:
    w.finish()
    w.frames.pop()
    w.put("ENDBAR" if marks[k].kind == "|" else "ENDNORM", marks[k].kind, marks[k].start, marks[k].end)
    k += 1
    if w.out[-1].kind == "ENDNORM":
        k = latex_scripts.norm_subscript(w, marks, k)
    while k < len(marks) and marks[k].kind in ("sup", "'", "top"):
        k = w.step(marks, k)
    w.finish("barred")
    return k


def _is_f(mark: Mark) -> bool:
    return mark.kind == "sub" and [m.text for m in mark.parts[0]] == ["F"]
