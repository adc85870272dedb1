"""How each kind of node is written: the plans the writer carries out.

Only sums, products and the few operations with signs of their own are known here; everything else is a call, from its
record's `text` or `latex` and its signature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.language import write_calls, write_products
from matdiff.language.write import (
    ATOM,
    FROBENIUS,
    POSTFIX,
    POWER,
    PRODUCT,
    SIGNED,
    SUM,
    TENSOR,
    Piece,
    Plan,
    Writer,
    leaf,
    parts_of,
)

Maker = Callable[[Writer, Expr], Plan]


def plan(w: Writer, e: Expr, unsigned: bool) -> Plan:
    """How to write `e`; `unsigned` leaves a leading minus out (the sum around it has written it)."""
    if e in w.called:
        return leaf(w.notation.name(w.called[e]))
    if w.called and not e.is_scalar and e.T in w.called:
        return leaf(w.notation.transpose(w.notation.name(w.called[e.T])), POSTFIX)
    if unsigned and e.op.name in ("product", "number"):
        return write_products.product(w, e, abs(e.params[0]))
    if transposed_is_shorter(e):
        return _transposed(w, e.T)
    maker = _MAKERS.get(e.op.name)
    return maker(w, e) if maker else write_calls.call(w, e)


# ---------------------------------------------------------------- transposes outside


def transposes(e: Expr) -> int:
    """How many transposes are written in `e`; that of U⁻ᵀ is not counted, it costs nothing to read."""
    memo = e.space.memo("transposes")
    if e not in memo:
        for part in walk(e, into_definitions=False):
            if part not in memo:
                inner = () if part.op.name == "definition" else part.args
                free = part.op.name == "inverse" and part.args[0].op.name == "transpose"
                memo[part] = (part.op.name == "transpose") - free + sum(memo[a] for a in inner)
    return memo[e]


def transposed_is_shorter(e: Expr) -> bool:
    """(A x - b)' rather than x' A' - b', tanh(A x)' rather than tanh(x' A')."""
    if e.is_scalar or not (e.op.name in ("sum", "hadamard") or e.op.elementwise):
        return False
    count = transposes(e)
    if not count:
        return False
    if e.op.name == "sum" and any(n.op.name == "commutation" for t in e.args for n in (t, *t.args)):
        # (X' ⊗ I) K + I ⊗ X' is how a Jacobian is printed, not (K (X ⊗ I) + I ⊗ X)'
        return False
    other = transposes(e.T) + 1
    if other == count > 1 and e.op.name == "sum":
        # (A - U V')' rather than A' - V U': fewer terms have a transpose.
        return _with_transposes(e.T) < _with_transposes(e)
    return other < count or (other == 1 == count and e.op.elementwise)


def _with_transposes(e: Expr) -> int:
    return sum(1 for t in e.args if transposes(t))


def _transposed(w: Writer, inner: Expr) -> Plan:
    level = ATOM if w.notation.latex else POSTFIX

    def finish(pieces: list[Piece]) -> Piece:
        return Piece(w.notation.transpose(w.inside(pieces[0], level)), POWER if w.notation.latex else POSTFIX)

    return Plan(parts_of(inner), finish)


def _inverse(w: Writer, e: Expr) -> Plan:
    (inner,) = e.args
    flipped = inner.op.name == "transpose" or transposes(inner) > transposes(inner.T)
    base = inner.T if flipped else inner
    level = ATOM if w.notation.latex else POSTFIX
    return Plan(parts_of(base), lambda pieces: Piece(w.notation.inverse(w.inside(pieces[0], level), flipped), POWER))


# ---------------------------------------------------------------- names and constants


def _symbol(w: Writer, e: Expr) -> Plan:
    return leaf(w.notation.name(e.name))


def _definition(w: Writer, e: Expr) -> Plan:
    if w.expands(e):
        return Plan(parts_of(e.body), lambda pieces: pieces[0])
    return _symbol(w, e)


def _number(w: Writer, e: Expr) -> Plan:
    piece = w.number(e, e.params[0])
    return Plan((), lambda _: piece)


