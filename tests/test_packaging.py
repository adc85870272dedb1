"""What is installed works without the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRY = "import matdiff as md; d = md.derive('log(det(X)) + tr(A X)', wrt='X'); print(md.__file__, d.gradient.shape)"


def build(target: str, folder: Path) -> Path:
    pytest.importorskip("hatchling")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)], cwd=ROOT, check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def test_wheel_holds_grammar_and_rules(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("grammar", "rules"):
        expected = {f"matdiff/_data/{folder}/{f.name}" for f in (ROOT / folder).iterdir() if f.is_file()}
        assert expected <= set(names)
    assert not [n for n in names if n.startswith(("tests/", "grammar/", "rules/"))]


def test_works_straight_from_the_wheel(wheel, tmp_path):
    """The package is imported from the archive, far from the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(wheel), "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", TRY], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert wheel.name in run.stdout


def test_sdist_is_complete(tmp_path):
    import tarfile

    archive = build("sdist", tmp_path)
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    for wanted in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "grammar/expression.lark",
        "rules/adjoints.rules",
        "tests",
    ):
        assert any(n == wanted or n.startswith(f"{wanted}/") for n in names), wanted


def test_versions_agree():
    import matdiff

    version = matdiff.__version__
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_installed_wheel_works(wheel, tmp_path):
    """A fresh environment with nothing but the wheel and what it asks for."""
    venv.create(tmp_path / "venv", with_pip=True)
    folder = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([folder / "pip", "install", "-q", wheel], check=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        [folder / "python", "-c", TRY], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "site-packages" in run.stdout
    run = subprocess.run(
        [folder / "matdiff", "derive", "logdet(X)", "--wrt", "X"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "X⁻ᵀ" in run.stdout
