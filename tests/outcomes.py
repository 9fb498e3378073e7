"""What pytest says of a mini-project, run for real in a process of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from cases import Case
from pytest_run import pytest_output

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")


def outcomes(case: Case, folder: Path) -> dict[str, int]:
    """Return how many tests passed, failed and so on in ``folder``, laid over the project's files as they were."""
    with TemporaryDirectory() as name:
        root = Path(name, "project")
        shutil.copytree(case.before, root)
        shutil.copytree(folder, root, dirs_exist_ok=True)
        last = pytest_output(root, Path(name, "log")).strip().rpartition("\n")[2]
    found = {("error" if word.startswith("error") else word): int(count) for count, word in _COUNT.findall(last)}
    return dict(sorted(found.items()))
