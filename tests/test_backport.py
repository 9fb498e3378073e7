"""PAM313: what a project says about its Pythons and about mock, and what that makes of its imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import Safety, Settings, migrate_paths
from codemods.semantics.pytest.projects.python_versions import lowest_python

MODERN = {"pyproject.toml": '[project]\nrequires-python = ">=3.8"\n'}
TEST = "import mock\n\n\ndef test_it():\n    mock.Mock()\n"


@pytest.mark.parametrize(
    ("specifier", "lowest"),
    [
        (">=3.8", (3, 8)),
        (">= 3.8, <4", (3, 8)),
        ("!=3.9.1,>=3.10,>=3.8", (3, 10)),
        (">3.7", (3, 7)),
        ("~=3.9", (3, 9)),
        ("^3.8.1", (3, 8, 1)),
        ("==3.11.*", (3, 11)),
        (">=2.7,!=3.0.*,!=3.1.*", (2, 7)),
        ("<4", None),
        ("PYTHONS,", None),
        (">={}", None),
        (">=3.8 || >=2.7", None),
        ("", None),
    ],
)
def test_the_lowest_python(specifier: str, lowest: tuple[int, ...] | None) -> None:
    assert lowest_python(specifier) == lowest


def _safeties(root: Path, files: dict[str, str]) -> list[Safety]:
    for name, text in {"test_it.py": TEST, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    report = migrate_paths([root / "test_it.py"], Settings(select=("PAM313",), jobs=1), first_round=True)
    assert not any(each.error for each in report.files)
    return [each.safety for each in report.findings]


@pytest.mark.parametrize(
    ("files", "safety"),
    [
        (MODERN, Safety.SAFE),
        ({"setup.cfg": "[options]\npython_requires = >=3.10\n"}, Safety.SAFE),
        ({"setup.py": "setup(\n    python_requires='~=3.9',\n)\n"}, Safety.SAFE),
        ({**MODERN, "setup.cfg": "[options]\npython_requires = >=3.9\n"}, Safety.SAFE),
        ({}, Safety.REVIEW),
        ({"setup.py": "setup(python_requires=PYTHONS)\n"}, Safety.REVIEW),
        ({"setup.py": "# python_requires='>=3.8'\nsetup()\n"}, Safety.REVIEW),
        ({"tox.ini": "[testenv]\npython_requires = >=3.8\n"}, Safety.REVIEW),
        ({**MODERN, "setup.py": "setup(python_requires=PYTHONS)\n"}, Safety.REVIEW),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.7"\n'}, None),
        ({**MODERN, "setup.cfg": "[options]\npython_requires = >=2.7\n"}, None),
        ({**MODERN, "requirements.txt": "mock==3.0.5\n"}, Safety.REVIEW),
        ({**MODERN, "requirements.txt": "mock>=2.0,<4\n"}, Safety.REVIEW),
        ({**MODERN, "requirements.txt": "mock<3.1\n"}, Safety.REVIEW),
        ({"pyproject.toml": 'requires-python = ">=3.8"\nmock = "^2"\n'}, Safety.REVIEW),
        ({**MODERN, "requirements.txt": "mock\n"}, Safety.SAFE),
        ({**MODERN, "requirements.txt": "mock>=2.0\n"}, Safety.SAFE),
        ({**MODERN, "requirements.txt": "mock==4.0.3\n"}, Safety.SAFE),
        ({**MODERN, "requirements.txt": "mock<5\n"}, Safety.SAFE),
        ({**MODERN, "requirements.txt": "mock<4.1\n"}, Safety.SAFE),
        ({**MODERN, "requirements.txt": "pytest-mock<4\n"}, Safety.SAFE),
        ({**MODERN, "mock.py": ""}, None),
        ({**MODERN, "src/mock/__init__.py": ""}, None),
        ({**MODERN, "tests/__init__.py": "", "tests/conftest.py": "", "tests/mock.py": ""}, None),
        ({**MODERN, "app/__init__.py": "", "app/mock.py": ""}, Safety.SAFE),
        ({**MODERN, "app/__init__.py": "", "app/mock/__init__.py": ""}, Safety.SAFE),
        ({**MODERN, "app/mocks.py": ""}, Safety.SAFE),
    ],
)
def test_what_the_project_says(files: dict[str, str], safety: Safety | None, tmp_path: Path) -> None:
    assert _safeties(tmp_path, files) == ([safety] if safety else [])


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("import mock\nmock.patch.object\n", "from unittest import mock\nmock.patch.object\n"),
        ("import mock\nx = 1\nprint(x, mock.ANY)\n", "from unittest import mock\nx = 1\nprint(x, mock.ANY)\n"),
        ("import mock\nfrom .mock import Mock\n", "from unittest import mock\nfrom .mock import Mock\n"),
        ("import mock as m\nm.version_info\n", None),
        ("import mock\nfrom unittest import mock\nmock.ANY\n", None),
        ("import mock as mock\n", "from unittest import mock\n"),
        ("import mock as m  # all\nm.ANY\n", "from unittest import mock as m  # all\nm.ANY\n"),
        ("from mock import Mock as M, patch\n", "from unittest.mock import Mock as M, patch\n"),
        (
            "from mock import (\n    Mock,  # one\n    call,\n)\n",
            "from unittest.mock import (\n    Mock,  # one\n    call,\n)\n",
        ),
        ("def f():\n    import mock\n    mock.Mock()\n", "def f():\n    from unittest import mock\n    mock.Mock()\n"),
        (
            "import mock\ndef f(mock):\n    return mock.x\n",
            "from unittest import mock\ndef f(mock):\n    return mock.x\n",
        ),
        ("import mock.mock\n", None),
        ("import os, mock\n", None),
        ("import mocks\nimport mock_it\nfrom mock.backports import iscoroutinefunction\n", None),
        ("from mock.mock import Mock\n", "from unittest.mock import Mock\n"),
        ("from mock import mock\nmock.Mock()\n", "from unittest import mock\nmock.Mock()\n"),
        ("from mock import mock\nmock._importer\n", None),
        ("from asyncmock import AsyncMock\n", "from unittest.mock import AsyncMock\n"),
        ("from asyncmock import AsyncCallableMixin\n", None),
        ("from asyncmock import AsyncMock\nAsyncMock(not_async=True)\n", None),
        ("from .mock import Mock\n", None),
        ("from . import mock\n", None),
        ("from mock import *\n", None),
        ("from mock import Mock, version_info\n", None),
        ("import mock\nmock.mock._importer\n", None),
        ("import mock\nmock.version_info\nmock.Mock\n", None),
        ("import mock\nprint(mock)\n", None),
        ("import mock\nmock = mock.Mock()\n", None),
        ("if True:\n    import mock\n", None),
        ("try:\n    import mock\nexcept ImportError:\n    from unittest import mock\n", None),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    import mock\n", None),
        ("import sys\nimport mock\nsys.modules['mock']\n", None),
        ("import mock\n\n\n@mock.patch('mock.Mock')\ndef test_it(m):\n    pass\n", None),
    ],
)
def test_what_becomes_of_an_import(source: str, after: str | None, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(MODERN["pyproject.toml"])
    (tmp_path / "test_it.py").write_text(source)
    report = migrate_paths([tmp_path], Settings(select=("PAM313",), unsafe=True, jobs=1))
    assert not any(each.error for each in report.files)
    assert [each.after.decode() for each in report.files] == [source if after is None else after]
