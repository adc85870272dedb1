"""TeX is read as what matdiff text would say; what is not readable is refused with its place."""

import json
import random
from pathlib import Path

import pytest
import random_expressions

from matdiff.errors import MatdiffError, ParseError
from matdiff.language.elaborate import elaborate, parse_expression
from matdiff.language.latex import Symbols, is_latex, read_expression, read_line, split_lines
from matdiff.language.problem import parse_problem
from matdiff.language.scope import Scope
from matdiff.language.write import latex, text

DECLARED = """
A, B, C, X, S, Sigma, M : matrix(n, n); Y : matrix(m, n); a, b, x, y, mu, v, x_1 : vector(n); u : vector(m)
alpha, f, sigma_12, loss : scalar; g : function; U_MS = A S; a
"""
SPELLINGS = {"\\Omega": "S", "U_{M\\Sigma}": "U_MS", "f(x)": "f", "E": "I_n", "J(\\vect \\theta)": "f", "N": "n"}
BASE = parse_problem(DECLARED)
SCOPE = Scope(BASE.space, {**BASE.variables, **BASE.definitions}, {"m", "n"}, differentials=True)
SYMBOLS = Symbols(frozenset(SCOPE.names), frozenset({"m", "n"}), frozenset({"g"}), SPELLINGS)

