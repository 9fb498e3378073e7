"""The room of hostile inputs: nothing hangs, nothing is lost, nobody sees a traceback.

Each module ``hostile_*.py`` here adds lines to the one table; what needs a process of its own is run by
``make check-all``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hostile_case import Case, snapshot

from codemods.cli import main

ROOT = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds after which a command is taken for hanging, far above what the slowest needs."""


def _table() -> Iterator[Case]:
    for path in sorted(Path(__file__).parent.glob("hostile_*.py")):
        yield from getattr(import_module(path.stem), "CASES", ())


CASES = list(_table())


@pytest.fixture
def _alarm() -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _run_here(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    monkeypatch.chdir(folder)
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["codemods", *case.command])
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.flush()
    out, err = capfdbinary.readouterr()
    return ended.value.code, out + err


def _run_apart(case: Case, folder: Path) -> tuple[int, bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **case.environment}
    done = subprocess.run(
        [sys.executable, "-m", "codemods", *case.command], cwd=folder, input=case.stdin, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=environment, check=False, timeout=PATIENCE,
    )  # fmt: skip
    return done.returncode, done.stdout


def _check(case: Case, folder: Path, before: dict[str, tuple[object, ...]], code: object, printed: bytes) -> None:
    text = printed.decode("utf-8", "backslashreplace")
    assert "Traceback" not in text, text
    assert "this is a bug" not in text, text
    assert "internal error" not in text, text
    assert code in (case.code if isinstance(case.code, tuple) else (case.code,)), text
    assert [each for each in case.says if each not in text] == [], text
    assert [each for each in case.says_not if each in text] == [], text
    after = snapshot(folder)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == case.changes


@pytest.mark.usefixtures("_alarm")
@pytest.mark.parametrize("case", [each for each in CASES if not each.process and not each.stdin], ids=str)
def test_in_this_process(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    case.lay_out(folder)
    before = snapshot(folder)
    code, printed = _run_here(case, folder, monkeypatch, capfdbinary)
    _check(case, folder, before, code, printed)


@pytest.mark.process
@pytest.mark.parametrize("case", [each for each in CASES if each.process or each.stdin], ids=str)
def test_in_a_process_of_its_own(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    case.lay_out(folder)
    before = snapshot(folder)
    _check(case, folder, before, *_run_apart(case, folder))


def test_the_names_are_different() -> None:
    names = [each.name for each in CASES]
    assert sorted(set(names)) == sorted(names)
