"""TeX to marks: one mark for each letter, number, command, bracket and operator, with its place in the text.

Here: what control words and Unicode characters stand for, spacing and comments left out, the limit on length.  Not
here: which braces belong together (`latex_tree`), and which letters make a name (`latex_symbols`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from matdiff.errors import ParseError
from matdiff.language.lexical import LIMIT
from matdiff.language.names import LETTER, SPELLED, SUBSCRIPTS


@dataclass(slots=True, eq=False)
class Mark:
    """One piece of TeX.  `kind` is `letter`, `number`, `command`, … or the sign itself; `parts` are its arguments."""

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False  # white space before it
    font: str = ""  # bold, upright, or left and right for a bar
    parts: tuple[list[Mark], ...] = ()


_ENVIRONMENT = r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(?:\s*\{[lcr|@{}.\s\d]*\}(?=.))?"
_MARKS = re.compile(
    rf"""
      (?P<space>\s+|~|\\[,;:!>\ \n/]|(?<!\\)%[^\n]*)
    | (?P<environment>{_ENVIRONMENT})
    | (?P<dropped>\\(?:tag\*?|label|hspace\*?|vspace\*?|color|phantom|hphantom|vphantom)\s*\{{[^{{}}]*\}})
    | (?P<words>\\(?:text|mbox|textrm|textit|textbf|textsf|textnormal)\s*\{{[^{{}}]*\}})
    | (?P<operator>\\operatorname\*?\s*(?:\{{[^{{}}]*\}}|[A-Za-z]))
    | (?P<above>\\(?:stackrel|overset)\s*\{{[^{{}}]*\}}\s*\{{\s*=\s*\}})
    | (?P<rows>\\\\(?:\s*\[[\d.]+\s*\w\w\])?|\\cr(?![A-Za-z]))
    | (?P<command>\\[A-Za-z]+)
    | (?P<escaped>\\.)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<dots>\.\.\.+|…|⋯)
    | (?P<dotT>\.T(?![A-Za-z]))
    | (?P<defined>:=|≔)
    | (?P<doubled>\|\||∥|‖)
    | (?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻ᵀ|ᵀ|[⁺⁻]?ⁿ|⁺)
    | (?P<lowered>[₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙₚₜₓ]+)
    | (?P<fraction>[½⅓⅔¼¾⅕⅙⅛])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_GREEK = set(LETTER)
