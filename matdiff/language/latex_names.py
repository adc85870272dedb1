"""Names and constants in TeX: symbols, d, e, I, 1, 0, e_i, and what an unknown letter is told.

Here: what stands for an operand by itself.  Not here: which letters are one symbol (`latex_symbols`), functions
(`latex_calls`), and derivatives (`latex_calculus`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.errors import ParseError
from matdiff.language import latex_calculus, latex_calls, latex_scripts, latex_sums
from matdiff.language.latex_frames import Frame
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_symbols import Found
from matdiff.language.names import pretty

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

# Constant matrices by the letters textbooks give them, where these letters are not declared.
_STRUCTURED = {"K": ("commutation", 2), "D": ("duplication", 1), "L": ("elimination", 1)}


def letter(w: Words, marks: list[Mark], k: int) -> int:
    """A symbol that begins with the letter or accent at k."""
    mark = marks[k]
    found = _behind_exponent(w, marks, k) or w.lexicon.name(marks, k)
    called = latex_calls.function_at(w, marks, k, found.after if found else k)
    if called is not None:
        return latex_calls.function(w, marks, called[1], called[0], mark)
    if latex_calculus.is_differential(w, marks, k):
        return latex_calculus.differential(w, marks, k)
    if found is not None:
        return named(w, marks, k, found)
    if mark.text in w.bound:
        return named(w, marks, k, Found(mark.text, k + 1))
    read = _special(w, marks, k)
    if read is not None:
        return read
    found = w.lexicon.conventional(marks, k)
    if found is not None:
        return _undeclared(w, marks, k, found)
    if mark.kind == "accent":
        return _accented(w, marks, k)
    raise _unknown(w, marks, k)


def _behind_exponent(w: Words, marks: list[Mark], k: int) -> Found | None:
    """U^{-1}_k where U_k is a name: the subscript is moved before the exponent."""
    if k + 2 < len(marks) and marks[k + 1].kind in ("sup", "'", "top") and marks[k + 2].kind == "sub":
        moved = [marks[k], marks[k + 2]]
        found = w.lexicon.spelling(moved, 0) or w.lexicon.name(moved, 0)
        if found is not None and found.after == 2:
            marks[k + 1], marks[k + 2] = marks[k + 2], marks[k + 1]
            return Found(found.name, k + 2)
    return None


def named(w: Words, marks: list[Mark], k: int, found: Found) -> int:
    """A known name, with the index brackets that follow it."""
    first, last = marks[k], marks[found.after - 1]
    after = found.after
    if found.name in w.lexicon.functions:
        return latex_calls.own_function(w, marks, after, found.name, first)
    if found.name in ("pi", "e", "I") and found.name in w.lexicon.known:
        what = {"pi": "the number π", "e": "Euler's number", "I": "the identity"}[found.name]
        w.note(f"{pretty(found.name)} is the name declared here, not {what}")
    if last.kind != ")":
        _no_application(w, marks, first, after, found.name)
    if found.name in _STRUCTURED and after < len(marks) and marks[after].kind == "sub":
        # with sizes below, K_{m,n} is the commutation matrix also beside a K of one's own
        beyond = _structured(w, first, marks[after], after + 1)
        if beyond is not None:
            return beyond
    w.put("NAME", found.name, first.start, last.end)
    if after < len(marks) and marks[after].kind == "sub":
        latex_scripts.index(w, marks[after], two=found.name[0].isupper())
        after += 1
    return after


def _no_application(w: Words, marks: list[Mark], first: Mark, after: int, name: str) -> None:
    """f(x) may be the value of a function or a product: it is read only where the whole is declared."""
    if after >= len(marks) or marks[after].kind != "(":
        return
    end = w.matching(marks, after)
    if end is None:
        return
    whole = Mark("", "", first.start, marks[end].end)
    if name not in w.lexicon.known and name not in w.bound and name not in ("I", "pi") and not name.startswith("I_"):
        raise w.error(f"{pretty(name)} is neither declared nor a function", whole, f"declare `{pretty(name)}`")
    if first.text in w.lexicon.applied:
        raise w.error(f"the value `{w.source(whole)}` of a function elsewhere is not read", whole)
    inner = marks[after + 1 : end]
    if (
        inner
        and all(m.kind in ("letter", ",") for m in inner)
        and all(m.kind == "," or m.text in w.lexicon.declared for m in inner)
    ):
        raise w.error(f"is `{w.source(whole)}` the value of a function or a product?", whole)


def _undeclared(w: Words, marks: list[Mark], k: int, found: Found) -> int:
    """By convention; a subscript made of indices of sums is one, not part of the name."""
    if found.after > k + 1:
        inner = marks[k + 1].parts[0]
        if all(m.kind in (",", ":", "number") or m.text in w.bound for m in inner) and any(
            m.text in w.bound for m in inner
        ):
            found = Found(marks[k].text, k + 1)
    return named(w, marks, k, found)


def _accented(w: Words, marks: list[Mark], k: int) -> int:
    """x̂ is x where no x̂ was declared, and there is no x beside it."""
    mark = marks[k]
    inner = mark.parts[0]
    if len(inner) == 1 and inner[0].text not in w.plain and (found := w.lexicon.name(inner, 0)) is not None:
        w.note(f"{w.source(mark)} is read as {pretty(found.name)}")
        return named(w, marks, k, Found(found.name, k + 1))
    raise _unknown(w, marks, k)


def _unknown(w: Words, marks: list[Mark], k: int) -> ParseError:
    """A word of several letters is told so; else the letter with its subscript."""
    first, end = marks[k], k
    while end + 1 < len(marks) and marks[end + 1].kind == "letter" and not marks[end + 1].spaced:
        end += 1
    if end - k > 2 and all(m.text.isascii() and len(m.text) == 1 for m in marks[k : end + 1]):
        whole = Mark("", "", first.start, marks[end].end)
        return w.error(f"the words `{w.source(whole)}` are not read", whole)
    last = marks[k + 1] if k + 1 < len(marks) and marks[k + 1].kind == "sub" else first
    return w.error(f"`{w.source(first, last)}` is not declared", first)


# ---------------------------------------------------------------- letters with a meaning of their own


def _special(w: Words, marks: list[Mark], k: int) -> int | None:
    """Letters that mean something where they are not declared."""
    mark = marks[k]
    sub = marks[k + 1] if k + 1 < len(marks) and marks[k + 1].kind == "sub" else None
    if mark.text == "e" and sub is not None:
        return _unit(w, mark, sub, k + 2)
    if mark.text == "e":
        return _euler(w, marks, k)
    if mark.text == "I":
        return _identity(w, mark, sub, k)
    if mark.text == "pi" and not sub:
        w.put("NAME", "pi", mark.start, mark.end)
        return k + 1
    if mark.text == "Sigma" and sub is not None and any(m.kind == "=" for m in sub.parts[0]):
        return latex_sums.index_sum(w, marks, k)
    if mark.text in _STRUCTURED and sub is not None:
        return _structured(w, mark, sub, k + 2)
    return None


def _euler(w: Words, marks: list[Mark], k: int) -> int:
    """e^{x} is exp(x)."""
    mark = marks[k]
    after = marks[k + 1] if k + 1 < len(marks) else None
    if after is None or after.kind != "sup":
        w.put("CALL", "exp", mark.start, mark.end)
        w.sign("(", mark.end)
        w.put("NUMBER", "1", mark.end, mark.end)
        w.sign(")", mark.end)
        return k + 1
    w.put("CALL", "e^?", mark.start, mark.end)
    w.inside(after.parts[0], after.start, after.end)
    return k + 2


def _identity(w: Words, mark: Mark, sub: Mark | None, k: int) -> int:
    if sub is None:
        w.put("NAME", "I", mark.start, mark.end)
        return k + 1
    inner = sub.parts[0]
    if len(inner) == 1 and inner[0].kind in ("letter", "number"):
        spelled = w.lexicon.spelling(inner, 0)
        w.put("NAME", f"I_{spelled.name if spelled else inner[0].text}", mark.start, sub.end)
    else:
        w.put("CALL", "eye", mark.start, mark.end)
        sizes(w, inner, sub)
    return k + 2


def _unit(w: Words, mark: Mark, sub: Mark, after: int) -> int:
    """e_i, the unit vector; its size comes from where it stands."""
    w.put("CALL", "e", mark.start, mark.end)
    sizes(w, sub.parts[0], sub)
    return after


def _structured(w: Words, mark: Mark, sub: Mark, after: int) -> int | None:
    """K_{m,n}, D_n, L_n: the commutation, duplication and elimination matrices."""
    call, count = _STRUCTURED[mark.text]
    parts = _cut(sub.parts[0])
    if len(parts) == 1 and count == 2 and len(parts[0]) <= 2:
        parts = [[m] for m in (parts[0] * 2)[:2]]  # K_{mn}, and K_n for K_{nn}
    if len(parts) != count or not all(_is_size(w, m) for part in parts for m in part):
        return None
    w.note(f"{w.source(mark, sub)} is read as the {call} matrix")
    w.put("CALL", call, mark.start, mark.end)
    _arguments(w, parts, sub)
    return after


def _is_size(w: Words, mark: Mark) -> bool:
    if mark.kind == "letter":
        return mark.text in w.lexicon.dims or w.lexicon.symbols.conventional
    return mark.kind in ("number", "+", "-", "*", "(", ")", "frac", "/", "sup")


# ---------------------------------------------------------------- numbers


def number(w: Words, marks: list[Mark], k: int) -> int:
    """Numbers; with a size or in bold, 1 and 0 are all entries 1 and 0."""
    mark = marks[k]
    sub = marks[k + 1] if k + 1 < len(marks) and marks[k + 1].kind == "sub" else None
    after = marks[k + 1] if k + 1 < len(marks) else None
    if (
        sub is None
        and mark.text == "1"
        and (mark.font == "bold" or (after is not None and latex_scripts.is_transposed(w, after)))
    ):
        w.put("CALL", "vector", mark.start, mark.end)
        w.sign("(", mark.end)
        w.put("NUMBER", "1", mark.end, mark.end)
        w.sign(")", mark.end)
        return k + 1
    if mark.text not in ("0", "1") or sub is None:
        if sub is not None:
            raise w.error("a number has no subscript", sub)
        if w.out and w.out[-1].kind == "NUMBER" and not w.frame.pending:
            raise w.error("two numbers stand side by side", mark, r"2 \cdot 3")
        w.put("NUMBER", mark.text, mark.start, mark.end)
        return k + 1
    w.put("CALL", "ones" if mark.text == "1" else "zeros", mark.start, mark.end)
    sizes(w, sub.parts[0], sub)
    return k + 2


def sizes(w: Words, inner: list[Mark], sub: Mark) -> None:
    """The sizes in a subscript as arguments: `n`, `m,n`, `m \\times n`."""
    _arguments(w, _cut(inner), sub)


def _arguments(w: Words, parts: list[list[Mark]], sub: Mark) -> None:
    w.sign("(", sub.start)
    for n, part in enumerate(parts):
        if n:
            w.sign(",", part[0].start if part else sub.end)
        bare(w, part)
    w.put(")", ")", sub.end, sub.end)


def bare(w: Words, part: list[Mark], kind: str = "sizes") -> None:
    """Marks as an operand, without brackets around it."""
    w.frames.append(Frame(kind, None))
    w.run(part)
    w.end_frame(w.out[-1].end)


def _cut(inner: list[Mark]) -> list[list[Mark]]:
    """At commas and crosses."""
    parts: list[list[Mark]] = [[]]
    for m in inner:
        if m.kind == "," or (m.kind == "*" and m.text in (r"\times", "×")):
            parts.append([])
        else:
            parts[-1].append(m)
    return parts
