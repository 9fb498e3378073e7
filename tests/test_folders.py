"""Where the tool keeps what isn't the project's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemods.folders import cache_folder, state_folder


def test_a_named_folder_goes_before_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "c"))
    monkeypatch.setenv("CODEMODS_STATE_DIR", str(tmp_path / "s"))
    assert (cache_folder(), state_folder()) == (tmp_path / "c", tmp_path / "s")


@pytest.mark.skipif(sys.platform != "linux", reason="each platform has its own")
def test_the_platforms_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CODEMODS_CACHE_DIR", "CODEMODS_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert (cache_folder(), state_folder()) == (tmp_path / "c" / "codemods", tmp_path / "s" / "codemods")
