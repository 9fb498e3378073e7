"""Copies that killed runs left are removed; nothing else is, whatever stands in the folders for them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_case import snapshot

from codemods.verify.running.abandoned import CopyFolder, remove_abandoned

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "kept" / "inside").mkdir(parents=True)
    (tmp_path / "kept" / "inside").chmod(0o710)
    (tmp_path / "kept" / "file").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("CODEMODS_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "temporary"


@pytest.fixture
def records(temporary: Path) -> Path:
    return temporary.parent / "state" / "copies"


def abandoned(temporary: Path, records: Path, **changes: object) -> dict[str, Any]:
    """Lay out what a killed run left, with other words in its record."""
    folder = CopyFolder()
    (folder.path / "file").write_text("")
    folder.path.chmod(0o750)
    (record,) = records.glob("*.json")
    assert folder._lock is not None
    os.close(folder._lock)
    says: dict[str, Any] = {**json.loads(record.read_text()), **changes}
    record.write_text(json.dumps(says))
    return says


def test_what_was_left_is_removed(temporary: Path, records: Path) -> None:
    abandoned(temporary, records)
    remove_abandoned()
    assert list(temporary.iterdir()) == []
    assert list(records.iterdir()) == []


def test_what_is_in_use_stays(temporary: Path, records: Path) -> None:
    folder = CopyFolder()
    remove_abandoned()
    assert folder.path.exists()
    folder.remove()
    assert (list(temporary.iterdir()), list(records.iterdir())) == ([], [])


@pytest.mark.parametrize("name", ["codemods-verify-0123456789ab-99999999-abcd", "codemods-verify-abcd"])
def test_a_link_of_such_a_name_is_none_of_ours(temporary: Path, name: str) -> None:
    (temporary / name).symlink_to(temporary.parent / "kept")
    before = snapshot(temporary.parent)
    remove_abandoned()
    assert snapshot(temporary.parent) == before


def _link(temporary: Path, says: dict[str, Any]) -> None:
    os.rename(says["path"], temporary / "aside")
    Path(says["path"]).symlink_to(temporary.parent / "kept")


def _other(temporary: Path, says: dict[str, Any]) -> None:
    os.rename(says["path"], temporary / "aside")
    Path(says["path"]).mkdir()


def _file(temporary: Path, says: dict[str, Any]) -> None:
    os.rename(says["path"], temporary / "aside")
    Path(says["path"]).write_text("")


def _nothing(temporary: Path, says: dict[str, Any]) -> None:
    os.rename(says["path"], temporary / "aside")


@pytest.mark.parametrize("put", [_link, _other, _file, _nothing])
def test_what_stands_in_the_place_of_the_folder_stays(
    temporary: Path, records: Path, put: Callable[[Path, dict[str, Any]], None]
) -> None:
    put(temporary, abandoned(temporary, records))
    before = {name: what for name, what in snapshot(temporary.parent).items() if not name.startswith("state")}
    remove_abandoned()
    assert {name: what for name, what in snapshot(temporary.parent).items() if not name.startswith("state")} == before
    assert list(records.iterdir()) == []


FORGED: dict[str, dict[str, object]] = {
    "another name": {"path": "kept"},
    "a relative path": {"path": "codemods-verify-x"},
    "a way through dots": {"path": "temporary/codemods-verify-x/../../kept"},
    "no path": {"path": None},
    "a path of many": {"path": ["a"]},
    "a NUL": {"path": "\0"},
    "a long path": {"path": "/a" * 20_000},
    "another folder's number": {"inode": 1},
    "another device": {"device": -1},
    "a number of another type": {"inode": "1"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED.keys())
def test_a_forged_record_removes_nothing(
    temporary: Path, records: Path, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(temporary)
    path = changes.get("path")
    if isinstance(path, str) and path[:1] in "kt":
        changes = {"path": str(temporary.parent / path)}
        kept = temporary.parent / "kept"
        changes |= {"device": kept.stat().st_dev, "inode": kept.stat().st_ino}
    abandoned(temporary, records, **changes)
    before = {name: what for name, what in snapshot(temporary.parent).items() if not name.startswith("state")}
    remove_abandoned()
    assert {name: what for name, what in snapshot(temporary.parent).items() if not name.startswith("state")} == before


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 60_000, b" " * 70_000])
def test_a_record_that_is_none(temporary: Path, records: Path, data: bytes) -> None:
    abandoned(temporary, records)
    (record,) = records.iterdir()
    record.write_bytes(data)
    remove_abandoned()
    assert len(list(temporary.iterdir())) == 1


@pytest.mark.parametrize("kind", ["pipe", "link", "loop", "folder"])
def test_what_is_no_record(temporary: Path, records: Path, kind: str) -> None:
    abandoned(temporary, records)
    (record,) = records.iterdir()
    aside = record.rename(records.parent / "aside")
    if kind == "pipe":
        os.mkfifo(record)
    elif kind == "folder":
        record.mkdir()
    else:
        record.symlink_to(aside if kind == "link" else record.name)
    remove_abandoned()
    assert len(list(temporary.iterdir())) == 1


@pytest.mark.parametrize("kind", ["file", "link that leads nowhere"])
def test_without_a_place_for_records_there_is_none(temporary: Path, records: Path, kind: str) -> None:
    if kind == "file":
        records.parent.write_text("")
    else:
        records.parent.symlink_to("/dev/null/nowhere")
    folder = CopyFolder()
    remove_abandoned()
    assert folder.path.exists()
    folder.remove()
    assert list(temporary.iterdir()) == []
