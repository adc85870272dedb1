"""The console blocks of README.md: what their commands really print.

python -m tests.readme     # writes the outputs anew
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_CONSOLE = re.compile(r"```console\n\$ (matdiff [^\n]*)\n(.*?)```", re.DOTALL)


def printed(command: str) -> str:
    """What a `matdiff ...` command prints."""
    arguments = shlex.split(command)[1:]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"}
    run = subprocess.run(
        [sys.executable, "-m", "matdiff", *arguments], capture_output=True, text=True, encoding="utf-8",
        env=environment, cwd=README.parent,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout.strip("\n") + "\n"


def consoles(text: str) -> list[tuple[str, str]]:
    """(command, printed output) of each console block."""
    return _CONSOLE.findall(text)


def fresh(text: str) -> str:
    """The text with all outputs written anew."""
    return _CONSOLE.sub(lambda m: f"```console\n$ {m[1]}\n{printed(m[1])}```", text)


if __name__ == "__main__":
    README.write_text(fresh(README.read_text(encoding="utf-8")), encoding="utf-8")
