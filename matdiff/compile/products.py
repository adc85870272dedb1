"""Lowering sums and products: coefficients, chains of matrices, inner products, inverses, determinants."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from matdiff.compile import cost
from matdiff.compile.chains import chain
from matdiff.compile.operators import is_diagonal
from matdiff.compile.program import Node, value_of
from matdiff.compile.traces import cyclic
from matdiff.core.expr import Expr
from matdiff.operations.factors import factors
from matdiff.operations.leaves import number_of

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering, Rule


# ---------------------------------------------------------------- products


def coefficient(low: Lowering, c: Fraction, scalars: Sequence[Expr]) -> Node:
    """A number times scalars; negative powers are divided by, and sizes are one size m*n."""
    p = low.program
    above, below = p.number(c.numerator), p.number(c.denominator)
    sizes = [s.params[0] for s in scalars if s.op.name == "dimension"]
    if sizes:
        above = p.mul(above, p.size(cost.times(*sizes)))
    for s in scalars:
        if s.op.name == "dimension":
            continue
        exponent = number_of(s.args[1]) if s.op.name == "power" else None
        if exponent is not None and exponent < 0:
            below = p.mul(below, p.power(low(s.args[0]), p.number(-exponent)))
        elif s.op.name == "inverse":
            below = p.mul(below, low(s.args[0]))
        else:
            above = p.mul(above, low(s))
    scale = value_of(below)
    if scale is None and below.op == "mul" and (scale := value_of(below.args[0])) is not None:
        # 1/(2 b) a is a half of a/b
        above, below = p.mul(p.number(1 / scale), above), below.args[1]
    return p.div(above, below)


def product(low: Lowering, e: Expr) -> Node:
    c, scalars, matrices = factors(e)
    if e.is_scalar:
        # an inner product is one scalar factor among others
        core = chain(low, matrices) if matrices else low.program.number(1)
        return low.program.mul(coefficient(low, c, scalars), core)
    return scaled(low, coefficient(low, c, scalars), matrices)


def scaled(low: Lowering, scale: Node, matrices: Sequence[Expr]) -> Node:
    """A number times a product of matrices."""
    node = chain(low, matrices) if len(matrices) > 1 else low(matrices[0])
    return times(low, scale, node)


def times(low: Lowering, scale: Node, node: Node) -> Node:
    """A number times a value; put where it costs least."""
    p = low.program
    if value_of(scale) == 1:
        return node
    if node.op == "outer":
        u, v = node.args
        return p.outer(p.mul(scale, u), v) if value_of(scale) != -1 else p.neg(node)
    if node.op in ("kron", "repeat_blocks"):
        return p.node(node.op, (p.mul(scale, node.args[0]), *node.args[1:]), node.params, node.shape)
    if node.op in ("spread_rows", "spread_cols"):
        return p.node(node.op, (p.mul(scale, node.args[0]),), (), node.shape)
    shared = node in low.names or value_of(scale) == -1
    if node.op == "vec" and node.bound and not shared:
        return p.node("vec", (times(low, scale, node.args[0]),), (), node.shape)
    if node.op == "matmul" and node.rank == 2 and node.bound and not scale.bound and not shared:
        # a number meets the factor that is known before the direction
        args = list(node.args)
        early = [k for k in (0, 1) if not args[k].bound]
        if early:
            args[early[0]] = p.mul(scale, args[early[0]])
            return p.matmul(args[0], args[1])
    if node.op == "eye":
        return p.node("diagmat", (p.mul(scale, p.node("ones", (), (), node.shape[:1])),), (), node.shape)
    return p.mul(scale, node)


# ---------------------------------------------------------------- sums


def sum_(low: Lowering, e: Expr) -> Node:
    """Plain terms first; what is only on the diagonal, or the same everywhere, is added without forming a matrix."""
    p = low.program
    plain, everywhere, diagonals = [], [], []
    for t in e.args:
        c, scalars, matrices = factors(t)
        name = matrices[0].op.name if len(matrices) == 1 else ""
        if e.is_scalar or name not in ("identity", "Diag", "ones"):
            plain.append(t)
        elif name == "ones":
            everywhere.append(coefficient(low, c, scalars))
        else:
            inside = low.program.number(1) if name == "identity" else low(matrices[0].args[0])
            diagonals.append(p.mul(coefficient(low, c, scalars), inside))
    # Short products first: longer ones find them done.
    for t in sorted(plain, key=lambda t: len(factors(t).matrices)):
        low(t)
    total = _added(low, [low(t) for t in plain])
    for node in everywhere:
        total = node if total is None else _added(low, [node, total])
    extra = _added(low, diagonals)
    if extra is not None:
        size = e.shape[:1]
        if total is None:
            ones = p.node("ones", (), (), size)
            return p.node("diagmat", (extra if extra.rank else p.mul(extra, ones),), (), e.shape)
        total = p.node("add_diagonal", (_whole(low, total, e), extra), (), e.shape)
    assert total is not None
    return total if e.is_scalar else _whole(low, total, e)


def _whole(low: Lowering, node: Node, e: Expr) -> Node:
    """A number that stands at every entry, as a vector or matrix."""
    ones = low.program.node("ones", (), (), tuple(s for s in e.shape if not s.is_one))
    return node if node.shape else low.program.mul(node, ones)


def _added(low: Lowering, nodes: list[Node]) -> Node | None:
    """The sum in the order written, but not with a minus in front."""
    if not nodes:
        return None
    nodes = sorted(nodes, key=_is_negative)
    out = nodes[0]
    for node in nodes[1:]:
        if _is_negative(node):
            out = low.program.sub(out, low.program.neg(node))
        else:
            out = low.program.add(out, node)
    return out


def _is_negative(node: Node) -> bool:
    value = value_of(node.args[0]) if node.op in ("mul", "div") else value_of(node)
    return node.op == "neg" or (value is not None and value < 0)


# ---------------------------------------------------------------- inner products


def frobenius(low: Lowering, e: Expr) -> Node:
    a, b = e.args
    if len(factors(a).matrices) + len(factors(b).matrices) > 2 and not _is_structured(a) and not _is_structured(b):
        # A' of a skew factor brings a sign along
        (c, s, first), (d, t, second) = factors(a.T), factors(b)
        return low.program.mul(coefficient(low, c * d, [*s, *t]), traced(low, (*first, *second), e))
    return pair(low, a, b)


def _is_structured(e: Expr) -> bool:
    return e.op.name in ("hadamard", "sum", "definition")


def pair(low: Lowering, a: Expr, b: Expr) -> Node:
    """A : B of two values."""
    if is_diagonal(a) or is_diagonal(b):
        return low.program.matmul(low.diagonal_of(a), low.diagonal_of(b))
    p, x, y = low.program, low(a), low(b)
    if x.rank == 1:
        return p.matmul(x, y)
    if x.op == "transpose" and y.op == "transpose":
        x, y = x.args[0], y.args[0]
    return p.node("vdot", (x, y))


def trace(low: Lowering, e: Expr) -> Node:
    inner = e.args[0]
    if inner.op.name == "sum":
        return _added(low, [trace_of(low, t) for t in inner.args]) or low.program.number(0)
    return trace_of(low, inner)


def trace_of(low: Lowering, e: Expr) -> Node:
    c, scalars, matrices = factors(e)
    scale = coefficient(low, c, scalars)
    if len(matrices) > 1:
        return low.program.mul(scale, traced(low, matrices, e))
    if matrices[0].op.name == "identity":
        return low.program.mul(scale, low.program.size(matrices[0].shape[0]))
    return low.program.mul(scale, low.program.node("sum", (low.diagonal_of(matrices[0]),)))


def traced(low: Lowering, matrices: Sequence[Expr], e: Expr) -> Node:
    """tr of a product; X'X and the like are sums of squares."""
    if len(matrices) == 2 and any(map(is_diagonal, matrices)):
        return low.program.matmul(low.diagonal_of(matrices[0]), low.diagonal_of(matrices[1]))
    half, odd = divmod(len(matrices), 2)
    if not odd and all(a.T is b for a, b in zip(matrices[:half], reversed(matrices[half:]))):
        # tr(P'P) = P : P
        node = chain(low, matrices[half:])
        return low.program.node("vdot", (node, node)) if node.rank == 2 else low.program.matmul(node, node)
    return cyclic(low, matrices)


