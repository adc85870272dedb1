"""Code that is text: Julia, MATLAB, pseudocode and LaTeX.

MATLAB code runs in GNU Octave where that is installed; pseudocode is in the notation of the language, so that its lines
are read back and evaluated.  Julia and LaTeX are looked at only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import matdiff as md
from matdiff.compile.code import target_named
from matdiff.compile.targets.foreign_functions import calls, functions_for, functions_of, words
from matdiff.errors import UnsupportedError
from matdiff.language.names import canonical
from matdiff.numeric.arrays import callables, evaluation
from matdiff.numeric.sample import symbols_of
from tests.test_corpus import RECORDS, problem_text
from tests.truth import Truth

pytestmark = pytest.mark.filterwarnings("ignore")

TARGETS = ("julia", "matlab", "pseudocode", "latex")
SAMPLED = list(RECORDS)[::6]
RUN = list(RECORDS)[3::12]
TOLERANCE = 1e-8
OCTAVE = shutil.which("octave-cli") or shutil.which("octave")
STUDENT = """A : matrix(m, m), invertible; B : matrix(n, n), invertible; y, mu : vector(m*n); a : scalar
w = y - mu; S = A ⊗ B
log(a + w' inv(S) w)"""


def derived(name: str) -> md.Derivation:
    record = RECORDS[name]
    return md.derive(problem_text(record), wrt=record["wrt"], order=record.get("order", 1), validate=False)


# ---------------------------------------------------------------- what is printed


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_is_printed(target):
    """Nearly everything, with its parentheses closed, and the same each time."""
    refused = []
    for name in SAMPLED:
        d = derived(name)
        try:
            code = d.code(target, "both")
        except UnsupportedError:
            refused.append(name)
            continue
        for opening, closing in ("()", "[]", "{}"):
            assert code.count(opening) == code.count(closing), f"{opening}{closing} in {name}\n{code}"
        assert code == derived(name).code(target, "both")
        assert code.endswith("\n") and not re.search(r"[ \t]$", code, re.M), name
    assert len(refused) < 0.05 * len(SAMPLED), refused


def test_what_there_is_no_code_for_is_said(monkeypatch):
    for target in ("julia", "matlab"):
        printer = target_named(target)
        monkeypatch.setattr(printer, "templates", {k: v for k, v in printer.templates.items() if k != "kron"})
        with pytest.raises(UnsupportedError, match=f"no {printer.label} code for `kron`"):
            md.derive("A : matrix(m, n); B : matrix(p, q)\nA ⊗ B", wrt="A").code(target, "value")


def test_names_that_a_language_has_taken_get_an_underscore():
    text = "end : matrix(n, n), spd; dot, lambda : vector(n); c : scalar\nc dot' inv(end) lambda + logdet(end)"
    d = md.derive(text, wrt="dot")
    assert "function gradient(end_::AbstractMatrix, dot_::AbstractVector, lambda::AbstractVector" in d.code("julia")
    assert "function gradient = gradient_(end_, dot, lambda, c)" in d.code("matlab")
    assert "t₁ ← end⁻¹ λ" in d.code("pseudocode", "both")
    assert r"\lambda" in d.code("latex") and "lambda_" not in d.code("latex")


def test_several_derivatives_have_names():
    several = md.derive("x : vector(n); A : matrix(n, n)\nx'A x", wrt=["x", "A"])
    assert re.search(r"return .*, \(x = .*, A = x \* x'\)$", several.code("julia", "both"), re.M)
    matlab = several.code("matlab", "both")
    assert "function [value, gradients] = " in matlab and "gradients.A = x * x';" in matlab
    assert re.search(r"return .*, x: .*, A: x x'", several.code("pseudocode", "both"))


def test_an_algorithm():
    d = md.derive(STUDENT, wrt="A")
    lines = [line.strip() for line in d.code("pseudocode", "both").split("\n\n")[-1].splitlines()]
    x, t = (lines[k].partition(" ← ")[0] for k in (1, 4))
    assert lines == [
        "w ← y - μ",
        f"{x} ← mat(w, n, m)",
        "factor B (LU)",
        "factor A (LU)",
        f"{t} ← B⁻¹ {x} A⁻ᵀ",
        f"β ← a + {x} : {t}",
        f"return log(β), -A⁻ᵀ {x}' {t} / β",
    ]
    assert re.search(r"^& \S+ \\leftarrow B\^\{-1\} \S+ A\^\{-\\top\} \\\\$", d.code("latex", "both"), re.M)


@pytest.mark.parametrize("suffix", ["jl", "m"])
def test_functions_are_brought_along_whole(suffix):
    """The library is split where its functions begin; each brings what it calls, and every one can be called."""
    files = sorted((Path(md.__file__).parent / "compile" / "kernels").glob(f"*.{suffix}"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    found = functions_of(suffix)
    begun = re.findall(r"^(?:function [^\n]*?)?(\w+)\([^\n]*\)(?:$| = )", text, re.M)
    assert list(found) == begun
    for name, source in found.items():
        brought = functions_for(suffix, f"{name}(x)")
        assert source in brought
        assert all(found[used] in brought for used in calls(source) & set(found))
    printer = (Path(md.__file__).parent / "compile" / "targets").glob("*.py")
    said = words("\n".join(p.read_text(encoding="utf-8") for p in printer) + "\n".join(found.values()))
    assert set(found) <= said


# ---------------------------------------------------------------- MATLAB in Octave


def literal(value: Any) -> str:
    a = np.asarray(value, float)
    if a.ndim == 0:
        return repr(float(a))
    columns = a if a.ndim == 2 else a[:, None]
    entries = " ".join(repr(float(x)) for x in columns.reshape(-1, order="F"))
    return f"reshape([{entries}], {columns.shape[0]}, {columns.shape[1]})"


def arguments(code: str, given: dict[str, Any]) -> list[str]:
    """The values of the parameters of a MATLAB function, by name."""
    listed = re.match(r"function .* = \w+\((.*)\)", code)
    assert listed is not None
    names = [name for name in listed[1].split(", ") if name]
    return [literal(given[name if name in given else name.rstrip("_")]) for name in names]


def in_octave(folder: Path, calls: dict[str, str]) -> Iterator[tuple[str, list[np.ndarray]]]:
    """What calls print, by key; all in one process."""
    (folder / "show.m").write_text(
        "function show(key, varargin)\n"
        "for k = 1:numel(varargin)\n"
        "    printf('%s|%d|%d|', key, size(varargin{k})); printf('%.17g ', varargin{k}); printf('\\n');\n"
        "end\nend\n"
    )
    lines = []
    for key, call in calls.items():
        lines += ["try", f"    {call}", "catch e", f"    printf('{key}|error|%s\\n', e.message);", "end"]
    (folder / "driver.m").write_text("\n".join(lines) + "\n")
    command = [OCTAVE, "--norc", "--quiet", "driver.m"]
    out = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120).stdout
    found: dict[str, list[np.ndarray]] = {key: [] for key in calls}
    for line in out.splitlines():
        key, rows, columns, *numbers = line.split("|")
        assert rows != "error", line
        values = np.array([float(x) for x in numbers[0].split()])
        found[key].append(values.reshape(int(rows), int(columns), order="F"))
    yield from found.items()


def close(got: Any, wanted: Any) -> bool:
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    scale = max(1.0, np.abs(wanted).max(initial=0.0))
    return got.size == wanted.size and np.allclose(got.reshape(wanted.shape), wanted, TOLERANCE, TOLERANCE * scale)


def agree(got: np.ndarray, wanted: Any) -> bool:
    """In MATLAB every vector is a column."""
    wanted = np.asarray(wanted, float)
    return got.shape == (*wanted.shape, 1, 1)[:2] and close(got, wanted)


def saved(folder: Path, key: str, code: str) -> None:
    """The file of a function, under a name of its own."""
    (folder / f"{key}.m").write_text(re.sub(r"^(function .* = )\w+\(", rf"\1{key}(", code, count=1), encoding="utf-8")


@pytest.mark.skipif(OCTAVE is None, reason="Octave is not installed")
def test_matlab_code_runs(tmp_path):
    """Value and derivative are those of NumPy."""
    calls, wanted = {}, {}
    for k, name in enumerate(RUN):
        record, d = RECORDS[name], derived(name)
        values, _ = Truth(record).sample(1, record.get("order", 1))
        code = d.code("matlab", "both")
        saved(tmp_path, f"f{k}", code)
        given = {**record["dims"], **{canonical(x): v for x, v in values.items()}}
        calls[f"f{k}"] = f"[v, g] = f{k}({', '.join(arguments(code, given))}); show('f{k}', v, g);"
        wanted[f"f{k}"] = (name, d.function(what="both")(**values))
    for key, got in in_octave(tmp_path, calls):
        name, values = wanted[key]
        assert len(got) == 2 and all(map(agree, got, values)), f"{name}\n{derived(name).code('matlab', 'both')}"


@pytest.mark.skipif(OCTAVE is None, reason="Octave is not installed")
def test_matlab_takes_functions_and_says_what_does_not_fit(tmp_path):
    own = md.derive("g : function; A : matrix(m, n); x : vector(n)\nsum(g(A x))", wrt="x")
    power = md.derive("A : matrix(n, n); k : integer; b : vector(n)\nb' A^k b", wrt="b")
    several = md.derive("x : vector(n); A : matrix(n, n)\nx'A x", wrt=["x", "A"])
    banana = "x : vector(n)\nsum(i, 1, n - 1, 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2)"
    rosen = md.derive(banana, wrt="x")
    for key, d in {"own": own, "power": power, "several": several, "rosen": rosen}.items():
        saved(tmp_path, key, d.code("matlab", "both"))
    a, x, y = np.arange(6.0).reshape(3, 2) / 5, np.array([0.3, -0.7]), np.linspace(-1, 1.5, 5)
    calls = {
        "own": f"[v, g] = own({literal(a)}, {literal(x)}, @sin, @cos); show('own', v, g);",
        "power": f"[v, g] = power({literal(a[:2])}, 3, {literal(x)}); show('power', v, g);",
        "several": f"[v, g] = several({literal(x)}, {literal(a[:2])}); show('several', g.x, g.A);",
        "rosen": f"[v, g] = rosen({literal(y)}); show('rosen', v, g);",
        "wrong": f"try, own({literal(a)}, [1 2], @sin, @cos); catch e, show('wrong', double(e.message)); end",
    }
    found = dict(in_octave(tmp_path, calls))
    cubed = np.linalg.matrix_power(a[:2], 3)
    assert agree(found["own"][0], np.sin(a @ x).sum()) and agree(found["own"][1], a.T @ np.cos(a @ x))
    assert agree(found["power"][0], x @ cubed @ x) and agree(found["power"][1], (cubed + cubed.T) @ x)
    assert agree(found["several"][0], (a[:2] + a[:2].T) @ x) and agree(found["several"][1], np.outer(x, x))
    assert agree(found["rosen"][0], scipy.optimize.rosen(y)) and agree(found["rosen"][1], scipy.optimize.rosen_der(y))
    said = "".join(chr(int(c)) for c in found["wrong"][0].reshape(-1))
    assert said == "x must be of size [2 1], not [1 2]"


# ---------------------------------------------------------------- pseudocode read back


def typed(line: str) -> str:
    """A line as it is typed: x_1 for x₁, x^2 for x²."""
    line = re.sub("[₀-₉]+", lambda m: "_" + "".join(str("₀₁₂₃₄₅₆₇₈₉".index(c)) for c in m[0]), line)
    return re.sub("(?<!⁻)[⁰¹²³⁴-⁹]+", lambda m: "^" + "".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(c)) for c in m[0]), line)


