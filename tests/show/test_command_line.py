"""The command line: what it prints, and its exit statuses."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

import matdiff as md
from matdiff import request
from matdiff.__main__ import main

PROBLEM = "A : matrix(n, n)\nx'A x\n"


def run(capsys, *arguments):
    status = main(list(arguments))
    out = capsys.readouterr()
    assert "Traceback" not in out.out + out.err
    return status, out.out, out.err


def test_answered_and_validated(capsys):
    status, out, err = run(capsys, "derive", "log(det(X))", "--wrt", "X")
    assert (status, err) == (0, "")
    assert "∂f/∂X = X⁻ᵀ" in out and "✓ checked numerically" in out


@pytest.mark.parametrize("kind", ["text", "latex", "markdown", "html"])
def test_formats_are_those_of_the_derivation(capsys, kind):
    d = md.derive("x'A x", wrt="x")
    status, out, _ = run(capsys, "derive", "x'A x", "--wrt", "x", "--format", kind, "--style", "trace")
    assert status == 0 and out == getattr(d, kind)(style="trace") + "\n"


def test_json(capsys):
    _, out, _ = run(capsys, "derive", "x'A x", "--wrt", "x", "--format", "json")
    assert json.loads(out) == md.derive("x'A x", wrt="x").to_dict()
    _, out, _ = run(capsys, "derive", "x'A x", "--wrt", "x,A", "--format", "json")
    assert list(json.loads(out)["derivations"]) == ["x", "A"]


def test_declarations_and_definitions(capsys):
    status, out, _ = run(
        capsys, "derive", "tr(S)", "--wrt", "A", "--declare", "A: matrix(n,n)", "--declare", "B: matrix(m,m)",
        "--let", "S = A ⊗ B", "--detail", "answer",
    )  # fmt: skip
    assert status == 0 and "∂f/∂A = tr(B) I_n" in out


def test_files_and_standard_input(capsys, tmp_path, monkeypatch):
    plain, fenced = tmp_path / "p.txt", tmp_path / "p.md"
    plain.write_text(PROBLEM, encoding="utf-8")
    fenced.write_text(f"# A problem\n\nSome words.\n\n```matdiff\n{PROBLEM}```\n", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(PROBLEM))
    shown = {run(capsys, "derive", source, "--wrt", "x")[:2] for source in (PROBLEM, str(plain), str(fenced), "-")}
    assert len(shown) == 1 and shown.pop()[0] == 0


def test_a_missing_file_is_text(capsys):
    status, _, err = run(capsys, "derive", "nowhere.md", "--wrt", "x")
    assert status == 1 and err


def test_without_the_check(capsys):
    status, out, _ = run(capsys, "derive", "x'A x", "--wrt", "x", "--no-validate")
    assert status == 3 and "not checked numerically" in out


def test_input_in_error(capsys):
    status, out, err = run(capsys, "derive", "tr(A", "--wrt", "A")
    assert (status, out) == (1, "") and "^" in err
    status, _, err = run(capsys, "derive", "x'A x", "--wrt", "q")
    assert status == 1 and "q does not occur" in err
    assert run(capsys, "derive", "x'A x", "--wrt", "x", "--let", "nonsense")[0] == 1


def test_code_runs_as_it_is_printed(capsys):
    status, out, _ = run(capsys, "derive", "x'A x", "--wrt", "x,A", "--format", "python")
    namespace: dict = {}
    exec(compile(out, "<printed>", "exec"), namespace)
    value, gradients = namespace["value_and_gradients"]([1.0, 2.0], [[1.0, 0.0], [2.0, 3.0]])
    assert (status, value, gradients["x"].tolist()) == (0, 17.0, [6.0, 14.0])
    assert gradients["A"].tolist() == [[1.0, 2.0], [2.0, 4.0]]


@pytest.mark.parametrize("arguments", [["derive"], ["derive", "x'x", "--detail", "long"], ["differentiate"]])
def test_usage(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_no_command_is_usage(capsys):
    assert run(capsys)[0] == 2


def test_a_refuted_answer(capsys, monkeypatch):
    def refuted(*arguments, **options):
        raise md.ValidationError("the numerical check FAILED")

    monkeypatch.setattr(request, "derive", refuted)
    status, out, err = run(capsys, "derive", "x'A x", "--wrt", "x")
    assert (status, out) == (4, "") and "FAILED" in err


@pytest.mark.parametrize("fault, status", [(KeyboardInterrupt(), 130), (ZeroDivisionError("fault"), 1)])
def test_never_a_traceback(capsys, monkeypatch, fault, status):
    def broken(*arguments, **options):
        raise fault

    monkeypatch.setattr(request, "derive", broken)
    assert run(capsys, "derive", "x'A x", "--wrt", "x")[0] == status


def test_version(capsys):
    assert run(capsys, "--version")[:2] == (0, f"matdiff {md.__version__}\n")


def test_a_reader_that_leaves_early():
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "matdiff", "rules"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_a_terminal_without_greek():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "matdiff", "derive", "logdet(Sigma)", "--wrt", "Sigma"], capture_output=True,
        env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


# ------------------------------------------------------------------- rules


def test_list_of_rules(capsys):
    status, out, _ = run(capsys, "rules")
    assert status == 0
    assert all(rule.name in out for rule in md.rules())


def test_one_rule(capsys):
    status, out, _ = run(capsys, "rules", "inverse.differential")
    assert status == 0
    for piece in ("d(X^-1) = -X^-1 d(X) X^-1", "X invertible", "because", "Magnus & Neudecker (2019)", "example"):
        assert piece in out


def test_every_rule_has_a_page():
    from matdiff.book.load import book
    from matdiff.show.catalogue import rule_page

    def derive(text, wrt):
        raise md.MatdiffError("no example here")

    for rule in md.rules():
        page = rule_page(book(), rule.name, derive)
        assert rule.title in page and "°" not in page and "NOT confirmed" not in page


def test_unknown_rule(capsys):
    status, _, err = run(capsys, "rules", "inverse.diferential")
    assert status == 1 and "inverse.differential" in err
