"""What is named as the Python of a suite, and isn't one: one line, in bounded time and room."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.errors import UsageError
from codemods.verify.running import interpreter
from codemods.verify.running.interpreter import find_interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts")

NONE = "isn't a Python from 3.8 on"
ANSWERS = {
    "garbage": ("garbage", NONE),
    "a list": ("[]", NONE),
    "a number": ("3", NONE),
    "deep": ("[" * 20_000, NONE),
    "no version": ('{"packages": {}}', NONE),
    "no packages": ('{"version": [3, 12, 1]}', NONE),
    "an empty version": ('{"version": [], "packages": {}}', NONE),
    "a version of words": ('{"version": ["3", "12"], "packages": {}}', NONE),
    "a version of lists": ('{"version": [[3]], "packages": {}}', NONE),
    "a huge version": ('{"version": [3, ' + "9" * 4000 + '], "packages": {}}', NONE),
    "a negative version": ('{"version": [3, -12], "packages": {}}', NONE),
    "packages in a list": ('{"version": [3, 12, 1], "packages": ["pytest"]}', NONE),
    "packages of numbers": ('{"version": [3, 12, 1], "packages": {"pytest": 8}}', NONE),
    "a path of numbers": ('{"version": [3, 12], "packages": {"pytest": "8.0"}, "path": [1]}', NONE),
    "a path in a word": ('{"version": [3, 12], "packages": {"pytest": "8.0"}, "path": "a"}', NONE),
    "editable lists": ('{"version": [3, 12], "packages": {"pytest": "8.0"}, "editable": [[]]}', NONE),
    "a prefix of numbers": ('{"version": [3, 12], "packages": {"pytest": "8.0"}, "prefix": 1}', NONE),
    "a pytest of letters": ('{"version": [3, 12], "packages": {"pytest": "new"}}', "can't be read: pytest 'new'"),
    "a pytest of escapes": ('{"version": [3, 12], "packages": {"pytest": "8\\u001b[2J"}}', r"pytest '8\x1b[2J'"),
    "a pytest of digits": ('{"version": [3, 12], "packages": {"pytest": "' + "9" * 5000 + '"}}', "can't be read"),
    "a plugin of lines": (
        '{"version": [3, 12], "packages": {"pytest": "8.0", "pytest-asyncio": "1\\nerror: 2"}}',
        r"can't be read: pytest-asyncio '1\nerror: 2'",
    ),
}


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def refusal(named: Path, root: Path) -> str:
    with pytest.raises(UsageError) as caught:
        find_interpreter(named, root)
    line = str(caught.value)
    assert "\n" not in line
    assert line.isprintable()
    assert len(line) < 500
    return line


@pytest.mark.parametrize(("answer", "says"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_no_python_gives(
    tmp_path: Path, answer: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "_answer", lambda path: f"a warning\n{answer}\n\n".encode())
    assert says in refusal(script(tmp_path / "python", ""), tmp_path)


@pytest.mark.parametrize(
    "text", ["yes", "cat /dev/zero", "kill -9 $$", "kill -9 $PPID; sleep 1000", "sleep 1000 & exit 0", "exec sleep 0"]
)
def test_what_is_no_python_but_runs(tmp_path: Path, text: str) -> None:
    assert NONE in refusal(script(tmp_path / "python", text), tmp_path)


def test_what_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_PATIENCE", 0.5)
    line = refusal(script(tmp_path / "python", 'echo \'{"version": [3, 12], "packages": {}}\'; sleep 1000'), tmp_path)
    assert line == f"{tmp_path / 'python'}: says nothing for 0.5 seconds; is it a Python?"


def _in_folder(path: Path) -> None:
    (path / "bin").mkdir(parents=True)
    os.mkfifo(path / "bin" / "python", 0o755)


NOT_RUN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "can't be run: permission denied"),
    "a pipe to run": (lambda path: os.mkfifo(path, 0o755), "can't be run: permission denied"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "can't be run: permission denied"),
    "a folder": (lambda path: path.mkdir(), "there is no Python in this folder"),
    "a pipe in a folder": (_in_folder, "can't be run: permission denied"),
    "a loop": (lambda path: path.symlink_to(path.name), "no such file or environment"),
    "nothing": (lambda path: path.symlink_to("nowhere"), "no such file or environment"),
    "a text": (lambda path: path.write_text("#!/nowhere/python\n") and path.chmod(0o755), "can't be run: no such file"),
}


@pytest.mark.parametrize(("put", "says"), NOT_RUN.values(), ids=NOT_RUN.keys())
def test_what_can_not_be_run(tmp_path: Path, put: Callable[[Path], object], says: str) -> None:
    put(tmp_path / "fake")
    assert says in refusal(tmp_path / "fake", tmp_path)


@pytest.mark.parametrize("name", ["p" * 300, "p/" * 3000], ids=["a long name", "a long path"])
def test_names_that_no_file_has(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no such file or environment"):
        find_interpreter(Path(name), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIRTUAL_ENV", name)
    assert find_interpreter(None, tmp_path).path == Path(sys.executable)


def test_a_file_here_goes_before_a_command_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script(tmp_path / "python", "echo here")
    assert refusal(Path("python"), tmp_path).startswith(f"{tmp_path / 'python'}: {NONE}")
