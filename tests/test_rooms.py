"""What is loaded, and what isn't: the model without rules, rules as files ask for them, and LibCST for fixes only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemods
from codemods.rules import _table, all_rules, registrations
from small_projects import write

ROOT = Path(__file__).parents[1]
MOCKED = """
from unittest.mock import Mock

import pytest

from app import go


@pytest.mark.asyncio
async def test_go():
    client = Mock()
    client.fetch = Mock(return_value=1)
    assert await go(client) == 1
"""
CHECK = """
import atexit, sys
from codemods.cli import main

atexit.register(lambda: print("loaded:", *sys.modules))
main()
"""


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("codemods.semantics.pytest.fixture_graph", ("codemods.rules", "codemods.analysis", "codemods.engine")),
        ("codemods.semantics", ("codemods.semantics.pytest", "codemods.rules")),
        ("codemods.rules", ("codemods.engine", "codemods.cli", "libcst")),
        ("codemods.edits", ("codemods.analysis", "codemods.rules", "codemods.transformers", "libcst")),
        ("codemods.engine.file", ("codemods.cli", "codemods.report", "codemods.verify")),
    ],
)
def test_a_room_loads_nothing_from_above(module: str, others: tuple[str, ...]) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert module in loaded
    assert [each for each in loaded if each in others or each.startswith(tuple(f"{one}." for one in others))] == []


def test_the_public_names_are_there() -> None:
    assert sorted(name for names in codemods._MODULES.values() for name in names) == codemods.__all__
    assert all(getattr(codemods, name) is not None for name in codemods.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        codemods.nothing  # noqa: B018


def loaded_by_check(root: Path) -> set[str]:
    """Return the modules of the tool that a check of a project loads."""
    loaded = loaded_by(["check", "-j", "1", "."], root, "PAM301")
    return {each for each in loaded if each.partition(".")[0] == "codemods"}


def loaded_by(arguments: list[str], root: Path, expected: str = "") -> set[str]:
    """Return the modules that a command loads, whose output holds what is expected."""
    command = [sys.executable, "-S", "-c", CHECK, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *sys.path))}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    found, _, loaded = done.stdout.partition("loaded:")
    assert expected in found, done
    return set(loaded.split())


def test_a_check_loads_only_what_it_needs(tmp_path: Path) -> None:
    app = "async def go(client):\n    return await client.fetch()\n"
    write(tmp_path, {"app.py": app, "test_app.py": MOCKED})
    loaded = loaded_by_check(tmp_path)
    assert "codemods.rules.mocks.mock_to_asyncmock" in loaded
    assert not {each for each in loaded if each.startswith(("codemods.rules.legacy", "codemods.rules.sleeps"))}
    assert len(loaded) <= 177  # of the 541 that there are


def test_a_check_of_clean_files_loads_little(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "", "test_app.py": "def test_it():\n    assert 1\n"})
    loaded = loaded_by(["check", "test_app.py"], tmp_path)
    assert not {each for each in loaded if each.startswith(("codemods.semantics.file", "codemods.rules.mocks"))}
    assert not loaded & {"libcst", "rich", "tomllib", "typer"}
    assert len({each for each in loaded if each.partition(".")[0] == "codemods"}) <= 57


def test_the_version_loads_next_to_nothing(tmp_path: Path) -> None:
    loaded = loaded_by(["--version"], tmp_path)
    assert not loaded & {"dataclasses", "importlib.metadata", "inspect", "pathlib", "re", "typer", "typing"}
    assert {each for each in loaded if each.partition(".")[0] == "codemods"} == {
        "codemods", "codemods.cli", "codemods.cli.streams", "codemods.errors"
    }  # fmt: skip


def test_a_rule_that_the_table_lacks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [each.code for each in all_rules()]
    monkeypatch.setattr(_table, "TABLE", _table.TABLE[1:])
    registrations.cache_clear()
    try:
        assert [each.code for each in registrations()] == codes
    finally:
        registrations.cache_clear()
