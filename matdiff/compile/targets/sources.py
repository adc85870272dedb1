"""The functions that generated code brings along, and the imports it needs, copied from a module of kernels."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from importlib import import_module, resources


@lru_cache(maxsize=8)
def _library(module: str) -> tuple[str, dict[str, str], dict[str, set[str]], dict[str, str]]:
    """Of a module of kernels: its text, each function's source, the names each uses, and its imports by name."""
    package, _, name = module.rpartition(".")
    text = resources.files(import_module(package)).joinpath(f"{name}.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    functions, uses, imports = {}, {}, {"math": "import math"}
    for part in ast.parse(text).body:
        source = "\n".join(lines[part.lineno - 1 : part.end_lineno])
        if isinstance(part, ast.FunctionDef):
            functions[part.name] = source
            uses[part.name] = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
        elif isinstance(part, ast.Import):
            for a in part.names:
                imports[(a.asname or a.name).split(".")[0]] = source
        elif isinstance(part, ast.ImportFrom):
            for a in part.names:
                imports[a.asname or a.name] = f"from {part.module} import {a.name}" + (
                    f" as {a.asname}" if a.asname else ""
                )
    return text, functions, uses, imports


def sources(module: str, code: str) -> tuple[list[str], list[str]]:
    """The imports and the functions that code needs, functions in the order of their module."""
    _, functions, uses, imports = _library(module)
    used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    wanted: set[str] = set()
    stack = [n for n in used if n in functions]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            used |= uses[name]
            stack += [n for n in uses[name] if n in functions]
    return _imports([imports[n] for n in sorted(used) if n in imports]), [
        functions[n] for n in functions if n in wanted
    ]


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
