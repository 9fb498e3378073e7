"""What pytest says of a mini-project, run for real in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cases import Case

_WITHOUT = ("xdist", "xdist.looponfail", "hypothesispytest")
"""Plugins that no case needs; they take twice as long to import as all else."""
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")


def outcomes(case: Case, folder: Path) -> dict[str, int]:
    """Return how many tests passed, failed and so on in ``folder``, laid over the project's files as they were."""
    with TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(case.before, root, dirs_exist_ok=True)
        shutil.copytree(folder, root, dirs_exist_ok=True)
        return run_pytest(root)


def run_pytest(root: Path) -> dict[str, int]:
    """Run pytest in ``root`` and count the outcomes of its last line."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(root),
        "--tb=no",
        *(word for name in _WITHOUT for word in ("-p", f"no:{name}")),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False)
    last = done.stdout.strip().rpartition("\n")[2]
    found = {("error" if word.startswith("error") else word): int(count) for count, word in _COUNT.findall(last)}
    return dict(sorted(found.items()))
