from __future__ import annotations

from pathlib import Path

import iniconfig
import pytest
from _pytest.config.findpaths import locate_config

from codemods import source
from codemods.errors import UsageError
from codemods.model import Evidence
from codemods.semantics.pytest.configuration import ini
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs, find_config

AUTO_INI = "[pytest]\nasyncio_mode = auto\n"
FILES = {
    "pytest.toml": "[pytest]\nasyncio_mode = 'auto'\n",
    ".pytest.toml": "[pytest]\nasyncio_mode = 'auto'\n",
    "pytest.ini": AUTO_INI,
    ".pytest.ini": AUTO_INI,
    "pyproject.toml": "[tool.pytest.ini_options]\nasyncio_mode = 'auto'\n",
    "tox.ini": AUTO_INI,
    "setup.cfg": "[tool:pytest]\nasyncio_mode = auto\n",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def config(root: Path, name: str, text: str, environment: str = "") -> PytestConfig:
    write(root, {name: text})
    return PytestConfigs(root, environment).at(root)


def addopts(root: Path, options: str, environment: str = "") -> PytestConfig:
    return config(root, "pytest.ini", f"[pytest]\nasyncio_mode = strict\naddopts = {options}\n", environment)


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_pytest_is_read(tmp_path: Path, name: str) -> None:
    found = config(tmp_path, name, FILES[name])
    line = FILES[name].splitlines()[1]
    assert (found.path, found.asyncio_mode, found.mode_evidence) == (name, "auto", Evidence(name, 2, line))


def test_files_come_in_the_order_of_pytest(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    for name in FILES:
        assert find_config(tmp_path, tmp_path).path == name
        (tmp_path / name).unlink()
    assert find_config(tmp_path, tmp_path) == PytestConfig()


@pytest.mark.parametrize(
    "files",
    [
        {"pytest.ini": "", "pyproject.toml": FILES["pyproject.toml"]},
        {"pytest.ini": "[other]\na = 1\n", "tox.ini": AUTO_INI},
        {"pytest.toml": "", "pytest.ini": AUTO_INI},
        {"tox.ini": "[tox]\nenvlist = py\n", "setup.cfg": FILES["setup.cfg"]},
        {"pyproject.toml": "[project]\nname = 'a'\n", "tox.ini": AUTO_INI},
        {"pyproject.toml": "[tool.pytest]\n", "tox.ini": AUTO_INI},
        {"pyproject.toml": "[tool.pytest.ini_options]\n", "tox.ini": AUTO_INI},
        {"pyproject.toml": "[tool.pytest]\nasyncio_mode = 'auto'\n"},
        {"tests/pytest.ini": "", "pytest.ini": AUTO_INI},
        {"tests/pyproject.toml": "", "pytest.ini": AUTO_INI},
        {"tests/pyproject.toml": "", "pyproject.toml": ""},
        {"tests/tox.ini": "[tox]\n", "setup.cfg": FILES["setup.cfg"], "pyproject.toml": ""},
    ],
)
def test_agrees_with_pytest_on_the_file_and_the_mode(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    tests = tmp_path / "tests"
    tests.mkdir(exist_ok=True)
    found = find_config(tests, tmp_path)
    _, path, values, _ = locate_config(tests, [tests])
    assert path is not None
    assert found.path == path.relative_to(tmp_path).as_posix()
    assert found.asyncio_mode == (values["asyncio_mode"].value if "asyncio_mode" in values else "strict")


def test_looks_no_higher_than_the_root(tmp_path: Path) -> None:
    write(tmp_path, {"pytest.ini": AUTO_INI, "project/tests/test_a.py": ""})
    assert find_config(tmp_path / "project/tests", tmp_path / "project").path is None
    assert find_config(tmp_path / "project/tests", tmp_path).path == "pytest.ini"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "[tool\n", "isn't valid TOML"),
        ("pyproject.toml", "[tool.pytest]\na = 1\n[tool.pytest.ini_options]\nb = 1\n", "pytest refuses"),
        ("pytest.ini", "[pytest]\nnonsense\n", ":2: isn't valid INI"),
        ("pytest.ini", "a = 1\n", ":1: isn't valid INI"),
        ("pytest.ini", "[pytest]\n  a = 1\n", ":2: isn't valid INI"),
        ("pytest.ini", "[pytest]\naddopts = 'a\n", "'addopts' can't be split"),
        ("pytest.ini", "[pytest]\nasyncio_mode = automatic\n", "'automatic' is no asyncio_mode"),
        ("pytest.toml", "[pytest]\npython_files = 'x.py'\n", "'python_files' must be a list"),
        ("pyproject.toml", "[tool.pytest]\naddopts = '-v'\n", "'addopts' must be a list, not '-v'; pytest 9 refuses"),
    ],
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"{name}.*{message}"):
        config(tmp_path, name, text)


