"""Which fixture a name means, and what a test reaches; in part compared with what pytest itself says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph, Meaning
from codemods.semantics.pytest.loop_scopes import loop_scope, runs_on_asyncio
from codemods.workspace import Workspace
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")


def fixture(name: str, *arguments: str, options: str = "") -> str:
    return f"@pytest.fixture{options}\ndef {name}({', '.join(arguments)}): pass\n"


def asking(root: Path, files: Mapping[str, str]) -> FixtureGraph:
    write(root, {"pytest.ini": "[pytest]\n", **{path: f"import pytest\n{text}" for path, text in files.items()}})
    return Workspace(root).project_context().graph


def test_named(graph: FixtureGraph, name: str) -> Declaration:
    found = (each for path in graph.paths for each in graph.tests_of(path))
    return next(each for each in found if each.context.module.qualname(each.node) == name)


test_named.__test__ = False  # type: ignore[attr-defined]


def place(found: Meaning) -> str | None:
    """Return where a fixture stands, in the files' own lines."""
    return f"{found.path}:{found.node.lineno - 1}" if isinstance(found, Declaration) else None


A = "def test(a): pass\n"
CASES = {
    "none": ({"test_it.py": A}, None),
    "of the module": ({"test_it.py": fixture("a") + A}, "test_it.py:2"),
    "the last of a name": ({"test_it.py": fixture("a") + fixture("a") + A}, "test_it.py:4"),
    "of the conftest": ({"conftest.py": fixture("a"), "test_it.py": A}, "conftest.py:2"),
    "of the nearest conftest": (
        {"conftest.py": fixture("a"), "tests/conftest.py": fixture("a"), "tests/test_it.py": A},
        "tests/conftest.py:2",
    ),
    "of a conftest further out": (
        {"conftest.py": fixture("a"), "tests/conftest.py": fixture("b"), "tests/api/test_it.py": A},
        "conftest.py:2",
    ),
    "of a conftest beside": ({"a/conftest.py": fixture("a"), "b/test_it.py": A}, None),
    "of the module before the conftest's": (
        {"conftest.py": fixture("a"), "test_it.py": fixture("a") + A},
        "test_it.py:2",
    ),
    "by another name": (
        {"test_it.py": '@pytest.fixture(name="a")\ndef make_a(): pass\n' + fixture("b") + A},
        "test_it.py:2",
    ),
    "not by the name of the function": ({"test_it.py": '@pytest.fixture(name="b")\ndef a(): pass\n' + A}, None),
    "imported": (
        {"tools.py": fixture("a"), "test_it.py": "from tools import a\n" + A},
        "tools.py:2",
    ),
    "imported with all others": (
        {"tools.py": fixture("a"), "conftest.py": "from tools import *\n", "test_it.py": A},
        "tools.py:2",
    ),
    "imported through another module": (
        {
            "tools.py": fixture("a"),
            "more.py": "from tools import a\n",
            "conftest.py": "from more import *\n",
            "test_it.py": A,
        },
        "tools.py:2",
    ),
    "imported as another name": (
        {"tools.py": fixture("b"), "test_it.py": "from tools import b as a\n" + A},
        "tools.py:2",
    ),
    "imported away from its name": (
        {"tools.py": fixture("a"), "test_it.py": "from tools import a as b\n" + A},
        None,
    ),
    "named and imported": (
        {"tools.py": '@pytest.fixture(name="a")\ndef make_a(): pass\n', "test_it.py": "from tools import make_a\n" + A},
        "tools.py:2",
    ),
    "private and imported with all others": (
        {"tools.py": fixture("_a"), "conftest.py": "from tools import *\n", "test_it.py": "def test(_a): pass\n"},
        None,
    ),
    "not imported by an import of the module": ({"tools.py": fixture("a"), "test_it.py": "import tools\n" + A}, None),
    "of a plugin": (
        {"tools.py": fixture("a"), "conftest.py": 'pytest_plugins = ["tools"]\n', "test_it.py": A},
        "tools.py:2",
    ),
    "of a plugin of a plugin": (
        {
            "tools.py": fixture("a"),
            "more.py": 'pytest_plugins = "tools"\n',
            "conftest.py": 'pytest_plugins = "more"\n',
            "test_it.py": A,
        },
        "tools.py:2",
    ),
    "imported by a plugin": (
        {
            "tools.py": fixture("a"),
            "more.py": "from tools import a\n",
            "conftest.py": "pytest_plugins = ('more',)\n",
            "test_it.py": A,
        },
        "tools.py:2",
    ),
    "of the conftest before that of a plugin": (
        {"tools.py": fixture("a"), "conftest.py": 'pytest_plugins = ["tools"]\n' + fixture("a"), "test_it.py": A},
        "conftest.py:3",
    ),
    "below an if": ({"test_it.py": "if True:\n  @pytest.fixture\n  def a(): pass\n" + A}, "test_it.py:3"),
    "inside a function": ({"test_it.py": "def make():\n  @pytest.fixture\n  def a(): pass\n" + A}, None),
}
METHODS = {
    "of the class": (
        {
            "test_it.py": fixture("a")
            + "class TestIt:\n  @pytest.fixture\n  def a(self): pass\n  def test(self, a): pass\n"
        },
        "test_it.py:5",
    ),
    "of a base class": (
        {
            "test_it.py": fixture("a")
            + "class Base:\n  @pytest.fixture\n  def a(self): pass\n"
            + "class TestIt(Base):\n  def test(self, a): pass\n"
        },
        "test_it.py:5",
    ),
    "of a base class of another file": (
        {
            "base.py": "class Base:\n  @pytest.fixture\n  def a(self): pass\n",
            "test_it.py": "from base import Base\nclass TestIt(Base):\n  def test(self, a): pass\n",
        },
        "base.py:3",
    ),
    "of another class": (
        {
            "test_it.py": "class TestOther:\n  @pytest.fixture\n  def a(self): pass\n"
            "class TestIt:\n  def test(self, a): pass\n"
        },
        None,
    ),
    "of the module, not of the class": (
        {"test_it.py": fixture("a") + "class TestIt:\n  def test(self, a): pass\n"},
        "test_it.py:2",
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_a_name_means(files: dict[str, str], expected: str | None, tmp_path: Path) -> None:
    graph = asking(tmp_path, files)
    name = "_a" if "_a" in files.get("tools.py", "") and "make_a" not in files["tools.py"] else "a"
    assert place(graph.resolve(test_named(graph, "test"), name)) == expected


@pytest.mark.parametrize(("files", "expected"), METHODS.values(), ids=METHODS.keys())
def test_a_name_means_in_a_class(files: dict[str, str], expected: str | None, tmp_path: Path) -> None:
    graph = asking(tmp_path, files)
    assert place(graph.resolve(test_named(graph, "TestIt.test"), "a")) == expected


UNKNOWNS = {
    "in two branches": "import sys\nif sys.argv:\n  @pytest.fixture\n  def a(): pass\nelse:\n  a = None\n" + A,
    "of a computed name": "@pytest.fixture(name=chr(97))\ndef b(): pass\n" + A,
    "made by a function": "def make():\n  @pytest.fixture\n  def a(): pass\n  return a\na = make()\n" + A,
    "made by a decorator of the project's": "from tools import async_fixture\n@async_fixture\ndef a(): pass\n" + A,
    "below another decorator": "from tools import traced\n@traced\n@pytest.fixture\ndef a(): pass\n" + A,
    "perhaps with values": fixture("a") + "ARGS = {}\n@pytest.mark.parametrize(*ARGS)\n" + A,
    "with values from a hook": (
        'def pytest_generate_tests(metafunc):\n  metafunc.parametrize("a", [1])\n' + fixture("a") + A
    ),
    "of plugins with computed names": "import glob\npytest_plugins = [each[:-3] for each in glob.glob('*.py')]\n" + A,
}


@pytest.mark.parametrize("text", UNKNOWNS.values(), ids=UNKNOWNS.keys())
def test_a_name_is_unknown(text: str, tmp_path: Path) -> None:
    graph = asking(tmp_path, {"test_it.py": text})
    test = test_named(graph, "test")
    assert graph.resolve(test, "a") is UNKNOWN
    assert "a" in graph.doubts(test)


def test_a_name_is_unknown_behind_a_base_that_is(tmp_path: Path) -> None:
    text = fixture("a") + "from lib import Base\nclass TestIt(Base):\n  @pytest.fixture\n  def b(self): pass\n"
    graph = asking(tmp_path, {"test_it.py": text + "  def test(self, a, b): pass\n"})
    test = test_named(graph, "TestIt.test")
    assert graph.resolve(test, "a") is UNKNOWN
    assert place(graph.resolve(test, "b")) == "test_it.py:6"


def test_a_test_of_several_classes_has_what_all_of_them_have(tmp_path: Path) -> None:
    text = fixture("a") + fixture("b") + "class Base:\n  def test(self, a, b): pass\n"
    text += "class TestOne(Base):\n  @pytest.fixture\n  def a(self): pass\nclass TestTwo(Base): pass\n"
    graph = asking(tmp_path, {"test_it.py": text})
    test = test_named(graph, "Base.test")
    assert graph.resolve(test, "a") is UNKNOWN
    assert place(graph.resolve(test, "b")) == "test_it.py:4"
    found = [place(graph.resolve(test, "a", each)) for each in graph.collectors(test)]
    assert found == ["test_it.py:9", "test_it.py:2"]


def test_a_computed_autouse_is_a_doubt(tmp_path: Path) -> None:
    text = "import os\n" + fixture("a", options="(autouse=bool(os.sep))") + "def test(): pass\n"
    graph = asking(tmp_path, {"test_it.py": text})
    test = test_named(graph, "test")
    assert not graph.closure(test)
    assert graph.doubts(test) == {"a"}


def test_a_class_within_a_class_sees_the_fixtures_of_both(tmp_path: Path) -> None:
    text = (
        "class TestOuter:\n  @pytest.fixture\n  def a(self): pass\n"
        "  class TestInner:\n    @pytest.fixture\n    def b(self): pass\n    def test(self, a, b): pass\n"
    )
    graph = asking(tmp_path, {"test_it.py": text})
    test = test_named(graph, "TestOuter.TestInner.test")
    assert sorted(filter(None, map(place, graph.closure(test)))) == ["test_it.py:3", "test_it.py:6"]


def test_overrides_ask_for_the_next_one_outwards(tmp_path: Path) -> None:
    files = {
        "conftest.py": fixture("a"),
        "tests/conftest.py": fixture("a", "a"),
        "tests/api/conftest.py": fixture("a", "a"),
        "tests/api/test_it.py": fixture("a", "a") + "class TestIt:\n  @pytest.fixture\n  def a(self, a): pass\n"
        "  def test(self, a): pass\n",
    }
    graph = asking(tmp_path, files)
    user, chain = test_named(graph, "TestIt.test"), []
    while isinstance(found := graph.resolve(user, "a"), Declaration):
        chain.append(place(found))
        user = found
    assert chain == [
        "tests/api/test_it.py:5", "tests/api/test_it.py:2", "tests/api/conftest.py:2", "tests/conftest.py:2",
        "conftest.py:2",
    ]  # fmt: skip


def test_a_fixture_sees_what_its_user_overrides(tmp_path: Path) -> None:
    """What a fixture asks for is looked up where the test stands, not where the fixture does."""
    files = {
        "conftest.py": fixture("a") + fixture("b", "a"),
        "tests/conftest.py": fixture("a"),
        "tests/test_it.py": "def test(b): pass\n",
    }
    graph = asking(tmp_path, files)
    reached = graph.closure(test_named(graph, "test"))
    assert sorted(filter(None, map(place, reached))) == ["conftest.py:4", "tests/conftest.py:2"]


REACHED = {
    "through others": (fixture("a") + fixture("b", "a") + fixture("c", "b") + "def test(c): pass\n", "abc"),
    "a parameter with values": (fixture("a") + '@pytest.mark.parametrize("a", [1])\ndef test(a): pass\n', ""),
    "several in a string": (
        fixture("a") + fixture("b") + '@pytest.mark.parametrize("a, b", [(1, 2)])\ndef test(a, b): pass\n',
        "",
    ),
    "several in a list": (
        fixture("a") + fixture("b") + '@pytest.mark.parametrize(["a", "b"], [(1, 2)])\ndef test(a, b): pass\n',
        "",
    ),
    "a parameter by its keyword": (
        fixture("a") + '@pytest.mark.parametrize(argnames="a", argvalues=[1])\ndef test(a): pass\n',
        "",
    ),
    "a parameter of the fixture": (
        fixture("a") + '@pytest.mark.parametrize("a", [1], indirect=True)\ndef test(a): pass\n',
        "a",
    ),
    "of two parameters one of the fixture": (
        fixture("a")
        + fixture("b")
        + '@pytest.mark.parametrize("a, b", [(1, 2)], indirect=["a"])\ndef test(a, b): pass\n',
        "a",
    ),
    "not of the fixture, said so": (
        fixture("a") + '@pytest.mark.parametrize("a", [1], indirect=False)\ndef test(a): pass\n',
        "",
    ),
    "values for a whole class": (
        fixture("a") + '@pytest.mark.parametrize("a", [1])\nclass TestIt:\n  def test(self, a): pass\n',
        "",
    ),
    "used by a function": (fixture("a") + '@pytest.mark.usefixtures("a")\ndef test(): pass\n', "a"),
    "used by a class": (
        fixture("a") + '@pytest.mark.usefixtures("a")\nclass TestIt:\n  def test(self): pass\n',
        "a",
    ),
    "used by a module": (fixture("a") + 'pytestmark = pytest.mark.usefixtures("a")\ndef test(): pass\n', "a"),
    "used by a module in a list": (
        fixture("a") + fixture("b") + 'pytestmark = [pytest.mark.usefixtures("a", "b")]\ndef test(): pass\n',
        "ab",
    ),
    "always": (fixture("a", options="(autouse=True)") + "def test(): pass\n", "a"),
    "never": (fixture("a", options="(autouse=False)") + "def test(): pass\n", ""),
    "always, with what it asks for": (
        fixture("b") + fixture("a", "b", options="(autouse=True)") + "def test(): pass\n",
        "ab",
    ),
    "always in a class": (
        "class TestIt:\n  @pytest.fixture(autouse=True)\n  def a(self): pass\n  def test(self): pass\n",
        "a",
    ),
    "always in another class": (
        (
            "class TestOther:\n  @pytest.fixture(autouse=True)\n  def a(self): pass\n  def test_other(self): pass\n"
            "class TestIt:\n  def test(self): pass\n"
        ),
        "",
    ),
    "of patches": (
        fixture("a") + 'from unittest import mock\n@mock.patch("os.sep")\ndef test(a): pass\n',
        "",
    ),
    "with a default": (fixture("a") + "def test(a=1): pass\n", ""),
}


@pytest.mark.parametrize(("text", "expected"), REACHED.values(), ids=REACHED.keys())
def test_a_test_reaches(text: str, expected: str, tmp_path: Path) -> None:
    graph = asking(tmp_path, {"test_it.py": text})
    test = test_named(graph, "TestIt.test" if "TestIt" in text else "test")
    assert "".join(sorted(each.name for each in graph.closure(test))) == expected


def test_a_test_asks_for_what_the_marks_of_its_bases_in_other_files_name(tmp_path: Path) -> None:
    base = '@pytest.mark.usefixtures("a")\nclass Base: pass\n'
    used = "from tools import Base\nclass TestIt(Base):\n  def test(self, b): pass\n"
    graph = asking(tmp_path, {"tools.py": base, "test_it.py": used})
    assert graph.requested(test_named(graph, "TestIt.test")) == {"a", "b"}


def test_autouse_of_a_conftest_reaches_all_below(tmp_path: Path) -> None:
    files = {
        "a/conftest.py": fixture("always", options="(autouse=True)"),
        "a/b/test_it.py": "def test(): pass\n",
        "c/test_other.py": "def test_other(): pass\n",
    }
    graph = asking(tmp_path, files)
    assert len(graph.closure(test_named(graph, "test"))) == 1
    assert not graph.closure(test_named(graph, "test_other"))


def test_an_override_that_does_nothing_by_itself_hides_one_that_does(tmp_path: Path) -> None:
    """pytest uses the name, and the name means the nearest one."""
    files = {
        "conftest.py": fixture("always", options="(autouse=True)"),
        "test_it.py": fixture("always") + "def test(): pass\n",
    }
    graph = asking(tmp_path, files)
    assert [place(each) for each in graph.closure(test_named(graph, "test"))] == ["test_it.py:2"]


HEAD = "import pytest_asyncio\n"
LOOPS = {
    "of a marked test": ("@pytest.mark.asyncio\nasync def test(): pass\n", "", "function"),
    "of the mark": ('@pytest.mark.asyncio(loop_scope="module")\nasync def test(): pass\n', "", "module"),
    "of the mark of old": ('@pytest.mark.asyncio(scope="module")\nasync def test(): pass\n', "", "module"),
    "of the class": (
        '@pytest.mark.asyncio(loop_scope="class")\nclass TestIt:\n  async def test(self): pass\n',
        "",
        "class",
    ),
    "of the nearest mark": (
        (
            '@pytest.mark.asyncio(loop_scope="class")\nclass TestIt:\n'
            "  @pytest.mark.asyncio\n  async def test(self): pass\n"
        ),
        "",
        "function",
    ),
    "of the module": (
        'pytestmark = pytest.mark.asyncio(loop_scope="module")\nasync def test(): pass\n',
        "",
        "module",
    ),
    "of the default": (
        "@pytest.mark.asyncio\nasync def test(): pass\n",
        "asyncio_default_test_loop_scope = session\n",
        "session",
    ),
    "of the mark before the default": (
        '@pytest.mark.asyncio(loop_scope="class")\nasync def test(): pass\n',
        "asyncio_default_test_loop_scope = session\n",
        "class",
    ),
    "of auto mode": ("async def test(): pass\n", "asyncio_mode = auto\n", "function"),
    "without a mark": ("async def test(): pass\n", "asyncio_mode = strict\n", None),
    "of a sync test": ("@pytest.mark.asyncio\ndef test(): pass\n", "", None),
    "of anyio": ("@pytest.mark.anyio\nasync def test(): pass\n", "asyncio_mode = auto\n", None),
    "of trio": ("import trio\n@pytest.mark.trio\nasync def test(): pass\n", "", None),
    "without the plugin": (
        "@pytest.mark.asyncio\nasync def test(): pass\n",
        "addopts = -p no:asyncio\n",
        None,
    ),
    "computed": (
        'S = ["module"]\n@pytest.mark.asyncio(loop_scope=S[0])\nasync def test(): pass\n',
        "",
        None,
    ),
}


@pytest.mark.parametrize(("text", "ini", "expected"), LOOPS.values(), ids=LOOPS.keys())
def test_a_test_runs_on_the_loop(text: str, ini: str, expected: str | None, tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "pytest-asyncio\n"})
    write(tmp_path, {"test_it.py": f"import pytest\n{text}", "pytest.ini": f"[pytest]\n{ini}"})
    graph = Workspace(tmp_path).project_context().graph
    test = test_named(graph, "TestIt.test" if "TestIt" in text else "test")
    assert (loop_scope(test) if runs_on_asyncio(test) else None) == expected


FIXTURE_LOOPS = {
    "of its scope": ('@pytest_asyncio.fixture(scope="module")', "", "module"),
    "of a function": ("@pytest_asyncio.fixture", "", "function"),
    "stated": ('@pytest_asyncio.fixture(scope="module", loop_scope="session")', "", "session"),
    "of the default": (
        '@pytest_asyncio.fixture(scope="module")',
        "asyncio_default_fixture_loop_scope = session\n",
        "session",
    ),
    "of its scope by default": (
        '@pytest_asyncio.fixture(scope="module")',
        "asyncio_default_fixture_loop_scope = fixture-scope\n",
        "module",
    ),
    "of pytest in strict mode": ("@pytest.fixture", "asyncio_mode = strict\n", None),
    "of pytest in auto mode": ("@pytest.fixture", "asyncio_mode = auto\n", "function"),
    "of pytest's older name in auto mode": ("@pytest.yield_fixture", "asyncio_mode = auto\n", "function"),
}


@pytest.mark.parametrize(("decorator", "ini", "expected"), FIXTURE_LOOPS.values(), ids=FIXTURE_LOOPS.keys())
def test_a_fixture_runs_on_the_loop(decorator: str, ini: str, expected: str | None, tmp_path: Path) -> None:
    text = f"import pytest\nimport pytest_asyncio\n\n\n{decorator}\nasync def a(): pass\n"
    write(tmp_path, {"conftest.py": text, "pytest.ini": f"[pytest]\n{ini}"})
    graph = Workspace(tmp_path).project_context().graph
    (found,) = graph.fixtures_of("conftest.py")
    assert (loop_scope(found) if runs_on_asyncio(found) else None) == expected


def _plan(root: Path) -> dict[str, set[str]]:
    """Return the fixtures that pytest says each test uses: where they stand, by the names of the tests."""
    command = [sys.executable, "-m", "pytest", "--fixtures-per-test", "-v", "-p", "no:cacheprovider", "-q"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment = {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        if match := re.fullmatch(r"-+ fixtures used by (\w+)(?:\[.*\])? -+", line):
            current = found.setdefault(match[1], set())
        elif (match := re.fullmatch(r"(\w+)(?: \[\w+ scope\])? -- ((?!\.\.\.).+):(\d+)", line)) and ".." not in match[
            2
        ]:
            current.add(f"{match[1]} {match[2]}")
    return found


def test_pytest_says_the_same(tmp_path: Path) -> None:
    """A larger project; what each test uses is what ``pytest --fixtures-per-test`` lists."""
    files = {
        "tools.py": fixture("tool") + '@pytest.fixture(name="renamed", scope="session")\ndef make(): pass\n',
        "plugin.py": fixture("plugged", "tool") + fixture("everywhere", options="(autouse=True)"),
        "conftest.py": 'from tools import *\npytest_plugins = ["plugin"]\n'
        + fixture("base")
        + fixture("derived", "base")
        + fixture("shown", "derived", "plugged"),
        "one/conftest.py": fixture("base", "base") + fixture("automatic", "base", options="(autouse=True)"),
        "one/test_a.py": fixture("local", "derived")
        + "def test_1(local): pass\ndef test_2(shown, renamed): pass\n"
        + '@pytest.mark.parametrize("base", [1])\ndef test_3(base): pass\n'
        + '@pytest.mark.parametrize("base", [1], indirect=True)\ndef test_4(base): pass\n'
        + "class TestC:\n  @pytest.fixture\n  def derived(self, derived): pass\n"
        + "  @pytest.fixture(autouse=True)\n  def of_class(self, tool): pass\n"
        + "  def test_5(self, derived): pass\n"
        + "  class TestD:\n    def test_6(self, shown): pass\n",
        "two/test_b.py": 'pytestmark = pytest.mark.usefixtures("shown")\n'
        + fixture("base")
        + "def test_7(): pass\ndef test_8(base, tool): pass\n"
        + "class Base:\n  @pytest.fixture\n  def inherited(self, base): pass\n"
        + "class TestE(Base):\n  def test_9(self, inherited): pass\n",
    }
    graph = asking(tmp_path, files)
    tests = [each for path in graph.paths for each in graph.tests_of(path)]
    planned = _plan(tmp_path)
    assert len(tests) == 9
    assert {each.node.name: _reached(graph, each) for each in tests} == {
        each.node.name: planned.get(each.node.name, set()) for each in tests
    }


def _reached(graph: FixtureGraph, test: Declaration) -> set[str]:
    """Return what a test reaches as pytest lists it: of those with one name the nearest."""
    nearest = {each.name: graph.resolve(test, each.name) for each in graph.closure(test)}
    return {f"{name} {each.path}" for name, each in nearest.items() if each is not None}


@pytest.mark.parametrize(
    ("named", "near"),
    [
        ('"tests.a.conftest"', {"conftest.py", "tests/a/conftest.py", "tests/a/test_a.py", "tests/b/test_b.py"}),
        ('"tests.other"', {"tests/a/conftest.py", "tests/a/test_a.py"}),
        ('"installed"', {"tests/a/conftest.py", "tests/a/test_a.py"}),
        ("plugins()", {"conftest.py", "tests/a/conftest.py", "tests/a/test_a.py", "tests/b/test_b.py"}),
    ],
    ids=["it is a plugin", "another is", "none of the project is", "it can't be told"],
)  # fmt: skip
def test_who_may_reach_the_fixtures_of_a_conftest_that_may_be_a_plugin(
    tmp_path: Path, named: str, near: set[str]
) -> None:
    graph = asking(
        tmp_path,
        {
            "conftest.py": f"# what a conftest of a folder has\npytest_plugins = [{named}]\n",
            "tests/a/conftest.py": fixture("a"), "tests/a/test_a.py": A, "tests/b/test_b.py": A,
        },
    )  # fmt: skip
    assert {*graph.near("tests/a/conftest.py")} == near


def test_tests_that_ask_for_the_same_share_what_they_reach_and_others_do_not(tmp_path: Path) -> None:
    tests = (
        "def test_one(b): pass\ndef test_two(b): pass\n@pytest.mark.parametrize('b', [1])\ndef test_given(b): pass\n"
    )
    graph = asking(tmp_path, {"conftest.py": fixture("a") + fixture("b", "a"), "test_it.py": tests})
    reached = {name: graph.reachable(test_named(graph, name)) for name in ("test_one", "test_two", "test_given")}
    assert {name: sorted(each.name for each in found) for name, found in reached.items()} == {
        "test_one": ["a", "b"], "test_two": ["a", "b"], "test_given": [],
    }  # fmt: skip
