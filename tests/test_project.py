from __future__ import annotations

import pickle
from collections.abc import Iterable
from pathlib import Path

import pytest

from codemods.errors import FileError
from codemods.model import Evidence
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.projects.evidence import is_evidence
from codemods.semantics.pytest.projects.project import Project, scan
from codemods.semantics.pytest.projects.projects import Projects
from codemods.semantics.pytest.scope import Scope


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def scanned(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return scan(root)


def test_an_empty_project_says_nothing(tmp_path: Path) -> None:
    assert scan(tmp_path) == Project(tmp_path)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("trio", "import trio"),
        ("trio", "import os, trio"),
        ("trio", "from trio.abc import TaskGroup"),
        ("trio", "    import trio"),
        ("anyio", "pytestmark = pytest.mark.anyio"),
        ("anyio", "def test_a(anyio_backend): ..."),
        ("anyio", "    anyio_backend: str,"),
        ("trio", "from pytest_trio import trio_fixture"),
        ("trio", "@pytest.mark.trio"),
        ("twisted", "from twisted.internet import defer"),
        ("twisted", "pytest_plugins = ['pytest_twisted']"),
        ("tornado", "import tornado.testing"),
        ("tornado", "@pytest.mark.gen_test"),
        ("tornado", "pytest_plugins = 'pytest_tornasync'"),
        ("aiohttp", "pytest_plugins = 'pytest_aiohttp'"),
        ("aiohttp", "from aiohttp.pytest_plugin import AiohttpClient"),
        ("aiohttp", "async def test_a(aiohttp_client): ..."),
        ("curio", "import curio"),
        ("asynctest", "import asynctest"),
        ("cooperative", "@pytest.mark.asyncio_cooperative"),
    ],
)
def test_tests_name_a_runner(tmp_path: Path, name: str, line: str) -> None:
    found = scanned(tmp_path, {"tests/test_a.py": f"x = 1\n{line}\n"})
    assert found.runners == {name: Evidence("tests/test_a.py", 2, line.strip())}


@pytest.mark.parametrize(
    "line",
    [
        "# import anyio",
        "x = 1  # see anyio_backend, pytest.mark.trio",
        '"""Uses anyio_backend and pytest.mark.anyio."""',
        'FILE = """\nimport trio\n@pytest.mark.anyio\n"""',
        "pytester.makepyfile(f'''\nimport trio\n{x}\n''')",
        "import anyio",  # a library that any runner may use
        "from my_anyio import x",
        "import anyio_utils, curiosity, triode",
        "URL = 'https://docs.example.org/trio/curio'",
        "import aiohttp",
        "from aiohttp import web",
        "def aiohttp_client(): ...",
        "async def aiohttp_server(): ...",
        "@pytest.mark.anyio_like",
    ],
)
def test_a_mere_word_names_nothing(tmp_path: Path, line: str) -> None:
    found = scanned(tmp_path, {"tests/test_a.py": f"{line}\n"})
    assert (found.runners, found.auto_runners, found.pytest_asyncio) == ({}, {}, None)


def test_a_file_that_does_not_parse_still_names(tmp_path: Path) -> None:
    found = scanned(tmp_path, {"tests/test_a.py": "import trio\nprint 'x'\n"})
    assert set(found.runners) == {"trio"}


