"""matdiff: matrix calculus as a textbook would print it, checked numerically.

    import matdiff as md
    d = md.derive("x'A x", wrt="x")
    d.gradient, d.steps, d.text()

Everything public is listed in `api`; it is loaded at first use, so that importing matdiff costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matdiff.errors import MatdiffError, ValidationError

if TYPE_CHECKING:
    from matdiff.api import check, derive, equal, evaluate, load_rules, parse, rearrangements, rules
    from matdiff.notebook import load_ipython_extension

__version__ = "0.1.0"
__all__ = [
    "MatdiffError", "ValidationError", "check", "derive", "equal", "evaluate", "load_ipython_extension", "load_rules",
    "parse", "rearrangements", "rules",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "load_ipython_extension":
        from matdiff.notebook import load_ipython_extension

        return load_ipython_extension
    if name in __all__:
        from matdiff import api

        return getattr(api, name)
    raise AttributeError(f"module 'matdiff' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
