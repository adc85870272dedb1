"""One function for the sizes it meets: code whose choices were made for them, compiled once for all sizes alike.

Not here: what a call looks at before (`function`, `devices`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matdiff.compile.code import Code

# So many are kept; after that the general one is used.
_MOST = 32


class Variants:
    """`general` is the function of the code itself; `load` makes a function of other code, given how many there are."""

    def __init__(self, code: Code, load: Callable[[Code, int], Callable[..., Any]]) -> None:
        self.code, self._load = code, load
        self.general = load(code, 0)
        self._found: dict[Any, Callable[..., Any]] = {}

    def at(self, sizes: Mapping[str, int]) -> Callable[..., Any]:
        """The function for sizes like these; one serves all sizes with as many binary digits."""
        key = tuple((name, size.bit_length()) for name, size in sorted(sizes.items()))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST:
                return self.general
            code = self.code.at(sizes)
            # Code that asks for other sizes cannot be called like the general one.
            same = code.body() == self.code.body() or code.parameters != self.code.parameters
            found = self._found[key] = self.general if same else self._load(code, len(self._found) + 1)
        return found
