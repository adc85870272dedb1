"""Sums over an index in TeX, with bounds and without, and roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import latex_names, latex_scripts
from matdiff.language.latex_scan import Mark

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

# A sum over all values of an index, before its bounds are found.
ALL = "sum over all"


def index_sum(w: Words, marks: list[Mark], k: int) -> int:
    """\\sum_{i=1}^{n} of the product that follows."""
    mark = marks[k]
    below, above, k = latex_scripts.scripts(marks, k + 1)
    inner = below.parts[0] if below is not None else []
    if below is not None and above is None and inner and all(m.kind in ("letter", ",") for m in inner):
        return _sum_over_all(w, mark, [m for m in inner if m.kind == "letter"], k, below.end)
    if above is None or len(inner) < 3 or inner[0].kind != "letter" or inner[1].kind != "=":
        raise w.error("the index and both bounds of a sum are needed", mark, r"\sum_{i=1}^{n}")
    assert below is not None
    if [m.text for m in above.parts[0]] == ["infty"]:
        raise w.error("infinite sums are not read", above)
    index = inner[0].text
    w.put("CALL", "sum", mark.start, mark.end)
    w.sign("(", mark.end)
    w.put("NAME", index, inner[0].start, inner[0].end)
    for bound, script in ((inner[2:], below), (above.parts[0], above)):
        w.sign(",", bound[0].start if bound else script.end)
        latex_names.bare(w, bound)
    # The body is the last argument: its bracket is that of the call.
    w.sign(",", marks[k - 1].end)
    w.bound.append(index)
    w.pend("operator", index)
    return k


def _sum_over_all(w: Words, mark: Mark, indices: list[Mark], k: int, end: int) -> int:
    """\\sum_{ij}: over all entries of what i and j index."""
    for index in indices:
        w.put("CALL", ALL, mark.start, mark.end)
        w.sign("(", mark.end)
        w.put("NAME", index.text, index.start, index.end)
        w.sign(",", end)
        w.bound.append(index.text)
        w.pend("operator", index.text)
    return k


def root(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    w.put("CALL", "sqrt?", mark.start, mark.start)
    w.inside(mark.parts[0], mark.start, mark.end)
    return k + 1
