"""d, ∂ and ∇ in TeX: differentials, first and second derivatives, as fractions, in a line, and before a product.

Not here: what a derivative is.  `DERIVATIVE (F) (X)` comes from ∂F/∂X, `DERIVE (X) (F)` from ∂/∂X before F.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import latex_calls, latex_scripts
from matdiff.language.latex_scan import Mark

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

_OPERANDS = {
    "letter", "accent", "operator", "command", "frac", "sqrt", "group", "environment", "∑", "(", "[", "{{", "|", "‖",
    "||", "number", "⟨",
}  # fmt: skip
_LONGEST = 300  # marks of a function above a slash
_CLOSERS = {"(": ")", "[": "]", "{{": "}}"}
_ENDS = {"+", "-", "=", ",", ";", ")", "]", "}}", "⟩", "&", "row"}


def is_differential(w: Words, marks: list[Mark], k: int) -> bool:
    """Does the d at k begin a differential?  Upright it always does; a declared d is a variable."""
    mark = marks[k]
    if mark.text != "d" or mark.kind != "letter":
        return False
    after = marks[k + 1] if k + 1 < len(marks) else None
    quotient = after is not None and after.kind == "/" and _moves(w, marks[k + 2 : k + 3])
    second = after is not None and after.kind == "sup" and k + 2 < len(marks) and marks[k + 2].kind in _OPERANDS
    if after is None or not (after.kind in _OPERANDS or quotient or second):
        return False
    if mark.font == "upright":
        return True
    if "d" in w.lexicon.declared:
        w.note("d is the variable declared here, not the differential")
        return False
    return not w.lexicon.symbols.conventional


def differential(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    slash = _inline(w, marks, k)
    if slash is not None:
        return _in_line(w, marks, k, slash)
    if marks[k + 1].kind == "sup":
        raise w.error("second differentials are not read", Mark("", "", mark.start, marks[k + 1].end))
    if marks[k + 1].kind == "number" and marks[k + 1].font != "bold":
        raise w.error("the differential of a number is written 0", mark)
    w.put("DIFFERENTIAL", "d", mark.start, mark.end)
    return k + 1


def partial(w: Words, marks: list[Mark], k: int) -> int:
    """∂f/∂X in a line; ∂X by itself is the differential of some books."""
    slash = _inline(w, marks, k)
    if slash is not None:
        return _in_line(w, marks, k, slash)
    mark = marks[k]
    if k + 1 < len(marks) and marks[k + 1].kind == "sub":
        return nabla(w, marks, k)  # ∂_X f
    if k + 1 >= len(marks) or marks[k + 1].kind not in _OPERANDS:
        raise w.error("∂ has nothing after it", mark)
    w.note("∂ outside of a quotient is read as the differential d")
    w.put("DIFFERENTIAL", "d", mark.start, mark.end)
    return k + 1


# ---------------------------------------------------------------- quotients


def fraction(w: Words, marks: list[Mark], k: int) -> int:
    mark = marks[k]
    above, below = mark.parts
    if _moves(w, above) and _moves(w, below):
        return _quotient(w, marks, k + 1, mark, above, _variables(w, below, mark))
    numbers = all(len(p) == 1 and p[0].kind == "number" for p in mark.parts)
    if numbers and w.out and w.out[-1].kind == "NUMBER" and not w.frame.pending and w.out[-1].end == mark.start:
        raise w.error("a number and a fraction stand side by side", mark, r"2 \cdot \frac{1}{2}")
    w.put("FRACTION", "/", mark.start, mark.start)
    w.inside(above, mark.start, above[-1].end if above else mark.start)
    w.inside(below, below[0].start if below else mark.end, mark.end)
    return k + 1


def _moves(w: Words, marks: list[Mark]) -> bool:
    """Does this begin with ∂ or d?"""
    if not marks:
        return False
    mark = marks[0]
    is_d = mark.kind == "letter" and mark.text == "d" and (mark.font == "upright" or "d" not in w.lexicon.declared)
    return mark.kind == "∂" or is_d


def _quotient(w: Words, marks: list[Mark], k: int, mark: Mark, above: list[Mark], variables: list[list[Mark]]) -> int:
    """The derivative whose quotient was read; k is the mark after it, where the function may still stand."""
    function = above[1:]
    second = bool(function) and function[0].kind == "sup" and [m.text for m in function[0].parts[0]] == ["2"]
    if second:
        function = function[1:]
    elif function and function[0].kind == "sup":
        raise w.error("derivatives of order one and two are read", function[0])
    if second and len(variables) == 1:
        variables = [_without_square(w, variables[0], mark)] * 2
    if len(variables) != (2 if second else 1):
        raise w.error("the derivative and its variables do not fit", mark)
    if function:
        w.put("HESSIAN" if second else "DERIVATIVE", "∂", mark.start, mark.start)
        for part in (function, *variables):
            w.inside(part, part[0].start if part else mark.end, mark.end)
        return k
    w.put("DERIVE_TWICE" if second else "DERIVE", "∂", mark.start, mark.start)
    for part in variables:
        w.inside(part, part[0].start if part else mark.end, mark.end)
    return operand(w, marks, k, mark)


def _without_square(w: Words, variable: list[Mark], mark: Mark) -> list[Mark]:
    """∂x² below a second derivative is ∂x ∂x."""
    if len(variable) < 2 or variable[-1].kind != "sup" or [m.text for m in variable[-1].parts[0]] != ["2"]:
        raise w.error("the variables of the second derivative are missing", mark, r"\partial x \, \partial x^T")
    return variable[:-1]


def _variables(w: Words, below: list[Mark], mark: Mark) -> list[list[Mark]]:
    """What stands below: each ∂ begins a variable."""
    out: list[list[Mark]] = []
    level = 0
    for k, m in enumerate(below):
        level += {"(": 1, "[": 1, ")": -1, "]": -1}.get(m.kind, 0)
        if not level and (m.kind == "∂" or (m.text == "d" and below[0].kind == "letter" and _moves(w, below[k:]))):
            out.append([])
        else:
            out[-1].append(m)
    if not all(out):
        raise w.error("a variable is missing in this derivative", mark)
    return out


def _inline(w: Words, marks: list[Mark], k: int) -> int | None:
    """The index of the `/` in ∂f/∂X, where ∂ is at k."""
    level = 0
    for n in range(k + 1, min(len(marks), k + _LONGEST)):
        kind = marks[n].kind
        if kind == "/" and not level:
            return n if n + 2 < len(marks) and _moves(w, marks[n + 1 :]) else None
        level += {"(": 1, "[": 1, "{{": 1, ")": -1, "]": -1, "}}": -1}.get(kind, 0)
        if level < 0 or (not level and (kind in _ENDS - {")", "]", "}}"} or kind in (":", "⊗", "⊙"))):
            return None
    return None


def _in_line(w: Words, marks: list[Mark], k: int, slash: int) -> int:
    """∂f/∂X, ∂/∂X(…), d²f/dx²."""
    end = slash + 1
    while end < len(marks) and _moves(w, marks[end:]):
        end = _after_symbol(w, marks, end + 1)
    whole = Mark("", "", marks[k].start, marks[end - 1].end)
    variables = _variables(w, marks[slash + 1 : end], whole)
    return _quotient(w, marks, end, whole, marks[k:slash], variables)


def _after_symbol(w: Words, marks: list[Mark], k: int) -> int:
    """The index after one symbol with its scripts, one call or one bracket."""
    if k >= len(marks):
        return k
    found = w.lexicon.spelling(marks, k)
    if found is None and marks[k].kind == "letter":
        found = w.lexicon.name(marks, k)
    called = latex_calls.function_at(w, marks, k, found.after if found else k) if found is None else None
    if found is not None:
        k = found.after
    elif called is not None:
        k = called[1]
    elif marks[k].kind not in ("(", "["):
        k += 1
    if (called is not None or found is None) and k < len(marks) and marks[k].kind in ("(", "["):
        if called is not None or k == 0 or marks[k - 1].kind in ("command", "operator", "∂", "letter"):
            k = (w.matching(marks, k) or len(marks) - 1) + 1
    while k < len(marks) and marks[k].kind in ("sub", "sup", "'", "top"):
        k += 1
    return k


# ---------------------------------------------------------------- operators


def nabla(w: Words, marks: list[Mark], k: int) -> int:
    """∇f, ∇_X f, ∇² f."""
    mark = marks[k]
    below, above, k = latex_scripts.scripts(marks, k + 1)
    second = above is not None
    if above is not None and [m.text for m in above.parts[0]] != ["2"]:
        raise w.error("this exponent of ∇ is not read", above)
    end = marks[k - 1].end
    if below is None:
        w.put("CURVATURE" if second else "GRADIENT", "∇", mark.start, end)
        return operand(w, marks, k, mark)
    variables = [below.parts[0]]
    if second:
        inner = below.parts[0]
        twice = len(inner) == 2 and all(m.kind == "letter" for m in inner)
        variables = [inner[:1], inner[1:]] if twice else [inner, inner]
    w.put("DERIVE_TWICE" if second else "DERIVE", "∇", mark.start, end)
    for part in variables:
        w.inside(part, below.start, below.end)
    return operand(w, marks, k, mark)


def operand(w: Words, marks: list[Mark], k: int, mark: Mark) -> int:
    """What the operator before k is applied to: the product that follows; a bracket alone before a dot or the end."""
    if k >= len(marks) or marks[k].kind in _ENDS:
        raise w.error("this derivative is not applied to anything", mark)
    if marks[k].kind == "*":
        k += 1
    end = w.matching(marks, k) if k < len(marks) and marks[k].kind in _CLOSERS else None
    if end is not None and (end + 1 >= len(marks) or marks[end + 1].kind in _ENDS | {"*"}):
        return k  # the bracket is the whole operand
    if end is not None:
        w.note("the derivative is read as that of the whole product that follows it")
    w.open("operator", marks[k - 1].end)
    return k
