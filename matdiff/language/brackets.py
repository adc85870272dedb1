"""Bars, norms and brackets: |A|, ‖x‖_p, [A, B; C, D], X[i, j]."""

from __future__ import annotations

from matdiff.errors import UnsupportedError
from matdiff.language.leaves import name, number
from matdiff.language.reader import Reader, Typed
from matdiff.language.surface import Surface


def bars(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    inner = args[0]
    if r.is_scalar(inner):
        return r.apply("abs", args, node)
    if r.is_vector(inner):
        x = r.source(inner)
        raise r.error(
            f"|{x}| of a vector could mean two things ({x} is {r.shape_text(inner)})", node, f"abs({x}) or ‖{x}‖"
        )
    return r.apply("det", args, node)


def norm_of(r: Reader, node: Surface, inner: Typed, which: str) -> Typed:
    """‖x‖ with its subscript; without one it is 2 for vectors, F for matrices."""
    op = {"": "normF", "F": "normF", "1": "norm1", "2": "norm2", "*": "nuclear", "∞": "norminf", "inf": "norminf"}
    if which == "2" and not r.is_vector(inner) and not r.is_scalar(inner):
        r.notes.append(
            f"the 2-norm of {r.source(inner)} is the spectral norm (matrixcalculus.org means the Frobenius norm)"
        )
    if which in op:
        return r.apply(op[which], (inner,), node)
    power = Surface("name" if which[0].isalpha() else "number", (), which, node.span)
    p = name(r, power, []) if power.kind == "name" else number(r, power, [])
    return r.apply("norm", (inner, p), node)


def norm(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    which = node.children[1].value if len(node.children) > 1 else ""
    return norm_of(r, node, args[0], which)


def row(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return args[0] if len(args) == 1 else r.apply("hcat", args, node)


def blocks(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return args[0] if len(args) == 1 else r.apply("vcat", args, node)


def partial(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """∂f/∂X of two names, in a line of a derivation."""
    above, below = (name(r, Surface("name", (), word, node.span), []) for word in node.value.split("/"))
    return r.apply("derivative", (above, below), node)


def derivative(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """g'(x), g''(x): a derivative of a function of the user's own."""
    name = node.value.rstrip("'")
    return r.apply("applied", args, node, (name, len(node.value) - len(name)))


def derivative_of(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """∂F/∂X in a line of a derivation."""
    return r.apply("derivative", [args[0], *_in_names(r, node, args[1:])], node)


def hessian_of(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return r.apply("hessian", [args[0], *_in_names(r, node, args[1:])], node)


def _in_names(r: Reader, node: Surface, below: list[Typed]) -> list[Typed]:
    """What one differentiates in is a name, perhaps transposed; vec(X) and vec(X)' are X."""
    if len(below) < (1 if node.kind == "derivative_of" else 2):
        raise r.error("the derivative in which variable?", node, "∂f/∂X", UnsupportedError)
    found = []
    for x in below:
        inner, stacked = x, False
        while inner.op in ("group", "transpose", "vec"):
            stacked = stacked or inner.op == "vec"
            (inner,) = inner.args
        if inner.op != "name":
            raise r.error(f"a derivative in {r.source(x)}, which is no name", node, kind=UnsupportedError)
        found.append(inner if stacked else x)
    return found


def transpose(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    return r.apply("transpose", args, node)