def test_what_the_library_imports_names_no_runner(tmp_path: Path) -> None:
    files = {"src/app.py": "import anyio\nimport trio\nimport aiohttp\n", "conftest.py": ""}
    found = scanned(tmp_path, {**files, "tests/conftest.py": "", "tests/helper.py": "import curio\n"})
    assert set(found.runners) == {"curio"}
    assert found.libraries == {"anyio", "trio", "aiohttp", "curio"}


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("requirements-dev.txt", "pytest\npytest-trio>=0.7\n", "trio"),
        ("requirements/test.in", "\npytest_twisted\n", "twisted"),
        ("pyproject.toml", "[project]\ndev = ['pytest-tornado']\n", "tornado"),
        ("setup.py", "x = 1\nsetup(tests_require=['pytest-tornasync'])\n", "tornado"),
        ("tox.ini", "[testenv]\ndeps = pytest-aiohttp==1.0\n", "aiohttp"),
        (".github/workflows/ci.yml", "x:\n  - run: pip install pytest-curio pytest\n", "curio"),
        ("pytest.ini", "[pytest]\naddopts = -p anyio\n", "anyio"),
        ("pytest.ini", "[pytest]\nanyio_mode = strict\n", "anyio"),
        ("Pipfile", "[dev-packages]\npytest-asyncio-cooperative = '*'\n", "cooperative"),
    ],
)
def test_configuration_names_a_runner(tmp_path: Path, file: str, text: str, name: str) -> None:
    found = scanned(tmp_path, {file: text})
    assert found.runners == {name: Evidence(file, 2, text.splitlines()[1].strip())}
    assert found.pytest_asyncio is None or name == "aiohttp"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "# pytest-trio\n-r more.txt  # for pytest-asyncio\n"),
        ("requirements.txt", "my-pytest-asyncio\npytest-asyncio-extras\npytest-trio-tools\n"),
        ("pyproject.toml", "[project]\ndescription = 'Runs beside pytest-asyncio and pytest-trio'\n"),
        ("pyproject.toml", "[project.urls]\nhome = 'https://example.org/pytest-dev/pytest-asyncio'\n"),
        ("setup.cfg", "; pytest-asyncio\n"),
        ("poetry.lock", "name = 'pytest-asyncio'\n"),
        ("notes.txt", "pytest-asyncio\n"),
        ("requirements.txt", "anyio>=4\ntrio\n"),
    ],
)
def test_a_comment_or_an_address_in_configuration_names_nothing(tmp_path: Path, file: str, text: str) -> None:
    assert scanned(tmp_path, {file: text}) == Project(tmp_path)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "pytest-asyncio==0.21\n"),
        ("requirements_test.txt", "pytest_asyncio\n"),
        ("dev-requirements/tests.in", "pytest-asyncio==0.20.1\n"),
        ("constraints.txt", "pytest-asyncio[docs]>=0.21 ; python_version > '3'\n"),
        ("pyproject.toml", "pytest-asyncio = '^0.21'\n"),
        ("setup.py", "setup(tests_require=['pytest', 'pytest-asyncio<1'])\n"),
        ("noxfile.py", "session.install('pytest-asyncio')\n"),
        ("environment.yml", "- conda-forge::pytest-asyncio\n"),
        (".gitlab-ci.yml", "- pip install pytest pytest-asyncio pytest-cov\n"),
        ("pytest.ini", "asyncio_mode = strict\n"),
        ("setup.cfg", "asyncio_default_fixture_loop_scope = function\n"),
        ("requirements.txt", "pytest-aiohttp\n"),
        ("requirements.txt", "pytest-aiohttp>=1.0.4\n"),
        ("tests/test_a.py", "import pytest_asyncio\n"),
        ("tests/test_a.py", "@pytest.mark.asyncio\n"),
        ("tests/conftest.py", "pytest_plugins = ('pytest_asyncio',)\n"),
    ],
)
def test_the_project_has_pytest_asyncio(tmp_path: Path, file: str, text: str) -> None:
    if file == "pytest.ini":
        text = f"[pytest]\n{text}"
    found = scanned(tmp_path, {file: text})
    assert found.pytest_asyncio == Evidence(file, text.count("\n"), text.splitlines()[-1])


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("pytest.ini", "[pytest]\nanyio_mode = auto\n", "anyio"),
        ("pyproject.toml", "[tool.pytest.ini_options]\nanyio_mode = 'auto'\n", "anyio"),
        ("pytest.ini", "[pytest]\ntrio_mode = true\n", "trio"),
        ("pyproject.toml", "[tool.pytest]\ntrio_mode = true\n", "trio"),
        ("tests/conftest.py", "x = 1\nfrom pytest_trio.enable_trio_mode import *\n", "trio"),
        ("conftest.py", "x = 1\npytest_plugins = ['aiohttp.pytest_plugin']\n", "aiohttp"),
        ("pytest.ini", "[pytest]\naddopts = -p aiohttp.pytest_plugin\n", "aiohttp"),
        ("requirements.txt", "pytest\npytest-aiohttp==0.3.0\n", "aiohttp"),
        ("requirements.txt", "pytest\npytest-aiohttp<1\n", "aiohttp"),
        ("requirements.txt", "pytest\npytest-aiohttp >=0.3, <1.0\n", "aiohttp"),
        ("pyproject.toml", "x = 1\npytest-aiohttp = '^0.3'\n", "aiohttp"),
        ("requirements.txt", "pytest\npytest-tornasync\n", "tornasync"),
        ("requirements.txt", "pytest\nalt-pytest-asyncio\n", "alt-pytest-asyncio"),
    ],
)
def test_something_runs_coroutines_by_itself(tmp_path: Path, file: str, text: str, name: str) -> None:
    found = scanned(tmp_path, {file: text})
    assert found.auto_runners == {name: Evidence(file, 2, text.splitlines()[1])}


