"""Norms, and the other functions that gather all entries: sum, product, extremes, softmax, logsumexp, spectra."""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, fact
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, square
from matdiff.dimensions import ONE, SCALAR, Shape, shape_text
from matdiff.operations.algebra import multiply, number_of, plain, power, scalar_part, upright
from matdiff.operations.elementwise import choose_abs, real_part


def _scalar(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return SCALAR


def need_vector(sizes: Sizes, shape: Shape, what: str) -> None:
    shown = shape_text((sizes.resolve(shape[0]), sizes.resolve(shape[1])))
    sizes.equal(shape[1], ONE, f"{what} needs a vector, but its argument is {shown}")


def _of_vector(what: str):
    def shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
        need_vector(sizes, shapes[0], what)
        return SCALAR

    return shape


# ---------------------------------------------------------------- norms


def _norm_build(name: str):
    """|c| leaves a norm; the norm of a scalar is its absolute value; norm2 of a vector is the Euclidean norm."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        e = args[0]
        if name == "norm":
            need_vector(STRICT, e.shape, "norm(x, p)")
        if e.is_scalar:
            return space.apply("abs", e)
        if name in ("norm2", "nuclear") and e.shape[1].is_one:
            return space.apply("normF", e)
        if e.op.name == "vec" and name in ("norm1", "normF", "norminf"):
            return space.apply(name, e.args[0])
        scalar, matrix = scalar_part(e)
        if number_of(scalar) != 1:
            return multiply(space, space.apply("abs", scalar), space.apply(name, matrix, *args[1:]))
        if e.op.name == "zeros":
            return space.number(0)
        return space.node(space.operations[name], args, params, SCALAR)

    return build


def _norm_fro_value(a: Any) -> Any:
    # Squares, not moduli: the analytic continuation.
    return (a * a).sum() ** 0.5


def _norm_p_value(a: Any, p: Any) -> Any:
    return (choose_abs(a) ** p).sum() ** (1 / p)


def _largest_entry(a: Any) -> Any:
    flat = choose_abs(a).ravel()
    return flat[real_part(flat).argmax()]


def _clear_winner(values: Any) -> bool:
    """The largest of a list is ahead of the second by a visible margin."""
    import numpy as np

    top = np.sort(np.asarray(values).ravel())[::-1]
    return bool(top.size < 2 or top[0] - top[1] > 1e-2 * max(1e-3, abs(top[0])))


def _singular_values(a: Any) -> Any:
    import numpy as np

    return np.linalg.svd(a, compute_uv=False)


def _nonzero(a: Any, *_: Any) -> bool:
    return bool((abs(a) > 1e-3).all())


def _distinct_singular(a: Any) -> bool:
    s = _singular_values(a)
    return bool(s[-1] > 1e-2)


# ---------------------------------------------------------------- eigenvalues and singular vectors


def _extreme_eigen(k: int, vector: bool):
    def value(a: Any) -> Any:
        import numpy as np

        w, v = np.linalg.eigh((a + a.T) / 2)
        return _signed(v[:, [k]]) if vector else w[k]

    return value


def _signed(v: Any) -> Any:
    """Unit vectors are fixed by making the entry of largest modulus positive."""
    return v * (1.0 if v[abs(v).argmax(), 0] > 0 else -1.0)


def _gap(k: int, step: int):
    def test(a: Any) -> bool:
        import numpy as np

        w = np.linalg.eigvalsh((a + a.T) / 2)
        symmetric = np.allclose(a, a.T, atol=1e-6)
        return bool(symmetric and (w.size < 2 or abs(w[k] - w[k + step]) > 1e-2))

    return test


def _svd_vector(side: int):
    def value(a: Any) -> Any:
        import numpy as np

        u, _, vt = np.linalg.svd(a)
        left, right = u[:, [0]], vt[[0], :].T
        sign = 1.0 if left[abs(left).argmax(), 0] > 0 else -1.0
        return sign * (left if side == 0 else right)

    return value


def _polar_value(a: Any) -> Any:
    import numpy as np

    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


# ---------------------------------------------------------------- softmax and logsumexp


def _shifted_exp(a: Any, side: int) -> tuple[Any, Any]:
    import numpy as np

    axis = {0: None, 1: 0, 2: 1}[side]
    top = real_part(a).max(axis=axis, keepdims=True)
    return np.exp(a - top), top


def _softmax_value(a: Any, side: int) -> Any:
    axis = {0: None, 1: 0, 2: 1}[side]
    e, _ = _shifted_exp(a, side)
    return e / e.sum(axis=axis, keepdims=True)


def _logsumexp_value(a: Any, side: int) -> Any:
    import numpy as np

    axis = {0: None, 1: 0, 2: 1}[side]
    e, top = _shifted_exp(a, side)
    out = np.log(e.sum(axis=axis, keepdims=True)) + top
    return out.reshape(-1, 1) if side else out.item()


def _softmax_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    if params[0] == 0:
        need_vector(sizes, shapes[0], "softmax of a matrix needs a direction, softmax(X, 1) or softmax(X, 2);")
    return shapes[0]


def _logsumexp_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    if params[0] == 0:
        return SCALAR
    return (shapes[0][1], ONE) if params[0] == 1 else (shapes[0][0], ONE)


_SIDE = Slot("side", "int", (0, 1, 2), 0)


# ---------------------------------------------------------------- sums, products, extremes


def _build_mean(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    count = space.apply("dimension", params=(e.shape[0] * e.shape[1],))
    return multiply(space, power(space, count, space.number(-1)), space.apply("entrysum", e))


def _build_entrysum(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.is_scalar:
        return e
    scalar, matrix = scalar_part(e)
    if matrix.op.name == "zeros":
        return space.number(0)
    if matrix.op.name == "vec":
        matrix = matrix.args[0]
    if matrix.op.name == "ones":
        node = space.apply("dimension", params=(e.shape[0] * e.shape[1],))
    else:
        key = min(id(matrix), id(matrix.T))
        node = space.node(space.operations["entrysum"], (upright(matrix),), (), SCALAR, key)
    return multiply(space, scalar, node)


def _scalar_is_itself(name: str):
    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        return args[0] if args[0].is_scalar else plain(space, space.operations[name], args, params)

    return build


def _extreme_value(pick: str):
    def value(a: Any) -> Any:
        flat = a.ravel()
        return flat[getattr(real_part(flat), pick)()]

    return value


def _extreme_mask(pick: str):
    def value(a: Any) -> Any:
        import numpy as np

        out = np.zeros(a.shape)
        out.ravel()[getattr(real_part(np.ascontiguousarray(a)).ravel(), pick)()] = 1.0
        return out

    return value


def _total(a: Any) -> Any:
    return a.sum() if hasattr(a, "sum") else a


def _product_of_entries(a: Any) -> Any:
    return a.prod() if hasattr(a, "prod") else a


def _positive_argument(e: Expr):
    return fact(e.args[0], "positive")


_KINK_0 = "where the argument is 0"
_SIMPLE_SINGULAR = "where the largest singular value is not simple"

RECORDS = [
    Operation("normF", "the Frobenius norm; of a vector, the Euclidean norm", _scalar, _norm_fro_value,
              build=_norm_build("normF"), kinks=_KINK_0, domain=lambda a: _norm_fro_value(a) > 1e-3,
              latex=r"\left\lVert {0} \right\rVert_F", cite="horn2013, sec. 5.6"),
    Operation("norm2", "the spectral norm; of a vector, the Euclidean norm", _scalar,
              lambda a: _singular_values(a)[0], build=_norm_build("norm2"), analytic=False, kinks=_SIMPLE_SINGULAR,
              domain=lambda a: _clear_winner(_singular_values(a)), latex=r"\left\lVert {0} \right\rVert_2",
              aliases=("svdmax",), cite="horn2013, sec. 5.6"),
    Operation("norm1", "the sum of the absolute values of the entries", _scalar, lambda a: choose_abs(a).sum(),
              build=_norm_build("norm1"), kinks="where an entry is 0", domain=_nonzero,
              latex=r"\left\lVert {0} \right\rVert_1"),
    Operation("norminf", "the largest absolute value of the entries", _scalar, _largest_entry,
              build=_norm_build("norminf"), kinks="where two entries tie", domain=lambda a: _clear_winner(abs(a)),
              latex=r"\left\lVert {0} \right\rVert_\infty"),
    Operation("norm", "the p-norm of a vector", _scalar, _norm_p_value, (Slot("x"), Slot("p")),
              build=_norm_build("norm"), kinks="where an entry is 0",
              domain=lambda a, p: _nonzero(a) and p >= 1, latex=r"\left\lVert {0} \right\rVert_{{{1}}}"),
    Operation("nuclear", "the sum of the singular values", _scalar, lambda a: _singular_values(a).sum(),
              build=_norm_build("nuclear"), analytic=False, kinks="where the rank drops", domain=_distinct_singular,
              latex=r"\left\lVert {0} \right\rVert_*"),
    Operation("eigmax", "the largest eigenvalue of a symmetric matrix",
              lambda s, a, p: (square(s, a[0], "eigmax"), SCALAR)[1],
              _extreme_eigen(-1, False), analytic=False, kinks="where it is not simple", domain=_gap(-1, -1),
              latex=r"\lambda_{{\max}}\left({0}\right)"),
    Operation("eigmin", "the smallest eigenvalue of a symmetric matrix",
              lambda s, a, p: (square(s, a[0], "eigmin"), SCALAR)[1],
              _extreme_eigen(0, False), analytic=False, kinks="where it is not simple", domain=_gap(0, 1),
              latex=r"\lambda_{{\min}}\left({0}\right)"),
    Operation("eigvecmax", "a unit eigenvector of the largest eigenvalue",
              lambda s, a, p: (square(s, a[0], "eigvecmax"), ONE),
              _extreme_eigen(-1, True), analytic=False, domain=_gap(-1, -1)),
    Operation("eigvecmin", "a unit eigenvector of the smallest eigenvalue",
              lambda s, a, p: (square(s, a[0], "eigvecmin"), ONE),
              _extreme_eigen(0, True), analytic=False, domain=_gap(0, 1)),
    Operation("svdleft", "the left unit singular vector of the largest singular value",
              lambda s, a, p: (a[0][0], ONE),
              _svd_vector(0), analytic=False, domain=lambda a: _clear_winner(_singular_values(a))),
    Operation("svdright", "the right unit singular vector of the largest singular value",
              lambda s, a, p: (a[0][1], ONE),
              _svd_vector(1), analytic=False, domain=lambda a: _clear_winner(_singular_values(a))),
    Operation("polar", "U V' of the thin singular value decomposition", lambda s, a, p: a[0], _polar_value,
              analytic=False, domain=_distinct_singular, transposed=lambda e: e.space.apply("polar", e.args[0].T)),
    Operation("entrysum", "the sum of all entries", _scalar, _total, text="sum", aliases=("sum",), callable=True,
              linear=(0,), build=_build_entrysum, facts={"positive": _positive_argument}),
    Operation("mean", "the mean of all entries", _scalar, lambda a: _total(a), build=_build_mean),
    Operation("prod", "the product of all entries", _scalar, _product_of_entries, build=_scalar_is_itself("prod"),
              facts={"positive": _positive_argument}),
    Operation("max", "the largest entry", _scalar, _extreme_value("argmax"), build=_scalar_is_itself("max"),
              kinks="where two entries tie", domain=lambda a: _clear_winner(a), latex=r"\max\left({0}\right)"),
    Operation("min", "the smallest entry", _scalar, _extreme_value("argmin"), build=_scalar_is_itself("min"),
              kinks="where two entries tie", domain=lambda a: _clear_winner(-a), latex=r"\min\left({0}\right)"),
    Operation("maxmask", "1 at the largest entry, 0 elsewhere", lambda s, a, p: a[0], _extreme_mask("argmax"),
              domain=lambda a: _clear_winner(a)),
    Operation("minmask", "1 at the smallest entry, 0 elsewhere", lambda s, a, p: a[0], _extreme_mask("argmin"),
              domain=lambda a: _clear_winner(-a)),
    Operation("softmax", "exp(x) / sum(exp(x)); of a matrix down columns (1) or along rows (2)", _softmax_shape,
              _softmax_value, (Slot("x"), _SIDE), facts={"positive": lambda e: TRUE}),
    Operation("logsumexp", "log(sum(exp(x))); of a matrix down columns (1) or along rows (2)", _logsumexp_shape,
              _logsumexp_value, (Slot("x"), _SIDE)),
]  # fmt: skip
