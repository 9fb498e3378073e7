"""Findings that need the index: the same in any order and with any number of jobs, and no word of this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import codemods.migration
from codemods import Safety, Settings, migrate_paths
from codemods.errors import UsageError
from codemods.report.json import document, render
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")

PROJECT = {
    "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
    "requirements.txt": "pytest-asyncio\n",
    "src/app/__init__.py": "from .service import Service\n",
    "src/app/client.py": """
        class Client:
            async def get(self):
                return 1
            def size(self):
                return 1
    """,
    "src/app/service.py": """
        from app.client import Client
        class Service:
            def __init__(self, client: Client):
                self.client = client
            async def load(self):
                return await self.client.get()
    """,
    "tests/conftest.py": """
        import pytest
        from app import Service
        from app.client import Client
        @pytest.fixture
        def service():
            return Service(Client())
    """,
    "tests/test_a_argument.py": """
        from unittest.mock import Mock
        from app import Service
        async def test_it():
            client = Mock()
            client.get = Mock(return_value=1)
            assert await Service(client).load() == 1
    """,
    "tests/test_b_fixture.py": """
        from unittest.mock import Mock
        async def test_it(service):
            service.client.get = Mock(return_value=1)
            assert await service.load() == 1
    """,
    "tests/test_c_patch.py": """
        from unittest.mock import Mock, patch
        from app import Service
        from app.client import Client
        async def test_it():
            with patch("app.client.Client.get", new=Mock(return_value=1)):
                assert await Service(Client()).load() == 1
    """,
    "tests/test_d_library.py": """
        from unittest.mock import Mock, patch
        def test_it():
            with patch("asyncio.open_connection", new=Mock(return_value=(1, 2))):
                pass
    """,
}
EVIDENCE = {
    "tests/test_a_argument.py": {"src/app/client.py:2"},
    "tests/test_b_fixture.py": {"src/app/client.py:2"},
    "tests/test_c_patch.py": {"src/app/client.py:2"},
    "tests/test_d_library.py": {"asyncio/streams.py"},
}


def _report(root: Path, jobs: int) -> dict[str, Any]:
    found = migrate_paths([root], Settings(jobs=jobs))
    assert all(each.before != each.after for each in found.files if each.path in EVIDENCE)
    parsed: dict[str, Any] = json.loads(render(document(found)))
    parsed["files"].sort(key=lambda each: each["path"])
    return parsed


def test_evidence_of_other_files_is_in_the_report(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    report = _report(tmp_path, 1)
    shown = {each["path"]: json.dumps(each["findings"]) for each in report["files"]}
    assert {path: {each for each in places if each in shown[path]} for path, places in EVIDENCE.items()} == EVIDENCE
    places = [each for file in report["files"] for found in file["findings"] for each in found["evidence"]]
    assert {f"{each['path']}:{each['line']}" for each in places} >= {"src/app/service.py:6", "src/app/client.py:2"}


@pytest.mark.parametrize("environment", ["none", "inside", "active"])
def test_nothing_of_this_machine_is_in_the_report(
    environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    write(root, PROJECT)
    if environment != "none":
        folder = root / ".venv" if environment == "inside" else tmp_path / "elsewhere"
        write(folder, {
            "lib/python3.11/site-packages/a.py": "",
            "pyvenv.cfg": f"home = {tmp_path}/python/bin\n",
        })  # fmt: skip
        write(tmp_path, {
            "python/lib/python3.11/asyncio/__init__.py": "from .streams import *\n",
            "python/lib/python3.11/asyncio/streams.py": "async def open_connection():\n    return 1\n",
        })  # fmt: skip
    if environment == "active":
        monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "elsewhere"))
    text = json.dumps(_report(root, 1))
    assert "asyncio/streams.py" in text
    for each in (str(tmp_path), sys.prefix, sys.base_prefix, str(Path.home())):
        assert each not in text


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_and_the_jobs_change_nothing(
    jobs: int, reverse: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, PROJECT)
    expected = _report(tmp_path, 1)
    discover = codemods.migration.discover
    order = (lambda found: found[::-1]) if reverse else (lambda found: found)
    monkeypatch.setattr(codemods.migration, "discover", lambda *args: order(list(discover(*args))))
    assert _report(tmp_path, jobs) == expected
    assert expected["summary"]["findings"] >= len(EVIDENCE)


@pytest.mark.parametrize("given", ["environment", "environment/bin/python"])
def test_the_packages_of_a_given_python_are_read(given: str, tmp_path: Path) -> None:
    write(tmp_path, {
        "environment/pyvenv.cfg": "",
        "environment/bin/python": "",
        "environment/lib/python3.12/site-packages/library.py": "async def fetch(): ...\n",
        "project/requirements.txt": "pytest-asyncio\n",
        "project/test_it.py": """
            import asyncio
            from unittest.mock import Mock, patch
            with patch("library.fetch", Mock(return_value=1)):
                assert asyncio
        """,
    })  # fmt: skip
    (tmp_path / "environment/bin/python").chmod(0o755)
    project = tmp_path / "project"
    found = migrate_paths([project], Settings(python=tmp_path / given)).findings
    assert [each.evidence[0].path for each in found] == ["library.py"]
    assert not migrate_paths([project], Settings()).findings


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: no such file or environment"):
        migrate_paths([tmp_path], Settings(python=tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("requires", "version", "safety"),
    [
        ("", "3.9", Safety.REVIEW),
        ("", "3.12", Safety.SAFE),
        ("", "3.13t", Safety.SAFE),
        ("requires-python = '>=3.10'", "3.9", Safety.SAFE),
        ("requires-python = '>=3.8'", "3.12", Safety.REVIEW),
    ],
)
def test_the_version_of_a_given_python_counts_where_none_is_stated(
    requires: str, version: str, safety: Safety, tmp_path: Path
) -> None:
    write(tmp_path, {
        f"environment/lib/python{version}/site-packages/library.py": "",
        "project/pyproject.toml": f"[project]\n{requires}\n",
        "project/test_it.py": "import asyncio\n\nasync def helper(loop):\n    await asyncio.sleep(0, loop=loop)\n",
    })  # fmt: skip
    (found,) = migrate_paths([tmp_path / "project"], Settings(python=tmp_path / "environment")).findings
    assert (found.code, found.safety) == ("PAM712", safety)
    assert ("the tests' Python 3.9 lets older ones in" in found.message) == (safety is Safety.REVIEW and not requires)
