"""Calls `f(x, …)`, by the signature of the operation's record; index brackets; sums over an index.

No operation is known here by name, except the few whose arguments are not what a signature can say: sum over an index,
vector(s), matrix(s), and norm with one argument.
"""

from __future__ import annotations

from typing import Any

from matdiff.core.operation import Operation, Slot
from matdiff.dimensions import ONE, SCALAR, Dim
from matdiff.errors import DeclarationError, MatdiffError, ParseError, UnsupportedError
from matdiff.language.brackets import norm_of
from matdiff.language.lexical import exact
from matdiff.language.reader import Reader, Typed
from matdiff.language.sizes import size_of
from matdiff.language.surface import Surface, walk
from matdiff.operations.registry import lookup

# Calls that are not one operation.
LANGUAGE_CALLS = ("vector", "matrix", "sum", "Sigma")

# What TeX writes alike for the entries and for the whole matrix, and the two things it may mean.  Nobody can type
# these names.
TEX_FUNCTIONS = {"exp?": ("exp", "expm"), "e^?": ("exp", "expm"), "log?": ("log", "logm"), "sqrt?": ("sqrt", "sqrtm")}


def known(name: str) -> bool:
    """Is this name a function of the language?"""
    return name in LANGUAGE_CALLS or lookup(name) is not None


def expression_parts(r: Reader, node: Surface) -> tuple[Surface, ...]:
    """Those arguments of a call that are expressions; sizes, indices and words are read by the call."""
    if is_index_sum(node):
        return node.children[1:]
    if node.value in ("vector", "matrix", "d") or node.value in r.names.functions:
        return node.children
    op = lookup(node.value)
    if op is None or op.variadic:
        return node.children
    return tuple(arg for arg, slot in zip(node.children, op.signature) if slot.kind == "expr")


