"""The judge of the corpus: differences of a record's own NumPy function, at random values of the declared kind.

Nothing here knows matdiff: declarations are read anew, values are drawn anew, derivatives are sixth-order central
differences at two step sizes (a sample at which the two disagree, near a kink say, is drawn again).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy as sp
import scipy.linalg as la
import scipy.special

# f'(x) = sum c (f(x + k h) - f(x - k h)) / h, exact for polynomials of degree 6.
_STENCIL = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))


class NoSample(Exception):
    """No values were found at which the differences can be trusted."""


@dataclass(frozen=True)
class Declared:
    """One declaration of a record with its sizes put in."""

    kind: str
    shape: tuple[int, ...]
    properties: frozenset[str]


def declared(text: str, sizes: dict[str, int]) -> Declared:
    head = re.match(r"(scalar|integer|vector|matrix)(?:\(([^)]*)\))?", text)
    assert head is not None, text
    dims = [int(eval(d, {"__builtins__": {}}, dict(sizes))) for d in (head[2] or "").split(",") if d.strip()]
    shape = {"scalar": (), "integer": (), "vector": tuple(dims), "matrix": (*dims, dims[-1] if dims else 0)[:2]}
    return Declared(head[1], shape[head[1]], frozenset(re.findall(r"\w+", text[head.end() :])))


def _orthonormal(n: int, rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def value(d: Declared, rng: np.random.Generator, scale: float) -> Any:
    """A random value with the declared properties."""
    has = d.properties.__contains__
    if d.kind == "integer":
        return int(rng.integers(2, 5))
    if d.kind == "scalar":
        sign = 1.0 if has("positive") else scale * rng.choice([-1, 1])
        return float(sign * rng.uniform(0.5, 1.5))
    if has("positive") and not d.properties & {"spd", "diagonal", "symmetric"}:
        return rng.uniform(0.4, 2.0, d.shape)
    if d.kind == "vector":
        return scale * rng.standard_normal(d.shape)
    n = d.shape[0]
    signs = rng.choice([-1.0, 1.0], n)
    spread = rng.uniform(0.6, 2.2, n)
    if has("orthogonal"):
        return _orthonormal(n, rng)
    if has("diagonal"):
        return np.diag(spread if has("positive") else spread * signs)
    if d.properties & {"spd", "psd", "symmetric"}:
        q = _orthonormal(n, rng)
        a = (q * (spread if d.properties & {"spd", "psd"} else spread * signs)) @ q.T
        return np.abs(a) + 0.1 if has("positive") else (a + a.T) / 2
    if has("skew"):
        a = rng.standard_normal((n, n))
        return (a - a.T) / 2
    if d.properties & {"lower", "upper"}:
        a = 0.7 * scale * rng.standard_normal((n, n)) + np.diag(spread * signs)
        return np.tril(a) if has("lower") else np.triu(a)
    if has("invertible"):
        return (_orthonormal(n, rng) * spread) @ _orthonormal(n, rng)
    return scale * rng.standard_normal(d.shape)


def directions(d: Declared) -> list[Any]:
    """An orthonormal basis of the directions in which a value may move."""
    if d.kind == "scalar":
        return [1.0]
    basis = list(np.eye(math.prod(d.shape)).reshape(-1, *d.shape))
    if d.kind == "vector":
        return basis
    cells = [(i, j) for j in range(d.shape[1]) for i in range(d.shape[0])]
    unit = {(i, j): basis[i * d.shape[1] + j] for i, j in cells}
    if "diagonal" in d.properties:
        return [unit[i, j] for i, j in cells if i == j]
    if d.properties & {"symmetric", "spd", "psd"}:
        return [unit[i, j] if i == j else (unit[i, j] + unit[j, i]) / math.sqrt(2) for i, j in cells if i >= j]
    if "skew" in d.properties:
        return [(unit[i, j] - unit[j, i]) / math.sqrt(2) for i, j in cells if i > j]
    if "lower" in d.properties:
        return [unit[i, j] for i, j in cells if i >= j]
    if "upper" in d.properties:
        return [unit[i, j] for i, j in cells if i <= j]
    return [unit[i, j] for i, j in cells]


def _vec(a: Any) -> np.ndarray:
    return np.asarray(a, float).reshape(-1, order="F")


class Truth:
    """The function of a record and its first derivative by differences."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.sizes = record["dims"]
        self.wrt = record["wrt"]
        self.declared = {name: declared(text, self.sizes) for name, text in record["vars"].items()}
        self._code = compile(record["py_f"], record["id"], "eval")

    def function(self, values: dict[str, Any]) -> np.ndarray:
        out = np.asarray(eval(self._code, {"np": np, "sp": sp, "la": la, **self.sizes, **values}))
        if np.iscomplexobj(out):
            if np.abs(out.imag).max() > 1e-9:
                raise FloatingPointError("complex")
            out = out.real
        out = out.astype(float)
        if not np.all(np.isfinite(out)):
            raise FloatingPointError("not finite")
        return out

    def _differences(self, values: dict[str, Any], h: float) -> list[np.ndarray]:
        x = values[self.wrt]

        def at(step: Any) -> np.ndarray:
            return self.function({**values, self.wrt: x + step})

        return [
            sum(c * (at(k * h * e) - at(-k * h * e)) for k, c in _STENCIL) / h
            for e in directions(self.declared[self.wrt])
        ]

    def derivative(self, values: dict[str, Any], h: float) -> np.ndarray:
        """The gradient of a scalar function, in the variable's shape; else the Jacobian of vec f."""
        parts = self._differences(values, h)
        basis = directions(self.declared[self.wrt])
        if np.ndim(parts[0]) == 0:
            return np.asarray(sum(p * np.asarray(e) for p, e in zip(parts, basis)), float)
        return np.asarray(sum(np.outer(_vec(p), _vec(e)) for p, e in zip(parts, basis)), float)

    def hessian(self, values: dict[str, Any], h: float) -> np.ndarray:
        """Differences of the gradient; in vec f the order of rows and columns is that of vec X."""
        x = values[self.wrt]

        def gradient(step: Any) -> np.ndarray:
            return _vec(self.derivative({**values, self.wrt: x + step}, h / 4))

        total = 0.0
        for e in directions(self.declared[self.wrt]):
            slope = sum(c * (gradient(k * h * e) - gradient(-k * h * e)) for k, c in _STENCIL) / h
            total = total + np.outer(slope, _vec(e))
        return np.asarray(total)

    def sample(self, seed: int, order: int = 1) -> tuple[dict[str, Any], np.ndarray]:
        """Values and the derivative there."""
        find, tolerance = (self.derivative, 3e-8) if order == 1 else (self.hessian, 1e-6)
        steps = (1.5e-3, 6e-3) if order == 1 else (8e-3, 1.6e-2)
        last: object = None
        for attempt in range(60):
            rng = np.random.default_rng([seed, attempt])
            scale = (0.9, 0.9, 0.6, 0.35)[attempt % 4]
            values = {name: value(d, rng, scale) for name, d in sorted(self.declared.items())}
            try:
                with np.errstate(all="ignore"):
                    fine, coarse = (find(values, h) for h in steps)
                size = float(np.max(np.abs(fine), initial=0))
                sure = np.max(np.abs(fine - coarse)) < tolerance * max(1.0, size)
                if sure and size < 1e5 and (size > 1e-3 or attempt > 12):
                    return values, fine
                last = "the two steps disagree"
            except (FloatingPointError, np.linalg.LinAlgError) as error:
                last = error
        raise NoSample(str(last))