# TeX -> matdiff text of the same expression
READ = {
    # letters and names
    "AB": "A B",
    "A B\\,C": "A B C",
    "\\mathbf{AB}\\,\\boldsymbol{x}": "A B x",
    "{\\bf A}{\\bm x}": "A x",
    "\\vec x": "x",
    "\\Omega x_1": "S x_1",
    "U_{M\\Sigma}^{-1}": "inv(U_MS)",
    "U^{-1}_{M\\Sigma}": "inv(U_MS)",
    "\\sigma_{12}A": "sigma_12 A",
    "\\mathrm{loss}": "loss",
    "f(x)": "f",
    "J(\\theta)": "f",
    "E x": "I_n x",
    "I_N + A": "I_n + A",
    "IA": "A",
    "𝐗ᵀ𝐀⁻¹": "X' inv(A)",
    # numbers, quotients, roots
    "\\frac12 x^TAx": "1/2 x'A x",
    "\\tfrac 1n x": "1/n x",
    "\\dfrac{x}{x^Tx}": "x/(x'x)",
    "{x \\over 2}": "x/2",
    "x'Ax/x'x": "(x'A x)/(x'x)",
    "1/2 x'Ax": "1/2 x'A x",
    "\\sqrt{x^Tx}": "sqrt(x'x)",
    "\\sqrt2\\,x": "sqrt(2) x",
    "2\\pi\\alpha": "2 pi alpha",
    # exponents
    "A^{-1}": "inv(A)",
    "A^-1B": "inv(A) B",
    "A^{-T}": "inv(A)'",
    "A^{-\\top}": "inv(A)'",
    "(A^{-1})^{\\mathsf T}": "inv(A)'",
    "A^\\intercal B^{\\rm T} C' X^\\prime S^⊤": "A' B' C' X' S'",
    "A^{1/2}": "sqrtm(A)",
    "A^{\\frac{1}{2}}": "sqrtm(A)",
    "A^2x": "A^2 x",
    "x^{\\circ 2}": "x.^2",
    "x^{\\odot -1}": "1 ./ x",
    "X^{+}": "pinv(X)",
    "e^{-x^Tx/2}": "exp(-x'x/2)",
    "e^{x}": "exp(x)",
    # operators
    "A \\otimes B": "A ⊗ B",
    "A\\odot B \\circ C": "A ⊙ B ⊙ C",
    "x\\oslash y": "x ./ y",
    "AC \\otimes BX": "(A C) ⊗ (B X)",
    "A \\cdot B \\times C": "A B C",
    "A:B": "A : B",
    "\\langle A, BC\\rangle": "A : B C",
    "⟨A,B⟩_F": "A : B",
    "-x^TAx + 0": "-x'A x + 0",
    # bars
    "\\|Ax-b\\|_2^2": "‖A x - b‖^2",
    "\\left\\lVert X \\right\\rVert_F": "‖X‖_F",
    "\\|X\\|^2_F": "‖X‖_F^2",
    "||x||": "‖x‖",
    "\\|X\\|_*": "‖X‖_*",
    "\\|x\\|_\\infty": "norminf(x)",
    "|A||B|": "det(A) det(B)",
    "\\left|A\\right|^{-1}": "det(A)^-1",
    "\\ln|A|": "log(det(A))",
    # functions
    "\\log\\det A": "logdet(A)",
    "\\log(\\det(A))": "log(det(A))",
    "\\ln x'Ax": "log(x'A x)",
    "Tr(AB)": "tr(A B)",
    "tr AB + 1": "tr(A B) + 1",
    "\\operatorname{Tr}\\left[AB\\right]": "tr(A B)",
    "{\\rm tr}\\{AB\\}": "tr(A B)",
    "\\mathrm{tr}\\,A^{-1}(X-B)'(X-B)": "tr(inv(A) (X - B)' (X - B))",
    "\\mathrm{tr}(X-B)'(X-B)": "tr((X - B)' (X - B))",
    "\\mathrm{tr}(A)^2": "tr(A)^2",
    "\\mathrm{tr}\\,A\\,\\mathrm{tr}B": "tr(A) tr(B)",
    "\\mathrm{tr}\\,A\\,\\mathrm{diag}(x)B": "tr(A Diag(x) B)",
    "vec(AXB)": "vec(A X B)",
    "(B^T\\otimes A)\\,{\\rm vec}\\,X": "(B' ⊗ A) vec(X)",
    "\\operatorname{vech}(X)": "vech(X)",
    "\\text{diag}(x)\\,{\\rm Diag}(y)": "Diag(x) Diag(y)",
    "{\\rm sym}(AX)": "(A X + (A X)')/2",
    "{\\rm vec}^T(X){\\rm vec}\\,A": "vec(X)' vec(A)",
    "\\norm{Ax}^2+\\abs{\\alpha}": "‖A x‖^2 + abs(alpha)",
    "\\lambda_{\\max}(A)": "eigmax(A)",
    "\\cos\\alpha\\sin\\alpha": "cos(alpha) sin(alpha)",
    "\\exp\\left\\{-\\alpha\\right\\}": "exp(-alpha)",
    "\\exp(X)": "expm(X)",
    "\\log X": "logm(X)",
    "\\exp(Y)": "exp(Y)",
    "\\exp^{\\odot}(X)": "exp(X)",
    "g(\\alpha) + g'(\\alpha)": "g(alpha) + g'(alpha)",
    # constants
    "\\mathbf 1^TX\\mathbf 1": "ones(n)' X ones(n)",
    "X\\mathbf{1}_n": "X ones(n)",
    "u1_n^T": "u ones(n)'",
    "x1'X": "x ones(n)' X",
    "1_{m\\times n}": "ones(m, n)",
    "0_{m,n}": "zeros(m, n)",
    "Xe_2": "X e(2, n)",
    "K_{mn}{\\rm vec}(Y)": "commutation(m, n) vec(Y)",
    # indices, sums, blocks
    "X_{12}": "X[1,2]",
    "X_{1:2,:}": "X[1:2, :]",
    "X_{:,n}": "X[:, n]",
    "(AX)_{1,2}": "(A X)[1, 2]",
    "\\sum_{i=1}^n x_iy_i + 1": "sum(i, 1, n, x[i] y[i]) + 1",
    "\\sum_{i=1}^n\\sum_{j=1}^n A_{ij}x_i": "sum(i, 1, n, sum(j, 1, n, A[i,j] x[i]))",
    "\\sum_i x_iy_i": "sum(i, 1, n, x[i] y[i])",
    "\\sum_{ij} Y_{ij}^2": "sum(i, 1, m, sum(j, 1, n, Y[i,j]^2))",
    "K_n": "commutation(n, n)",
    "\\begin{bmatrix}\\alpha & 1\\\\ 2 & f\\end{bmatrix}": "[alpha, 1; 2, f]",
    "\\left[\\begin{array}{cc}A & B\\end{array}\\right]": "[A, B]",
    # differentials
    "dX^TX": "dX' X",
    "dS^{-1}": "d(inv(S))",
    "\\mathrm{d}X\\,A": "dX A",
    "d(AX)B": "d(A X) B",
    "d\\,{\\rm vec}(X)": "d(vec(X))",
    "d\\log\\det X": "d(logdet(X))",
    "dU_{M\\Sigma}x": "dU_MS x",
    "A\\otimes d\\Sigma": "A ⊗ dSigma",
    # setting
    "$\\displaystyle \\left(A+B\\right)x,$": "(A + B) x",
    "\\bigl(A+B\\bigr)\\!x\\tag{1}": "(A + B) x",
    "\\begin{aligned}&A+B\\end{aligned}": "A + B",
}


