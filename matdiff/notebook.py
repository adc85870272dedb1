"""In a notebook: `%load_ext matdiff`, then `%%derive A` over a cell of problem text, or `%derive A x'A x` in a line.

`%%check x` over the lines of a derivation says whether it is right.

The derivation is the value of the cell, so `_` holds it and it shows itself.  Not here: how it shows itself (`show`).
"""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Any, NoReturn

from matdiff.errors import MatdiffError


class Shown:
    """A derivation with the style and detail asked for; everything else is the derivation's own."""

    def __init__(self, derivation: Any, style: str, detail: str) -> None:
        self.derivation = derivation
        self._options = {"style": style, "detail": detail}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.derivation, name)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        d = self.derivation
        return {
            "text/plain": d.text(**self._options),
            "text/latex": f"$${d.latex(**self._options)}$$",
            "text/markdown": d.markdown(**self._options),
        }


class _Parser(argparse.ArgumentParser):
    """Arguments of the magic; a mistake is a sentence, not the end of the kernel."""

    def error(self, message: str) -> NoReturn:
        raise MatdiffError(f"%derive: {message}", suggestion="%%derive A --detail brief --style trace")


def _parser() -> _Parser:
    parser = _Parser("%derive", add_help=False)
    parser.add_argument("wrt", nargs="?", default="")
    parser.add_argument("--detail", choices=("answer", "brief", "textbook", "full"), default="textbook")
    parser.add_argument("--style", choices=("frobenius", "trace"), default="frobenius")
    parser.add_argument("--no-validate", action="store_true")
    return parser


def derive(line: str, cell: str | None = None) -> Any:
    """`%%derive A --detail brief` with the problem in the cell; `%derive A x'A x` with the problem in the line."""
    try:
        options, text = _asked(line, cell)
        from matdiff.api import derive as derived

        wrt = [name for name in options.wrt.split(",") if name]
        found = derived(text, wrt or None, validate=not options.no_validate, timeout=60)
    except MatdiffError as error:
        # A mistake in a problem is an answer for its author; a traceback through matdiff is not.
        print(error.render(), file=sys.stderr)
        return None
    if not isinstance(found, dict):
        return Shown(found, options.style, options.detail)
    shown = {name: Shown(d, options.style, options.detail) for name, d in found.items()}
    if len(shown) == 1:
        return next(iter(shown.values()))
    _display(shown)
    return None


def check(line: str, cell: str) -> Any:
    """`%%check x` with the lines of a derivation in the cell, declarations first."""
    try:
        from matdiff.api import check as checked

        return checked(cell, wrt=[name for name in line.replace(",", " ").split() if name] or None)
    except MatdiffError as error:
        print(error.render(), file=sys.stderr)
        return None


def _asked(line: str, cell: str | None) -> tuple[argparse.Namespace, str]:
    """In a line, the options stand first, then the variable, then the problem, quotes and all."""
    if cell is not None:
        return _parser().parse_args(shlex.split(line)), cell
    words, rest = [], line.strip()
    while rest.startswith("--"):
        word, _, rest = rest.partition(" ")
        words.append(word)
        if "=" not in word and word != "--no-validate":
            value, _, rest = rest.strip().partition(" ")
            words.append(value)
        rest = rest.strip()
    wrt, _, text = rest.partition(" ")
    return _parser().parse_args([*words, wrt]), text


def _display(shown: dict[str, Shown]) -> None:
    from IPython.display import display

    for each in shown.values():
        display(each)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext matdiff` calls."""
    shell.register_magic_function(derive, "line_cell", "derive")
    shell.register_magic_function(check, "cell", "check")
