"""Products of several matrices: in which order, and what is done already.

Here: the matrix-chain order by dynamic programming (Godbole 1973; Cormen et al. 2022, sec. 14.2), with three additions:
factors that act without being formed (`operators`), stretches that an earlier product has computed and that cost
nothing, and sums that are multiplied out.  Not here: traces of products (`traces`).  Terminates: intervals shrink.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matdiff.compile import cost
from matdiff.compile.operators import KINDS, NEVER, Done, Factor, Ones, Run, ones_apart
from matdiff.compile.program import Node
from matdiff.compile.sums import factor_of, is_split_well, may_be_split
from matdiff.core.expr import Expr
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering

# Longer runs of one factor are powers.
RUN = 3
# Of more factors than these, only what is done already is looked for, and the rest is taken from one end.
MANY = 40
_BOTH, _LEFT, _RIGHT, _READY, _ONE = range(5)


class Chain:
    """The best way to compute every stretch of a product.

    `best[i, j]` is (cost, how, where it is split) of factors i to j, both included.
    """

    def __init__(self, low: Lowering, matrices: Sequence[Expr], from_left: bool = False) -> None:
        self.low = low
        self.factors: list[Factor] = []
        # the expressions of the factors from i on, and how many each stands for: for looking up what is done
        self.matrices = list(matrices)
        self.starts: list[int] = []
        k = 0
        while k < len(matrices):
            self.starts.append(k)
            run = run_length(matrices, k)
            done = self._stretch_done(k) if len(matrices) > MANY else 0
            if done:
                self.factors.append(Done(low, self.matrices[k], self.matrices[k : k + done]))
            else:
                self.factors.append(factor_of(low, matrices[k]) if run < RUN else Run(low, matrices[k], run))
            k += done or (run if run >= RUN else 1)
        self.starts.append(len(matrices))
        self.sizes = [self.factors[0].rows, *(f.cols for f in self.factors)]
        self.best: dict[tuple[int, int], tuple[int, int, int]] = {}
        if len(self.factors) > MANY:
            self._from_one_end(from_left)
        else:
            self._solve()

    def _stretch_done(self, k: int) -> int:
        """How many factors from k on the longest product has that is done; 0 for none."""
        for length in sorted(self.low.stretches.get(id(self.matrices[k]), ()), reverse=True):
            if tuple(map(id, self.matrices[k : k + length])) in self.low.done:
                return length
        return 0

    def _from_one_end(self, from_left: bool) -> None:
        """One factor after the other: the first or the last of them stay together, for others to find."""
        n = len(self.factors)
        for i, f in enumerate(self.factors):
            self.best[i, i] = (f.dense_cost(), _ONE, i)
        if from_left:
            for j in range(1, n):
                self.best[0, j] = (self.best[0, j - 1][0] + self._step(0, j - 1, j), _BOTH, j - 1)
        else:
            for i in reversed(range(n - 1)):
                self.best[i, n - 1] = (self.best[i + 1, n - 1][0] + self._step(i, i, n - 1), _BOTH, i)

    def _step(self, i: int, s: int, j: int) -> int:
        return cost.product(self.sizes[i], self.sizes[s + 1], self.sizes[j + 1])

    def key(self, i: int, j: int) -> tuple[int, ...]:
        return tuple(map(id, self.matrices[self.starts[i] : self.starts[j + 1]]))

    def _solve(self) -> None:
        n = len(self.factors)
        for i, f in enumerate(self.factors):
            self.best[i, i] = (0 if self.key(i, i) in self.low.done else f.dense_cost(), _ONE, i)
        for length in range(2, n + 1):
            for i in range(n - length + 1):
                j = i + length - 1
                ready = self.key(i, j) in self.low.done
                self.best[i, j] = (0, _READY, i) if ready else self._cheapest(i, j)

    def _cheapest(self, i: int, j: int) -> tuple[int, int, int]:
        best, sizes, factors = self.best, self.sizes, self.factors
        m, n = sizes[i], sizes[j + 1]
        found = (NEVER * 4, _BOTH, i)
        for s in range(i, j):
            k = sizes[s + 1]
            left, right = best[i, s][0], best[s + 1, j][0]
            found = min(found, (left + right + cost.product(m, k, n), _BOTH, s))
            if s == i and (own := factors[i].left_cost(n)) < NEVER:
                found = min(found, (right + own, _LEFT, s))
            if s + 1 == j and (own := factors[j].right_cost(m)) < NEVER:
                found = min(found, (left + own, _RIGHT, s))
        return found

    def cost(self, i: int, j: int) -> int:
        return self.best[i, j][0]

    def node(self, i: int, j: int) -> Node:
        """The instructions for factors i to j; noted as done, also for the transpose."""
        key = self.key(i, j)
        if key in self.low.done:
            return self.low.done[key]
        _, how, s = self.best[i, j]
        if how == _ONE:
            node = self.factors[i].dense()
        elif how == _LEFT:
            node = self.factors[i].left(self.node(s + 1, j))
        elif how == _RIGHT:
            node = self.factors[j].right(self.node(i, s))
        else:
            node = self._multiplied(i, s, j)
        if i < j:
            self.low.note(self.matrices[self.starts[i] : self.starts[j + 1]], node)
        return node

    def _last(self, j: int) -> Expr:
        """The last expression of factor j."""
        return self.matrices[self.starts[j + 1] - 1]

    def _multiplied(self, i: int, s: int, j: int) -> Node:
        """Factors i to s times s + 1 to j.  A vector of ones makes all rows or all columns the same."""
        p = self.low.program
        if not self._last(s).shape[1].is_one:
            return p.matmul(self.node(i, s), self.node(s + 1, j), self._is_symmetric(i, j))
        shape = (self.factors[i].e.shape[0], self._last(j).shape[1])
        if shape[0].is_one or shape[1].is_one:
            # one of the two is a number
            return p.mul(self.node(i, s), self.node(s + 1, j))
        if i == s and isinstance(self.factors[i], Ones):
            return p.node("spread_rows", (self.node(s + 1, j),), (), shape)
        if j == s + 1 and isinstance(self.factors[j], Ones):
            return p.node("spread_cols", (self.node(i, s),), (), shape)
        return p.outer(self.node(i, s), self.node(s + 1, j))

    def _is_symmetric(self, i: int, j: int) -> bool:
        """Is the product of factors i to j its own transpose?"""
        part = self.matrices[self.starts[i] : self.starts[j + 1]]
        return all(m.T is other for m, other in zip(part, reversed(part)))


def run_length(matrices: Sequence[Expr], k: int) -> int:
    """How often the factor at k is repeated; only matrices that are formed anyway make powers."""
    e = matrices[k]
    if e.shape[0] != e.shape[1] or e.op.name in KINDS or (e.op.name == "sum" and may_be_split(e)):
        return 1
    run = 1
    while k + run < len(matrices) and matrices[k + run] is e:
        run += 1
    return run


def chain(low: Lowering, matrices: Sequence[Expr]) -> Node:
    """The product of matrices."""
    matrices = tuple(ones_apart(matrices))
    turned = tuple(m.T for m in reversed(matrices))
    if _is_turned(matrices, turned):
        # One orientation, so that A'B' and B A share their work.
        return low.program.transpose(_chain(low, turned))
    return _chain(low, matrices)


def _chain(low: Lowering, matrices: tuple[Expr, ...]) -> Node:
    found = Chain(low, matrices)
    expanded = _expanded(low, matrices, found)
    return expanded if expanded is not None else found.node(0, len(found.factors) - 1)


def _is_turned(matrices: Sequence[Expr], turned: Sequence[Expr]) -> bool:
    """Is the transpose of the product the better one to write?  A vector is a column."""
    first, last = matrices[0].shape[0], matrices[-1].shape[1]
    if first.is_one != last.is_one:
        return first.is_one
    return _transposes(turned) < _transposes(matrices)


def _transposes(matrices: Sequence[Expr]) -> int:
    return sum(m.op.name == "transpose" for m in matrices if not m.shape[0].is_one)


def _expanded(low: Lowering, matrices: tuple[Expr, ...], found: Chain) -> Node | None:
    """(L + L') S as L S + L' S, (I - 1 1'/n) X as X - 1 (1'X)/n: a sum is multiplied out where that is cheaper than
    forming it.  Terms that could cancel are left together."""
    for k, m in enumerate(matrices):
        if m.op.name != "sum" or len(matrices) < 2 or low.known(m) or not is_split_well(m):
            continue
        parts = [multiply(m.space, *matrices[:k], t, *matrices[k + 1 :]) for t in m.args]
        others = sum(estimate(low, part) for part in parts)
        if others < found.cost(0, len(found.factors) - 1):
            return low(m.space.apply("sum", *parts))
    return None


def estimate(low: Lowering, e: Expr) -> int:
    """What forming a sum or a product costs, beyond what is known."""
    if low.known(e) or e.op.name in ("symbol", "transpose", "definition"):
        return 0
    area = cost.TRAFFIC * low.sizes(e.shape[0]) * low.sizes(e.shape[1]) + cost.START
    if e.op.name == "sum":
        return sum(estimate(low, t) + area for t in e.args)
    matrices = ones_apart(factors(e).matrices)
    if len(matrices) > 1:
        chained = Chain(low, matrices)
        return chained.cost(0, len(chained.factors) - 1)
    return area
