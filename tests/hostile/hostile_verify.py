"""Projects, suites and Pythons that ``verify`` must not trust."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

from hostile_case import Case, Make, write

TEST = "import time\n\nimport pytest\n\n\n@pytest.mark.asyncio\nasync def test_sleep():\n    time.sleep(0)\n"
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
PROJECT: dict[str, str | bytes] = {"pytest.ini": INI, "test_it.py": TEST}
QUIET = {
    "VIRTUAL_ENV": "",
    "PYTEST_ADDOPTS": "",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "pytest_asyncio.plugin",
}


def _linked(link: str) -> Make:
    """A project whose ``tests`` is a link."""

    def make(folder: Path) -> None:
        write(folder, {"elsewhere/tests/test_it.py": TEST, "inner/pytest.ini": INI, "inner/other/test_b.py": TEST})
        (folder / "inner" / "tests").symlink_to(link.format(folder=folder))

    return make


def _linked_case(name: str, link: str, *command: str, process: bool = False) -> Case:
    """A link that is named means what it leads to: that is copied, and only ``--write`` reaches it."""
    changes = frozenset({"elsewhere/tests/test_it.py"} if "--write" in command else ())
    says = (" same, 0 regressed",)
    return Case(
        f"verify-{name}",
        _linked(link),
        ("verify", *command),
        0,
        says,
        changes=changes,
        environment=QUIET,
        process=process,
    )


def _no_python(name: str, put: Callable[[Path], object], says: str) -> Case:
    def make(folder: Path) -> None:
        write(folder, PROJECT)
        put(folder / "fake")

    return Case(f"verify-python-{name}", make, ("verify", "--python", "fake"), 2, (says,), environment=QUIET)


BOTH = "passed       2      2"
"""Both tests, before and after."""


def _suite(name: str, make: Make, code: int = 0, *says: str) -> Case:
    """A suite that runs: what it does reaches nothing but the copy."""
    return Case(f"verify-suite-{name}", make, ("verify",), code, says, environment=QUIET, process=True)


def _test(name: str, body: str, code: int = 0, *says: str) -> Case:
    """A suite with a test that passes, whatever it does; it knows the project's place as ``original``."""

    def make(folder: Path) -> None:
        lines = f"original = Path({str(folder)!r})\nhere = Path.cwd()\nassert here != original\n{body}\n"
        test = f"import os, shutil, sys\nfrom pathlib import Path\n\n\ndef test_bad():\n{indent(lines, '    ')}"
        write(folder, {**PROJECT, "test_bad.py": test})

    return _suite(name, make, code, *(says or (BOTH,)))


def _script(text: str) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    return put


FILE = "os.unlink('pytest.ini'); os.symlink(original / 'pytest.ini', 'pytest.ini')"
MOVED = "os.rename(here, f'{here}x')"
PIPES = "for each in map(scratch.joinpath, ('plan.json', 'output')): each.unlink(); os.mkfifo(each)"
SCRATCH = "scratch = Path(sys.modules['codemods_recorder'].__file__).parent\n"
FORGED = r"""
lines = [
    '{"event": "result"}', '{"event": "tests", "id": 1}', '[]', '[' * 100_000, '{"event": "add"}',
    '{"event": "result", "id": "a::b", "outcome": "?", "seconds": "x"}', 'x' * 5_000_000,
    '{"event": "result", "id": "a::b", "outcome": "passed", "seconds": NaN, "frames": [["../a", -1]]}',
    '{"event": "collected", "ids": [[]]}', '{"event": "finish", "exit": "no"}', '\0', '{"event": "session"}',
]
with open(scratch / "events", "a") as file:
    file.write("\n" + "\n".join(lines) + "\n")
"""


def _odd(folder: Path) -> None:
    write(folder, PROJECT)
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "test_pipe.txt")
    here = os.getcwd()
    try:
        os.chdir(folder)  # the path of a socket is short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
    finally:
        os.chdir(here)
    (folder / "loop").symlink_to("loop")
    (folder / "zero").symlink_to("/dev/zero")
    deep = folder
    for _ in range(100):
        deep /= "deep"
        deep.mkdir()
    with open(folder / "large", "wb") as file:
        file.truncate(50 * 1024 * 1024)
    (folder / os.fsdecode(b"data\xff\n")).write_text("")


def _template(folder: Path) -> None:
    write(folder, {**PROJECT, "{{cookiecutter.name}}/pyproject.toml": "[project\n{% if x %}", "t/setup.cfg": "[a\n\0"})


def _repository(folder: Path) -> None:
    write(folder, {**PROJECT, ".git/config": "[core\n", ".git/HEAD": "\0"})


CASES = [
    _linked_case("absolute-link", "{folder}/elsewhere/tests", "inner/tests"),
    _linked_case("absolute-link-write", "{folder}/elsewhere/tests", "inner/tests", "--write", "--allow-dirty"),
    _linked_case("relative-link", "../elsewhere/tests", "inner/tests"),
    _linked_case("relative-link-beside-others", "../elsewhere/tests", "inner/other", "inner/tests", process=True),
    _linked_case("link-named-by-its-file", "../elsewhere/tests", "inner/tests/test_it.py", process=True),
    _no_python("garbage", _script("echo garbage"), "isn't a Python from 3.8 on"),
    _no_python("loop", lambda path: path.symlink_to("fake"), "no such file or environment"),
    Case("verify-python-long", PROJECT, ("verify", "--python", "p" * 5000), 2, ("no such file",), environment=QUIET),
    _suite("odd-files", _odd, 0, "passed       1      1"),
    _suite("broken-templates", _template, 0, "passed       1      1"),
    _suite("broken-repository", _repository, 0, "passed       1      1"),
    _test("forged-events", SCRATCH + FORGED),
    _test("rewrites-the-plan", SCRATCH + "(scratch / 'plan.json').write_text('{')"),
    _test("pipes-in-the-scratch", SCRATCH + PIPES),
    _test("folder-to-original", "os.symlink(original, here / 'sub')"),
    _test("file-to-original", FILE),
    _test(
        "copy-to-original", f"{MOVED}; os.symlink(original, here)", 2, "nothing can be proven: the tests import these"
    ),
    _test("copy-moved", MOVED, 2, "nothing proven and nothing written: the suite moved"),
    _test("writes-through-a-link", "os.symlink(here / 'test_it.py', 'link'); Path('link').write_text('x = 1')"),
    _test("prints-much", "os.write(2, b'\\x1b[2J' + b'x' * 10_000_000)"),
]
