"""Reading `rules/*.rules`: the book, indexed by phase and operation.

Here: splitting files into rules, elaborating a rule when it is first asked for, the checks every rule must pass before
it is used.  Not here: whether a rule is true (`audit`).  Rules are elaborated lazily, because a problem needs few of
them and reading all takes a quarter of a second; which rules an operation needs shows in their names.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from matdiff import resources
from matdiff.book.match import Binding
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.errors import MatdiffError, RuleError
from matdiff.language.rule_text import Hole

PHASES = ("differentiate", "spread", "isolate", "vectorise", "tidy", "expand", "project", "restrict", "rearrange",
          "present", "compute", "push", "reduce", "stabilise")  # fmt: skip
GUARDS = ("moving", "separable", "wide", "tall")
HYPOTHESES = ("invertible", "symmetric", "skew", "spd", "psd", "diagonal", "lower", "upper", "orthogonal", "positive",
              "nonzero", "nonvanishing", "fullrank", "constant")  # fmt: skip
# Phases whose rules are found by the operation their name begins with.
INDEXED = ("differentiate", "spread", "isolate", "vectorise", "tidy", "expand", "compute", "push", "reduce",
           "stabilise")  # fmt: skip

_HEAD = re.compile(r'^rule\s+([A-Za-z_]\w*(?:\.\w+)+)\s+"', re.MULTILINE)
_USE = re.compile(r"^\s+use\s+(?:->|<-)\s+in\s+(\w+)", re.MULTILINE)
_OVER = re.compile(r"^\s+over\s+([\w, ]+?)\s*=\s*(.*)\n", re.MULTILINE)
_SECTION = re.compile(r'^section\s+"([^"]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """The text of one rule, not read yet."""

    name: str
    text: str
    phases: frozenset[str]
    section: str
    file: str
    line: int


class Book:
    """All rules, in the order of the files: within a phase the first that matches applies."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self._rules: dict[str, Rule] = {}
        self._index: dict[tuple[str, str], list[Block]] = {}
        self._ready: dict[tuple[str, str, frozenset[str]], tuple[Rule, ...]] = {}
        self._possible: dict[tuple[str, str, frozenset[str]], tuple[Rule, ...]] = {}
        self._lock = threading.RLock()
        seen: set[str] = set()
        for block in blocks:
            if block.name in seen:
                raise RuleError(f"two rules are called {block.name} ({block.file}:{block.line})")
            seen.add(block.name)
            for phase in block.phases:
                key = (phase, block.name.partition(".")[0] if phase in INDEXED else "")
                self._index.setdefault(key, []).append(block)

    def __iter__(self) -> Iterator[Rule]:
        return (self.rule(block.name) for block in self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)

    def rule(self, name: str) -> Rule:
        """The rule of that name (KeyError if there is none)."""
        found = self._rules.get(name)
        if found is None:
            block = next((b for b in self.blocks if b.name == name), None)
            if block is None:
                raise KeyError(name)
            with self._lock:
                found = self._rules.setdefault(name, read_block(block))
        return found

    def has(self, phase: str, operation: str) -> bool:
        return (phase, operation) in self._index

    def applicable(self, phase: str, operation: str, forms: frozenset[str] = frozenset()) -> tuple[Rule, ...]:
        """The rules of a phase for an operation, alternative forms first where they are asked for, else left out."""
        key = (phase, operation if phase in INDEXED else "", forms)
        found = self._ready.get(key)
        if found is None:
            rules = [self.rule(block.name) for block in self._index.get(key[:2], ())]
            wanted = [r for r in rules if _form(r, phase) in forms]
            usual = [r for r in rules if _form(r, phase) is None]
            found = self._ready[key] = tuple(wanted + usual)
        return found

    def possible(self, phase: str, operation: str, inside: frozenset[str]) -> tuple[Rule, ...]:
        """The applicable rules that can match where these operations occur."""
        key = (phase, operation, inside)
        found = self._possible.get(key)
        if found is None:
            rules = (rule for rule in self.applicable(phase, operation) if rule.needed <= inside)
            found = self._possible[key] = tuple(rules)
        return found

    def forms(self) -> list[str]:
        """The names of forms that come from another derivation, in the order of the book."""
        return self._named_forms(lambda block: "present" not in block.phases)

    def conventions(self) -> list[str]:
        """The names of forms that present the same answer in another convention, in the order of the book."""
        return self._named_forms(lambda block: "present" in block.phases)

    def _named_forms(self, wanted: Callable[[Block], bool]) -> list[str]:
        texts = (b.text for b in self.blocks if wanted(b))
        return list(dict.fromkeys(form for text in texts for form in re.findall(r'\bas "([^"]+)"', text)))

    def extended(self, text: str, file: str) -> Book:
        """A book with the rules of one more file, before the others of their phase (a user's own come first)."""
        return Book([*split(text, file), *self.blocks])


