"""The functions that code in other languages brings along, found by name in a text file of the kernels.

Here: `functions_for`, for languages that Python cannot parse: a function begins at the left margin with a line the
language's pattern knows, a comment above it belongs to it, and what it calls is found by its words.  Not here: the
functions of Python (`sources`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

# One function: a block from its first line to the `end` at the left margin, or a definition in one line.
_FUNCTION = {
    "library.jl": re.compile(
        r"(?:^#[^\n]*\n)*^(?:function (?P<block>\w+)\(.*?^end$|(?P<line>\w+)\([^\n]*\) = [^\n]*$)", re.M | re.S
    ),
    "library.m": re.compile(r"^function [^\n]*?(?P<block>\w+)\([^\n]*\)$.*?^end$(?P<line>)", re.M | re.S),
}
_WORD = re.compile(r"[A-Za-z_]\w*")


@lru_cache(maxsize=4)
def functions_of(file: str) -> dict[str, str]:
    """The functions of a library by name, in its order."""
    text = resources.files("matdiff.compile.kernels").joinpath(file).read_text(encoding="utf-8")
    return {found["block"] or found["line"]: found.group() for found in _FUNCTION[file].finditer(text)}


def words(code: str) -> set[str]:
    return set(_WORD.findall(code))


def functions_for(file: str, code: str) -> list[str]:
    """The functions that code calls, and those that these call, in the order of the library."""
    known = functions_of(file)
    wanted: set[str] = set()
    stack = [name for name in words(code) if name in known]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack += [used for used in words(known[name]) if used in known]
    return [source for name, source in known.items() if name in wanted]
