"""For NumPy: entries rearranged or gathered."""

import math

import numpy as np
from scipy.special import erfc

from matdiff.compile.kernels.numpy.products import commute_rows


def add_diagonal(a, x):
    """A + Diag(x), or A + x I."""
    out = a.copy()
    out.ravel("K")[:: a.shape[0] + 1] += x
    return out


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    shifted = np.exp(x - x.max())
    return shifted / shifted.sum()


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    top = x.max()
    return top + np.log(np.exp(x - top).sum())


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    axis = (None, 0, 1)[side]
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    axis = side - 1
    top = x.max(axis=axis, keepdims=True)
    return (top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))).reshape(-1, 1)


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = np.abs(x)
    return np.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def normal_cdf(x):
    """The standard normal distribution function."""
    return 0.5 * erfc(-x / math.sqrt(2))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    out = np.zeros(a.shape)
    at = np.argmax(a) if largest else np.argmin(a)
    out[np.unravel_index(at, a.shape)] = 1.0
    return out


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = np.triu_indices(a.shape[0])
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return np.tril(a, -1) + np.diag(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    out = np.zeros((rows, columns))
    out[first - 1 : first - 1 + a.shape[0], left - 1 : left - 1 + a.shape[1]] = a
    return out


def unit(i, n):
    """The i-th column of the identity matrix."""
    out = np.zeros(n)
    out[i - 1] = 1.0
    return out


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
    return commute_rows(np.eye(m * n), m, n)


def duplication(n):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = np.triu_indices(n)
    out = np.zeros((n, n, len(rows)))
    k = np.arange(len(rows))
    out[rows, columns, k] = out[columns, rows, k] = 1.0
    return out.reshape(n * n, -1)


def elimination(n):
    """L with L vec(X) = vech(X)."""
    columns, rows = np.triu_indices(n)
    out = np.zeros((len(rows), n * n))
    out[np.arange(len(rows)), rows + n * columns] = 1.0
    return out
