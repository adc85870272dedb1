"""How calls, blocks, index brackets and sums over an index are written.

A call is written from its operation's record: `text` or `latex`, and the signature.
"""

from __future__ import annotations

from matdiff.core.expr import Expr
from matdiff.core.operation import Operation
from matdiff.dimensions import ONE, Dim
from matdiff.language.write import ATOM, FROBENIUS, POSTFIX, POWER, PRODUCT, SUM, Piece, Plan, Writer, parts_of

# ---------------------------------------------------------------- blocks, indices, sums over an index


def blocks(w: Writer, e: Expr) -> Plan:
    rows = e.args if e.op.name == "vcat" else (e,)
    cells = [row.args if row.op.name == "hcat" else (row,) for row in rows]
    flat = [c for row in cells for c in row]

    def finish(pieces: list[Piece]) -> Piece:
        words = iter(p.text for p in pieces)
        return Piece(w.notation.blocks([[next(words) for _ in row] for row in cells]))

    return Plan(parts_of(*flat), finish)


def block_of(w: Writer, e: Expr) -> Plan:
    (base,) = e.args
    first, last, left, right = e.params
    rows = _range(w, first, last, base.shape[0])
    cols = _range(w, left, right, base.shape[1])
    indices = [rows] if base.is_vector else [rows, cols]
    level = ATOM if w.notation.latex else POSTFIX
    return Plan(parts_of(base), lambda pieces: Piece(w.notation.entries(w.inside(pieces[0], level), indices), level))


def _range(w: Writer, first: Dim, last: Dim, size: Dim) -> str:
    if first == last:
        return w.notation.size(first)
    if first == ONE and last == size:
        return ":"
    return f"{w.notation.size(first)}:{w.notation.size(last)}"


def index_sum(w: Writer, e: Expr) -> Plan:
    level = FROBENIUS if w.notation.latex else ATOM
    needs = PRODUCT if w.notation.latex else SUM

    def finish(pieces: list[Piece]) -> Piece:
        lower, upper, body = pieces
        return Piece(w.notation.index_sum(e.params[0], lower.text, upper.text, w.inside(body, needs)), level)

    return Plan(parts_of(*e.args), finish)


# ---------------------------------------------------------------- calls


def call(w: Writer, e: Expr) -> Plan:
    if w.notation.latex and e.op.name in ("exp", "log") and not e.is_scalar and e.shape[0] == e.shape[1]:
        # \exp(X) of a square matrix would be taken for the matrix exponential
        name = rf"\{e.op.name}^{{\odot}}"
        return Plan(parts_of(*e.args), lambda pieces: Piece(rf"{name}\left({pieces[0].text}\right)"))
    return Plan(parts_of(*e.args), lambda pieces: called(w, e.op, pieces, e.params))


def called(w: Writer, op: Operation, pieces: list[Piece], params: tuple) -> Piece:
    values = w.params(params)
    if w.notation.latex:
        # words such as the expm of frechet(expm, X, E)
        values = [rf"\operatorname{{{v}}}" if isinstance(p, str) and len(v) > 1 else v for v, p in zip(values, params)]
    if w.notation.latex and op.latex is not None:
        bare = op.latex.startswith("{0}")
        words = [w.inside(p, ATOM) if bare else p.text for p in pieces]
        # log det(X)^-1 could be read either way
        level = POWER if bare or op.name == "logdet" else ATOM
        return Piece(op.latex.format(*words, *values), level)
    words = [p.text for p in pieces]
    if op.variadic:
        return Piece(w.notation.call(op.text or op.name, words))
    args, sizes = iter(words), iter(zip(values, params))
    shown: list[str] = []
    keep = 0
    for slot in op.signature:
        if slot.kind == "expr":
            shown.append(next(args))
            keep = len(shown)
        else:
            value, raw = next(sizes)
            shown.append(rf"\mathrm{{{value}}}" if w.notation.latex and slot.kind == "word" else value)
            keep = len(shown) if slot.default is None or raw != slot.default else keep
    name = op.text or (op.name if op.callable or not op.aliases else op.aliases[0])
    return Piece(w.notation.call(name, shown[:keep]))


def norm(w: Writer, e: Expr) -> Plan:
    """‖x‖ in Unicode text, as long as no other bar is inside."""
    if w.notation.ascii or (w.notation.latex and not (e.op.name == "normF" and e.args[0].is_vector)):
        return call(w, e)
    if w.notation.latex:
        return Plan(parts_of(*e.args), lambda pieces: Piece(rf"\left\lVert {pieces[0].text} \right\rVert"))
    mark = {"normF": "" if e.args[0].is_vector else "_F", "norm2": "_2", "norm1": "_1", "nuclear": "_*"}[e.op.name]

    def finish(pieces: list[Piece]) -> Piece:
        inner = pieces[0].text
        return called(w, e.op, pieces, ()) if "‖" in inner else Piece(f"‖{inner}‖{mark}", POSTFIX)

    return Plan(parts_of(*e.args), finish)
