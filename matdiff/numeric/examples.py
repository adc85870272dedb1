"""Counterexamples a person can read: the smallest sizes and the smallest whole numbers that show a difference.

Here: whole-number values that respect declared properties, and the search among them.  Not here: how a difference is
judged (`agreement`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matdiff.core.expr import Expr
from matdiff.language.names import pretty
from matdiff.numeric.agreement import DEFINED, DIFFERENT, is_beyond, sight, value
from matdiff.numeric.evaluate import OutOfDomain
from matdiff.numeric.sample import sizes_of, symbols_of

_TRIES = 12
_LARGEST_SIZE = 4


@dataclass(frozen=True)
class Counterexample:
    """Values of the variables at which the two sides differ: `values` by name, `left`, `right`, and their `difference`.

    Arrays as users write them: vectors (n,), matrices (m, n), scalars floats.  A side that has no value there is None.
    """

    values: dict[str, Any]
    left: Any
    right: Any
    difference: Any

    @property
    def is_visible(self) -> bool:
        """Do the two sides themselves differ, as floating-point numbers?"""
        import numpy as np

        return self.left is None or self.right is None or bool(np.any(self.left != self.right))

    def __str__(self) -> str:
        rows = [(f"{pretty(n)} =", v) for n, v in self.values.items()]
        rows += [("left side =", self.left), ("right side =", self.right)]
        if self.left is not None and self.right is not None and _shown(self.left) == _shown(self.right):
            rows.append(("difference =", self.difference))
        width = max(len(label) for label, _ in rows)
        return "\n".join(f"{label:>{width}} " + _shown(v).replace("\n", "\n" + " " * (width + 1)) for label, v in rows)


def _shown(v: Any) -> str:
    import numpy as np

    if v is None:
        return "not defined"
    if not np.ndim(v):
        return f"{v:.10g}"
    with np.printoptions(precision=6, suppress=bool(np.max(np.abs(v)) > 1e-3)):
        return str(np.asarray(v))


def outside(e: Expr, array: Any) -> Any:
    import numpy as np

    if array is None:
        return None
    if e.is_scalar:
        return float(np.real(np.asarray(array).reshape(-1)[0]))
    array = np.real(np.asarray(array, dtype=float))
    return array.reshape(-1) if e.shape[1].is_one else array


def find(left: Expr, right: Expr, gap: Expr) -> Counterexample | None:
    """The first readable point at which both sides are defined and differ; `gap` is left - right.

    A difference that is lost beside the sides, 1e-20 x beside exp(x), shows where what they share has left the gap.
    """
    faint: Counterexample | None = None
    for values, sizes in candidates([left, right]):
        if sight(left, right, gap, values, sizes).status == DIFFERENT:
            found = example(left, right, gap, values, sizes)
            if found.is_visible:
                return found
            faint = faint or found
    return faint


def example(left: Expr, right: Expr, gap: Expr, values: dict[str, Any], sizes: dict[str, int]) -> Counterexample:
    """The record of one point."""
    import numpy as np

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sides = [value(e, values, sizes) for e in (left, right)]
        a, b = (outside(left, v) if status == DEFINED else None for v, status in sides)
        apart = None if a is None or b is None else outside(left, value(gap, values, sizes)[0])
    shown = {s.name: outside(s, values[s.name]) for s in symbols_of(left, right)}
    return Counterexample(shown, a, b, apart)


def candidates(roots: list[Expr]) -> Iterator[tuple[dict[str, Any], dict[str, int]]]:
    """Values of small whole numbers, smallest sizes first."""
    import numpy as np

    symbols, names = symbols_of(*roots), sizes_of(*roots)
    for total in range(1, _LARGEST_SIZE + 1):
        for sizes in _sizes(names, total):
            if is_beyond(roots, sizes):
                continue
            for attempt in range(_TRIES):
                rng = np.random.default_rng([total, attempt])
                try:
                    yield {s.name: _whole(s, sizes, rng, 2 + attempt // 4) for s in symbols}, sizes
                except OutOfDomain:
                    break
        if not names:
            return


def _sizes(names: list[str], top: int) -> Iterator[dict[str, int]]:
    """All sizes equal, then a larger one for each name in turn."""
    yield dict.fromkeys(names, top)
    if len(names) > 1:
        for name in names:
            yield {**dict.fromkeys(names, top), name: top + 1}


def _whole(symbol: Expr, sizes: dict[str, int], rng: Any, most: int) -> Any:
    """A value of small whole numbers (for orthogonal matrices, of fifths) with the declared properties."""

    kind, properties = symbol.params[1], symbol.params[2]
    rows, cols = (d.value(sizes) for d in symbol.shape)
    if min(rows, cols) < 1:
        raise OutOfDomain("a size below 1")
    if kind == "integer":
        return float(rng.integers(2, 4))
    low = 1 if "positive" in properties else -most
    a = rng.integers(low, most + 1, (rows, cols)).astype(float)
    if symbol.is_scalar:
        return float(a[0, 0]) or 1.0
    return _with(properties, a, rng)


def _with(properties: frozenset[str], a: Any, rng: Any) -> Any:
    import numpy as np

    rows, cols = a.shape
    if "orthogonal" in properties:
        return _fifths(rows, cols, rng)
    if properties & {"spd", "psd"}:
        if "diagonal" in properties:
            return np.diag(1.0 + np.abs(np.diag(a)))
        return a @ a.T + ("spd" in properties) * np.eye(rows)
    if "symmetric" in properties:
        a = np.tril(a) + np.tril(a, -1).T
    if "skew" in properties:
        a = np.tril(a, -1) - np.tril(a, -1).T
    if "lower" in properties:
        a = np.tril(a)
    if "upper" in properties:
        a = np.triu(a)
    return np.diag(np.diag(a)) if "diagonal" in properties else a


def _fifths(rows: int, cols: int, rng: Any) -> Any:
    """Columns of a product of plane rotations by (3/5, 4/5) and reflections."""
    import numpy as np

    if cols > rows:
        raise OutOfDomain("orthogonal needs at least as many rows as columns")
    q = np.diag(rng.choice([-1.0, 1.0], rows))
    for i in range(rows - 1):
        turn = np.eye(rows)
        turn[i : i + 2, i : i + 2] = [[0.6, -0.8], [0.8, 0.6]]
        q = turn @ q
    return q[:, :cols]
