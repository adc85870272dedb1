"""In a notebook: how things show themselves, the magic, and the notebooks themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import matdiff as md

pytest.importorskip("IPython")
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CELL = "A : matrix(n, n)\nx'A x\n"


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    pytest.MonkeyPatch().setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = shell.display_formatter.format_types
    shell.run_line_magic("load_ext", "matdiff")
    yield shell
    InteractiveShell.clear_instance()


def test_a_derivation_shows_itself(shell):
    d = md.derive("x'A x", wrt="x")
    bundle = shell.display_formatter.format(d)[0]
    assert bundle["text/latex"] == f"$${d.latex()}$$"
    assert bundle["text/plain"] == d.text() and bundle["text/markdown"] == d.markdown()
    assert "text/html" not in bundle


def test_an_expression_shows_itself(shell):
    gradient = md.derive("x'A x", wrt="x").gradient
    bundle = shell.display_formatter.format(gradient)[0]
    assert bundle["text/plain"] == str(gradient) == "(A + A') x"
    assert bundle["text/latex"] == r"$$(A + A^{\top}) x$$"


def test_cell_magic(shell):
    shown = shell.run_cell_magic("derive", "x --detail brief --style trace", CELL)
    d = md.derive(CELL, wrt="x")
    assert shell.display_formatter.format(shown)[0]["text/plain"] == d.text(detail="brief", style="trace")
    assert str(shown.gradient) == "(A + A') x"


def test_line_magic(shell):
    shown = shell.run_line_magic("derive", "--detail answer x x'A x")
    assert str(shown.gradient) == "(A + A') x"


def test_check_magic(shell):
    cell = "% A : matrix(n, n); x : vector(n)\n% let f = x'A x\n\\nabla f = (A + A^T) x\n\\nabla f = 2 A x\n"
    found = shell.run_cell_magic("check", "x", cell)
    assert [line.verdict for line in found.lines] == ["holds", "fails"]
    bundle = shell.display_formatter.format(found)[0]
    assert bundle["text/plain"] == found.text() and "matdiff-check" in bundle["text/html"]


@pytest.mark.parametrize("line, cell", [("x", "x'(A x"), ("q", CELL), ("x --detail long", CELL)])
def test_a_mistake_is_a_sentence(shell, capsys, line, cell):
    assert shell.run_cell_magic("derive", line, cell) is None
    assert capsys.readouterr().err


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[p.stem for p in NOTEBOOKS])
def test_notebook_runs(shell, path, monkeypatch):
    pytest.importorskip("matplotlib").use("agg")
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
    assert all("False" not in "".join(o.get("text", "")) for o in _outputs(path))


def _outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [output for cell in cells for output in cell.get("outputs", [])]
