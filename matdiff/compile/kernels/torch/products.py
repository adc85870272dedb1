"""For PyTorch: products that are not formed, blocks, partial traces."""

import torch


def inner(a, b):
    """The sum of the products of entries."""
    return (a * b).sum()


def outer(u, v):
    """u v'."""
    return torch.outer(u, v)


def kron(a, b):
    """A ⊗ B."""
    (m, n), (p, q) = a.shape, b.shape
    return (a[:, None, :, None] * b[None, :, None, :]).reshape(m * p, n * q)


def apply_factor(factor, x, left=1):
    """(I ⊗ F ⊗ I) x without forming it: F acts on the axis between an identity of size `left` and the rest."""
    size = factor.shape[1]
    out = factor @ (x.reshape(size, -1) if left == 1 else x.reshape(left, size, -1))
    return out.reshape(-1, *x.shape[1:])


def repeat_blocks(a, side, k):
    """I ⊗ A for side 1, A ⊗ I for side 2, with an identity of size k."""
    one = torch.eye(k, dtype=a.dtype, device=a.device)
    return kron(one, a) if side == 1 else kron(a, one)


def partial_trace(a, k, side):
    """The sum of the diagonal blocks for side 1, the traces of the blocks for side 2; k blocks, or blocks of size k."""
    m, n = a.shape[0] // k, a.shape[1] // k
    if side == 1:
        return torch.einsum("ikil->kl", a.reshape(k, m, k, n))
    return torch.einsum("ikjk->ij", a.reshape(m, k, n, k))


def partial_trace_product(a, b, k, side):
    """The partial trace of A B' without forming it."""
    if side == 1:
        m, n = a.shape[0] // k, b.shape[0] // k
        a = a.reshape(k, m, -1).swapaxes(0, 1)
        b = b.reshape(k, n, -1).swapaxes(0, 1)
        return a.reshape(m, -1) @ b.reshape(n, -1).T
    return a.reshape(a.shape[0] // k, -1) @ b.reshape(b.shape[0] // k, -1).T


def weigh_blocks(a, weights, side):
    """The blocks of a, summed with these weights for side 1; the Frobenius product of each with them for side 2."""
    k, l = weights.shape
    m, n = a.shape[0] // k, a.shape[1] // l
    if side == 1:
        return torch.einsum("iajb,ij->ab", a.reshape(k, m, l, n), weights)
    return torch.einsum("iajb,ab->ij", a.reshape(m, k, n, l), weights)


def commute_rows(a, m, n):
    """K a for the commutation matrix K with K vec(X) = vec(X'), X m x n."""
    return a.reshape(n, m, -1).swapaxes(0, 1).reshape(a.shape)


def khatri_rao(a, b):
    """Column by column the Kronecker products."""
    return (a[:, None, :] * b[None, :, :]).reshape(-1, a.shape[1])