def call(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    name = node.value
    if is_index_sum(node):
        return _index_sum(r, node, args)
    if name in r.names.functions:
        return _of_one(r, node, args, "applied", (name, 0))
    if name in ("vector", "matrix"):
        return _filled(r, node, args)
    if name == "d" and r.names.differentials:
        return _of_one(r, node, args, "d")
    if name == "norm" and len(args) == 1:
        return norm_of(r, node, args[0], "")
    if name in TEX_FUNCTIONS and len(args) == 1:
        return _as_in_tex(r, node, args)
    op = lookup(name)
    if op is None or name == "Sigma":
        raise _unknown(r, node)
    if op.variadic:
        if not args:
            raise _wrong_count(r, node, op)
        return r.apply(op.name, args, node)
    if op.name == "norm2":
        return norm_of(r, node, args[0], "2")
    if name == "e" and len(node.children) == 1:
        # e_i in TeX: the size comes from where it stands
        return r.apply(op.name, args, node, (size_of(r, node.children[0]), r.solver.fresh(borrowed=True)))
    return r.apply(op.name, args, node, _params(r, node, op))


def _as_in_tex(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """exp, log and √ in TeX: the matrix function of a square matrix, else entry by entry."""
    entrywise, whole = TEX_FUNCTIONS[node.value]
    (x,) = args
    square = r.solver.resolve(x.shape[0]) == r.solver.resolve(x.shape[1]) or node.value == "e^?"
    if square and not r.is_scalar(x) and not r.is_vector(x):
        r.notes.append(f"{r.source(node)} is read as the matrix function {whole}({r.source(x)})")
        entrywise = whole
    return call(r, Surface("call", node.children, entrywise, node.span), args)


def _of_one(r: Reader, node: Surface, args: list[Typed], op: str, params: tuple[Any, ...] = ()) -> Typed:
    if len(args) != 1:
        raise r.error(f"{node.value}(…) takes one argument", node, kind=ParseError)
    return r.apply(op, args, node, params)


def _unknown(r: Reader, node: Surface) -> MatdiffError:
    if node.value == "Sigma":
        return r.error(
            "Σ(…) is a sum over an index and takes four arguments", node, "Σ(i, 1, n, …); a matrix Σ must be declared",
            DeclarationError,
        )  # fmt: skip
    return r.error(f"the function {node.value} is not supported yet", node, kind=UnsupportedError)


def _wrong_count(r: Reader, node: Surface, op: Operation) -> MatdiffError:
    shown = ", ".join(slot.name for slot in op.signature) if not op.variadic else "A, B, …"
    n = len(node.children)
    given = "none was given" if not n else "1 was given" if n == 1 else f"{n} were given"
    hint = {"max": "maximum(x, y) compares entry by entry", "min": "minimum(x, y) compares entry by entry"}
    usage = hint.get(node.value) if n == 2 else None
    return r.error(f"{node.value} takes {_count(op)}, but {given}", node, usage or f"{node.value}({shown})", ParseError)


def _count(op: Operation) -> str:
    if op.variadic:
        return "at least one argument"
    least = sum(1 for s in op.signature if s.default is None)
    most = len(op.signature)
    number = str(most) if least == most else f"{least} to {most}"
    return f"{number} argument{'' if most == 1 else 's'}"


def _params(r: Reader, node: Surface, op: Operation) -> tuple[Any, ...]:
    """The params of the call: every argument that is not an expression, with defaults filled in."""
    given = node.children
    least = sum(1 for s in op.signature if s.default is None)
    if not least <= len(given) <= len(op.signature):
        raise _wrong_count(r, node, op)
    params = []
    for k, slot in enumerate(op.signature):
        if slot.kind == "expr":
            continue
        params.append(_param(r, node, given[k], slot) if k < len(given) else slot.default)
    return tuple(params)


def _param(r: Reader, node: Surface, arg: Surface, slot: Slot) -> Any:
    if slot.kind == "dim":
        return size_of(r, arg)
    choices = [c for c in slot.among if c != slot.default]
    value: Any = arg.value if arg.kind in ("name", "number") else None
    if slot.kind == "int" and value is not None:
        number = exact(value) if arg.kind == "number" else None
        value = int(number) if number is not None and number.denominator == 1 else None
    if value is None or (slot.among and value not in slot.among):
        what = " or ".join(map(str, choices)) or "a whole number"
        raise r.error(f"the argument {slot.name} of {node.value} is {what}", arg, kind=ParseError)
    return value


def _filled(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """vector(s), matrix(s): all entries s, with a size from where it stands."""
    if len(args) != 1 or not r.is_scalar(args[0]):
        raise r.error(
            f"{node.value}(s) takes one scalar, the value of all entries", node,
            f"declare a variable with `x : {node.value}(n)`", ParseError,
        )  # fmt: skip
    cols = ONE if node.value == "vector" else r.solver.fresh(borrowed=True)
    ones = r.apply("ones", (), node, (r.solver.fresh(borrowed=True), cols))
    return r.apply("product", (args[0], ones), node)


# ---------------------------------------------------------------- sums over an index


def is_index_sum(node: Surface) -> bool:
    """sum(i, 1, n, …), also Σ(i, 1, n, …)."""
    named = node.kind == "call" and node.value in ("sum", "Sigma") and len(node.children) == 4
    return named and node.children[0].kind == "name"


def bind(r: Reader, node: Surface) -> None:
    """Make the index known inside the body."""
    index, body = node.children[0], node.children[3]
    if r.names.is_taken(index.value) and not r.index_bound(index):
        raise r.error(
            f"the index {index.value} of a sum must be a fresh name", index, "choose another letter", DeclarationError
        )
    r.bound.setdefault(index.value, []).append((body.span, node.children[2]))


def _index_sum(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    for bound in args[:2]:
        if not r.is_scalar(bound):
            raise r.error("the bounds of a sum are numbers or sizes", bound)
    return r.apply("indexsum", args, node, (node.children[0].value,))


def extent(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """The number of rows (0) or columns (1) of what an index without bounds runs over."""
    sizes = []
    for base, axis in zip(args, node.value):
        rows, cols = base.shape
        sizes.append(cols if axis == "1" or (r.solver.is_one(rows) and not r.solver.is_one(cols)) else rows)
    for size in sizes[1:]:
        if not r.solver.agree(sizes[0], size):
            raise r.error("this index runs over different sizes", node)
        r.solver.equal(sizes[0], size, "the index of a sum")
    return Typed("dimension", (), (r.solver.resolve(sizes[0]),), SCALAR, node.span)


# ---------------------------------------------------------------- indices


def entries(r: Reader, node: Surface, args: list[Typed]) -> Typed:
    """X[i, j], x[i], X[i, :], X[1:p, :]: the block from first to last row and column."""
    base, indices = args[0], node.children[1:]
    rows, cols = base.shape
    if len(indices) == 1 and not r.solver.is_one(cols) and not r.solver.is_one(rows):
        x = r.source(base)
        raise r.error(f"a matrix takes two indices ({x} is {r.shape_text(base)})", node, f"{x}[i, j] or {x}[i, :]")
    if len(indices) > 2:
        raise r.error("at most two indices: a row and a column", node)
    if len(indices) == 2:
        down, across = _range(r, indices[0], rows), _range(r, indices[1], cols)
    elif r.solver.is_one(rows) and not r.solver.is_one(cols):
        down, across = (ONE, ONE), _range(r, indices[0], cols)
    else:
        down, across = _range(r, indices[0], rows), (ONE, ONE)
    if r.is_scalar(base):
        raise r.error(f"{r.source(base)} is a scalar and has no entries", node)
    return r.apply("slice", (base,), node, (*down, *across))


def _range(r: Reader, index: Surface, size: Dim) -> tuple[Dim, Dim]:
    if index.kind == "whole":
        return ONE, size
    if index.kind == "range":
        first, last = (size_of(r, end, index=True) for end in index.children)
    else:
        first = last = size_of(r, index, index=True)
        upper = r.upper_bound(index) if index.kind == "name" else None
        if upper is not None and upper.kind in ("name", "number"):
            r.solver.likely.append((size, size_of(r, upper)))
    _within(r, index, last, size)
    literal, known_size = last.literal, r.solver.resolve(size).literal
    if literal is not None and known_size is not None and literal > known_size:
        raise r.error(f"the index {literal} is beyond the size {known_size}", index)
    if first.literal is not None and literal is not None and first.literal > literal:
        raise r.error(f"the range {first}:{last} is empty", index)
    return first, last


def _within(r: Reader, index: Surface, last: Dim, size: Dim) -> None:
    """x[i + 1] in a sum of i up to n needs n + 1 entries."""
    ends = {}
    for part in walk(index):
        upper = r.upper_bound(part) if part.kind == "name" else None
        if upper is not None and upper.kind in ("name", "number", "add", "subtract"):
            ends[part.value] = size_of(r, upper)
    beyond = r.solver.resolve(size) - last.substitute(ends)
    if ends and (beyond.literal or 0) < 0:
        shown = last.substitute(ends)
        raise r.error(f"the index goes up to {shown}, beyond the size {r.solver.resolve(size)}", index)


__all__ = ["SCALAR", "bind", "call", "entries", "expression_parts", "is_index_sum", "known"]
