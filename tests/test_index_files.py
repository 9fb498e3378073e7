"""Which file a name leads to, where it is shown, and where the modules of the environment are."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest

from codemods.analysis.index.suites import Depth
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.pytest.projects.environment import import_folders
from small_projects import SmallProject, path, write

PACKAGE = ("app/__init__.py", "app/services.py", "app/sub/__init__.py", "app/sub/a.py")
INSTALLED = (
    "site/app/__init__.py", "site/lib/__init__.py", "site/lib/a.py", "site/typed.pyi", "site/both.py", "site/both.pyi",
    "site/stubs/__init__.pyi", "site/space/inner.py", "site/asyncio.py", "python/asyncio/__init__.py",
    "python/queue.py", "python/lib.py",
)  # fmt: skip


def _found(root: Path, names: Iterable[str], importer: str, dotted: str) -> str | None:
    """Return the file of a module, from the root; what begins with ``site`` or ``python`` is installed."""
    write(root, dict.fromkeys((*names, *INSTALLED), ""))
    files = ModuleFiles([root / each for each in names], [root / "site", root / "python"])
    found = files.find(root / importer, dotted)
    return found.relative_to(root).as_posix() if found else None


@pytest.mark.parametrize(
    ("names", "importer", "dotted", "expected"),
    [
        (PACKAGE, "tests/test_a.py", "app.services", "app/services.py"),
        (PACKAGE, "tests/test_a.py", "app", "app/__init__.py"),
        (PACKAGE, "tests/test_a.py", "app.sub", "app/sub/__init__.py"),
        (PACKAGE, "tests/test_a.py", "app.sub.a", "app/sub/a.py"),
        (PACKAGE, "tests/test_a.py", "app.nothing", None),
        (PACKAGE, "tests/test_a.py", "services", None),
        (PACKAGE, "tests/test_a.py", "sub.a", None),
        (PACKAGE, "tests/test_a.py", "", None),
        # src layout, namespace packages, modules beside the tests
        (["src/app/__init__.py", "src/app/a.py"], "tests/test_a.py", "app.a", "src/app/a.py"),
        (["src/app/a.py"], "tests/test_a.py", "app.a", "src/app/a.py"),
        (["src/app/a.py"], "tests/test_a.py", "a", "src/app/a.py"),
        (["src/app/a.py"], "tests/test_a.py", "app", "site/app/__init__.py"),
        (["tests/helpers.py"], "tests/test_a.py", "helpers", "tests/helpers.py"),
        (["tests/__init__.py", "tests/helpers.py"], "tests/test_a.py", "helpers", None),
        (["tests/__init__.py", "tests/helpers.py"], "tests/test_a.py", "tests.helpers", "tests/helpers.py"),
        (["a.pyi"], "tests/test_a.py", "a", None),
        # two roots
        (["one/app/a.py", "two/app/a.py"], "two/tests/test_a.py", "app.a", "two/app/a.py"),
        (["one/app/a.py", "two/app/a.py"], "one/tests/test_a.py", "app.a", "one/app/a.py"),
        (["one/app/a.py", "two/app/a.py"], "tests/test_a.py", "app.a", None),
        (["app/a.py", "two/app/a.py"], "tests/test_a.py", "app.a", None),
        # relative imports
        (PACKAGE, "app/services.py", ".sub", "app/sub/__init__.py"),
        (PACKAGE, "app/services.py", ".sub.a", "app/sub/a.py"),
        (PACKAGE, "app/sub/a.py", ".", "app/sub/__init__.py"),
        (PACKAGE, "app/sub/a.py", "..", "app/__init__.py"),
        (PACKAGE, "app/sub/a.py", "..services", "app/services.py"),
        (PACKAGE, "app/sub/__init__.py", ".a", "app/sub/a.py"),
        (PACKAGE, "app/sub/a.py", ".services", None),
        (PACKAGE, "app/sub/a.py", "." * 99 + "services", None),
        (PACKAGE, "site/lib/a.py", ".", "site/lib/__init__.py"),
        (PACKAGE, "site/lib/__init__.py", ".a", "site/lib/a.py"),
        # what is installed
        (PACKAGE, "tests/test_a.py", "lib", "site/lib/__init__.py"),
        (PACKAGE, "tests/test_a.py", "lib.a", "site/lib/a.py"),
        (PACKAGE, "tests/test_a.py", "lib.nothing", None),
        (PACKAGE, "tests/test_a.py", "typed", "site/typed.pyi"),
        (PACKAGE, "tests/test_a.py", "stubs", "site/stubs/__init__.pyi"),
        (PACKAGE, "tests/test_a.py", "both", "site/both.py"),
        (PACKAGE, "tests/test_a.py", "space.inner", "site/space/inner.py"),
        (PACKAGE, "tests/test_a.py", "space", None),
        (PACKAGE, "tests/test_a.py", "queue", "python/queue.py"),
        (PACKAGE, "tests/test_a.py", "asyncio", "site/asyncio.py"),
        # a package's own asyncio
        (["app/__init__.py", "app/asyncio/__init__.py"], "tests/test_a.py", "asyncio", "site/asyncio.py"),
        (["app/__init__.py", "app/asyncio/__init__.py"], "app/a.py", "asyncio", "site/asyncio.py"),
        (["app/__init__.py", "app/asyncio/__init__.py"], "app/a.py", ".asyncio", "app/asyncio/__init__.py"),
        (["app/__init__.py", "app/queue.py"], "app/a.py", "queue", "python/queue.py"),
        # a script with the name of a module of the library
        (["examples/queue.py"], "tests/test_a.py", "queue", "python/queue.py"),
        (["examples/queue.py"], "examples/run.py", "queue", "examples/queue.py"),
        (["queue.py"], "tests/test_a.py", "queue", "queue.py"),
        (["examples/helpers.py"], "tests/test_a.py", "helpers", "examples/helpers.py"),
    ],
)  # fmt: skip
def test_where_a_module_is(
    names: Iterable[str], importer: str, dotted: str, expected: str | None, tmp_path: Path
) -> None:
    assert _found(tmp_path, names, importer, dotted) == expected


def test_a_file_of_the_environment_is_not_one_of_the_project(tmp_path: Path) -> None:
    write(tmp_path, {"project/a.py": "", "project/.venv/lib/a.py": "", "python/b/c.py": ""})
    root, site, library = tmp_path / "project", tmp_path / "project/.venv/lib", tmp_path / "python"
    files = ModuleFiles([root / "a.py"], [site, library])
    assert [files.is_installed(each) for each in (root / "a.py", site / "a.py", library / "b/c.py")] == [0, 1, 1]
    assert files.shown(root / "a.py", root) == "a.py"
    assert files.shown(library / "b/c.py", root) == "b/c.py"
    assert files.shown(tmp_path / "elsewhere/d.py", root) == "d.py"


@pytest.fixture
def root(tmp_path: Path, no_environment: None) -> Path:
    return tmp_path / "project"


def _environment(root: Path, version: str = "python3.11", home: str | None = None) -> Path:
    write(root, {f"lib/{version}/site-packages/a.py": ""} | ({"pyvenv.cfg": f"home = {home}/bin\n"} if home else {}))
    return root / f"lib/{version}/site-packages"


def test_the_environment_of_the_project(root: Path) -> None:
    write(root, {"python/lib/python3.11/queue.py": "", "python/lib/python3.12/queue.py": ""})
    packages = _environment(root / ".venv", home=f"{root}/python")
    assert import_folders(root) == [packages, root / "python/lib/python3.11"]


def test_an_active_environment_comes_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _environment(root / "venv")
    active = _environment(root / "elsewhere")
    monkeypatch.setenv("VIRTUAL_ENV", str(root / "elsewhere"))
    assert import_folders(root)[0] == active


def test_an_environment_that_is_gone_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = _environment(root / "venv")
    monkeypatch.setenv("VIRTUAL_ENV", str(root / "gone"))
    assert import_folders(root)[0] == packages


@pytest.mark.parametrize("content", [None, "nothing", "home = /nowhere/bin", "\udcff"])
def test_an_environment_that_does_not_say_where_its_python_is(content: str | None, root: Path) -> None:
    packages = _environment(root / ".venv")
    if content is not None:
        (root / ".venv/pyvenv.cfg").write_bytes(content.encode(errors="surrogateescape"))
    assert import_folders(root) == [packages, Path(sysconfig.get_paths()["stdlib"])]


def test_without_an_environment_it_is_the_one_that_codemods_runs_in(root: Path) -> None:
    folders = import_folders(root)
    assert folders[-1] == Path(sysconfig.get_paths()["stdlib"])
    assert all(each.is_relative_to(sys.prefix) or each.is_relative_to(sys.base_prefix) for each in folders)


def test_trees_that_were_let_go_are_parsed_again(tmp_path: Path) -> None:
    project = SmallProject(
        tmp_path, {"app/a.py": "import asyncio\n\n\ndef made():\n    return asyncio.new_event_loop()\n"}
    )
    first = project.known("loop_made", "app.a.made")
    assert project.index._suites._suites
    project.index.forget()
    assert not project.index._suites._suites
    again = project.index.loops.made(tmp_path / "tests/test_it.py", path("app.a.made"), Depth())
    assert again == first is not None