def _form(rule: Rule, phase: str) -> str | None:
    return next((u.form for u in rule.uses if u.phase == phase and u.form), None)


_extended: list[Book] = []


def book() -> Book:
    """The book in use: as shipped, with the rules a user has added."""
    return _extended[-1] if _extended else shipped()


def use(extended: Book) -> None:
    """Make a book the one in use from now on."""
    _extended[:] = [extended]


@lru_cache(maxsize=1)
def shipped() -> Book:
    """The book as shipped."""
    blocks: list[Block] = []
    for name in sorted(resources.names("rules")):
        if name.endswith(".rules"):
            blocks += split(resources.read("rules", name), name)
    return Book(blocks)


def split(text: str, file: str) -> list[Block]:
    """The rules of a file as blocks of text."""
    heads = list(_HEAD.finditer(text))
    sections = [(m.start(), m.group(1)) for m in _SECTION.finditer(text)]
    out = []
    for head, following in zip(heads, [*heads[1:], None]):
        end = following.start() if following else len(text)
        body = text[head.start() : end]
        # What follows a blank line belongs to the next rule: comments, section titles.
        body = re.split(r"\n\s*\n", body, maxsplit=1)[0]
        section = next((title for at, title in reversed(sections) if at < head.start()), "")
        line = text.count("\n", 0, head.start()) + 1
        for name, text_of_one in _each_of_family(head.group(1), body):
            out.append(Block(name, text_of_one, frozenset(_USE.findall(body)), section, file, line))
    return out


def _each_of_family(name: str, body: str) -> list[tuple[str, str]]:
    """The rules a block stands for: `over f = expm, logm` writes it once for each of these operations, and
    `over f, g = eigvecmax eigmax, eigvecmin eigmin` once for each pair."""
    found = _OVER.search(body)
    if found is None:
        return [(name, body)]
    letters = found.group(1).replace(",", " ").split()
    rest = body[: found.start()] + body[found.end() :]
    out = []
    for member in found.group(2).split(","):
        words = dict(zip(letters, member.split(), strict=True))
        own = _renamed(name, words)
        own = own if own != name else f"{name}_{words[letters[0]]}"
        out.append((own, _renamed(rest, words).replace(f"rule {_renamed(name, words)}", f"rule {own}", 1)))
    return out