@pytest.mark.parametrize(
    "text",
    [
        "pytest-aiohttp\n",
        "pytest-aiohttp>=1\n",
        "pytest-aiohttp>=0.3\n",
        "pytest-aiohttp==1.0.5\n",
        "pytest-aiohttp<1.1\n",
        "aiohttp<1\n",
    ],
)
def test_pytest_aiohttp_runs_none_since_its_first_version(tmp_path: Path, text: str) -> None:
    found = scanned(tmp_path, {"requirements.txt": text})
    assert found.auto_runners == {}
    assert (found.pytest_asyncio is not None) is text.startswith("pytest")


@pytest.mark.parametrize(
    ("hook", "body", "name"),
    [
        ("pytest_pyfunc_call", "if iscoroutinefunction(f):\n        run(f)", "pytest_pyfunc_call"),
        ("pytest_pycollect_makeitem", "return asyncio.run(x)", "pytest_pycollect_makeitem"),
        ("pytest_pycollect_makeitem", "pytest.mark.asyncio(x)", None),
        ("pytest_pycollect_makeitem", "mark.asyncio(x)\n    x.obj = run(x.obj)", "pytest_pycollect_makeitem"),
        ("pytest_pyfunc_call", "print('a call')", None),
        ("pytest_collection_modifyitems", "i.add_marker(pytest.mark.anyio)", "anyio"),
        ("pytest_collection_modifyitems", "i.add_marker('trio')", "trio"),
        ("pytest_collection_modifyitems", "i.add_marker(pytest.mark.asyncio)", None),
        ("pytest_collection_modifyitems", "items.sort()  # anyio last", None),
    ],
)
def test_a_hook_runs_coroutines(tmp_path: Path, hook: str, body: str, name: str | None) -> None:
    text = f"import x\ndef {hook}(items):\n    {body}\n\nasync def other(): ...\n"
    found = scanned(tmp_path, {"tests/conftest.py": text})
    expected = {name: Evidence("tests/conftest.py", 2, f"def {hook}(items):")} if name else {}
    assert found.auto_runners == expected


@pytest.mark.parametrize(
    ("file", "text", "mode"),
    [
        ("tox.ini", "[testenv]\ncommands = pytest --asyncio-mode=auto\n", "auto"),
        ("Makefile", "test:\n\tpytest --asyncio-mode auto\n", "auto"),
        ("noxfile.py", "x = 1\nsession.run('pytest', '--asyncio-mode=auto')\n", "auto"),
        ("noxfile.py", "x = 1\nsession.run('pytest', '--asyncio-mode', 'strict')\n", "strict"),
        (".github/workflows/a.yml", "x:\n  run: pytest -o asyncio_mode=auto\n", "auto"),
        ("scripts/test.sh", "\npytest --asyncio-mode=legacy\n", "auto"),
        ("justfile", "test:\n  pytest --asyncio-mode=auto\n", "auto"),
        ("conftest.py", "x = 1\nconfig.option.asyncio_mode = 'auto'\n", "auto"),
    ],
)
def test_a_command_line_forces_the_mode(tmp_path: Path, file: str, text: str, mode: str) -> None:
    found = scanned(tmp_path, {file: text})
    assert (found.mode, found.mode_evidence) == (mode, Evidence(file, 2, text.splitlines()[1].strip()))


