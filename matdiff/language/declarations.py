"""Declarations: `A, B : matrix(m, n), invertible`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from matdiff.core.facts import PROPERTIES
from matdiff.dimensions import ONE, SCALAR, Dim
from matdiff.errors import DeclarationError, MatdiffError, UnsupportedError
from matdiff.language import statements, syntax
from matdiff.language.sizes import polynomial
from matdiff.language.statements import KINDS, UNSUPPORTED_KINDS, Statement
from matdiff.language.surface import Surface

# Properties that only a matrix has; all of these but orthogonal make it square.
_OF_MATRICES = {"symmetric", "skew", "spd", "psd", "diagonal", "lower", "upper", "orthogonal", "invertible"}
_SQUARE = _OF_MATRICES - {"orthogonal", "lower", "upper"}
_CONTRADICTIONS = [
    {"symmetric", "skew"},
    {"spd", "skew"},
    {"psd", "skew"},
    {"diagonal", "skew"},
    {"skew", "invertible", "positive"},
]


# `matrix(m x n)` would otherwise be a square matrix with a size m*x*n.
_CROSS = re.compile(r"(\w+)\s*(?:\s[xX]\s|×)\s*(\w+)")


@dataclass(frozen=True)
class Declaration:
    """What was declared of one name.  kind "" where only properties were given; sizes None where left out."""

    name: str
    kind: str
    sizes: tuple[Dim, Dim] | None
    properties: frozenset[str]
    text: str
    span: tuple[int, int]

    @property
    def square(self) -> bool:
        """Do its properties make the matrix square where no sizes were given?"""
        return bool(self.properties & (_SQUARE | {"lower", "upper"}))


def read(statement: Statement, text: str) -> list[Declaration]:
    """One declaration for each of the names."""
    root = syntax.parse(statement.words, "declaration", text)
    names, *phrases = root.children
    kind, sizes, properties = "", None, set()
    for phrase in phrases:
        if phrase.value in PROPERTIES:
            _no_arguments(phrase, text)
            properties.add(phrase.value)
        elif phrase.value in KINDS and not kind:
            kind, sizes = phrase.value, _sizes(phrase, text)
        else:
            raise _bad_phrase(phrase, kind, text)
    if not kind and properties & _OF_MATRICES:
        kind = "matrix"
    _check(kind, sizes, properties, phrases[-1], text)
    return [Declaration(n.value, kind, sizes, frozenset(properties), text, n.span) for n in names.children]


def _error(
    message: str, node: Surface, text: str, suggestion: str | None = None, kind: type[MatdiffError] = DeclarationError
) -> MatdiffError:
    return kind(message, text=text, span=node.span, suggestion=suggestion)


def _no_arguments(phrase: Surface, text: str) -> None:
    if phrase.children:
        raise _error(f"{phrase.value} takes no size", phrase, text)


def _bad_phrase(phrase: Surface, kind: str, text: str) -> MatdiffError:
    word = phrase.value
    if word in UNSUPPORTED_KINDS:
        what = "tensors of order above two" if word == "tensor" else f"{word} variables"
        return _error(f"{what} are not supported yet", phrase, text, kind=UnsupportedError)
    if word in KINDS:
        return _error(f"two kinds, {kind} and {word}", phrase, text)
    near = get_close_matches(word, [*KINDS, *PROPERTIES], 1)
    suggestion = (
        f"did you mean {near[0]}?" if near else "kinds: " + ", ".join(KINDS) + "; properties: " + ", ".join(PROPERTIES)
    )
    return _error(f"{word} is neither a kind nor a property", phrase, text, suggestion)


def _sizes(phrase: Surface, text: str) -> tuple[Dim, Dim] | None:
    kind, given = phrase.value, phrase.children
    if not given:
        return SCALAR if kind in ("scalar", "integer") else None
    most = {"vector": 1, "matrix": 2}.get(kind, 0)
    if len(given) > most:
        shown = {"vector": "vector(n)", "matrix": "matrix(m, n)"}.get(kind, kind)
        if kind in ("vector", "matrix") and len(given) > 2:
            raise _error("tensors of order above two are not supported yet", phrase, text, shown, UnsupportedError)
        raise _error(f"{kind} takes {'no size' if not most else 'one size'}", phrase, text, shown)
    if crossed := _CROSS.search(text, *phrase.span):
        node = Surface("", (), "", crossed.span())
        raise _error("sizes are separated by a comma", node, text, f"{kind}({crossed[1]}, {crossed[2]})")
    dims = [polynomial(size, lambda node: Dim.of(node.value), text) for size in given]
    for dim, node in zip(dims, given):
        if dim.literal is not None and dim.literal < 1:
            raise _error(f"a size is at least 1, not {dim}", node, text)
    if kind == "vector":
        return dims[0], ONE
    return dims[0], dims[-1]


def _check(kind: str, sizes: tuple[Dim, Dim] | None, properties: set[str], node: Surface, text: str) -> None:
    of_matrices = sorted(properties & _OF_MATRICES)
    if kind and kind != "matrix" and of_matrices:
        raise _error(f"a {kind} cannot be {of_matrices[0]}", node, text, "only a matrix can")
    square = sorted(properties & _SQUARE)
    if sizes is not None and kind == "matrix" and square and sizes[0] != sizes[1]:
        raise _error(f"a {square[0]} matrix is square, but this one is {sizes[0]}×{sizes[1]}", node, text, "matrix(n)")
    for pair in _CONTRADICTIONS[:-1]:
        if pair <= properties:
            one, other = sorted(pair)
            raise _error(f"only the zero matrix is both {one} and {other}", node, text)


__all__ = ["Declaration", "read", "statements"]
