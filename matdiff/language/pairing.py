"""What a word means where it stands: bars that open or close, names that are called, brackets that index.

After this every word has one meaning and the grammar needs no context.  Not here: cutting the text (`lexical`) and
its statements (`statements`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from matdiff.errors import ParseError
from matdiff.language.lexical import Word
from matdiff.language.names import is_short, pretty
from matdiff.language.statements import KINDS

# The words after which an operand is complete.
_COMPLETE = {"NAME", "NUMBER", ")", "]", "'", "ENDBAR", "ENDNORM", "SUBSCRIPT", "PARTIAL"}


@dataclass(frozen=True)
class Vocabulary:
    """Which names are taken, and which are functions of the language."""

    declared: Callable[[str], bool]
    known: Callable[[str], bool]
    functions: Collection[str] = field(default_factory=tuple)  # for "did you mean"
    unknown_functions: frozenset[str] = frozenset()  # names declared `function`
    differentials: bool = False

    def called(self, name: str) -> bool:
        """Is this name a function where it stands before a parenthesis?"""
        if name in self.unknown_functions:
            return True
        return not self.declared(name) and (self.known(name) or (self.differentials and name == "d"))


def pair(words: Sequence[Word], text: str, vocabulary: Vocabulary) -> list[Word]:
    """The words with bars paired and calls, index brackets and ranges told apart."""
    return _Pairing(words, text, vocabulary).run()


class _Pairing:
    def __init__(self, words: Sequence[Word], text: str, vocabulary: Vocabulary) -> None:
        self.words = words
        self.text = text
        self.vocabulary = vocabulary
        self.out: list[Word] = []
        # indices of sums are operands inside them: sum(i, 1, n, i (x + y))
        starts = zip(words, words[1:], words[2:])
        self.indices = {
            c.text for a, b, c in starts if a.text in ("sum", "Sigma") and b.kind == "(" and c.kind == "NAME"
        }
        # open brackets and bars; their kinds are ( [ INDEX | || ‖
        self.stack: list[tuple[str, Word]] = []

    def run(self) -> list[Word]:
        k = 0
        while k < len(self.words):
            k = self.step(k)
        self.no_open_bar()
        return self.out

    def error(self, message: str, word: Word, suggestion: str | None = None) -> ParseError:
        return ParseError(message, text=self.text, span=(word.start, word.end), suggestion=suggestion)

    @property
    def complete(self) -> bool:
        return bool(self.out) and self.out[-1].kind in _COMPLETE

    @property
    def innermost(self) -> str:
        return self.stack[-1][0] if self.stack else ""

    @property
    def after_number(self) -> bool:
        """Does a number stand before this that is no exponent?  A^-1' is (A^-1)'."""
        if not self.out or self.out[-1].kind != "NUMBER":
            return False
        before = [w.kind for w in self.out[-3:-1]]
        return not before or not (before[-1] in ("^", ".^") or (before[-1] == "-" and before[0] in ("^", ".^")))

    def put(self, word: Word, kind: str | None = None, end: int | None = None) -> None:
        if kind is not None or end is not None:
            word = word._replace(kind=kind or word.kind, end=end or word.end)
        self.out.append(word)

    def step(self, k: int) -> int:
        """Handle the word at k; the index of the next one."""
        word = self.words[k]
        if word.kind in ("|", "‖"):
            return self.bar(k)
        if word.kind == "NAME":
            return self.name(k)
        if word.kind == "∂":
            return self.partial(k)
        if word.kind in ("(", "["):
            indexes = word.kind == "[" and self.complete and not word.spaced
            kind = "INDEX" if indexes else word.kind
            self.stack.append((kind, word))
            self.put(word, kind)
        elif word.kind in (")", "]"):
            self.no_open_bar()
            if self.stack:
                self.stack.pop()
            self.put(word)
        elif word.kind == ":":
            self.put(word, "RANGE" if self.innermost == "INDEX" else ":")
        elif word.kind == "'" and self.after_number:
            raise self.error("a number has no transpose", self.out[-1], "for a row of ones write ones(n)'")
        elif word.kind == "SUBSCRIPT":
            self.subscript(word)
        else:
            self.put(word)
        return k + 1

    def subscript(self, word: Word) -> None:
        if not self.out or self.out[-1].kind != "ENDNORM":
            raise self.error("a part `_…` follows a name or a norm", word, "x_1, ‖x‖_2")
        self.put(word._replace(text=word.text.lstrip("_").translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))))

    # ------------------------------------------------------------ bars

    def bar(self, k: int) -> int:
        word = self.words[k]
        after = self.words[k + 1] if k + 1 < len(self.words) else None
        double = word.kind == "|" and after is not None and after.kind == "|" and after.start == word.end
        awaits = self.out and self.out[-1].kind == "CALL"
        if self.complete and not awaits:
            if self.innermost == "‖" == word.kind or (self.innermost == "||" and double):
                return self.close(k, "ENDNORM", 2 if double else 1)
            if self.innermost == "|" == word.kind:
                return self.close(k, "ENDBAR", 1)
        width = 2 if double else 1
        end = self.words[k + width - 1].end
        self.stack.append(("‖" if word.kind == "‖" else "||" if double else "|", word._replace(end=end)))
        self.put(word, "BAR" if self.innermost == "|" else "NORM", end)
        return k + width

    def close(self, k: int, kind: str, width: int) -> int:
        self.stack.pop()
        self.put(self.words[k], kind, self.words[k + width - 1].end)
        return k + width

    def no_open_bar(self) -> None:
        if self.innermost in ("|", "||", "‖"):
            raise self.error("this bar is never closed", self.stack[-1][1])

    # ------------------------------------------------------------ names

    def name(self, k: int) -> int:
        word = self.words[k]
        after = self.words[k + 1].kind if k + 1 < len(self.words) else ""
        if (
            self.out
            and self.out[-1].kind in ("^", ".^")
            or len(self.out) > 1
            and self.out[-1].kind == "-"
            and self.out[-2].kind in ("^", ".^")
        ):
            self.exponent(word, after)
        elif after == "(" and self.vocabulary.called(word.text):
            self.put(word, "CALL")
        elif after == "(" and not self.is_operand(word.text):
            raise self.unknown_call(word)
        elif word.text in self.vocabulary.unknown_functions:
            return self.primed(k)
        elif self.is_function_only(word.text):
            if self.out and self.out[-1].kind in ("(", ",") and after in (",", ")"):
                # A word alone in an argument's place, as in frechet(expm, X, E).
                self.put(word)
                return k + 1
            if after not in ("|", "‖"):
                raise self.error(
                    f"{word.text} is a function and needs its argument in parentheses", word, f"{word.text}(…)"
                )
            self.put(word, "CALL")
        else:
            self.put(word)
        return k + 1

    def exponent(self, word: Word, after: str) -> None:
        if after == "(" and self.vocabulary.called(word.text):
            raise self.error(
                "after `^` stands a number, a name or parentheses",
                word,
                f"put the exponent in parentheses: ^({word.text}(…))",
            )
        self.put(word)

    def is_operand(self, name: str) -> bool:
        fixed = name in ("I", "pi") or name.startswith("I_")
        return fixed or self.vocabulary.declared(name) or name in self.indices

    def is_function_only(self, name: str) -> bool:
        return not self.vocabulary.declared(name) and not is_short(name) and self.vocabulary.known(name)

    def unknown_call(self, word: Word) -> ParseError:
        name = word.text
        # `X : matrx(n)` was meant as a declaration.
        declares = [w.kind for w in self.out] == ["NAME", ":"]
        words = KINDS if declares else sorted(self.vocabulary.functions)
        near = [w for w in words if w.lower() == name.lower()] or get_close_matches(name, words, 1)
        near = near if not is_short(name) else []
        if near:
            return self.error(f"there is no function {name}", word, f"did you mean {near[0]}?")
        shown = pretty(name)
        if is_short(name):
            return self.error(
                f"{shown} is neither declared nor a function", word,
                f"{shown}*(…) after a declaration such as `{shown} : matrix(m, n)`",
            )  # fmt: skip
        return self.error(f"there is no function {name}", word, f"declare {name}, or write a product with *")

    def primed(self, k: int) -> int:
        """An unknown function's derivative g'(x), g''(x)."""
        word, n = self.words[k], k + 1
        while n < len(self.words) and self.words[n].kind == "'":
            n += 1
        if n == k + 1 or n == len(self.words) or self.words[n].kind != "(":
            raise self.error(f"{word.text} is a function and needs an argument", word, f"{word.text}(x)")
        marks = "'" * (n - k - 1)
        self.put(word._replace(text=word.text + marks), "PRIMED", self.words[n - 1].end)
        return n

    def partial(self, k: int) -> int:
        """∂f/∂X as one word, in rules and derivations only."""
        kinds = [w.kind for w in self.words[k : k + 5]]
        if not self.vocabulary.differentials or kinds != ["∂", "NAME", "/", "∂", "NAME"]:
            raise self.error(
                "∂ is not part of a problem", self.words[k], "write the function, and name the variable as wrt"
            )
        names = self.words[k + 1].text + "/" + self.words[k + 4].text
        self.put(self.words[k]._replace(text=names), "PARTIAL", self.words[k + 4].end)
        return k + 5
