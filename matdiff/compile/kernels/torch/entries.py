"""For PyTorch: entries rearranged or gathered."""

import torch

from matdiff.compile.kernels.torch.products import commute_rows


def add_diagonal(a, x):
    """A + Diag(x), or A + x I."""
    return a + x * torch.eye(a.shape[0], dtype=a.dtype, device=a.device)


def softmax(x):
    """exp(x) / sum(exp(x)) without overflow."""
    return torch.softmax(x, 0)


def logsumexp(x):
    """log(sum(exp(x))) without overflow."""
    return torch.logsumexp(x, 0)


def softmax_along(x, side):
    """Softmax down columns (1), along rows (2), or over all entries (0)."""
    return torch.softmax(x.reshape(-1), 0).reshape(x.shape) if side == 0 else torch.softmax(x, side - 1)


def logsumexp_along(x, side):
    """logsumexp down columns (1) or along rows (2), as a column."""
    return torch.logsumexp(x, side - 1).reshape(-1, 1)


def softplus(x):
    """log(1 + exp(x)) without overflow, to full accuracy."""
    return torch.logaddexp(x, torch.zeros_like(x))


def like(y, x):
    """y as a tensor of x's type."""
    return torch.as_tensor(y, dtype=x.dtype, device=x.device) if torch.is_tensor(x) else torch.as_tensor(y)


def maximum(x, y):
    """The larger, entry by entry."""
    return torch.maximum(like(x, y), like(y, x))


def minimum(x, y):
    """The smaller, entry by entry."""
    return torch.minimum(like(x, y), like(y, x))


def at_least(x, y):
    """1 where x >= y, else 0."""
    x = like(x, y)
    return (x >= y).to(x.dtype)


def step(x):
    """1 where x > 0, else 0."""
    return (x > 0).to(x.dtype)


def cube_root(x):
    """The real cube root."""
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


def gamma(x):
    """The gamma function; left of 0 by reflection."""
    right = torch.exp(torch.lgamma(torch.where(x > 0, x, 1 - x)))
    return torch.where(x > 0, right, torch.pi / (torch.sin(torch.pi * x) * right))


def huber(x, delta):
    """x²/2 near 0, delta (|x| - delta/2) beyond delta."""
    size = torch.abs(x)
    return torch.where(size <= delta, 0.5 * x * x, delta * (size - 0.5 * delta))


def extreme_mask(a, largest):
    """1 at the largest or smallest entry, 0 elsewhere."""
    at = torch.argmax(a) if largest else torch.argmin(a)
    return (torch.arange(a.numel(), device=a.device) == at).to(a.dtype).reshape(a.shape)


def vech(a):
    """The lower triangle stacked by columns, as a column."""
    rows, columns = torch.triu_indices(a.shape[0], a.shape[0], device=a.device)
    return a[columns, rows].reshape(-1, 1)


def lower_half(a):
    """The lower triangle with the diagonal halved."""
    return torch.tril(a, -1) + torch.diag_embed(a.diagonal() / 2)


def place(a, first, left, rows, columns):
    """A at row first, column left (from 1) of a matrix of zeros."""
    above, before = first - 1, left - 1
    after, below = columns - before - a.shape[1], rows - above - a.shape[0]
    return torch.nn.functional.pad(a, (before, after, above, below))


def unit(i, n, new):
    """The i-th column of the identity matrix."""
    return (torch.arange(n, device=new["device"]) == i - 1).to(new["dtype"])


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


def commutation(m, n, new):
    """K with K vec(X) = vec(X') for X m x n."""
    return commute_rows(torch.eye(m * n, **new), m, n)


def duplication(n, new):
    """D with D vech(X) = vec(X) for symmetric X."""
    columns, rows = torch.triu_indices(n, n)
    k = torch.arange(len(rows))
    out = torch.zeros((n, n, len(rows)), **new)
    out[rows, columns, k] = out[columns, rows, k] = torch.ones(len(rows), **new)
    return out.reshape(n * n, -1)


def elimination(n, new):
    """L with L vec(X) = vech(X)."""
    columns, rows = torch.triu_indices(n, n)
    out = torch.zeros((len(rows), n * n), **new)
    out[torch.arange(len(rows)), rows + n * columns] = 1.0
    return out
