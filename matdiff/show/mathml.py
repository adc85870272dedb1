r"""The LaTeX that matdiff writes, as MathML, so that a page shows it with no script and no fonts of its own.

Not a TeX reader: it knows the commands our notation uses, plus \changed{…} for what is new in a row, and a test runs it
over all of them.  Where a formula nests too deeply, its source is shown instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from matdiff.language.names import LETTER

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_OPERATORS = {
    "otimes": "⊗", "odot": "⊙", "oslash": "⊘", "cdot": "⋅", "cdots": "⋯", "times": "×", "top": "⊤", "in": "∈",
    "ge": "≥", "le": "≤", "ne": "≠", "Vert": "‖", "lVert": "‖", "rVert": "‖", "surd": "√", "sum": "∑",
    "{": "{", "}": "}",
}  # fmt: skip
_IDENTIFIERS = {"infty": "∞", "partial": "∂", **LETTER}
_FUNCTIONS = frozenset(
    "log exp det cos sin tan cosh sinh tanh arccos arcsin arctan max min tr".split()
)  # fmt: skip
_SPACES = {",": "0.17em", "quad": "1em", "qquad": "2em", ";": "0.28em", " ": "0.25em"}
_SPELLED_OUT = {"textbackslash": "\\", "char94": "^", "char126": "~"}
_TIGHT = 'lspace="0" rspace="0"'
_ALPHABETS = {
    "mathbf": {"1": "𝟏"},
    "mathbb": {"R": "ℝ"},
}


def mathml(tex: str, display: bool = False) -> str:
    """A `math` element that carries its TeX as an annotation."""
    try:
        inner = _Reader(tex).row()
    except (RecursionError, ValueError):
        return f'<code class="matdiff-tex">{escape(tex)}</code>'
    mode = ' display="block"' if display else ""
    source = escape(re.sub(r"\\changed\{", "{", tex))
    note = f'<annotation encoding="application/x-tex">{source}</annotation>'
    return f"<math{mode}><semantics><mrow>{inner}</mrow>{note}</semantics></math>"


class _Reader:
    """One formula, token by token."""

    def __init__(self, tex: str) -> None:
        self._tokens = _TOKEN.findall(tex)
        self._at = 0
        # the tokens last read, spaces left out: a minus after an operator is a sign
        self._before = self._latest = ""

    def row(self, *until: str) -> str:
        """Everything up to one of the tokens (which is left), or to the end."""
        out: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in until:
            piece = self._scripted()
            if piece:
                out.append(piece)
        return "".join(out)

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise ValueError("the formula ends early")
        self._at += 1
        token = self._tokens[self._at - 1]
        if not token.isspace():
            self._before, self._latest = self._latest, token
        return token

    def _peek(self) -> str:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _scripted(self) -> str:
        base = self._atom()
        if base == "":
            return base
        sub = sup = ""
        while self._peek() in ("^", "_"):
            if self._next() == "^":
                sup = self._argument()
            else:
                sub = self._argument()
        limits = base == _mo("sum")
        if sub and sup:
            tag = "munderover" if limits else "msubsup"
            return f"<{tag}>{base}{sub}{sup}</{tag}>"
        if sub:
            return f"<msub>{base}{sub}</msub>"
        return f"<msup>{base}{sup}</msup>" if sup else base

    def _argument(self) -> str:
        """What follows a script or a command: a group as one row, or one token."""
        self._peek()
        return self._atom()

    def _raw(self) -> str:
        """The source inside the braces that follow."""
        if self._peek() != "{":
            return self._next()
        self._next()
        depth, out = 1, ""
        while True:
            token = self._next()
            depth += (token == "{") - (token == "}")
            if not depth:
                return out
            out += token

    def _atom(self) -> str:
        token = self._next()
        if token.isspace():
            return ""
        if token == "{":
            inner = self.row("}")
            self._next()
            return f"<mrow>{inner}</mrow>"
        if token.startswith("\\"):
            return self._command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        return self._sign(token)

    def _sign(self, token: str) -> str:
        shown = escape({"-": "−", "'": "′"}.get(token, token))
        if token == "-" and self._before in ("", "=", "(", "[", "{", "&", ":", ",", "^"):
            return f'<mo form="prefix">{shown}</mo>'
        if token in "()[]":
            return f'<mo stretchy="false" {_TIGHT}>{shown}</mo>'
        return f'<mo lspace="0.28em" rspace="0.28em">{shown}</mo>' if token == ":" else f"<mo>{shown}</mo>"

    def _command(self, name: str) -> str:
        maker = _COMMANDS.get(name)
        if maker is not None:
            return maker(self)
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"/>'
        if name in _OPERATORS:
            return _mo(name)
        if name in _IDENTIFIERS:
            return f"<mi>{_IDENTIFIERS[name]}</mi>"
        if name in _FUNCTIONS:
            # log det X, but log(x)
            apart = self._peek().startswith("\\") and self._peek() != "\\left"
            return f"<mi>{name}</mi>" + ('<mspace width="0.17em"/>' if apart else "")
        raise ValueError(f"unknown command {name}")

    # ---------------------------------------------------------------- commands

    def fraction(self) -> str:
        return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"

    def root(self) -> str:
        return f"<msqrt>{self._argument()}</msqrt>"

    def changed(self) -> str:
        return f'<mrow class="matdiff-changed">{self._argument()}</mrow>'

    def text(self) -> str:
        words = re.sub(r"\\(textbackslash|char94|char126) ", lambda m: _SPELLED_OUT[m.group(1)], self._raw())
        words = re.sub(r"\\([_&%#${}])", r"\1", words)
        return f"<mtext>{escape(words.replace(' ', chr(160)))}</mtext>"

    def upright(self) -> str:
        word = self._raw().replace("\\_", "_")
        return f'<mi mathvariant="normal">{escape(word)}</mi>'

    def word(self) -> str:
        return f"<mi>{escape(self._raw())}</mi>"

    def bold(self) -> str:
        return f"<mi>{''.join(_ALPHABETS['mathbf'].get(ch, ch) for ch in self._raw())}</mi>"

    def blackboard(self) -> str:
        return f"<mi>{''.join(_ALPHABETS['mathbb'].get(ch, ch) for ch in self._raw())}</mi>"

    def fence(self) -> str:
        opening = self._delimiter()
        inner = self.row("\\right")
        self._next()
        closing = self._delimiter()
        return f"<mrow><mo {_TIGHT}>{opening}</mo>{inner}<mo {_TIGHT}>{closing}</mo></mrow>"

    def _delimiter(self) -> str:
        token = self._peek()
        self._next()
        return _OPERATORS.get(token[1:], "") if token.startswith("\\") else escape(token.replace(".", ""))

    def matrix(self) -> str:
        if self._raw() != "bmatrix":
            raise ValueError("an unknown environment")
        rows = [[""]]
        while True:
            rows[-1][-1] += self.row("&", "\\\\", "\\end")
            token = self._next()
            if token == "\\end":
                self._raw()
                break
            if token == "&":
                rows[-1].append("")
            else:
                rows.append([""])
        body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
        return f"<mrow><mo>[</mo><mtable>{body}</mtable><mo>]</mo></mrow>"


def _mo(name: str) -> str:
    if name == "top":
        return f"<mo {_TIGHT}>{_OPERATORS[name]}</mo>"
    return f"<mo>{_OPERATORS[name]}</mo>"


_COMMANDS: dict[str, Callable[[_Reader], str]] = {
    "frac": _Reader.fraction,
    "tfrac": _Reader.fraction,
    "sqrt": _Reader.root,
    "changed": _Reader.changed,
    "text": _Reader.text,
    "mathrm": _Reader.upright,
    "operatorname": _Reader.upright,
    "mathit": _Reader.word,
    "mathbf": _Reader.bold,
    "mathbb": _Reader.blackboard,
    "left": _Reader.fence,
    "begin": _Reader.matrix,
}
