"""The functions that code in other languages brings along, found by name in text files of the kernels.

Here: `functions_for`, for languages that Python cannot parse: a function begins at the left margin with a line the
language's pattern knows, a comment above it belongs to it, and what it calls is what stands before brackets.  Not here:
the functions of Python (`sources`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

# One function: a block from its first line to the `end` at the left margin, or a definition in one line.
_FUNCTION = {
    "jl": re.compile(
        r"(?:^#[^\n]*\n)*^(?:function (?P<block>\w+)\(.*?^end$|(?P<line>\w+)\([^\n]*\) = [^\n]*$)", re.M | re.S
    ),
    "m": re.compile(r"^function [^\n]*?(?P<block>\w+)\([^\n]*\)$.*?^end$(?P<line>)", re.M | re.S),
}
_COMMENT = re.compile(r"^\s*[#%].*$", re.M)
_WORD = re.compile(r"[A-Za-z_]\w*")
# what stands before arguments, with the dot of Julia, or after the sign of a handle
_CALL = re.compile(r"[A-Za-z_]\w*(?=\.?\()|(?<=@)\w+")


@lru_cache(maxsize=4)
def functions_of(suffix: str) -> dict[str, str]:
    """The functions of a library by name, in its order; its files are those of the kernels that end so."""
    found = {}
    for file in sorted(resources.files("matdiff.compile.kernels").iterdir(), key=lambda file: file.name):
        if file.name.endswith(f".{suffix}"):
            for function in _FUNCTION[suffix].finditer(file.read_text(encoding="utf-8")):
                found[function["block"] or function["line"]] = function.group()
    return found


def words(code: str) -> set[str]:
    """The words of code, without its comments."""
    return set(_WORD.findall(_COMMENT.sub("", code)))


def calls(code: str) -> set[str]:
    """What code calls."""
    return set(_CALL.findall(_COMMENT.sub("", code)))


def functions_for(suffix: str, code: str) -> list[str]:
    """The functions that code calls, and those that these call, in the order of the library."""
    known = functions_of(suffix)
    wanted: set[str] = set()
    stack = [name for name in calls(code) if name in known]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack += [used for used in calls(known[name]) if used in known]
    return [source for name, source in known.items() if name in wanted]
