"""Rearrangements: vec and mat, diagonals, triangles, blocks, partial traces, and the Kronecker decompositions.

Vectorisation is column-major throughout: vec stacks the columns (Magnus & Neudecker, ch. 2, sec. 4).
"""

from __future__ import annotations

from typing import Any

from matdiff.core.expr import Expr, Space
from matdiff.core.facts import TRUE, fact
from matdiff.core.operation import STRICT, Operation, Sizes, Slot, square
from matdiff.dimensions import ONE, SCALAR, Dim, Shape, shape_text
from matdiff.operations.algebra import multiply, number_of, of_transposed_arguments, plain, scalar_part, upright
from matdiff.operations.leaves import half_vec_size
from matdiff.operations.norms import need_vector


def _shown(sizes: Sizes, shape: Shape) -> str:
    return shape_text((sizes.resolve(shape[0]), sizes.resolve(shape[1])))


# ---------------------------------------------------------------- vec and mat


def _vec_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return shapes[0][0] * shapes[0][1], ONE


def _build_vec(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.shape[1].is_one:
        return e
    if e.shape[0].is_one:
        return e.T
    if e.op.name == "mat":
        return e.args[0]
    return plain(space, space.operations["vec"], args, params)


def _vec_value(a: Any) -> Any:
    return a.reshape(-1, 1, order="F")


def _mat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "mat(x, m, n)")
    sizes.equal(
        shapes[0][0], params[0] * params[1], f"mat(x, m, n) needs m n entries, but x is {_shown(sizes, shapes[0])}"
    )
    return params[0], params[1]


