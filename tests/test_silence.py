"""What is kept about the files of a project changes no answer, whatever becomes of the files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from codemods import disk
from codemods.discovery import discover
from codemods.folders import cache_folder
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.projects import silence
from codemods.semantics.pytest.projects.evidence import is_evidence
from codemods.semantics.pytest.projects.project import Project, scan
from codemods.semantics.pytest.projects.silence import Silence
from codemods.semantics.pytest.scope import Scope
from codemods.source import read

FILES = {
    "pyproject.toml": "[project]\nname = 'p'\ndependencies = ['pytest-asyncio']\n",
    "p/__init__.py": "import aiohttp\n",
    "p/plain.py": "def f():\n    return 1\n",
    "tests/conftest.py": "import pytest\n",
    "tests/test_a.py": "import trio\n",
    "tests/test_b.py": "import trio, anyio\n",
    "tests/test_c.py": "# import curio\nname = 'marker'\n",
}
CHANGES: dict[str, Callable[[Path], object]] = {
    "a sign comes": lambda root: (root / "p/plain.py").write_text("import curio\n"),
    "the first sign goes": lambda root: (root / "tests/test_a.py").write_text("import json\n"),
    "all tests go": lambda root: (root / "tests").rename(root / "attic"),
    "a comment becomes code": lambda root: (root / "tests/test_c.py").write_text("import curio\nname = 'marker'\n"),
    "a hook comes": lambda root: (root / "tests/conftest.py").write_text("def pytest_pyfunc_call(): return asyncio\n"),
    "code becomes a test": lambda root: (root / "p/plain.py").rename(root / "tests/test_d.py"),
    "a test becomes code": lambda root: (root / "tests/test_b.py").rename(root / "p/b.py"),
    "other tests": lambda root: (root / "pytest.ini").write_text("[pytest]\ntestpaths = p\npython_files = *.py\n"),
    "another content of the same size": lambda root: (root / "tests/test_a.py").write_text("import json\n"),
    "nothing": lambda root: None,
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(disk, "_RACY", -(10**18))  # all that a test writes is written shortly before
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def found(root: Path, *, keeps: bool = True, given: Collection[Path] = ()) -> tuple[Project, list[str]]:
    """The facts, and the files that were read for them."""
    opened = []

    def noting(path: Path) -> bytes:
        opened.append(path.name)
        return read(path)

    files = sorted(each.path for each in discover([root], root, is_evidence))
    scope = Scope(root, PytestConfigs(root), lambda: files, read)
    return scan(root, files, noting, scope, Silence(root, root, given) if keeps else None), opened


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_kept_changes_nothing(root: Path, change: Callable[[Path], object]) -> None:
    found(root)
    change(root)
    expected = found(root, keeps=False)[0]
    assert found(root)[0] == expected
    assert found(root)[0] == expected


def test_only_files_with_something_in_them_are_read_again(root: Path) -> None:
    assert len(found(root)[1]) == len(FILES)
    assert {*found(root)[1]} == {"pyproject.toml", "__init__.py", "test_a.py", "test_b.py"}
    (root / "p/plain.py").write_text("def f():\n    return 23\n")
    assert "plain.py" in found(root)[1]
    assert "plain.py" not in found(root)[1]


def test_a_file_that_was_just_written_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_RACY", 10**18)
    found(root)
    assert len(found(root)[1]) == len(FILES)


def test_the_disk_says_nothing_about_a_content_that_is_given(root: Path) -> None:
    found(root)
    assert "plain.py" in found(root, given={root / "p/plain.py"})[1]


def test_what_is_not_read_is_noted_as_read(root: Path) -> None:
    found(root)
    notes = disk.begin()
    try:
        found(root)
    finally:
        disk.end()
    path = root / "p/plain.py"
    assert notes.answers["content", str(path)] == [*disk.signature(os.stat(path)), disk.digest(path.read_bytes())]


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{}", b'{"since": 1}', b"\xff", b"[" * 10_000])
def test_what_cannot_be_understood_is_as_nothing(root: Path, payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.store.Store.get", lambda *_: payload)
    assert found(root) == found(root, keeps=False)


def test_nothing_is_kept_where_nothing_may_be(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMODS_NO_CACHE", "1")
    assert found(root) == found(root)
    assert not (root.parent / "kept").exists()


def test_what_another_version_wrote_is_not_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(root)
    monkeypatch.setattr(silence, "_reader", lambda: b"another")
    assert len(found(root)[1]) == len(FILES)


def test_entries_of_files_that_are_gone_go(root: Path) -> None:
    found(root)
    (root / "p/plain.py").unlink()
    (root / "p/new.py").write_text("")
    found(root)
    kept = cache_folder()
    assert kept is not None
    (entry,) = (kept / "signs").iterdir()
    names = json.loads(entry.read_bytes()[32:])["files"]
    assert str(root / "p/new.py") in names
    assert str(root / "p/plain.py") not in names
