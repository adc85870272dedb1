"""The "read as" line: the function with full parentheses, and what every name was taken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from matdiff.core.expr import Expr
from matdiff.core.facts import as_declared
from matdiff.dimensions import ONE, Dim
from matdiff.language.names import pretty, pretty_words
from matdiff.language.reader import Typed
from matdiff.language.write import text
from matdiff.operations.registry import OPERATIONS
from matdiff.operations.user_functions import Function

if TYPE_CHECKING:
    from matdiff.language.kinds import Inference
    from matdiff.language.problem import Problem

_INFIX = {"frobenius": " : ", "hadamard": " ⊙ ", "kronecker": " ⊗ "}
Resolve = Callable[[Dim], Dim]


class Part(NamedTuple):
    """Text; whether it needs parentheses inside another operation; what it divides or subtracts, if it does that."""

    text: str
    compound: bool = False
    below: str = ""
    negated: str = ""

    @property
    def inside(self) -> str:
        return f"({self.text})" if self.compound else self.text


def read_as(problem: Problem, function: Typed, inference: Inference) -> str:
    """One text: the function, then the names, then what was inferred and assumed."""
    parts = [f"{problem.function_name} = {full(function, inference.solver.resolve)}"]
    parts += [_function_text(f) for f in problem.space.functions.values()]
    parts += [name_text(e) for e in problem.variables.values()]
    inferred = [pretty(e.name) for e in inference.variables if not e.declared]
    if inferred:
        parts.append(f"inferred: {', '.join(inferred)}")
    if problem.assumptions:
        parts.append("assumed: " + ", ".join(problem.assumptions))
    return "; ".join(parts)


def _function_text(function: Function) -> str:
    """`g : function`, or what g is."""
    if not function.is_known or function.argument is None:
        return f"{pretty(function.name)} : function"
    return f"{pretty(function.name)}({pretty(function.argument.name)}) = {text(function.body(0))}"


def name_text(e: Expr) -> str:
    """`A : matrix(m, n), invertible`."""
    name, kind, properties = e.params[:3]
    rows, cols = e.shape
    sizes = {"vector": f"({rows})", "matrix": f"({rows}, {cols})"}.get(kind, "")
    return ", ".join([f"{pretty(name)} : {kind}{pretty_words(sizes)}", *as_declared(properties)])


def full(root: Typed, resolve: Resolve) -> str:
    """The typed tree as text with parentheses around every operation inside another."""
    done: list[Part] = []
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
        done.append(_leaf(t, resolve) if not n else _shown(t, args, resolve))
    return done[0].text


def _leaf(t: Typed, resolve: Resolve) -> Part:
    if t.op == "name":
        return Part(pretty(t.params[0]))
    if t.op == "number":
        return Part(t.params[1] if len(t.params) > 1 else str(t.params[0]))
    if t.op == "constant":
        return Part("π" if t.params[0] == "pi" else t.params[0])
    if t.op == "dimension":
        return Part(pretty_words(str(t.params[0])))
    if t.op == "identity":
        size = str(resolve(t.params[0]))
        return Part(f"I_{pretty(size)}" if size.isalnum() else f"eye({size})")
    return _call(t, [], resolve)


def _shown(t: Typed, args: list[Part], resolve: Resolve) -> Part:
    first = args[0]
    if t.op == "group":
        return first
    if t.op == "sum":
        return Part(_sum(args), True)
    if t.op == "product":
        return _product(t, args)
    if t.op in _INFIX:
        return Part(_INFIX[t.op].join(a.inside for a in args), True)
    if t.op == "transpose":
        return Part(first.inside + "'")
    if t.op == "inverse":
        return Part(first.inside + "^-1", below=first.inside if _is_scalar(t, resolve) else "")
    if t.op == "matrix_power":
        return Part(f"{first.inside}^{t.params[0]}", True)
    if t.op == "applied":
        name, k = t.params
        return Part(f"{pretty(name)}{chr(39) * k}({first.text})")
    if t.op == "kth_power":
        return Part(f"{first.inside}^{args[1].inside}", True)
    if t.op == "power":
        sign = "^" if all(_is_scalar(a, resolve) for a in t.args) else ".^"
        return Part(f"{first.inside}{sign}{args[1].inside}", True)
    if t.op == "slice":
        return Part(f"{first.inside}[{', '.join(_indices(t, resolve))}]")
    if t.op == "indexsum":
        return Part(f"sum({', '.join([pretty(t.params[0]), *(a.text for a in args)])})")
    return _call(t, args, resolve)


def _is_scalar(t: Typed, resolve: Resolve) -> bool:
    return resolve(t.shape[0]).is_one and resolve(t.shape[1]).is_one


def _sum(args: list[Part]) -> str:
    out = args[0].inside
    for a in args[1:]:
        out += f" - {a.negated}" if a.negated else f" + {a.inside}"
    return out


def _product(t: Typed, args: list[Part]) -> Part:
    if len(args) == 2 and t.args[0].op == "number" and t.args[0].params == (-1,):
        return Part(f"-{args[1].inside}", True, negated=args[1].inside)
    out = args[0].inside
    for a in args[1:]:
        out += f" / {a.below}" if a.below else f" {a.inside}"
    return Part(out, True)


def _indices(t: Typed, resolve: Resolve) -> list[str]:
    first, last, left, right = (resolve(p) for p in t.params)
    base = t.args[0].shape
    out = []
    for low, high, size in ((first, last, resolve(base[0])), (left, right, resolve(base[1]))):
        whole = low == ONE and high == size and low != high
        out.append(":" if whole else str(low) if low == high else f"{low}:{high}")
    return out[:1] if resolve(base[1]).is_one else out


def _call(t: Typed, args: list[Part], resolve: Resolve) -> Part:
    record = OPERATIONS[t.op]
    words = iter(a.text for a in args)
    name = record.text or t.op
    if record.variadic:
        return Part(f"{name}({', '.join(words)})")
    params = iter(resolve(p) if isinstance(p, Dim) else p for p in t.params)
    slots = [(s, next(words) if s.kind == "expr" else next(params)) for s in record.signature]
    while slots and slots[-1][0].default is not None and slots[-1][0].default == slots[-1][1]:
        slots.pop()
    return Part(f"{name}({', '.join(pretty_words(str(v)) if isinstance(v, Dim) else str(v) for _, v in slots)})")
