"""For NumPy: functions of matrices and spectra."""

import numpy as np
import scipy.linalg


def matrix_function(name, a):
    """expm, logm, sqrtm, sinm or cosm of a real matrix, where the result is real."""
    out = getattr(scipy.linalg, name)(a)
    if not np.iscomplexobj(out):
        return out
    if np.abs(out.imag).max() > 1e-10 * max(1.0, np.abs(out).max()):
        raise np.linalg.LinAlgError(f"{name} is not real at this matrix")
    return out.real


def frechet(x, e, name):
    """The Fréchet derivative of a matrix function at X in direction E: the upper right block of f([X, E; 0, X])."""
    if name == "logm":
        return frechet_logm(x, e)
    n = x.shape[0]
    return matrix_function(name, np.block([[x, e], [np.zeros((n, n)), x]]))[:n, n:]


def frechet_logm(x, e):
    """That of the logarithm, by an integral after taking square roots until X is near I (Al-Mohy et al. 2013)."""
    one, factor = np.eye(x.shape[0]), 1.0
    while np.linalg.norm(x - one, 1) > 0.25 and factor < 2.0**40:
        x = matrix_function("sqrtm", x)
        e = scipy.linalg.solve_sylvester(x, x, e)
        factor *= 2
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = np.zeros_like(e)
    for t, w in zip((nodes + 1) / 2, weights / 2):
        at = (1 - t) * one + t * x
        total += w * np.linalg.solve(at, np.linalg.solve(at.T, e.T).T)
    return factor * total


def frechet_matrix(x, name):
    """K with vec of the Fréchet derivative in direction E equal to K vec(E)."""
    n = x.shape[0]
    columns = [frechet(x, one.reshape(n, n).T, name).T.reshape(-1) for one in np.eye(n * n)]
    return np.stack(columns, axis=1)


def adjugate(a):
    """det(A) A⁻¹, by minors: also of a singular matrix."""
    n = a.shape[0]
    out = np.ones((n, n))
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            out[j, i] = (-1) ** (i + j) * np.linalg.det(minor)
    return out


def singular_values(a):
    """In descending order."""
    return np.linalg.svd(a, compute_uv=False)


def extreme_eigenvector(a, k):
    """The unit eigenvector of eigenvalue k, its largest entry positive, as a column."""
    v = np.linalg.eigh((a + a.T) / 2)[1][:, [k]]
    return v if v[np.abs(v).argmax(), 0] > 0 else -v


def singular_vector(a, right):
    """The left or right singular vector of the largest singular value; the left one's largest entry is positive."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    sign = 1.0 if u[np.abs(u[:, 0]).argmax(), 0] > 0 else -1.0
    return sign * (vt[[0], :].T if right else u[:, [0]])


def polar(a):
    """U V' of the singular value decomposition."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


def kronecker_term(x, k, p, q, right):
    """F_k or G_k of X = Σ F_k ⊗ G_k with G_k p x q (Van Loan & Pitsianis 1993)."""
    m, n = x.shape[0] // p, x.shape[1] // q
    rearranged = x.reshape(m, p, n, q).transpose(2, 0, 3, 1).reshape(m * n, p * q)
    u, s, vt = np.linalg.svd(rearranged, full_matrices=False)
    return vt[k - 1].reshape(q, p).T if right else (s[k - 1] * u[:, k - 1]).reshape(n, m).T


def svd_term(h, k, right):
    """w_k (with its singular value) or v_k of H = Σ w_k v_k', as a column."""
    u, s, vt = np.linalg.svd(h, full_matrices=False)
    return vt[[k - 1], :].T if right else s[k - 1] * u[:, [k - 1]]


def whole(k):
    """k as an int; a power or a bound of a sum that is negative or not whole is an error."""
    if k != int(k) or k < 0:
        raise IndexError(f"a whole number that is not negative is expected, not {k}")
    return int(k)