def _renamed(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\b[a-z]\b", lambda found: words.get(found.group(), found.group()), text)


@lru_cache(maxsize=1)
def references() -> dict[str, str]:
    """Citation keys of `rules/references.bib` with their titles."""
    text = resources.read("rules", "references.bib")
    entries = re.findall(r"^@\w+\{(\w+),(.*)$", text, re.MULTILINE)
    found = {key: re.search(r"title = \{([^}]*)\}", rest) for key, rest in entries}
    return {key: title.group(1) if title else "" for key, title in found.items()}


# ---------------------------------------------------------------- one rule


def read_block(block: Block) -> Rule:
    """Read and check one rule.  Raises RuleError with file and line."""
    try:
        return _elaborated(block)
    except MatdiffError as error:
        where = f"{block.file}:{block.line}: {block.name}: "
        raise RuleError(where + error.message, text=error.text, span=error.span, suggestion=error.suggestion) from None


def _elaborated(block: Block) -> Rule:
    from matdiff.language.elaborate import elaborate
    from matdiff.language.rule_text import parse_rule
    from matdiff.language.scope import Scope
    from matdiff.operations.registry import new_space
    from matdiff.operations.user_functions import Function

    written = parse_rule(block.text)
    holes = {h.name: h for h in written.holes}
    sides = []
    for side in (written.left, written.right):
        # A space each: A : B and A' : B' are one node within a space, and a rule may be about just that.
        space = new_space()
        space.functions = {name: Function(name) for name in written.functions}
        names = {h.name: space.symbol(h.name, h.shape, h.kind) for h in written.holes}
        sides.append(elaborate(side, block.text, Scope(space, names, set(written.dimensions), differentials=True)))
    left, right, holes = _own_sizes(sides[0], sides[1], holes)
    rule = Rule(
        block.name, written.title, written.equation, left, right, holes, frozenset(_sizes(left, right, holes)),
        written.requires, written.when, written.each[0] if written.each else None, written.opens,
        written.uses,
        written.because, written.cite[0] if written.cite else None, block.file, block.line,
    )  # fmt: skip
    check(rule)
    return rule


def _own_sizes(left: Expr, right: Expr, holes: dict[str, Hole]) -> tuple[Expr, Expr, dict[str, Hole]]:
    """The rule with sizes of its own, n°, which no problem can use: else a half-matched n*p could not be told from a
    size of the problem."""
    from matdiff.book.apply import instantiate
    from matdiff.operations.registry import new_space

    own = Binding(dims={name: Dim.of(f"{name}°") for name in _sizes(left, right, holes)})
    renamed = {
        h.name: Hole(h.name, h.kind, (h.shape[0].substitute(own.dims), h.shape[1].substitute(own.dims)), h.optional)
        for h in holes.values()
    }
    sides = []
    for side in (left, right):
        space = new_space()
        own.holes = {h.name: space.symbol(h.name, h.shape, h.kind) for h in renamed.values()}
        sides.append(instantiate(None, side, own, space))
    return sides[0], sides[1], renamed


def _sizes(left: Expr, right: Expr, holes: dict[str, Hole]) -> set[str]:
    found = {n for h in holes.values() for d in h.shape for n in d.names}
    for e in walk(left, right):
        found |= {n for p in e.params if isinstance(p, Dim) for n in p.names}
        found |= {e.params[0]} if e.op.name == "indexsum" else set()
    return found


def check(rule: Rule) -> None:
    """What can be said without numbers: same shape on both sides, everything bound, every word known."""
    if rule.left.shape != rule.right.shape:
        raise RuleError(f"the sides have different shapes, {rule.left.shape} and {rule.right.shape}")
    left = {e.name for e in walk(rule.left) if e.op.name == "symbol"}
    loose = {e.name for e in walk(rule.right) if e.op.name == "symbol"} - left
    if loose:
        raise RuleError(f"{', '.join(sorted(loose))} stands on the right but not on the left")
    for name, word in (*rule.requires, *rule.guards):
        if name not in rule.holes:
            raise RuleError(f"{name} is not a hole of this rule")
        if word not in (*HYPOTHESES, *GUARDS):
            raise RuleError(f"`{word}` is neither a hypothesis nor a guard")
    for use in rule.uses:
        if use.phase not in PHASES:
            raise RuleError(f"there is no phase `{use.phase}`; there are {', '.join(PHASES)}")
        if not use.forward:
            raise RuleError("write the equation in the direction in which it is used")
    if rule.cite and rule.cite[0] not in references():
        raise RuleError(f"`{rule.cite[0]}` is not in references.bib")
