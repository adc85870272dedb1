"""Marks to a tree: braces, fractions, roots, scripts, accents, environments; fonts leave only a hint on the letters.

Here: what belongs together in TeX, whatever it means.  Not here: names, functions, brackets and bars (`latex_words`).
A list of marks comes out in which a fraction, a script and so on is one mark with its arguments in `parts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matdiff.errors import ParseError
from matdiff.language.latex_scan import Mark, scan

DEEPEST = 60  # levels of braces, so that nothing here needs a stack of its own

FONTS = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "mathbb": "bold", "mathrm": "upright",
    "mathsf": "upright", "mathtt": "upright", "mathup": "upright", "mathit": "italic", "mathnormal": "italic",
    "mathcal": "italic", "mathscr": "italic", "mathfrak": "italic", "vec": "bold", "vect": "bold", "vc": "bold",
    "mat": "bold", "mathbfit": "bold", "bold": "bold", "symbf": "bold", "mathop": "", "mathbin": "", "mathrel": "",
    "mathord": "", "mathopen": "", "mathclose": "", "ensuremath": "", "underline": "", "boxed": "",
    "bf": "bold", "rm": "upright", "it": "italic", "sf": "upright", "tt": "upright", "cal": "italic", "frak": "italic",
    "bfseries": "bold", "rmfamily": "upright",
}  # fmt: skip
_SWITCHES = {"bf", "rm", "it", "sf", "tt", "cal", "frak", "bfseries", "rmfamily"}
ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "acute": "acute",
}  # fmt: skip
_FENCED = {"norm": "‖", "abs": "|", "Norm": "‖", "Abs": "|"}
FRACTIONS = {"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"}


def read(text: str) -> list[Mark]:
    """The tree of a text: the list of its marks, with everything inside braces in their `parts`."""
    return _Tree(text, scan(text)).whole()


class _Tree:
    def __init__(self, text: str, marks: list[Mark]) -> None:
        self.text = text
        self.marks = marks
        self.at = 0
        self.depth = 0
        self.font = ""

    def error(self, message: str, mark: Mark, suggestion: str | None = None) -> ParseError:
        return ParseError(message, text=self.text, span=(mark.start, mark.end), suggestion=suggestion)

    def whole(self) -> list[Mark]:
        out = self.items(None)
        if self.at < len(self.marks):
            raise self.error("this closes nothing", self.marks[self.at])
        return out

    @property
    def next(self) -> Mark | None:
        return self.marks[self.at] if self.at < len(self.marks) else None

    # ------------------------------------------------------------ lists

    def items(self, closer: str | None) -> list[Mark]:
        """The marks up to the closer of this level, or the end."""
        font = self.font
        out: list[Mark] = []
        while (mark := self.next) is not None and mark.kind not in ("}", "end"):
            if mark.kind == "command" and mark.text in ("over", "choose", "atop"):
                self.at += 1
                self.depth += 1
                self.deep(mark)
                out = [self.over(mark, out, closer)]
                self.depth -= 1
                break
            self.one(out)
        self.font = font
        return out

    def deep(self, mark: Mark) -> None:
        if self.depth > DEEPEST:
            raise self.error("this is nested too deeply", mark, "name a part of it")

    def over(self, mark: Mark, above: list[Mark], closer: str | None) -> Mark:
        if mark.text != "over":
            raise self.error(f"`\\{mark.text}` is not read", mark)
        if closer != "}":
            raise self.error("`\\over` divides what stands in braces around it", mark, r"{A \over B}")
        below = self.items(closer)
        if any(m.kind == "frac" and m.text == "over" and m.start == below[0].start for m in below):
            raise self.error("two `\\over` in one pair of braces", mark)
        start = above[0].start if above else mark.start
        return Mark("frac", "over", start, below[-1].end if below else mark.end, False, "", (above, below))

    def one(self, out: list[Mark]) -> None:
        """Read one construct and append it; a group without scripts is spliced."""
        mark = self.marks[self.at]
        self.at += 1
        self.depth += 1
        self.deep(mark)
        reader = _READERS.get(mark.kind)
        if reader is not None:
            reader(self, mark, out)
        else:
            out.append(self.dressed(mark))
        self.depth -= 1

    def dressed(self, mark: Mark) -> Mark:
        """With the font of a switch like \\rm around it."""
        if self.font and mark.kind in ("letter", "number") and not mark.font:
            mark = replace(mark, font=self.font)
        return mark

    def group(self, mark: Mark, out: list[Mark]) -> None:
        inner = self.items("}")
        end = self.close(mark, "}")
        after = self.next
        scripted = after is not None and after.kind in ("^", "_", "'", "sup", "top")
        if inner:
            inner[0] = replace(inner[0], spaced=inner[0].spaced or mark.spaced)
        if scripted and len(inner) > 1 and not _is_word(inner):
            out.append(Mark("group", "", mark.start, end, mark.spaced, "", (inner,)))
        else:
            out.extend(inner)

    def close(self, opener: Mark, kind: str) -> int:
        mark = self.next
        if mark is None or mark.kind != kind:
            raise self.error("this brace is never closed", opener)
        self.at += 1
        return mark.end

    # ------------------------------------------------------------ arguments

    def argument(self, owner: Mark) -> list[Mark]:
        """The next argument of a command: a group, or one mark; of a number its first digit."""
        mark = self.next
        if mark is None or mark.kind in ("}", "end", "&", "row"):
            raise self.error("something is missing after this", owner)
        if mark.kind == "{":
            self.at += 1
            inner = self.items("}")
            self.close(mark, "}")
            return inner
        if mark.kind == "number" and len(mark.text) > 1:
            self.marks[self.at] = replace(mark, text=mark.text[1:].lstrip("."), start=mark.start + 1, spaced=False)
            return [replace(mark, text=mark.text[0], end=mark.start + 1)]
        return self.construct()

    def construct(self) -> list[Mark]:
        out: list[Mark] = []
        self.one(out)
        return out

    def script(self, mark: Mark, out: list[Mark]) -> None:
        """`^…` and `_…`; without braces also a sign and what it stands before, and parentheses."""
        after = self.next
        kind = "sup" if mark.kind == "^" else "sub"
        if after is None or after.kind in ("}", "end", "&", "row"):
            raise self.error(f"something is missing after `{mark.kind}`", mark)
        if after.kind == "{":
            inner = self.argument(mark)
        elif after.kind == "-":
            self.at += 1
            inner = [after, *(self.construct() if self.next is not None else [])]
        elif after.kind == "(" and kind == "sup":
            inner = self.parenthesised(after)
        elif after.kind == "number":
            self.at += 1
            inner = [after]
        else:
            inner = self.construct()
        end = self.marks[self.at - 1].end
        out.append(Mark(kind, mark.text, mark.start, end, mark.spaced, "", (inner,)))

    def parenthesised(self, opener: Mark) -> list[Mark]:
        self.at += 1
        inner: list[Mark] = []
        level = 1
        while (mark := self.next) is not None and mark.kind not in ("}", "end"):
            level += {"(": 1, ")": -1}.get(mark.kind, 0)
            if not level:
                self.at += 1
                return inner
            self.one(inner)
        raise self.error("this `(` is never closed", opener)

    # ------------------------------------------------------------ commands

    def command(self, mark: Mark, out: list[Mark]) -> None:
        word = mark.text
        if word in FRACTIONS:
            parts = (self.argument(mark), self.argument(mark))
            out.append(Mark("frac", word, mark.start, self.marks[self.at - 1].end, mark.spaced, "", parts))
        elif word == "sqrt":
            self.root(mark, out)
        elif word in _SWITCHES:
            self.font = FONTS[word]
        elif word in ("vec", "mat") and self.next is not None and self.next.kind in ("(", "["):
            out.append(mark)  # \vec(X) is the vectorisation, \vec x an arrow
        elif word in _FENCED and self.next is not None and self.next.kind == "{":
            self.fenced(mark, out)
        elif word in FONTS:
            self.in_font(mark, out)
        elif word in ACCENTS:
            inner = self.argument(mark)
            end = self.marks[self.at - 1].end
            out.append(Mark("accent", ACCENTS[word], mark.start, end, mark.spaced, "", (inner,)))
        else:
            out.append(mark)

    def fenced(self, mark: Mark, out: list[Mark]) -> None:
        """\\norm{x}, \\abs{x}: the bars that the macro stands for."""
        sign = _FENCED[mark.text]
        out.append(replace(mark, kind=sign, font="left"))
        out += self.argument(mark)
        last = self.marks[self.at - 1]
        out.append(Mark(sign, mark.text, last.start, last.end, False, "right"))

    def in_font(self, mark: Mark, out: list[Mark]) -> None:
        font, self.font = self.font, FONTS[mark.text] or self.font
        after = self.next
        if after is not None and after.kind in ("^", "_"):
            raise self.error("something is missing after this", mark)
        inner = self.argument(mark)
        self.font = font
        if inner:
            inner[0] = replace(inner[0], spaced=inner[0].spaced or mark.spaced)
        out.extend(inner)

    def root(self, mark: Mark, out: list[Mark]) -> None:
        after = self.next
        if after is not None and after.kind == "[":
            raise self.error("only square roots are read", after, "x^{1/3}")
        if after is not None and after.kind == "(" and mark.end == mark.start + 1:
            inner = self.parenthesised(after)  # √(x)
        else:
            inner = self.argument(mark)
        out.append(Mark("sqrt", "", mark.start, self.marks[self.at - 1].end, mark.spaced, "", (inner,)))

    def environment(self, mark: Mark, out: list[Mark]) -> None:
        inner = self.items(None)
        closing = self.next
        if closing is None or closing.kind != "end" or closing.text != mark.text:
            raise self.error(f"`\\begin{{{mark.text}}}` is never closed", mark)
        self.at += 1
        out.append(Mark("environment", mark.text, mark.start, closing.end, mark.spaced, "", (inner,)))


def _is_word(inner: list[Mark]) -> bool:
    """Upright letters, as in {\\rm tr}: a word, whatever stands after it."""
    return all(m.kind == "letter" and m.font == "upright" for m in inner)


_READERS: dict[str, Callable[[_Tree, Mark, list[Mark]], None]] = {
    "{": _Tree.group,
    "^": _Tree.script,
    "_": _Tree.script,
    "command": _Tree.command,
    "begin": _Tree.environment,
}
