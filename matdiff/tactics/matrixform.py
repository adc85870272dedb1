"""Sums over an index in matrix form: sum(i, 1, n, a[i] X[i, :]) is a' X.

A body that depends on the index i is stacked: row i of the stack is the body at i (a column lies down).  Then the sum
is one product with the stack.  What cannot be stacked, such as a whole matrix that depends on i, stays a sum.  Not
here: differentials of sums (`differential`, `isolate`, `vectorise`).
"""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.core.expr import Expr, remake, walk
from matdiff.dimensions import ONE, Dim
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.operations.indexsums import sizes_in
from matdiff.operations.leaves import number_of


class _NoStack(Exception):
    """The body has no stack."""


def matrix_form(root: Expr) -> Expr:
    """The expression with every sum over an index that has a matrix form replaced by it."""
    if not has_sums(root):
        return root
    done: dict[Expr, Expr] = {}
    for e in walk(root):
        args = tuple(done[a] for a in e.args)
        out = e if all(a is b for a, b in zip(args, e.args)) else remake(e, args)
        done[e] = summed_up(out) if out.op.name == "indexsum" else out
    return done[root]


def has_sums(root: Expr) -> bool:
    return any(e.op.name == "indexsum" for e in walk(root))


def summed_up(e: Expr) -> Expr:
    """The matrix form of one sum, or the sum itself."""
    lower, upper, body = e.args
    last = _size_of(upper)
    if last is None or number_of(lower) != 1:
        return e
    try:
        return _Stacks(e.params[0], last).total(body)
    except _NoStack:
        return e


def _size_of(bound: Expr) -> Dim | None:
    """The size an upper bound stands for."""
    if bound.op.name == "dimension":
        return bound.params[0]
    value = number_of(bound)
    if value is not None:
        return Dim.of(int(value)) if value.denominator == 1 else None
    if bound.op.name in ("sum", "product"):
        parts = [_size_of(a) for a in bound.args]
        return _combined(bound, [p for p in parts if p is not None]) if None not in parts else None
    return None


def _combined(bound: Expr, parts: list[Dim]) -> Dim | None:
    c = bound.params[0] if bound.op.name == "product" else 1
    if c != int(c):
        return None
    out = Dim.of(int(c))
    for k, p in enumerate(parts):
        out = out * p if bound.op.name == "product" else p if k == 0 else out + p
    return out


