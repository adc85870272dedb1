"""NumPy and SciPy: how each instruction is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.compile.naming import identifier
from matdiff.compile.program import Node, value_of
from matdiff.compile.targets.printer import ATOM, POWER, PRODUCT, SIGN, Template
from matdiff.compile.targets.python import Python

if TYPE_CHECKING:
    from matdiff.compile.code import Result

_UFUNCS = tuple(f"scipy.special.{name}(" for name in ("expit", "ndtr", "erf", "gamma", "gammaln", "psi"))
_SAME = "exp expm1 log log1p sqrt sin cos tan sinh cosh tanh sign abs maximum minimum cbrt".split()


class NumPy(Python):
    """NumPy with SciPy's LAPACK and special functions."""

    label = "NumPy"
    kernels = "matdiff.compile.kernels.numpy"
    tuned = True
    functions: dict[str, Template] = {
        **{name: (ATOM, f"np.{name}({{all}})") for name in _SAME},
        **{f"a{name}": (ATOM, f"np.arc{name}({{0}})") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        "erf": (ATOM, "scipy.special.erf({0})"),
        "gamma": (ATOM, "scipy.special.gamma({0})"),
        "lgamma": (ATOM, "scipy.special.gammaln({0})"),
        "digamma": (ATOM, "scipy.special.psi({0})"),
        "trigamma": (ATOM, "scipy.special.polygamma(1, {0})"),
        "polygamma": (ATOM, "scipy.special.polygamma({1}, {0})"),
        "sigmoid": (ATOM, "scipy.special.expit({0})"),
        "softplus": (ATOM, "np.logaddexp(0, {0})"),
        "relu": (ATOM, "np.maximum({0}, 0)"),
        "step": (ATOM, "np.heaviside({0}, 0)"),
        "atleast": (ATOM, "np.where({0.3} >= {1.3}, 1.0, 0.0)"),
        "huber": (ATOM, "huber({0}, {1})"),
        "normcdf": (ATOM, "scipy.special.ndtr({0})"),
    }
    templates: dict[str, Template] = {
        "outer": (ATOM, "outer({0}, {1})"),
        "vdot": (ATOM, "inner({0}, {1})"),
        "sum": (ATOM, "{0.6}.sum()"),
        "rowsums": (ATOM, "{0.6}.sum(axis=1)"),
        "colsums": (ATOM, "{0.6}.sum(axis=0)"),
        "prod": (ATOM, "{0.6}.prod()"),
        "max": (ATOM, "{0.6}.max()"),
        "min": (ATOM, "{0.6}.min()"),
        "diagonal": (ATOM, "{0.6}.diagonal()"),
        "diagmat": (ATOM, "np.diag({0})"),
        "add_diagonal": (ATOM, "add_diagonal({0}, {1})"),
        "scale_rows": (PRODUCT, "{0.6}[:, None] * {1.4}"),
        "scale_cols": (PRODUCT, "{0.3} * {1.4}"),
        "spread_rows": (ATOM, "np.broadcast_to({0}, {shape})"),
        "spread_cols": (ATOM, "np.broadcast_to({0.6}[:, None], {shape})"),
        "eye": (ATOM, "np.eye({s0})"),
        "zeros": (ATOM, "np.zeros({shape})"),
        "ones": (ATOM, "np.ones({shape})"),
        "unit": (ATOM, "unit({p0}, {s0})"),
        "row": (ATOM, "{0.6}[{p0} - 1]"),
        "column": (ATOM, "{0.6}[..., {p0} - 1]"),
        "lu": (ATOM, "lu_factor({0})"),
        "lu_inverse": (ATOM, "lu_inverse({0})"),
        "lu_logdet": (ATOM, "lu_logdet({0})"),
        "lu_log_det": (ATOM, "lu_log_det({0})"),
        "lu_det": (ATOM, "lu_det({0})"),
        "chol": (ATOM, "cholesky({0})"),
        "chol_solve": (ATOM, "cholesky_solve({0}, {1})"),
        "chol_inverse": (ATOM, "cholesky_inverse({0})"),
        "eigh": (ATOM, "np.linalg.eigh({0})"),
        "geneigh": (ATOM, "generalized_eigh({0}, {1})"),
        "copy": (ATOM, "{0.6}.copy()"),
        "both_products": (ATOM, "both_products({0}, {1})"),
        "thin_outer": (ATOM, "thin_outer({0}, {1})"),
        "symmetric_product": (ATOM, "symmetric_product({0}, {1})"),
        "weighted_gram": (ATOM, "weighted_gram({0}, {1})"),
        "thin_product": (ATOM, "thin_product({0}, {1})"),
        "mat": (ATOM, "{0.6}.reshape({s1}, {s0}).T"),
        "tril": (ATOM, "np.tril({0})"),
        "triu": (ATOM, "np.triu({0})"),
        "kron": (ATOM, "kron({0}, {1})"),
        "kron_vectors": (ATOM, "outer({0}, {1}).reshape(-1)"),
        "repeat_blocks": (ATOM, "repeat_blocks({0}, {p0}, {p1})"),
        "ptrace": (ATOM, "partial_trace({0}, {p0}, {p1})"),
        "ptrace_product": (ATOM, "partial_trace_product({0}, {1}, {p0}, {p1})"),
        "weigh_blocks": (ATOM, "weigh_blocks({0}, {1}, {p0})"),
        "commute_rows": (ATOM, "commute_rows({0}, {p0}, {p1})"),
        "softmax": (ATOM, "softmax({0})"),
        "logsumexp": (ATOM, "logsumexp({0})"),
        "matrix": (ATOM, "matrix_function({p0}, {0})"),
        "matrix_power": (ATOM, "np.linalg.matrix_power({0}, {p0})"),
        "kth_power": (ATOM, "np.linalg.matrix_power({0}, whole({1}))"),
    }
    calls: dict[str, Template] = {
        "adj": (ATOM, "adjugate({0})"),
        "pinv": (ATOM, "np.linalg.pinv({0})"),
        "frechet": (ATOM, "frechet({0}, {1}, {p0})"),
        "kronfrechet": (ATOM, "frechet_matrix({0}, {p0})"),
        "sylvester": (ATOM, "scipy.linalg.solve_sylvester({0}, {1}, {2})"),
        "norm2": (ATOM, "singular_values({0})[0]"),
        "nuclear": (ATOM, "singular_values({0}).sum()"),
        "eigmax": (ATOM, "np.linalg.eigvalsh(({0.2} + {0.6}.T) / 2)[-1]"),
        "eigmin": (ATOM, "np.linalg.eigvalsh(({0.2} + {0.6}.T) / 2)[0]"),
        "eigvecmax": (ATOM, "extreme_eigenvector({0}, -1)"),
        "eigvecmin": (ATOM, "extreme_eigenvector({0}, 0)"),
        "svdleft": (ATOM, "singular_vector({0}, False)"),
        "svdright": (ATOM, "singular_vector({0}, True)"),
        "polar": (ATOM, "polar({0})"),
        "vech": (ATOM, "vech({0})"),
        "lowerhalf": (ATOM, "lower_half({0})"),
        "hcat": (ATOM, "np.hstack([{all}])"),
        "vcat": (ATOM, "np.vstack([{all}])"),
        "blkdiag": (ATOM, "scipy.linalg.block_diag({all})"),
        "place": (ATOM, "place({0}, {p0}, {p1}, {p2}, {p3})"),
        "bldiag": (ATOM, "grid_block({0}, {p0}, {p1})"),
        "kronleft": (ATOM, "kronecker_term({0}, {p0}, {p1}, {p2}, False)"),
        "kronright": (ATOM, "kronecker_term({0}, {p0}, {p1}, {p2}, True)"),
        "svdterm_left": (ATOM, "svd_term({0}, {p0}, False)"),
        "svdterm_right": (ATOM, "svd_term({0}, {p0}, True)"),
        "cross": (ATOM, "np.cross({0}, {1}, axis=0)"),
        "khatrirao": (ATOM, "khatri_rao({0}, {1})"),
        "maxmask": (ATOM, "extreme_mask({0}, True)"),
        "minmask": (ATOM, "extreme_mask({0}, False)"),
        "softmax": (ATOM, "softmax_along({0}, {p0})"),
        "logsumexp": (ATOM, "logsumexp_along({0}, {p0})"),
        "duplication": (ATOM, "duplication({p0})"),
        "elimination": (ATOM, "elimination({p0})"),
        "commutation": (ATOM, "commutation({p0}, {p1})"),
    }

    number = "{0} = float({0})"

    def _converted(self, name: str, pattern: str, may_be_sparse: bool) -> str:
        line = pattern.format(identifier(name))
        # a scipy.sparse matrix that only multiplies stays one
        return f'if not hasattr({identifier(name)}, "tocsr"):\n        {line}' if may_be_sparse else line

    def result(self, result: Result, node: Node) -> str:
        return f"float({self.text(node)})" if node.rank == 0 else self.text(node)

    def in_place(self, node: Node, into: str) -> str:
        if node.op == "function":
            text = self.text(node, whole=True)
            # not everything in these modules can write into an array it is given
            ufunc = text.startswith(("np.", *_UFUNCS)) and not text.startswith("np.where")
            return f"{text[:-1]}, out={into})" if ufunc and text.endswith(")") else text
        name = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative"}[node.op]
        shown = [self.entries(a, node, 0) for a in node.args]
        return f"np.{name}({', '.join(shown)}, out={into})"

    def _transpose(self, node: Node) -> Template:
        inner = node.args[0]
        if inner.op == "mat" and inner not in self.schedule.names:
            rows, columns = map(self.dim, inner.shape)
            return ATOM, f"{self.text(inner.args[0], ATOM)}.reshape({columns}, {rows})"
        return ATOM, f"{self.text(inner, ATOM)}.T"

    def _vec(self, node: Node) -> Template:
        inner = node.args[0]
        if inner.op == "transpose" and inner not in self.schedule.names:
            return ATOM, f"{self.text(inner.args[0], ATOM)}.reshape(-1)"
        return ATOM, f"{self.text(inner, ATOM)}.T.reshape(-1)"

    def _power(self, node: Node) -> Template:
        base, exponent = node.args
        return POWER, f"{self.text(base, ATOM)} ** {self.text(exponent, SIGN)}"

    def _lu_solve(self, node: Node) -> Template:
        more = ", transposed=True" if node.params[0] else ""
        return ATOM, f"lu_solve({self.text(node.args[0])}, {self.text(node.args[1])}{more})"

    def _tri_solve(self, node: Node) -> Template:
        lower, transposed = node.params
        more = ", transposed=True" if transposed else ""
        a, b = map(self.text, node.args)
        return ATOM, f"triangular_solve({a}, {b}, lower={lower}{more})"

    def _apply_factor(self, node: Node) -> Template:
        (left,) = node.params
        more = "" if left.is_one else f", left={self.dim(left)}"
        return ATOM, f"apply_factor({self.text(node.args[0])}, {self.text(node.args[1])}{more})"

    def _slice(self, node: Node) -> Template:
        x = node.args[0]
        spans = list(zip(node.params[::2], node.params[1::2]))
        if node.bound:
            # an index may leave the matrix: the ends are looked at
            spelled = ", ".join(f"{self.dim(a)}, {self.dim(b)}" for a, b in spans)
            text = f"block({self.text(x)}, {spelled})"
            shown = ", ".join("0" if a == b else ":" for a, b in spans)
            return ATOM, text if shown.replace(",", "").replace(" ", "") == ":" * len(spans) else f"{text}[{shown}]"
        cut = [self._span(a, b, size) for (a, b), size in zip(spans, x.shape)]
        return ATOM, f"{self.text(x, ATOM)}[{', '.join(cut)}]"

    def _span(self, first: object, last: object, size: object) -> str:
        if first == last:
            return self._before(first)
        begin = self._before(first)
        return f"{'' if begin == '0' else begin}:{'' if last == size else self.dim(last)}"  # type: ignore[arg-type]

    def _before(self, position: object) -> str:
        """A position counted from 1, counted from 0."""
        from matdiff.dimensions import ONE

        return self.dim(position - ONE)  # type: ignore[operator]

    def _as_matrix(self, node: Node) -> Template:
        x = self.text(node.args[0], ATOM)
        if node.args[0].rank == 0:
            return ATOM, f"np.reshape({x}, (1, 1))"
        return ATOM, f"{x}[:, None]" if node.shape[1].is_one else f"{x}[None, :]"

    def _from_matrix(self, node: Node) -> Template:
        x = self.text(node.args[0], ATOM)
        return ATOM, f"{x}[0, 0]" if node.rank == 0 else f"{x}.reshape(-1)"

    def _function(self, node: Node) -> Template:
        if node.params[0] == "power" and value_of(node.args[1]) is not None:
            return self._power(node)
        return self._filled(self._template(node), node)
