"""Tests of real arguments that several operations share: far enough from the border for an honest check?"""

from __future__ import annotations

from typing import Any


def well_conditioned(a: Any) -> bool:
    """Far enough from singular for an honest numerical check."""
    import numpy as np

    if np.ndim(a) == 0:
        return abs(a) > 1e-6
    return bool(np.all(np.isfinite(a))) and np.linalg.cond(a) < 1e6


def clear_winner(values: Any) -> bool:
    """The largest of a list is ahead of the second by a visible margin."""
    import numpy as np

    top = np.sort(np.asarray(values).ravel())[::-1]
    return bool(top.size < 2 or top[0] - top[1] > 1e-2 * max(1e-3, abs(top[0])))
