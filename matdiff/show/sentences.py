"""What is said about an answer in sentences: what it presupposes, what it means, what follows from it, the verdict.

A sentence is a row of words, expressions and pieces of mathematics, which each medium writes its own way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matdiff.core.expr import Expr, walk
from matdiff.language import names
from matdiff.language.names import pretty
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED

if TYPE_CHECKING:
    from matdiff.derivation import Derivation
    from matdiff.tactics.curvature import Curvature
    from matdiff.tactics.stationary import Stationary

# The largest relative errors that are told apart: exact digits differ from one machine to the next.
_ERROR_BOUNDS = ((1e-12, "10⁻¹²"), (1e-9, "10⁻⁹"), (1e-6, "10⁻⁶"))


@dataclass(frozen=True)
class Maths:
    """A piece of mathematics that is no expression, both ways."""

    text: str
    latex: str


# A sentence with mathematics in it, which each medium writes its own way.
Sentence = tuple["str | Maths | Expr", ...]


def function_letter(d: Derivation) -> str:
    """What the function is called: its own name, unless a variable or a size has it."""
    taken = {*d.problem.variables, *d.problem.dimensions}
    return next((x for x in (d.problem.function_name, "f", "phi", "psi", "g", "h") if x not in taken), "f_0")


def assumptions(d: Derivation) -> tuple[Sentence, ...]:
    """Asserted by the user, needed for the function to be defined, and the points that are left out."""
    noted: list[Expr] = []

    def mark(e: Expr) -> str:
        noted.append(d.run.restored(e))
        return f"\0{len(noted) - 1}\0"

    needed = [_sentence(s, noted) for s in d.run.rw.assumptions(mark)]
    kinks: list[Sentence] = [(e, f" is not differentiable {where}") for e, where in d.kinks]
    return tuple(dict.fromkeys([*((a,) for a in d.problem.assumptions), *needed, *kinks]))


def _sentence(marked: str, noted: list[Expr]) -> Sentence:
    pieces = marked.split("\0")
    return tuple(noted[int(p)] if k % 2 else p for k, p in enumerate(pieces) if p)


# ------------------------------------------------------------------- what follows


def remarks(d: Derivation, detail: str) -> tuple[tuple[str, Sentence], ...]:
    """What follows from the answer, each with a label."""
    found: list[tuple[str, Sentence]] = []
    if d.matrix_form is not None:
        name = Maths(f"{pretty(function_letter(d))} = ", f"{names.latex(function_letter(d))} = ")
        found.append(("matrix form", (name, d.matrix_form)))
    found += [("where", said) for said in _own_functions(d)]
    if detail in ("answer", "brief"):
        return tuple(found)
    if d.stationary is not None:
        found.append(("stationary", _stationary(d, d.stationary)))
    if d.curvature is not None:
        found.append(("curvature", _curvature(d, d.curvature)))
    return tuple(found)


_EQUALS = Maths(" = ", " = ")


def _own_functions(d: Derivation) -> list[Sentence]:
    """g(t) = ..., g'(t) = ... for the functions of the user's own that were defined."""
    used = {e.params for e in walk(d.function_expr, d.gradient) if e.op.name == "applied" and e.params[0].is_known}
    out: list[Sentence] = []
    for function, k in sorted(used, key=lambda pair: (pair[0].name, pair[1])):
        marks, t = "'" * k, function.argument.name
        name = Maths(f"{pretty(function.name)}{marks}({pretty(t)}) = ",
                     f"{names.latex(function.name)}{marks}({names.latex(t)}) = ")  # fmt: skip
        out.append((name, function.body(k)))
    return out


def _stationary(d: Derivation, found: Stationary) -> Sentence:
    """The gradient set to zero: A'A x = A'b, so x = (A'A)⁻¹A'b."""
    f, x = function_letter(d), d.variable
    zero = Maths(f"∂{pretty(f)}/∂{pretty(x.name)} = 0",
                 rf"\partial {names.latex(f)} / \partial {names.latex(x.name)} = 0")  # fmt: skip
    said: list[str | Maths | Expr] = [zero, " where ", found.left, _EQUALS, found.right]
    if found.left is not x:
        said += [", that is ", x, _EQUALS, found.solution]
    for k, m in enumerate(found.inverted):
        said += [" if " if k == 0 else " and ", m, " is invertible" if not m.is_scalar else " is not 0"]
    return tuple(said)


def _curvature(d: Derivation, found: Curvature) -> Sentence:
    letter = function_letter(d.first if d.first is not None else d)
    f = Maths(pretty(letter), names.latex(letter))
    if found.verdict == "zero":
        return (f, " is linear in " if found.consequence else " is piecewise linear in ", d.variable)
    if not found.consequence:
        return (f"where the Hessian exists, it is {found.verdict}: ", *found.because)
    return (f"the Hessian is {found.verdict}: ", *found.because, "; so ", f, f" is {found.consequence} in ", d.variable)


# ------------------------------------------------------------------- what it means


def convention(d: Derivation, letter: str, style: str, printed: Collection[str] = ()) -> Sentence:
    """What the answer means, in one sentence."""
    x = d.variable
    if d.first is not None:
        return _hessian_convention(d, d.first, {*d.run.rw.taken, *printed})
    if d.is_jacobian:
        return _jacobian_convention(d, letter)
    of, by = names.latex(letter), names.latex(x.name)
    ratio = Maths(f"∂{pretty(letter)}/∂{pretty(x.name)}", rf"\partial {of} / \partial {by}")
    df = Maths(f"d{pretty(letter)} = ", rf"\mathrm{{d}}{{{of}}} = ")
    dx = x.space.apply("d", x)
    if x.is_scalar:
        return (ratio, " is a number, with ", df, _in_brackets(ratio), " ", dx)
    said: Sentence = (ratio, " has the shape of ", x, ", with ", df)
    if style != "trace":
        return (*said, ratio, Maths(" : ", " : "), dx, *_directions(x))
    transposed = Maths(f"({ratio.text})' ", rf"({ratio.latex})^{{\top}} ")
    if x.is_vector:
        return (*said, transposed, dx)
    return (*said, Maths("tr(", r"\operatorname{tr}("), transposed, dx, Maths(")", ")"), *_directions(x))


def _hessian_convention(d: Derivation, first: Derivation, taken: Collection[str]) -> Sentence:
    """`d²f = dw' (∂²f/∂w∂w') dw`, and what the rows and columns are."""
    a, x = first.variable, d.variable
    if a.is_scalar and x.is_scalar:
        return ("the second derivative is a number",)
    vec = "" if all(v.is_scalar or v.is_vector for v in (a, x)) else " (column-major vec)"
    rows, columns = (a, x) if d.layout == "numerator" else (x, a)
    said: list[str | Maths | Expr] = ["a row for each entry of ", rows, ", a column for each entry of ", columns]
    said.append(f"{vec}: {d.layout} layout")
    if a is x:
        f = function_letter(first)
        df = Maths(f"d²{pretty(f)} = ", rf"\mathrm{{d}}^{{2}}{{{names.latex(f)}}} = ")
        dx = x.space.apply("vec", x.space.apply("d", x))
        letter = next((x for x in "HQEB" if x not in taken), "H_0")
        h, gap = Maths(letter, names.latex(letter)), Maths(" ", r" \, ")
        said += ["; ", df, dx.T, gap, h, gap, dx, *_directions(x), ", where ", h, " is the Hessian"]
    return tuple(said)


def _jacobian_convention(d: Derivation, letter: str) -> Sentence:
    """`a row for each entry of f, a column for each entry of x (column-major vec): numerator layout`."""
    x = d.variable
    f = Maths(pretty(letter), names.latex(letter))
    rows, columns = ("row", "column") if d.layout == "numerator" else ("column", "row")
    vec = "" if d.function_expr.is_vector and (x.is_vector or x.is_scalar) else " (column-major vec)"
    where = () if x.is_scalar else (f", a {columns} for each entry of ", x)
    restricted = _directions(x)
    held = (", restricted to its action", *restricted) if restricted else ()
    return (f"a {rows} for each entry of ", f, *where, f"{vec}: {d.layout} layout", *held)


def _in_brackets(m: Maths) -> Maths:
    return Maths(f"({m.text})", f"({m.latex})")


def _directions(x: Expr) -> Sentence:
    words = x.params[2]
    for word in ("diagonal", "symmetric", "skew", "lower", "upper"):
        if word in words:
            adjective = f"{word} triangular" if word in ("lower", "upper") else word
            return (f" for every {adjective} ", x.space.apply("d", x))
    return ()


# ------------------------------------------------------------------- the verdict


def verdict(d: Derivation) -> tuple[str, str]:
    """("holds" | "fails" | "undecided" | "unchecked", one sentence).  Bounds instead of digits: see _ERROR_BOUNDS."""
    v = d.validation
    if v is None:
        return "unchecked", "not checked numerically: the check was left out on request"
    if v.verdict == FAILS:
        return "fails", "the numerical check FAILED: do not use this answer"
    if v.verdict != HOLDS:
        return "undecided", f"not decided numerically: {v.how}"
    unsampled = sum(1 for line in v.lines if line == NOT_SAMPLED)
    bound = next((shown for b, shown in _ERROR_BOUNDS if v.max_relative_error <= b), None)
    error = "" if bound is None else f", relative error below {bound}"
    lines = "every line and the answer hold" if not unsampled else "the answer and every line that could be tried hold"
    return "holds", f"checked numerically: {lines} at {v.draws} random points ({v.how}{error})"
