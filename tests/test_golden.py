"""What the commands print about the demo suite; ``UPDATE_GOLDEN=1 pytest tests/test_golden.py`` renews it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "fixtures" / "golden"
COMMANDS = {
    "check.txt": ["check"],
    "check.json": ["check", "--format", "json"],
    "diff.patch": ["diff"],
    "diff-coloured.txt": ["diff", "--color", "always", "--select", "PAM4"],
    "apply.txt": ["apply"],
    "explain.md": ["explain", "PAM101"],
}


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    return Path(shutil.copytree(ROOT / "fixtures" / "demo", tmp_path / "demo", ignore=ignored))


@pytest.mark.skipif(os.name == "nt", reason="paths have other separators")
@pytest.mark.parametrize("name", COMMANDS)
def test_output(demo: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codemods", *COMMANDS[name]],
        cwd=demo,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    # A patch and a document stand alone on standard output; elsewhere both streams are worth a look.
    printed = done.stdout + (done.stderr if name.endswith(".txt") else b"")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_bytes(printed)
    assert printed == (GOLDEN / name).read_bytes()


def test_the_demo_passes_once_it_is_migrated(demo: Path) -> None:
    def outcome() -> int:
        pytest_command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        return subprocess.run(pytest_command, cwd=demo, capture_output=True, check=False).returncode

    assert outcome() != 0
    command = [sys.executable, "-m", "codemods", "apply"]
    subprocess.run(command, cwd=demo, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    assert outcome() == 0
