"""The Jacobian of a vector or matrix function: d vec F = J d vec X, name by name.

Here: what differs from the gradient.  The working line is a sum of J d vec Y, and factors leave the vec instead of
crossing a colon.  Not here: the order in which names are opened (`gradient`).
"""

from __future__ import annotations

import math
from typing import Any

from matdiff.book.match import match
from matdiff.core.expr import Expr
from matdiff.operations.algebra import multiply
from matdiff.operations.factors import factors
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.steps import Line, Term
from matdiff.tactics.tidy import tidy
from matdiff.tactics.vectorise import vectorise


class Jacobian(Gradient):
    """One run; `answer` is the Jacobian ∂vec(F)/∂vec(X)' (Magnus & Neudecker 2019, ch. 5)."""

    def _nothing(self) -> Expr:
        (m, n), (p, q) = self.function.shape, self.variable.shape
        return self.space.apply("zeros", params=(m * n, p * q))

    def _unit(self) -> Expr:
        rows, cols = self.function.shape
        return self.space.apply("identity", params=(rows * cols,))

    def _term(self, weight: Expr, moving: Expr) -> Term:
        return Term(weight, moving, flat=True)

    def _carried(self, weight: Expr, d: Expr) -> list[Term]:
        return vectorise(self.rw, weight, d)

    def pairing(self, weight: Any, moving: Any) -> Any:
        """The vector J vec(moving), for the check."""
        if not getattr(moving, "ndim", 0) or not getattr(weight, "ndim", 0):
            return weight * moving
        return weight @ moving.reshape(-1, 1, order="F")

    def parts(self, value: Any, shape: tuple[int, ...]) -> list[Any]:
        """Each row is the gradient of one entry."""
        import numpy as np

        return [row.reshape(shape, order="F") for row in np.reshape(value, (-1, math.prod(shape)))]

    def _projected(self, answer: Expr, d: Expr) -> Expr:
        """The Jacobian restricted to the allowed directions, J P, where the variable has a structure."""
        rw = self.rw
        if not self.variable.params[2] or self.variable.is_scalar:
            return answer
        vec = self.space.apply("vec", d)
        for rule in rw.book.applicable("restrict", ""):
            for b in match(rule, rule.left, vec):
                if not rw.admissible(rule, b, "restrict"):
                    continue
                after = rw.build(rule, rule.right, b)
                c, scalars, matrices = factors(after)
                restricted = tidy(rw, multiply(self.space, self.space.number(c), *scalars, answer, *matrices[:-1]))
                rw.line = len(self.lines)
                rw.record(rule, vec, after)
                self.lines.append(Line("projected", None, (self._term(restricted, d),), (rule,)))
                return restricted
        return answer
