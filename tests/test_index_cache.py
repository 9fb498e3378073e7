"""Outlines are kept for as long as a file has the same content; nothing that befalls the cache is an error."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.semantics.project.cache import OutlineCache, key_of
from codemods.semantics.project.encoding import decoded
from codemods.semantics.project.outline import Outline
from codemods.semantics.project.reading import read_outline
from codemods.store import digest, prune
from small_projects import SmallProject

pytestmark = pytest.mark.usefixtures("no_environment")

ASYNC, SYNC = "async def f(): return 1\n", "def f(): return 1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that are read from now on."""
    found: list[str] = []

    def reading(text: str, tree: ast.Module | None) -> Outline:
        found.append(text)
        return read_outline(text, tree)

    monkeypatch.setattr("codemods.semantics.project.reading.read_outline", reading)
    return found


def _kind(root: Path, text: str) -> str:
    return SmallProject(root, {"app/a.py": text}).kind("app.a.f")


def test_a_second_run_reads_only_what_has_changed(folder: Path, read: list[str], tmp_path: Path) -> None:
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert read == [ASYNC]
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert read == [ASYNC]
    assert _kind(tmp_path / "project", SYNC) == "sync"
    assert read == [ASYNC, SYNC]
    assert len(list(folder.iterdir())) == 1


def test_what_cannot_be_parsed_is_not_kept(folder: Path, read: list[str], tmp_path: Path) -> None:
    assert [_kind(tmp_path / "project", "def f(:\n") for _ in range(2)] == ["unknown", "unknown"]
    assert not folder.exists()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "another byte": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "nested very deep": lambda data: data[:32] + b"[" * 100_000,
    "the right digest before nothing": lambda data: data[:32],
    "the old format": lambda data: b'["0",{},[],null]',
    "cut off": lambda data: data[:-1],
    "cut in half": lambda data: data[: len(data) // 2],
    "not unicode": lambda data: b"\xff" + data,
    "not a list": lambda data: b"1",
    "an empty list": lambda data: b"[]",
    "a field too few": lambda data: data[:32] + json.dumps(json.loads(data[32:])[:-1]).encode(),
    "of another version": lambda data: bytes(32) + data[32:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_read_from_the_source_again(
    damage: str, folder: Path, read: list[str], tmp_path: Path
) -> None:
    _kind(tmp_path / "project", ASYNC)
    (kept,) = folder.iterdir()
    kept.write_bytes(DAMAGES[damage](whole := kept.read_bytes()))
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert read == [ASYNC, ASYNC]
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert _kind(tmp_path / "project", ASYNC) == "async"
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "file"))
    assert _kind(tmp_path / "project", ASYNC) == "async"


def test_outlines_survive_the_disk(tmp_path: Path) -> None:
    text = "from a import *\n__all__ = ['ä']\nclass C(B):\n    x = 1\n    def f(self, g): self.g = g or C()\nC = 1\n"
    cache, path = OutlineCache(tmp_path / "cache"), tmp_path / "a.py"
    assert cache.get(path, b"1") is None
    cache.put(path, b"1", read_outline(text))
    assert cache.get(path, b"1") == read_outline(text)
    assert cache.get(path, b"2") is None
    assert cache.get(tmp_path / "b.py", b"1") is None


