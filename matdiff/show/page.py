"""What a derivation shows, for any medium.

Here: the page (names, equation lines, result, what is presupposed, the verdict) as records that hold expressions, not
text.  Not here: which lines become rows (`rows`), which names the printer gives (`letnames`), how anything looks
(`text`, `latex`, `markdown`, `html`, `data`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matdiff.core.expr import Expr, rebuild
from matdiff.dimensions import Shape
from matdiff.errors import UnsupportedError
from matdiff.language import names
from matdiff.language.names import pretty
from matdiff.language.notation import Latex, Notation, Text
from matdiff.language.write import Writer
from matdiff.numeric.compare import FAILS, HOLDS, NOT_SAMPLED
from matdiff.show.letnames import Namer, occurrences
from matdiff.show.rows import Row, rows_of

if TYPE_CHECKING:
    from matdiff.derivation import Derivation

STYLES = ("frobenius", "trace")
DETAILS = ("answer", "brief", "textbook", "full")

# An engine-made name is written out in the answer if it stands there once and is no larger than this.
_SMALL, _SMALL_SCALAR = 9, 5
_MOST_WRITTEN_OUT = 40
# The largest relative errors that are told apart: exact digits differ from one machine to the next.
_ERROR_BOUNDS = ((1e-12, "10⁻¹²"), (1e-9, "10⁻⁹"), (1e-6, "10⁻⁶"))


@dataclass(frozen=True)
class Maths:
    """A piece of mathematics that is no expression, both ways."""

    text: str
    latex: str


# A sentence with mathematics in it, which each medium writes its own way.
Sentence = tuple["str | Maths | Expr", ...]
# What a medium makes of a node that has been written, to highlight it.
Decorate = Callable[[Expr, str], str]


@dataclass(frozen=True)
class Named:
    """A name of the "where" list.  origin: "given" by the user, made by the "engine", a "letter" of the printer."""

    name: str
    body: Expr
    origin: str

    @property
    def shape(self) -> Shape:
        return self.body.shape


@dataclass(frozen=True)
class Page:
    """All that is shown of a derivation.  `called` are the printer's own names, for the writers."""

    function_name: str
    function: Expr
    variable: Expr
    read_as: str
    style: str
    detail: str
    called: Mapping[Expr, str]
    where: tuple[Named, ...]
    rows: tuple[Row, ...]
    answer: Expr
    forms: tuple[tuple[str, Expr], ...]
    assumptions: tuple[Sentence, ...]
    notes: tuple[str, ...]
    convention: Sentence
    status: str
    verdict: str
    # denominator layout: the Jacobian is shown transposed
    transposed: bool = False
    # of a second derivative: what the function and the first variable are called
    second: tuple[str, Expr] | None = None

    def text(self, e: Expr, decorate: Decorate | None = None) -> str:
        return written(Text(False), e, self.frobenius, self.called, decorate)

    def latex(self, e: Expr, decorate: Decorate | None = None) -> str:
        return written(Latex(), e, self.frobenius, self.called, decorate)

    def body_text(self, named: Named) -> str:
        """What a name stands for; the name itself is not used for it."""
        return written(Text(False), named.body, self.frobenius, self._others(named), positive=named.origin != "given")

    def body_latex(self, named: Named) -> str:
        return written(Latex(), named.body, self.frobenius, self._others(named), positive=named.origin != "given")

    def _others(self, named: Named) -> dict[Expr, str]:
        return {e: name for e, name in self.called.items() if name != named.name}

    @property
    def frobenius(self) -> str:
        return "trace" if self.style == "trace" else "colon"


def written(
    notation: Notation,
    e: Expr,
    frobenius: str,
    called: Mapping[Expr, str],
    decorate: Decorate | None = None,
    positive: bool = True,
) -> str:
    writer = Writer(notation, frobenius=frobenius, called=called, decorate=decorate)
    writer.positive_first = positive
    return writer.write(e)