def test_words_are_split_as_pytest_splits_them(tmp_path: Path) -> None:
    text = "[pytest]\npython_files = test_*.py 'my *.py'\n  check_*.py\npython_classes =\n    *Suite\n"
    found = config(tmp_path, "pytest.ini", text + "python_functions = it_ should_\ntestpaths = tests more/tests\n")
    assert found.python_files == ("test_*.py", "my *.py", "check_*.py")
    assert found.python_classes == ("*Suite",)
    assert found.python_functions == ("it_", "should_")
    assert found.testpaths == ("tests", "more/tests")


def test_toml_holds_strings_and_lists(tmp_path: Path) -> None:
    text = "[tool.pytest.ini_options]\npython_files = 'a.py b.py'\ntestpaths = ['my tests']\ntrio_mode = true\n"
    found = config(tmp_path, "pyproject.toml", text)
    assert (found.python_files, found.testpaths, found.trio_mode) == (("a.py", "b.py"), ("my tests",), True)


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ("-v --asyncio-mode=auto", "auto"),
        ("--asyncio-mode auto -v", "auto"),
        ("--asyncio-mode=legacy", "auto"),
        ("--asyncio-mode=auto --asyncio-mode=strict", "strict"),
        ("-o asyncio_mode=auto", "auto"),
        ("-oasyncio_mode=auto", "auto"),
        ("--override-ini=asyncio_mode=auto", "auto"),
        ("--override-ini asyncio_mode=auto", "auto"),
        ("-o asyncio_mode=auto --asyncio-mode=strict", "strict"),
        ("-k asyncio_mode", "strict"),
        ("-p no:cacheprovider", "strict"),
    ],
)
def test_options_beat_the_value_of_the_file(tmp_path: Path, options: str, mode: str) -> None:
    assert addopts(tmp_path, options).asyncio_mode == mode


def test_the_evidence_is_the_line_that_decides(tmp_path: Path) -> None:
    found = addopts(tmp_path, "-v\n  # why\n  --asyncio-mode=auto")
    assert found.mode_evidence == Evidence("pytest.ini", 5, "--asyncio-mode=auto")
    found = addopts(tmp_path, "--asyncio-mode=strict", "--asyncio-mode=auto")
    assert found.asyncio_mode == "auto"
    assert found.mode_evidence == Evidence("PYTEST_ADDOPTS", 1, "--asyncio-mode=auto")
    assert addopts(tmp_path, "-v").mode_evidence == Evidence("pytest.ini", 2, "asyncio_mode = strict")


def test_the_environment_is_that_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-o asyncio_mode=auto -o python_functions='a b'")
    found = find_config(tmp_path, tmp_path)
    assert (found.asyncio_mode, found.python_functions) == ("auto", ("a", "b"))


def test_the_plugin_can_be_turned_off(tmp_path: Path) -> None:
    assert addopts(tmp_path, "-p no:asyncio").disabled
    assert addopts(tmp_path, "-pno:asyncio").disabled
    assert not addopts(tmp_path, "-p no:asyncio -p asyncio").disabled
    assert not addopts(tmp_path, "-p no:anyio").disabled


def test_other_runners_modes(tmp_path: Path) -> None:
    found = config(tmp_path, "pytest.ini", "[pytest]\nanyio_mode = auto\ntrio_mode = true\n")
    assert (found.anyio_auto, found.trio_mode) == (True, True)
    found = config(tmp_path, "pytest.ini", "[pytest]\nanyio_mode = strict\ntrio_mode = no\n")
    assert (found.anyio_auto, found.trio_mode) == (False, False)
    assert addopts(tmp_path, "-o anyio_mode=auto").anyio_auto


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"pytest.ini": AUTO_INI, "a/b/x.py": "", "a/c/x.py": ""})
    read: list[str] = []
    original = source.read

    def counted(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(source, "read", counted)
    configs = PytestConfigs(tmp_path, "-v")
    assert {configs.at(tmp_path / folder).asyncio_mode for folder in ("a/b", "a/c", "a", "a/b")} == {"auto"}
    assert read == ["pytest.ini"]


def test_contents_go_over_what_is_on_the_disk(tmp_path: Path) -> None:
    write(tmp_path, {"tox.ini": "[tox]\n"})
    contents = {tmp_path / "tox.ini": AUTO_INI.encode(), tmp_path / "a/pytest.ini": b""}
    configs = PytestConfigs(tmp_path, "", contents=contents)
    assert configs.at(tmp_path).mode_evidence == Evidence("tox.ini", 2, "asyncio_mode = auto")
    assert configs.at(tmp_path / "a").path == "a/pytest.ini"


@pytest.mark.parametrize(
    "text",
    [
        "[a]\nx = 1\ny: 2 = 3\nz=  # not a comment\n[b] # comment\nempty =\n",
        "[a]\nx = one\n  two\n\n\tthree\n # comment\n  four\ny=100%\n",
        "\ufeff[pytest]\nx =\n  one\n  two = 2\n[tool:pytest]\nx = [not a section]\n  [nor this]\n",
        "[a b]\r\nX = 1\r\n; c\r\nx = %(y)s\r\n",
        "[DEFAULT]\nx = 1\n[a]\ny = 1\n",
    ],
)
def test_reads_ini_as_iniconfig_does(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.ini"
    file.write_bytes(text.encode())
    expected = {section.name: dict(section.items()) for section in iniconfig.IniConfig(file)}
    assert ini.parse(text, "x.ini") == expected


def test_of_what_stands_twice_the_later_wins() -> None:
    text = "[pytest]\na = 1\na = 2\n[other]\nb = 1\n[pytest]\nc = 3\n"
    assert ini.parse(text, "x.ini")["pytest"] == {"a": "2", "c": "3"}


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (None, "tests/test_a.py", True),
        (None, "tests/a_test.py", True),
        (None, "tests/tests.py", False),
        (None, "tests/test_a.txt", False),
        (("test_*",), "test_a.pyi", False),
        (("tests/*.py",), "a/tests/b.py", True),
        (("tests/*.py",), "tests/b.py", True),
        (("tests/*.py",), "a/other/b.py", False),
        (("*.py",), "a/b.py", True),
    ],
)
def test_files(patterns: tuple[str, ...] | None, path: str, expected: bool) -> None:
    found = PytestConfig() if patterns is None else PytestConfig(python_files=patterns)
    assert found.matches_file(Path(path)) is expected
    assert found.matches_file(Path("/somewhere") / path) is expected


