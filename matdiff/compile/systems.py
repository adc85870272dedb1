"""Square matrices that are solved with: which factorisation, shared by solves, determinants and the inverse.

Here: a Cholesky factor where the facts say positive definite, substitution where they say triangular, division where
they say diagonal, else an LU decomposition, which serves the transpose too (Golub & Van Loan 2013, ch. 3 and 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matdiff.compile.program import Node
from matdiff.core.expr import Expr, walk
from matdiff.core.facts import TRUE, fact
from matdiff.operations.factors import factors

if TYPE_CHECKING:
    from matdiff.compile.lower import Lowering


class System:
    """A X = B for a matrix A with an LU decomposition; `flipped`: the decomposition is that of A'."""

    def __init__(self, low: Lowering, e: Expr, flipped: bool = False) -> None:
        self.low, self.p, self.flipped = low, low.program, flipped
        self.shape = (e.shape[0], e.shape[0])
        self.matrix = low(e)

    def _lu(self) -> Node:
        return self.p.node("lu", (self.matrix,), (), self.shape)

    def solve(self, b: Node, transposed: bool) -> Node:
        return self.p.node("lu_solve", (self._lu(), b), (transposed != self.flipped,), b.shape)

    def inverse(self) -> Node:
        inverse = self.p.node("lu_inverse", (self._lu(),), (), self.shape)
        return self.p.transpose(inverse) if self.flipped else inverse

    def logdet(self) -> Node:
        return self.p.node("lu_logdet", (self._lu(),))

    def log_of_det(self) -> Node:
        """log(det A) where the determinant itself would overflow; not a number where it is negative."""
        return self.p.node("lu_log_det", (self._lu(),))

    def det(self) -> Node:
        return self.p.node("lu_det", (self._lu(),))


class Definite(System):
    """With a Cholesky factor L, A = L L'."""

    def _chol(self) -> Node:
        return self.p.node("chol", (self.matrix,), (), self.shape)

    def solve(self, b: Node, transposed: bool) -> Node:
        return self.p.node("chol_solve", (self._chol(), b), (), b.shape)

    def inverse(self) -> Node:
        return self.p.node("chol_inverse", (self._chol(),), (), self.shape)

    def _diagonal(self) -> Node:
        return self.p.node("diagonal", (self._chol(),), (), self.shape[:1])

    def logdet(self) -> Node:
        total = self.p.node("sum", (self.p.function("log", self._diagonal()),))
        return self.p.mul(self.p.number(2), total)

    def log_of_det(self) -> Node:
        return self.logdet()

    def det(self) -> Node:
        return self.p.power(self.p.node("prod", (self._diagonal(),)), self.p.number(2))


class Triangular(System):
    """By forward or back substitution."""

    def __init__(self, low: Lowering, e: Expr, lower: bool) -> None:
        super().__init__(low, e)
        self.lower = lower

    def solve(self, b: Node, transposed: bool) -> Node:
        return self.p.node("tri_solve", (self.matrix, b), (self.lower, transposed), b.shape)

    def inverse(self) -> Node:
        one = self.p.node("eye", (), (), self.shape)
        return self.p.node("tri_solve", (self.matrix, one), (self.lower, False), self.shape)

    def _diagonal(self) -> Node:
        upright = self.matrix.args[0] if self.matrix.op == "transpose" else self.matrix
        return self.p.node("diagonal", (upright,), (), self.shape[:1])

    def logdet(self) -> Node:
        return self.p.node("sum", (self.p.function("log", self.p.function("abs", self._diagonal())),))

    def sign(self) -> Node:
        """The sign of the determinant."""
        return self.p.node("prod", (self.p.function("sign", self._diagonal()),))

    def log_of_det(self) -> Node:
        return self.p.add(self.logdet(), self.p.function("log", self.sign()))

    def det(self) -> Node:
        return self.p.node("prod", (self._diagonal(),))