# ---------------------------------------------------------------- square matrices


def inverse(low: Lowering, e: Expr) -> Node:
    if e.is_scalar:
        return low.program.div(low.program.number(1), low(e.args[0]))
    return low.solver(e.args[0]).inverse()


def logdet(low: Lowering, e: Expr) -> Node:
    return low.solver(e.args[0]).logdet()


def det(low: Lowering, e: Expr) -> Node:
    return low.solver(e.args[0]).det()


def log(low: Lowering, e: Expr) -> Node:
    inner = e.args[0]
    if inner.op.name == "det":
        return low.solver(inner.args[0]).log_of_det()
    return low.program.function("log", low(inner))


# ---------------------------------------------------------------- entry by entry


def hadamard(low: Lowering, e: Expr) -> Node:
    """Numerators and denominators; a rank-one factor x y' scales rows and columns."""
    p = low.program
    above: list[Node] = []
    below: list[Node] = []
    for a in e.args:
        exponent = number_of(a.args[1]) if a.op.name == "power" else None
        if exponent is not None and exponent < 0:
            below.append(p.power(low(a.args[0]), p.number(-exponent)))
        else:
            above += _scalings(low, a)
    out = above[0] if above else p.number(1)
    for node in above[1:]:
        out = p.mul(out, node)
    for node in below:
        out = p.div(out, node)
    return out