def test_functions_and_classes() -> None:
    plain = PytestConfig()
    assert plain.matches_function("test_a")
    assert plain.matches_function("testing")
    assert not plain.matches_function("a_test")
    assert plain.matches_class("TestA")
    assert not plain.matches_class("ATest")
    globs = PytestConfig(python_functions=("*_spec", "it"), python_classes=("*Suite",))
    assert globs.matches_function("a_spec")
    assert globs.matches_function("item")
    assert not globs.matches_function("a_spec_b")
    assert globs.matches_class("MySuite")
    assert not globs.matches_class("TestA")


FIXTURE, TEST = "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pytest.ini", f"# {FIXTURE} = x\n[pytest]\naddopts = -v\n{FIXTURE}: module\n", 4),
        ("tox.ini", f"[testenv]\n{FIXTURE} = x\n[pytest]\n{FIXTURE} = module\n", 4),
        ("pyproject.toml", f"[tool.other]\n{FIXTURE} = 'x'\n[tool.pytest.ini_options]\n{FIXTURE} = 'module'\n", 4),
        ("pyproject.toml", f"[tool]\npytest.ini_options.{FIXTURE} = 'module'\n", 2),
        ("pyproject.toml", f"[tool.pytest]\n{FIXTURE} = 'module'\n", 2),
        ("pytest.toml", f"[pytest]\n{FIXTURE} = 'module'\n", 2),
        ("pytest.ini", f"[pytest]\n{FIXTURE} = class\naddopts =\n  -v\n  -o {FIXTURE}=module\n", 5),
        ("pytest.toml", f"[pytest]\naddopts = [\n  '-v',\n  '-o', '{FIXTURE}=module',\n]\n", 4),
    ],
)
def test_the_loop_scope_of_fixtures_and_its_place(tmp_path: Path, name: str, text: str, line: int) -> None:
    found = config(tmp_path, name, text)
    assert (found.fixture_loop_scope, found.test_loop_scope) == ("module", None)
    assert found.places == {FIXTURE: Evidence(name, line, text.splitlines()[line - 1].strip())}


def test_loop_scopes_that_are_unset_or_given_by_the_environment(tmp_path: Path) -> None:
    assert config(tmp_path, "pytest.ini", f"[pytest]\n{FIXTURE} =\n").fixture_loop_scope is None
    found = config(tmp_path, "pytest.ini", f"[pytest]\n{TEST} = class\n", f"-o {TEST}=session -o {FIXTURE}=function")
    assert (found.fixture_loop_scope, found.test_loop_scope) == ("function", "session")
    assert {place.path for place in found.places.values()} == {"PYTEST_ADDOPTS"}


@pytest.mark.parametrize(
    ("text", "filters", "line"),
    [
        ("filterwarnings =\n  error\n  # why\n  ignore:a b:UserWarning\n", ("error", "ignore:a b:UserWarning"), 2),
        ("filterwarnings = error\naddopts = -v -W ignore\n", ("error", "ignore"), 3),
        ("addopts = -Werror --pythonwarnings=ignore\n", ("error", "ignore"), 2),
    ],
)
def test_filters_of_warnings(tmp_path: Path, text: str, filters: tuple[str, ...], line: int) -> None:
    found = config(tmp_path, "pytest.ini", f"[pytest]\n{text}")
    assert found.filterwarnings == filters
    assert found.places["filterwarnings"].line == line


def test_the_environment_may_replace_the_options_of_the_file(tmp_path: Path) -> None:
    found = addopts(tmp_path, "--asyncio-mode=auto", "-o addopts=-v")
    assert found.asyncio_mode == "strict"