class Diagonal(Triangular):
    """By dividing."""

    def __init__(self, low: Lowering, e: Expr) -> None:
        self.low, self.p, self.e = low, low.program, e
        self.shape = (e.shape[0], e.shape[0])

    def _diagonal(self) -> Node:
        return self.low.diagonal_of(self.e)

    def logdet(self) -> Node:
        x = self._diagonal()
        if x.op == "mul" and not x.args[0].shape and x.args[1].op == "ones":
            # c I
            log = self.p.function("log", self.p.function("abs", x.args[0]))
            return self.p.mul(self.p.size(self.shape[0]), log)
        return super().logdet()

    def solve(self, b: Node, transposed: bool) -> Node:
        inverse = self.p.div(self.p.number(1), self._diagonal())
        if b.rank == 1:
            return self.p.div(b, self._diagonal())
        return self.p.node("scale_rows", (inverse, b), (), b.shape)

    def inverse(self) -> Node:
        return self.p.node("diagmat", (self.p.div(self.p.number(1), self._diagonal()),), (), self.shape)


class Orthogonal(System):
    """The transpose is the inverse."""

    def solve(self, b: Node, transposed: bool) -> Node:
        return self.p.matmul(self.matrix if transposed else self.inverse(), b)

    def inverse(self) -> Node:
        return self.p.transpose(self.matrix)

    def logdet(self) -> Node:
        return self.p.number(0)


class Factored(System):
    """A product of square matrices of which each is easy: one after the other."""

    def __init__(self, low: Lowering, e: Expr, matrices: Sequence[Expr]) -> None:
        self.low, self.p, self.e = low, low.program, e
        self.shape = (e.shape[0], e.shape[0])
        self.parts = [low.solver(m) for m in matrices]

    def solve(self, b: Node, transposed: bool) -> Node:
        for part in reversed(self.parts) if transposed else self.parts:
            b = part.solve(b, transposed)
        return b

    def inverse(self) -> Node:
        first, *others = (part.inverse() for part in self.parts)
        for node in others:
            first = self.p.matmul(node, first)
        return first

    def logdet(self) -> Node:
        total = self.parts[0].logdet()
        for part in self.parts[1:]:
            total = self.p.add(total, part.logdet())
        return total

    def log_of_det(self) -> Node:
        signs = [part.sign() for part in self.parts if isinstance(part, Triangular)]
        if len(signs) < len(self.parts):
            return self.p.function("log", self.det())
        sign = signs[0]
        for other in signs[1:]:
            sign = self.p.mul(sign, other)
        return self.p.add(self.logdet(), self.p.function("log", sign))

    def det(self) -> Node:
        total = self.parts[0].det()
        for part in self.parts[1:]:
            total = self.p.mul(total, part.det())
        return total


def _is_easy(e: Expr) -> bool:
    easy = ("diagonal", "lower", "upper", "orthogonal")
    return e.shape[0] == e.shape[1] and any(TRUE in (fact(e, word), fact(e.T, word)) for word in easy)


def system(low: Lowering, e: Expr) -> System:
    """The way to solve with e."""
    c, scalars, matrices = factors(e.body if e.op.name == "definition" else e)
    if len(matrices) > 1 and c == 1 and not scalars and all(map(_is_easy, matrices)):
        return Factored(low, e, matrices)
    for m in matrices[1:]:
        # X'X is singular where X has more columns than rows
        low.demand(m.shape[0], e.shape[0])
    if fact(e, "diagonal") is TRUE:
        return Diagonal(low, e)
    if TRUE in (fact(e, "orthogonal"), fact(e.T, "orthogonal")):
        return Orthogonal(low, e)
    if fact(e, "spd") is TRUE:
        return Definite(low, e)
    for word in ("lower", "upper"):
        if fact(e, word) is TRUE:
            return Triangular(low, e, word == "lower")
    # A and A' share one decomposition.
    turned = e.T
    if turned is not e and (_transposes(turned), low.first_seen(turned)) < (_transposes(e), low.first_seen(e)):
        return System(low, turned, flipped=True)
    return System(low, e)


def _transposes(e: Expr) -> int:
    return sum(part.op.name == "transpose" for part in walk(e, into_definitions=False))
