"""The book as text: the list of rules, and one rule with its statement, conditions, reason, source and an example.

Here: what `matdiff rules` prints.  Not here: reading rules (`book.load`), the generated catalogue in `rules/`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from matdiff import resources
from matdiff.book.load import Book
from matdiff.book.rule import Hole, Rule
from matdiff.core.expr import Expr, rebuild
from matdiff.core.facts import PROPERTIES
from matdiff.derivation import Derivation
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.language.names import pretty
from matdiff.language.write import text
from matdiff.numeric.compare import HOLDS
from matdiff.show.wrap import words, wrapped

WIDTH = 100
# Problem text and variable to a derivation (which stands above this floor).
Derive = Callable[[str, str], Derivation]
_PHASES = {
    "differentiate": "to write a differential out",
    "spread": "to part a sum inside a linear operation",
    "isolate": "to carry factors across the colon, towards G : dX",
    "vectorise": "to take factors out of a vec, towards J vec(dX)",
    "restrict": "to restrict a Jacobian to the allowed directions of a structured variable",
    "present": "to present an answer in another convention, as a named form of it",
    "tidy": "to tidy",
    "expand": "to expand",
    "project": "to bring a gradient into the space of its variable",
    "rearrange": "to rearrange",
    "compute": "to make code fast",
    "push": "to make code fast where a matrix is of low rank",
    "reduce": "to make code fast where a matrix is of low rank",
    "stabilise": "to make code accurate",
}
_GUARDS = {
    "moving": "{0} contains the differential",
    "separable": "{0} is of rank one or a Kronecker product",
    "wide": "{0} has more columns than rows",
    "tall": "{0} has more rows than columns",
}


def rule_list(book: Book) -> str:
    """All rules by file and section: name and statement."""
    out: list[str] = []
    place = ("", "")
    for block in book.blocks:
        if (block.file, block.section) != place:
            place = (block.file, block.section)
            out += ["", f"{block.section}  ({block.file})"]
        rule = book.rule(block.name)
        lines = wrapped(_one_line(rule.statement), WIDTH - 40)
        out.append(f"  {rule.name:<36}  {lines[0]}")
        out += [" " * 40 + line for line in lines[1:]]
    return "\n".join(out[1:])


def rule_page(book: Book, name: str, derive: Derive) -> str:
    """One rule, with what must hold, when it is used, why it is true, where it is printed, and an example."""
    rule = _found(book, name)
    rows = [("holds for", _holes(rule))]
    rows += [("requires", ", ".join(f"{h} {word}" for h, word in rule.requires))] if rule.requires else []
    for use in rule.uses:
        form = f", as the alternative form “{use.form}”" if use.form else ""
        rows.append(("used", _PHASES.get(use.phase, use.phase) + form + _when(rule)))
    if not rule.uses:
        rows.append(("used", "for reference only"))
    if rule.because:
        rows.append(("because", rule.because))
    if rule.cite:
        rows.append(("see", _citation(*rule.cite)))
    rows += _tested(rule)
    out = [f"{rule.name}: {rule.title}", "", *(f"    {line}" for line in rule.statement.splitlines()), ""]
    for label, shown in rows:
        first, *more = words(shown, WIDTH - 11)
        out += [f"{label:<9}  {first}", *(" " * 11 + line for line in more)]
    return "\n".join([*out, *_example(rule, derive)])


def _found(book: Book, name: str) -> Rule:
    names = [block.name for block in book.blocks]
    if name in names:
        return book.rule(name)
    near = [n for n in names if n.partition(".")[0] == name] or difflib.get_close_matches(name, names, 3)
    raise UnsupportedError(f"there is no rule called `{name}`", suggestion=", ".join(near) or "matdiff rules")


def _one_line(statement: str) -> str:
    return " ".join(statement.split())


def _plain(size: object) -> str:
    """A size of a rule without the sign that keeps it apart from a problem's sizes."""
    return str(size).replace("°", "")


def _kind(hole: Hole) -> str:
    if hole.kind == "scalar":
        return "scalar"
    sizes = hole.shape[:1] if hole.kind == "vector" else hole.shape
    return f"{hole.kind}({', '.join(map(_plain, sizes))})"


def _holes(rule: Rule) -> str:
    shown = [f"{h.name}: {_kind(h)}{' (may be absent)' if h.optional else ''}" for h in rule.holes.values()]
    return "; ".join(shown) if shown else "everything"


def _when(rule: Rule) -> str:
    guards = [_GUARDS.get(word, "{0} " + word).format(name) for name, word in rule.guards]
    each = [f"each {rule.each} in turn"] if rule.each else []
    return "; ".join(["", *guards, *each])


def _citation(key: str, place: str) -> str:
    """Authors, year, title and place, from `rules/references.bib`."""
    found = re.search(rf"^@\w+\{{{re.escape(key)},(.*)$", resources.read("rules", "references.bib"), re.MULTILINE)
    fields = dict(re.findall(r"(\w+) = \{([^}]*)\}", found.group(1))) if found else {}
    authors = " & ".join(a.partition(",")[0] for a in fields.get("author", key).split(" and "))
    return ", ".join(filter(None, [f"{authors} ({fields.get('year', 'n.d.')})", fields.get("title", key), place]))


def _tested(rule: Rule) -> list[tuple[str, str]]:
    from matdiff.book.audit import audit

    verdict = audit(rule)
    if verdict.status == HOLDS:
        return [("tested", f"both sides agree at {verdict.samples} random points")]
    return [("tested", f"NOT confirmed by random points: {verdict.status}")]


# ------------------------------------------------------------------- an example


def _example(rule: Rule, derive: Derive) -> list[str]:
    """The rule at work in the smallest problem that needs it, where there is one."""
    for wrt in _movable(rule):
        try:
            d = _derived(rule, wrt, derive)
        except MatdiffError:
            continue
        step = next((s for s in d.steps if s.rule is not None and s.rule.name == rule.name), None)
        if step is None:
            continue
        lines = wrapped(f"{text(step.before)} = {text(step.after)}", WIDTH - 11)
        asked = f"in the derivative of {text(d.function_expr)} in {pretty(wrt)}:"
        return ["", f"{'example':<9}  {asked}", *(" " * 11 + line for line in lines)]
    return []


def _movable(rule: Rule) -> list[str]:
    resting = {name for name, word in rule.requires if word == "constant"}
    first = [name for name, word in rule.guards if word == "moving"]
    return [*first, *(n for n in rule.holes if n not in resting and n not in first)]


def _derived(rule: Rule, wrt: str, derive: Derive) -> Derivation:
    inside: Expr = rebuild(rule.left, lambda e: e.args[0] if e.op.name == "d" else None)
    shown = _plain(text(inside))
    lines = []
    for hole in rule.holes.values():
        words_ = [word for name, word in rule.requires if name == hole.name and word in PROPERTIES]
        lines.append(", ".join([f"{hole.name} : {_kind(hole)}", *words_]))
    if not inside.is_scalar:
        weight = next(x for x in "CGWYZ" if x not in rule.holes)
        lines.append(f"{weight} : matrix({', '.join(map(_plain, inside.shape))})")
        shown = f"{weight} : ({shown})"
    return derive("\n".join([*lines, shown]), wrt)
