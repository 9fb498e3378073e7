"""What check and diff print is kept exactly as long as nothing changes that it depends on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from cases import CASES, Case
from codemods import cli, disk
from codemods.store import SUFFIX
from samples import ALL

CLEAN = "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_it():\n    pass\n"
FILES = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["pytest-asyncio"]\n',
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\nasync def user():\n    return 1\n",
    "tests/test_a.py": "import time\n\n\nasync def test_it(user):\n    time.sleep(0.1)\n",
    "tests/sub/test_b.py": CLEAN,
    "shop/__init__.py": "",
    "shop/client.py": "async def fetch():\n    return 1\n",
    "tests/test_c.py": "from shop.client import fetch\n\n\nasync def test_it():\n    fetch()\n",
}
_MOST = len(CASES) if ALL else 4
_STEP = 1 if ALL else 7
"""Of so many changes one is tried."""


class Ran:
    """Runs commands in a folder, and tells whether one was run or what was kept was printed."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.count = 0
        self._capture = capture
        self._patch = monkeypatch
        done = cli._done
        monkeypatch.setattr(cli, "_done", lambda arguments: self._counted(done, arguments))
        monkeypatch.chdir(folder)

    def _counted(self, done: Callable[[list[str]], int], arguments: list[str]) -> int:
        self.count += 1
        return done(arguments)

    def __call__(self, *arguments: str) -> tuple[int, bytes, bytes]:
        self._patch.setattr(sys, "argv", ["codemods", *arguments])
        code = cli._run(list(arguments))
        return (code, *self._capture.readouterr())

    def without(self, *arguments: str) -> tuple[int, bytes, bytes]:
        with self._patch.context() as patch:
            patch.setenv("CODEMODS_NO_CACHE", "1")
            return self(*arguments)


