"""How many trees are alive at once: facts stay, trees are let go of."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from codemods import Settings, workspace
from codemods.migration import Migration
from codemods.semantics.file.module import Module

FILES = 200
TEST = """\
import asyncio

import pytest

from helpers.part_{0} import make_{0}


@pytest.fixture(scope="module")
async def made_{0}():
    return await make_{0}()


async def test_{0}(made_{0}, shared):
    await asyncio.sleep(0)
    assert await make_{0}() == made_{0}
"""
HELPER = "import asyncio\n\n\nasync def make_{0}():\n    await asyncio.sleep(0)\n    return {0}\n"
CONFTEST = 'import pytest\n\n\n@pytest.fixture(scope="session")\nasync def shared():\n    return 1\n'


class Alive:
    """Counts the trees that are there."""

    def __init__(self) -> None:
        self.now = self.most = self.parsed = 0

    def note(self, module: Module) -> None:
        self.now, self.parsed = self.now + 1, self.parsed + 1
        self.most = max(self.most, self.now)
        weakref.finalize(module.tree, self.gone)

    def gone(self) -> None:
        self.now -= 1


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Alive:
    counted, begin = Alive(), Module.__init__

    def noted(self: Module, *args: Any) -> None:
        begin(self, *args)
        counted.note(self)

    monkeypatch.setattr(Module, "__init__", noted)
    return counted


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("helpers", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (tmp_path / "requirements.txt").write_text("pytest-asyncio==0.21\n")
    (tmp_path / "tests/conftest.py").write_text(CONFTEST)
    (tmp_path / "helpers/__init__.py").write_text("")
    for number in range(FILES // 2):
        (tmp_path / f"helpers/part_{number}.py").write_text(HELPER.format(number))
        (tmp_path / f"tests/test_{number}.py").write_text(TEST.format(number))
    return tmp_path


def migrated(project: Path, select: tuple[str, ...]) -> Migration:
    found = Migration([project], project, Settings(jobs=1, select=select), first_round=True)
    found.run()
    return found


def test_files_are_done_with_few_trees(project: Path, alive: Alive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing looks for garbage during a run, so a tree in a circle would stay, too."""
    migrated(project, ("PAM1", "PAM4"))
    needed = alive.parsed
    monkeypatch.setattr(workspace, "_MOST", 3000)
    alive.most = alive.now = alive.parsed = 0
    gc.disable()
    try:
        migrated(project, ("PAM1", "PAM4"))
    finally:
        gc.enable()
    assert needed > FILES // 2
    assert alive.parsed < needed * 1.3
    assert alive.most < 40


def test_what_is_let_go_of_is_gone(project: Path, alive: Alive) -> None:
    migration = migrated(project, ("ALL",))
    assert alive.now
    gc.disable()
    try:
        migration._workspace.forget()
        left = alive.now
    finally:
        gc.enable()
    assert left == 0


def test_the_rules_of_the_project_parse_no_file_for_each_of_them(project: Path, alive: Alive) -> None:
    migration = Migration([project], project, Settings(jobs=1, select=("ALL",)), first_round=True)
    context = migration._workspace.project_context()
    rules = [each.load() for each in migration._selection.project_rules]
    context.rules = rules  # type: ignore[assignment]
    for each in context.rules:
        context.notes(each, context.paths)
    assert len(context.paths) <= alive.parsed <= len(context.paths) + FILES // 2 + 2