def definitions(lines: list[str]) -> Iterator[str]:
    for line in lines:
        factor = re.fullmatch(r"(.*) \1' ← (.*) \(Cholesky\)", line)
        eigen = re.fullmatch(r"(\w+), (\w+) ← eig\((.*)\)", line)
        if factor:
            yield f"{factor[1]} = chol({factor[2]})"
        elif eigen:
            kind = "gen" if ", " in eigen[3] else ""
            yield f"{eigen[1]} = {kind}eigvals({eigen[3]})"
            yield f"{eigen[2]} = {kind}eigvecs({eigen[3]})"
        elif not line.startswith("factor "):
            yield line.replace(" ← ", " = ")


def results(line: str) -> list[str]:
    """What is returned, apart at the commas outside of brackets."""
    out, depth = [""], 0
    for c in line:
        depth += (c in "([") - (c in ")]")
        out = [*out, ""] if c == "," and not depth else [*out[:-1], out[-1] + c]
    return out


@pytest.mark.parametrize("name", RUN)
def test_pseudocode_says_what_is_computed(name):
    record, d = RECORDS[name], derived(name)
    *lines, last = (typed(x.strip()) for x in d.code("pseudocode", "both").split("\n\n")[-1].strip().split("\n"))
    head = [f"{x} : {kind}" for x, kind in record["vars"].items()]
    values, _ = Truth(record).sample(1, record.get("order", 1))
    for shown, wanted in zip(results(last.removeprefix("return ")), d.function(what="both")(**values), strict=True):
        e = md.parse("\n".join([*head, *definitions(lines), shown])).function
        known = {**md.parse(problem_text(record)).variables, **{s.name: s for s in symbols_of(e)}}
        assert close(evaluation(known, values, [], callables(e))(e), wanted), shown
