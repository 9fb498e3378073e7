"""Suites of fixtures made by chance, as pytest itself binds them at collection and as the model does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fixture_oracle import Comparison, collected, compared
from random_suites import RandomSuite
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")
SEEDS = range(20 if "TEST_EVERYTHING" in os.environ else 2)


def comparison(root: Path, files: dict[str, str]) -> Comparison:
    write(root, {"requirements.txt": "pytest-asyncio\n", **files})
    return compared(root, sys.executable, collected(root, sys.executable))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_binds_as_pytest_does(seed: int, tmp_path: Path) -> None:
    suite = RandomSuite(seed)
    files = {path: text for index in range(30) for path, text in suite.project(index).items()}
    found = comparison(tmp_path, {"pytest.ini": suite.configuration(), **files})
    assert found.tests > 100
    assert len(found.unknown) < 0.01 * sum(found.answers.values())
    assert not found.differences, "\n".join(each.line() for each in found.differences[:10])
