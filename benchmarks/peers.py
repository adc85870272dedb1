"""SymPy and tensorgrad on problems given as plain data.  Runs in an environment of its own; prints JSON.

    python peers.py sympy|tensorgrad problems.json

A problem: its nodes (see exchange.py), the variable, sizes, values and the right derivative.  Reported for each: the
time to build and differentiate (best of three, caches cleared), and whether the result evaluates to the right one.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
import time
import warnings
from fractions import Fraction
from typing import Any

import numpy as np

SECONDS = 60


class Slow(Exception):
    pass


def alarm(*_: Any) -> None:
    raise Slow


# ---------------------------------------------------------------- SymPy


class SymPy:
    """Matrix expressions with symbolic sizes.

    A 1x1 product can be written in three ways, as a trace, as a 1x1 matrix or as an entry of one; SymPy's derivatives
    depend on it, so all are tried and the first that is right counts.
    """

    ways = ("trace", "matrix", "entry")

    def __init__(self) -> None:
        import sympy

        self.sp = sympy
        self.functions = {"exp": sympy.exp, "log": sympy.log, "tanh": sympy.tanh}

    def clear(self) -> None:
        self.sp.core.cache.clear_cache()

    def size(self, text: str) -> Any:
        names = {n: self.sp.Symbol(n, integer=True, positive=True) for n in text.replace("*", " ").split()}
        return self.sp.sympify(text, locals=names)

    def build(self, nodes: list[dict[str, Any]], wrt: str) -> tuple[Any, Any]:
        values: list[Any] = []
        variable = None
        for node in nodes:
            values.append(self.node(node, [values[k] for k in node["args"]]))
            if node["op"] == "symbol" and node["params"][0] == wrt:
                variable = values[-1]
        return values[-1], variable

    def node(self, node: dict[str, Any], args: list[Any]) -> Any:
        sp, op = self.sp, node["op"]
        rows, cols = map(self.size, node["shape"])
        scalar = rows == cols == 1
        if op == "symbol":
            return sp.Symbol(node["params"][0]) if scalar else sp.MatrixSymbol(node["params"][0], rows, cols)
        if op == "number":
            return sp.Rational(node["params"][0])
        if op == "dimension":
            return rows
        if op == "identity":
            return sp.Identity(rows)
        if op == "ones":
            return sp.OneMatrix(rows, cols)
        if op == "sum":
            if scalar and not all(getattr(a, "is_Matrix", False) for a in args):
                return sp.Add(*map(self.number, args))
            return sp.MatAdd(*args)
        if op == "product":
            c = sp.Rational(node["params"][0])
            numbers = [self.number(a) for a in args if not getattr(a, "is_Matrix", False) or a.shape == (1, 1)]
            matrices = [a for a in args if getattr(a, "is_Matrix", False) and a.shape != (1, 1)]
            if not matrices:
                return sp.Mul(c, *numbers)
            if scalar and self.way == "matrix":
                return sp.MatMul(c, *numbers, *matrices)
            if scalar:
                return sp.Mul(c, *numbers, self.number(sp.MatMul(*matrices)))
            return sp.MatMul(c, *numbers, *matrices)
        if op == "transpose":
            return sp.Transpose(args[0])
        if op == "inverse":
            return 1 / self.number(args[0]) if scalar else sp.Inverse(args[0])
        if op == "trace":
            return sp.Trace(args[0])
        if op == "det":
            return sp.Determinant(args[0])
        if op == "logdet":
            return sp.log(sp.Determinant(args[0]))
        if op == "frobenius":
            return sp.Trace(sp.MatMul(sp.Transpose(args[0]), args[1]))
        if op == "entrysum":
            m, n = args[0].shape
            return sp.Trace(sp.MatMul(sp.OneMatrix(1, m), args[0], sp.OneMatrix(n, 1)))
        if op == "normF":
            return sp.sqrt(sp.Trace(sp.MatMul(sp.Transpose(args[0]), args[0])))
        if op == "hadamard":
            return sp.HadamardProduct(*args)
        if op == "kronecker":
            return sp.KroneckerProduct(*args)
        if op == "power":
            return self.number(args[0]) ** args[1] if scalar else sp.HadamardPower(args[0], args[1])
        f = self.functions[op]
        return f(self.number(args[0])) if scalar else args[0].applyfunc(f)

    def number(self, e: Any) -> Any:
        """A 1x1 matrix as a number."""
        if not getattr(e, "is_Matrix", False):
            return e
        return e[0, 0] if self.way == "entry" else self.sp.Trace(e)

    def derive(self, nodes: list[dict[str, Any]], wrt: str) -> Any:
        f, x = self.build(nodes, wrt)
        return f.diff(x)

    def value(self, result: Any, problem: dict[str, Any]) -> np.ndarray:
        sp = self.sp
        sizes = {sp.Symbol(n, integer=True, positive=True): k for n, k in problem["sizes"].items()}
        values = {}
        for symbol in result.atoms(sp.MatrixSymbol):
            array = np.array(problem["values"][symbol.name])
            values[symbol] = sp.ImmutableDenseMatrix(array.reshape(len(array), -1))
        for name, v in problem["values"].items():
            if np.ndim(v) == 0:
                values[sp.Symbol(name)] = v
        put = result.xreplace(values).subs(sizes).doit()
        explicit = put.as_explicit() if hasattr(put, "as_explicit") else put
        return np.vectorize(float)(np.array(explicit.tolist() if hasattr(explicit, "tolist") else explicit))


# ---------------------------------------------------------------- tensorgrad


class Tensorgrad:
    """Tensors with edges r (rows) and c (columns); an edge of size 1 is none."""

    ways = ("tensor",)

    def __init__(self) -> None:
        import sympy
        import tensorgrad
        import tensorgrad.functions as functions
        from tensorgrad.extras.evaluate import evaluate
        from tensorgrad.tensor import Delta, Ones, Product, Variable

        self.sp, self.tg, self.F, self.run = sympy, tensorgrad, functions, evaluate
        self.Delta, self.Ones, self.Product, self.Variable = Delta, Ones, Product, Variable
        self.fresh = itertools.count()

    def clear(self) -> None:
        self.sp.core.cache.clear_cache()

    def size(self, text: str) -> Any:
        return self.sp.Symbol(text.replace("*", "_"))

    def shape(self, node: dict[str, Any]) -> dict[str, Any]:
        return {edge: self.size(d) for edge, d in zip("rc", node["shape"]) if d != "1"}

    def build(self, nodes: list[dict[str, Any]], wrt: str) -> tuple[Any, Any]:
        values: list[Any] = []
        self.symbols: dict[str, Any] = {}
        for node in nodes:
            values.append(self.node(node, [values[k] for k in node["args"]], nodes))
        return values[-1], self.symbols[wrt]

    def matmul(self, a: Any, b: Any) -> Any:
        if not a.edges or not b.edges:
            return a * b
        if "c" not in a.edges or "r" not in b.edges:
            return self.Product([a, b]) if not set(a.edges) & set(b.edges) else a * b
        k = f"k{next(self.fresh)}"
        return self.Product([a.rename(c=k), b.rename(r=k)])

    def node(self, node: dict[str, Any], args: list[Any], nodes: list[dict[str, Any]]) -> Any:
        F, op = self.F, node["op"]
        shape = self.shape(node)
        if op == "symbol":
            name = node["params"][0]
            self.symbols[name] = self.Variable(name, **shape)
            return self.symbols[name]
        if op == "number":
            return self.Ones() * Fraction(node["params"][0])
        if op == "identity":
            return self.Delta(shape["r"], "r", "c")
        if op == "ones":
            return self.Ones(**shape)
        if op == "sum":
            out = args[0]
            for a in args[1:]:
                out = out + a
            return out
        if op == "product":
            out = args[0]
            for a in args[1:]:
                out = self.matmul(out, a)
            return out * Fraction(node["params"][0])
        if op == "transpose":
            a = args[0]
            if len(a.edges) == 1:
                (edge,) = a.edges
                return a.rename(**{edge: "c" if edge == "r" else "r"})
            return a.rename(r="c", c="r")
        if op == "inverse":
            # The inverse over two named edges is that of the transpose: r of the one meets c of the other.
            return F.inverse(args[0]).rename(r="c", c="r") if args[0].edges else F.pow(args[0], -1)
        if op == "trace":
            return F.trace(args[0])
        if op == "det":
            return F.det(args[0])
        if op == "logdet":
            return F.log(F.det(args[0]))
        if op == "frobenius":
            return self.Product([args[0], args[1]])
        if op == "entrysum":
            return F.sum(args[0])
        if op == "normF":
            return F.sqrt(F.frobenius2(args[0]))
        if op == "hadamard":
            out = args[0]
            for a in args[1:]:
                out = out * a
            return out
        if op == "power":
            exponent = nodes[node["args"][1]]
            if exponent["op"] != "number":
                raise NotImplementedError("a power that is no number")
            return F.pow(args[0], Fraction(exponent["params"][0]))
        if op == "kronecker":
            return self.kronecker(node, args, nodes)
        return getattr(F, op)(args[0])

    def kronecker(self, node: dict[str, Any], args: list[Any], nodes: list[dict[str, Any]]) -> Any:
        a, b = args
        parts = []
        for edge in "rc":
            if edge in self.shape(node):
                sizes = {f"{edge}a": a.shape.get(edge), f"{edge}b": b.shape.get(edge), edge: self.shape(node)[edge]}
                parts.append(self.F.Reshape(**{k: v for k, v in sizes.items() if v is not None}))
        return self.Product(
            [a.rename(**{e: f"{e}a" for e in a.edges}), b.rename(**{e: f"{e}b" for e in b.edges}), *parts]
        )

    def derive(self, nodes: list[dict[str, Any]], wrt: str) -> Any:
        f, x = self.build(nodes, wrt)
        return f.grad(x, {edge: f"d{edge}" for edge in x.edges}).full_simplify()

    def value(self, result: Any, problem: dict[str, Any]) -> np.ndarray:
        import torch

        torch.set_default_dtype(torch.float64)
        values = {}
        sizes = {self.sp.Symbol(n): k for n, k in problem["sizes"].items()}
        for node in problem["nodes"]:
            a, b = node["shape"]
            for d in (a, b):
                if "*" in d:
                    sizes[self.size(d)] = int(np.prod([problem["sizes"][n] for n in d.split("*")]))
        for name, symbol in self.symbols.items():
            array = torch.tensor(np.array(problem["values"][name])).reshape([sizes[d] for d in symbol.shape.values()])
            values[symbol] = array.refine_names(*symbol.edges) if symbol.edges else array
        out = self.run(result, values, sizes)
        names = [e for e in ("dr", "dc") if e in result.edges]
        return (out.align_to(*names) if names else out).rename(None).numpy()


# ---------------------------------------------------------------- judging


def judge(peer: Any, problem: dict[str, Any]) -> dict[str, Any]:
    """The first way of writing the problem in which the peer is right, else the first of all."""
    found = []
    for way in peer.ways:
        peer.way = way
        found.append(judge_one(peer, problem))
        if found[-1]["outcome"] in ("right", "answered"):
            return found[-1]
    return found[0]


def judge_one(peer: Any, problem: dict[str, Any]) -> dict[str, Any]:
    times: list[float] = []
    signal.alarm(SECONDS)
    try:
        for _ in range(3):
            peer.clear()
            began = time.perf_counter()
            result = peer.derive(problem["nodes"], problem["wrt"])
            times.append(time.perf_counter() - began)
            if times[-1] > 5:
                break
        if problem.get("answer") is None:
            return {"outcome": "answered", "seconds": min(times)}
        got = np.asarray(peer.value(result, problem), float)
        wanted = np.array(problem["answer"])
        fits = got.size == wanted.size
        right = fits and np.max(np.abs(got.reshape(wanted.shape) - wanted)) <= 1e-6 * max(1e-3, np.max(np.abs(wanted)))
        return {"outcome": "right" if right else "wrong", "seconds": min(times)}
    except Slow:
        return {"outcome": "slow", "detail": f"over {SECONDS} s"}
    except Exception as error:
        detail = f"{type(error).__name__}: {str(error)[:80]}"
        return {"outcome": "failing", "detail": detail, "seconds": min(times, default=None)}
    finally:
        signal.alarm(0)


def main() -> None:
    warnings.filterwarnings("ignore")
    signal.signal(signal.SIGALRM, alarm)
    peer = {"sympy": SymPy, "tensorgrad": Tensorgrad}[sys.argv[1]]()
    with open(sys.argv[2], encoding="utf-8") as file:
        problems = json.load(file)
    out = {}
    for problem in problems:
        out[problem["name"]] = judge(peer, problem)
        print(problem["name"], out[problem["name"]], file=sys.stderr, flush=True)
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
