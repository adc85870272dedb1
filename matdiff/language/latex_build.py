"""What the parser of TeX makes of a rule it has recognised, and what is said when words do not fit.

Here: the few nodes whose parts stand in another order than in matdiff text, or that are written with several nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matdiff.errors import ParseError
from matdiff.language.latex_sums import ALL
from matdiff.language.lexical import Word
from matdiff.language.surface import Surface, walk
from matdiff.language.syntax import Builder

_LARGEST = 200  # pieces of what stands twice in the tree
_MOST_BASES = 8


class LatexBuilder(Builder):
    """Makes the trees of matdiff text."""

    def __default__(self, rule: Any, children: list[Any], meta: Any = None) -> Any:
        node = super().__default__(rule, children, meta)
        if not isinstance(node, Surface):
            return node
        change = _CHANGES.get(node.kind if node.kind != "call" else f"call {node.value}")
        return node if change is None else change(node)


def _differential(node: Surface) -> Surface:
    """d X' is (d X)'."""
    (inner,) = node.children
    transposes = []
    while inner.kind == "transpose":
        transposes.append(inner)
        inner = inner.children[0]
    if inner.kind == "group" and not transposes:
        inner = inner.children[0]
    out = Surface("call", (inner,), "d", (node.span[0], inner.span[1]))
    for t in reversed(transposes):
        out = Surface("transpose", (out,), "", (node.span[0], t.span[1]))
    return out


def _derive(node: Surface) -> Surface:
    variable, function = node.children
    return _derivative(Surface("derivative_of", (function, variable), "", node.span))


def _derivative(node: Surface) -> Surface:
    function, *variables = map(_plain, node.children)
    for v in variables:
        _variable(v)
    return Surface("derivative_of", (function, *variables), "", node.span)


def _is_power_T(node: Surface) -> bool:
    """X^T where a T is declared."""
    return node.kind == "power" and node.children[1].kind == "name" and node.children[1].value == "T"


def _variable(node: Surface) -> None:
    """What a derivative is taken in: X, x', vec(X), an entry."""
    inner = node
    while (
        inner.kind in ("transpose", "group", "entries")
        or _is_power_T(inner)
        or (inner.kind == "call" and len(inner.children) == 1)
    ):
        inner = inner.children[0]
    if inner.kind != "name" or (node.kind == "call" and node.value == "d"):
        raise ParseError("a derivative is taken in a variable, not in an expression", span=node.span)


def _derive_twice(node: Surface) -> Surface:
    first, second, function = node.children
    return _hessian(Surface("hessian_of", (function, first, second), "", node.span))


def _hessian(node: Surface) -> Surface:
    """The variables of ∂x∂x' without the transpose, which only says which way the derivatives are laid out."""
    function, *variables = map(_plain, node.children)
    bare = [v.children[0] if v.kind == "transpose" or _is_power_T(v) else v for v in variables]
    for v in bare:
        _variable(v)
    return Surface("hessian_of", (function, *bare), "", node.span)


def _plain(node: Surface) -> Surface:
    return node.children[0] if node.kind == "group" else node


def _symmetric_part(node: Surface) -> Surface:
    """sym(Z) is (Z + Z')/2."""
    if len(node.children) != 1:
        raise ParseError("sym takes one argument", span=node.span)
    (z,) = node.children
    _not_long(z, "sym(…)")
    inner = Surface("group", (z,), "", z.span)
    both = Surface("add", (z, Surface("transpose", (inner,), "", z.span)), "", z.span)
    half = Surface("number", (), "2", node.span)
    quotient = Surface("divide", (Surface("group", (both,), "", node.span), half), "", node.span)
    return Surface("group", (quotient,), "", node.span)


def _sum_over_all(node: Surface) -> Surface:
    """A sum whose index runs over all rows or columns of what it indexes."""
    index, body = node.children
    bases: list[Surface] = []
    axes: list[str] = []
    for inner in walk(body):
        if inner.kind != "entries":
            continue
        base, *places = inner.children
        for axis, place in enumerate(places):
            if place.kind == "name" and place.value == index.value:
                _not_long(base, "a sum without bounds")
                bases.append(base)
                axes.append(str(axis))
    if not bases:
        raise ParseError("the bounds of this sum are needed", span=node.span, suggestion=r"\sum_{i=1}^{n}")
    one = Surface("number", (), "1", index.span)
    extent = Surface("extent", tuple(bases[:_MOST_BASES]), "".join(axes[:_MOST_BASES]), index.span)
    return Surface("call", (index, one, extent, body), "sum", node.span)


def _not_long(node: Surface, where: str) -> None:
    if sum(1 for _, _ in zip(walk(node), range(_LARGEST + 1))) > _LARGEST:
        raise ParseError(f"this is too long inside {where}", span=node.span)


def _no_mixture(node: Surface) -> Surface:
    if node.children[0].kind == "kronecker":
        raise ParseError("⊗ and ⊘ are mixed without parentheses", span=node.span)
    return node


_CHANGES = {
    "differential": _differential,
    "derive": _derive,
    "derivative_of": _derivative,
    "derive_twice": _derive_twice,
    "hessian_of": _hessian,
    "pseudoinverse": lambda node: Surface("call", node.children, "pinv", node.span),
    "call sym": _symmetric_part,
    f"call {ALL}": _sum_over_all,
    "entry_divide": _no_mixture,
}


# ---------------------------------------------------------------- errors


_BINARY = {"+", "-", "*", "/", ":", "⊗", "⊙", "⊘", "=", "^", ".^", "DIFFERENTIAL"}


def explain(words: Sequence[Word], token: Any, text: str) -> ParseError:
    """The error for the first word that fits nowhere (`token`, or the end of the words)."""
    k = len(words) if token.type == "$END" else token.line
    before = next((w for w in reversed(words[:k]) if w.end > w.start), None)
    word = next((w for w in words[k:] if w.end > w.start), None)
    if not words:
        return ParseError("there is nothing to read", text=text, span=(0, len(text)))
    shown = " ".join(text[before.start : before.end].split()) if before is not None else ""
    hidden = k < len(words) and words[k].end == words[k].start
    if before is not None and (k == len(words) or hidden or words[k].kind in (")", ",", "ENDBAR", "ENDNORM", "=")):
        return ParseError(f"something is missing after `{shown}`", text=text, span=(before.start, before.end))
    if word is None:
        return ParseError("something is missing at the end", text=text, span=(len(text), len(text)))
    here = " ".join(text[word.start : word.end].split())
    if word.kind in _BINARY:
        message = f"`{here}` has nothing on its left" if before is None else f"`{here}` does not fit after `{shown}`"
    else:
        message = f"`{here}` does not fit here" if before is None else f"`{here}` does not fit after `{shown}`"
    return ParseError(message, text=text, span=(word.start, word.end))