def _build_mat(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    _mat_shape(STRICT, (e.shape,), params)
    if params[1].is_one:
        return e
    if params[0].is_one:
        return e.T
    scalar, inner = scalar_part(e)
    if inner.op.name == "vec" and inner.args[0].shape == params:
        return multiply(space, scalar, inner.args[0])
    return plain(space, space.operations["mat"], args, params)


def _mat_value(x: Any, m: int, n: int) -> Any:
    return x.reshape(m, n, order="F")


def _reshape_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (m, n), (p, q) = shapes[0], params
    sizes.equal(m * n, p * q, f"reshape keeps the number of entries, but X is {_shown(sizes, shapes[0])}")
    return p, q


def _vech_value(a: Any) -> Any:
    import numpy as np

    n = a.shape[0]
    return np.array([[a[i, j]] for j in range(n) for i in range(j, n)])


# ---------------------------------------------------------------- diagonals


def _diag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows, cols = shapes[0]
    if sizes.is_one(cols):
        return rows, rows
    return square(sizes, shapes[0], "diag"), ONE


def _build_diag(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.shape[1].is_one:
        return space.apply("Diag", e)
    square(STRICT, e.shape, "diag")
    if e.op.name == "identity":
        return space.apply("ones", params=(e.shape[0], ONE))
    scalar, matrix = scalar_part(e)
    if matrix.op.name == "zeros":
        return space.apply("zeros", params=(e.shape[0], ONE))
    # A matrix and its transpose have one diagonal.
    key = min(id(matrix), id(matrix.T))
    node = space.node(space.operations["diag"], (upright(matrix),), (), (e.shape[0], ONE), key)
    return multiply(space, scalar, node)


def _build_Diag(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if e.is_scalar:
        return e
    if e.op.name == "ones":
        return space.apply("identity", params=(e.shape[0],))
    return plain(space, space.operations["Diag"], args, params)


def _Diag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    need_vector(sizes, shapes[0], "Diag")
    return shapes[0][0], shapes[0][0]


def _diag_value(a: Any) -> Any:
    return a.diagonal().reshape(-1, 1)


def _Diag_value(x: Any) -> Any:
    import numpy as np

    return np.diag(x[:, 0])


def _triangle(name: str):
    def value(a: Any) -> Any:
        import numpy as np

        if name == "lowerhalf":
            return np.tril(a, -1) + np.diag(np.diag(a)) / 2
        return getattr(np, name)(a)

    return value


# ---------------------------------------------------------------- blocks


def _hcat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    cols = shapes[0][1]
    for s in shapes[1:]:
        sizes.equal(shapes[0][0], s[0], "blocks side by side need the same number of rows")
        cols = cols + s[1]
    return shapes[0][0], cols


def _vcat_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows = shapes[0][0]
    for s in shapes[1:]:
        sizes.equal(shapes[0][1], s[1], "blocks on top of each other need the same number of columns")
        rows = rows + s[0]
    return rows, shapes[0][1]


def _blkdiag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    rows, cols = shapes[0]
    for s in shapes[1:]:
        rows, cols = rows + s[0], cols + s[1]
    return rows, cols


def _flat(name: str):
    """Nested blocks of one direction are one; no scalar factor leaves (it would have to be common)."""

    def build(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
        op = space.operations[name]
        flat = tuple(part for a in args for part in (a.args if a.op is op else (a,)))
        if len(flat) == 1:
            return flat[0]
        shape = op.shape(STRICT, [a.shape for a in flat], params)
        if all(a.op.name == "zeros" or number_of(a) == 0 for a in flat):
            return space.apply("zeros", params=shape)
        return space.node(op, flat, params, shape)

    return build


def _stack(function: str):
    def value(*blocks: Any) -> Any:
        import numpy as np

        return getattr(np, function)([np.reshape(b, (1, 1)) if np.ndim(b) == 0 else b for b in blocks])

    return value


def _blkdiag_value(*blocks: Any) -> Any:
    import scipy.linalg

    return scipy.linalg.block_diag(*blocks)


def _slice_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    first, last, left, right = params
    return last - first + ONE, right - left + ONE


def _slice_value(a: Any, first: int, last: int, left: int, right: int) -> Any:
    return a[first - 1 : last, left - 1 : right]


def _build_slice(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,) = args
    if params == (ONE, e.shape[0], ONE, e.shape[1]):
        return e
    if e.op.name == "slice":
        # A block of a block: positions add up.
        top, _, left, _ = e.params
        first, last, start, end = params
        params = (top + first - ONE, top + last - ONE, left + start - ONE, left + end - ONE)
        return _build_slice(space, e.args, params)
    return plain(space, space.operations["slice"], args, params)


def _place_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    return params[2], params[3]


def _place_value(a: Any, first: int, left: int, rows: int, cols: int) -> Any:
    import numpy as np

    a = np.reshape(a, (1, 1)) if np.ndim(a) == 0 else a
    out = np.zeros((rows, cols), dtype=a.dtype)
    out[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]] = a
    return out


# ---------------------------------------------------------------- partial traces


def _ptrace_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (p, _) = shapes[0], params
    why = f"ptrace(X, p, ...) needs both sizes of X to be multiples of p, but X is {_shown(sizes, shapes[0])}"
    return sizes.divide(rows, p, why), sizes.divide(cols, p, why)


def _ptrace_value(a: Any, p: int, side: int) -> Any:
    import numpy as np

    m, n = a.shape[0] // p, a.shape[1] // p
    if side == 1:
        return np.einsum("ikil->kl", a.reshape(p, m, p, n))
    return np.einsum("ikjk->ij", a.reshape(m, p, n, p))


def _build_ptrace(space: Space, args: tuple[Expr, ...], params: Any) -> Expr:
    (e,), (p, _) = args, params
    if p.is_one:
        return e
    if e.shape == (p, p):
        return space.apply("trace", e)
    return plain(space, space.operations["ptrace"], args, params)


def _bldiag_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (_, p) = shapes[0], params
    why = f"bldiag(X, k, p) needs both sizes of X to be multiples of p, but X is {_shown(sizes, shapes[0])}"
    return sizes.divide(rows, p, why), sizes.divide(cols, p, why)


def _bldiag_value(a: Any, k: int, p: int) -> Any:
    m, n = a.shape[0] // p, a.shape[1] // p
    return a[(k - 1) * m : k * m, (k - 1) * n : k * n]


# ---------------------------------------------------------------- decompositions into sums


def _rearranged(x: Any, p: int, q: int) -> Any:
    """Van Loan and Pitsianis: the matrix whose row (i, j) is vec of block (i, j); rank one iff x = F ⊗ G."""
    m, n = x.shape[0] // p, x.shape[1] // q
    return x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)


def _kronecker_term(side: int):
    def value(x: Any, k: int, p: int, q: int) -> Any:
        import numpy as np

        u, s, vt = np.linalg.svd(_rearranged(x, p, q), full_matrices=False)
        if side == 0:
            return (s[k - 1] * u[:, k - 1]).reshape(x.shape[0] // p, x.shape[1] // q, order="F")
        return vt[k - 1].reshape(p, q, order="F")

    return value


def _left_term_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    (rows, cols), (_, p, q) = shapes[0], params
    why = "the sizes of the right factors must divide those of the matrix"
    return sizes.divide(rows, p, why), sizes.divide(cols, q, why)


def _svd_term(side: int):
    def value(h: Any, k: int) -> Any:
        import numpy as np

        u, s, vt = np.linalg.svd(h, full_matrices=False)
        return s[k - 1] * u[:, [k - 1]] if side == 0 else vt[[k - 1], :].T

    return value


def _need_three(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    for s in shapes:
        sizes.equal(s[0], Dim.of(3), "cross needs two vectors of length 3")
        need_vector(sizes, s, "cross")
    return shapes[0]


def _cross_value(x: Any, y: Any) -> Any:
    import numpy as np

    return np.cross(x[:, 0], y[:, 0]).reshape(3, 1)


# ---------------------------------------------------------------- shorthands that are written out


def _written_out(name: str, doc: str, slots: str, shape: Any, expand: Any, **more: Any) -> Operation:
    """An operation that is only a shorthand: its constructor returns what it stands for."""
    return Operation(
        name, doc, shape, lambda *a: None, tuple(Slot(s) for s in slots.split()),
        build=lambda space, args, params: (shape(STRICT, [a.shape for a in args], params), expand(space, *args))[1],
        **more,
    )  # fmt: skip


def _ones(space: Space, n: Dim) -> Expr:
    return space.apply("ones", params=(n, ONE))


def _dot_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    x, y = shapes
    need_vector(sizes, x, "dot")
    need_vector(sizes, y, "dot")
    sizes.equal(x[0], y[0], "dot needs two vectors of one length")
    return SCALAR


def _quad_shape(sizes: Sizes, shapes: Any, params: Any) -> Shape:
    x, a = shapes
    need_vector(sizes, x, "quad(x, A)")
    n = square(sizes, a, "quad(x, A)")
    sizes.equal(x[0], n, f"quad(x, A) needs a vector as long as A is wide, but A is {_shown(sizes, a)}")
    return SCALAR


_K = Slot("k", "dim")
_P, _Q = Slot("p", "dim"), Slot("q", "dim")

RECORDS = [
    Operation("vec", "the columns stacked", _vec_shape, _vec_value, linear=(0,), build=_build_vec,
              facts={"positive": lambda e: fact(e.args[0], "positive")}, cite="magnus2019, ch. 2, sec. 4"),
    Operation("mat", "the m x n matrix with vec(mat(x)) = x", _mat_shape, _mat_value,
              (Slot("x"), Slot("m", "dim"), Slot("n", "dim")), linear=(0,), build=_build_mat),
    Operation("reshape", "mat(vec(X), m, n)", _reshape_shape, lambda *a: None,
              (Slot("X"), Slot("m", "dim"), Slot("n", "dim")),
              build=lambda space, args, params: space.apply("mat", space.apply("vec", args[0]), params=params)),
    Operation("vech", "the lower triangle stacked by columns",
              lambda s, a, p: (half_vec_size(s, square(s, a[0], "vech")), ONE), _vech_value, linear=(0,)),
    Operation("diag", "the diagonal of a matrix; the diagonal matrix of a vector", _diag_shape, _diag_value,
              linear=(0,), build=_build_diag),
    Operation("Diag", "the diagonal matrix of a vector", _Diag_shape, _Diag_value, linear=(0,), build=_build_Diag,
              transposed=lambda e: e,
              facts={"diagonal": lambda e: TRUE, "lower": lambda e: TRUE, "upper": lambda e: TRUE,
                     "spd": lambda e: fact(e.args[0], "positive"), "psd": lambda e: fact(e.args[0], "positive"),
                     "invertible": lambda e: fact(e.args[0], "positive")}),
    Operation("tril", "the lower triangle, zeros above", lambda s, a, p: a[0], _triangle("tril"), linear=(0,),
              transposed=lambda e: e.space.apply("triu", e.args[0].T), facts={"lower": lambda e: TRUE}),
    Operation("triu", "the upper triangle, zeros below", lambda s, a, p: a[0], _triangle("triu"), linear=(0,),
              transposed=lambda e: e.space.apply("tril", e.args[0].T), facts={"upper": lambda e: TRUE}),
    Operation("lowerhalf", "the lower triangle with the diagonal halved",
              lambda s, a, p: (square(s, a[0], "lowerhalf"), a[0])[1],
              _triangle("lowerhalf"), linear=(0,), facts={"lower": lambda e: TRUE}),
    Operation("hcat", "blocks side by side", _hcat_shape, _stack("hstack"), variadic=True, build=_flat("hcat"),
              transposed=lambda e: e.space.apply("vcat", *(a.T for a in e.args))),
    Operation("vcat", "blocks on top of each other", _vcat_shape, _stack("vstack"), variadic=True,
              build=_flat("vcat"), transposed=lambda e: e.space.apply("hcat", *(a.T for a in e.args))),
    Operation("blkdiag", "the block diagonal matrix", _blkdiag_shape, _blkdiag_value, variadic=True,
              build=_flat("blkdiag"), transposed=of_transposed_arguments),
    Operation("slice", "a block of rows and columns, counted from 1", _slice_shape, _slice_value,
              (Slot("X"), *(Slot(s, "dim") for s in ("first", "last", "left", "right"))), callable=False,
              linear=(0,), build=_build_slice,
              transposed=lambda e: e.space.apply("slice", e.args[0].T, params=e.params[2:] + e.params[:2])),
    Operation("place", "X at row first, column left of an m x n matrix of zeros", _place_shape, _place_value,
              (Slot("X"), *(Slot(s, "dim") for s in ("first", "left", "m", "n"))), linear=(0,),
              transposed=lambda e: e.space.apply(
                  "place", e.args[0].T, params=(e.params[1], e.params[0], e.params[3], e.params[2]))),
    Operation("ptrace", "the partial trace over the left (1) or right (2) Kronecker factor, of size p", _ptrace_shape,
              _ptrace_value, (Slot("X"), _P, Slot("side", "int", (1, 2))), linear=(0,), build=_build_ptrace,
              transposed=of_transposed_arguments,
              facts={"psd": lambda e: fact(e.args[0], "psd"), "spd": lambda e: fact(e.args[0], "spd")},
              latex=r"\operatorname{{ptrace}}_{{{2}}}\left({0}, {1}\right)"),
    Operation("bldiag", "the k-th diagonal block of a p x p grid", _bldiag_shape, _bldiag_value,
              (Slot("X"), _K, _P), linear=(0,), transposed=of_transposed_arguments),
    Operation("kronleft", "F_k of X = sum of F_k ⊗ G_k with G_k p x q, by the singular values of the rearranged X",
              _left_term_shape, _kronecker_term(0), (Slot("X"), _K, _P, _Q), analytic=False, cite="vanloan1993"),
    Operation("kronright", "G_k of X = sum of F_k ⊗ G_k with G_k p x q, by the singular values of the rearranged X",
              lambda s, a, p: (p[1], p[2]), _kronecker_term(1), (Slot("X"), _K, _P, _Q), analytic=False,
              cite="vanloan1993"),
    Operation("svdterm_left", "w_k of H = sum of w_k v_k', the k-th left singular vector times its singular value",
              lambda s, a, p: (a[0][0], ONE), _svd_term(0), (Slot("H"), _K), analytic=False),
    Operation("svdterm_right", "v_k of H = sum of w_k v_k', the k-th right singular vector",
              lambda s, a, p: (a[0][1], ONE), _svd_term(1), (Slot("H"), _K), analytic=False),
    Operation("indexsum", "the sum of the body over an index, a size name bound here", lambda s, a, p: a[2],
              lambda *a: None, (Slot("lower"), Slot("upper"), Slot("body")), callable=False,
              transposed=lambda e: e.space.apply("indexsum", *e.args[:2], e.args[2].T, params=e.params),
              build=lambda space, args, params: (
                  space.apply("zeros", params=args[2].shape) if args[2].op.name == "zeros"
                  else space.node(space.operations["indexsum"], args, params, args[2].shape))),
    Operation("cross", "the cross product", _need_three, _cross_value, (Slot("x"), Slot("y")), linear=(0, 1)),
    _written_out("dot", "x'y", "x y", _dot_shape, lambda space, x, y: multiply(space, x.T, y)),
    _written_out("quad", "x'A x", "x A", _quad_shape, lambda space, x, a: multiply(space, x.T, a, x)),
    _written_out("rowsum", "X 1, the row sums as a column", "X", lambda s, a, p: (a[0][0], ONE),
                 lambda space, x: multiply(space, x, _ones(space, x.shape[1]))),
    _written_out("colsum", "X'1, the column sums as a column", "X", lambda s, a, p: (a[0][1], ONE),
                 lambda space, x: multiply(space, x.T, _ones(space, x.shape[0]))),
    _written_out("cumsum", "the running sums of a vector", "x",
                 lambda s, a, p: (need_vector(s, a[0], "cumsum"), a[0])[1],
                 lambda space, x: multiply(
                     space, space.apply("tril", space.apply("ones", params=(x.shape[0], x.shape[0]))), x)),
]  # fmt: skip
