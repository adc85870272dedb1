"""One rule of a rules file as text: its equation, holes and clauses.

Here: reading what is written.  Not here: what hypotheses, guards and phases mean, whether the rule is true (`book`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matdiff.dimensions import ONE, SCALAR, Dim, Shape
from matdiff.errors import ParseError
from matdiff.language import calls, lexical, pairing, syntax
from matdiff.language.lexical import Word
from matdiff.language.sizes import polynomial
from matdiff.language.surface import Surface
from matdiff.operations.registry import called_names

KEYWORDS = ("rule", "for", "requires", "when", "each", "opens", "use", "because", "cite")


@dataclass(frozen=True)
class Hole:
    """A name of the equation that stands for any expression of its shape.  `optional`: it may be absent."""

    name: str
    kind: str
    shape: Shape
    optional: bool = False


@dataclass(frozen=True)
class Use:
    """`use -> in isolate as "Form"`: `forward` rewrites left to right."""

    forward: bool
    phase: str
    form: str = ""


@dataclass(frozen=True)
class RuleText:
    """A rule as written.  `left` and `right` are surface trees; elaborate them with `elaborate.elaborate`."""

    name: str
    title: str
    left: Surface
    right: Surface
    holes: tuple[Hole, ...]
    requires: tuple[tuple[str, str], ...]  # (name, property)
    when: tuple[tuple[str, str], ...]  # (hole, guard words)
    each: tuple[str, ...]
    opens: tuple[str, ...]
    uses: tuple[Use, ...]
    because: str
    cite: tuple[tuple[str, str], ...]  # (key, place)
    equation: str
    text: str
    sizes: tuple[str, ...] = ()  # declared by `k: size`, because no shape mentions them
    functions: tuple[str, ...] = ()  # declared by `g: function`

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of sizes in the holes' shapes, in order of first use."""
        return tuple(dict.fromkeys([*self.sizes, *(n for h in self.holes for d in h.shape for n in sorted(d.names))]))


def parse_rule(text: str) -> RuleText:
    """Read one rule block."""
    words = _keywords(lexical.scan(text, rules=True))
    if not words or words[0].kind != "rule":
        raise ParseError(
            'a rule starts with `rule name "title"`',
            text=text,
            span=(words[0].start, words[0].end) if words else (0, 0),
        )
    start, end = _equation(words, text)
    vocabulary = _vocabulary(words)
    paired = [*words[:start], *pairing.pair(words[start:end], text, vocabulary), *words[end:]]
    root = syntax.parse(paired, "rule", text, "rules")
    return _record(root, text)


def _keywords(words: Sequence[Word]) -> list[Word]:
    """Words without newlines; keywords at the start of a line become words of their own."""
    out: list[Word] = []
    first = True
    for word in words:
        if word.kind == "NEWLINE":
            first = True
            continue
        if first and word.kind == "NAME" and word.text in KEYWORDS:
            word = word._replace(kind=word.text)
        out.append(word)
        first = False
    return out


def _equation(words: Sequence[Word], text: str) -> tuple[int, int]:
    """Where the equation stands: after the title, before the first clause."""
    start = next((k + 1 for k, w in enumerate(words) if w.kind == "STRING"), len(words))
    end = next((k for k in range(start, len(words)) if words[k].kind in KEYWORDS), len(words))
    if start >= end:
        raise ParseError("the rule has no equation", text=text, span=(words[0].start, words[0].end))
    return start, end


def _vocabulary(words: Sequence[Word]) -> pairing.Vocabulary:
    taken: set[str] = set()
    functions: set[str] = set()
    clause = ""
    for k, word in enumerate(words):
        clause = word.kind if word.kind in KEYWORDS else clause
        following = words[k + 1].kind if k + 1 < len(words) else ""
        if clause == "for" and word.kind == "NAME" and following != "(":
            is_function = [w.text for w in words[k + 1 : k + 3]] == [":", "function"]
            (functions if is_function else taken).add(word.text)

    def declared(name: str) -> bool:
        return name in taken or (name.startswith("d") and name[1:] in taken)

    return pairing.Vocabulary(declared, calls.known, called_names(), frozenset(functions), differentials=True)


def _record(root: Surface, text: str) -> RuleText:
    head, equation, *clauses = root.children
    dotted, title = head.children
    found: dict[str, list[Surface]] = {}
    for clause in clauses:
        found.setdefault(clause.kind, []).append(clause)

    def all_of(kind: str) -> list[Surface]:
        return [child for clause in found.get(kind, ()) for child in clause.children]

    return RuleText(
        name=".".join(part.value for part in dotted.children),
        title=title.value.strip('"'),
        left=equation.children[0],
        right=equation.children[1],
        holes=tuple(_hole(h, text) for h in all_of("holes") if h.children[1].value not in ("size", "function")),
        sizes=tuple(h.children[0].value for h in all_of("holes") if h.children[1].value == "size"),
        functions=tuple(h.children[0].value for h in all_of("holes") if h.children[1].value == "function"),
        requires=tuple((h.children[0].value, h.children[1].value) for h in all_of("requires")),
        when=tuple((g.children[0].value, " ".join(w.value for w in g.children[1:])) for g in all_of("when")),
        each=tuple(name.value for name in all_of("each")),
        opens=tuple(name.value for name in all_of("opens")),
        uses=tuple(_use(u, text) for u in found.get("use", ())),
        because=" ".join(s.value.strip('"') for s in all_of("because")),
        cite=tuple(_cite(c) for c in found.get("cite", ())),
        equation=" ".join(text[equation.span[0] : equation.span[1]].split()),
        text=text,
    )


def _hole(node: Surface, text: str) -> Hole:
    name, phrase = node.children
    sizes = [polynomial(size, lambda part: Dim.of(part.value), text) for size in phrase.children]
    kind = phrase.value
    shapes: dict[tuple[str, int], Shape] = {("scalar", 0): SCALAR, ("integer", 0): SCALAR}
    if sizes:
        shapes |= {
            ("vector", 1): (sizes[0], ONE),
            ("matrix", 1): (sizes[0], sizes[0]),
            ("matrix", 2): (sizes[0], sizes[-1]),
        }
    shape = shapes.get((kind, len(sizes)))
    if shape is None:
        raise ParseError("a hole is a scalar, an integer, a vector(n) or a matrix(m, n)", text=text, span=phrase.span)
    return Hole(name.value, kind, shape, node.kind == "optional_hole")


def _use(node: Surface, text: str) -> Use:
    direction, word, phase, *rest = node.children
    if word.value != "in" or (rest and rest[0].value != "as"):
        raise ParseError('`use -> in PHASE`, optionally with `as "form"`', text=text, span=node.span)
    form = rest[1].value.strip('"') if rest else ""
    return Use(direction.children[0].value == "->", phase.value, form)


def _cite(node: Surface) -> tuple[str, str]:
    key, *place = node.children
    return key.value, place[0].value.strip('"') if place else ""
