"""Slips of the pen: what a rule becomes when one thing on its right side is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, remake
from matdiff.errors import MatdiffError
from matdiff.language.write import text
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """(what the right side has become, the mutant), each once."""
    right = rule.right
    seen = {right}
    for kind, other in _slips(right):
        if other in seen or other.shape != right.shape:
            continue
        seen.add(other)
        yield f"{kind}: {text(other)}", replace(rule, right=other)


def _slips(root: Expr) -> Iterator[tuple[str, Expr]]:
    yield "doubled", root * 2
    yield "sign", -root
    for place in _places(root):
        node = _at(root, place)
        for kind, other in _local(node):
            if other.shape == node.shape and other is not node:
                try:
                    yield kind, _put(root, place, other)
                except (MatdiffError, ValueError, ZeroDivisionError):
                    continue


def _local(e: Expr) -> Iterator[tuple[str, Expr]]:
    """One node changed in every way a hurried hand would change it."""
    space = e.space
    if e.op.name == "d":
        # The unknown of the equation stays what it is.
        return
    if e.op.name == "transpose":
        yield "transpose dropped", e.args[0]
    elif not e.is_scalar:
        yield "transposed", e.T
    if e.op.name == "product":
        c, scalars, matrices = factors(e)
        for k in range(len(matrices) - 1):
            order = list(matrices)
            order[k : k + 2] = order[k + 1], order[k]
            yield from _built("factors swapped", lambda o=order: multiply(space, space.number(c), *scalars, *o))
        for k in range(len(matrices)):
            rest = [*matrices[:k], *matrices[k + 1 :]]
            if rest:
                yield from _built("factor dropped", lambda r=rest: multiply(space, space.number(c), *scalars, *r))
        for s in scalars:
            others = [t for t in scalars if t is not s]
            yield "factor dropped", multiply(space, space.number(c), *others, *matrices)
        if c not in (1, -1):
            yield "number dropped", multiply(space, *scalars, *matrices)
    if e.op.name in ("sum", "hadamard"):
        for k in range(len(e.args)):
            rest = [*e.args[:k], *e.args[k + 1 :]]
            yield from _built("part dropped", lambda r=rest: space.apply(e.op.name, *r))
    if e.op.name == "sum":
        for k in range(len(e.args)):
            yield "sign", space.apply("sum", *(-a if i == k else a for i, a in enumerate(e.args)))
    elif e.op.name not in ("product", "hadamard", "frobenius", "minimum", "maximum") and len(e.args) == 2:
        yield from _built("exchanged", lambda: space.apply(e.op.name, *reversed(e.args), params=e.params))
    if e.op.name in ("inverse", "exp", "log", "sign", "abs", "power"):
        yield f"{e.op.name} dropped", e.args[0]


def _built(kind: str, build) -> Iterator[tuple[str, Expr]]:
    try:
        yield kind, build()
    except (MatdiffError, ValueError, ZeroDivisionError):
        return


def _places(root: Expr) -> Iterator[tuple[int, ...]]:
    """Every occurrence, as the path of argument numbers that leads to it (a letter may occur several times)."""
    stack: list[tuple[tuple[int, ...], Expr]] = [((), root)]
    while stack:
        place, e = stack.pop()
        yield place
        if e.op.name not in ("d", "definition"):
            stack += [((*place, k), a) for k, a in enumerate(e.args)]


def _at(root: Expr, place: tuple[int, ...]) -> Expr:
    for k in place:
        root = root.args[k]
    return root


def _put(root: Expr, place: tuple[int, ...], other: Expr) -> Expr:
    if not place:
        return other
    k, *rest = place
    args = list(root.args)
    args[k] = _put(args[k], tuple(rest), other)
    if root.op.name == "product":
        return multiply(root.space, root.space.number(root.params[0]), *args)
    return remake(root, tuple(args))
