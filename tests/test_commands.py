from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libcst as cst
import pytest
from libcst.codemod import CodemodContext, SkipFile

from codemods.commands import MigrateMarkers, MigrateSleeps

BEFORE = "import time\n\n\nasync def test_it():\n    time.sleep(1)\n"


def _context(folder: Path) -> CodemodContext:
    (folder / "requirements.txt").write_text("pytest-asyncio\n")
    return CodemodContext(filename=str(folder / "test_it.py"))


def test_a_command_runs_its_own_family_only(tmp_path: Path) -> None:
    marked = MigrateMarkers(_context(tmp_path)).transform_module(cst.parse_module(BEFORE))
    assert "@pytest.mark.asyncio" in marked.code
    assert "time.sleep(1)" in marked.code
    slept = MigrateSleeps(_context(tmp_path)).transform_module(cst.parse_module(BEFORE))
    assert "await asyncio.sleep(1)" in slept.code


def test_what_is_left_becomes_a_warning(tmp_path: Path) -> None:
    command = MigrateMarkers(_context(tmp_path))
    module = cst.parse_module(
        "from bases import Base\n\n\nclass TestIt(Base):\n    async def test_it(self):\n        pass\n"
    )
    assert command.transform_module(module).code == module.code
    assert any("bases.Base" in warning for warning in command.context.warnings)


def test_a_broken_configuration_skips_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    with pytest.raises(SkipFile, match=r"pyproject\.toml"):
        MigrateMarkers(_context(tmp_path)).transform_module(cst.parse_module(BEFORE))


def test_libcsts_own_tool_runs_it(tmp_path: Path) -> None:
    context = _context(tmp_path)
    Path(context.filename or "").write_text(BEFORE)
    command = [
        sys.executable,
        "-m",
        "libcst.tool",
        "codemod",
        "--no-format",
        "-x",
        "codemods.commands.MigrateMarkers",
        ".",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "@pytest.mark.asyncio" in (tmp_path / "test_it.py").read_text()
