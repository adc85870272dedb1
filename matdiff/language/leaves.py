"""Names and numbers: variables, sizes used as numbers, I, I_n, pi, dX; and what an unknown name could have meant."""

from __future__ import annotations

from difflib import get_close_matches

from matdiff.core.facts import PROPERTIES
from matdiff.dimensions import SCALAR, Dim
from matdiff.errors import DeclarationError, MatdiffError
from matdiff.language import names as spelling
from matdiff.language.lexical import exact
from matdiff.language.reader import Reader, Typed
from matdiff.language.sizes import size_of
from matdiff.language.statements import KINDS
from matdiff.language.surface import Surface


def name(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    word, names = node.value, r.names
    if r.index_bound(node) or (word in names.dims and word not in names.entries):
        return Typed("dimension", (), (Dim.of(word),), SCALAR, node.span)
    if word not in names.entries:
        special = _special(r, node)
        if special is not None:
            return special
    entry = names.variable(word)
    if entry is None:
        raise _unknown_name(r, node)
    return Typed("name", (), (word,), entry.shape, node.span)


def _special(r: Reader, node: Surface) -> Typed | None:
    """Undeclared names with a meaning: I, I_n, pi, and dX where differentials are allowed."""
    word = node.value
    if word == "pi":
        return Typed("constant", (), ("pi",), SCALAR, node.span)
    if word == "I":
        return r.apply("identity", (), node, (r.solver.fresh(borrowed=True),))
    if word.startswith("I_") and word.count("_") == 1:
        size = Surface("number" if word[2:].isdigit() else "name", (), word[2:], node.span)
        return r.apply("identity", (), node, (size_of(r, size),))
    if r.names.differentials and word.startswith("d") and word[1:] in r.names.entries:
        inner = name(r, Surface("name", (), word[1:], (node.span[0] + 1, node.span[1])), [])
        return r.apply("d", (inner,), node)
    return None


def _unknown_name(r: Reader, node: Surface) -> MatdiffError:
    name, shown = node.value, r.source(node)
    known = set(r.names.entries)
    suggestion = f"declare it, `{shown} : matrix(m, n)`"
    near = get_close_matches(name, [*sorted(known), *KINDS, *PROPERTIES], 1, 0.75) if len(name) > 2 else []
    split = _split(name, known)
    if near and not (split and set(split) <= known):
        suggestion = f"did you mean {spelling.pretty(near[0])}?  Or {suggestion}"
    elif split:
        suggestion = f"did you mean `{' '.join(map(spelling.pretty, split))}`?  Or {suggestion}"
    return r.error(f"{shown} is not declared", node, suggestion, DeclarationError)


def _split(name: str, known: set[str]) -> list[str]:
    """The name cut into declared names and single letters, longest first."""
    if "_" in name or not name.isalpha():
        return []
    out: list[str] = []
    while name:
        n = next((n for n in range(len(name), 1, -1) if name[:n] in known or name[:n] in spelling.LETTER), 1)
        out.append(name[:n])
        name = name[n:]
    # A long word of which nothing is known is a word, not a product of letters.
    return out if len(out) > 1 and (len(out) <= 4 or set(out) <= known) else []


def number(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return Typed("number", (), (exact(node.value), node.value), SCALAR, node.span)
