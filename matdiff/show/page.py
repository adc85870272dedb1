"""What a derivation shows, for any medium.

Here: the page (names, equation lines, result, what is presupposed, the verdict) as records that hold expressions, not
text.  Not here: which lines become rows (`rows`), which names the printer gives (`letnames`), how anything looks
(`text`, `latex`, `markdown`, `html`, `data`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matdiff.core.expr import Expr, rebuild
from matdiff.dimensions import Shape
from matdiff.errors import UnsupportedError
from matdiff.language.notation import Latex, Notation, Text
from matdiff.language.write import Writer
from matdiff.show.letnames import Namer, occurrences
from matdiff.show.rows import Row, rows_of
from matdiff.show.sentences import Maths, Sentence, assumptions, convention, function_letter, remarks, verdict

if TYPE_CHECKING:
    from matdiff.derivation import Derivation

STYLES = ("frobenius", "trace")
DETAILS = ("answer", "brief", "textbook", "full")

# An engine-made name is written out in the answer if it stands there once and is no larger than this.
_SMALL, _SMALL_SCALAR = 9, 5
_MOST_WRITTEN_OUT = 40


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
    # name, expression, what it is
    forms: tuple[tuple[str, Expr, str], ...]
    assumptions: tuple[Sentence, ...]
    notes: tuple[str, ...]
    # what follows from the answer: (label, sentence)
    remarks: tuple[tuple[str, Sentence], ...]
    convention: Sentence
    status: str
    verdict: str
    # denominator layout: the Jacobian is shown transposed
    transposed: bool = False
    # of a second derivative: what the function and the first variable are called
    second: tuple[str, Expr] | None = None

    def text(self, e: Expr, decorate: Decorate | None = None) -> str:
        pen = self._text if decorate is None else _writer(Text(False), self.frobenius, self.called, decorate)
        return pen.write(e)

    def latex(self, e: Expr, decorate: Decorate | None = None) -> str:
        pen = self._latex if decorate is None else _writer(Latex(), self.frobenius, self.called, decorate)
        return pen.write(e)

    # A writer remembers what it has written: most parts stand in several rows.
    @cached_property
    def _text(self) -> Writer:
        return _writer(Text(False), self.frobenius, self.called)

    @cached_property
    def _latex(self) -> Writer:
        return _writer(Latex(), self.frobenius, self.called)

    def body_text(self, named: Named) -> str:
        """What a name stands for; the name itself is not used for it."""
        return self._body(Text(False), named)

    def body_latex(self, named: Named) -> str:
        return self._body(Latex(), named)

    def _body(self, notation: Notation, named: Named) -> str:
        pen = _writer(notation, self.frobenius, self._others(named))
        pen.positive_first = named.origin != "given"
        return pen.write(named.body)

    def _others(self, named: Named) -> dict[Expr, str]:
        return {e: name for e, name in self.called.items() if name != named.name}

    @property
    def frobenius(self) -> str:
        return "trace" if self.style == "trace" else "colon"


def _writer(notation: Notation, frobenius: str, called: Mapping[Expr, str], decorate: Decorate | None = None) -> Writer:
    writer = Writer(notation, frobenius=frobenius, called=called, decorate=decorate)
    writer.positive_first = True
    return writer


def page(d: Derivation, style: str = "frobenius", detail: str = "textbook") -> Page:
    """What to show of the derivation.  `detail="answer"`: no lines, and only the names the answer needs."""
    _known("style", style, STYLES)
    _known("detail", detail, DETAILS)
    frobenius = "trace" if style == "trace" else "colon"
    answer = _answer(d)
    first = rows_of(d, {}, _writer(Text(False), frobenius, {}).write, style, "textbook")
    called = Namer(d, first, answer).called
    rows = rows_of(d, called, _writer(Text(False), frobenius, called).write, style, detail)
    rows = () if detail == "answer" else rows
    letter = function_letter(d)
    roots = [answer] if detail == "answer" else [d.function_expr, *(p.expr for r in rows for p in r.parts), answer]
    # Alternative forms cost a derivation each: shown when all is asked for, or when somebody has looked at them.
    looked_at = detail == "full" or "_forms" in d.__dict__
    forms = tuple((f.name, f.expr, f.why) for f in d._forms) if looked_at else ()
    status, said = verdict(d)
    return Page(
        letter, d.function_expr, d.variable, d.read_as, style, detail, called, _where(d, roots, called), rows, answer,
        forms, assumptions(d), tuple(d.notes), remarks(d, detail),
        convention(d, letter, style, called.values()), status, said,
        d.layout == "denominator", None if d.first is None else (function_letter(d.first), d.first.variable),
    )  # fmt: skip


def _known(what: str, value: str, among: tuple[str, ...]) -> None:
    if value not in among:
        raise UnsupportedError(f"there is no {what} `{value}`", suggestion=" or ".join(among))


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


__all__ = ["DETAILS", "STYLES", "Maths", "Named", "Page", "Row", "Sentence", "page"]
