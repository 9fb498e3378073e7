"""The benchmark of speed chooses the same files everywhere, and lets what it compares take turns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import page
from speed.corpora import Repositories, python_files
from speed.rows import Bench, Row
from speed.running import pairs, run


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    for number in range(40):
        path = tmp_path / "all" / f"repository_{number % 3}" / f"test_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{'async ' if number % 2 else ''}def test():\n" + "    pass\n" * 20)
    return Repositories(tmp_path / "all", tmp_path / "scratch")


def test_corpus_is_the_same_again_with_its_share_of_async_files(repositories: Repositories, tmp_path: Path) -> None:
    corpus = repositories.corpus(8)
    again = Repositories(repositories.folder, tmp_path / "other").corpus(8)
    files = [path.relative_to(corpus) for path in python_files(corpus)]
    assert sorted(files) == sorted(path.relative_to(again) for path in python_files(again))
    assert [path.read_text().startswith("async") for path in python_files(corpus)].count(True) == 2
    assert len(files) == 8
    assert (corpus / "pyproject.toml").exists()


def test_turns() -> None:
    turns: list[str] = []
    taken = pairs(lambda: turns.append("A") or 4.0, lambda: turns.append("B") or 2.0, 2)  # type: ignore[func-returns-value]
    assert (turns, taken.ratio, taken.n) == (["A", "B"] * 3, 2.0, 2)


def test_unexpected_end_is_an_error_with_what_was_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 7: so it is"):
        run([sys.executable, "-c", "import sys; sys.stderr.write('so it is'); sys.exit(7)"], tmp_path)


def test_page_says_what_holds(repositories: Repositories) -> None:
    rows = [Row("fast", 1.0, 3, 2.0), Row("slow", 3.0, 3, 2.0), Row("worth it", 1.7, 3, 1.6, least=True)]
    written = page(Bench(repositories, 3, 1000), rows)
    assert (
        "| fast | ≤ 2 | 1 | yes | 3 |\n| slow | ≤ 2 | 3 | **no** | 3 |\n| worth it | ≥ 1.6 | 1.7 | yes | 3 |" in written
    )
    assert str(repositories.folder) not in written
