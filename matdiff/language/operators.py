"""Operators: sums, products, quotients, and the errors that name both operands with their shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matdiff.errors import MatdiffError, ShapeError
from matdiff.language.reader import Reader, Typed
from matdiff.language.surface import Surface

ReaderOf = Callable[[Reader, Surface, list[Typed]], Typed]


def group(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    inner = args[0]
    # A new node with the wider place; a parenthesised product is a factor of its own.
    if inner.op == "product":
        return Typed("group", (inner,), (), inner.shape, node.span)
    return inner


def add(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    signs = [1]
    step = node
    while step.kind in ("add", "subtract"):
        signs.insert(1, 1 if step.kind == "add" else -1)
        step = step.children[0]
    first = args[0]
    for term in args[1:]:
        _addable(r, first, term)
    terms = [t if s == 1 else negated(r, t) for s, t in zip(signs, args)]
    return r.apply("sum", terms, node)


def _addable(r: Reader, first: Typed, term: Typed) -> None:
    """Name both operands in the error; a scalar is never added to a matrix."""
    left, right = r.shape_text(first), r.shape_text(term)
    where = Surface("", (), "", (first.span[0], term.span[1]))
    if r.is_scalar(first) != r.is_scalar(term):
        scalar, matrix = (first, term) if r.is_scalar(first) else (term, first)
        raise _scalar_plus_matrix(r, scalar, matrix, where)
    if not all(r.solver.agree(a, b) for a, b in zip(first.shape, term.shape)):
        a, b = r.source(first), r.source(term)
        message = f"cannot add {a} and {b}: {a} is {left}, {b} is {right}"
        raise r.error(message, where)


def _scalar_plus_matrix(r: Reader, scalar: Typed, matrix: Typed, where: Any) -> MatdiffError:
    rows, cols = (r.solver.resolve(d) for d in matrix.shape)
    unknown = any("?" in str(d) for d in (rows, cols))
    c = r.source(scalar)
    c = c if c.isalnum() or scalar.op == "group" else f"({c})"
    times = "" if c == "1" else f"{c}*"
    ones = f"{times}ones({rows}{'' if cols.is_one else f', {cols}'})"
    if unknown:
        ones = f"{times}ones(n)" if cols.is_one else f"{times}ones(m, n)"
    suggestion = ones
    if rows == cols:
        suggestion += f" or {times}I"
    return r.error(
        f"a scalar and a matrix cannot be added: {r.source(scalar)} is a scalar, "
        f"{r.source(matrix)} is {r.shape_text(matrix)}",
        where,
        suggestion,
    )


def negated(r: Reader, t: Typed) -> Typed:
    return Typed("product", (r.number(-1, t), t), (), t.shape, t.span)


def negate(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return Typed("group", (negated(r, args[0]),), (), args[0].shape, node.span)


def multiply(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    left, right = args
    scalar = r.is_scalar(left) or r.is_scalar(right)
    if not scalar and not r.solver.agree(left.shape[1], right.shape[0]):
        raise _inner_sizes(r, left, right, node)
    # Runs of factors are kept in one node, but a product that is a number counts as one factor: x'A x B.
    flat = left.args if left.op == "product" and not r.is_scalar(left) else (left,)
    pair = r.apply("product", (left, right), node)
    return Typed("product", (*flat, right), (), pair.shape, node.span)


def _inner_sizes(r: Reader, left: Typed, right: Typed, node: Surface) -> MatdiffError:
    last = left.args[-1] if left.op == "product" else left
    inner, outer = r.solver.resolve(last.shape[1]), r.solver.resolve(right.shape[0])
    a, b = r.source(last), r.source(right)
    where = Surface("", (), "", (last.span[0], right.span[1]))
    suggestion = None
    if r.is_vector(last) and r.is_vector(right) and r.shape_text(last) == r.shape_text(right):
        suggestion = f"{a}'{b} for the inner product, {a} .* {b} entry by entry"
    shapes = f"{a} is {r.shape_text(last)}, {b} is {r.shape_text(right)}"
    message = f"{a} {b}: {shapes}; the inner sizes {inner} and {outer} differ"
    return r.error(message, where, suggestion)


def divide(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    left, right = args
    if not r.is_scalar(right):
        a, b = r.source(left), r.source(right)
        suggestion = f"{a} ./ {b}, entry by entry" if r.is_vector(right) else f"{a} inv({b}) or {a} ./ {b}"
        if r.is_vector(right) and r.solver.is_one(right.shape[0]):
            suggestion = f"{a} / ({b} …): `/` and products are read from left to right"
        raise r.error(f"`/` needs a scalar on the right, but {b} is {r.shape_text(right)}", node, suggestion)
    return r.apply("product", (left, r.apply("inverse", (right,), node)), node)


def solve(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    inverse = r.apply("inverse", (args[0],), node)
    return multiply(r, node, [inverse, args[1]])


def entry_divide(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    below = args[1]
    reciprocal = r.apply("power", (below, r.number(-1, below)), below)
    return _like(r, "hadamard", node, [args[0], reciprocal])


def _like(r: Reader, op: str, node: Surface, args: list[Typed]) -> Typed:
    """Operands of one shape (⊙ takes scalars too); the error names them."""
    left, right = args
    before = r.shape_text(left), r.shape_text(right)
    try:
        return r.apply(op, args, node)
    except ShapeError:
        a, b = r.source(left), r.source(right)
        what = "A : B needs two of one shape" if op == "frobenius" else "entry by entry needs two of one shape"
        raise r.error(f"{what}, but {a} is {before[0]} and {b} is {before[1]}", node) from None


def operator(op: str) -> Callable[[Reader, Surface, list[Typed]], Typed]:
    return lambda r, node, args: r.apply(op, args, node)


def same_shape(op: str) -> Callable[[Reader, Surface, list[Typed]], Typed]:
    return lambda r, node, args: _like(r, op, node, args)


def frobenius(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    if r.is_scalar(args[0]) and r.is_scalar(args[1]):
        return r.apply("product", args, node)
    return _like(r, "frobenius", node, args)


def chain(node: Surface) -> tuple[Surface, ...]:
    """The terms of a + b - c + ... from the left."""
    terms: list[Surface] = []
    while node.kind in ("add", "subtract"):
        terms.append(node.children[1])
        node = node.children[0]
    terms.append(node)
    return tuple(reversed(terms))