def _scalings(low: Lowering, e: Expr) -> list[Node]:
    node = low(e)
    if node.op != "outer":
        return [node]
    p, (u, v) = low.program, node.args
    return [p.node("spread_cols", (u,), (), node.shape), p.node("spread_rows", (v,), (), node.shape)]


def entrysum(low: Lowering, e: Expr) -> Node:
    """Of a product of entries an inner product, term by term of a sum where that forms nothing."""
    inner = e.args[0]
    c, scalars, matrices = factors(inner)
    if matrices and (len(matrices) > 1 or c != 1 or scalars):
        return low.program.mul(coefficient(low, c, scalars), _total(low, matrices))
    return _total(low, [inner])


def _total(low: Lowering, matrices: Sequence[Expr]) -> Node:
    p = low.program
    if len(matrices) > 1:
        space = matrices[0].space
        row = space.apply("ones", params=(matrices[0].shape[0], space.number(1).shape[0])).T
        column = space.apply("ones", params=(matrices[-1].shape[1], space.number(1).shape[0]))
        ends = [row] if not row.is_scalar else []
        return chain(low, [*ends, *matrices, *([column] if not column.is_scalar else [])])
    node = low(matrices[0])
    if node.op == "mul" and node.args[0].shape == node.args[1].shape:
        a, b = node.args
        if not {a.op, b.op} & {"spread_rows", "spread_cols"}:
            return p.matmul(a, b) if a.rank == 1 else p.node("vdot", (a, b))
    if node.op == "power" and value_of(node.args[1]) == 2:
        return _square(low, node.args[0])
    return p.node("sum", (node,))


def norm(low: Lowering, e: Expr) -> Node:
    return low.program.function("sqrt", _square(low, low(e.args[0])))


def _square(low: Lowering, x: Node) -> Node:
    if x.rank == 0:
        return low.program.power(x, low.program.number(2))
    return low.program.matmul(x, x) if x.rank == 1 else low.program.node("vdot", (x, x))


RULES: dict[str, Rule] = {
    "product": product,
    "sum": sum_,
    "frobenius": frobenius,
    "trace": trace,
    "inverse": inverse,
    "logdet": logdet,
    "log": log,
    "det": det,
    "hadamard": hadamard,
    "entrysum": entrysum,
    "normF": norm,
}
