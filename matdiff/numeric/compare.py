"""Are two numbers the same?  One measure, used by the audit, the check of every line and the check of the answer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from matdiff.core.expr import Expr, walk
from matdiff.dimensions import Dim
from matdiff.numeric.evaluate import Evaluation
from matdiff.operations.indexsums import sizes_in

HOLDS, FAILS, NOT_SAMPLED = "holds", "fails", "not sampled"


def difference(a: Any, b: Any, scale: float = 0.0) -> float:
    """|a - b| relative to |b| and to the largest summand; infinite where something is not finite."""
    import numpy as np

    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return float("inf")
    if a.size == 0:
        return 0.0
    size = max(float(np.max(np.abs(b))), float(np.max(np.abs(a))), scale)
    gap = float(np.max(np.abs(a - b)))
    return 0.0 if gap == 0.0 else gap / size


def largest_summand(evaluation: Evaluation, e: Expr) -> float:
    """The size of the largest term of a sum, against which cancellation is judged."""
    import numpy as np

    parts = e.args if e.op.name == "sum" else (e,)
    return max(float(np.max(np.abs(np.asarray(evaluation(p))))) for p in parts)


def cancellation(evaluation: Evaluation, *roots: Expr) -> float:
    """How much smaller than its terms any sum inside is: the factor by which roundoff has grown.

    1 - tanh(x)^2 at x = 15 is 1e-13, and four of its digits are noise; no comparison can be closer than that.
    """
    import numpy as np

    worst = 1.0
    for e in walk(*roots):
        # what stands inside a sum over an index has no value of its own
        if e.op.name == "sum" and sizes_in(e) <= evaluation.sizes.keys():
            total = float(np.max(np.abs(np.asarray(evaluation(e)))))
            worst = max(worst, largest_summand(evaluation, e) / total if total else float("inf"))
    return worst


def magnitude(evaluation: Evaluation, e: Expr) -> float:
    """The size an expression would have if nothing in it cancelled: roundoff is in proportion to this.

    Sums and products of the moduli of what they are made of; (1 - tanh(z)^2) dz has the size of 2 |dz|.
    """
    import numpy as np

    done: dict[Expr, Any] = {}
    for part in walk(e, into_definitions=False):
        if not sizes_in(part) <= evaluation.sizes.keys():
            continue
        if not _keeps_size(part):
            done[part] = np.abs(evaluation(part))
            continue
        params = [abs(p) if isinstance(p, Fraction) else _plain(p, evaluation) for p in part.params]
        out = part.op.value(*(done[a] for a in part.args), *params)
        done[part] = np.asarray(out).reshape(-1)[0] if part.is_scalar else out
    return float(np.max(np.abs(done[e])))


def _keeps_size(e: Expr) -> bool:
    """Sums, products, and what only moves entries: monotone in the moduli of the arguments."""
    return e.op.name != "d" and (e.op.name in ("sum", "product") or bool(e.op.linear) and e.op.analytic)


def _plain(p: Any, evaluation: Evaluation) -> Any:
    return p.value(evaluation.sizes) if isinstance(p, Dim) else p
