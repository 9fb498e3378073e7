"""Which files belong to the tests, decided the same for files that are found and for files that are named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from codemods import migrate_paths
from codemods.config import Settings
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.scope import Scope, SuiteFiles
from codemods.source import read

pytestmark = pytest.mark.usefixtures("no_environment")

SLEEPS = "import time\n\n\nasync def work():\n    time.sleep(1)\n"
FIXTURE = "import pytest\nimport time\n\n\n@pytest.fixture\nasync def db():\n    time.sleep(1)\n    return 1\n"


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def of_tests(root: Path, files: Mapping[str, str]) -> set[str]:
    write(root, files)
    paths = [root / name for name in files]
    scope = Scope(root, PytestConfigs(root, ""), lambda: paths, read)
    return {name for name in files if scope.is_test_side(root / name)}


SCOPE = {
    "conf/pytest.ini": "",
    "src/app.py": "",
    "src/conftest_helper.py": "",
    "src/test_inside.py": "",
    "tests/conftest.py": "",
    "tests/helpers/a.py": "",
    "tests/data.txt": "",
    "integration/unit/b.py": "",
    "packages/x/tests/c.py": "",
    "packages/x/src/d.py": "",
    "deep/conftest.py/not_a_file": "",
}


def test_only_the_tests_may_be_written(tmp_path: Path) -> None:
    found = of_tests(tmp_path, {**SCOPE, "pytest.ini": "[pytest]\ntestpaths = integration packages/*/tests\n"})
    assert found == {
        "integration/unit/b.py",
        "packages/x/tests/c.py",
        "src/test_inside.py",
        "tests/conftest.py",
        "tests/helpers/a.py",
    }


def test_what_is_a_test_module_follows_the_configuration(tmp_path: Path) -> None:
    found = of_tests(tmp_path, {**SCOPE, "pytest.ini": "[pytest]\npython_files = app.py\n"})
    assert found == {"src/app.py", "tests/conftest.py", "tests/helpers/a.py"}


def test_testpaths_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    found = of_tests(tmp_path, {**SCOPE, "packages/x/pytest.ini": "[pytest]\ntestpaths = tests\n"})
    assert "packages/x/tests/c.py" in found
    assert "packages/x/src/d.py" not in found


@pytest.mark.parametrize("paths", [".", "src", "shop", "./", "shop/..", "*"])
def test_testpaths_make_no_production_code_a_test(tmp_path: Path, paths: str) -> None:
    files = {"pytest.ini": f"[pytest]\ntestpaths = {paths}\n", "src/a.py": SLEEPS, "shop/a.py": SLEEPS, "b.py": SLEEPS}
    assert of_tests(tmp_path, files) == set()


PROJECT = {"shop/__init__.py": "", "shop/worker.py": SLEEPS, "tests/test_worker.py": "import shop.worker\n"}


@pytest.mark.parametrize("conftest", ["conftest.py", "shop/conftest.py"])
def test_a_conftest_makes_no_production_code_a_test(tmp_path: Path, conftest: str) -> None:
    found = of_tests(tmp_path, {**PROJECT, conftest: "import pytest\nimport shop.worker\n"})
    assert found == {"tests/test_worker.py", conftest}


@pytest.mark.parametrize(
    "extra", [{"conftest.py": ""}, {"tests/conftest.py": ""}, {"pytest.ini": "[pytest]\ntestpaths=tests"}]
)
@pytest.mark.parametrize("helper", ["tests/helpers.py", "tests/app/main.py", "tests/unit/deep/er/b.py"])
def test_all_modules_in_a_folder_of_tests_count(tmp_path: Path, helper: str, extra: dict[str, str]) -> None:
    assert helper in of_tests(tmp_path, {**PROJECT, **extra, helper: SLEEPS})


def test_a_folder_that_is_only_called_like_one_of_tests_counts_for_nothing(tmp_path: Path) -> None:
    files = {**PROJECT, "conftest.py": "", "shop/testing/client.py": SLEEPS, "shop/integration/sensor.py": SLEEPS}
    assert of_tests(tmp_path, files) == {"conftest.py", "tests/test_worker.py"}


@pytest.mark.parametrize(
    "name", ["tests", "test", "Tests", "unit_tests", "test-data", "e2e", "api_integration", "unittests"]
)
def test_names_of_folders_of_tests(tmp_path: Path, name: str) -> None:
    assert f"{name}/helper.py" in of_tests(tmp_path, {f"{name}/conftest.py": "", f"{name}/helper.py": SLEEPS})


@pytest.mark.parametrize("name", ["latest", "contest", "testimonials", "attest", "community", "unity", "shop"])
def test_names_of_other_folders(tmp_path: Path, name: str) -> None:
    assert f"{name}/helper.py" not in of_tests(tmp_path, {f"{name}/conftest.py": "", f"{name}/helper.py": SLEEPS})


IMPORTS = [
    "import {0}",
    "from {0} import db",
    "from .{0} import db",
    "from . import a, {0}",
    "from . import (\n    a,\n    {0},\n)",
    "if 1:\n    import os, {0} as x",
    "pytest_plugins = '{0}'",
    "pytest_plugins = [\n    'a',\n    'x.{0}',\n]",
    "pytest_plugins: tuple[str, ...] = ('x.{0}',)",
]


@pytest.mark.parametrize("line", IMPORTS)
@pytest.mark.parametrize("importer", ["conftest.py", "test_a.py"])
def test_in_the_root_what_defines_fixtures_and_is_imported_by_tests_counts(
    tmp_path: Path, line: str, importer: str
) -> None:
    files = {"app.py": SLEEPS, "fixtures_of_mine.py": FIXTURE, importer: line.format("fixtures_of_mine")}
    assert of_tests(tmp_path, files) == {"fixtures_of_mine.py", importer}


@pytest.mark.parametrize(
    "files",
    [
        {"helper.py": FIXTURE, "test_a.py": ""},  # nobody imports it
        {"helper.py": SLEEPS, "test_a.py": "import helper\n"},  # says nothing of pytest
        {"helper.py": SLEEPS + "# import pytest\n", "test_a.py": "import helper\n"},
        {
            "helper.py": FIXTURE,
            "app.py": "import helper\n",
            "test_a.py": "# import helper\n",
        },  # the wrong one imports it
        {"plugin/helper.py": FIXTURE, "test_a.py": "import plugin.helper\n"},  # it lies where no tests lie
        {"helper.py": FIXTURE},
        {"shop/helper.py": FIXTURE, "shop/test_utils.py": "import shop.helper\n"},  # a plugin, and what helps its users
    ],
)
def test_what_else_lies_in_the_root_does_not(tmp_path: Path, files: dict[str, str]) -> None:
    assert not any(each.endswith("helper.py") for each in of_tests(tmp_path, files))


def test_a_broken_configuration_leaves_it_to_the_names(tmp_path: Path) -> None:
    files = {"a/pyproject.toml": "[", "a/test_a.py": "", "a/app.py": "", "a/conftest.py": ""}
    assert of_tests(tmp_path, files) == {"a/test_a.py", "a/conftest.py"}


LEGACY = "import time\n\nimport pytest\n\n\n@pytest.mark.asyncio\nasync def test_a():\n    time.sleep(1)\n"
WHOLE = {
    **PROJECT, "conftest.py": FIXTURE, "shop/conftest.py": "", "tests/conftest.py": "", "tests/helpers.py": SLEEPS,
    "tests/test_worker.py": LEGACY, "setup.py": SLEEPS, "pytest.ini": "[pytest]\n", "plain.py": FIXTURE,
}  # fmt: skip


def found_in(root: Path, *paths: str, include_non_tests: bool = False) -> list[tuple[str, str, int]]:
    report = migrate_paths(
        [root / each for each in paths], Settings(select=("ALL",)), include_non_tests=include_non_tests
    )
    return [(each.path, each.code, each.span.line) for each in report.findings]


@pytest.mark.parametrize("repository", [False, True])
def test_all_files_by_name_give_what_the_whole_run_gives(tmp_path: Path, repository: bool) -> None:
    write(tmp_path, WHOLE)
    if repository:
        (tmp_path / ".git").mkdir()
    whole = found_in(tmp_path, ".")
    assert {path for path, _, _ in whole} == {"conftest.py", "tests/helpers.py", "tests/test_worker.py", "pytest.ini"}
    assert found_in(tmp_path, *reversed(WHOLE)) == whole


def test_more_can_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    assert found_in(tmp_path, "shop/worker.py") == []
    assert found_in(tmp_path, "shop/worker.py", include_non_tests=True) == [("shop/worker.py", "PAM401", 5)]
    assert {path for path, _, _ in found_in(tmp_path, "shop", include_non_tests=True)} == {"shop/worker.py"}
    settings = Settings(include_non_tests=True)
    assert migrate_paths([tmp_path / "shop/worker.py"], settings).findings


def test_what_is_named_and_left_alone_is_said(tmp_path: Path) -> None:
    write(tmp_path, WHOLE)
    report = migrate_paths([tmp_path / each for each in WHOLE])
    texts = [each.text for each in report.notes]
    assert (
        texts == ["4 named files are left alone, since they aren't of the tests: --include-non-tests takes them too."]
        or texts
    )
    assert migrate_paths([tmp_path]).notes == ()


@pytest.mark.parametrize(
    "files",
    [
        {"src/shop/helper.py": FIXTURE, "tests/conftest.py": "from shop.helper import *\n"},
        {"src/shop/helper.py": FIXTURE, "conftest.py": "pytest_plugins = 'shop.helper'\n"},
        {"src/shop/helper.py": FIXTURE, "pytest.ini": "[pytest]\naddopts = -p shop.helper\n"},
        {"src/shop/helper.py": FIXTURE, "pyproject.toml": '[project.entry-points.pytest11]\na = "shop.helper"\n'},
        {
            "src/shop/helper.py": FIXTURE,
            "src/shop/plugin.py": "from .helper import db\n",
            "setup.py": "setup(entry_points={'pytest11': ['a = shop.plugin']})\n",
        },
    ],
)
def test_what_defines_fixtures_for_all_tests_counts_wherever_it_lies(tmp_path: Path, files: dict[str, str]) -> None:
    assert "src/shop/helper.py" in of_tests(tmp_path, {**files, "tests/test_a.py": ""})


def test_what_is_cheaper_is_asked_first() -> None:
    asked: list[str] = []

    def is_one(path: str) -> bool:
        asked.append(path)
        return "test" in path

    files = SuiteFiles(lambda: ["app.py", "a/test_a.py", "b/app.py", "b/test_b.py"], is_one)
    assert [*files.such(lambda path: path.startswith("b"))] == ["b/test_b.py"]
    assert asked == ["b/app.py", "b/test_b.py"]
    assert files.among(["b/test_b.py", "b/app.py"]) == ["b/test_b.py"]
    assert (files.has_in("a"), files.has_in(""), files.has_in("c")) == (True, False, False)
    assert ([*files], len(files), "app.py" in files) == (["a/test_a.py", "b/test_b.py"], 2, False)
    assert sorted(asked) == sorted({*asked})  # each once
