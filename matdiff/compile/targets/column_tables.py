"""The templates that Julia and MATLAB share.

The functions of their libraries have the same names and arguments.
"""

from __future__ import annotations

from matdiff.compile.targets.printer import ATOM, POWER, PRODUCT, SUM, Template

TEMPLATES: dict[str, Template] = {
    "transpose": (ATOM, "{0.6}'"),
    "outer": (PRODUCT, "{0.4} * {1.6}'"),
    "diagonal": (ATOM, "diag({0})"),
    "scale_rows": (PRODUCT, "{0.4} .* {1.4}"),
    "scale_cols": (PRODUCT, "{0.4} .* {1.6}'"),
    "unit": (ATOM, "unit({p0}, {s0})"),
    "chol_solve": (SUM, "{0.6}' \\ ({0.6} \\ {1.4})"),
    "chol_inverse": (ATOM, "cholesky_inverse({0})"),
    "geneigh": (ATOM, "generalized_eigen({0}, {1})"),
    "mat": (ATOM, "reshape({0}, {s0}, {s1})"),
    "tril": (ATOM, "tril({0})"),
    "triu": (ATOM, "triu({0})"),
    "kron": (ATOM, "kron({0}, {1})"),
    "kron_vectors": (ATOM, "kron({0}, {1})"),
    "softmax": (ATOM, "softmax({0})"),
    "logsumexp": (ATOM, "logsumexp({0})"),
    "ptrace": (ATOM, "partial_trace({0}, {p0}, {p1})"),
    "matrix_power": (POWER, "{0.6}^{p0}"),
}
CALLS: dict[str, Template] = {
    "adj": (ATOM, "adjugate({0})"),
    "pinv": (ATOM, "pinv({0})"),
    "frechet": (ATOM, "frechet({0}, {1}, {p0})"),
    "kronfrechet": (ATOM, "frechet_matrix({0}, {p0})"),
    "eigvecmax": (ATOM, "extreme_eigenvector({0}, true)"),
    "eigvecmin": (ATOM, "extreme_eigenvector({0}, false)"),
    "svdleft": (ATOM, "singular_vector({0}, false)"),
    "svdright": (ATOM, "singular_vector({0}, true)"),
    "polar": (ATOM, "polar({0})"),
    "vech": (ATOM, "vech({0})"),
    "lowerhalf": (ATOM, "lower_half({0})"),
    "place": (ATOM, "place({0}, {p0}, {p1}, {p2}, {p3})"),
    "bldiag": (ATOM, "grid_block({0}, {p0}, {p1})"),
    "kronleft": (ATOM, "kronecker_term({0}, {p0}, {p1}, {p2}, false)"),
    "kronright": (ATOM, "kronecker_term({0}, {p0}, {p1}, {p2}, true)"),
    "svdterm_left": (ATOM, "svd_term({0}, {p0}, false)"),
    "svdterm_right": (ATOM, "svd_term({0}, {p0}, true)"),
    "khatrirao": (ATOM, "khatri_rao({0}, {1})"),
    "maxmask": (ATOM, "extreme_mask({0}, true)"),
    "minmask": (ATOM, "extreme_mask({0}, false)"),
    "softmax": (ATOM, "softmax_along({0}, {p0})"),
    "logsumexp": (ATOM, "logsumexp_along({0}, {p0})"),
    "duplication": (ATOM, "duplication({p0})"),
    "elimination": (ATOM, "elimination({p0})"),
    "commutation": (ATOM, "commutation({p0}, {p1})"),
}
