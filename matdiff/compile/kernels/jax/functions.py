"""For JAX: functions of matrices and spectra."""

import jax
import jax.numpy as jnp
import numpy as np


def matrix_function(name, a):
    """expm, logm, sqrtm, sinm or cosm of a real matrix, where the result is real."""
    if name == "logm":
        return logarithm(a)
    if name == "sqrtm":
        return jax.scipy.linalg.sqrtm(a).real
    if name == "expm":
        return jax.scipy.linalg.expm(a)
    wave = jax.scipy.linalg.expm(1j * a)
    return wave.real if name == "cosm" else wave.imag


def logarithm(a):
    """The principal logarithm: of a 256th root, by an integral (Higham 2008, sec. 11.4)."""
    one = jnp.eye(a.shape[0], dtype=a.dtype)
    for _ in range(8):
        a = matrix_function("sqrtm", a)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    terms = [w * jnp.linalg.solve((1 - t) * one + t * a, a - one) for t, w in zip((nodes + 1) / 2, weights / 2)]
    return 256 * sum(terms)


def frechet(x, e, name):
    """The Fréchet derivative of a matrix function at X in direction E: the upper right block of f([X, E; 0, X])."""
    if name == "logm":
        return frechet_logarithm(x, e)
    n = x.shape[0]
    return matrix_function(name, jnp.block([[x, e], [jnp.zeros((n, n), dtype=x.dtype), x]]))[:n, n:]


def frechet_logarithm(x, e):
    """That of the logarithm, by an integral after taking square roots until X is near I (Al-Mohy et al. 2013)."""
    one = jnp.eye(x.shape[0], dtype=x.dtype)
    for _ in range(8):
        x = matrix_function("sqrtm", x)
        e = jax.scipy.linalg.solve_sylvester(x, x, e)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = jnp.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total = total + w * jnp.linalg.solve(at, jnp.linalg.solve(at.T, e.T).T)
    return 256 * total


def frechet_matrix(x, name):
    """K with vec of the Fréchet derivative in direction E equal to K vec(E)."""
    n = x.shape[0]
    columns = [frechet(x, one.reshape(n, n).T, name).T.reshape(-1) for one in jnp.eye(n * n)]
    return jnp.stack(columns, axis=1)


def adjugate(a):
    """det(A) A⁻¹, also of a singular matrix, from the singular value decomposition."""
    u, s, vt = jnp.linalg.svd(a)
    n = s.shape[0]
    others = jnp.where(jnp.eye(n, dtype=bool), 1.0, s[None, :]).prod(axis=1)
    return jnp.linalg.det(u) * jnp.linalg.det(vt) * ((vt.T * others) @ u.T)


def singular_values(a):
    """In descending order."""
    return jnp.linalg.svd(a, compute_uv=False)


def extreme_eigenvector(a, k):
    """The unit eigenvector of eigenvalue k, its largest entry positive, as a column."""
    v = jnp.linalg.eigh((a + a.T) / 2)[1][:, [k]]
    return v * jnp.sign(v[jnp.abs(v).argmax(), 0])


def singular_vector(a, right):
    """The left or right singular vector of the largest singular value; the left one's largest entry is positive."""
    u, _, vt = jnp.linalg.svd(a, full_matrices=False)
    sign = jnp.sign(u[jnp.abs(u[:, 0]).argmax(), 0])
    return sign * (vt[[0], :].T if right else u[:, [0]])


def polar(a):
    """U V' of the singular value decomposition."""
    u, _, vt = jnp.linalg.svd(a, full_matrices=False)
    return u @ vt


def kronecker_term(x, k, p, q, right):
    """F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993)."""
    m, n = x.shape[0] // p, x.shape[1] // q
    rearranged = x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)
    u, s, vt = jnp.linalg.svd(rearranged, full_matrices=False)
    return vt[k - 1].reshape(q, p).T if right else (s[k - 1] * u[:, k - 1]).reshape(n, m).T


def svd_term(h, k, right):
    """w_k (with its singular value) or v_k of H = Σ w_k v_k', as a column."""
    u, s, vt = jnp.linalg.svd(h, full_matrices=False)
    return vt[[k - 1], :].T if right else s[k - 1] * u[:, [k - 1]]


def whole(k):
    """k as an int; a power or a bound of a sum that is negative or not whole is an error."""
    if k != int(k) or k < 0:
        raise IndexError(f"a whole number that is not negative is expected, not {k}")
    return int(k)
