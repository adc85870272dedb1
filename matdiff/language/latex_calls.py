"""Functions in TeX: their names, and where their argument ends.

With parentheses or bars a function takes these; without, the product that follows: tr AXB + C is tr(AXB) + C, and
log x log y is log(x) log(y).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.language import calls, latex_names, latex_scripts
from matdiff.language.latex_frames import Frame
from matdiff.language.latex_scan import Mark
from matdiff.language.latex_symbols import Found
from matdiff.language.lexical import Word
from matdiff.language.names import canonical

if TYPE_CHECKING:
    from matdiff.language.latex_words import Words

# Textbook names of functions, also without parentheses.
BARE = {
    "tr": "tr", "Tr": "tr", "trace": "tr", "Trace": "tr", "TR": "tr", "det": "det", "Det": "det", "logdet": "logdet",
    "log": "log", "ln": "log", "Log": "log", "exp": "exp", "vec": "vec", "Vec": "vec", "vech": "vech", "diag": "diag",
    "Diag": "Diag", "sym": "sym", "Sym": "sym", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "adj": "adj",
}  # fmt: skip
# Only with parentheses.
_CALLED = {"max": "max", "min": "min", "sgn": "sign", "abs": "abs", "mat": "mat", "Softmax": "softmax", "chol": "chol"}
_OF_MATRICES = {"tr", "det", "logdet"}
# Functions whose value multiplies on inside the argument of a trace: tr A diag(x) B.
_FACTORS = {"vec", "diag", "Diag", "sym", "adj", "inv", "mat"}
# Letters that are functions before a parenthesis, where they are not declared.
_LETTERS = {"Phi": "normcdf", "Gamma": "gamma", "psi": "digamma", "sigma": "sigmoid"}
_BRACKETS = ("(", "[", "{{")
_CLOSERS = (")", "]", "}}")
# Of a square matrix these mean the matrix function, which is settled where shapes are known.
_OPEN = {"exp": "exp?", "log": "log?"}
_BARS = ("|", "‖", "||")


def command(w: Words, marks: list[Mark], k: int) -> int:
    """A control word that is no letter, sign or font."""
    mark = marks[k]
    word = mark.text
    if word in w.lexicon.known:
        return latex_names.named(w, marks, k, Found(word, k + 1))
    name = _function(word)
    if name is not None:
        return function(w, marks, k + 1, name, mark)
    if word in ("dots", "ldots", "cdots", "vdots", "ddots", "dotsc", "dotsb"):
        raise w.error("dots leave something to be guessed, so they are not read", mark)
    raise w.error(f"`\\{word}` is not read", mark)


def operator(w: Words, marks: list[Mark], k: int) -> int:
    """\\operatorname{…}"""
    mark = marks[k]
    word = canonical(mark.text)
    if word in w.lexicon.known:
        return latex_names.named(w, marks, k, Found(word, k + 1))
    name = _function(mark.text)
    if name is None and w.text.startswith("\\operatorname", mark.start):
        raise w.error(f"the function `{mark.text}` is not known", mark)
    if name is None:
        raise w.error(f"the words `{mark.text}` are not read", mark)
    return function(w, marks, k + 1, name, mark)


def _function(word: str) -> str | None:
    if word in BARE or word in _CALLED:
        return BARE.get(word) or _CALLED[word]
    return word if len(word) > 1 and calls.known(word) and word not in ("Sigma", "matrix", "vector") else None


def function_at(w: Words, marks: list[Mark], k: int, beyond: int) -> tuple[str, int] | None:
    """The function whose name is spelled in letters at k, and the index after it; it must be longer than a symbol."""
    if marks[k].kind != "letter":
        return None
    after_greek = _of_letter(w, marks, k, beyond == k)
    if after_greek is not None:
        return after_greek
    end = k + 1
    while end < min(len(marks), k + 14) and marks[end].kind == "letter" and not marks[end].spaced:
        end += 1
    run = "".join(m.text for m in marks[k:end])
    for length in range(min(end - k, 12), 1, -1):
        if k + length <= beyond:
            return None
        word = "".join(m.text for m in marks[k : k + length])
        name = _function(word)
        if name is not None and _is_function(w, marks, k, k + length, word, run):
            return name, k + length
    return None


def _is_function(w: Words, marks: list[Mark], k: int, after: int, word: str, run: str) -> bool:
    follows = marks[after].kind if after < len(marks) else ""
    if follows in _BRACKETS or follows in _BARS:
        return True
    if word not in BARE:
        return False
    if all(m.font == "upright" for m in marks[k:after]):
        return True
    declared = all(m.text in w.lexicon.known for m in marks[k:after])
    if declared or word == run:
        return not declared
    # trAB is tr(A B), but diagm(x) is no diag(m x)
    follows = "".join(m.text for m in marks[after : after + 2])
    return word in ("tr", "Tr", "vec", "vech", "det", "log", "ln") and follows.removeprefix("d")[:1].isupper()


def _of_letter(w: Words, marks: list[Mark], k: int, undeclared: bool) -> tuple[str, int] | None:
    """Γ(x), ψ(x), Φ(x), σ(x), λ_max(A)."""
    mark = marks[k]
    after = marks[k + 1].kind if k + 1 < len(marks) else ""
    if undeclared and mark.text in _LETTERS and after in _BRACKETS:
        if mark.text == "sigma":
            w.note("σ(…) is read as the logistic function, entry by entry")
        return _LETTERS[mark.text], k + 1
    if after == "sub" and k + 2 < len(marks) and marks[k + 2].kind in _BRACKETS:
        word = "".join(m.text for m in marks[k + 1].parts[0])
        name = {
            "lambdamax": "eigmax", "lambdamin": "eigmin", "sigmamax": "svdmax", "psi1": "trigamma",
        }.get(mark.text + word)  # fmt: skip
        return (name, k + 2) if name else None
    return None


# ---------------------------------------------------------------- arguments


def function(w: Words, marks: list[Mark], k: int, name: str, mark: Mark) -> int:
    """A call: `name` was read, its argument starts at k."""
    name, k = _joined(w, marks, k, name)
    if k < len(marks) and marks[k].kind == "sup" and [m.kind for m in marks[k].parts[0]] == ["⊙"]:
        k += 1  # exp^⊙(X), entry by entry
    else:
        name = _OPEN.get(name, name)
    after, k = _raised_name(w, marks, k, name)
    if k < len(marks) and marks[k].kind == "sub" and name != "ptrace":
        raise w.error("this subscript of a function is not read", marks[k])
    _end_other(w, marks, k, name, mark)
    if name not in BARE.values() and w.frame.commas and (k == len(marks) or marks[k].kind in (",", *_CLOSERS)):
        w.put("NAME", name, mark.start, marks[k - 1].end)  # a word in an argument's place: frechet(expm, X, E)
        return k
    if name == "ptrace" and k < len(marks) and marks[k].kind == "sub":
        which = "".join(m.text for m in marks[k].parts[0])
        after = [Word(",", ",", mark.end, mark.end), Word("NUMBER", which, mark.end, mark.end), *after]
        k += 1
    end = marks[k - 1].end
    w.put("CALL", name, mark.start, end)
    opener = marks[k].kind if k < len(marks) else ""
    if opener in _BRACKETS and not _goes_on(w, marks, k, name):
        _no_power_of_logdet(w, marks, k, name)
        return _bracket(w, marks, k, after, name == "ptrace")
    if opener in _BARS and marks[k].font != "right":
        w.open("barred", end, after=after)
        return k
    if name not in BARE.values() and name not in _OPEN.values():
        raise w.error(f"`{w.source(mark)}` needs its argument in parentheses", mark)
    w.open("function", end, after=after)
    return k


def _joined(w: Words, marks: list[Mark], k: int, name: str) -> tuple[str, int]:
    """log det and log Γ are one function each."""
    if name != "log" or k >= len(marks):
        return name, k
    mark = marks[k]
    if mark.kind in ("command", "operator") and mark.text in ("det", "Det"):
        return "logdet", k + 1
    if mark.kind == "letter" and "".join(m.text for m in marks[k : k + 3]) == "det":
        return "logdet", k + 3
    if mark.kind == "letter" and mark.text == "Gamma" and "Gamma" not in w.lexicon.known:
        return "lgamma", k + 1
    return name, k


def _raised_name(w: Words, marks: list[Mark], k: int, name: str) -> tuple[list[Word], int]:
    """log² x is (log x)²; an inverse before the argument may be the inverse function, so it is refused."""
    if k >= len(marks) or marks[k].kind != "sup":
        return [], k
    mark = marks[k]
    inner = mark.parts[0]
    if len(inner) == 1 and inner[0].kind == "number":
        word = inner[0]
        return [Word("^", "^", mark.start, mark.start), Word("NUMBER", word.text, word.start, mark.end)], k + 1
    if latex_scripts.is_transposed(w, mark):
        return [Word("'", "'", mark.start, mark.end)], k + 1  # vec^T X
    if name in ("diag", "Diag") and [m.text for m in inner] == ["-", "1"]:
        return [Word("^", "^", mark.start, mark.start), Word("-", "-", mark.start, mark.start),
                Word("NUMBER", "1", mark.start, mark.end)], k + 1  # fmt: skip
    raise w.error(f"what `{w.source(mark)}` of a function means is not clear", mark, "raise the value: (f(x))^k")


def _end_other(w: Words, marks: list[Mark], k: int, name: str, mark: Mark) -> None:
    """A function without parentheses ends before the next one: log x log y."""
    pending = w.frame.pending
    if not pending or pending[-1].kind != "function" or w.out[-1].kind == "(":
        return
    outer = next((x.text for x in reversed(w.out) if x.kind == "CALL"), "")
    if name in _FACTORS and outer not in _OPEN.values():
        return
    if outer in _OF_MATRICES and name not in _OF_MATRICES:
        raise w.error("is this inside the argument of the function before it?", mark, "put the argument in parentheses")
    w.finish("function")


def _no_power_of_logdet(w: Words, marks: list[Mark], k: int, name: str) -> None:
    end = w.matching(marks, k)
    if name == "logdet" and end is not None and end + 1 < len(marks) and marks[end + 1].kind == "sup":
        if not latex_scripts.is_transposed(w, marks[end + 1]):
            message = "does this exponent belong to the matrix or to its log det?"
            raise w.error(message, marks[end + 1], "add parentheses")


def _goes_on(w: Words, marks: list[Mark], k: int, name: str) -> bool:
    """tr (X - M)'(X - M): a transpose of a number would mean nothing, so the parentheses are only a factor."""
    if name not in _OF_MATRICES:
        return False
    end = w.matching(marks, k)
    if end is None or end + 1 >= len(marks):
        return False
    after = marks[end + 1]
    goes_on = latex_scripts.is_transposed(w, after)
    if goes_on:
        w.note("the argument of the function is the whole product that follows it")
    return goes_on


def _bracket(w: Words, marks: list[Mark], k: int, after: list[Word], inside: bool = False) -> int:
    """Open the parentheses of a call.  `inside`: what follows goes before the closing parenthesis."""
    mark = marks[k]
    w.frames.append(Frame(mark.kind, mark, True, after if inside else [], [] if inside else after))
    w.put("(", "(", mark.start, mark.end)
    return k + 1


def own_function(w: Words, marks: list[Mark], k: int, name: str, mark: Mark) -> int:
    """g(x), g'(x), g''(x)."""
    primes = 0
    while k < len(marks) and marks[k].kind in ("'", "sup") and (marks[k].kind == "'" or _primes(marks[k])):
        primes += _primes(marks[k]) or 1
        k += 1
    if k >= len(marks) or marks[k].kind not in _BRACKETS:
        raise w.error(f"{name} is a function and needs its argument in parentheses", mark)
    w.put("PRIMED" if primes else "CALL", name + "'" * primes, mark.start, marks[k - 1].end)
    return _bracket(w, marks, k, [])


def _primes(mark: Mark) -> int:
    inner = mark.parts[0] if mark.parts else []
    return len(inner) if inner and all(m.kind == "'" for m in inner) else 0
