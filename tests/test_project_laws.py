"""What holds for any project: where it lies, and what stands beside it, says nothing of its own files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cases import CASES, RULE, Case, migrate_copy
from codemods import Report, migrate_paths
from samples import ALL

_FIXTURE = re.compile(r"fixture\b[^\n]*\n(?:\s*@[^\n]*\n)*\s*(?:async )?def (\w+)")
_EVERY = 1 if ALL or RULE else 12
"""Of so many cases one is taken on a push."""
SOME = [case for case in CASES[::_EVERY] if not case.options.get("root")]

pytestmark = pytest.mark.usefixtures("no_environment")


def found(report: Report) -> list[tuple[str, str, int, str, str]]:
    return [
        (each.path, each.code, each.span.line, each.safety.value, each.message)
        for each in report.findings
        if not each.path.startswith("unrelated/")
    ]


def fixtures_in(folder: Path) -> set[str]:
    texts = (path.read_text("utf-8", "replace") for path in folder.rglob("*.py"))
    return {name for text in texts for name in _FIXTURE.findall(text)}


@pytest.mark.parametrize("case", SOME, ids=str)
def test_a_fixture_of_the_same_name_beside_it(case: Case, tmp_path: Path) -> None:
    """A folder beside the tests has sync fixtures of all their names, and tests that use them."""
    expected = found(migrate_copy(case, tmp_path / "alone"))
    shutil.copytree(case.before, tmp_path / "beside")
    folder = tmp_path / "beside" / "unrelated"
    folder.mkdir()
    names = sorted(fixtures_in(case.before))
    made = (f"@pytest.fixture\ndef {name}():\n    return object()\n" for name in names)
    (folder / "conftest.py").write_text("\n\n".join(("import pytest\n", *made)))
    used = (f"def test_{name}({name}):\n    assert {name}\n" for name in names)
    (folder / "test_unrelated.py").write_text("\n\n".join(used))
    assert found(migrate_paths([tmp_path / "beside"], case.settings)) == expected


@pytest.mark.parametrize("case", SOME, ids=str)
def test_where_it_lies(case: Case, tmp_path: Path) -> None:
    expected = found(migrate_copy(case, tmp_path / "plain"))
    assert found(migrate_copy(case, tmp_path / "a@b" / "deeper" / "().await|x")) == expected