def _dimension(w: Writer, e: Expr) -> Plan:
    size: Dim = e.params[0]
    single = len(size.terms) == 1 and sum(map(len, (size.terms[0][0],))) == 1 and size.terms[0][1] == 1
    level = ATOM if single else SUM if len(size.terms) > 1 else PRODUCT
    return leaf(w.notation.size(size), level)


def _constant_matrix(w: Writer, e: Expr) -> Plan:
    if e.shape[0].is_one:
        return _transposed(w, e.T)
    return leaf(w.notation.constant_matrix(e.op.name, w.params(e.params)))


def _d(w: Writer, e: Expr) -> Plan:
    (inner,) = e.args
    named = inner.op.name == "symbol" or (inner.op.name == "definition" and not w.expands(inner)) or inner in w.called
    return Plan(parts_of(inner), lambda pieces: Piece(w.notation.differential(pieces[0].text, named)))


# ---------------------------------------------------------------- sums and the other infix operators


def _sum(w: Writer, e: Expr) -> Plan:
    args = e.args
    if w.positive_first and _is_negative(args[0]):
        first = next((t for t in args if not _is_negative(t)), args[0])
        args = (first, *(t for t in args if t is not first))
    negative = [_is_negative(t) for t in args]
    parts = tuple((t, n and k > 0) for k, (t, n) in enumerate(zip(args, negative)))

    def finish(pieces: list[Piece]) -> Piece:
        out = w.inside(pieces[0], FROBENIUS)
        for piece, minus in zip(pieces[1:], negative[1:]):
            out += (" - " if minus else " + ") + w.inside(piece, FROBENIUS)
        return Piece(out, SUM)

    return Plan(parts, finish)


def _is_negative(term: Expr) -> bool:
    return term.op.name in ("product", "number") and term.params[0] < 0


def _frobenius(w: Writer, e: Expr) -> Plan:
    if w.traces:
        return Plan(parts_of(traced(e)), lambda pieces: pieces[0])
    return _infix(w, e.args, "frobenius", FROBENIUS, PRODUCT)


def traced(e: Expr) -> Expr:
    """A : B as tr(A'B), kept as written, with its numbers before the trace; x : y as x'y."""
    space = e.space
    inner = e.args[0].T * e.args[1]
    if inner.is_scalar:
        return inner
    product = inner.op.name == "product"
    numbers = [space.number(inner.params[0]), *(f for f in inner.args if f.is_scalar)] if product else []
    matrices = space.apply("product", *(f for f in inner.args if not f.is_scalar)) if product else inner
    trace = space.node(space.operations["trace"], (matrices,), (), e.shape, ("as written", id(matrices)))
    return space.apply("product", *numbers, trace)


def _infix(w: Writer, args: Sequence[Expr], operator: str, level: int, needs: int) -> Plan:
    sign = w.notation.between[operator]
    return Plan(parts_of(*args), lambda pieces: Piece(sign.join(w.inside(p, needs) for p in pieces), level))


def _kronecker(w: Writer, e: Expr) -> Plan:
    if w.notation.ascii:
        return Plan(parts_of(*e.args), lambda pieces: Piece(w.notation.call("kron", [p.text for p in pieces])))
    return _infix(w, e.args, "kronecker", TENSOR, PRODUCT)


def _hadamard(w: Writer, e: Expr) -> Plan:
    """x ./ y where an exponent is negative."""
    level, needs = (PRODUCT, SIGNED) if w.notation.ascii else (TENSOR, PRODUCT)
    below = [a for a in e.args if _is_reciprocal(a)]
    above = [a for a in e.args if not _is_reciprocal(a)]
    if not below:
        return _infix(w, e.args, "hadamard", level, needs)
    lower = [e.space.apply("power", a.args[0], e.space.number(-a.args[1].params[0])) for a in below]
    sign, over = w.notation.between["hadamard"], w.notation.between["over"]

    def finish(pieces: list[Piece]) -> Piece:
        upper = pieces[: len(above)]
        if not upper:
            start = "1"
        elif len(upper) == 1:
            start = w.inside(upper[0], POWER)
        else:
            start = w.notation.parentheses(sign.join(w.inside(p, needs) for p in upper))
        return Piece(over.join([start, *(w.inside(p, POWER) for p in pieces[len(above) :])]), PRODUCT)

    return Plan(parts_of(*above, *lower), finish)


