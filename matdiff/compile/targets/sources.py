"""The functions that generated code brings along, and the imports it needs, copied from a module of kernels."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib import import_module, resources

# Modules that code reaches by their full name.
_DOTTED = re.compile(r"\b(?:jax\.)?scipy\.(?:linalg|special)\b")


@lru_cache(maxsize=8)
def _library(package: str) -> tuple[dict[str, str], dict[str, set[str]], dict[str, str]]:
    """Of a package of kernels: each function's source, the names each uses, and imports by the name they bind."""
    functions: dict[str, str] = {}
    uses: dict[str, set[str]] = {}
    imports = {"math": "import math"}
    for file in sorted(resources.files(import_module(package)).iterdir(), key=lambda file: file.name):
        if file.name.startswith("_") or not file.name.endswith(".py"):
            continue
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines()
        for part in ast.parse(text).body:
            if isinstance(part, ast.FunctionDef):
                functions[part.name] = "\n".join(lines[part.lineno - 1 : part.end_lineno])
                uses[part.name] = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
            elif isinstance(part, ast.Import):
                imports |= {a.asname: f"import {a.name} as {a.asname}" for a in part.names if a.asname}
                imports |= {a.name: f"import {a.name}" for a in part.names if "." not in a.name and not a.asname}
            elif isinstance(part, ast.ImportFrom) and not str(part.module).startswith("matdiff"):
                imports |= {a.name: f"from {part.module} import {a.name}" for a in part.names}
    return functions, uses, imports


def sources(package: str, code: str) -> tuple[list[str], list[str]]:
    """The imports and the functions that code needs, functions in the order of their files."""
    functions, uses, imports = _library(package)
    used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    wanted: set[str] = set()
    stack = [n for n in used if n in functions]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            used |= uses[name]
            stack += [n for n in uses[name] if n in functions]
    helpers = [functions[n] for n in functions if n in wanted]
    lines = [imports[n] for n in sorted(used) if n in imports and n != "jax"]
    dotted = {f"import {name}" for text in (code, *helpers) for name in _DOTTED.findall(text)}
    if "jax" in used and not dotted:
        dotted = {"import jax"}
    return _imports([*lines, *sorted(dotted)]), helpers


def _imports(lines: list[str]) -> list[str]:
    """Imports of one module together; the standard library first."""
    grouped: dict[str, list[str]] = {}
    plain = set()
    for line in lines:
        found = re.fullmatch(r"from (\S+) import (.+)", line)
        if found:
            grouped.setdefault(found.group(1), []).append(found.group(2))
        else:
            plain.add(line)
    out = [f"from {module} import {', '.join(sorted(set(names)))}" for module, names in grouped.items()]
    first = [line for line in sorted(plain) if line == "import math"]
    rest = sorted(plain - set(first)) + sorted(out)
    return [*first, *([""] if first and rest else []), *rest]
