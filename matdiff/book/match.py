"""Matching a pattern of the book against an expression.

Here: `match`, which yields every binding of the holes in a fixed order.  Not here: hypotheses and guards beyond what
the search itself needs (which hole may hold what moves), which `tactics.rewrite` tests.

Flat operations are matched by runs of neighbours (products, Kronecker products, blocks) or by choice (sums, Hadamard
products); nothing else is permuted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, Space
from matdiff.dimensions import Dim, Shape
from matdiff.operations.algebra import multiply, neighbours
from matdiff.operations.factors import factors

_ORDERED = {"kronecker", "hcat", "vcat", "blkdiag"}
_UNORDERED = {"sum", "hadamard"}


@dataclass
class Binding:
    """What the holes and sizes of a rule stand for.

    `absent`: optional holes that stand for nothing, with the operation they stood in.  `loose`: a number was taken for
    a factor among matrices; it fits anywhere, so sizes are not compared.  `sizes`: parameters that are sizes, as in the
    rule and in the expression, which must agree in the end.
    """

    holes: dict[str, Expr] = field(default_factory=dict)
    dims: dict[str, Dim] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    loose: bool = False
    # a function hole g stands for a derivative of a function: (function, order)
    functions: dict[str, tuple[Any, int]] = field(default_factory=dict)
    sizes: list[tuple[Dim, Dim]] = field(default_factory=list)

    def copy(self) -> Binding:
        functions, sizes = dict(self.functions), list(self.sizes)
        return Binding(dict(self.holes), dict(self.dims), dict(self.absent), self.loose, functions, sizes)


@dataclass(frozen=True)
class Search:
    """A rule together with what moves at the moment.  `exclusive`: holes not said to move must rest."""

    rule: Rule
    moves: Callable[[Expr], bool]
    exclusive: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rule, name)


def _has_d(e: Expr) -> bool:
    return e.moving


def match(
    rule: Rule,
    pattern: Expr,
    target: Expr,
    binding: Binding | None = None,
    *,
    moves: Callable[[Expr], bool] = _has_d,
    exclusive: bool = False,
) -> Iterator[Binding]:
    """Every way in which the pattern can be read as the target (the caller's binding is not changed)."""
    for found in _match(Search(rule, moves, exclusive), pattern, target, binding or Binding()):
        if found.loose or complete(rule, found):
            yield found


def complete(rule: Rule, b: Binding) -> bool:
    """Sizes are consistent, and identities are put in for absent holes; changes the binding."""
    for name, e in b.holes.items():
        if not all(_bind_dim(p, t, b.dims) for p, t in zip(rule.holes[name].shape, e.shape)):
            return False
    if not all(_bind_dim(p, t, b.dims) for p, t in b.sizes):
        return False
    for name, context in b.absent.items():
        if context == "product":
            # An absent factor is an identity: its two sizes are one.
            rows, cols = rule.holes[name].shape
            for one, other in ((rows, cols), (cols, rows)):
                if all(n in b.dims for n in one.names) and not _bind_dim(other, one.substitute(b.dims), b.dims):
                    return False
    shapes = ((p, t) for name, e in b.holes.items() for p, t in zip(rule.holes[name].shape, e.shape))
    return all(p.substitute(b.dims) == t for p, t in (*shapes, *b.sizes))


def _bind_dim(pattern: Dim, target: Dim, dims: dict[str, Dim]) -> bool:
    """Make the sizes agree by choosing one size name; what cannot be decided yet passes."""
    known = pattern.substitute(dims)
    # Names of the target may coincide with names of the rule, so only names not bound yet count as unknown.
    unknown = [name for name in pattern.names if name not in dims]
    if not unknown:
        return known == target
    if len(unknown) > 1 or len(known.terms) != 1:
        return True
    monomial, c = known.terms[0]
    rest = list(monomial)
    rest.remove(unknown[0])
    if unknown[0] in rest:
        return True
    quotient = target.divided_by(Dim([(tuple(rest), c)]))
    if quotient is None:
        return False
    dims[unknown[0]] = quotient
    return True


def _match(s: Search, p: Expr, t: Expr, b: Binding) -> Iterator[Binding]:
    name = p.op.name
    if name == "symbol":
        yield from _bind(s, p, t, b)
    elif name == "transpose" and p.args[0].op.name == "symbol":
        yield from _bind(s, p.args[0], t.T, b)
    elif name == "product":
        yield from _match_product(s, p, t, b)
    elif name in _ORDERED or name in _UNORDERED:
        yield from _match_flat(s, p, t, b)
    elif name == t.op.name and len(p.args) == len(t.args):
        found = b.copy()
        if _params(s, p, t, found):
            direct = list(_match_args(s, p.args, t.args, found))
            if not direct and name == "frobenius":
                direct = list(_match_args(s, p.args, t.args[::-1], found))
            yield from direct


def _match_args(s: Search, ps: Sequence[Expr], ts: Sequence[Expr], b: Binding) -> Iterator[Binding]:
    if not ps:
        yield b
        return
    for found in _match(s, ps[0], ts[0], b):
        yield from _match_args(s, ps[1:], ts[1:], found)


def _params(s: Search, p: Expr, t: Expr, b: Binding) -> bool:
    if len(p.params) != len(t.params):
        return False
    if p.op.name == "applied":
        (hole, k), (function, order) = p.params, t.params
        # g'(X) fits the second derivative of h with g = h'
        return order >= k and b.functions.setdefault(hole.name, (function, order - k)) == (function, order - k)
    for x, y in zip(p.params, t.params):
        if isinstance(x, Dim) and isinstance(y, Dim):
            if not _bind_dim(x, y, b.dims):
                return False
            b.sizes.append((x, y))
        elif x != y:
            return False
    return True


def _bind(s: Search, p: Expr, t: Expr, b: Binding) -> Iterator[Binding]:
    hole = s.holes[p.name]
    bound = b.holes.get(p.name)
    if bound is not None:
        if bound is t:
            yield b
        return
    if hole.kind == "scalar" and not t.is_scalar:
        return
    if hole.kind == "vector" and not t.shape[1].is_one:
        return
    wanted = p.name in s.moving
    if (wanted or s.exclusive and s.moving) and s.moves(t) != wanted:
        return
    found = b.copy()
    if not all(_bind_dim(x, y, found.dims) for x, y in zip(hole.shape, t.shape)):
        return
    found.holes[p.name] = t
    yield found


# ---------------------------------------------------------------- flat operations


def _is_hole(p: Expr) -> bool:
    return p.op.name == "symbol" or (p.op.name == "transpose" and p.args[0].op.name == "symbol")


def _hole_name(p: Expr) -> str | None:
    return p.name if p.op.name == "symbol" else p.args[0].name if _is_hole(p) else None


def _may_be_run(s: Search, p: Expr, ordered: bool = False) -> bool:
    name = _hole_name(p)
    return name is not None and (name not in s.single or (ordered and name != s.each))


def _optional(s: Search, p: Expr) -> bool:
    name = _hole_name(p)
    return name is not None and s.holes[name].optional


def _match_product(s: Search, p: Expr, t: Expr, b: Binding) -> Iterator[Binding]:
    """Coefficient and scalar factors, then the matrices as a sequence."""
    pc, ps, pm = factors(p)
    tc, ts, tm = factors(t)
    space = t.space
    if s.each is not None and len(ps) == 1 and _optional(s, ps[0]):
        yield from _match_n_ary(s, p, t, b)
        return
    if ps and len(ps) == 1 and ps[0].op.name == "symbol" and pm:
        if pc == 1:
            rest = multiply(space, space.number(tc), *ts)
            for found in _bind(s, ps[0], rest, b):
                yield from _sequence(s, pm, tm, found, "product")
        return
    if pc != tc or len(ps) != len(ts):
        return
    for found in _choose(s, list(ps), list(ts), b, "product"):
        direct = list(_sequence(s, pm, tm, found, "product"))
        if not direct and len(tm) > 1 and t.is_scalar and not t.moving:
            # x'A y is y'A'x.
            direct = list(_sequence(s, pm, tuple(m.T for m in reversed(tm)), found, "product"))
        yield from direct


def _match_n_ary(s: Search, p: Expr, t: Expr, b: Binding) -> Iterator[Binding]:
    """`a? B? C D?` each C: every factor of a product in turn, scalar or matrix."""
    (a,), patterns = factors(p).scalars, factors(p).matrices
    k = next(i for i, q in enumerate(patterns) if _hole_name(q) == s.each)
    c, scalars, matrices = factors(t)
    space = t.space
    for i, factor in enumerate(scalars):
        others = multiply(space, space.number(c), *scalars[:i], *scalars[i + 1 :])
        for found in _bind(s, patterns[k], factor, b):
            if matrices:
                after = patterns[k + 1]
                found.holes[after.name] = multiply(space, *matrices)
                found = _absent(found, patterns[:k], "number")
            else:
                found = _absent(found, (*patterns[:k], *patterns[k + 1 :]), "number")
            found.holes[a.name] = others
            found.loose = True
            yield found
    rest = multiply(space, space.number(c), *scalars)
    for found in _sequence(s, patterns, matrices, b, "product"):
        found.holes[a.name] = rest
        yield found


def _absent(b: Binding, patterns: Sequence[Expr], context: str) -> Binding:
    found = b.copy()
    for p in patterns:
        name = _hole_name(p)
        assert name is not None
        found.absent[name] = context
    return found


def _match_flat(s: Search, p: Expr, t: Expr, b: Binding) -> Iterator[Binding]:
    items = t.args if t.op is p.op or t.op.name == p.op.name else (t,)
    if p.op.name in _UNORDERED:
        yield from _choose(s, list(p.args), list(items), b, p.op.name)
    else:
        yield from _sequence(s, p.args, items, b, p.op.name)


def _join(items: Sequence[Expr], context: str) -> Expr:
    if context == "product" and len(items) > 1:
        return neighbours(items)
    return items[0] if len(items) == 1 else items[0].space.apply(context, *items)


def _sequence(
    s: Search, patterns: Sequence[Expr], items: Sequence[Expr], b: Binding, context: str
) -> Iterator[Binding]:
    """Patterns against neighbours, a hole taking a run of one or more (none, if it is optional)."""
    if not patterns:
        if not items:
            yield b
        return
    p, rest = patterns[0], patterns[1:]
    if not _may_be_run(s, p, context in _ORDERED):
        if items:
            for found in _match(s, p, items[0], b):
                yield from _sequence(s, rest, items[1:], found, context)
        return
    optional = _optional(s, p)
    needed = sum(1 for q in rest if not _optional(s, q))
    # What nothing follows takes all that is left.
    first = len(items) if items and not rest else 0 if optional else 1
    last = len(items) - needed
    if not optional and rest and all(_hole_name(q) == _hole_name(p) for q in rest):
        # X' X, and nothing else: each takes its share.
        first = last = len(items) // (needed + 1)
        if not first:
            return
    for k in range(first, last + 1):
        # The next fixed pattern is tried first: it usually decides.
        if rest and k < len(items) and not _may_be_run(s, rest[0], context in _ORDERED):
            if next(_match(s, rest[0], items[k], b), None) is None:
                continue
        if k == 0:
            yield from _sequence(s, rest, items, _absent(b, (p,), context), context)
            continue
        taken = items[:k]
        if s.exclusive and s.moving and any(map(s.moves, taken)) != (_hole_name(p) in s.moving):
            continue
        for found in _match(s, p, _join(taken, context), b):
            yield from _sequence(s, rest, items[k:], found, context)


def _choose(s: Search, patterns: list[Expr], items: list[Expr], b: Binding, context: str) -> Iterator[Binding]:
    """Patterns against a set: what is not a plain run takes one item, one plain hole takes all the rest."""
    if not patterns:
        if not items:
            yield b
        return
    fixed = [p for p in patterns if not _may_be_run(s, p)]
    if fixed:
        p = fixed[0]
        others = [q for q in patterns if q is not p]
        for i, item in enumerate(items):
            for found in _match(s, p, item, b):
                yield from _choose(s, others, items[:i] + items[i + 1 :], found, context)
        return
    p, others = patterns[0], patterns[1:]
    if not others:
        if items:
            yield from _match(s, p, _join(items, context), b)
        elif _optional(s, p):
            yield _absent(b, (p,), context)
        return
    for i, item in enumerate(items):
        for found in _match(s, p, item, b):
            yield from _choose(s, others, items[:i] + items[i + 1 :], found, context)


def absent_value(rule: Rule, name: str, context: str, b: Binding, space: Space) -> Expr:
    """What an absent hole stands for: the neutral element of the operation it stood in."""
    shape: Shape = tuple(d.substitute(b.dims) for d in rule.holes[name].shape)  # type: ignore[assignment]
    if context in ("kronecker", "number"):
        return space.number(1)
    if context == "sum":
        return space.apply("zeros", params=shape)
    if context == "hadamard":
        return space.apply("ones", params=shape)
    return space.apply("identity", params=(shape[0],))
