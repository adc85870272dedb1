"""What is measured: corpus problems that matdiff, SymPy and tensorgrad can all express, and two families that grow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"

# Scalar functions of vectors and matrices without declared structure, from traces to likelihoods and networks.
SHARED = """
mc-036-trace-of-rule mc-043-log-det mc-049-det mc-055-logdet-gram mc-061-bilinear-inverse mc-072-quadratic-in-a
mc-081-quadratic-form mc-082-bxdxc mc-087-wls-x mc-088-wls-a mc-092-axntxnb mc-095-rayleigh mc-097-quadratic-plus-linear
mc-101-tr-axb mc-108-tr-xtbx mc-114-tr-axbx mc-117-tr-xtbxc mc-119-tr-residual mc-121-tr-power mc-123-tr-quartic
mc-125-tr-gram-inverse mc-126-tr-fisher-ratio mc-129-norm mn-det-xtx mn-log-quadratic mn-af-general wiki-sm-uv
norm-frobenius-of-axb ew-matrix-sum poisson-gradient backprop-w1 backprop-w2 logistic-margin hd-masked-factorisation
hadamard-gram-fit ml-factor-analysis seed0-log-quadratic-inv-kronecker seed2-trace-kronecker-A
""".split()


def records() -> dict[str, dict[str, Any]]:
    """The corpus by id, first-order records."""
    lines = [line for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
    found = {record["id"]: record for record in map(json.loads, lines)}
    return {name: record for name, record in found.items() if record.get("order", 1) == 1}


def text(record: dict[str, Any]) -> str:
    """The problem text of a record."""
    lines = [f"{name} : {declaration}" for name, declaration in record["vars"].items()]
    lines += [f"{name} = {expression}" for name, expression in (record.get("let") or {}).items()]
    return "\n".join([*lines, record["expr"]])


def network(k: int) -> str:
    """sum(tanh(W_k tanh(... W_1 x))) with weights of their own; in W_1."""
    names = ", ".join(f"W_{i}" for i in range(1, k + 1))
    inside = "".join(f"tanh(W_{i} " for i in range(k, 0, -1)) + "x" + ")" * k
    return f"{names} : matrix(n, n); x : vector(n)\nsum({inside})"


def chain(k: int) -> str:
    """tr(A_1 X A_2 X ... A_k X); in X."""
    names = ", ".join(f"A_{i}" for i in range(1, k + 1))
    return f"{names}, X : matrix(n, n)\ntr({' '.join(f'A_{i} X' for i in range(1, k + 1))})"
