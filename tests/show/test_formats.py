"""Every format renders every expected derivation, the same bytes each time, and says the same thing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache

import pytest

import matdiff as md
from matdiff.show import mathml
from matdiff.show.page import DETAILS
from tests.derivations.expected import ALL

PROBLEMS = {e.name: e for e in ALL if not e.options}


@cache
def derivation(name):
    return PROBLEMS[name].derive()


@cache
def shown(name, door, style, detail):
    """What a derivation prints, made once for all tests that look at it."""
    return getattr(derivation(name), door)(style=style, detail=detail)


each_problem = pytest.mark.parametrize("name", PROBLEMS)
# The other style differs in how rows are written, not in which there are.
VIEWS = [("frobenius", detail) for detail in DETAILS] + [("trace", "full")]


@each_problem
def test_renders(name):
    for view in VIEWS:
        for door in ("text", "latex", "markdown", "html"):
            text = shown(name, door, *view)
            assert text.strip() and "None" not in text and "Expr" not in text
        data = shown(name, "to_dict", *view)
        assert data["schema"] == 1
        assert json.loads(json.dumps(data)) == data


@each_problem
def test_latex_is_balanced(name):
    for view in VIEWS:
        tex = shown(name, "latex", *view)
        assert tex.startswith(r"\begin{aligned}") and tex.endswith(r"\end{aligned}")
        assert "$" not in tex and tex.isascii()
        for opening, closing in ((r"\\begin\{aligned\}", r"\\end\{aligned\}"), (r"\\left\b", r"\\right\b")):
            assert len(re.findall(opening, tex)) == len(re.findall(closing, tex))
        depth = 0
        for sign in re.findall(r"(?<!\\)[{}]", tex):
            depth += 1 if sign == "{" else -1
            assert depth >= 0
        assert depth == 0
        assert all(row.count("&") <= 4 for row in re.split(r"\\\\", tex.replace(r"\&", "")))


@each_problem
def test_text_fits_a_terminal(name):
    for view in VIEWS:
        text = shown(name, "text", *view)
        assert all(len(line) <= 104 and line == line.rstrip() for line in text.splitlines())
        assert "\n\n\n" not in text


@each_problem
def test_html_is_native_mathml(name):
    for view in VIEWS:
        html = shown(name, "html", *view)
        assert "matdiff-tex" not in html, "a command the MathML writer does not know"
        assert "$" not in html
        ET.fromstring(f"<div>{html}</div>")


@each_problem
def test_rows_differ_and_what_is_new_is_marked(name):
    for view in VIEWS:
        lines = shown(name, "to_dict", *view)["lines"]
        for before, line in zip(lines, lines[1:]):
            assert line["text"] != before["text"]
            assert any(s["changed"] for s in line["segments"]), line["text"]
            assert r"\changed{" in line["marked"]
        for line in lines:
            assert "".join(s["text"] for s in line["segments"]) == line["text"]
            assert line["titles"]
            assert line["check"] == "holds"
            assert any(t["changed"] for t in line["terms"])


@each_problem
def test_names_are_explained_once_and_collide_with_nothing(name):
    d = derivation(name)
    data = d.to_dict()
    names = [n["name"] for n in data["where"]]
    assert len(set(names)) == len(names)
    made = {n["name"] for n in data["where"] if n["origin"] != "given"}
    assert not made & {md.parse(PROBLEMS[name].problem).function_name, *d.problem.variables, *d.problem.dimensions}
    # A name is explained after the names it needs.
    for k, named in enumerate(data["where"]):
        words = set(re.findall(r"\w+", named["text"]))
        assert not words & set(names[k:])


@each_problem
def test_the_answer_reads_back(name):
    d = derivation(name)
    shown = d.to_dict()["answer"]["written_out"]
    assert md.parse(shown, like=d.problem).function is d.gradient
    assert str(d.gradient) == shown


def test_levels_of_detail_grow():
    d = derivation("log_quadratic_kronecker_in_A")
    counts = [len(d.text(detail=detail).splitlines()) for detail in DETAILS]
    assert counts == sorted(counts) and len(set(counts)) == len(counts)
    assert d.to_dict(detail="answer")["lines"] == []
    assert len(d.to_dict(detail="brief")["lines"]) < len(d.to_dict()["lines"])
    assert any(line["steps"] for line in d.to_dict(detail="full")["lines"])


@pytest.mark.parametrize("name", [n for n in PROBLEMS if "kronecker" in n])
def test_seed_problems_are_short(name):
    assert len(derivation(name).to_dict()["lines"]) <= 12


def test_unchecked_says_so_everywhere():
    d = md.derive("x'A x", wrt="x", validate=False)
    for shown in (d.text(), d.latex(), d.markdown(), d.html(), d.text(detail="answer")):
        assert "not checked numerically" in shown
    assert d.to_dict()["validation"]["verdict"] == "unchecked"
    assert "✓" not in d.text()


def test_forms_are_shown_when_asked_for():
    d = PROBLEMS["log_quadratic_kronecker_in_A"].derive()
    assert "Kronecker sum" not in d.text()
    assert "Kronecker sum" in d.text(detail="full")
    assert d.forms and "Kronecker sum" in d.text()


@pytest.mark.parametrize("wrong", [{"style": "colon"}, {"detail": "long"}])
def test_unknown_options_are_refused(wrong):
    with pytest.raises(md.MatdiffError):
        derivation("least_squares").text(**wrong)


def test_a_function_called_like_a_variable():
    d = md.derive("f : vector(n)\nf'f", wrt="f")
    assert "∂φ/∂f = 2 f" in d.text(detail="answer")


def test_unknown_tex_is_shown_as_source():
    assert mathml.mathml(r"\unknown{x} < 1") == r'<code class="matdiff-tex">\unknown{x} &lt; 1</code>'


_PRINT = """
import json, sys
from tests.derivations.expected import ALL
for e in ALL[::4]:
    d = e.derive()
    print(d.text(**e.options), d.latex(**e.options), d.markdown(), d.html(), json.dumps(d.to_dict(detail="full")))
"""


def test_same_bytes_whatever_the_hash_seed():
    printed = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", _PRINT], capture_output=True, env=environment, check=True)
        printed.add(done.stdout)
    assert len(printed) == 1
