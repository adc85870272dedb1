"""Random points: sizes, values and directions that respect every declaration.

Everything is drawn in sorted order of names from a seed, so that the same input gives the same numbers everywhere.
Not here: the domain of an operation (its record) and what is done with a point (`tactics.validate`, `book.audit`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.errors import DomainError
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.numeric.tangent import Tangents

_ATTEMPTS = 60
# Properties whose values are drawn with a size of their own.
_SIZED = {"orthogonal", "spd", "psd", "invertible", "positive"}
# A thousand sizes must not mean matrices of a thousand rows.
_DISTINCT = 10
# Larger matrices are not drawn.
_ENTRIES = 4_000_000
# The terms of all sums over an index together.
_TERMS = 100_000
# Sizes stop growing from attempt to attempt beyond this.
_COMFORTABLE = 40_000
_SCALES = (0.9, 0.6, 0.35, 1.4)
# Positive values are drawn from (0.4, 2) times one of these: above 1 for acosh, below 1 for atanh.
_POSITIVE_SCALES = {0.9: 1.0, 0.6: 1.0, 0.35: 0.45, 1.4: 3.0}


@dataclass(frozen=True)
class Point:
    """Sizes of all dimension names, values of all symbols, and a direction in which some of them move.

    `evaluation` holds what was computed there; it answers for `d(e)` by `tangents`.
    """

    sizes: dict[str, int]
    values: dict[str, Any]
    evaluation: Evaluation
    tangents: Tangents
    # sizes that were tried before these and at which the function was not defined
    rejected: tuple[dict[str, int], ...] = ()


def symbols_of(*roots: Expr) -> list[Expr]:
    """The symbols under the roots, sorted by name."""
    found = {e.name: e for e in walk(*roots) if e.op.name == "symbol"}
    return [found[name] for name in sorted(found)]


def sizes_of(*roots: Expr) -> list[str]:
    """The dimension names under the roots, sorted; indices of sums are bound and do not count."""
    names: set[str] = set()
    bound: set[str] = set()
    for e in walk(*roots):
        for d in (*e.shape, *(p for p in e.params if isinstance(p, Dim))):
            names |= d.names
        if e.op.name == "indexsum":
            bound.add(e.params[0])
    return sorted(names - bound)


def draw_sizes(names: Sequence[str], rng: Any, smallest: int) -> dict[str, int]:
    """Different sizes for different names, in random order; with very many names they repeat."""
    order = rng.permutation(len(names))
    return {name: smallest + int(k) % _DISTINCT for name, k in zip(names, order)}


def least_size(roots: Iterable[Expr]) -> int:
    """Sizes large enough for every literal index and for every size like n - 9."""
    least = 1
    for e in walk(*roots):
        if e.op.name in ("slice", "unit", "place", "bldiag"):
            least = max([least, *(p.literal or 1 for p in e.params if isinstance(p, Dim) and (p.literal or 1) <= 60)])
        for d in e.shape:
            constant = next((int(c) for monomial, c in d.terms if not monomial), 0)
            if constant < 0 and d.names:
                least = max(least, 1 - constant)
    return least


def draw_value(
    symbol: Expr, sizes: dict[str, int], rng: Any, scale: float, shrink: float = 1.0, positive: bool = False
) -> Any:
    """A value of a symbol with its declared properties; `positive` draws what has none above 0, for log and acosh."""
    _, kind, properties, _ = (*symbol.params, None)
    rows, cols = (d.value(sizes) for d in symbol.shape)
    if rows < 1 or cols < 1:
        raise OutOfDomain("a size below 1")
    if kind == "integer":
        return float(rng.integers(2, 6))
    if symbol.is_scalar:
        if "positive" in properties:
            return float(rng.uniform(0.5, 2.0))
        if positive:
            return float(rng.uniform(0.5, 2.0) * _POSITIVE_SCALES[scale])
        return float(shrink * scale * rng.choice([-1.0, 1.0]) * rng.uniform(0.3, 1.5))
    if positive and not properties:
        return rng.uniform(0.4, 2.0, (rows, cols)) * _POSITIVE_SCALES[scale]
    value = _matrix(properties, rows, cols, rng, scale)
    return value if properties & _SIZED else shrink * value


def _orthonormal(rows: int, cols: int, rng: Any) -> Any:
    import numpy as np

    if cols > rows:
        raise OutOfDomain("orthogonal needs at least as many rows as columns")
    q, r = np.linalg.qr(rng.standard_normal((rows, cols)))
    return q * np.sign(np.diag(r))


def _matrix(properties: frozenset[str], rows: int, cols: int, rng: Any, scale: float) -> Any:
    import numpy as np

    def signs(k: int) -> Any:
        return rng.choice([-1.0, 1.0], k)

    n = min(rows, cols)
    if "orthogonal" in properties:
        return _orthonormal(rows, cols, rng)
    if "diagonal" in properties:
        positive = bool({"positive", "spd", "psd"} & properties)
        return np.diag(rng.uniform(0.5, 2.0, n) * (1.0 if positive else signs(n)))
    if "spd" in properties:
        q = _orthonormal(n, n, rng)
        return _symmetrised((q * rng.uniform(0.6, 2.4, n)) @ q.T)
    if "psd" in properties:
        q = _orthonormal(n, n, rng)
        return _symmetrised((q * rng.uniform(0.05, 2.4, n)) @ q.T)
    if "positive" in properties:
        a = rng.uniform(0.4, 2.0, (rows, cols)) * _POSITIVE_SCALES[scale]
        return _symmetrised(a) if "symmetric" in properties else a
    if "symmetric" in properties:
        if "invertible" not in properties:
            return _symmetrised(scale * rng.standard_normal((n, n)))
        q = _orthonormal(n, n, rng)
        return _symmetrised((q * (rng.uniform(0.6, 2.0, n) * signs(n))) @ q.T)
    if "skew" in properties:
        a = rng.standard_normal((n, n))
        return (a - a.T) / 2
    if properties & {"lower", "upper"}:
        a = 0.7 * scale * rng.standard_normal((rows, cols))
        a = np.tril(a) if "lower" in properties else np.triu(a)
        if "invertible" in properties:
            a[np.diag_indices(n)] = rng.uniform(0.6, 2.0, n) * signs(n)
        return a
    if "invertible" in properties:
        return (_orthonormal(n, n, rng) * rng.uniform(0.6, 2.0, n)) @ _orthonormal(n, n, rng)
    return scale * rng.standard_normal((rows, cols))


def _symmetrised(a: Any) -> Any:
    return (a + a.T) / 2


def has_property(word: str, a: Any) -> bool:
    """Does a value have a declared property, up to roundoff?"""
    import numpy as np

    a = np.atleast_2d(a)
    scale = max(1e-12, float(np.max(np.abs(a))))

    def vanishes(gap: Any) -> bool:
        return bool(np.max(np.abs(gap)) <= 1e-8 * scale)

    tests = {
        "symmetric": lambda: vanishes(a - a.T),
        "skew": lambda: vanishes(a + a.T),
        "diagonal": lambda: vanishes(a - np.diag(np.diag(a))),
        "lower": lambda: vanishes(np.triu(a, 1)),
        "upper": lambda: vanishes(np.tril(a, -1)),
        "orthogonal": lambda: bool(np.allclose(a.T @ a, np.eye(a.shape[1]), atol=1e-8)),
        "invertible": lambda: bool(np.linalg.cond(a) < 1e10),
        "positive": lambda: bool(np.all(a > 0)),
        "psd": lambda: vanishes(a - a.T) and bool(np.linalg.eigvalsh(a)[0] >= -1e-8 * scale),
        "spd": lambda: vanishes(a - a.T) and bool(np.linalg.eigvalsh(a)[0] > 0),
    }
    return tests[word]() if word in tests else True


def draw_direction(symbol: Expr, value: Any, rng: Any) -> Any:
    """A random direction in which the symbol may move and keep its declared structure."""
    import numpy as np

    _, kind, properties, *_ = symbol.params
    if symbol.is_scalar:
        return float(rng.uniform(0.5, 1.5) * rng.choice([-1.0, 1.0]))
    e = rng.standard_normal(np.shape(value))
    if "orthogonal" in properties:
        # X A with A skew, plus a part orthogonal to X (Edelman, Arias & Smith 1998, sec. 2.2).
        s = value.T @ e
        return value @ (s - s.T) / 2 + e - value @ (value.T @ e)
    return project(properties, e)


def project(properties: frozenset[str], e: Any) -> Any:
    """The orthogonal projection of a matrix on the directions a linear structure allows."""
    import numpy as np

    if "diagonal" in properties:
        return np.diag(np.diag(e))
    if "symmetric" in properties:
        return (e + e.T) / 2
    if "skew" in properties:
        return (e - e.T) / 2
    if "lower" in properties:
        return np.tril(e)
    return np.triu(e) if "upper" in properties else e


def _largest(roots: Iterable[Expr], sizes: dict[str, int]) -> tuple[int, int, int]:
    """Entries, rows and columns of the largest matrix under the roots (1 for sizes of sums, which are bound)."""
    shapes = (tuple(d.value(sizes) if d.names <= sizes.keys() else 1 for d in e.shape) for e in walk(*roots))
    return max((rows * cols, rows, cols) for rows, cols in shapes)


def _refuse_large(roots: Iterable[Expr], sizes: dict[str, int]) -> None:
    """Literal sizes in the thousands, and long sums, would take minutes and gigabytes to check."""
    entries, rows, cols = _largest(roots, sizes)
    if entries > _ENTRIES:
        raise DomainError(f"a matrix of {rows} × {cols} is too large to check numerically")
    if (count := _terms(roots, sizes)) > _TERMS:
        raise DomainError(f"a sum of {count} terms is too long to check numerically")


def _terms(roots: Iterable[Expr], sizes: dict[str, int]) -> int:
    """How many terms the sums over an index have, a sum inside another one for each term of that."""

    def within(sums: set[Expr], known: dict[str, int]) -> int:
        total = 0
        for e in sums:
            first, last = (_bound(b, known) for b in e.args[:2])
            inner = {x for x in walk(e.args[2]) if x.op.name == "indexsum"}
            direct = inner - {y for x in inner for y in walk(x.args[2]) if y.op.name == "indexsum"}
            total += max(0, last - first + 1) * (1 + within(direct, {**known, e.params[0]: last}))
        return total

    everything = {e for e in walk(*roots) if e.op.name == "indexsum"}
    return within(everything - {y for e in everything for y in walk(e.args[2])}, sizes)


def _bound(e: Expr, sizes: dict[str, int]) -> int:
    """A bound of a sum; 0 where it is not known from the sizes alone."""
    try:
        return round(float(Evaluation({}, sizes)(e)))
    except (KeyError, ValueError, OverflowError, ZeroDivisionError):
        return 0


def draw_point(
    roots: Iterable[Expr],
    seed: int,
    *,
    moving: Collection[str] = (),
    also: Iterable[Expr] = (),
    smallest: int = 2,
    shrink: float = 1.0,
) -> Point:
    """A point at which all roots are defined, finite and of moderate size, with a direction for the `moving` symbols.

    `shrink` scales what has no declared size down, away from saturated functions.  `also`: expressions whose symbols
    and sizes must be drawn too.  Raises DomainError where no such point is found.
    """
    import numpy as np

    roots = list(roots)
    everything = [*roots, *also]
    symbols, names = symbols_of(*everything), sizes_of(*everything)
    least = least_size(everything)
    rejected: list[dict[str, int]] = []
    sizes: dict[str, int] = {}
    for attempt in range(_ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        try:
            # Later attempts also grow: X[5, 2] needs five rows.
            sizes = draw_sizes(names, rng, max(smallest, least) + attempt // 12)
            if attempt >= 12 and _largest(everything, sizes)[0] > _COMFORTABLE:
                sizes = draw_sizes(names, rng, max(smallest, least))
            _refuse_large(everything, sizes)
            scale = _SCALES[attempt % len(_SCALES)]
            with np.errstate(all="ignore"):
                values = {s.name: draw_value(s, sizes, rng, scale, shrink, attempt % 3 == 2) for s in symbols}
                direction = {s.name: draw_direction(s, values[s.name], rng) for s in symbols if s.name in moving}
                tangents = Tangents(values, sizes, direction)
                evaluation = Evaluation(values, sizes, tangent=tangents, strict=True)
                for root in roots:
                    if not np.all(np.isfinite(evaluation(root))) or np.max(np.abs(evaluation(root))) > 1e8:
                        raise OutOfDomain("not finite")
            return Point(sizes, values, evaluation, tangents, tuple(rejected))
        except (OutOfDomain, np.linalg.LinAlgError, ValueError, IndexError, ZeroDivisionError, OverflowError):
            rejected.append(sizes)
    raise DomainError(
        "no random values were found at which the function is defined",
        suggestion="declare what keeps it defined, such as `positive` or `spd`",
    )
