"""Nodes without arguments: numbers, names, and the constant vectors and matrices; also definitions and `d`.

Sizes inside params are `Dim`s; `value` gets them as integers.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import FALSE, IMPLIES, PROPERTIES, TRUE, UNKNOWN, Verdict, closure, fact
from matdiff.core.operation import Build, Fact, Operation, Sizes, Slot, Value
from matdiff.dimensions import ONE, SCALAR, Dim, Shape


def _as_fraction(value: Any) -> Fraction:
    # repr of a float is its shortest decimal: 0.1 means one tenth.
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _build_number(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    return space.node(space.operations["number"], (), (_as_fraction(params[0]),), SCALAR)


def number_of(e: Expr) -> Fraction | None:
    """The exact value of a number node, or None."""
    return e.params[0] if e.op.name == "number" else None


def _build_symbol(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    name, kind, properties, shape = params
    return space.node(space.operations["symbol"], (), (name, kind, closure(properties)), shape, shape)


def properties_of(e: Expr) -> frozenset[str]:
    """The declared properties of a symbol, with everything they imply; none for other nodes."""
    return e.params[2] if e.op.name == "symbol" else frozenset()


def _symbol_transposed(e: Expr) -> Expr | None:
    properties = properties_of(e)
    if "symmetric" in properties:
        return e
    if "skew" in properties:
        return -e
    return None


def _declared(name: str) -> Fact:
    def infer(e: Expr) -> Verdict:
        return TRUE if name in properties_of(e) else UNKNOWN

    return infer


def _of_body(name: str) -> Fact:
    """Asserted by the user, or true of what the name stands for."""
    return lambda e: TRUE if name in e.params[1] else fact(e.body, name)


def _definition_transposed(e: Expr) -> Expr | None:
    if "symmetric" in e.params[1]:
        return e
    if "skew" in e.params[1]:
        return -e
    return e if e.shape[0] == e.shape[1] and e.body.T is e.body else None


def _build_d(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    (e,) = args
    # d commutes with the transpose; the transpose is what the constructors push outwards from a leaf.
    if e.op.name == "transpose":
        return _build_d(space, e.args, params).T
    if e.op.name in ("number", "dimension", "constant", "identity", "zeros", "ones", "unit"):
        return space.apply("zeros", params=e.shape)
    return space.node(space.operations["d"], args, (), e.shape)


def _d_transposed(e: Expr) -> Expr | None:
    inner = e.args[0].T
    if inner is e.args[0]:
        return e
    # skew: (dX)' = d(X') = -dX
    return None if inner.op.name == "transpose" else e.space.apply("d", inner)


def _build_dimension(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """A size that is one name is a leaf; m*n and n - 1 are products and sums, so that they equal what users type."""
    size: Dim = params[0]
    if size.literal is not None:
        return space.number(size.literal)
    if size.terms == (((next(iter(size.names)),), 1),):
        return space.node(space.operations["dimension"], (), params, SCALAR)
    parts = []
    for monomial, c in size.terms:
        names = (space.apply("dimension", params=(Dim.of(name),)) for name in monomial)
        parts.append(space.apply("product", space.number(c), *names))
    return space.apply("sum", *parts) if len(parts) > 1 else parts[0]


def _build_constant_matrix(name: str) -> Build:
    """Identity, zeros and ones of one row and column are the numbers 1, 0, 1."""

    def build(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
        op = space.operations[name]
        rows, cols = params if len(params) == 2 else (params[0], params[0])
        if rows.is_one and cols.is_one:
            return space.number(0 if name == "zeros" else 1)
        return space.node(op, (), tuple(params), (rows, cols))

    return build


def _build_commutation(space: Space, args: tuple[Expr, ...], params: tuple[Any, ...]) -> Expr:
    """For a row or a column the two orders of stacking are the same."""
    m, n = params
    if m.is_one or n.is_one:
        return space.apply("identity", params=(m * n,))
    return space.node(space.operations["commutation"], (), (m, n), (m * n, m * n))


def _transposed_sizes(e: Expr) -> Expr:
    return e.space.apply(e.op.name, params=(e.shape[1], e.shape[0]))


def _square_of(sizes: Sizes, args: Any, params: Any) -> Shape:
    return params[0], params[0]


def commutation_matrix(m: int, n: int) -> Any:
    """K with K vec(X) = vec(X') for X m x n (Magnus & Neudecker, ch. 3, sec. 7)."""
    import numpy as np

    return np.eye(m * n).reshape(n, m, m * n).transpose(1, 0, 2).reshape(m * n, m * n)


def _lower_positions(n: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(n) for i in range(j, n)]


def duplication_matrix(n: int) -> Any:
    """D with D vech(X) = vec(X) for symmetric X (Magnus & Neudecker, ch. 3, sec. 8)."""
    import numpy as np

    out = np.zeros((n * n, n * (n + 1) // 2))
    for k, (i, j) in enumerate(_lower_positions(n)):
        out[i + j * n, k] = out[j + i * n, k] = 1
    return out


def elimination_matrix(n: int) -> Any:
    """L with L vec(X) = vech(X) (Magnus & Neudecker 1980)."""
    import numpy as np

    out = np.zeros((n * (n + 1) // 2, n * n))
    for k, (i, j) in enumerate(_lower_positions(n)):
        out[k, i + j * n] = 1
    return out


def half_vec_size(sizes: Sizes, n: Dim) -> Dim:
    """n(n+1)/2, the number of entries of a lower triangle."""
    n = sizes.resolve(n)
    return (n * n + n).half()


def _numpy(name: str) -> Value:
    def value(*sizes: int) -> Value:
        import numpy as np

        return getattr(np, name)(sizes if len(sizes) > 1 else (sizes[0], sizes[0]))

    return value


def _eye(n: int) -> Any:
    import numpy as np

    return np.eye(n)


def _unit(i: int, n: int) -> Any:
    import numpy as np

    out = np.zeros((n, 1))
    out[i - 1, 0] = 1
    return out


def _ones_slots() -> tuple[Slot, ...]:
    return (Slot("m", "dim"), Slot("n", "dim", default=ONE))


def _nothing(*_: Any) -> Any:
    raise AssertionError("the evaluator looks names up itself")


_INHERITED = (*PROPERTIES, *IMPLIES)

RECORDS = [
    Operation(
        "number", "an exact rational number", lambda s, a, p: SCALAR, lambda p: float(p), (), callable=False,
        build=_build_number,
        facts={"positive": lambda e: TRUE if e.params[0] > 0 else FALSE,
               "invertible": lambda e: TRUE if e.params[0] else FALSE},
    ),
    Operation(
        "dimension", "a size used as a number", lambda s, a, p: SCALAR, lambda n: float(n), (), callable=False,
        build=_build_dimension,
        facts={"positive": lambda e: TRUE, "invertible": lambda e: TRUE},
    ),
    Operation(
        "constant", "the number pi or e", lambda s, a, p: SCALAR, lambda name: {"pi": math.pi, "e": math.e}[name], (),
        callable=False, build=lambda space, args, params: space.node(space.operations["constant"], (), params, SCALAR),
        facts={"positive": lambda e: TRUE, "invertible": lambda e: TRUE},
    ),
    Operation(
        "symbol", "a variable", lambda s, a, p: p[3], _nothing, (), callable=False, build=_build_symbol,
        transposed=_symbol_transposed, facts={name: _declared(name) for name in _INHERITED},
    ),
    Operation(
        "definition", "a name for an expression", lambda s, a, p: a[0], _nothing, (), callable=False,
        build=lambda space, args, params: space.define(params[0], args[0], params[1]),
        transposed=_definition_transposed, facts={name: _of_body(name) for name in (*_INHERITED, "nonnegative")},
    ),
    Operation(
        "d", "the differential: the derivative along the direction of the variables", lambda s, a, p: a[0], _nothing,
        callable=False, linear=(0,), build=_build_d, transposed=_d_transposed,
    ),
    Operation(
        "identity", "the identity matrix", _square_of, _eye, (Slot("n", "dim"),), aliases=("eye",), callable=False,
        build=_build_constant_matrix("identity"), transposed=lambda e: e,
        facts={"invertible": lambda e: TRUE, "spd": lambda e: TRUE, "diagonal": lambda e: TRUE,
               "psd": lambda e: TRUE, "lower": lambda e: TRUE, "upper": lambda e: TRUE, "orthogonal": lambda e: TRUE},
    ),
    Operation(
        "zeros", "all entries 0", lambda s, a, p: (p[0], p[1]), _numpy("zeros"), _ones_slots(),
        build=_build_constant_matrix("zeros"), transposed=_transposed_sizes, facts={"invertible": lambda e: FALSE},
    ),
    Operation(
        "ones", "all entries 1", lambda s, a, p: (p[0], p[1]), _numpy("ones"), _ones_slots(),
        build=_build_constant_matrix("ones"), transposed=_transposed_sizes, facts={"positive": lambda e: TRUE},
    ),
    Operation(
        "unit", "the i-th column of the identity matrix", lambda s, a, p: (p[1], ONE), _unit,
        (Slot("i", "dim"), Slot("n", "dim")), aliases=("e",), callable=False,
        build=lambda space, args, params: space.node(space.operations["unit"], (), params, (params[1], ONE)),
        latex="e_{{{0},{1}}}",
    ),
    Operation(
        "commutation", "K with K vec(X) = vec(X') for X m x n", lambda s, a, p: (p[0] * p[1], p[0] * p[1]),
        commutation_matrix, (Slot("m", "dim"), Slot("n", "dim")), latex="K_{{{0},{1}}}",
        build=_build_commutation,
        transposed=lambda e: e.space.apply("commutation", params=(e.params[1], e.params[0])),
        facts={"invertible": lambda e: TRUE, "orthogonal": lambda e: TRUE},
        cite="magnus2019, ch. 3, sec. 7",
    ),
    Operation(
        "duplication", "D with D vech(X) = vec(X) for symmetric X",
        lambda s, a, p: (p[0] * p[0], half_vec_size(s, p[0])), duplication_matrix, (Slot("n", "dim"),),
        latex="D_{{{0}}}", cite="magnus2019, ch. 3, sec. 8",
    ),
    Operation(
        "elimination", "L with L vec(X) = vech(X)", lambda s, a, p: (half_vec_size(s, p[0]), p[0] * p[0]),
        elimination_matrix, (Slot("n", "dim"),), latex="L_{{{0}}}", cite="magnus1980",
    ),
]  # fmt: skip
