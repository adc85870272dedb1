"""Small changes of an expression at every place: the slips of a hurried hand, each of a kind that has a name.

Here: where they are made and what they make of a node.  Not here: which of them mends a line (`repair`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, remake
from matdiff.errors import MatdiffError
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.operations.leaves import number_of

SIGN = "a sign"
FACTOR = "a factor 2 or ½"
TRANSPOSE = "a transpose too many or too few"
SWAPPED = "two factors swapped"
KRONECKER = "the order of a Kronecker product"
VEC = "the order in which vec stacks the entries"
COMMUTATION = "a missing or superfluous commutation matrix"
HADAMARD = "an entry-by-entry product for a matrix product, or the other way round"
INVERSE = "an inverse lost or too many"
TERM = "a lost term"
LOST = "a lost factor or function"
LAYOUT_SLIP = "the other layout: the whole is transposed"
SYMMETRIC = "the convention for a symmetric variable"
# In this order: what is changed least comes first.
ORDER = (
    SIGN,
    FACTOR,
    LAYOUT_SLIP,
    TRANSPOSE,
    SWAPPED,
    KRONECKER,
    VEC,
    COMMUTATION,
    INVERSE,
    HADAMARD,
    SYMMETRIC,
    TERM,
    LOST,
)


def edits(root: Expr) -> Iterator[tuple[str, Expr]]:
    """Every small change at every place."""
    for place in places(root):
        node = at(root, place)
        for kind, build, *arguments in _changes(node):
            try:
                yield kind, put(root, place, build(*arguments))
            except (MatdiffError, ValueError, ZeroDivisionError, AssertionError):
                continue


# A kind of slip, what builds the changed node, and its arguments.
_Change = tuple[Any, ...]


def _changes(e: Expr) -> Iterator[_Change]:
    """The changes of one node."""
    if number_of(e) is None:
        yield SIGN, _times, e, -1
        yield FACTOR, _times, e, 2
        yield FACTOR, _times, e, Fraction(1, 2)
    if not e.is_scalar:
        yield TRANSPOSE, _transposed, e
    yield from _of_operation(e)
    inside = ("symbol", "definition", "transpose", "sum")
    if e.op.name == "inverse":
        yield INVERSE, _itself, e.args[0]
    elif e.shape[0] == e.shape[1] and e.op.name in inside and not e.moving:
        yield INVERSE, e.space.apply, "inverse", e


def _of_operation(e: Expr) -> Iterator[_Change]:
    """The changes that depend on what the node is."""
    name, apply, args = e.op.name, e.space.apply, e.args
    if name == "product":
        yield from _of_product(e)
    elif name == "sum":
        for k, t in enumerate(args):
            rest = [a for i, a in enumerate(args) if i != k]
            yield SIGN, apply, "sum", *rest, t * -1
            yield FACTOR, apply, "sum", *rest, t * 2
            yield FACTOR, apply, "sum", *rest, t / 2
    elif name == "kronecker" and len(args) == 2:
        yield KRONECKER, apply, "kronecker", args[1], args[0]
    elif name == "vec":
        yield VEC, apply, "vec", args[0].T
        yield COMMUTATION, _commuted, e
    elif name == "mat":
        yield VEC, _mat_of_rows, e
    elif name == "hadamard" and len(args) == 2:
        yield HADAMARD, _multiplied, *args
        yield HADAMARD, _multiplied, args[1], args[0]
    elif name == "frobenius":
        yield TRANSPOSE, apply, "frobenius", args[0].T, args[1]
    elif name in ("diag", "Diag"):
        yield HADAMARD, _itself, args[0]


def _times(e: Expr, c: Any) -> Expr:
    return e * c


def _transposed(e: Expr) -> Expr:
    return e.T


def _itself(e: Expr) -> Expr:
    return e


def _multiplied(a: Expr, b: Expr) -> Expr:
    return a * b


def _commuted(e: Expr) -> Expr:
    return e.space.apply("commutation", params=e.args[0].shape) * e


def _mat_of_rows(e: Expr) -> Expr:
    m, n = e.params
    return e.space.apply("mat", e.args[0], params=(n, m)).T


def _product(like: Expr, scalars: Iterable[Expr], matrices: Iterable[Expr]) -> Expr:
    """The product with other factors."""
    return multiply(like.space, like.space.number(factors(like).coefficient), *scalars, *matrices)


def _of_product(e: Expr) -> Iterator[_Change]:
    space = e.space
    _, scalars, matrices = factors(e)
    for k in range(len(matrices) - 1):
        order = list(matrices)
        order[k : k + 2] = order[k + 1], order[k]
        yield SWAPPED, _product, e, scalars, order
        if matrices[k].shape == matrices[k + 1].shape:
            joined = space.apply("hadamard", matrices[k], matrices[k + 1])
            yield HADAMARD, _product, e, scalars, [*matrices[:k], joined, *matrices[k + 2 :]]
    if len(matrices) == 2:
        yield SWAPPED, _product, e, scalars, [matrices[1].T, matrices[0].T]
        yield TRANSPOSE, _product, e, scalars, [matrices[0].T, matrices[1].T]
    for k, m in enumerate(matrices):
        before, after = matrices[:k], matrices[k + 1 :]
        if m.op.name == "commutation":
            yield COMMUTATION, _product, e, scalars, [*before, *after]
        if m.shape[0] == m.shape[1] and not m.moving:
            inverse = space.apply("inverse", m)
            yield INVERSE, _product, e, scalars, [*before, m, inverse, *after]
            yield INVERSE, _product, e, scalars, [*before, inverse, inverse, *after]
            yield INVERSE, _product, e, scalars, [*before, inverse, *after]
    for s in scalars:
        others = [t for t in scalars if t is not s]
        yield INVERSE, _product, e, [*others, space.apply("power", s, space.number(-1))], matrices


def places(root: Expr, into_d: bool = False) -> Iterator[tuple[int, ...]]:
    """Every occurrence, outermost first, as the path of argument numbers that leads to it."""
    closed = ("definition", "derivative", "hessian") + (() if into_d else ("d",))
    waiting: list[tuple[tuple[int, ...], Expr]] = [((), root)]
    while waiting:
        place, e = waiting.pop(0)
        yield place
        if e.op.name not in closed:
            waiting += [((*place, k), a) for k, a in enumerate(e.args)]


def at(root: Expr, place: tuple[int, ...]) -> Expr:
    """What stands at a place."""
    for k in place:
        root = root.args[k]
    return root


def put(root: Expr, place: tuple[int, ...], other: Expr) -> Expr:
    """The expression with something else at a place."""
    if not place:
        return other
    k, *rest = place
    args = list(root.args)
    args[k] = put(args[k], tuple(rest), other)
    if root.op.name == "product":
        return multiply(root.space, root.space.number(root.params[0]), *args)
    return remake(root, tuple(args))
