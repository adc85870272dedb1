"""Names in generated code: what a variable is called where its own name is a keyword, a module or a function."""

from __future__ import annotations

import ast
import keyword
import re
from importlib import resources

_MODULES = {"np", "math", "scipy", "jax", "jnp", "torch"}
# What generated code calls its own parts.
_OWN = {"new", "matvec", "rmatvec"}
_BUILTINS = {"float", "int", "range", "hasattr", "zip", "len", "slice", "tuple", "reversed", "getattr"}


def _kernels() -> set[str]:
    """The names of the functions that code brings along."""
    found = set()
    for target in ("numpy", "jax", "torch"):
        for file in resources.files(f"matdiff.compile.kernels.{target}").iterdir():
            if not file.name.endswith(".py"):
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found |= {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
            found |= {a.name for part in tree.body if isinstance(part, ast.ImportFrom) for a in part.names}
    return found


RESERVED = frozenset(_MODULES | _OWN | _BUILTINS | _kernels())


def identifier(name: str) -> str:
    """A name as code may use it: keywords and what the code calls get an underscore, the unusual is replaced."""
    out = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not out or out[0].isdigit():
        out = f"x{out}"
    return f"{out}_" if keyword.iskeyword(out) or out in RESERVED else out
