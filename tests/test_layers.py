"""The house has floors, and imports only go down."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "matdiff"

# From the top.  A module may import from its own floor and from those below; `__init__` only hands names out.
FLOORS = [
    {"__main__", "notebook"},
    {"__init__", "api"},
    {"show"},
    {"review"},
    {"equality"},
    {"request"},
    {"derivation"},
    {"compile"},
    {"tactics"},
    {"book"},
    {"numeric"},
    {"language"},
    {"operations"},
    {"core"},
    {"dimensions", "resources"},
    {"errors"},
]
# Imports that go up, each with its reason.
ALLOWED = {
    ("core", "language"): "an expression writes itself; the writer is loaded when it is asked to",
    ("review", "show"): "a report shows itself; what shows it is loaded when it is asked to",
    ("derivation", "show"): "a derivation shows itself; what shows it is loaded when it is asked to",
    ("compile", "derivation"): "code is made of a derivation; only its type is named",
    ("__init__", "notebook"): "%load_ext matdiff looks for its entry in the package itself",
}


def floor(room: str) -> int:
    return next(k for k, rooms in enumerate(FLOORS) if room in rooms)


def imports(file: Path) -> set[str]:
    """The rooms of the house a file imports from, also inside functions."""
    rooms = set().union(*FLOORS)
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "matdiff" else [f"matdiff.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        # `from matdiff import x` names a room, or something that the package itself hands out.
        parts = {name.split(".")[1] for name in names if name.startswith("matdiff.")}
        found |= {part if part in rooms else "__init__" for part in parts}
    return found


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_imports_go_down():
    wrong = {
        f"{file.relative_to(PACKAGE)} imports matdiff.{other}"
        for file in PACKAGE.rglob("*.py")
        for other in imports(file)
        if floor(other) < floor(room(file)) and (room(file), other) not in ALLOWED
    }
    assert not wrong


def test_every_module_says_what_it_is():
    for file in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), f"{file} has no docstring"


def test_files_stay_small():
    """One room, one file: long tables of records aside, under 350 lines."""
    long = {
        str(file.relative_to(PACKAGE)): lines
        for file in PACKAGE.rglob("*.py")
        if (lines := file.read_text(encoding="utf-8").count("\n")) > 350 and room(file) != "operations"
    }
    assert not long