@pytest.fixture
def ran(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Ran:
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    write(tmp_path / "project", FILES)
    return Ran(tmp_path / "project", capsysbinary, monkeypatch)


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("command", ["check", "diff"])
def test_what_has_not_changed_is_not_looked_at_again(ran: Ran, command: str) -> None:
    first = ran(command, ".")
    assert first[0] == 1
    assert ran.count == 1
    assert ran(command, ".") == first
    assert ran.count == 1
    assert ran.without(command, ".") == first


def test_a_file_that_was_written_again_with_what_it_held_is_read_once(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ran("check", ".")
    os.utime(ran.folder / "tests/test_a.py", ns=(1, 1))
    assert ran("check", ".") == first
    assert ran.count == 1


def _mutations(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and ".git" not in each.parts):
        text = path.read_bytes()
        yield f"{path.name} is longer", lambda path=path, text=text: path.write_bytes(text + b"\n# codemods: more\n")
        yield (
            f"{path.name} is async",
            lambda path=path, text=text: path.write_bytes(text.replace(b"def ", b"async def ")),
        )
        yield f"{path.name} is empty", lambda path=path: path.write_bytes(b"")
        yield f"{path.name} is gone", path.unlink
        yield f"{path.name} is back", lambda path=path, text=text: path.write_bytes(text)
    new = folder / "tests" / "test_new.py"
    yield "a folder", lambda: new.parent.mkdir(exist_ok=True)
    yield "a test", lambda: new.write_text(FILES["tests/test_a.py"])
    yield "a conftest", lambda: (folder / "conftest.py").write_text(FILES["tests/conftest.py"])
    yield "a configuration", lambda: (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    yield "an environment", lambda: (folder / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    yield "a package", lambda: (folder / ".venv/lib/python3.11/site-packages/pytest_asyncio-0.21.dist-info").mkdir()
    yield "an ignore file", lambda: (folder / ".gitignore").write_text("test_new.py\n")


def _is_exact(ran: Ran, *commands: tuple[str, ...], step: int = _STEP) -> None:
    for each in commands:
        ran(*each)
    for number, (name, mutate) in enumerate(_mutations(ran.folder)):
        mutate()
        for each in commands if number % step == 0 else ():
            assert ran(*each) == ran.without(*each), f"after {name}: {' '.join(each)}"


def test_any_change_is_noticed(ran: Ran) -> None:
    _is_exact(ran, ("check", "."), step=1)
    assert ran.count > len(list(_mutations(ran.folder)))


def test_any_change_is_noticed_for_a_part_and_for_a_patch(ran: Ran) -> None:
    _is_exact(ran, ("diff", "--unsafe", "."), ("check", "tests/test_a.py"))


def test_any_change_is_noticed_in_a_repository(ran: Ran) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "add", "-A"], check=True)
    _is_exact(ran, ("check", "."))


def test_any_change_is_noticed_where_processes_work(ran: Ran) -> None:
    _is_exact(ran, ("check", "-j", "2", "."))


@pytest.mark.parametrize("case", CASES[:: max(1, len(CASES) // _MOST)], ids=str)
def test_any_change_of_a_case_is_noticed(ran: Ran, case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copytree(case.folder / "before", tmp_path / "case")
    ran.folder = tmp_path / "case"
    monkeypatch.chdir(ran.folder)
    _is_exact(ran, ("check", "--extend-select", case.code, "."))


_PACKAGES = ".venv/lib/python3.11/site-packages"
_USE = "import library\n\n\nasync def test_it():\n    library.fetch()\n"


@pytest.mark.parametrize("flags", [(), ("-j", "2")], ids=["one process", "two processes"])
def test_what_is_installed_is_noticed(ran: Ran, flags: tuple[str, ...]) -> None:
    write(ran.folder, {"tests/test_c.py": _USE, f"{_PACKAGES}/other.py": ""})
    command = ("check", *flags, "tests/test_a.py", "tests/test_c.py")
    first = ran(*command)
    assert ran(*command) == first
    assert ran.count == 1
    for number, definition in enumerate(("async def", "def", "async def"), 2):
        write(ran.folder, {f"{_PACKAGES}/library.py": f"{definition} fetch():\n    return 1\n"})
        assert ran(*command) == ran.without(*command)
        assert ran.count == 2 * number - 1  # this one and that without


def test_another_version_of_the_tool_looks_again(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ran("check", ".")
    monkeypatch.setattr("codemods.cli.kept.__version__", "0.0.1")
    assert ran("check", ".") == first
    assert ran.count == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 40, None], ids=["empty", "short", "nuls", "cut"])
def test_what_is_not_as_it_was_written_is_not_believed(ran: Ran, tmp_path: Path, damage: bytes | None) -> None:
    first = ran("check", ".")
    (entry,) = (tmp_path / "cache" / "runs").glob(f"*{SUFFIX}")
    entry.write_bytes(entry.read_bytes()[:-1] if damage is None else damage)
    assert ran("check", ".") == first
    assert ran.count == 2


def test_nothing_is_kept_where_it_is_not_wanted(ran: Ran, tmp_path: Path) -> None:
    first = ran("check", "--no-cache", ".")
    os.environ.pop("CODEMODS_NO_CACHE")
    assert not (tmp_path / "cache").exists()
    assert ran("check", ".") == first


def test_a_wrong_option_is_not_kept(ran: Ran, tmp_path: Path) -> None:
    assert ran("check", "--nonsense", ".")[0] == 2
    assert ran("check", "nowhere")[0] == 2
    assert not list((tmp_path / "cache").rglob(f"*{SUFFIX}"))


def test_the_cache_is_cleaned(ran: Ran, tmp_path: Path) -> None:
    first = ran("check", ".")
    (tmp_path / "cache" / "mine.txt").write_text("mine")
    code, out, _ = ran("cache", "clean")
    assert (code, out[:8]) == (0, b"removed ")
    assert [each.name for each in (tmp_path / "cache").rglob("*") if each.is_file()] == ["mine.txt"]
    assert ran("check", ".") == first


def test_all_that_a_run_asks_of_the_disk_is_asked_in_one_place() -> None:
    """What is asked elsewhere would not be noticed when it changes."""
    asking = ("os.path.is", "os.path.exists", "os.path.lexists", "os.path.realpath", "os.listdir", "os.scandir",
              "os.stat(", "os.lstat(", "os.walk(", ".is_file()", ".is_dir()", ".exists()", ".iterdir()", ".glob(",
              ".rglob(", "shutil.which", ".read_text(", ".read_bytes(")  # fmt: skip
    root = Path(disk.__file__).parent
    rooms = [root / each for each in ("analysis", "semantics", "engine", "rewrite", "transformers", "edits")]
    files = [*root.glob("*.py"), *(file for room in rooms for file in room.rglob("*.py"))]
    passed = {"disk", "source", "store", "folders", "docs", "journal", "recovery", "writing", "replacing", "places"}
    found = {
        f"{file.relative_to(root)}: {word}"
        for file in files for word in asking if file.stem not in passed and word in file.read_text()
    }  # fmt: skip
    assert found <= {"git.py: os.path.realpath"}  # of what is written, which is no part of a check or diff


@pytest.mark.skipif(os.name == "nt", reason="a folder in use can't be removed there")
def test_a_working_directory_that_is_gone_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    script = f"cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec {sys.executable} -m codemods check ."
    environment = {**os.environ, "CODEMODS_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: the working directory is gone\n")


def test_the_command_through_its_entry_point(tmp_path: Path) -> None:
    write(tmp_path / "project", FILES)
    environment = {**os.environ, "CODEMODS_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "codemods", "check", "."]
    runs = [
        subprocess.run(command, cwd=tmp_path / "project", env=environment, capture_output=True, check=False)
        for _ in range(2)
    ]
    assert (runs[0].returncode, runs[0].stdout, runs[0].stderr) == (runs[1].returncode, runs[1].stdout, runs[1].stderr)
