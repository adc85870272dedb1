"""Which parts of the function get a name before it is differentiated.

A name stays opaque: the differential stops before it, and it is opened later, function first.  Named are the user's
own definitions, what a differential would repeat (the argument of an inverse, a determinant, a norm, a nonlinear
function), what is used twice, and what would nest too deeply.  Decided on the graph as written.  Not here: names a
printer gives afterwards (`show.letnames`).
"""

from __future__ import annotations

from matdiff.core.expr import Expr, remake, walk
from matdiff.operations.indexsums import sizes_in
from matdiff.tactics.differential import find
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.steps import Names

# A name is given before expressions nest deeper than this, which also bounds every recursion over a body.
_DEEP = 12
# Products repeat their factors in the product rule without needing names for them.
_MULTILINEAR = {"product", "hadamard", "kronecker", "frobenius", "khatrirao", "cross"}
_LETTERS = {
    "scalar": "beta gamma delta phi psi kappa omega zeta eta theta xi".split(),
    "vector": "z u v r q h s t p".split(),
    "matrix": "Z U V Y R Q H E F".split(),
}


def introduce(rw: Rewriter, root: Expr, names: Names) -> Expr:
    """The function with names put in; `names` receives them, in the order in which they will be opened."""
    marked = _marked(rw, root)
    new: dict[Expr, Expr] = {}
    for e in walk(root):
        new[e] = _renamed(rw, e, new, marked, names)
    out = new[root]
    # The function itself is what is opened first; a name for it would only be in the way.
    if out.op.name == "definition":
        names.order = [d for d in names.order if d is not out]
        out = out.body
    names.order.reverse()
    return out


def _renamed(rw: Rewriter, e: Expr, new: dict[Expr, Expr], marked: set[Expr], names: Names) -> Expr:
    if not rw.depends(e):
        return e
    args = tuple(new[a] for a in e.args)
    out = e if all(a is b for a, b in zip(args, e.args)) else remake(e, args)
    _keep_dependence(rw, e, out)
    if e.op.name == "definition":
        if out not in names.original:
            names.add(out, e)
        return out
    if e in marked and not _is_plain(out):
        return _named(rw, e, out, new, names)
    return out


def _keep_dependence(rw: Rewriter, e: Expr, out: Expr) -> None:
    for part in (out, out.T):
        rw.depends_memo.setdefault(part, rw.depends(e))


def _named(rw: Rewriter, e: Expr, out: Expr, new: dict[Expr, Expr], names: Names) -> Expr:
    """The name for e; its transpose, where that came first, shares it."""
    if e in names.named:
        return names.named[e]
    if e.T in names.named:
        return names.named[e.T].T
    if _transposes(out.T) < _transposes(out):
        # A x - b gets the name, not x'A' - b'.
        return _named(rw, e.T, out.T, new, names).T
    name = rw.space.define(fresh_name(out, names.taken), out)
    names.add(name, e)
    _keep_dependence(rw, e, name)
    return name


def _transposes(e: Expr) -> int:
    return sum(1 for part in walk(e, into_definitions=False) if part.op.name == "transpose")


def fresh_name(e: Expr, taken: set[str]) -> str:
    """A name of the field's convention that is not in use, numbered once the letters run out."""
    kind = "scalar" if e.is_scalar else "vector" if e.is_vector else "matrix"
    letters = _LETTERS[kind]
    name = next((x for x in letters if x not in taken), None)
    if name is None:
        stem, number = letters[0], 1
        while f"{stem}_{number}" in taken:
            number += 1
        name = f"{stem}_{number}"
    taken.add(name)
    return name


def _is_plain(e: Expr) -> bool:
    """A variable or a name, perhaps transposed: nothing is gained by another name."""
    if e.op.name == "transpose":
        e = e.args[0]
    return e.op.name in ("symbol", "definition")


def _marked(rw: Rewriter, root: Expr) -> set[Expr]:
    marked: set[Expr] = set()
    uses = _Uses()
    depth: dict[Expr, int] = {}
    indices = {e.params[0] for e in walk(root) if e.op.name == "indexsum"}
    for e in walk(root):
        if not rw.depends(e):
            continue
        if indices and not indices.isdisjoint(sizes_in(e)):
            # A name means one thing; what depends on an index of a sum means another for each term.
            depth[e] = 0
            continue
        if _is_plain(e):
            depth[e] = 0
            continue
        marked |= _repeated_by_differential(rw, e)
        uses.add(e, [a for a in e.args if rw.depends(a) and not _is_plain(a)])
        inner = [0 if a in marked else depth.get(a, 0) for a in e.args]
        depth[e] = 1 + max(inner, default=0)
        if depth[e] >= _DEEP:
            marked.add(e)
    for e in uses.repeated():
        marked |= {e, e.T}
    return marked


class _Uses:
    """How often each part is used; a part and its transpose are one, as user and as used."""

    def __init__(self) -> None:
        self._first: dict[Expr, Expr] = {}
        self._users: dict[Expr, dict[Expr, int]] = {}

    def _one(self, e: Expr) -> Expr:
        found = self._first.get(e)
        if found is None:
            found = self._first[e] = self._first.setdefault(e.T, e)
        return found

    def add(self, user: Expr, parts: list[Expr]) -> None:
        for part in parts:
            times = sum(1 for p in parts if self._one(p) is self._one(part))
            self._users.setdefault(self._one(part), {})[self._one(user)] = times

    def repeated(self) -> list[Expr]:
        return [e for e, users in self._users.items() if sum(users.values()) >= 2]


def _repeated_by_differential(rw: Rewriter, e: Expr) -> set[Expr]:
    """The parts of e that its differential writes out again beside their own d."""
    if e.op.name in _MULTILINEAR or e.op.name == "definition":
        return set()
    found = find(rw, e)
    if found is None:
        return set()
    rule, bindings = found
    parts = {b.holes[name] for b in bindings for name in rule.repeated if name in b.holes}
    return {p for p in parts if rw.depends(p) and not _is_plain(p)}