@pytest.mark.parametrize("tex", READ)
def test_reads_as(tex):
    surface = read_expression(tex, SYMBOLS)
    assert elaborate(surface, tex, SCOPE) is parse_expression(READ[tex], SCOPE)


def shown(s):
    """A tree in short."""
    inner = ", ".join(map(shown, s.children))
    return (s.value or s.kind) + (f"({inner})" if inner else "")


DERIVATIVES = {
    "\\frac{\\partial f}{\\partial X}": "derivative_of(f, X)",
    "\\frac{df}{dX}": "derivative_of(f, X)",
    "\\frac{\\partial\\,x'Ax}{\\partial x}": "derivative_of(multiply(multiply(transpose(x), A), x), x)",
    "\\frac{\\partial}{\\partial x}\\left(x^Ty\\right)": "derivative_of(multiply(transpose(x), y), x)",
    "\\frac{\\partial}{\\partial x}x^Ty + \\alpha": "add(derivative_of(multiply(transpose(x), y), x), alpha)",
    "d/dX(\\mathrm{tr}(X))": "derivative_of(tr(X), X)",
    "\\partial f/\\partial X": "derivative_of(f, X)",
    "∂f/∂X": "derivative_of(f, X)",
    "\\nabla f": "derivative_of(f)",
    "\\nabla_X f": "derivative_of(f, X)",
    "\\nabla_X[\\mathrm{tr}(X)]": "derivative_of(tr(X), X)",
    "\\frac{\\partial f}{\\partial x^T}": "derivative_of(f, transpose(x))",
    "\\frac{\\partial{\\rm vec}(Y)}{\\partial{\\rm vec}(X)^T}": "derivative_of(vec(Y), transpose(vec(X)))",
    "\\frac{\\partial^2 f}{\\partial x\\,\\partial x^T}": "hessian_of(f, x, x)",
    "\\frac{\\partial^2 f}{\\partial x^2}": "hessian_of(f, x, x)",
    "\\frac{\\partial^2}{\\partial x\\partial y^T}f": "hessian_of(f, x, y)",
    "\\nabla_x^2 f": "hessian_of(f, x, x)",
    "\\nabla^2 f": "hessian_of(f)",
}


@pytest.mark.parametrize("tex", DERIVATIVES)
def test_derivatives(tex):
    assert shown(read_expression(tex, SYMBOLS)) == DERIVATIVES[tex]