def page(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> Page:
    """What to show of the derivation.  `detail="answer"`: no lines, and only the names the answer needs."""
    _known("style", style, STYLES)
    _known("detail", detail, DETAILS)
    frobenius = "trace" if style == "trace" else "colon"
    answer = _answer(d)
    first = rows_of(d, {}, lambda e: written(Text(False), e, frobenius, {}), style, "textbook")
    called = Namer(d, first, answer).called
    rows = rows_of(d, called, lambda e: written(Text(False), e, frobenius, called), style, detail)
    rows = () if detail == "answer" else rows
    letter = function_letter(d)
    roots = [answer] if detail == "answer" else [d.function_expr, *(p.expr for r in rows for p in r.parts), answer]
    # Alternative forms cost a derivation each: shown when all is asked for, or when somebody has looked at them.
    computed = d.forms if detail == "full" else d.__dict__.get("forms", {})
    status, verdict = _verdict(d)
    return Page(
        letter, d.function_expr, d.variable, d.read_as, style, detail, called, _where(d, roots, called), rows, answer,
        tuple(computed.items()), _assumptions(d), tuple(d.notes), _convention(d, letter, style), status, verdict,
        d.layout == "denominator", None if d.first is None else (function_letter(d.first), d.first.variable),
    )  # fmt: skip


def _known(what: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        raise UnsupportedError(f"there is no {what} `{value}`", suggestion=" or ".join(among))


def function_letter(d: Derivation) -> str:
    """What the function is called: its own name, unless a variable or a size has it."""
    taken = {*d.problem.variables, *d.problem.dimensions}
    return next((x for x in (d.problem.function_name, "f", "phi", "psi", "g", "h") if x not in taken), "f_0")


# ------------------------------------------------------------------- the answer


def _answer(d: Derivation) -> Expr:
    """The answer with small names that the engine made and that stand there once written out."""
    answer = d.answer
    # Function first, so that a name inside another one is counted where that one has been written out.
    for name in d.run.names.order[:_MOST_WRITTEN_OUT]:
        if _is_small(d, name) and occurrences([answer]).get(name) == 1:
            answer = rebuild(answer, {name: name.body}.get, into_definitions=False)
    return answer


def _is_small(d: Derivation, e: Expr) -> bool:
    if e.op.name != "definition" or e.name in d.problem.definitions:
        return False
    return e.body.size <= (_SMALL_SCALAR if e.is_scalar else _SMALL)


# ------------------------------------------------------------------- names


def _where(d: Derivation, roots: list[Expr], called: Mapping[Expr, str]) -> tuple[Named, ...]:
    """The names that what is printed needs, in the order of first need, each after those it needs itself."""
    found: dict[str, Named] = {}
    stack: list[tuple[Named, bool]] = [(n, False) for n in reversed(_direct(d, roots, called))]
    opened: set[str] = set()
    while stack:
        named, ready = stack.pop()
        if ready:
            found.setdefault(named.name, named)
        elif named.name not in opened:
            opened.add(named.name)
            stack.append((named, True))
            others = {e: n for e, n in called.items() if n != named.name}
            stack.extend((n, False) for n in reversed(_direct(d, [named.body], others)))
    return tuple(found.values())


def _direct(d: Derivation, roots: list[Expr], called: Mapping[Expr, str]) -> list[Named]:
    """The names that stand in the roots as printed."""
    found: dict[str, Named] = {}
    done: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        e = stack.pop()
        if id(e) in done:
            continue
        done.add(id(e))
        letter = next((x for x in ((e,) if e.is_scalar else (e, e.T)) if x in called), None) if called else None
        if letter is not None:
            found.setdefault(called[letter], Named(called[letter], letter, "letter"))
        elif e.op.name == "definition":
            found.setdefault(e.name, _definition(d, e))
        else:
            stack.extend(reversed(e.args))
    return list(found.values())


def _definition(d: Derivation, e: Expr) -> Named:
    if e.name in d.problem.definitions:
        # As the user typed it, without the names the engine put in.
        return Named(e.name, d.run.names.original.get(e, e).body, "given")
    return Named(e.name, e.body, "engine")


# ------------------------------------------------------------------- sentences


def _assumptions(d: Derivation) -> tuple[Sentence, ...]:
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


def _convention(d: Derivation, letter: str, style: str) -> Sentence:
    """What the answer means, in one sentence."""
    x = d.variable
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


def _verdict(d: Derivation) -> tuple[str, str]:
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


__all__ = ["DETAILS", "STYLES", "Maths", "Named", "Page", "Row", "Sentence", "page"]
