"""Exact proofs: both sides of a rule on explicit small matrices of symbols, as rational functions over the integers.

A table of its own for the values of operations, so that a slip in one of matdiff's NumPy values would show here.  The
differential of an entry is the sum of its partial derivatives times dx.  Only operations that stay rational.
"""

from __future__ import annotations

import itertools
from functools import reduce
from typing import Any

import numpy as np
from sympy import QQ
from sympy.polys.fields import field
from sympy.polys.rings import ring

from matdiff.book.audit import _instances
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim


class NotRational(Exception):
    """The rule holds an operation that leaves the rational functions."""


class Unfit(Exception):
    """These sizes do not fit the rule."""


_DIVISIONS = {"inverse", "power"}


def prove(rule: Rule) -> bool:
    """Are both sides the same rational function?  Raises NotRational where that cannot be asked."""
    if any(word == "orthogonal" for _, word in rule.requires):
        raise NotRational("orthogonal matrices have no free entries")
    results = []
    for left, right in _instances(rule, rule.requires):
        resting = {name for name, word in rule.requires if word == "constant"}
        for sizes in _sizes(left, right):
            try:
                at = Exact(sizes, resting, left, right)
                results.append(bool(np.all(at.matrix(left) == at.matrix(right))))
                break
            except (Unfit, ValueError, IndexError):
                continue
        else:
            raise NotRational("no small sizes fit")
    return all(results)


def _sizes(*roots: Expr) -> Any:
    names: set[str] = set()
    bound = {e.params[0] for e in walk(*roots) if e.op.name == "indexsum"}
    for e in walk(*roots):
        for d in (*e.shape, *(p for p in e.params if isinstance(p, Dim))):
            names |= d.names
    names -= bound
    small = any(e.is_a("inverse", "det", "adj") for e in walk(*roots))
    first = (2, 2) if small else (2, 3, 2, 2)
    yield dict(zip(sorted(names), itertools.cycle(first)))
    for values in itertools.product((2, 3, 1), repeat=len(names)):
        yield dict(zip(sorted(names), values))


class Exact:
    """Values of expressions as arrays of rational functions."""

    def __init__(self, sizes: dict[str, int], resting: set[str], *roots: Expr) -> None:
        self.sizes = sizes
        symbols = {e.name: e for e in walk(*roots) if e.op.name == "symbol"}
        cells: list[str] = []
        layout: dict[str, np.ndarray] = {}
        for name, symbol in sorted(symbols.items()):
            rows, cols = (self.size(d) for d in symbol.shape)
            layout[name] = _cells(name, rows, cols, symbol.params[2])
            cells += [c.lstrip("-") for c in layout[name].flat if c != "0"]
        cells = list(dict.fromkeys(cells))
        moving = [c for c in cells if c.partition("#")[0] not in resting]
        divides = any(e.op.name in _DIVISIONS for e in walk(*roots))
        domain, *generators = (field if divides else ring)([*cells, *(f"d{c}" for c in moving)], QQ)
        self.one = domain.one
        found = dict(zip([*cells, *(f"d{c}" for c in moving)], generators))
        self.pairs = [(found[c], found[f"d{c}"]) for c in moving]
        self.values = {
            name: np.vectorize(lambda c: _signed(found, domain, c), otypes=[object])(array)
            for name, array in layout.items()
        }
        self.memo: dict[Any, np.ndarray] = {}

    def size(self, d: Dim) -> int:
        n = d.value(self.sizes)
        if not 1 <= n <= 12:
            raise Unfit
        return n

    def matrix(self, e: Expr) -> np.ndarray:
        key = (e, tuple(sorted(self.sizes.items())))
        if key not in self.memo:
            value = self._value(e)
            if value.shape != tuple(self.size(d) for d in e.shape):
                raise Unfit
            self.memo[key] = value
        return self.memo[key]

    def _value(self, e: Expr) -> np.ndarray:
        name = e.op.name
        if name == "symbol":
            return self.values[e.name]
        if name == "d":
            return self._map(self._differential, self.matrix(e.args[0]))
        if name == "indexsum":
            return self._index_sum(e)
        rule = _VALUES.get(name)
        if rule is None:
            raise NotRational(name)
        args = [self.matrix(a) for a in e.args]
        params = [p.value(self.sizes) if isinstance(p, Dim) else p for p in e.params]
        return rule(self, *args, *params)

    def _differential(self, f: Any) -> Any:
        return sum((f.diff(x) * dx for x, dx in self.pairs), self.one * 0)

    def _index_sum(self, e: Expr) -> np.ndarray:
        lower, upper, body = e.args
        index = e.params[0]
        total: Any = 0
        first, last = (int(str(self.matrix(end)[0, 0])) for end in (lower, upper))
        for k in range(first, last + 1):
            self.sizes[index] = k
            total = total + self.matrix(body)
        self.sizes.pop(index, None)
        return total

    def _map(self, f: Any, a: np.ndarray) -> np.ndarray:
        return np.vectorize(f, otypes=[object])(a)

    def constant(self, a: Any) -> np.ndarray:
        return np.asarray(a, dtype=int).astype(object) * self.one

    def number(self, q: Any) -> np.ndarray:
        return np.array([[self.one * QQ(q.numerator, q.denominator)]], dtype=object)


