"""Outlines are kept for as long as a file has the same content; nothing that befalls the cache is an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codemods.analysis.index import modules
from codemods.analysis.index.cache import OutlineCache
from codemods.analysis.index.outline import Outline
from codemods.analysis.index.reading import read_outline
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

    def reading(text: str) -> Outline:
        found.append(text)
        return read_outline(text)

    monkeypatch.setattr(modules, "read_outline", reading)
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
    "cut off": lambda data: data[:-1],
    "cut in half": lambda data: data[: len(data) // 2],
    "not unicode": lambda data: b"\xff" + data,
    "not a list": lambda data: b"1",
    "an empty list": lambda data: b"[]",
    "a field too few": lambda data: json.dumps(json.loads(data)[:-1]).encode(),
    "a field too many": lambda data: json.dumps([*json.loads(data), 1]).encode(),
    "of another version": lambda data: json.dumps(["0" * 32, {}, [], None]).encode(),
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
