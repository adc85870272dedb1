"""For JAX: entries rearranged or gathered."""

import jax
import jax.numpy as jnp

from matdiff.compile.kernels.jax.products import commute_rows


def add_diagonal(a, x):
    """A + Diag(x), or A + x I."""
    index = jnp.arange(a.shape[0])
    return a.at[index, index].add(x)


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    return jax.nn.softmax(x)


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    return jax.scipy.special.logsumexp(x)


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    return jax.nn.softmax(x, axis=(None, 0, 1)[side])


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    return jax.scipy.special.logsumexp(x, axis=side - 1).reshape(-1, 1)


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = jnp.abs(x)
    return jnp.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    at = jnp.argmax(a) if largest else jnp.argmin(a)
    return (jnp.arange(a.size) == at).astype(a.dtype).reshape(a.shape)


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = jnp.triu_indices(a.shape[0])
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return jnp.tril(a, -1) + jnp.diag(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    out = jnp.zeros((rows, columns), dtype=a.dtype)
    return out.at[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]].set(a)


def unit(i, n):
    """The i-th column of the identity matrix."""
    return jnp.zeros(n).at[i - 1].set(1.0)


def block(a, *spans):
    """Rows and columns from and to, both included and counted from 1; outside of the matrix is an error."""
    for size, first, last in zip(a.shape, spans[::2], spans[1::2]):
        if not 1 <= first <= last <= size:
            raise IndexError(f"entries {first} to {last} of {size}")
    return a[tuple(slice(first - 1, last) for first, last in zip(spans[::2], spans[1::2]))]


def grid_block(a, k, p):
    """The k-th diagonal block of a p x p grid."""
    m, n = a.shape[0] // p, a.shape[1] // p
    return block(a, (k - 1) * m + 1, k * m, (k - 1) * n + 1, k * n)


def commutation(m, n):
    """K with K vec(X) = vec(X') for X m x n."""
    return commute_rows(jnp.eye(m * n), m, n)


def duplication(n):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = jnp.triu_indices(n)
    k = jnp.arange(rows.size)
    out = jnp.zeros((n, n, rows.size)).at[rows, columns, k].set(1.0)
    return out.at[columns, rows, k].set(1.0).reshape(n * n, -1)


def elimination(n):
    """L with L vec(X) = vech(X)."""
    columns, rows = jnp.triu_indices(n)
    return jnp.zeros((rows.size, n * n)).at[jnp.arange(rows.size), rows + n * columns].set(1.0)
