"""The errors a user can meet, and how they are shown.

Here: `MatdiffError` and its few kinds, each a sentence with, where there is one, the place in the text and a
suggestion that would work.  Not here: deciding that something is wrong (each layer does that itself).
"""

from __future__ import annotations


class MatdiffError(Exception):
    """The base of every error matdiff raises on purpose.

    `message` is one sentence; `text` and `span` (start and end offsets) say where in the user's text; `suggestion`
    is something that would work.  `render()` puts the four together, with a caret under the place.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str | None = None,
        span: tuple[int, int] | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.span = span
        self.suggestion = suggestion

    def locate(self, text: str, span: tuple[int, int]) -> MatdiffError:
        """Fill in the place, if a deeper layer has not done so already; returns the error itself."""
        if self.text is None:
            self.text = text
            self.span = span
        return self

    def render(self) -> str:
        """The message as a person should see it: sentence, the line with a caret, suggestion."""
        lines = [self.message]
        if self.text is not None and self.span is not None:
            lines += _caret(self.text, self.span)
        if self.suggestion:
            lines.append(f"suggestion: {self.suggestion}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.render()


def _caret(text: str, span: tuple[int, int]) -> list[str]:
    start = min(max(span[0], 0), len(text))
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    column = start - begin
    width = max(1, min(span[1], begin + len(line)) - start)
    # Long lines are cut around the place, so that the caret stays visible in a terminal.
    left = max(0, column - 60)
    shown = line[left : left + 120]
    number = text.count("\n", 0, start) + 1
    mark = " " * (column - left) + "^" * min(width, max(1, len(shown) - (column - left)))
    label = f"line {number}: " if "\n" in text.strip("\n") else "  "
    return [label + shown, " " * len(label) + mark]


class ParseError(MatdiffError):
    """The text does not follow the language."""


class ShapeError(MatdiffError):
    """The sizes of two operands do not fit."""


class DeclarationError(MatdiffError):
    """A name is undeclared, declared twice, or of a kind that does not fit."""


class UnsupportedError(MatdiffError):
    """The request is meaningful but not (yet) something matdiff answers."""


class DomainError(MatdiffError):
    """No values could be drawn at which the function is defined."""


class RuleError(MatdiffError):
    """A rule file is malformed, or a rule in it was disproved."""


class DeadlineError(MatdiffError):
    """The time allowed (`timeout=`) ran out."""


class EvaluationError(MatdiffError):
    """Arrays given to a function do not have the declared shapes, or one is missing."""


class ValidationError(MatdiffError):
    """The numerical check of a derivation failed; `derivation` holds it, for inspection only."""

    derivation: object = None