@dataclass(frozen=True)
class _Stacks:
    """One index and its last value n; stacks have n rows."""

    index: str
    n: Dim

    def depends(self, e: Expr) -> bool:
        return self.index in sizes_in(e)

    # ------------------------------------------------------------ sums

    def total(self, e: Expr) -> Expr:
        """The sum of e over the index."""
        space = e.space
        if not self.depends(e):
            return multiply(space, space.apply("dimension", params=(self.n,)), e)
        if e.op.name == "sum":
            return space.apply("sum", *(self.total(t) for t in e.args))
        if e.op.name == "place":
            return self._placed(e)
        if e.op.name == "kronecker":
            return self._total_kronecker(e)
        if e.is_scalar:
            return self._total_scalar(e)
        c, scalars, matrices = factors(e)
        resting = [s for s in scalars if not self.depends(s)]
        moving = [s for s in scalars if self.depends(s)]
        weight = self._hadamard([self.stack(s) for s in moving]) if moving else None
        return multiply(space, space.number(c), *resting, self._total_chain(list(matrices), weight))

    def _total_kronecker(self, e: Expr) -> Expr:
        """The factor that depends on the index is summed, the others wait."""
        moving = [a for a in e.args if self.depends(a)]
        if len(moving) != 1:
            raise _NoStack
        return e.space.apply("kronecker", *(self.total(a) if a is moving[0] else a for a in e.args))

    def _total_scalar(self, e: Expr) -> Expr:
        space = e.space
        c, scalars, matrices = factors(e)
        resting = [s for s in scalars if not self.depends(s)]
        rest = multiply(space, *(s for s in scalars if self.depends(s)), *matrices)
        return multiply(space, space.number(c), *resting, _entries_total(self.stack(rest)))

    def _total_chain(self, matrices: list[Expr], weight: Expr | None) -> Expr:
        """The sum of weight_i M c_i N, M r_i N or M c_i r_i N."""
        at = [k for k, m in enumerate(matrices) if self.depends(m)]
        if not matrices:
            raise _NoStack
        space = matrices[0].space
        if not at:
            assert weight is not None
            return multiply(space, space.apply("entrysum", weight), *matrices)
        before, after = matrices[: at[0]], matrices[at[-1] + 1 :]
        first, last = matrices[at[0]], matrices[at[-1]]
        if len(at) == 1 and first.shape[1].is_one:
            ones = weight if weight is not None else space.apply("ones", params=(self.n, ONE))
            return multiply(space, *before, self.stack(first).T, ones, *after)
        if len(at) == 1 and first.shape[0].is_one:
            ones = weight if weight is not None else space.apply("ones", params=(self.n, ONE))
            return multiply(space, *before, ones.T, self.stack(first), *after)
        if len(at) == 1 and weight is None and first.op.name in ("kronecker", "place", "sum"):
            return multiply(space, *before, self.total(first), *after)
        if len(at) == 2 and at[1] == at[0] + 1 and first.shape[1].is_one and last.shape[0].is_one:
            middle = [space.apply("Diag", weight)] if weight is not None else []
            return multiply(space, *before, self.stack(first).T, *middle, self.stack(last), *after)
        raise _NoStack

    def _placed(self, e: Expr) -> Expr:
        """Rows put one below the other, or columns side by side, are the stack."""
        (x,), (row, column, m, n) = e.args, e.params
        space = e.space
        if self._shift(row) is not None and not self._mentions(column, m, n) and x.shape[0].is_one:
            return space.apply("place", self.stack(x), params=(self._first(row), column, m, n))
        if self._shift(column) is not None and not self._mentions(row, m, n) and x.shape[1].is_one:
            return space.apply("place", self.stack(x).T, params=(row, self._first(column), m, n))
        if row == column == Dim.of(self.index) and m == n == self.n and x.is_scalar:
            return space.apply("Diag", self.stack(x))
        raise _NoStack

    # ------------------------------------------------------------ stacks

    def stack(self, e: Expr) -> Expr:
        """The matrix whose row i is e at i, for a scalar, a row or a column e."""
        space = e.space
        if not (e.shape[0].is_one or e.shape[1].is_one):
            raise _NoStack
        if not self.depends(e):
            ones = space.apply("ones", params=(self.n, ONE))
            return multiply(space, e, ones) if e.is_scalar else multiply(space, ones, e.T if e.shape[1].is_one else e)
        name = e.op.name
        if name == "slice":
            return self._slice(e)
        if name == "transpose":
            return self.stack(e.args[0])
        if name == "sum":
            return space.apply("sum", *(self.stack(a) for a in e.args))
        if name == "hadamard":
            return self._hadamard([self.stack(a) for a in e.args])
        if name == "product":
            return self._product(e)
        if name == "unit" and self._shift(e.params[0]) is not None:
            return self._rows(space.apply("identity", params=(e.params[1],)), e.params[0])
        if name == "frobenius" and e.args[0].is_vector:
            return self._chain([e.args[0].T, e.args[1]])
        if name in ("normF", "entrysum"):
            return self._gathered(e)
        if e.op.elementwise or name == "power":
            return self._elementwise(e)
        raise _NoStack

    def _slice(self, e: Expr) -> Expr:
        (base,), (first, last, left, right) = e.args, e.params
        if self.depends(base):
            raise _NoStack
        space = e.space
        down, across = first == last and self._mentions(first), left == right and self._mentions(left)
        if down and across:
            square = self._columns(self._rows(base, first), left)
            return space.apply("diag", square)
        if down and not self._mentions(left, right):
            return self._rows(space.apply("slice", base, params=(ONE, base.shape[0], left, right)), first)
        if across and not self._mentions(first, last):
            return self._columns(space.apply("slice", base, params=(first, last, ONE, base.shape[1])), left).T
        raise _NoStack

    def _rows(self, base: Expr, position: Dim) -> Expr:
        """Rows position(1) to position(n) of the base."""
        first = self._first(position)
        return base.space.apply("slice", base, params=(first, first + self.n - ONE, ONE, base.shape[1]))

    def _columns(self, base: Expr, position: Dim) -> Expr:
        first = self._first(position)
        return base.space.apply("slice", base, params=(ONE, base.shape[0], first, first + self.n - ONE))

    def _product(self, e: Expr) -> Expr:
        """Scalars entry by entry, times the stack of the chain of matrices."""
        space = e.space
        c, scalars, matrices = factors(e)
        resting = [space.number(c), *(s for s in scalars if not self.depends(s))]
        columns = [self.stack(s) for s in scalars if self.depends(s)]
        if not matrices:
            return multiply(space, *resting, self._hadamard(columns))
        if columns and not any(map(self.depends, matrices)):
            row = multiply(space, *matrices)
            return multiply(space, *resting, self._hadamard(columns), row.T if row.shape[1].is_one else row)
        chain = self._chain(list(matrices))
        if not columns:
            return multiply(space, *resting, chain)
        if chain.shape[1].is_one:
            return multiply(space, *resting, self._hadamard([*columns, chain]))
        return multiply(space, *resting, space.apply("Diag", self._hadamard(columns)), chain)

    def _chain(self, matrices: list[Expr]) -> Expr:
        """M c_i as C M', r_i M as R M, r_i M c_i as the row sums of (R M) ⊙ C."""
        space = matrices[0].space
        at = [k for k, m in enumerate(matrices) if self.depends(m)]
        if not at:
            product = multiply(space, *matrices)
            return self.stack(product)
        first, last = matrices[at[0]], matrices[at[-1]]
        if len(at) == 1 and first.shape[0].is_one and at[0] == 0:
            return multiply(space, self.stack(first), *matrices[1:])
        if len(at) == 1 and first.shape[1].is_one and at[0] == len(matrices) - 1:
            return multiply(space, self.stack(first), *(m.T for m in reversed(matrices[:-1])))
        if at == [0, len(matrices) - 1] and first.shape[0].is_one and last.shape[1].is_one:
            left = multiply(space, self.stack(first), *matrices[1:-1])
            return self._row_sums(self._hadamard([left, self.stack(last)]))
        raise _NoStack

    def _gathered(self, e: Expr) -> Expr:
        inner = self.stack(e.args[0])
        if e.op.name == "entrysum":
            return self._row_sums(inner)
        two, half = e.space.number(2), e.space.number(1) / 2
        return e.space.apply("power", self._row_sums(e.space.apply("power", inner, two)), half)

    def _elementwise(self, e: Expr) -> Expr:
        """Entry by entry; ‖v‖² is the row sums of squares, without the root."""
        base = e.args[0]
        if e.op.name == "power" and base.op.name == "normF" and number_of(e.args[1]) == 2:
            return self._row_sums(e.space.apply("power", self.stack(base.args[0]), e.args[1]))
        if not e.is_scalar and any(a.is_scalar and self.depends(a) for a in e.args):
            raise _NoStack
        args = [self.stack(a) if self.depends(a) or not a.is_scalar else a for a in e.args]
        return e.space.apply(e.op.name, *args, params=e.params)

    def _row_sums(self, e: Expr) -> Expr:
        return multiply(e.space, e, e.space.apply("ones", params=(e.shape[1], ONE)))

    def _hadamard(self, parts: list[Expr]) -> Expr:
        return parts[0] if len(parts) == 1 else parts[0].space.apply("hadamard", *parts)

    # ------------------------------------------------------------ positions

    def _mentions(self, *positions: Dim) -> bool:
        return any(self.index in p.names for p in positions)

    def _shift(self, position: Dim) -> Dim | None:
        """s where the position is i + s."""
        rest = position - Dim.of(self.index)
        return None if self.index in rest.names else rest

    def _first(self, position: Dim) -> Dim:
        shift = self._shift(position)
        if shift is None:
            raise _NoStack
        return shift + ONE


