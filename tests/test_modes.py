"""PAM611 and PAM613 undo each other, and a suite that PAM613 has made explicit runs in strict mode, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cases import CASES, Case
from codemods import Settings, UsageError, migrate_paths, write_changes
from codemods.rules import registrations
from codemods.selection import Selection
from pytest_run import pytest_output

pytestmark = pytest.mark.usefixtures("no_environment")
ROUND_TRIPS = [case for case in CASES if str(case) in {f"PAM611/{name}" for name in ("all-places", "names-of-its-own")}]
EXPLICIT = [
    case
    for case in CASES
    if str(case) in {f"PAM613/{name}" for name in ("all-places", "mixed-in", "scopes-of-a-class")}
]


def _migrate(folder: Path, code: str) -> None:
    write_changes(migrate_paths([folder], Settings(select=(code,), unsafe=True, jobs=1)), allow_dirty=True)


def _outcome(folder: Path, log: Path) -> list[str]:
    counts = pytest_output(folder, log).strip().rpartition("\n")[2].partition(" in ")[0].split(", ")
    return [each for each in counts if "warning" not in each]  # of a mark that covers sync tests, too


def _set_mode(folder: Path, old: str, new: str) -> None:
    for path in folder.glob("*.*"):
        if path.suffix in (".ini", ".toml"):
            path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("case", [*ROUND_TRIPS, *EXPLICIT], ids=str)
def test_a_round_trip(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(case.before, folder)
    before = _outcome(folder, tmp_path / "before")
    codes = ("PAM611", "PAM613") if case in ROUND_TRIPS else ("PAM613", "PAM611", "PAM613")
    for code in codes:
        _migrate(folder, code)
        assert _outcome(folder, tmp_path / code) == before
    _set_mode(folder, "auto", "strict")
    assert _outcome(folder, tmp_path / "strict") == before


def _selected(*words: str) -> set[str]:
    return {each.code for each in Selection(Settings(select=words), registrations()).project_rules}


def test_only_their_full_codes_select_them() -> None:
    assert not {"PAM611", "PAM613"} & (_selected("ALL") | _selected("PAM6") | _selected("PAM61"))
    assert _selected("PAM611") == {"PAM611"}
    assert {"PAM613", "PAM601"} <= _selected("ALL", "PAM613")


def test_both_at_once_are_refused() -> None:
    with pytest.raises(UsageError, match="PAM611 and PAM613 undo each other"):
        _selected("PAM611", "PAM613")
    assert Selection(Settings(select=("PAM611", "PAM613"), ignore=("PAM613",)), registrations()).selects("PAM611")


def test_the_default_mode_is_not_written_beside_auto_mode() -> None:
    assert _selected("PAM601", "PAM611") == {"PAM611"}
    assert _selected("PAM601") == {"PAM601"}
