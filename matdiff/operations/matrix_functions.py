"""Matrix functions in Higham's sense, their Fréchet derivatives, Sylvester equations, the Cholesky factor."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, UNKNOWN, Verdict, fact
from matdiff.core.operation import Build, Fact, Operation, Sizes, Slot, Value, square
from matdiff.dimensions import Shape
from matdiff.operations.algebra import plain
from matdiff.operations.shapes import same_square
from matdiff.operations.transposes import of_transposed_arguments


def _scipy(name: str) -> Value:
    def value(a: Any) -> Any:
        import scipy.linalg

        out = getattr(scipy.linalg, name)(a)
        return _real_again(out, a)

    return value


def _real_again(out: Any, given: Any) -> Any:
    """SciPy answers in complex numbers where a real input has complex eigenvalues; roundoff is dropped, more is nan."""
    import numpy as np

    if np.iscomplexobj(given) or not np.iscomplexobj(out):
        return out
    return out.real if np.abs(out.imag).max() < 1e-10 * max(1.0, np.abs(out).max()) else np.full(out.shape, np.nan)


def _no_negative_eigenvalue(a: Any) -> bool:
    """The principal logarithm and square root exist and are smooth."""
    import numpy as np

    if np.ndim(a) == 0:
        return bool(a > 0)
    w = np.linalg.eigvals(a)
    return bool(np.all((w.real > 1e-6) | (abs(w.imag) > 1e-3)))


def frechet_value(x: Any, e: Any, name: str) -> Any:
    """L_f(X, E), the upper right block of f([X, E; 0, X]) (Higham 2008, sec. 3.2, thm 3.6)."""
    import numpy as np

    if name == "logm":
        return _frechet_logm(x, e)
    n = x.shape[0]
    block = np.block([[x, e], [np.zeros((n, n)), x]])
    return _scipy(name)(block)[:n, n:]


def _frechet_logm(x: Any, e: Any) -> Any:
    """The integral of ((1-t)I + tX)^-1 E ((1-t)I + tX)^-1 over 0 < t < 1, after taking square roots until X is near I.

    The block formula is inaccurate here, because the block matrix has no full set of eigenvectors (Al-Mohy, Higham &
    Relton 2013, sec. 4).
    """
    import numpy as np
    import scipy.linalg

    one = np.eye(x.shape[0])
    factor = 1.0
    while np.linalg.norm(x - one, 1) > 0.25 and factor < 2.0**40:
        x = _scipy("sqrtm")(x)
        if not np.all(np.isfinite(x)):
            return np.full(e.shape, np.nan)
        e = scipy.linalg.solve_sylvester(x, x, e)
        factor *= 2
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = np.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total = total + w * np.linalg.solve(at, np.linalg.solve(at.T, e.T).T)
    return factor * total


def _frechet_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    n = square(sizes, shapes[0], "a matrix function")
    for d in shapes[1]:
        sizes.equal(d, n, "frechet needs a direction of the matrix's own shape")
    return shapes[0]


def _kronfrechet_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    n = square(sizes, shapes[0], "a matrix function")
    return n * n, n * n


def _kronfrechet_value(x: Any, name: str) -> Any:
    import numpy as np

    if np.ndim(x) == 0:
        return frechet_value(np.full((1, 1), x), np.ones((1, 1)), name)[0, 0]
    n = x.shape[0]
    columns = []
    for j in range(n):
        for i in range(n):
            e = np.zeros((n, n))
            e[i, j] = 1.0
            columns.append(frechet_value(x, e, name).reshape(-1, order="F"))
    return np.column_stack(columns)


def _sylvester_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    m, n = square(sizes, shapes[0], "sylvester"), square(sizes, shapes[1], "sylvester")
    sizes.equal(shapes[2][0], m, "sylvester(A, B, C): C needs as many rows as A")
    sizes.equal(shapes[2][1], n, "sylvester(A, B, C): C needs as many columns as B")
    return m, n


def _sylvester_value(a: Any, b: Any, c: Any) -> Any:
    import scipy.linalg

    return scipy.linalg.solve_sylvester(a, b, c)


def _spectra_apart(a: Any, b: Any, c: Any) -> bool:
    """A X + X B = C has one solution where no eigenvalue of A is minus one of B."""
    import numpy as np

    gaps = np.linalg.eigvals(a)[:, None] + np.linalg.eigvals(b)[None, :]
    return bool(np.min(abs(gaps)) > 1e-3)


def _chol_value(a: Any) -> Any:
    import numpy as np

    return np.linalg.cholesky((a + a.T) / 2)


def _positive_definite(a: Any) -> bool:
    import numpy as np

    if np.ndim(a) == 0:
        return bool(a > 0)
    return bool(np.allclose(a, a.T, atol=1e-6) and np.linalg.eigvalsh(a)[0] > 1e-3)


def _of_matrices(name: str, of_number: str) -> Build:
    """Of a number, expm is exp, chol the root, and so on."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        (e,) = args
        if not e.is_scalar:
            return plain(space, space.operations[name], args, params)
        if of_number == "sqrt":
            return space.apply("power", e, space.number(Fraction(1, 2)))
        return space.apply(of_number, e)

    return build