def test_auto_is_believed_before_strict(tmp_path: Path) -> None:
    files = {"a.sh": "pytest --asyncio-mode=strict\n", "b.sh": "pytest --asyncio-mode=auto\n"}
    found = scanned(tmp_path, {**files, "c.sh": "pytest --asyncio-mode=strict\n"})
    assert (found.mode, found.mode_evidence) == ("auto", Evidence("b.sh", 1, "pytest --asyncio-mode=auto"))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("examples/pytest.ini", "[pytest]\naddopts = --asyncio-mode=auto\n"),
        ("examples/pyproject.toml", "[tool.pytest.ini_options]\naddopts = [\n  '--asyncio-mode=auto',\n]\n"),
        ("examples/setup.cfg", "[tool:pytest]\naddopts =\n  -v\n  --asyncio-mode=auto\n"),
        ("tests/test_a.py", "pytester.runpytest('--asyncio-mode=auto')\n"),
        ("a.sh", "# pytest --asyncio-mode=auto\n"),
        ("src/app.py", "config.option.asyncio_mode = 'auto'\n"),
    ],
)
def test_the_mode_of_another_suite_forces_nothing(tmp_path: Path, file: str, text: str) -> None:
    assert scanned(tmp_path, {file: text}).mode is None


def test_ignored_files_say_nothing(tmp_path: Path) -> None:
    files = {".gitignore": "out/\n", "out/test_a.py": "import trio\n", ".tox/conftest.py": "import trio\n"}
    assert scanned(tmp_path, files) == Project(tmp_path)


def test_each_file_is_read_once_and_one_that_cannot_be_is_passed_over(tmp_path: Path) -> None:
    scanned(tmp_path, {"tests/test_a.py": "", "tests/test_b.py": "", "tox.ini": "", "readme.md": ""})
    read: list[str] = []

    def reader(path: Path) -> bytes:
        read.append(path.name)
        if path.name == "test_a.py":
            raise FileError("can't be read")
        return b"import trio\n"

    found = scan(tmp_path, read=reader)
    assert read == ["test_a.py", "test_b.py", "tox.ini"]
    assert found.runners == {"trio": Evidence("tests/test_b.py", 1, "import trio")}


def test_only_the_given_files_are_looked_at(tmp_path: Path) -> None:
    scanned(tmp_path, {"tests/test_a.py": "import curio\n", "tests/test_b.py": "import trio\n"})
    files: Iterable[Path] = [tmp_path / "tests/test_b.py", tmp_path / "readme.md"]
    assert set(scan(tmp_path, files).runners) == {"trio"}


def test_a_broken_configuration_beside_test_data_stops_nothing(tmp_path: Path) -> None:
    files = {"tests/data/pyproject.toml": "[broken\n", "tests/data/x.py": "import curio\n"}
    found = scanned(tmp_path, {**files, "tests/test_a.py": "import trio\n"})
    assert set(found.runners) == {"trio"}
    assert found.libraries == {"curio", "trio"}


def test_can_be_sent_to_another_process(tmp_path: Path) -> None:
    found = scanned(tmp_path, {"tests/test_a.py": "import trio\n@pytest.mark.asyncio\n"})
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/p/a.py", True),
        ("/p/tests/cassettes/a.yml", False),
        ("/p/.github/workflows/a.yml", True),
        ("/p/requirements/base.txt", True),
        ("/p/docs/a.txt", False),
        ("/p/uv.lock", True),
        ("/p/yarn.lock", False),
    ],
)
def test_which_files_are_evidence(path: str, expected: bool) -> None:
    assert is_evidence(path) is expected


def test_the_order_in_which_files_are_given_says_nothing(tmp_path: Path) -> None:
    files = [tmp_path / f"tests/{name}/conftest.py" for name in "cab"]
    for each in files:
        each.parent.mkdir(parents=True)
        each.write_text("pytestmark = pytest.mark.anyio\n")
    configs = PytestConfigs(tmp_path, "")
    for order in (files, files[::-1], sorted(files)):
        scope = Scope(tmp_path, configs, lambda given=order: given, Path.read_bytes)  # type: ignore[misc]
        project = Projects(tmp_path, order, Path.read_bytes, scope).at(files[0])
        assert project.runners["anyio"].path == "tests/a/conftest.py"
