from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.docs import documents, main, stale
from codemods.rules import all_rules

ROOT = Path(__file__).parents[1]
CODES = {rule.code for rule in all_rules()}


def test_the_docs_are_fresh() -> None:
    assert [str(path.relative_to(ROOT)) for path in stale(ROOT)] == [], "run: make docs"


def test_every_place_has_the_same_codes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} == CODES
    assert set(re.findall(r"^\| \[(PAM\d{3})\]", readme, re.MULTILINE)) == CODES
    assert {path.name for path in (ROOT / "fixtures").glob("PAM*")} == CODES
    assert set(re.findall(r"PAM\d{3}", changelog)) == CODES


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_has_a_whole_page(rule: object) -> None:
    page = documents(ROOT)[ROOT / "docs" / "rules" / f"{rule.code}.md"]  # type: ignore[attr-defined]
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == ["What it does", "Why", "Safety", "References", "Examples"]
    assert "Left alone:" in page


def test_it_writes_and_removes_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "README.md").write_text("# A\n\n<!-- rules -->\nold\n<!-- /rules -->\n\nrest\n")
    (tmp_path / "docs" / "rules").mkdir(parents=True)
    gone = tmp_path / "docs" / "rules" / "PAM000.md"
    gone.write_text("gone")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["docs", "--check"])
    assert main() == 1
    assert gone.exists()
    monkeypatch.setattr(sys, "argv", ["docs"])
    assert main() == 0
    assert not gone.exists()
    assert (tmp_path / "README.md").read_text().endswith("<!-- /rules -->\n\nrest\n")
    assert stale(tmp_path) == []


def test_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "codemods.docs", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0