# TeX -> what is said, and the place
REFUSED = {
    "A + Q": ("`Q` is not declared", "Q"),
    "\\text{where } A": ("the words `where` are not read", "\\text{where }"),
    "(trace of AB)": ("`o` is not declared", "o"),
    "A \\pm B": ("`\\pm` is not read", "\\pm"),
    "A + \\dots + B": ("dots leave something to be guessed, so they are not read", "\\dots"),
    "A + ... + B": ("dots leave something to be guessed, so they are not read", "..."),
    "\\sum_{i=1}^\\infty X": ("infinite sums are not read", "^\\infty"),
    "\\sum_i x": ("the bounds of this sum are needed", "\\sum_i x"),
    "\\sum_{i=1} x_i": ("the index and both bounds of a sum are needed", "\\sum"),
    "\\hat x + x": ("`\\hat x` is not declared", "\\hat x"),
    "diagm(x)": ("the words `iagm` are not read", "iagm"),
    "X \\mapsto AX": ("`\\mapsto` is not read", "\\mapsto"),
    "X ↦ AX": ("the sign '↦' is not read", "↦"),
    "(A + B": ("this bracket is never closed", "("),
    "A + B)": ("this `)` closes nothing", ")"),
    "(A + B]": ("this `]` closes nothing", "]"),
    "|A": ("this bar is never closed", "|"),
    "\\frac{A}{B": ("this brace is never closed", "{"),
    "A +": ("something is missing after `+`", "+"),
    "x_i": ("`i` is not declared", "i"),
    "x^{H}": ("the exponent `H` is not read", "^{H}"),
    "d^2f": ("second differentials are not read", "d^2"),
    "\\frac{\\partial f}{\\partial(A-X)}": ("a derivative is taken in a variable, not in an expression", "A-X"),
    "A(B)": ("is `A(B)` the value of a function or a product?", "A(B)"),
    "\\foo A": ("`\\foo` is not read", "\\foo"),
    "\\begin{cases}A\\end{cases}": ("`\\begin{cases}` is not read", "\\begin{cases}A\\end{cases}"),
    "f(X+dX)": ("the value `f(X+dX)` of a function elsewhere is not read", "f(X+dX)"),
    "\\log\\det(X)^{-1}": ("does this exponent belong to the matrix or to its log det?", "^{-1}"),
    "tr A\\log X": ("is this inside the argument of the function before it?", "\\log"),
    "": ("there is nothing to read", ""),
}


@pytest.mark.parametrize("tex", REFUSED)
def test_refused_with_its_place(tex):
    with pytest.raises(ParseError) as caught:
        read_expression(tex, SYMBOLS)
    start, end = caught.value.span
    message, place = REFUSED[tex]
    assert caught.value.message == message
    assert caught.value.text == tex
    assert tex[start:end].strip("_{}") == place.strip("_{}")


def with_names(*declared, **more):
    return Symbols(frozenset(declared), frozenset({"n"}), **more)


def test_what_is_ambiguous_is_settled_by_the_declarations_and_noted():
    plain = read_line("X^T d", with_names("X", "d"))
    assert (shown(plain.sides[0]), plain.notes) == ("multiply(transpose(X), d)", ())
    line = read_line("dX", with_names("X", "d"))
    assert shown(line.sides[0]) == "multiply(d, X)"
    assert line.notes == ("d is the variable declared here, not the differential",)
    assert shown(read_line("dX", Symbols(frozenset("X"), frozenset("d"))).sides[0]) == "d(X)"
    assert shown(read_line("\\mathrm dX", with_names("X", "d")).sides[0]) == "d(X)"
    line = read_line("X^T", with_names("X", "T"))
    assert shown(line.sides[0]) == "power(X, T)"
    assert line.notes[0].startswith("the exponent T is the transpose of a vector or matrix")
    assert shown(read_line("X^{\\top}", with_names("X", "T")).sides[0]) == "transpose(X)"
    line = read_line("\\pi e^x", with_names("pi", "x", "e"))
    assert shown(line.sides[0]) == "multiply(pi, power(e, group(x)))"
    assert len(line.notes) == 2
    assert read_line("\\hat x", with_names("x")).notes == ("\\hat x is read as x",)
    assert shown(read_line("\\hat x - x", with_names("x", "xhat")).sides[0]) == "subtract(xhat, x)"
    assert read_line("x^tx", with_names("x")).notes == ("the exponent t is read as the transpose",)
    assert read_line("∂X", with_names("X")).notes


