"""The gradient of a scalar function: from the function to G : dX, name by name.

The working line is a sum of P : dY over named Y.  Names are opened from the function towards the variable; opening
one writes its differential out (line a) and carries everything across the colon in one go (line b).  The P of one name
are collected in a list and added once, when it is opened, which keeps the cost linear in the graph.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from matdiff.book.match import Binding, match
from matdiff.book.rule import Rule
from matdiff.core.expr import Expr, rebuild, walk
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors, terms
from matdiff.operations.leaves import number_of
from matdiff.tactics.differential import differential
from matdiff.tactics.gather import summed
from matdiff.tactics.isolate import isolate
from matdiff.tactics.names import fresh_name, introduce
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.shorten import shortest
from matdiff.tactics.signs import sign_inside
from matdiff.tactics.steps import Line, Names, Term
from matdiff.tactics.tidy import tidy

# A weight larger than this gets a name before it is carried further.
_LONG = 40
# A projection of something this short is written out.
_SHORT = 12
# A longer answer is left in terms of its names.
_READABLE = 300


# Where in the function a term came from: its number among the terms of each name that was opened.
Place = tuple[int, ...]


class Gradient:
    """One run: the function, the variable, and what came out of it.

    After `run`: `answer` (in terms of the engine's names), `lines`, `names`, and `rw.steps`.  Several variables share
    everything up to the last lines; `results` has one Gradient for each.
    """

    def __init__(self, rw: Rewriter, function: Expr, *variables: Expr) -> None:
        self.rw = rw
        self.space = rw.space
        self.variables = variables
        self.variable = variables[0]
        self.names = Names(taken=rw.taken)
        self.function = introduce(rw, function, self.names)
        # the user's own name for the function, if there is one
        self.named = function if function.op.name == "definition" else None
        self.lines: list[Line] = []
        # names given to long weights: definition -> weight
        self.weights: list[Expr] = []
        self._written_out: dict[Expr, Expr] = {}
        # weights by name, each with the place in the function it came from
        self.pending: dict[Expr, list[tuple[Place, Expr]]] = {}
        # the weight each name was opened with, for the check of its lines
        self.opened_with: dict[Expr | None, Expr] = {}
        self.answer: Expr = self._nothing()

    # ------------------------------------------------------------ what a Jacobian does in its own way

    def _nothing(self) -> Expr:
        """The derivative of a function that does not depend on the variable."""
        return self.space.apply("zeros", params=self.variable.shape)

    def _unit(self) -> Expr:
        """The weight of the function itself."""
        return self.space.number(1)

    def _term(self, weight: Expr, moving: Expr) -> Term:
        return Term(weight, moving)

    def _carried(self, weight: Expr, d: Expr) -> list[Term]:
        return isolate(self.rw, weight, d)

    def pairing(self, weight: Any, moving: Any) -> Any:
        """The number weight : moving, for the check."""
        return (weight * moving).sum() if hasattr(weight * moving, "sum") else weight * moving

    def parts(self, value: Any, shape: tuple[int, ...]) -> list[Any]:
        """The value as matrices of the variable's shape."""
        return [value]

    # ------------------------------------------------------------ the run

    def run(self) -> Gradient:
        """The gradient in the one variable."""
        return self.results()[0]

    def results(self) -> list[Gradient]:
        """One Gradient for each variable, in their order."""
        if self.rw.depends(self.function):
            self._open_all()
        found = [self] if len(self.variables) == 1 else [self._for(x) for x in self.variables]
        for one in found:
            # As the function was written, not as the names were opened.
            waiting = sorted(self.pending.get(one.variable, []), key=lambda found: found[0])
            one._finish([weight for _, weight in waiting])
        return found

    def _for(self, variable: Expr) -> Gradient:
        """This run so far, as the beginning of a run in one of its variables."""
        one = copy(self)
        one.rw = copy(self.rw)
        one.rw.steps, one.lines, one.weights = list(self.rw.steps), list(self.lines), list(self.weights)
        one.variable = variable
        one.answer = one._nothing()
        return one

    def _open_all(self) -> None:
        self._open(None, self.function, self._unit(), ())
        for name in self.names.order:
            waiting = self.pending.pop(name, None)
            if waiting:
                self._open(name, name.body, self._weight([w for _, w in waiting]), waiting[0][0])

    # ------------------------------------------------------------ opening a name

    def _open(self, name: Expr | None, body: Expr, weight: Expr, place: Place) -> None:
        if weight.op.name == "zeros":
            return
        rw = self.rw
        self.opened_with[name] = weight
        first = len(rw.steps)
        rw.line = len(self.lines)
        d = self._by_name(name, body, differential(rw, body))
        self._line("differential", name, self._parted(weight, d), first)
        first = len(rw.steps)
        rw.line = len(self.lines)
        found = self._collected(self._carried(weight, d))
        for k, term in enumerate(found):
            self.pending.setdefault(term.moving.args[0], []).append(((*place, k), term.weight))
        self._line("isolated", name, tuple(found), first)

    def _by_name(self, name: Expr | None, body: Expr, e: Expr) -> Expr:
        """What the name stands for, written by its name again: d‖x‖ = β⁻¹ x'dx where β = ‖x‖."""
        name = self.named if name is None else name
        if name is None or body.op.name in ("symbol", "definition"):
            return e
        return rebuild(e, lambda n: _in_terms_of(name, body, n), into_definitions=False)

    def _parted(self, weight: Expr, d: Expr) -> tuple[Term, ...]:
        """weight : d as printed: a number distributes over a sum, a matrix stays before the colon."""
        if weight.is_scalar:
            return tuple(self._term(weight, t) for t in terms(d))
        return (self._term(weight, d),)

    def _collected(self, found: list[Term]) -> list[Term]:
        """One term for each name, tidied."""
        groups: dict[Expr, list[Expr]] = {}
        for term in found:
            groups.setdefault(term.moving, []).append(term.weight)
        out = []
        for moving, weights in groups.items():
            weight = tidy(self.rw, summed(self.space, weights))
            if moving.args[0] is self.variable:
                weight = sign_inside(shortest(self.rw, weight))
            if weight.op.name != "zeros":
                out.append(self._term(weight, moving))
        return out

    def _weight(self, weights: list[Expr]) -> Expr:
        weight = tidy(self.rw, summed(self.space, weights))
        return weight if weight.size <= _LONG else self._named(weight)

    def _named(self, weight: Expr) -> Expr:
        name = self.space.define(fresh_name(weight, self.names.taken), weight)
        self.weights.append(name)
        self.rw.record(None, weight, name, "named")
        return name

    def _line(self, kind: str, name: Expr | None, new: tuple[Term, ...], first: int) -> None:
        rules = tuple(dict.fromkeys(s.rule for s in self.rw.steps[first:] if s.rule is not None))
        self.lines.append(Line(kind, name, new, rules))

    # ------------------------------------------------------------ the end

    def _finish(self, weights: list[Expr]) -> None:
        if not weights:
            return
        rw = self.rw
        answer = sign_inside(shortest(rw, tidy(rw, summed(self.space, weights))))
        d = self.space.apply("d", self.variable)
        if len(weights) > 1:
            self.lines.append(Line("isolated", None, (self._term(answer, d),), (), "collected"))
        self.answer = self._shortened(self._projected(answer, d), d)

    def _shortened(self, answer: Expr, d: Expr) -> Expr:
        """With the engine's names written out some products cancel: X (X X)⁻¹ is X⁻¹."""
        full = self.restored(answer)
        if full is answer or full.size > _READABLE:
            return answer
        short = sign_inside(shortest(self.rw, tidy(self.rw, full)))
        if short.size >= min(full.size, self._size_with_names(answer)):
            return answer
        known = {self.restored(name.body): name for name in self.names.order if self._is_ours(name)}
        short = rebuild(short, known.get, into_definitions=False)
        self.rw.line = len(self.lines)
        self.rw.record(None, self._term(answer, d).expr, self._term(short, d).expr, "names written out")
        self.lines.append(Line("isolated", None, (self._term(short, d),), (), "names written out"))
        return short

    def _projected(self, answer: Expr, d: Expr) -> Expr:
        """The gradient in the space of allowed directions, where the variable has a structure."""
        rw = self.rw
        if not self.variable.params[2]:
            return answer
        pair = self.space.node(self.space.operations["frobenius"], (answer, d), (), self.space.number(1).shape)
        for rule in rw.book.applicable("project", ""):
            for b in match(rule, rule.left, pair):
                if not rw.admissible(rule, b, "project"):
                    continue
                after = self._projection(rule, b, answer)
                if after is not answer:
                    rw.line = len(self.lines)
                    rw.record(rule, Term(answer, d).expr, Term(after, d).expr)
                    self.lines.append(Line("projected", None, (Term(after, d),), (rule,)))
                return after
        return answer

    def _size_with_names(self, e: Expr) -> int:
        """The length of an answer together with the names of ours that a reader has to look up."""
        ours: dict[Expr, None] = {}
        stack = [e]
        while stack:
            for part in walk(stack.pop(), into_definitions=False):
                if part.op.name == "definition" and part not in ours and self._is_ours(part):
                    ours[part] = None
                    stack.append(part.body)
        return e.size + sum(name.body.size for name in ours)

    def _is_ours(self, definition: Expr) -> bool:
        original = self.names.original.get(definition)
        return definition in self.weights or (original is not None and original.op.name != "definition")

    def _projection(self, rule: Rule, b: Binding, answer: Expr) -> Expr:
        """The right side of a projection; (G + G')/2 of a long G that does not simplify keeps G as a name."""
        pattern = rule.right_pairs[0][0]
        after = tidy(self.rw, self.rw.build(rule, pattern, b))
        if answer.size <= _SHORT or after.size <= answer.size + 2:
            return after
        name = self._named(answer)
        return self.rw.build(rule, pattern, Binding({**b.holes, "P": name}, b.dims, b.absent))

    # ------------------------------------------------------------ names again

    def restored(self, e: Expr) -> Expr:
        """The expression in the problem's own terms: engine-made names written out, the user's put back."""
        known = self._written_out
        # Weights in the order in which they were named: each may mention earlier ones.
        for name in self.weights:
            if name not in known:
                known[name] = rebuild(name.body, self._original, into_definitions=False)
        return rebuild(e, self._original, into_definitions=False)

    def _original(self, n: Expr) -> Expr | None:
        if n.op.name != "definition":
            return None
        return self._written_out.get(n) or self.names.original.get(n)


def _in_terms_of(name: Expr, body: Expr, e: Expr) -> Expr | None:
    """The name for its body; where that is a power, as a root is, also for whole powers of it, and where it is a
    product of numbers, for these among the factors of a longer one."""
    if e is body:
        return name
    if body.op.name == "product" and body.is_scalar and e.op.name == "product":
        c, scalars, matrices = factors(body)
        k, others, rest = factors(e)
        if matrices or not all(s in others for s in scalars):
            return None
        return multiply(e.space, e.space.number(k / c), name, *(s for s in others if s not in scalars), *rest)
    if e.op.name != "power" or body.op.name != "power" or e.args[0] is not body.args[0]:
        return None
    p, q = number_of(e.args[1]), number_of(body.args[1])
    if p is None or q is None or (p / q).denominator != 1:
        return None
    return name.space.apply("power", name, name.space.number(p / q))
