"""Hands paired words to lark.  Imports lark, so only `syntax` imports it, and only when something is parsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lark.lexer import Lexer, PatternStr, Token


class WordsLexer(Lexer):
    """A lexer with nothing left to do: literals of the grammar by what they say, all other words by their kind."""

    __future_interface__ = 1

    def __init__(self, lexer_conf: Any) -> None:
        self.literals = {t.pattern.value: t.name for t in lexer_conf.terminals if isinstance(t.pattern, PatternStr)}

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        for k, word in enumerate(lexer_state.text):
            kind = self.literals.get(word.kind, word.kind)
            # `line` carries the index of the word, for the error message.
            yield Token(kind, word.text, word.start, k, end_pos=word.end)
