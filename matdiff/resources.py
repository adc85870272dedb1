"""Where matdiff's own text files are: the grammars and the rules.

Here: the folders `grammar/` and `rules/` as `Traversable`s, so that an installed wheel, a zip file, a browser and a
checkout all work.  Not here: reading or parsing what is in them.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def folder(name: str) -> Traversable:
    """The folder `name`: inside the package where it was installed, else beside it in a checkout."""
    inside = files("matdiff") / "_data" / name
    if inside.is_dir():
        return inside
    beside = Path(__file__).resolve().parent.parent / name
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"matdiff's {name}/ is neither in the package nor beside it")


def read(name: str, file: str) -> str:
    """The text of one file in one of the folders."""
    return (folder(name) / file).read_text(encoding="utf-8")


def names(name: str) -> list[str]:
    """The names of the files in one of the folders."""
    return [entry.name for entry in folder(name).iterdir()]
