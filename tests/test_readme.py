"""README.md keeps its word."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from tests.readme import README, consoles, printed

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [command for command, _ in consoles(TEXT)])
def test_outputs_are_real(command):
    assert dict(consoles(TEXT))[command] == printed(command), "run: python -m tests.readme"


def test_python_runs():
    for source in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "README.md", "exec"), {})


def test_the_first_command_is_the_first_console():
    command = re.search(r"\.venv/bin/(matdiff derive .*)", TEXT)
    assert command is not None and command[1] == consoles(TEXT)[0][0]


def test_ci_runs_the_test_command_of_the_readme():
    (command,) = re.findall(r"^python3 -m venv.*pytest.*$", TEXT, re.MULTILINE)
    assert f"\n{command}\n" in (README.parent / ".ci" / "run").read_text(encoding="utf-8")


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (README.parent / target).exists(), target
