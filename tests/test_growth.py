"""Work grows with a file, not with its square: counted in calls of functions, which no load of the machine changes."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from cases import CASES
from codemods.api import migrate_paths
from codemods.config import Settings
from codemods.engine.file import migrate_file
from codemods.hunks import changes
from codemods.rules import registrations
from codemods.rules._table import TABLE
from codemods.rules.diagnostics.generator_test import GeneratorTest
from codemods.selection import Selection
from codemods.semantics.file.module import Module
from codemods.workspace import Workspace
from growing import SHAPES, Files

SIZE = 8
MOST = 2.3
"""How many times the work for as much again may be of what it was before: 2 is linear, 4 the square."""
ONCE_THE_SQUARE = (
    "sleeps in a function, one noqa",
    "sleeps after scheduling",
    "unmarked tests, one noqa",
    "one mock bound again",
    "uses of one mock",
    "attributes of one mock",
    "futures of mocks",
    "mocks in tests",
    "mocks in attributes",
    "event_loop in a function",
    "run_until_complete in a function",
    "loops of a function",
    "lost awaits on attributes",
    "one name",
    "waits",
    "helpers that sleep",
)


def steps(folder: Path, files: Files, *, first_round: bool) -> int:
    """How many functions it takes to migrate some files, those that are written in C included."""
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    settings = Settings(select=("ALL",), unsafe=True, jobs=1)
    return counted(lambda: migrate_paths([folder], settings, first_round=first_round))


def counted(work: Callable[[], object]) -> int:
    """How many functions some work calls."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", ONCE_THE_SQUARE)
def test_work_grows_with_the_file(shape: str, tmp_path: Path, no_environment: None) -> None:
    steps(tmp_path, SHAPES[shape](SIZE), first_round=True)  # loads the rules, which is counted, too
    small, medium, large = (steps(tmp_path, SHAPES[shape](SIZE * times), first_round=True) for times in (1, 2, 4))
    assert large - medium <= MOST * (medium - small)


def test_comparing_texts_grows_with_them() -> None:
    def of(size: int) -> int:
        before = [line for n in range(size) for line in (f"def {n}", f"run {n}", "", "")]
        after = [line for n in range(size) for line in ("mark", f"async def {n}", f"await {n}", "", "")]
        return counted(lambda: changes(before, after))

    small, medium, large = of(200), of(400), of(800)
    assert large - medium <= MOST * (medium - small)


@pytest.mark.parametrize("shape", ["sleeps in a function", "unmarked tests"])
def test_work_of_changes_grows_with_the_file(shape: str, tmp_path: Path, no_environment: None) -> None:
    steps(tmp_path, SHAPES[shape](SIZE), first_round=False)  # loads the rules, which is counted, too
    small, medium, large = (steps(tmp_path, SHAPES[shape](SIZE * times), first_round=False) for times in (1, 2, 4))
    assert large - medium <= MOST * (medium - small)


@pytest.mark.parametrize("code", ["PAM102", "PAM203", "PAM301", "PAM401", "PAM511", "PAM604"])
def test_the_work_on_a_file_leaves_no_circle_behind(code: str) -> None:
    """Nothing looks for garbage during a run: a tree in a circle would stay to its end."""
    left: list[str] = []
    for case in [each for each in CASES if each.code == code][:4]:
        workspace = Workspace(case.before, environment=())
        selection = Selection(Settings(select=("ALL",), unsafe=True), registrations())
        tasks = [workspace.task(path, selection) for path in sorted(case.before.rglob("*.py"))]
        for task in tasks:
            left += garbage(partial(migrate_file, task, workspace))
    assert left == []


def garbage(work: Callable[[], object]) -> list[str]:
    """Return the paths of the files whose trees only a search for garbage finds after some work."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return [each.path for each in gc.garbage if isinstance(each, Module)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_each_text_is_parsed_once(tmp_path: Path, no_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a file that is asked what its own names stand for, and of one that others are asked about."""
    (tmp_path / "app.py").write_text("class Client:\n    async def fetch(self): ...\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import pytest\nfrom app import Client\n\n\ndef make() -> Client:\n    return Client()\n\n\n"
        "@pytest.mark.asyncio\nasync def test_it():\n    make().fetch()\n",
        encoding="utf-8",
    )
    texts: list[str] = []
    parse = ast.parse

    def noted(text: str | bytes, *args: Any, **options: Any) -> ast.AST:
        if isinstance(text, str):  # bytes are the few files that show what a project runs its tests with
            texts.append(text)
        return parse(text, *args, **options)

    monkeypatch.setattr(ast, "parse", noted)
    report = migrate_paths([tmp_path], Settings(select=("PAM501",), jobs=1), first_round=True)
    assert [each.code for each in report.findings] == ["PAM501"]
    assert len(texts) == len(set(texts)) == 2


def test_a_test_without_a_yield_is_passed_over_in_one_way_only() -> None:
    """Where ``\\r\\n`` could be taken for one line end or for two, the prefilter tried all of them: 2**60."""
    rule = next(each for each in TABLE if each.code == GeneratorTest.code)
    body = b"    number = 1\r\n" * 60
    assert not rule.may_apply(b"yielded = 1\r\n\r\n\r\ndef test_it():\r\n" + body)
    assert rule.may_apply(b"def test_it():\r\n" + body + b"    yield number\r\n")