def _cells(name: str, rows: int, cols: int, properties: frozenset[str]) -> np.ndarray:
    """Names of the entries; equal, opposite or zero ones as the properties want."""
    out = np.empty((rows, cols), dtype=object)
    for i, j in np.ndindex(rows, cols):
        out[i, j] = f"{name}#{i}{j}"
        if "diagonal" in properties and i != j:
            out[i, j] = "0"
        elif ("lower" in properties and i < j) or ("upper" in properties and i > j):
            out[i, j] = "0"
        elif "symmetric" in properties and i > j:
            out[i, j] = f"{name}#{j}{i}"
        elif "skew" in properties and i >= j:
            out[i, j] = "0" if i == j else f"-{name}#{j}{i}"
    return out


def _signed(found: dict[str, Any], domain: Any, cell: str) -> Any:
    if cell == "0":
        return domain.zero
    return -found[cell[1:]] if cell.startswith("-") else found[cell]


def _det(a: np.ndarray) -> Any:
    n = len(a)
    if n == 1:
        return a[0, 0]
    return sum((-1) ** j * a[0, j] * _det(np.delete(a[1:], j, 1)) for j in range(n))


def _adj(a: np.ndarray) -> np.ndarray:
    n = len(a)
    out = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        minor = np.delete(np.delete(a, i, 0), j, 1)
        out[j, i] = (-1) ** (i + j) * (_det(minor) if n > 1 else a[0, 0] ** 0)
    return out


def _scalar(x: Any) -> np.ndarray:
    return np.array([[x]], dtype=object)


def _times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b[0, 0] if b.shape == (1, 1) else b * a[0, 0] if a.shape == (1, 1) else a.dot(b)