def _matrix_function(name: str, doc: str, **more: Any) -> Operation:
    of_number = name.removesuffix("m") if name != "sqrtm" else "sqrt"
    return Operation(
        name, doc, same_square(name), _scipy(name), build=_of_matrices(name, of_number),
        transposed=of_transposed_arguments, cite="higham2008, ch. 3", **more,
    )  # fmt: skip


def _symmetric_gives(name: str, needs: str = "symmetric") -> Fact:
    def infer(e: Expr) -> Verdict:
        inner = e.args[0]
        if inner.T is not inner:
            return UNKNOWN
        return TRUE if needs == "symmetric" else fact(inner, needs)

    return infer


_MATRIX_FUNCTIONS = ("expm", "logm", "sqrtm", "sinm", "cosm")


RECORDS = [
    _matrix_function("expm", "the matrix exponential",
                     facts={"invertible": lambda e: TRUE, "spd": _symmetric_gives("spd"),
                            "psd": _symmetric_gives("psd")}),
    _matrix_function("logm", "the principal matrix logarithm", domain=_no_negative_eigenvalue, analytic=False),
    _matrix_function("sqrtm", "the principal matrix square root", domain=_no_negative_eigenvalue, analytic=False,
                     facts={"spd": _symmetric_gives("spd", "spd"), "psd": _symmetric_gives("psd", "psd"),
                            "invertible": lambda e: fact(e.args[0], "invertible")}),
    Operation(
        "chol", "the lower Cholesky factor of a positive definite matrix", same_square("chol"), _chol_value,
        build=_of_matrices("chol", "sqrt"), domain=_positive_definite, analytic=False,
        kinks="where the matrix is singular",
        facts={"lower": lambda e: TRUE, "invertible": lambda e: TRUE}, cite="horn2013, sec. 7.2",
    ),
    _matrix_function("sinm", "the matrix sine", analytic=False),
    _matrix_function("cosm", "the matrix cosine", analytic=False),
    Operation(
        "frechet", "the Fréchet derivative of a matrix function at X in direction E", _frechet_shape, frechet_value,
        (Slot("f", "word", _MATRIX_FUNCTIONS), Slot("X"), Slot("E")), linear=(1,), analytic=False,
        transposed=of_transposed_arguments, cite="higham2008, ch. 3",
    ),
    Operation(
        "kronfrechet",
        "the matrix K with vec of the Fréchet derivative in direction E equal to K vec(E)",
        _kronfrechet_shape,
        _kronfrechet_value,
        (Slot("f", "word", _MATRIX_FUNCTIONS), Slot("X")),
        analytic=False,
        transposed=of_transposed_arguments,
        cite="higham2008, sec. 3.2",
    ),
    Operation(
        "sylvester", "the solution X of A X + X B = C", _sylvester_shape, _sylvester_value,
        (Slot("A"), Slot("B"), Slot("C")), linear=(2,), domain=_spectra_apart, analytic=False,
        transposed=lambda e: e.space.apply("sylvester", e.args[1].T, e.args[0].T, e.args[2].T),
        cite="higham2008, sec. B.14",
    ),
]  # fmt: skip
