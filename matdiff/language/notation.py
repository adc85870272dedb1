"""The two notations: plain text (Unicode or ASCII) and LaTeX.  `write` decides what stands where and needs parentheses.

A notation says how a name, a number, a transpose, a power, a call … look.  Text can be read back; LaTeX is for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from matdiff.dimensions import Dim
from matdiff.language import names

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


# Fractions with more digits than this are written with a decimal number, 1/1.7320508 rather than 2500000/4330127.
_DIGITS = 12


def _over(value: Fraction) -> list[str]:
    """A number as what stands above the line, and what stands below where there is one."""
    above, below = str(value.numerator), str(value.denominator)
    if value.denominator == 1:
        return [above]
    if len(above) + len(below) > _DIGITS:
        if (decimal := _decimal(value)) is not None:
            return [decimal]
        if (decimal := _decimal(1 / abs(value))) is not None:
            return ["-1" if value < 0 else "1", decimal]
    return [above, below]


def _decimal(value: Fraction) -> str | None:
    """The number as a finite decimal, if it is one of a readable length."""
    places = next((k for k in range(25) if 10**k % value.denominator == 0), None)
    if places is None:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + (f"{whole}.{part}" if part else whole)


class Text:
    """What users type; every text parses back to the expression it was written from."""

    latex = False

    def __init__(self, ascii: bool) -> None:
        self.ascii = ascii
        self.between = {"frobenius": " : ", "kronecker": " ⊗ ", "hadamard": " .* " if ascii else " ⊙ ", "over": " ./ "}

    def product(self, factors: Sequence[str]) -> str:
        return " ".join(factors)

    def name(self, name: str) -> str:
        return name if self.ascii else names.pretty(name)

    def size(self, size: Dim) -> str:
        return str(size) if self.ascii else names.pretty_words(str(size))

    def number(self, value: Fraction, spelled: str | None) -> str:
        return spelled or "/".join(_over(value))

    def constant(self, name: str) -> str:
        return {"pi": "pi" if self.ascii else "π", "e": "exp(1)"}[name]

    def parentheses(self, text: str) -> str:
        return f"({text})"

    def transpose(self, base: str) -> str:
        return base + "'"

    def inverse(self, base: str, transposed: bool) -> str:
        if self.ascii:
            return base + ("^-T" if transposed else "^-1")
        return base + ("⁻ᵀ" if transposed else "⁻¹")

    def power(self, base: str, exponent: str, entrywise: bool, simple: bool) -> str:
        """`simple`: the exponent is a whole number or one name and needs no parentheses."""
        if not simple:
            exponent = f"({exponent})"
        elif not entrywise and not self.ascii and exponent[0] == "-" and exponent[1:].isdigit():
            return base + exponent.translate(_RAISED)
        return f"{base}{'.' if entrywise else ''}^{exponent}"

    def root(self, inner: str) -> str:
        return f"sqrt({inner})"

    def reciprocal(self, base: str) -> str:
        return f"1 ./ {base}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        return f"{name}({', '.join(arguments)})"

    def derivative(self, function: str, variables: Sequence[str]) -> str:
        square = "²" if len(variables) > 1 else ""
        return f"∂{square}{function}/" + "".join(f"∂{x}" for x in variables)

    def own_function(self, name: str, order: int, argument: str) -> str:
        """g(x), g'(x), g''(x)."""
        return f"{self.name(name)}{chr(39) * order}({argument})"

    def identity(self, size: Dim) -> str:
        shown = self.size(size)
        return f"I_{shown}" if str(size).isalnum() else f"eye({shown})"

    def constant_matrix(self, name: str, sizes: Sequence[str]) -> str:
        shown = sizes[:1] if sizes[-1] == "1" else sizes
        return f"{name}({', '.join(shown)})"

    def entries(self, base: str, indices: Sequence[str]) -> str:
        return f"{base}[{', '.join(indices)}]"

    def blocks(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(", ".join(row) for row in rows) + "]"

    def index_sum(self, index: str, lower: str, upper: str, body: str) -> str:
        return f"sum({self.name(index)}, {lower}, {upper}, {body})"

    def differential(self, inner: str, is_name: bool) -> str:
        return f"d{inner}" if is_name else f"d({inner})"


class Latex:
    """Textbook notation, portable to KaTeX and MathJax."""

    latex = True
    ascii = False

    def __init__(self) -> None:
        self.between = {
            "frobenius": " : ", "kronecker": r" \otimes ", "hadamard": r" \odot ", "over": r" \oslash ",
        }  # fmt: skip

    def product(self, factors: Sequence[str]) -> str:
        """Thin spaces around differentials; a dot where two digits would run together."""
        out = factors[0]
        for before, factor in pairwise(factors):
            apart = any(f.startswith(r"\mathrm{d}") for f in (before, factor))
            out += (r" \cdot " if factor[0].isdigit() else r" \, " if apart else " ") + factor
        return out

    def name(self, name: str) -> str:
        return names.latex(name)

    def size(self, size: Dim) -> str:
        return size.latex(names.latex)

    def number(self, value: Fraction, spelled: str | None) -> str:
        if spelled is not None:
            mantissa, _, exponent = spelled.lower().partition("e")
            return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
        above, *below = _over(abs(value))
        sign = "-" if value < 0 else ""
        return rf"{sign}\tfrac{{{above}}}{{{below[0]}}}" if below else sign + above

    def constant(self, name: str) -> str:
        return {"pi": r"\pi", "e": r"\mathrm{e}"}[name]

    def parentheses(self, text: str) -> str:
        tall = any(piece in text for piece in (r"\left", r"\begin", r"\sum", r"\frac"))
        return rf"\left({text}\right)" if tall else f"({text})"

    def transpose(self, base: str) -> str:
        return base + r"^{\top}"

    def inverse(self, base: str, transposed: bool) -> str:
        return base + (r"^{-\top}" if transposed else "^{-1}")

    def power(self, base: str, exponent: str, entrywise: bool, simple: bool) -> str:
        dot = r"\odot " if entrywise else ""
        return f"{base}^{{{dot}{exponent}}}"

    def root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}"

    def reciprocal(self, base: str) -> str:
        return rf"{base}^{{\odot -1}}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        word = name.replace("_", r"\_")
        return rf"\operatorname{{{word}}}\left({', '.join(arguments)}\right)"

    def derivative(self, function: str, variables: Sequence[str]) -> str:
        square = "^2" if len(variables) > 1 else ""
        below = r" \, ".join(rf"\partial {x}" for x in variables)
        return rf"\frac{{\partial{square} {function}}}{{{below}}}"

    def own_function(self, name: str, order: int, argument: str) -> str:
        return rf"{self.name(name)}{chr(39) * order}\left({argument}\right)"

    def identity(self, size: Dim) -> str:
        return f"I_{{{self.size(size)}}}"

    def constant_matrix(self, name: str, sizes: Sequence[str]) -> str:
        symbol = r"\mathbf{1}" if name == "ones" else "0"
        shown = sizes[:1] if sizes[-1] == "1" else sizes
        return symbol + "_{" + r" \times ".join(shown) + "}"

    def entries(self, base: str, indices: Sequence[str]) -> str:
        return f"{base}_{{{', '.join(indices)}}}"

    def blocks(self, rows: Sequence[Sequence[str]]) -> str:
        return r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"

    def index_sum(self, index: str, lower: str, upper: str, body: str) -> str:
        return rf"\sum_{{{self.name(index)}={lower}}}^{{{upper}}} {body}"

    def differential(self, inner: str, is_name: bool) -> str:
        return (
            rf"\mathrm{{d}}{inner}"
            if is_name and len(inner) == 1
            else (rf"\mathrm{{d}}{{{inner}}}" if is_name else rf"\mathrm{{d}}{self.parentheses(inner)}")
        )


Notation = Text | Latex
