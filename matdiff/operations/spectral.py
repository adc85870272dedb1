"""Extreme eigenvalues and singular values, their vectors, and the norms made of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE
from matdiff.core.operation import STRICT, Build, Operation, Sizes, Slot, Value, square
from matdiff.dimensions import ONE, SCALAR, Shape
from matdiff.operations.algebra import plain
from matdiff.operations.domains import clear_winner
from matdiff.operations.inference import NON_NEGATIVE
from matdiff.operations.norms import norm_build
from matdiff.operations.powers import power
from matdiff.operations.shapes import scalar_result


def _singular_values(a: Any) -> Any:
    import numpy as np

    return np.linalg.svd(a, compute_uv=False)


def _distinct_singular(a: Any) -> bool:
    s = _singular_values(a)
    return bool(s[-1] > 1e-2)


def _extreme_eigen(k: int, vector: bool) -> Value:
    def value(a: Any) -> Any:
        import numpy as np

        w, v = np.linalg.eigh((a + a.T) / 2)
        return _signed(v[:, [k]]) if vector else w[k]

    return value


def _symmetric_eigen(part: int) -> Value:
    def value(a: Any) -> Any:
        import numpy as np

        found = np.linalg.eigh((a + a.T) / 2)[part]
        return found if part else found.reshape(-1, 1)

    return value


def _pencil_eigen(part: int) -> Value:
    def value(a: Any, s: Any) -> Any:
        import scipy.linalg

        found = scipy.linalg.eigh((a + a.T) / 2, (s + s.T) / 2)[part]
        return found if part else found.reshape(-1, 1)

    return value


def _square_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    n = square(sizes, shapes[0], "an eigendecomposition")
    for other in shapes[1:]:
        sizes.equal(square(sizes, other, "an eigendecomposition"), n, "the two matrices of a pencil have one size")
    return shapes[0]


def _spectrum_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return _square_shape(sizes, shapes, params)[0], ONE


def _of_numbers(name: str) -> Build:
    """Of numbers the eigenvalue is a or a/s, and the vector 1 or s^(-1/2)."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        _square_shape(STRICT, [a.shape for a in args], params)
        if not args[0].is_scalar:
            return plain(space, space.operations[name], args, params)
        s = args[1] if len(args) == 2 else space.number(1)
        return args[0] / s if name.endswith("vals") else power(space, s, space.number(Fraction(-1, 2)))

    return build


def _definite_pencil(a: Any, s: Any) -> bool:
    import numpy as np

    return bool(np.allclose(s, s.T, atol=1e-6) and np.linalg.eigvalsh(s)[0] > 1e-3)


def _signed(v: Any) -> Any:
    """Unit vectors are fixed by making the entry of largest modulus positive."""
    return v * (1.0 if v[abs(v).argmax(), 0] > 0 else -1.0)


def _gap(k: int, step: int) -> Callable[[Any], bool]:
    def test(a: Any) -> bool:
        import numpy as np

        w = np.linalg.eigvalsh((a + a.T) / 2)
        symmetric = np.allclose(a, a.T, atol=1e-6)
        return bool(symmetric and (w.size < 2 or abs(w[k] - w[k + step]) > 1e-2))

    return test


def _svd_vector(side: int) -> Value:
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


_SIMPLE_SINGULAR = "where the largest singular value is not simple"


RECORDS = [
    Operation("norm2", "the spectral norm; of a vector, the Euclidean norm", scalar_result,
              lambda a: _singular_values(a)[0], build=norm_build("norm2"), analytic=False, kinks=_SIMPLE_SINGULAR,
              domain=lambda a: clear_winner(_singular_values(a)), facts=NON_NEGATIVE,
              latex=r"\left\lVert {0} \right\rVert_2",
              aliases=("svdmax",), cite="horn2013, sec. 5.6"),
    Operation("nuclear", "the sum of the singular values", scalar_result, lambda a: _singular_values(a).sum(),
              build=norm_build("nuclear"), analytic=False, kinks="where the rank drops", domain=_distinct_singular,
              facts=NON_NEGATIVE, latex=r"\left\lVert {0} \right\rVert_*"),
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
    Operation("eigvals", "the eigenvalues of a symmetric matrix, ascending", _spectrum_shape, _symmetric_eigen(0),
              build=_of_numbers("eigvals"), analytic=False),
    Operation("eigvecs", "orthonormal eigenvectors of a symmetric matrix, in the order of its eigenvalues",
              _square_shape, _symmetric_eigen(1), build=_of_numbers("eigvecs"), analytic=False,
              facts={"orthogonal": lambda e: TRUE, "invertible": lambda e: TRUE}),
    Operation("geneigvals", "the eigenvalues λ of A v = λ S v, A symmetric, S positive definite, ascending",
              _spectrum_shape, _pencil_eigen(0), (Slot("A"), Slot("S")), build=_of_numbers("geneigvals"),
              analytic=False,
              domain=_definite_pencil, cite="horn2013, sec. 7.6"),
    Operation("geneigvecs", "Φ with Φ'A Φ = Diag(λ) and Φ'S Φ = I, A symmetric, S positive definite",
              _square_shape, _pencil_eigen(1), (Slot("A"), Slot("S")), build=_of_numbers("geneigvecs"), analytic=False,
              domain=_definite_pencil, facts={"invertible": lambda e: TRUE}, cite="horn2013, sec. 7.6"),
    Operation("svdleft", "the left unit singular vector of the largest singular value",
              lambda s, a, p: (a[0][0], ONE),
              _svd_vector(0), analytic=False, domain=lambda a: clear_winner(_singular_values(a))),
    Operation("svdright", "the right unit singular vector of the largest singular value",
              lambda s, a, p: (a[0][1], ONE),
              _svd_vector(1), analytic=False, domain=lambda a: clear_winner(_singular_values(a))),
    Operation("polar", "U V' of the thin singular value decomposition", lambda s, a, p: a[0], _polar_value,
              analytic=False, domain=_distinct_singular, transposed=lambda e: e.space.apply("polar", e.args[0].T)),
]  # fmt: skip
