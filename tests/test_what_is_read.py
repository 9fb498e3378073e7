"""What a run reads: the named files, and what they lead to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods import source
from codemods.api import migrate_paths
from codemods.config import Settings
from small_projects import write

SYNC = """\
import pytest


@pytest.fixture(scope="module")
def one():
    return 1


def test_it(one):
    assert one
"""
ASYNC = "import app\n\n\nasync def test_it():\n    app.run()\n"
MANY = {f"tests/test_{number}.py": ASYNC for number in range(20)}
Reading = Callable[..., set[str]]


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Return what tells which files below the folder of a test are read for some paths."""

    def read_for(*paths: str) -> set[str]:
        read: set[Path] = set()

        def spy(path: Path, *limit: int) -> bytes:
            read.add(path)
            return original(path, *limit)

        original = source.read
        monkeypatch.setattr(source, "read", spy)
        monkeypatch.chdir(tmp_path)
        migrate_paths([tmp_path / each for each in paths], Settings(), first_round=True)
        below = (path.relative_to(tmp_path) for path in read if path.is_relative_to(tmp_path))
        return {path.as_posix() for path in below if path.parts[0] != ".git"}

    return read_for


def repository(folder: Path, files: dict[str, str]) -> None:
    write(folder, files)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)


def test_clean_files_lead_to_none_of_a_large_repository(tmp_path: Path, reading: Reading) -> None:
    plain = "def test_it():\n    assert 1\n"
    repository(
        tmp_path, {**MANY, "app.py": "", "tests/conftest.py": "", "tests/test_a.py": SYNC, "tests/test_b.py": plain}
    )
    assert reading("tests/test_b.py") <= {"tests/test_b.py"}
    assert reading("tests/test_a.py", "tests/test_b.py") <= {"tests/test_a.py", "tests/test_b.py", "tests/conftest.py"}


def test_without_a_project_nothing_beside_the_named_folder_is_read(tmp_path: Path, reading: Reading) -> None:
    write(tmp_path, {"M/test_it.py": ASYNC, "M/other.py": "", "app.py": "async def run(): ...\n", **MANY})
    assert reading("M") <= {"M/test_it.py", "M/other.py", "app.py"}


def test_without_a_project_imports_lead_beside_the_named_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"M/test_it.py": ASYNC, "app.py": "async def run(): ...\n", **MANY})
    monkeypatch.chdir(tmp_path)
    report = migrate_paths([tmp_path / "M"], Settings(), first_round=True)
    assert "PAM501" in {each.code for each in report.findings}
