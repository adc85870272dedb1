"""The transpose: pushed to the leaves, so that "symmetric" is `e.T is e`."""

from __future__ import annotations

from matdiff.core.expr import Expr, Space
from matdiff.core.operation import Operation
from matdiff.operations.inference import of_argument


def transpose(space: Space, e: Expr) -> Expr:
    """The transpose, pushed to the leaves."""
    if e.is_scalar:
        return e
    memo = space.memo("transpose")
    found = memo.get(e)
    if found is not None:
        return found
    if e.depth > 100:
        _transpose_parts(space, e, memo)
    out = _transposed(space, e)
    memo[e] = out
    memo.setdefault(out, e)
    return out


def _transpose_parts(space: Space, e: Expr, memo: dict[Expr, Expr]) -> None:
    """The parts of a deep expression bottom-up, so that the recursion always finds them ready."""
    stack = list(e.args)
    while stack:
        part = stack[-1]
        wanted = [] if part.op.name == "definition" else [a for a in part.args if not a.is_scalar and a not in memo]
        if part.is_scalar or part in memo:
            stack.pop()
        elif wanted:
            stack.extend(wanted)
        else:
            stack.pop()
            out = _transposed(space, part)
            memo[part] = out
            memo.setdefault(out, part)


def _transposed(space: Space, e: Expr) -> Expr:
    if e.op.name == "transpose":
        return e.args[0]
    pushed = e.op.transposed(e) if e.op.transposed else None
    if pushed is not None:
        return pushed
    return space.node(space.operations["transpose"], (e,), (), (e.shape[1], e.shape[0]))


def upright(e: Expr) -> Expr:
    """An expression or its transpose, whichever has fewer transposed leaves (where the two mean the same)."""
    other = e.T
    # Where it is nearly even, the expression stays as it is: it may have a name.
    return other if 2 * _transposes(other) < _transposes(e) else e


def _transposes(e: Expr) -> int:
    if e.depth > 50:
        return 0
    return (e.op.name == "transpose") + (0 if e.op.name == "definition" else sum(map(_transposes, e.args)))


def of_transposed_arguments(e: Expr) -> Expr:
    """The common case f(X)' = f(X')."""
    return e.space.apply(e.op.name, *(a.T for a in e.args), params=e.params)


RECORDS = [
    Operation(
        "transpose", "the transpose", lambda s, a, p: (a[0][1], a[0][0]), lambda a: a.T if hasattr(a, "T") else a,
        callable=False, linear=(0,), build=lambda space, args, params: transpose(space, args[0]),
        facts={"invertible": of_argument("invertible"), "positive": of_argument("positive"),
               "lower": of_argument("upper"), "upper": of_argument("lower")},
    ),
]  # fmt: skip
