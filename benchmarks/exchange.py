"""An expression as plain data, for programs that do not have matdiff: nodes in order, arguments by number."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, walk


def exchanged(e: Expr) -> list[dict[str, Any]]:
    """Definitions are looked through; transposes and sharing stay."""
    numbers: dict[Expr, int] = {}
    out: list[dict[str, Any]] = []
    for part in walk(e):
        if part.op.name == "definition":
            numbers[part] = numbers[part.args[0]]
            continue
        numbers[part] = len(out)
        out.append(
            {
                "op": part.op.name,
                "args": [numbers[a] for a in part.args],
                "params": [str(p) for p in part.params[:1]] if part.op.name in ("symbol", "number", "product") else [],
                "shape": [str(d) for d in part.shape],
            }
        )
    return out