def _entries_total(stack: Expr) -> Expr:
    """sum(x ⊙ y) as x'y, sum((P ⊙ Q) 1) as P : Q, sums of squares as squared norms."""
    space = stack.space
    c, scalars, matrices = factors(stack)
    if len(matrices) > 1 and matrices[-1].op.name == "ones" and not scalars:
        inner = multiply(space, *matrices[:-1])
        if inner.shape[1] == matrices[-1].shape[0]:
            return multiply(space, space.number(c), _entries_total(inner))
    if len(matrices) > 1 and matrices[0].op.name == "ones" and not scalars:
        # the transpose of row sums, as 1'(P ⊙ Q) lying down
        return space.apply("entrysum", stack)
    core = multiply(space, *matrices) if matrices else stack
    factor = [space.number(c), *scalars] if matrices else []
    if core.op.name == "hadamard":
        first, *rest = core.args
        other = rest[0] if len(rest) == 1 else space.apply("hadamard", *rest)
        inner = multiply(space, first.T, other) if core.is_vector else space.apply("frobenius", first, other)
        return multiply(space, *factor, inner)
    if core.op.name == "diag":
        return multiply(space, *factor, space.apply("trace", core.args[0]))
    if core.op.name == "power" and number_of(core.args[1]) == 2:
        base = core.args[0]
        total = space.apply("power", space.apply("normF", base), space.number(2))
        return multiply(space, *factor, total)
    return multiply(space, *factor, space.apply("entrysum", core))