def test_lines():
    line = read_line("=v^TU_{M\\Sigma}^{-1}x,\\quad vec(A) = x,\\; Y=AB.", SYMBOLS)
    assert line.continues and len(line.sides) == 1
    assert [len(chain) for chain in line.asides] == [2, 2]
    line = read_line("& a = b &= x \\\\", SYMBOLS)
    assert not line.continues and [s.value for s in line.sides] == ["a", "b", "x"]
    assert read_line("f = f, A = B", SYMBOLS).asides[0][0].span == (7, 8)
    with pytest.raises(ParseError, match="after a comma stands an equation"):
        read_line("a = b, x", SYMBOLS)
    with pytest.raises(ParseError, match="something is missing"):
        read_line("a = ", SYMBOLS)
    zero = read_line("x = 0", SYMBOLS).sides[1]
    assert (zero.kind, zero.value) == ("number", "0")


ROWS = {
    "\\begin{align*}\ndf &= A:dX \\\\\n &= B:dX \\tag{2}\n\\end{align*}": ["df = A:dX", "= B:dX"],
    "text $a$ \\[ \\begin{aligned} a &= b \\\\[4pt] &= c \\end{aligned} \\] more": ["a = b", "= c"],
    "$$\\eqalign{ a &= b \\cr &= c }$$": ["a = b", "= c"],
    "a = b\n= c\n": ["a = b", "= c"],
    "\\[ a = b \\\\ \\quad + c \\]": ["a = b + c"],
    "\\begin{eqnarray}a&=&b+\\\\&&c\\end{eqnarray}": ["a = b+ c"],
    "$$a = \\begin{bmatrix}1\\\\2\\end{bmatrix}$$": ["a = \\begin{bmatrix}1\\\\2\\end{bmatrix}"],
    "\\documentclass{article}\\begin{document}% no\n\\begin{equation}x=y\\label{e}\\end{equation}\\end{document}": [
        "x=y"
    ],
    "\\begin{array}{rl} a & = b\\\\ & = c \\end{array}": ["a = b", "= c"],
}


@pytest.mark.parametrize("document", ROWS)
def test_rows(document):
    assert split_lines(document) == ROWS[document]


def test_is_latex():
    assert all(map(is_latex, ["\\frac12", "x^{2}", "$x$", "\\alpha", "x_{1}"]))
    assert not any(map(is_latex, ["x'A x", "A \\ b", "A\\b", "A\\xy", "tr(A) # \\alpha", "x_1^2", "‖x‖_F"]))


# ---------------------------------------------------------------- what matdiff writes


@pytest.mark.parametrize("frobenius", ["colon", "trace"])
@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_reads_back(seed, frobenius):
    """Except unit vectors whose size nothing settles, and the elimination matrix, whose letter is declared there."""
    base = random_expressions.problem()
    read = 0
    for e in random_expressions.grow(base, random.Random(seed), 60):
        unclear = any(part in text(e) for part in ("e(", "elimination"))
        tex = f"${latex(e, frobenius=frobenius)}$"
        try:
            found = parse_problem(tex, like=base).function
        except MatdiffError:
            assert unclear, tex
            continue
        assert unclear or found is parse_problem(text(e, frobenius=frobenius), like=base).function, tex
        read += 1
    assert read > 40


def test_unit_vectors_take_their_size_from_where_they_stand():
    e = parse_problem("X : matrix(m, n); X e(1, n)").function
    assert parse_problem(e.latex(), declare="X : matrix(m, n)").function.shape == e.shape


# ---------------------------------------------------------------- problems


def test_problems():
    p = parse_problem(
        "f(y) = \\log(a + w^\\top S^{-1} w)\nw = y - \\mu\nS = A \\otimes B", declare={"mu": "vector", "a": "scalar"}
    )
    assert str(p.function) == "log(a + w' S⁻¹ w)"
    assert list(p.definitions) == ["w", "S"]
    p = parse_problem("X : matrix(n, n)\n\\mathrm{tr}(A X^T)")
    assert str(p.function) == "tr(A X')"
    p = parse_problem("f = {\\rm tr}(S^TLS),\\ S = (B\\otimes A)H")
    assert str(p.function) == "tr(S' L S)"
    assert parse_problem("f(x, A) = x^{\\top}Ax").default_wrt == ["x", "A"]
    with pytest.raises(ParseError, match="neither declared nor a function"):
        parse_problem("a^{\\top} g(x)")
    with pytest.raises(MatdiffError) as caught:
        parse_problem("y = Ax\n\\mathrm{tr}(A B", declare={"A": "matrix(2, 3)"})
    assert caught.value.text == "\\mathrm{tr}(A B"


