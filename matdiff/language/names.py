"""Names: Greek letters spelled and written, parts, and how a name looks in text and in LaTeX.

Inside matdiff a name is always its spelling in plain letters (`Sigma`, `x_1`); `Σ` and `x₁` are other ways to type
and to show it.  Not here: what a name stands for.
"""

from __future__ import annotations

import re
import unicodedata

_LOWER = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_LOWER_LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"
_UPPER_LETTERS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"

# The written letter of a spelled name, and back.  π is the constant, and `pi` is what it is called.
LETTER: dict[str, str] = dict(zip(_LOWER, _LOWER_LETTERS))
LETTER.update((name.capitalize(), letter) for name, letter in zip(_LOWER, _UPPER_LETTERS))
SPELLED: dict[str, str] = {letter: name for name, letter in LETTER.items()}
SPELLED.update({"ϵ": "epsilon", "ϕ": "phi", "ϑ": "theta", "ϱ": "rho", "ς": "sigma", "µ": "mu", "∑": "Sigma"})

# LaTeX has no commands for capitals that look like Latin letters, nor for omicron.
_LATEX_PLAIN = {
    "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K", "Mu": "M",
    "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X", "omicron": "o",
}  # fmt: skip

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
_PIECE = re.compile(r"[0-9]+|[^0-9]+")


def fold_letter(letter: str) -> str:
    """The plain form of one letter: Greek spelled out, mathematical alphabets (𝐱, 𝑋) as ordinary letters."""
    if 0x1D400 <= ord(letter) <= 0x1D7FF:
        letter = unicodedata.normalize("NFKC", letter)
    return SPELLED.get(letter, letter)


def canonical(name: str) -> str:
    """The one spelling of a name as typed: `Σ` is `Sigma`, `W₁` is `W_1`."""
    out: list[str] = []
    below = False
    for ch in name:
        if ch in SUBSCRIPTS:
            out.append(SUBSCRIPTS[ch] if below or (out and out[-1] == "_") else "_" + SUBSCRIPTS[ch])
            below = True
        else:
            out.append(fold_letter(ch))
            below = False
    return "".join(out)


def pretty(name: str) -> str:
    """The name with its Greek parts as letters: `sigma2` is `σ2`, `x_mu` is `x_μ`."""
    return "_".join("".join(LETTER.get(p, p) for p in _PIECE.findall(part)) for part in name.split("_"))


def latex(name: str) -> str:
    """The name in LaTeX: parts become subscripts, several letters stand upright-italic as one word."""
    head, *parts = name.split("_")
    letters = _PIECE.findall(head)
    if len(letters) == 2 and letters[1].isdigit():
        # sigma2 is set like sigma_2
        parts.insert(0, letters[1])
        letters = letters[:1]
    base = _latex_word("".join(letters), "mathit")
    return base + ("_{" + ",".join(_latex_word(p, "mathrm") for p in parts) + "}" if parts else "")


def _latex_word(word: str, font: str) -> str:
    if word in LETTER:
        return _LATEX_PLAIN.get(word) or "\\" + word
    if len(word) == 1 or word.isdigit():
        return word
    return f"\\{font}{{{word}}}"


_SHORT = re.compile(r"([^\W\d_])(?:\d+)?(?:_[^\W_]+)*\Z")
_GREEK = re.compile(r"([A-Za-z]+?)(?:\d+)?(?:_[^\W_]+)*\Z")


def is_short(name: str) -> bool:
    """May this name be used undeclared?  Single letters and Greek names, with digits or `_parts`."""
    if _SHORT.match(name):
        return True
    found = _GREEK.match(name)
    return found is not None and found.group(1) in LETTER


def conventional_kind(name: str) -> str:
    """Upper case a matrix, lower-case Latin a vector, lower-case Greek a scalar."""
    if name[0].isupper():
        return "matrix"
    found = _GREEK.match(name)
    return "scalar" if found and found.group(1) in LETTER else "vector"


_WORD = re.compile(r"[^\W\d]\w*")


def pretty_words(text: str) -> str:
    """Every name inside a longer text made pretty."""
    return _WORD.sub(lambda m: pretty(m.group()), text)
