"""The "read as" line: the function with full parentheses, and what every name was taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.dimensions import Dim
from matdiff.language.names import pretty
from matdiff.language.reader import Typed
from matdiff.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from matdiff.language.kinds import Inference
    from matdiff.language.problem import Problem

_INFIX = {"sum": " + ", "product": " ", "frobenius": " : ", "hadamard": " ⊙ ", "kronecker": " ⊗ "}


def read_as(problem: Problem, function: Typed, inference: Inference) -> str:
    """One text: the function, then the names, then what was inferred and assumed."""
    parts = [f"{problem.function_name} = {full(function, inference.solver.resolve)}"]
    parts += [name_text(e) for e in problem.variables.values()]
    declared = {e.name for e in inference.variables if e.declared}
    inferred = [
        pretty(n) for n in problem.variables if n not in declared and n in {e.name for e in inference.variables}
    ]
    if inferred:
        parts.append(f"inferred: {', '.join(inferred)}")
    for name, words in problem.asserted.items():
        problem.assumptions.append(f"{pretty(name)} is {', '.join(sorted(words))}")
    if problem.assumptions:
        parts.append("assumed: " + ", ".join(problem.assumptions))
    return "; ".join(parts)


def name_text(e) -> str:
    """`A : matrix(m, n), invertible`."""
    name, kind, properties = e.params[:3]
    rows, cols = e.shape
    sizes = {"vector": f"({rows})", "matrix": f"({rows}, {cols})"}.get(kind, "")
    return ", ".join([f"{pretty(name)} : {kind}{sizes}", *sorted(properties)])


def full(root: Typed, resolve) -> str:
    """The typed tree as text with parentheses around every operation inside another."""
    done: list[tuple[str, bool]] = []  # text, and whether it needs parentheses inside another operation
    stack: list[tuple[Typed, bool]] = [(root, False)]
    while stack:
        t, ready = stack.pop()
        if not ready and t.args:
            stack.append((t, True))
            stack.extend((a, False) for a in reversed(t.args))
            continue
        n = len(t.args)
        args = done[len(done) - n :] if n else []
        del done[len(done) - n :]
        done.append(_shown(t, args, resolve))
    return done[0][0]


def _inside(arg: tuple[str, bool]) -> str:
    return f"({arg[0]})" if arg[1] else arg[0]


def _shown(t: Typed, args: list[tuple[str, bool]], resolve) -> tuple[str, bool]:
    op = t.op
    if op == "group":
        return args[0]
    if op == "name":
        return pretty(t.params[0]), False
    if op == "number":
        return (t.params[1] if len(t.params) > 1 else str(t.params[0])), False
    if op in ("dimension", "constant"):
        return str(t.params[0]), False
    if op == "identity":
        size = str(resolve(t.params[0]))
        return (f"I_{size}" if size.isalnum() else f"eye({size})"), False
    if op == "product" and t.args[0].op == "number" and t.args[0].params == (-1,) and len(args) == 2:
        return f"-{_inside(args[1])}", True
    if op in _INFIX:
        text = _INFIX[op].join(map(_inside, args))
        return text.replace(" + -", " - ") if op == "sum" else text, len(args) > 1
    if op == "transpose":
        return f"{_inside(args[0])}'", False
    if op == "inverse":
        return f"{_inside(args[0])}^-1", False
    if op == "matrix_power":
        return f"{_inside(args[0])}^{t.params[0]}", False
    if op == "power":
        scalar = all(a.shape[0].is_one and a.shape[1].is_one for a in t.args)
        return f"{_inside(args[0])}{'^' if scalar else '.^'}{_inside(args[1])}", True
    record = OPERATIONS[op]
    words = iter(a[0] for a in args)
    if record.variadic:
        return f"{record.text or op}({', '.join(words)})", False
    params = iter(str(resolve(p)) if isinstance(p, Dim) else str(p) for p in t.params)
    slots = [next(words) if s.kind == "expr" else next(params) for s in record.signature]
    return f"{record.text or op}({', '.join(slots)})", False
