"""A finished derivation: what `md.derive` returns.

Here: the object users hold, which keeps the run and its check and hands everything else to the layers that do it
(`show` renders, `numeric` evaluates).  Not here: how a gradient is found (`gradient`), how a request becomes a run
(`request`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matdiff.core.expr import Expr
from matdiff.errors import EvaluationError
from matdiff.language.names import pretty
from matdiff.language.problem import Problem
from matdiff.language.write import text
from matdiff.tactics.forms import Form
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.jacobian import Jacobian
from matdiff.tactics.matrixform import matrix_form
from matdiff.tactics.steps import Line, Step
from matdiff.tactics.validate import Validation, validate

if TYPE_CHECKING:
    from matdiff.tactics.curvature import Curvature
    from matdiff.tactics.stationary import Stationary


class Derivation:
    """The derivative of a problem's function, with every step that led to it.

    `gradient` of a scalar function has the shape of the variable, with df = gradient : dX; of a vector or matrix
    function it is the Jacobian ∂vec(F)/∂vec(X)' (Magnus & Neudecker 2019, ch. 5), transposed where `layout` is
    "denominator"; of order 2 the Hessian ∂²f/∂vec(X)∂vec(X)', with the gradient's own derivation in `first`.  `forms`
    are named alternative forms of the same answer.  `validation` is the verdict of the numerical check, None if it
    was left out.  `notes` say what a reader should know about the answer.
    """

    def __init__(
        self,
        problem: Problem,
        function: Expr,
        variable: Expr,
        run: Gradient,
        notes: list[str],
        forms: Callable[[], list[Form]],
        layout: str = "numerator",
        first: Derivation | None = None,
    ) -> None:
        self.problem = problem
        self.function_expr = function
        self.variable = variable
        self.run = run
        self.validation: Validation | None = None
        self.notes = notes
        self.layout = layout if self.is_jacobian else "gradient"
        # for a Hessian, the derivation of the gradient that this one differentiates
        self.first = first
        self._find_forms = forms

    # ------------------------------------------------------------ the answer

    @cached_property
    def gradient(self) -> Expr:
        """The gradient or Jacobian in the problem's own terms: names the engine made are written out."""
        return self.run.restored(self.answer)

    @property
    def is_jacobian(self) -> bool:
        """Is the answer a row for each entry of the function, rather than of the variable's shape?"""
        return isinstance(self.run, Jacobian)

    @property
    def order(self) -> int:
        return 1 if self.first is None else 2

    @property
    def answer(self) -> Expr:
        """The derivative in terms of the run's names, transposed in denominator layout."""
        return self.run.answer.T if self.layout == "denominator" else self.run.answer

    @property
    def wrt(self) -> str:
        return self.variable.name

    @property
    def read_as(self) -> str:
        return self.problem.read_as

    @property
    def assumptions(self) -> list[str]:
        """What the answer presupposes: asserted, needed for the function to be defined, and points left out."""
        needed = self.run.rw.assumptions(lambda e: text(self.run.restored(e)))
        sizes = self.validation.needed if self.validation else []
        kinks = [f"{text(e)} is not differentiable {where}" for e, where in self.kinks]
        return list(dict.fromkeys([*self.problem.assumptions, *needed, *sizes, *kinks]))

    @property
    def kinks(self) -> list[tuple[Expr, str]]:
        """Expressions that are not differentiable somewhere, and where: what the applied rules leave out.

        The square of a norm has no such points, because its own rule was applied and not the norm's.
        """
        found: dict[tuple[Expr, str], None] = {}
        for step in self.steps:
            e = step.before.args[0] if step.before.op.name == "d" else None
            if e is not None and step.rule is not None and e.op.kinks and step.rule.operation == e.op.name:
                found[self.run.restored(e), e.op.kinks] = None
        return list(found)

    @property
    def steps(self) -> list[Step]:
        """Every application of a rule, in order; `step.line` is an index into `lines`."""
        return self.run.rw.steps

    @property
    def lines(self) -> list[Line]:
        """The lines a textbook would print."""
        return self.run.lines

    @cached_property
    def matrix_form(self) -> Expr | None:
        """The function without sums over an index, where it has such sums and a matrix form of them."""
        form = matrix_form(self.function_expr)
        return None if form is self.function_expr else form

    @cached_property
    def stationary(self) -> Stationary | None:
        """The gradient set to zero and solved for the variable, where it is linear in it (the normal equations)."""
        if self.is_jacobian or self.order == 2:
            return None
        from matdiff.tactics.stationary import stationary

        return stationary(self.run.rw, self.gradient, self.variable)

    @cached_property
    def curvature(self) -> Curvature | None:
        """Of a Hessian, whether it is semidefinite, where the facts prove it; None: nothing is known."""
        if self.first is None or self.first.variable is not self.variable:
            return None
        from matdiff.tactics.curvature import curvature

        return curvature(self.gradient, self.first.function_expr, self.variable)

    @cached_property
    def _forms(self) -> list[Form]:
        return self._find_forms()

    def form(self, name: str) -> Form:
        return next(form for form in self._forms if form.name == name)

    @property
    def forms(self) -> dict[str, Expr]:
        """Named alternative forms of the answer, each checked numerically against it.

        For a structured variable the conventions of other books ("independent entries", "vech", "Riemannian
        gradient", ...), for a Jacobian the linear map dX -> dF, for a Hessian its product with a direction V.
        """
        return {form.name: form.expr for form in self._forms}

    @property
    def form_notes(self) -> dict[str, str]:
        """What each of the forms is, in a sentence."""
        return {form.name: form.why for form in self._forms}

    # ------------------------------------------------------------ numbers

    def validate(self, draws: int = 5, seed: int = 0, exact: bool = False) -> Validation:
        """Check the lines and the answer at `draws` random points, and keep the verdict.

        `exact=True`: decide the answer of a rational function also without rounding, over the dual numbers modulo two
        random primes; `how` then tells with what probability a wrong answer would survive (Schwartz 1980), or why the
        function is not rational.
        """
        if draws < 1:
            raise EvaluationError("a check needs at least one draw", suggestion="draws=5")
        self.validation = validate(self.run, self.function_expr, draws, seed, exact)
        return self.validation

    def function(
        self, target: str = "numpy", value: bool = False, form: str | None = None, what: str | None = None
    ) -> Callable[..., Any]:
        """A callable: keyword arguments are arrays by variable name, the result is the derivative.

        `value=True`, or `what="both"`: returns (f, derivative), sharing work; `what="value"`: f alone.  `form`: the
        name of an alternative form, or "operator" for a Jacobian or Hessian as a scipy LinearOperator.  Vectors are
        (n,), matrices (m, n), scalars floats; an unknown function g and its derivatives are callables g, g_1, g_2.
        `target`: "numpy", "jax" (jitted) or "torch".  Raises EvaluationError at the call for arrays that do not fit.
        """
        from matdiff.compile import derivatives

        return derivatives.function(self, target, "both" if value else what or "derivative", form)

    def code(
        self, target: str = "numpy", what: str = "derivative", form: str | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> str:  # fmt: skip
        """The source of `function`, to read and to copy.

        `what`: "derivative", "value" (the function itself, restructured) or "both".  `target`: "numpy", "jax",
        "torch", "julia", "matlab", "pseudocode" or "latex".  `sizes`: what the order of products is chosen for.  Raises
        UnsupportedError for what a target has no code for.
        """
        from matdiff.compile import derivatives

        return derivatives.source(self, target, what, form, sizes, self.letters)

    @property
    def letters(self) -> Mapping[Expr, str]:
        """The names that the derivation as shown gives to parts of it."""
        from matdiff.show.page import page

        return page(self, "frobenius", "textbook").called

    def to_sympy(self) -> Any:
        """The gradient as a SymPy (matrix) expression.  Raises UnsupportedError for what SymPy has no word for."""
        from matdiff.language.sympy import to_sympy

        return to_sympy(self.gradient)

    # ------------------------------------------------------------ showing

    def text(self, style: str = "frobenius", detail: str = "textbook") -> str:
        """The derivation as plain text with Unicode.

        style: "frobenius" (A : B) or "trace" (tr(A'B)).  detail: "answer", "brief", "textbook" or "full".
        """
        from matdiff.show.text import render

        return render(self, style, detail)

    def latex(self, style: str = "frobenius", detail: str = "textbook") -> str:
        """The derivation as one LaTeX `aligned` block."""
        from matdiff.show.latex import render

        return render(self, style, detail)

    def markdown(self, style: str = "frobenius", detail: str = "textbook") -> str:
        """The derivation as Markdown with $$ blocks."""
        from matdiff.show.markdown import render

        return render(self, style, detail)

    def html(self, style: str = "frobenius", detail: str = "textbook") -> str:
        """The derivation as an HTML fragment with MathML."""
        from matdiff.show.html import render

        return render(self, style, detail)

    def to_dict(self, style: str = "frobenius", detail: str = "textbook") -> dict[str, Any]:
        """The derivation as plain data (JSON); key "schema" is 1."""
        from matdiff.show.data import render

        return render(self, style, detail)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/latex": self._repr_latex_(), "text/markdown": self.markdown()}

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def __repr__(self) -> str:
        return f"<Derivation: gradient in {pretty(self.wrt)} is {text(self.gradient)}>"


class Derivations(dict[str, Derivation]):
    """The derivatives in several variables, by name; their code shares work."""

    def function(self, target: str = "numpy", value: bool = False) -> Callable[..., Any]:
        """A callable that returns a mapping from names to derivatives; with `value=True`, (f, that mapping)."""
        from matdiff.compile import derivatives

        return derivatives.function(list(self.values()), target, "both" if value else "derivative")

    def code(self, target: str = "numpy", what: str = "derivative", sizes: Mapping[str, int] | None = None) -> str:
        """The source of `function`; `what` is "derivative" or "both"."""
        from matdiff.compile import derivatives

        letters: dict[Expr, str] = {}
        for d in self.values():
            letters |= {e: name for e, name in d.letters.items() if name not in letters.values()}
        return derivatives.source(list(self.values()), target, what, None, sizes, letters)