def _is_reciprocal(a: Expr) -> bool:
    return (
        a.op.name == "power" and a.args[1].op.name == "number" and a.args[1].params[0] < 0 and not a.args[0].is_scalar
    )


def _power(w: Writer, e: Expr) -> Plan:
    base, exponent = e.args
    value: Fraction | None = exponent.params[0] if exponent.op.name == "number" else None
    entrywise = not (base.is_scalar and exponent.is_scalar)
    if value == Fraction(1, 2) and not (entrywise and w.notation.latex):
        return Plan(parts_of(base), lambda pieces: Piece(w.notation.root(pieces[0].text)))
    if value == -1 and entrywise and not w.notation.latex:
        return Plan(parts_of(base), lambda pieces: Piece(w.notation.reciprocal(w.inside(pieces[0], POWER)), PRODUCT))
    whole = value is not None and value.denominator == 1
    named = exponent.op.name in ("symbol", "definition") or (
        exponent.op.name == "dimension" and len(exponent.params[0].names) == 1
    )
    level = ATOM if w.notation.latex else POSTFIX

    def finish(pieces: list[Piece]) -> Piece:
        shown = pieces[1]
        simple = whole or (named and shown.level == ATOM and shown.text not in ("T", "-T"))
        return Piece(w.notation.power(w.inside(pieces[0], level), shown.text, entrywise, simple), POWER)

    return Plan(parts_of(base, exponent), finish)


def _kth_power(w: Writer, e: Expr) -> Plan:
    """A^k, the transpose outside: (A^k)'."""
    base, exponent = e.args
    flipped = base.op.name == "transpose"
    named = exponent.op.name in ("symbol", "definition") or (
        exponent.op.name == "dimension" and len(exponent.params[0].names) == 1
    )
    level = ATOM if w.notation.latex else POSTFIX

    def finish(pieces: list[Piece]) -> Piece:
        simple = named and pieces[1].level == ATOM and pieces[1].text not in ("T", "-T")
        shown = Piece(w.notation.power(w.inside(pieces[0], level), pieces[1].text, False, simple), POWER)
        return Piece(w.notation.transpose(w.inside(shown, level)), POSTFIX) if flipped else shown

    return Plan(parts_of(base.T if flipped else base, exponent), finish)


def _derivative(w: Writer, e: Expr) -> Plan:
    """∂f/∂X, ∂²f/∂x∂y' of a line of a derivation."""

    def finish(pieces: list[Piece]) -> Piece:
        f, *below = pieces
        return Piece(w.notation.derivative(w.inside(f, ATOM), [w.inside(x, POSTFIX) for x in below]), PRODUCT)

    return Plan(parts_of(*e.args), finish)


def _applied(w: Writer, e: Expr) -> Plan:
    """g(x), g'(x), g''(x)."""
    function, k = e.params
    return Plan(parts_of(*e.args), lambda pieces: Piece(w.notation.own_function(function.name, k, pieces[0].text)))


_MAKERS: dict[str, Maker] = {
    "symbol": _symbol,
    "definition": _definition,
    "number": _number,
    "dimension": _dimension,
    "constant": lambda w, e: leaf(w.notation.constant(e.params[0])),
    "identity": lambda w, e: leaf(w.notation.identity(e.params[0])),
    "zeros": _constant_matrix,
    "ones": _constant_matrix,
    "d": _d,
    "sum": _sum,
    "product": lambda w, e: write_products.product(w, e, e.params[0]),
    "transpose": lambda w, e: _transposed(w, e.args[0]),
    "inverse": _inverse,
    "power": _power,
    "kth_power": _kth_power,
    "applied": _applied,
    "derivative": _derivative,
    "hessian": _derivative,
    "frobenius": _frobenius,
    "kronecker": _kronecker,
    "hadamard": _hadamard,
    "hcat": write_calls.blocks,
    "vcat": write_calls.blocks,
    "slice": write_calls.block_of,
    "indexsum": write_calls.index_sum,
    "normF": write_calls.norm,
    "norm2": write_calls.norm,
    "norm1": write_calls.norm,
    "nuclear": write_calls.norm,
}