# ---------------------------------------------------------------- derivations as people type them

CORPUS = Path(__file__).parent.parent / "derivations_corpus" / "derivations.jsonl"
RECORDS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def symbols_of(record):
    return Symbols(
        frozenset([*record["vars"], *record.get("let", {})]), frozenset(record["dims"]), frozenset(), record["names"]
    )


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r["id"])
def test_readable_lines_are_read_and_no_others(record):
    for line in record["lines"]:
        try:
            read = read_line(line["tex"], symbols_of(record))
        except MatdiffError as error:
            assert not line["readable"], error
            assert error.text == line["tex"] and error.span is not None
        else:
            assert line["readable"], line["tex"]
            assert read.continues == line["tex"].lstrip().startswith("=")


# ---------------------------------------------------------------- any text

PIECES = r"""
\frac \partial \nabla \sum \sqrt \left \right ( ) [ ] \{ \} { } ^ _ ^T ^{-1} d \mathrm{tr} tr \log \det A B X x y = ,
+ - * / : \otimes \odot | \| || \lVert \rVert \begin{bmatrix} \end{bmatrix} & \\ 1 2 \mathbf{1} 0 I_n e_i e^ \vec \hat
\over ' \langle \rangle \in ᵀ ⁻¹ ½ ∂ ∇ \, \text{where} \operatorname{vec} \cr _{ij} \sum_{i=1}^n \nabla_X d/dX
\frac{d}{dX} \begin{aligned} \end{aligned} . ; $ g g' \exp sym \left. \Phi \lambda_{\max} % ~ 10 \sigma( \max \mathbf
""".split()


@pytest.mark.parametrize("seed", range(10))
def test_any_text_is_read_or_refused(seed):
    rng = random.Random(seed)
    lines = [line["tex"] for record in RECORDS for line in record["lines"]]
    for k in range(150):
        if k % 2:
            tex = "".join(rng.choice(PIECES) + rng.choice(("", " ")) for _ in range(rng.randint(1, 14)))
        else:
            tex = rng.choice(lines)
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(len(tex) + 1)
                tex = tex[:at] + rng.choice(("", rng.choice(PIECES))) + tex[at + rng.randint(0, 4) :]
        for read in (lambda t: read_line(t, SYMBOLS), lambda t: parse_problem(f"${t}$")):
            try:
                read(tex)
            except MatdiffError as error:
                assert error.render()
        split_lines(tex)


LONG = {
    "differentials": "dX" * 6000,
    "traces": "tr(" * 6000 + "X" + ")" * 6000,
    "nablas": "\\nabla(" * 2500 + "x" + ")" * 2500,
    "braces": "{" * 9000 + "x" + "}" * 9000,
    "exponents": "x^{" * 4000 + "2" + "}" * 4000,
    "bars": "|" * 15000,
    "over": "{a\\over " * 1500 + "x" + "}" * 1500,
    "overs": "{" + "a\\over " * 2500 + "x}",
    "sym": "sym(" * 4000 + "X" + ")" * 4000,
    "fractions": "\\frac{1}{" * 2000 + "x" + "}" * 2000,
    "minus": "-" * 19000 + "x",
    "sums": "\\sum_{i=1}^n" * 1500 + "x",
    "sums without bounds": "\\sum_i" * 2500 + "x_i",
    "matrices": "\\begin{bmatrix}" * 1200,
    "too long": "x" * 20_001,
}


@pytest.mark.parametrize("name", LONG)
def test_long_text_in_bounded_time(name):
    try:
        read_line(LONG[name], SYMBOLS)
    except MatdiffError as error:
        assert error.render()
