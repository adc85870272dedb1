"""Powers: `A^-1`, `A^T`, `A^k`, `A^(1/2)`, `a^b`, `x.^2`.  What `^` means depends on the shape of the base."""

from __future__ import annotations

from fractions import Fraction

from matdiff.dimensions import SCALAR
from matdiff.errors import MatdiffError, ParseError, ShapeError, UnsupportedError
from matdiff.language.lexical import exact
from matdiff.language.operators import negated
from matdiff.language.reader import Reader, Typed
from matdiff.language.surface import Surface

MOST_FACTORS = 64


def power(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    base_node, exponent = node.children
    if is_euler(r, base_node):
        return _euler(r, node, exponent, args)
    base = args[0]
    if exponent.kind in ("name", "minus_name") and exponent.value == "T":
        return _transposed(r, node, base, exponent)
    p = _exponent(r, exponent, args)
    if r.is_scalar(base):
        if not r.is_scalar(p):
            x = r.source(exponent)
            raise r.error(
                f"the exponent {x} is {r.shape_text(p)}, but `^` of a scalar needs a scalar", node,
                f"{r.source(base)} .^ {x}, entry by entry",
            )  # fmt: skip
        return r.apply("power", (base, p), node)
    if r.is_vector(base):
        raise _vector_power(r, node, base, exponent)
    return _matrix_power(r, node, base, p, exponent)


def is_euler(r: Reader, base: Surface) -> bool:
    """`e` as the base of a power, where e is not declared."""
    return base.kind == "name" and base.value == "e" and not r.names.is_declared("e") and not r.index_bound(base)


def _euler(r: Reader, node: Surface, exponent: Surface, args: list[Typed]) -> Typed:
    p = _exponent(r, exponent, args)
    if not r.is_scalar(p) and node.kind == "power":
        x = r.source(exponent)
        suggestion = f"exp({x}) entry by entry" + ("" if r.is_vector(p) else f", or expm({x}), the matrix exponential")
        raise r.error(f"e^{x} needs a scalar exponent, but {x} is {r.shape_text(p)}", node, suggestion)
    return r.apply("exp", (p,), node)


def _exponent(r: Reader, exponent: Surface, args: list[Typed]) -> Typed:
    """The exponent as an expression; those that are plain numbers were not read yet."""
    if is_expression(exponent):
        return args[-1]
    if exponent.kind == "name" and exponent.value == "T":
        return _name_T(r, exponent)
    if exponent.kind == "minus_name" and exponent.value == "T":
        return negated(r, _name_T(r, exponent))
    number = Typed("number", (), (exact(exponent.value), exponent.value), SCALAR, exponent.span)
    return negated(r, number) if exponent.kind == "minus_number" else number


def is_expression(exponent: Surface) -> bool:
    """Numbers and T are read here; names and parentheses in an exponent like everywhere else."""
    if exponent.kind in ("name", "minus_name"):
        return exponent.value != "T"
    return exponent.kind not in ("number", "minus_number")


def _name_T(r: Reader, exponent: Surface) -> Typed:
    from matdiff.language.leaves import name

    return name(r, Surface("name", (), "T", exponent.span), [])


def _transposed(r: Reader, node: Surface, base: Typed, exponent: Surface) -> Typed:
    """^T and ^-T; of a scalar, a power where T is declared."""
    inverted = exponent.kind == "minus_name"
    if r.is_scalar(base) and r.names.is_taken("T"):
        return r.apply("power", (base, _exponent(r, exponent, [])), node)
    if inverted:
        base = r.apply("inverse", (base,), node)
    return r.apply("transpose", (base,), node)


def _vector_power(r: Reader, node: Surface, base: Typed, exponent: Surface) -> MatdiffError:
    x, p = r.source(base), exponent.value or r.source(exponent)
    if exponent.kind.startswith("minus"):
        p = "-" + p
    column = x.removesuffix("'") if r.solver.is_one(base.shape[0]) else x
    inner = f"{column}'{column}" if column.isalnum() else f"{column}' {column}"
    suggestion = f"{inner} or {x}.^{p}" if p == "2" else f"{x}.^{p}, entry by entry"
    return r.error(f"{x}^{p} of a vector could mean several things ({x} is {r.shape_text(base)})", node, suggestion)


def _matrix_power(r: Reader, node: Surface, base: Typed, p: Typed, exponent: Surface) -> Typed:
    k = constant(p)
    if k == -1:
        return r.apply("inverse", (base,), node)
    if k in (Fraction(1, 2), Fraction(-1, 2)):
        root = r.apply("sqrtm", (base,), node)
        return root if k > 0 else r.apply("inverse", (root,), node)
    if k is None and r.is_scalar(p) and _is_whole(r, p):
        return r.apply("kth_power", (base, p), node)
    if k is None or k.denominator != 1:
        raise _bad_exponent(r, node, base, p, exponent)
    if abs(k) > MOST_FACTORS:
        raise r.error(f"powers of a matrix go up to {MOST_FACTORS} factors", node, kind=ParseError)
    return r.apply("matrix_power", (base,), node, (int(k),))


def _bad_exponent(r: Reader, node: Surface, base: Typed, p: Typed, exponent: Surface) -> MatdiffError:
    x = r.source(exponent)
    suggestion = f"{r.source(base)} .^ {x}, entry by entry"
    if p.op == "name":
        suggestion = f"declare `{x} : integer`, or {suggestion}"
    # An undeclared name may still turn out to be a number: only then another reading is tried.
    open_name = p.op == "name" and not r.names.entries[p.params[0]].declared
    return r.error(
        f"a matrix is raised to whole numbers and 1/2 only, not to {x}", node, suggestion,
        ShapeError if open_name else UnsupportedError,
    )  # fmt: skip


def _is_whole(r: Reader, t: Typed) -> bool:
    """A whole number whatever its names stand for; an undeclared name becomes an integer by standing here."""
    if t.op == "number":
        return bool(t.params[0].denominator == 1)
    if t.op == "name":
        entry = r.names.entries[t.params[0]]
        if not entry.declared and entry.kind == "scalar" and entry.name[0].islower():
            entry.kind = "integer"
        return entry.kind == "integer" or (entry.expr is not None and entry.expr.params[1:2] == ("integer",))
    if t.op == "dimension":
        return True
    return t.op in ("group", "sum", "product") and all(_is_whole(r, a) for a in t.args)


def constant(t: Typed) -> Fraction | None:
    """The value of an exponent made of numbers, + - * and /; None if there is a name in it, or it is long."""
    if t.op == "number":
        return t.params[0]
    if t.op == "group":
        return constant(t.args[0])
    if t.op not in ("product", "sum", "inverse") or len(t.args) > 4:
        return None
    parts = [constant(a) for a in t.args]
    if any(p is None for p in parts):
        return None
    values = [p for p in parts if p is not None]
    if t.op == "inverse":
        return 1 / values[0] if values[0] else None
    total = Fraction(0) if t.op == "sum" else Fraction(1)
    for v in values:
        total = total + v if t.op == "sum" else total * v
    return total


def entry_power(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    base_node, exponent = node.children
    if is_euler(r, base_node):
        return _euler(r, node, exponent, args)
    return r.apply("power", (args[0], _exponent(r, exponent, args)), node)
