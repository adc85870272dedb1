"""Words to a surface tree, with the grammars in `grammar/`.

Here: loading the grammars (lazily, and from a cache), the hand-over of words to the LALR parser, and what a syntax
error says.  Not here: how text becomes words.  The compiled tables are kept in the user's own cache folder under the
hash of the grammars, because compiling takes 0.2 s and loading 0.01 s; without a writable folder nothing is lost but
that.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from pickle import PickleError
from typing import Any

from matdiff import resources
from matdiff.errors import ParseError
from matdiff.language.lexical import Word
from matdiff.language.surface import Surface
from matdiff.language.syntax_errors import explain

GRAMMARS: dict[str, tuple[str, ...]] = {
    "problem": ("expression", "declaration", "definition"),
    "rules": ("rule",),
    "latex": ("line", "expression"),
}
# Words that carry meaning by themselves; all others are only seen by the grammar.
_CARRYING = {"NAME", "NUMBER", "CALL", "PRIMED", "SUBSCRIPT", "PARTIAL", "STRING", "FORWARD", "BACKWARD"}

_UNREADABLE = (
    OSError, PickleError, EOFError, AttributeError, ImportError, LookupError, TypeError, ValueError, AssertionError,
)  # fmt: skip

_parsers: dict[str, Any] = {}
_lock = threading.Lock()


def parse(words: Sequence[Word], start: str, text: str, grammar: str = "problem") -> Surface:
    """The surface tree of paired words; `start` is the rule of the grammar to begin with."""
    from lark.exceptions import UnexpectedToken

    try:
        return parser(grammar).parse(words, start=start)
    except UnexpectedToken as error:
        raise _explained(grammar)(words, error.token, text) from None
    except ParseError as error:
        raise error.locate(text, error.span or (0, 0)) from None


def _explained(grammar: str) -> Any:
    if grammar != "latex":
        return explain
    from matdiff.language import latex_build

    return latex_build.explain


def _builder(grammar: str) -> Builder:
    """What makes the nodes of a grammar."""
    if grammar != "latex":
        return Builder()
    from matdiff.language.latex_build import LatexBuilder

    return LatexBuilder()


def parser(grammar: str) -> Any:
    """The LALR parser of a grammar, compiled or loaded at the first call."""
    found = _parsers.get(grammar)
    if found is None:
        with _lock:
            found = _parsers.get(grammar) or _load(grammar)
            _parsers[grammar] = found
    return found


# ---------------------------------------------------------------- building


def lark_options(grammar: str) -> dict[str, Any]:
    """The options every parser of ours is built with."""
    from matdiff.language.words_lexer import WordsLexer

    return {
        "parser": "lalr",
        "lexer": WordsLexer,
        "start": list(GRAMMARS[grammar]),
        "keep_all_tokens": True,
        "maybe_placeholders": False,
        "import_paths": [_import],
    }


def _import(base: str | None, name: str) -> tuple[Any, str]:
    from lark.load_grammar import PackageResource

    return PackageResource("matdiff.grammar", name), resources.read("grammar", name)


def _load(grammar: str) -> Any:
    from lark import Lark
    from lark import __version__ as version

    text = resources.read("grammar", f"{grammar}.lark")
    sources = (text, resources.read("grammar", "expression.lark"), version, str(sys.version_info[:3]), sys.platform)
    key = hashlib.sha256("\0".join(sources).encode()).hexdigest()[:24]
    file = _cache_folder() / f"{grammar}-{key}.lalr"
    # A damaged cache is no reason to fail: whatever is wrong with it, compile again.
    with suppress(*_UNREADABLE):
        if _is_ours(file):
            with file.open("rb") as stream:
                return Lark.__new__(Lark)._load(stream, transformer=_builder(grammar))
    built = Lark(text, transformer=_builder(grammar), **lark_options(grammar))
    _store(built, file)
    return built


def _store(built: Any, file: Path) -> None:
    """Save the tables, whole or not at all; another process may be doing the same."""
    with suppress(OSError, PickleError):
        buffer = io.BytesIO()
        built.save(buffer)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = file.with_suffix(f".{os.getpid()}.part")
        partial.write_bytes(buffer.getvalue())
        os.replace(partial, file)


def _is_ours(file: Path) -> bool:
    """The tables are unpickled, so they must be the user's own."""
    if not file.is_file():
        return False
    return not hasattr(os, "getuid") or file.stat().st_uid == os.getuid()


def _cache_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "matdiff"


class _Repeated:
    """What stands for a repetition until lark puts its parts into the rule around it."""

    def __init__(self, children: list[Any]) -> None:
        self.children = children


class Builder:
    """Called by the parser for each rule it has recognised: makes the node, so that nothing recurses."""

    def __default__(self, rule: Any, children: list[Any], meta: Any = None) -> Any:
        if rule.startswith("_"):
            return _Repeated(children)  # lark's own rule for ( ... )*
        kind = str(rule).rpartition("__")[2]
        span = (_start(children[0]), _end(children[-1]))
        nodes = tuple(c if isinstance(c, Surface) else _leaf(c) for c in children if _carries(c))
        value = ""
        if kind in _VALUED and nodes and nodes[0].kind in _CARRYING:
            value, nodes = nodes[0].value, nodes[1:]
        if kind == "expression":
            return nodes[0]
        node = Surface(kind, nodes, value, span)
        check = _CHECKS.get(kind)
        if check is not None:
            check(node)
        return node


# Rules whose first word is their value.
_VALUED = {"name", "number", "call", "derivative", "partial", "minus_number", "minus_name", "phrase"}


def _carries(child: Any) -> bool:
    return isinstance(child, Surface) or child.type in _CARRYING


def _leaf(token: Any) -> Surface:
    return Surface(token.type, (), str(token), (token.start_pos, token.end_pos))


def _start(child: Any) -> int:
    return child.span[0] if isinstance(child, Surface) else child.start_pos


def _end(child: Any) -> int:
    return child.span[1] if isinstance(child, Surface) else child.end_pos


# ---------------------------------------------------------------- errors


def _no_chain(node: Surface) -> None:
    if node.children[0].kind == "frobenius":
        raise ParseError(
            "`:` does not chain, because A : B is a number", span=node.span, suggestion="put one pair in parentheses"
        )


def _no_mixture(node: Surface) -> None:
    other = "hadamard" if node.kind == "kronecker" else "kronecker"
    if node.children[0].kind == other:
        raise ParseError(
            "⊗ and ⊙ are mixed without parentheses", span=node.span, suggestion="(A ⊗ B) ⊙ C or A ⊗ (B ⊙ C)"
        )


def _no_tower(node: Surface) -> None:
    if node.children[0].kind in ("power", "entry_power"):
        raise ParseError("a^b^c is ambiguous", span=node.span, suggestion="(a^b)^c or a^(b^c)")


_CHECKS = {
    "frobenius": _no_chain, "kronecker": _no_mixture, "hadamard": _no_mixture,
    "power": _no_tower, "entry_power": _no_tower,
}  # fmt: skip
