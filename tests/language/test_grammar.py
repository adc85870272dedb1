"""The grammars have no conflicts, are cached, and hold deep input."""

import os
import stat

import pytest

from matdiff import resources
from matdiff.language import syntax
from matdiff.language.problem import parse_problem
from matdiff.language.write import latex, text


@pytest.mark.parametrize("grammar", syntax.GRAMMARS)
def test_no_conflicts(grammar):
    from lark import Lark

    Lark(resources.read("grammar", f"{grammar}.lark"), strict=True, **syntax.lark_options(grammar))


def test_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(syntax, "_parsers", {})
    monkeypatch.setattr(syntax, "_cache_folder", lambda: tmp_path / "matdiff")
    parse_problem("x'x")
    (file,) = (tmp_path / "matdiff").iterdir()
    assert stat.S_IMODE((tmp_path / "matdiff").stat().st_mode) == 0o700
    written = file.stat().st_mtime_ns
    monkeypatch.setattr(syntax, "_parsers", {})
    assert parse_problem("x'x").function.is_scalar
    assert file.stat().st_mtime_ns == written
    file.write_bytes(b"damaged")
    monkeypatch.setattr(syntax, "_parsers", {})
    assert parse_problem("x'x").function.is_scalar
    assert file.stat().st_size > 1000


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(syntax, "_cache_folder", lambda: blocked / "matdiff")
    monkeypatch.setattr(syntax, "_parsers", {})
    assert parse_problem("x'x").function.is_scalar
    assert os.listdir(tmp_path) == ["file"]


NAMES = "W : matrix(n, n); x : vector(n)\n"
DEEP = {
    "network": "tanh(W " * 1000 + "x" + ")" * 1000,
    "parentheses": "(" * 2000 + "x" + ")" * 2000,
    "bars": "abs(" * 1000 + "x" + ")" * 1000,
    "inverses": "inv(" * 1000 + "W" + ")" * 1000,
    "signs": "-" * 2001 + "x",
    "transposes": "W" + "'" * 2001,
    "sum": "x" + " + x" * 2000,
    "product": "W " * 2000 + "x",
    "blocks": "[" * 500 + "x" + ", x]" * 500,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_input(name):
    problem = parse_problem(NAMES + DEEP[name])
    shown = text(problem.function)
    assert parse_problem(shown, like=problem).function is problem.function
    assert latex(problem.function)
    assert text(problem.function, full_parentheses=True, ascii=True)


def test_many_definitions():
    lines = "\n".join(f"h_{k + 1} = tanh(W h_{k})" for k in range(1, 600))
    assert parse_problem(f"{NAMES}{lines}\nh_1 = x\nsum(h_600)").function.is_scalar