_VARIANTS = {
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
    "varkappa": "kappa", "varpi": "pi", "varSigma": "Sigma", "varOmega": "Omega", "varGamma": "Gamma",
    "varLambda": "Lambda", "varDelta": "Delta", "varPhi": "Phi", "varPsi": "Psi", "varTheta": "Theta",
    "ell": "ell", "imath": "i", "jmath": "j",
}  # fmt: skip
# Control words that are signs.
SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "bullet": "*", "otimes": "⊗", "bigotimes": "⊗", "odot": "⊙", "bigodot": "⊙",
    "circ": "⊙", "bigcirc": "⊙", "oslash": "⊘", "div": "/", "slash": "/", "colon": ":", "coloneqq": "=",
    "triangleq": "=", "equiv": "=", "langle": "⟨", "rangle": "⟩", "lbrace": "{{", "rbrace": "}}", "lbrack": "[",
    "rbrack": "]", "partial": "∂", "nabla": "∇", "sum": "∑", "vert": "|", "Vert": "‖", "prime": "'", "minus": "-",
    "eq": "=", "lparen": "(", "rparen": ")", "ldotp": ".", "dblcolon": ":",
}  # fmt: skip
_ONE_SIDED = {"lvert": ("|", "left"), "rvert": ("|", "right"), "lVert": ("‖", "left"), "rVert": ("‖", "right")}
_SPACING = {
    "quad", "qquad", "thinspace", "enspace", "enskip", "medspace", "thickspace", "negthinspace", "displaystyle",
    "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "hfill", "noindent", "strut", "mathstrut",
    "null", "displaylimits", "allowbreak", "relax", "space", "centering", "par", "smallskip", "medskip", "bigskip",
}  # fmt: skip
# Words that make the next delimiter large; it is the same delimiter.
_SIZES = {f"{big}{side}" for big in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")} | {"left", "right"}
_FOLDED = {
    "−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "∙": "*", "•": "*", "∘": "⊙", "⨀": "⊙", "⨂": "⊗",
    "′": "'", "’": "'", "⊤": "top", "⊺": "top", "∣": "|", "〈": "⟨", "〉": "⟩", "∶": ":", "÷": "/",
    "⁄": "/", "∕": "/", "＝": "=",
}  # fmt: skip
_PLAIN = set("+-*/:^_'()[],;=|&.<>!?⊗⊙⊘∂∇∑⟨⟩")
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀⁿ", "0123456789-+Tn"))
_LOWERED = {**SUBSCRIPTS, **dict(zip("ᵢⱼₖₘₙₚₜₓ", "ijkmnptx"))}
_FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅙": (1, 6), "⅛": (1, 8)}
_IGNORED = set("$\ufeff\u200b\u2061\u2062\u2063\u2064\u200c\u200d￼")


def is_known(word: str) -> bool:
    """Is this a control word for a letter, a sign, a size or a space?"""
    return any(word in table for table in (_GREEK, _VARIANTS, SIGNS, _ONE_SIDED, _SPACING, _SIZES))


def scan(text: str) -> list[Mark]:
    """The marks of a text, in order."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT:
        raise ParseError(f"the text is longer than {LIMIT // 1000} kB", suggestion="read one line at a time")
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.marks: list[Mark] = []
        self.spaced = False
        self.side = ""  # after \left or \right

    def run(self) -> list[Mark]:
        for found in _MARKS.finditer(self.text):
            kind = found.lastgroup or ""
            if kind in ("space", "dropped"):
                self.spaced = True
                continue
            before = len(self.marks)
            getattr(self, f"_{kind}")(found.group(), found.start(), found.end())
            if len(self.marks) > before:
                self.spaced = False
        return self.marks

    def put(self, kind: str, text: str, start: int, end: int, font: str = "") -> None:
        self.marks.append(Mark(kind, text, start, end, self.spaced, font))

    def error(self, message: str, start: int, end: int, suggestion: str | None = None) -> ParseError:
        return ParseError(message, text=self.text, span=(start, end), suggestion=suggestion)

    # ------------------------------------------------------------ control words

    def _environment(self, value: str, start: int, end: int) -> None:
        kind = "begin" if value.startswith(r"\begin") else "end"
        name = value[value.index("{") + 1 : value.index("}")].rstrip("*")
        # What follows \end{array} in braces is no column specification.
        end = start + value.index("}") + 1 if kind == "end" or name != "array" else end
        self.put(kind, name, start, end)

    def _words(self, value: str, start: int, end: int) -> None:
        inner = value[value.index("{") + 1 : -1].strip()
        if len(inner) == 1 and inner.isalpha():
            self.put("letter", inner, start, end, "upright")
        elif inner.isalpha():
            self.put("operator", inner, start, end)
        elif inner:
            self.put("words", inner, start, end)

    def _operator(self, value: str, start: int, end: int) -> None:
        name = value.partition("{")[2][:-1] if "{" in value else value[-1]
        name = re.sub(r"\\[,;:! ]|\s|\\(?=_)|\\(?:rm|mathrm|bf|sf)(?![A-Za-z])", "", name)
        if len(name) == 1 and name.isalpha():
            self.put("letter", name, start, end, "upright")
        else:
            self.put("operator", name, start, end)

    def _rows(self, value: str, start: int, end: int) -> None:
        self.put("row", value, start, end)

    def _command(self, value: str, start: int, end: int) -> None:
        word = value[1:]
        if word in _SIZES:
            self.side = "left" if word == "left" or word[-1] == "l" else "right" if word[-1] in "tr" else ""
            if re.match(r"\s*\.", self.text[end:]):
                self.side = "null"
        elif word in _SPACING:
            self.spaced = True
        elif word in ("dd", "diff"):
            self.put("letter", "d", start, end, "upright")
        elif word in _GREEK:
            self.put("letter", word, start, end)
        elif word in _VARIANTS:
            self.put("letter", _VARIANTS[word], start, end)
        elif word in SIGNS:
            self._sign(SIGNS[word], value, start, end)
        elif word in _ONE_SIDED:
            sign, side = _ONE_SIDED[word]
            self.put(sign, value, start, end, side)
        else:
            self.put("command", word, start, end)

    def _escaped(self, value: str, start: int, end: int) -> None:
        char = value[1]
        if char in "[]()":
            return  # \[ … \] and \( … \) enclose a formula
        sign = {"{": "{{", "}": "}}", "|": "‖", "-": "", "_": "_"}.get(char)
        if sign is None or char == "_":
            raise self.error(f"`{value}` is not read", start, end)
        if sign:
            self._sign(sign, value, start, end)

    def _sign(self, kind: str, value: str, start: int, end: int) -> None:
        side = self.side if kind in ("|", "‖") else ""
        self.side = ""
        self.put(kind, value, start, end, side)

    # ------------------------------------------------------------ single characters

    def _number(self, value: str, start: int, end: int) -> None:
        if len(value) > 60:
            raise self.error("this number is too long", start, end)
        self.put("number", value, start, end)

    def _above(self, value: str, start: int, end: int) -> None:
        self.put("=", value, start, end)  # what stands above an equals sign is its reason

    def _dots(self, value: str, start: int, end: int) -> None:
        raise self.error("dots leave something to be guessed, so they are not read", start, end)

    def _dotT(self, value: str, start: int, end: int) -> None:
        self.put("top", value, start, end)

    def _defined(self, value: str, start: int, end: int) -> None:
        self.put("=", value, start, end)

    def _doubled(self, value: str, start: int, end: int) -> None:
        if value == "||" and self.side:
            # \left|| is one large bar and one plain one
            self._sign("|", "|", start, start + 1)
            self.put("|", "|", start + 1, end)
            return
        self._sign("‖" if value != "||" else "||", value, start, end)

    def _raised(self, value: str, start: int, end: int) -> None:
        plain = "".join(_SUPERSCRIPT[c] for c in value)
        inner = []
        for part in re.findall(r"\d+|.", plain):
            inner.append(Mark("number" if part.isdigit() else "letter" if part.isalpha() else part, part, start, end))
        kind = "top" if plain == "T" else "sup"
        self.marks.append(Mark(kind, value, start, end, False, "unicode", (inner,)))

    def _lowered(self, value: str, start: int, end: int) -> None:
        inner = [
            Mark("number" if part.isdigit() else "letter", part, start, end)
            for part in re.findall(r"\d+|.", "".join(_LOWERED[c] for c in value))
        ]
        self.marks.append(Mark("sub", value, start, end, False, "unicode", (inner,)))

    def _fraction(self, value: str, start: int, end: int) -> None:
        above, below = ([Mark("number", str(n), start, end)] for n in _FRACTIONS[value])
        self.marks.append(Mark("frac", value, start, end, self.spaced, "", (above, below)))

    def _other(self, value: str, start: int, end: int) -> None:
        if value in _IGNORED:
            return
        if self.side == "null":
            self.side = ""
            return
        if 0x1D400 <= ord(value) <= 0x1D7FF:
            value = unicodedata.normalize("NFKC", value)
        if value in "{}":
            self.put(value, value, start, end)
        elif value == "√":
            self.put("command", "sqrt", start, end)
        elif value == "″":
            self.put("'", value, start, end)
            self.put("'", value, start, end)
        elif value == "ℓ":
            self.put("letter", "ell", start, end)
        elif value == "∆":
            self.put("letter", "Delta", start, end)
        elif value in "ⅆ":
            self.put("letter", "d", start, end, "upright")
        elif (folded := _FOLDED.get(value, value)) in _PLAIN or folded == "top":
            self._sign(folded, value, start, end)
        elif value.isalpha() and unicodedata.category(value) != "Lm":
            self._letter(value, start, end)
        elif value.isdigit() and value.isascii():
            self.put("number", value, start, end)
        else:
            raise self.error(f"the sign {value!r} is not read", start, end)

    def _letter(self, value: str, start: int, end: int) -> None:
        self.put("letter", SPELLED.get(value, value), start, end)
