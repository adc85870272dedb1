"""What the text of a derivation says about its names: in comments, or in lines of their own.

    % A : matrix(m, n); x : vector(n)
    % let z = A x - b
    % name \\Sigma = S
    % wrt x

Here: taking such lines out of a text.  A declaration may also stand without the comment sign (`%` in TeX, `#`
elsewhere).  Not here: what the statements mean (`language.problem`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matdiff.core.facts import PROPERTIES
from matdiff.language.statements import KINDS

_WORDS = "|".join((*KINDS, *PROPERTIES))
_DECLARES = re.compile(rf"^[^=\\]*?[\w)]\s*:\s*(?:{_WORDS})\b")
_LET = re.compile(r"^(?:let|set)\s+([^=]+?)\s*:?=\s*(.+)$")
_NAME = re.compile(r"^names?\s+(.+?)\s*=\s*([\w ]+)$")
_WRT = re.compile(r"^(?:wrt|in)\s+([\w, ]+)$")


@dataclass
class Header:
    """The statements found, and the text without them."""

    declare: list[str] = field(default_factory=list)
    let: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    wrt: list[str] = field(default_factory=list)
    rest: str = ""


def read_header(text: str) -> Header:
    """The header of a text; comments that say nothing of the kind are dropped."""
    found = Header()
    rest = []
    for line in text.splitlines():
        bare = line.strip()
        comment = bare[:1] in "%#" and bool(bare)
        said = bare.lstrip("%# ").rstrip(". ")
        if comment or _DECLARES.match(said):
            if not _noted(found, said) and not comment:
                rest.append(line)
        else:
            rest.append(line)
    found.rest = "\n".join(rest)
    return found


def _noted(found: Header, said: str) -> bool:
    if _DECLARES.match(said):
        found.declare.append(said)
    elif (let := _LET.match(said)) is not None:
        found.let[let.group(1).strip()] = let.group(2)
    elif (name := _NAME.match(said)) is not None:
        found.names[name.group(1).strip()] = name.group(2).strip()
    elif (wrt := _WRT.match(said)) is not None:
        found.wrt += [w.strip() for w in wrt.group(1).split(",") if w.strip()]
    else:
        return False
    return True