def _power(at: Exact, base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    p = exponent[0, 0]
    if exponent.shape != (1, 1) or not p.numer.is_ground or p.denom != 1 or p.numer.coeff(1).denominator != 1:
        raise NotRational("power")
    return at._map(lambda x: x ** int(p.numer.coeff(1)), base)


def _product(at: Exact, *args: Any) -> np.ndarray:
    *factors, coefficient = args
    return reduce(_times, factors, at.number(coefficient))


def _stack(*blocks: np.ndarray) -> np.ndarray:
    return reduce(np.kron, blocks)


def _blkdiag(at: Exact, *blocks: np.ndarray) -> np.ndarray:
    rows, cols = sum(b.shape[0] for b in blocks), sum(b.shape[1] for b in blocks)
    out = at.constant(np.zeros((rows, cols)))
    i = j = 0
    for b in blocks:
        out[i : i + b.shape[0], j : j + b.shape[1]] = b
        i, j = i + b.shape[0], j + b.shape[1]
    return out


def _place(at: Exact, a: np.ndarray, i: int, j: int, m: int, n: int) -> np.ndarray:
    if min(i, j) < 1 or i - 1 + a.shape[0] > m or j - 1 + a.shape[1] > n:
        raise Unfit
    out = at.constant(np.zeros((m, n)))
    out[i - 1 : i - 1 + a.shape[0], j - 1 : j - 1 + a.shape[1]] = a
    return out


def _ptrace(at: Exact, a: np.ndarray, p: int, side: int) -> np.ndarray:
    m, n = a.shape[0] // p, a.shape[1] // p
    if side == 1:
        return sum(a[k * m : (k + 1) * m, k * n : (k + 1) * n] for k in range(p))
    blocks = [[sum(a[i * p + k, j * p + k] for k in range(p)) for j in range(n)] for i in range(m)]
    return np.array(blocks, dtype=object).reshape(m, n)


def _commutation(at: Exact, m: int, n: int) -> np.ndarray:
    out = np.zeros((m * n, m * n))
    for i, j in np.ndindex(m, n):
        out[i * n + j, j * m + i] = 1
    return at.constant(out)


def _lower(at: Exact, a: np.ndarray, k: int, half: bool = False) -> np.ndarray:
    keep = np.array([[int(k * (i - j) >= 0) for j in range(a.shape[1])] for i in range(a.shape[0])]).reshape(a.shape)
    out = a * keep
    return out - _diagonal(at, a) / 2 if half else out


def _diagonal(at: Exact, a: np.ndarray) -> np.ndarray:
    return a * np.eye(len(a), dtype=int)


def _unit(at: Exact, i: int, n: int) -> np.ndarray:
    if not 1 <= i <= n:
        raise Unfit
    return at.constant(np.eye(n)[:, [i - 1]])


_VALUES: dict[str, Any] = {
    "number": lambda at, q: at.number(q),
    "dimension": lambda at, n: at.constant([[n]]),
    "identity": lambda at, n: at.constant(np.eye(n)),
    "zeros": lambda at, m, n: at.constant(np.zeros((m, n))),
    "ones": lambda at, m, n: at.constant(np.ones((m, n))),
    "unit": _unit,
    "commutation": _commutation,
    "sum": lambda at, *a: reduce(np.add, a),
    "product": _product,
    "transpose": lambda at, a: a.T,
    "inverse": lambda at, a: _adj(a) / _det(a),
    "det": lambda at, a: _scalar(_det(a)),
    "adj": lambda at, a: _adj(a),
    "power": _power,
    "hadamard": lambda at, *a: reduce(np.multiply, a),
    "kronecker": lambda at, *a: _stack(*a),
    "khatrirao": lambda at, a, b: np.hstack([np.kron(a[:, [j]], b[:, [j]]) for j in range(a.shape[1])]),
    "frobenius": lambda at, a, b: _scalar((a * b).sum()),
    "trace": lambda at, a: _scalar(sum(a[i, i] for i in range(len(a)))),
    "entrysum": lambda at, a: _scalar(a.sum()),
    "prod": lambda at, a: _scalar(a.prod()),
    "vec": lambda at, a: a.T.reshape(-1, 1),
    "mat": lambda at, a, m, n: a.reshape(n, m).T,
    "vech": lambda at, a: np.array([[a[i, j]] for j in range(len(a)) for i in range(j, len(a))], dtype=object),
    "diag": lambda at, a: np.array([[a[i, i]] for i in range(len(a))], dtype=object),
    "Diag": lambda at, a: np.hstack([a] * len(a)) * np.eye(len(a), dtype=int),
    "tril": lambda at, a: _lower(at, a, 1),
    "triu": lambda at, a: _lower(at, a, -1),
    "lowerhalf": lambda at, a: _lower(at, a, 1, half=True),
    "hcat": lambda at, *a: np.hstack(a),
    "vcat": lambda at, *a: np.vstack(a),
    "blkdiag": _blkdiag,
    "slice": lambda at, a, i, j, k, l: a[i - 1 : j, k - 1 : l],
    "place": _place,
    "ptrace": _ptrace,
    "bldiag": lambda at, a, k, p: a[(k - 1) * (len(a) // p) : k * (len(a) // p),
                                    (k - 1) * (a.shape[1] // p) : k * (a.shape[1] // p)],
    "cross": lambda at, a, b: np.cross(a[:, 0], b[:, 0]).reshape(3, 1),
}  # fmt: skip
