"""A new import goes where isort, or ruff's rule I, would put it by the settings of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.model import Fix, Import
from codemods.rewrite.imports import place_imports
from codemods.semantics.pytest.projects.evidence import import_settings
from codemods.semantics.pytest.projects.project import Project

BELOW = "\n\ndef test_it():\n    pass\n"
SETTINGS = {
    "none": ("pyproject.toml", ""),
    "within sections": ("pyproject.toml", "[tool.isort]\nforce_sort_within_sections = true\n"),
    "within sections, ruff": ("ruff.toml", "[lint.isort]\nforce-sort-within-sections = true\n"),
    "single lines": (".isort.cfg", "[settings]\nprofile = google\n"),
    "known": ("setup.cfg", "[flake8]\nmax-line-length = 99\n\n[isort]\nknown_first_party = pytest,\n    app\n"),
    "known, ruff": ("pyproject.toml", '[tool.ruff.lint.isort]\nknown-first-party = ["pytest"]\n'),
    "joined": ("tox.ini", "[isort]\nno_lines_before = FIRSTPARTY\n"),
    "lines after": (
        "pyproject.toml",
        "[tool.ruff]\nline-length = 99\n[tool.ruff.lint.isort]\nlines-after-imports = 3\n",
    ),
    "from first": ("ruff.toml", "[lint.isort]\nfrom-first = true\n"),
    "between forms": ("pyproject.toml", "[tool.isort]\nlines_between_types = 1\n"),
    "own section": (
        "pyproject.toml",
        '[tool.isort]\nknown_testing = ["pytest"]\nsections = ["STDLIB", "THIRDPARTY", "TESTING", "FIRSTPARTY"]\n',
    ),
    "sources": ("pyproject.toml", '[tool.isort]\nsrc_paths = ["lib"]\n'),
    "broken": ("pyproject.toml", "[tool.isort]\nprofile = \n"),
}
CASES = [
    ("none", "pytest", "import os\n\nfrom app import main\n", "import os\n\nimport pytest\n\nfrom app import main\n"),
    ("none", "pytest", "from app import main\n", "import pytest\n\nfrom app import main\n"),
    ("none", "pytest", "from helpers import main\n", "import pytest\nfrom helpers import main\n"),
    ("none", "pytest", "from .helpers import main\n", "import pytest\n\nfrom .helpers import main\n"),
    ("none", "asyncio", "import pytest\n\nimport app\n", "import asyncio\n\nimport pytest\n\nimport app\n"),
    (
        "none",
        "pytest_asyncio",
        "import pytest\nfrom httpx import get\n",
        "import pytest\nimport pytest_asyncio\nfrom httpx import get\n",
    ),
    (
        "none",
        "pytest_asyncio",
        "import pytest\nimport app\nimport os\n",
        "import pytest\nimport pytest_asyncio\nimport app\nimport os\n",
    ),
    ("none", "pytest", '"""Tests."""\n', '"""Tests."""\n\nimport pytest\n'),
    (
        "within sections",
        "pytest",
        "from httpx import get\nimport yaml\n",
        "from httpx import get\nimport pytest\nimport yaml\n",
    ),
    (
        "within sections, ruff",
        "pytest",
        "from httpx import get\nimport yaml\n",
        "from httpx import get\nimport pytest\nimport yaml\n",
    ),
    (
        "single lines",
        "AsyncMock",
        "from unittest.mock import Mock\n",
        "from unittest.mock import AsyncMock\nfrom unittest.mock import Mock\n",
    ),
    ("none", "AsyncMock", "from unittest.mock import Mock\n", "from unittest.mock import AsyncMock, Mock\n"),
    ("known", "pytest", "import yaml\n\nimport app\n", "import yaml\n\nimport app\nimport pytest\n"),
    ("known, ruff", "pytest", "import yaml\n\nimport app\n", "import yaml\n\nimport app\nimport pytest\n"),
    ("joined", "pytest", "import app\n", "import pytest\nimport app\n"),
    ("joined", "asyncio", "import pytest\nimport app\n", "import asyncio\n\nimport pytest\nimport app\n"),
    ("joined", "asyncio", "import app\n", "import asyncio\n\nimport app\n"),
    ("from first", "pytest", "from httpx import get\n", "from httpx import get\nimport pytest\n"),
    ("between forms", "pytest", "from httpx import get\n", "import pytest\n\nfrom httpx import get\n"),
    ("own section", "pytest", "import yaml\n\nimport app\n", "import yaml\n\nimport pytest\n\nimport app\n"),
    ("sources", "pytest", "import app\nimport inner\n", "import app\nimport pytest\nimport inner\n"),
    ("sources", "pytest", "import inner\n", "import pytest\n\nimport inner\n"),
    ("broken", "pytest", "import os\n\nimport app\n", "import os\n\nimport pytest\n\nimport app\n"),
]


@pytest.mark.parametrize(("settings", "wanted", "before", "after"), CASES)
def test_where_an_import_goes(settings: str, wanted: str, before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").touch()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "inner.py").touch()
    file, text = SETTINGS[settings]
    found = import_settings(file, text.encode())
    project = Project(tmp_path, import_settings=((file, found),) if found else ())
    request = Import("unittest.mock", wanted) if wanted == "AsyncMock" else Import(wanted)
    assert place_imports("tests/test_it.py", before + BELOW, [Fix((), (request,))], project) == after + BELOW


@pytest.mark.parametrize("head", ["", '"""Tests."""\n'])
@pytest.mark.parametrize(("settings", "lines"), [("none", 2), ("lines after", 3)])
def test_the_lines_behind_the_first_import(settings: str, lines: int, head: str) -> None:
    project = Project(Path(), import_settings=(SETTINGS[settings],))
    placed = place_imports("tests/test_it.py", head + BELOW.lstrip(), [Fix((), (Import("pytest"),))], project)
    gap = "\n" if head else ""
    assert placed == f"{head}{gap}import pytest\n" + "\n" * lines + BELOW.lstrip()


def test_the_nearest_settings_count(tmp_path: Path) -> None:
    settings = (
        ("ruff.toml", "[lint.isort]\nforce-sort-within-sections = true\n"),
        ("tests/ruff.toml", "[lint.isort]\nfrom-first = true\n"),
        ("other/ruff.toml", "[lint.isort]\nforce-single-line = true\n"),
    )
    project = Project(tmp_path, import_settings=settings)
    before = f"from httpx import get\nfrom yaml import load\n{BELOW}"
    placed = place_imports("tests/test_it.py", before, [Fix((), (Import("pytest"),))], project)
    assert placed == f"from httpx import get\nfrom yaml import load\nimport pytest\n{BELOW}"
