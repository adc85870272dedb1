"""Sizes and indices as written: `m*n`, `n - 1`, `3`.  An expression in a size's place is a polynomial in names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matdiff.dimensions import Dim
from matdiff.errors import DeclarationError, MatdiffError, ParseError
from matdiff.language.lexical import exact
from matdiff.language.surface import Surface, walk

if TYPE_CHECKING:
    from matdiff.language.reader import Reader

LARGEST = 10_000


def polynomial(node: Surface, name: Callable[[Surface], Dim], text: str) -> Dim:
    """The size a piece of syntax stands for; `name` says what a name means here."""
    done: list[Dim] = []
    for part in walk(node):
        n = len(part.children)
        args = done[len(done) - n :] if n else []
        del done[len(done) - n :]
        done.append(_combined(part, args, name, text))
    return done[0]


def _combined(node: Surface, args: list[Dim], name: Callable[[Surface], Dim], text: str) -> Dim:
    kind = node.kind
    if kind == "name":
        return name(node)
    if kind == "number":
        value = exact(node.value)
        if value.denominator == 1:
            if value > LARGEST:
                raise ParseError(f"sizes and indices go up to {LARGEST}", text=text, span=node.span)
            return Dim.of(int(value))
    if kind == "add":
        return args[0] + args[1]
    if kind == "subtract":
        return args[0] - args[1]
    if kind == "multiply":
        return args[0] * args[1]
    if kind == "divide" and (quotient := args[0].divided_by(args[1])) is not None:
        return quotient
    if kind == "divide" and args[1].literal == 2:
        # n(n+1)/2, the length of a half-vectorisation
        if not args[0].is_even:
            raise ParseError(
                f"{args[0]}/2 is not always a whole number", text=text, span=node.span, suggestion="n(n+1)/2"
            )
        return args[0].half()
    if kind == "power" and (args[1].literal or 0) in range(1, 9):
        out = args[0]
        for _ in range((args[1].literal or 1) - 1):
            out = out * args[0]
        return out
    if kind == "negate":
        return Dim.of(-1) * args[0]
    if kind in ("group", "expression"):
        return args[0]
    raise ParseError(
        "a size is a whole number, a name, or + - * of them", text=text, span=node.span, suggestion="matrix(m*n, n-1)"
    )


def size_of(r: Reader, node: Surface, *, index: bool = False) -> Dim:
    """A size in an expression.  A name that is no variable becomes the name of a size, but not in an index."""

    def name(part: Surface) -> Dim:
        word = part.value
        if word not in r.names.dims and not r.index_bound(part):
            if word in r.names.entries and r.names.entries[word].declared:
                raise _is_variable(r, part)
            if index:
                raise r.error(
                    f"{word} is neither a size nor the index of a sum", part, "sum(i, 1, n, x[i])", DeclarationError
                )
            if r.names.closed:
                raise r.error(f"{word} is not the name of a size", part, kind=DeclarationError)
            r.names.new_size(word)
        return Dim.of(word)

    size = polynomial(node, name, r.text)
    if size.literal is not None and size.literal < 1:
        raise r.error(f"sizes and indices are at least 1, not {size}", node)
    return size


def _is_variable(r: Reader, node: Surface) -> MatdiffError:
    word = node.value
    kind = r.names.entries[word].kind
    return r.error(
        f"a size is needed here, but {word} is a {kind}", node,
        "use another name for the size: a name is a variable or a size, not both", DeclarationError,
    )  # fmt: skip