FUNCTION = ["f", 1, True, False, [], None, []]
SHAPES = {
    "not a list": {"names": {}},
    "a field too few": [{}, []],
    "a field too many": [{}, [], None, 1],
    "names in a list": [[], [], None],
    "a star that is a number": [{}, [1], None],
    "stars that are a text": [{}, "os", None],
    "exported that is a number": [{}, [], 3],
    "a row that is a text": [{"f": "f"}, [], None],
    "an empty row": [{"f": []}, [], None],
    "an unknown kind": [{"f": ["x", 1]}, [], None],
    "a kind that is a list": [{"f": [["f"], 1]}, [], None],
    "a row too short": [{"f": FUNCTION[:-1]}, [], None],
    "a line that is a text": [{"f": ["f", "1", *FUNCTION[2:]]}, [], None],
    "a line that is true": [{"f": ["f", True, *FUNCTION[2:]]}, [], None],
    "a flag that is a number": [{"f": ["f", 1, 1, *FUNCTION[3:]]}, [], None],
    "decorators that are a text": [{"f": ["f", 1, True, False, "x", None, []]}, [], None],
    "returns that are a list": [{"f": ["f", 1, True, False, [], [], []]}, [], None],
    "a constant that there isn't": [{"x": ["v", 1, 99]}, [], None],
    "a constant that is true": [{"x": ["v", 1, True]}, [], None],
    "paths that are none": [{"x": ["v", 1, [None]]}, [], None],
    "members that are a list": [{"C": ["c", 1, [], [], {}, False]}, [], None],
    "a broken member": [{"C": ["c", 1, [], {"f": ["f"]}, {}, False]}, [], None],
    "an attribute that is none": [{"C": ["c", 1, [], {}, {"x": None}, False]}, [], None],
    "a value that is none": [{"x": ["v", 1, None]}, [], None],
    "an import without a name": [{"x": ["i", 1]}, [], None],
    "a broken row of several": [{"x": ["s", [["v", 1]]]}, [], None],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_right_digest_before_wrong_types_is_thrown_away(
    shape: str, folder: Path, read: list[str], tmp_path: Path
) -> None:
    _kind(tmp_path / "project", ASYNC)
    (kept,) = folder.iterdir()
    whole, payload = kept.read_bytes(), json.dumps(SHAPES[shape]).encode()
    kept.write_bytes(digest(key_of(ASYNC.encode()), payload) + payload)
    assert decoded(SHAPES[shape]) is None
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert read == [ASYNC, ASYNC]
    assert kept.read_bytes() == whole


def test_the_folder_is_the_users_own(folder: Path, tmp_path: Path) -> None:
    _kind(tmp_path / "project", ASYNC)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [each.stat().st_mode & 0o077 for each in folder.iterdir()] == [0]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no owners")
def test_what_is_somebody_elses_is_neither_read_nor_written(
    folder: Path, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kind(tmp_path / "project", ASYNC)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert _kind(tmp_path / "project", SYNC) == "sync"
    monkeypatch.undo()
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(folder))
    assert read == [ASYNC, ASYNC, SYNC]
    assert OutlineCache(folder).get(tmp_path / "project/app/a.py", ASYNC.encode()) == read_outline(ASYNC)


def test_no_link_is_followed(folder: Path, read: list[str], tmp_path: Path) -> None:
    _kind(tmp_path / "project", ASYNC)
    (kept,) = folder.iterdir()
    kept.rename(tmp_path / "target")
    kept.symlink_to(tmp_path / "target")
    before = (tmp_path / "target").read_bytes()
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert read == [ASYNC, ASYNC]
    assert _kind(tmp_path / "project", SYNC) == "sync"
    assert not kept.is_symlink()
    assert (tmp_path / "target").read_bytes() == before


def test_a_folder_that_is_a_link_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "link"))
    assert _kind(tmp_path / "project", ASYNC) == "async"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_temporary_file_that_is_a_link_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    _kind(tmp_path / "project", ASYNC)
    (kept,) = folder.iterdir()
    (tmp_path / "target").write_text("mine")
    (folder / f"{kept.name}.{os.getpid()}").symlink_to(tmp_path / "target")
    assert _kind(tmp_path / "project", SYNC) == "sync"
    assert (tmp_path / "target").read_text() == "mine"
    assert [each.name for each in folder.iterdir()] == [kept.name]


def test_what_was_written_first_goes_first(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).write_bytes(b"x" * 100)
        os.utime(tmp_path / str(number), (number, number))
    (tmp_path / "folder").mkdir()
    prune(tmp_path, 8, 10_000)
    assert {each.name for each in tmp_path.iterdir()} == {"2", "3", "4", "5", "6", "7", "8", "9", "folder"}
    prune(tmp_path, 8, 350)
    assert {each.name for each in tmp_path.iterdir()} == {"7", "8", "9", "folder"}


def test_a_growing_folder_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr("codemods.store.prune", seen.append)
    cache = OutlineCache(tmp_path / "cache")
    for number in range(1000):
        cache.put(Path(f"/{number}.py"), b"1", Outline({}, [], None))
    assert 1 <= len(seen) <= 20


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    cache = OutlineCache(tmp_path / "cache")
    cache.put(Path(os.fsdecode(b"/a\xff.py")), b"1", Outline({}, [], None))
    assert cache.get(Path(os.fsdecode(b"/a\xff.py")), b"1") == Outline({}, [], None)
