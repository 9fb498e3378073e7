"""A file that asks is answered at once: however much it asks, wherever it lies, and whoever works on it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from codemods import Report, Settings, migrate_paths
from codemods.analysis.index.file_answers import FileAnswers
from codemods.model import Evidence
from codemods.semantics.answers import Answers, DriverHelper, FutureHelper, NoAnswers
from codemods.workspace import Workspace
from small_projects import SmallProject, path, write

pytestmark = pytest.mark.usefixtures("no_environment")

_MOST = 12
SERVICE = """\
class Client:
    async def fetch(self, key):
        return key


class Service:
    def __init__(self, client):
        self.client = client

    async def load(self, key):
        return await self.client.fetch(key)
"""
TEST = """\
import pytest
from unittest.mock import Mock

from app.service import Service


@pytest.mark.asyncio
async def test_load(client):
    fetch = Mock()
    fetch.fetch = Mock(return_value=1)
    assert await Service(fetch).load("a") == 1
"""
CONFTEST = """\
import pytest

from app.service import Client


@pytest.fixture
def client():
    return Client()
"""
PROJECT = {"app/service.py": SERVICE, "tests/conftest.py": CONFTEST, "tests/test_it.py": TEST}


def found(report: Report) -> list[tuple[str, str, str, str]]:
    return [(each.path, each.code, each.safety.value, each.message) for each in report.findings]


@pytest.mark.parametrize("name", ["a@b", "@", "a@b@c", "@/x", "a|b", "a b", "().await", "é"])
def test_where_the_project_lies_says_nothing(name: str, tmp_path: Path) -> None:
    write(tmp_path / "plain", {"app/__init__.py": "", **PROJECT})
    expected = found(migrate_paths([tmp_path / "plain"], Settings()))
    assert [code for _, code, *_ in expected] == ["PAM301"]
    write(tmp_path / name, {"app/__init__.py": "", **PROJECT})
    assert found(migrate_paths([tmp_path / name], Settings())) == expected


MAKERS = """\
import pytest
from app.makers import *
from app.runner import run


def make():
{calls}
    return make0()


@pytest.fixture
def event_loop():
    loop = make()
    yield loop
    loop.close()


def test_it(event_loop):
    run(1)
    event_loop.run_until_complete(work())


async def work():
    pass
"""


def makers(number: int) -> dict[str, str]:
    """Return a test file whose helper calls that many functions of another one, each of which makes a loop."""
    made = (f"def make{index}(): return asyncio.new_event_loop()" for index in range(number))
    calls = (f"    make{index}()" if index < number else "    print()" for index in range(_MOST))
    return {
        "app/__init__.py": "",
        "app/makers.py": "\n".join(("import asyncio", *made)),
        "app/runner.py": "import asyncio\n\n\ndef run(x):\n    asyncio.run(main())\n\n\nasync def main(): pass\n",
        "tests/test_it.py": MAKERS.replace("{calls}", "\n".join(calls)).replace(
            "*", ", ".join(f"make{index}" for index in range(number))
        ),
    }


@pytest.mark.parametrize("number", [4, 5, 6, 7, _MOST])
def test_any_number_of_questions_is_answered(number: int, tmp_path: Path) -> None:
    def shown(count: int) -> list[tuple[str, str, str, str]]:
        write(tmp_path / str(count), makers(count))
        return found(migrate_paths([tmp_path / str(count)], Settings()))

    assert shown(number) == shown(1)


def test_another_process_gets_the_same_answer(tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": "", **PROJECT})
    here = Workspace(tmp_path)
    there = pickle.loads(pickle.dumps(here))
    for each in (here, there):
        answers = each._index.answers(tmp_path / "tests/test_it.py")
        assert answers.callee(path("app.service.Client().fetch")).answer.value == "async"
        assert answers.fixture_value("client").path is not None
    assert here.answers("tests/test_it.py") == there.answers("tests/test_it.py")


def test_each_question_has_an_answer_of_every_kind_of_file() -> None:
    asked = {name for name in vars(Answers) if not name.startswith("_")}
    assert asked <= {*dir(NoAnswers), *vars(FileAnswers)}
    assert asked <= vars(FileAnswers).keys()


CLASSES = "class Far:\n    async def f(self): ...\n\n\nclass Near:\n    def f(self): return 1\n"
FAR = "import pytest\nfrom app.a import Far\n\n\n@pytest.fixture\ndef client(): return Far()\n"
NEAR = "import pytest\nfrom app.a import Near\n\n\n@pytest.fixture\ndef client(): return Near()\n"
USED = "import pytest\n\n\n@pytest.fixture\ndef use(client): return client\n"
BINDINGS = {
    "the conftest above": ({"tests/conftest.py": FAR}, "async"),
    "the nearer of two": ({"tests/conftest.py": FAR, "tests/sub/conftest.py": NEAR}, "sync"),
    "one that the nearer imports": (
        {"tests/conftest.py": FAR, "tests/sub/conftest.py": "from tests.near import client\n", "tests/near.py": NEAR},
        "sync",
    ),
    "one that the nearer imports with all": (
        {"tests/conftest.py": FAR, "tests/sub/conftest.py": "from tests.near import *\n", "tests/near.py": NEAR},
        "sync",
    ),
    "a plugin of the conftest, which is further away": (
        {"tests/conftest.py": f"pytest_plugins = ['tests.near']\n{FAR}", "tests/near.py": NEAR},
        "async",
    ),
    "a plugin of the conftest": (
        {"tests/conftest.py": "pytest_plugins = ['tests.near']\n", "tests/near.py": NEAR},
        "sync",
    ),
    "the test's own module": ({"tests/conftest.py": FAR, "tests/sub/test_it.py": NEAR}, "unknown"),
    "one beside it": ({"tests/other/conftest.py": FAR}, "unknown"),
    "one of a class": (
        {"tests/conftest.py": "class TestA:\n" + "\n".join(f"    {line}" for line in FAR.splitlines())},
        "unknown",
    ),
    "one by another name": (
        {"tests/conftest.py": FAR.replace("@pytest.fixture", "@pytest.fixture(name='other')")},
        "unknown",
    ),
    "two of one name": ({"tests/conftest.py": f"{FAR}\n\n{NEAR}"}, "sync"),
}  # fmt: skip


@pytest.mark.parametrize("name", BINDINGS)
def test_which_fixture_a_name_means(name: str, tmp_path: Path) -> None:
    files, expected = BINDINGS[name]
    files = {"app/a.py": CLASSES, "tests/sub/test_it.py": "def test_it(client): client.f()\n", **files}
    project = SmallProject(tmp_path, files, "tests/sub/test_it.py")
    path = project.known("fixture_value", "client").path
    assert (project.kind(path.attribute("f")) if path else "unknown") == expected


USERS = {
    "a test below": ({"tests/sub/test_it.py": "async def test_it(client): await client()\n"}, ["awaited"]),
    "a fixture below": (
        {"tests/sub/conftest.py": USED.replace("return client", "return client().size")},
        ["called without await"],
    ),
    "one whose class has its own": (
        {
            "tests/test_it.py": "import pytest\nclass TestA:\n    @pytest.fixture\n    def client(self): ...\n"
            "    async def test_it(self, client): await client()\n"
        },
        [],
    ),
    "one whose module has its own": ({"tests/test_it.py": f"{NEAR}\nasync def test_it(client): await client()\n"}, []),
    "one whose conftest has its own": (
        {"tests/sub/conftest.py": NEAR, "tests/sub/test_it.py": "async def test_it(client): await client()\n"},
        [],
    ),
    "one that is given its values": (
        {
            "tests/test_it.py": "import pytest\n@pytest.mark.parametrize('client', [f])\n"
            "async def test_it(client): await client()\n"
        },
        [],
    ),
    "one that asks the next one outwards": (
        {
            "tests/sub/conftest.py": "import pytest\n@pytest.fixture\ndef client(client): return client().size\n",
            "tests/sub/test_it.py": "async def test_it(client): await client()\n",
        },
        ["called without await"],
    ),
    "one beside the folder": ({"other/test_it.py": "async def test_it(client): await client()\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", USERS)
def test_who_uses_a_fixture(name: str, tmp_path: Path) -> None:
    files, expected = USERS[name]
    project = SmallProject(tmp_path, {"app/a.py": CLASSES, "tests/conftest.py": FAR, **files}, "tests/conftest.py")
    uses = project.known("fixture_users", "client")
    assert [each.kind for each in uses if not each.path] == expected
    is_awaited = any(each == "awaited" for each in expected)
    assert (project.known("awaited", "client") is not None) == is_awaited


ASKED = [
    ("definition", "app.broken.f"), ("callee", "app.broken.f"), ("argument", "app.broken.f", 0),
    ("declared_callee", "app.broken.f"),
    ("attribute_uses", "app.broken.C()", "x"), ("future_helper", "app.broken.f"), ("driver_helper", "app.broken.f"),
    ("loop_made", "app.broken.f"), ("runs_loop", "app.broken.f"), ("begins_tasks", "app.broken.f"),
    ("only_keeps", "app.broken.C"),
    ("users", "client"), ("case_heirs", "client"),
    ("delegated", "client"), ("fixture_value", "client"), ("async_fixture", "client"), ("fixture_users", "client"),
    ("loop_override", "client"), ("loop_set_up", "client"), ("loop_set_up", ""), ("overridden", "client"),
    ("fetched", "client"), ("driven", "client"), ("awaited", "client"), ("loop_beside", "client"),
]  # fmt: skip


@pytest.mark.parametrize("broken", ["def (", "\0", "x = \udc80", "(" * 500])
def test_a_file_that_cannot_be_parsed_is_unknown(broken: str, tmp_path: Path) -> None:
    text = f"# client fixture getfixturevalue conftest yield from\n{broken}\n"
    project = SmallProject(tmp_path, {}, "tests/conftest.py")
    for name in ("app/broken.py", "tests/sub/test_broken.py", "tests/conftest.py", "conftest.py", "plugin.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    nothing = NoAnswers()
    for question, *args in ASKED:
        expected = () if question == "fixture_users" else getattr(nothing, question)(*args)
        assert project.known(question, *args) == expected, question


@pytest.mark.parametrize("parts", [1, 2000, 2700])
def test_a_file_can_be_parsed_wherever_it_is_asked_for(parts: int, tmp_path: Path) -> None:
    files = makers(2)
    deep = f"text = {' + '.join(['name'] * parts)}\n"
    conftest = files["tests/test_it.py"] + deep
    test = "def test_it(event_loop):\n    event_loop.run_until_complete(work())\n\n\nasync def work(): pass\n"
    makers_too = files["app/makers.py"] + "\n" + deep
    files |= {"requirements.txt": "pytest-asyncio\n", "app/makers.py": makers_too}
    write(tmp_path, {**files, "tests/conftest.py": conftest, "tests/test_it.py": test})
    assert [code for _, code, *_ in found(migrate_paths([tmp_path], Settings()))] == ["PAM604", "PAM606"]


def test_of_many_places_the_first_is_named(tmp_path: Path) -> None:
    numbers = range(20)
    text = "import asyncio\n"
    text += "".join(f"def run{each}(): asyncio.run(asyncio.create_task(work()))\n" for each in numbers)
    text += f"def main():\n    {'; '.join(f'run{each}()' for each in reversed(numbers))}\n"
    project = SmallProject(tmp_path, {"app/a.py": text})
    for question in ("runs_loop", "begins_tasks"):
        assert project.known(question, "app.a.main").line == 2


def test_of_many_files_the_first_is_named(tmp_path: Path) -> None:
    wide = "import pytest_asyncio\n\n\n@pytest_asyncio.fixture(scope='module')\nasync def wide{0}(): ...\n"
    names = [f"tests/other/wide{each}.py" for each in range(8)]
    files = {name: wide.format(number) for number, name in enumerate(names)}
    imports = "".join(f"from tests.other.wide{each} import *\n" for each in range(8))
    test = f"{imports}\n\nimport pytest\n\n\n@pytest.mark.asyncio\nasync def test_it(): ...\n"
    settings = {"pytest.ini": "[pytest]\n", "tests/other/pytest.ini": "[pytest]\n"}
    write(tmp_path, {**files, **settings, "tests/other/conftest.py": "", "tests/test_it.py": test})
    report = migrate_paths([tmp_path], Settings(select=("PAM602",)))
    unset = [each for each in report.findings if each.path == "pytest.ini"]
    assert [each.path for each in unset[0].evidence] == names


HELPERS = """\
import asyncio
import uvloop


async def work(): pass


def drives(): asyncio.run(work())
def leads(): drives()
def is_quiet(): return 1
async def is_async(): asyncio.run(work())
def helper(coro): return asyncio.run(coro)
def no_helper(coro): coro.close()
def begins(): asyncio.ensure_future(work())
def plain(): return asyncio.new_event_loop()
def custom(): return uvloop.new_event_loop()
def finished(value):
    future = asyncio.Future()
    future.set_result(value)
    return future


class Runs:
    def __init__(self): asyncio.run(work())


class Quiet:
    def close(self): asyncio.run(work())


class Bound(Quiet):
    __enter__ = drives


class Gets(Bound):
    def __init__(self): self.loop = asyncio.new_event_loop()
"""
PLUGIN = "import asyncio\nimport pytest\n\n\n@pytest.fixture\ndef client():\n    asyncio.run(work())\n"
GETS = "import pytest\n\n\ndef test_it(request):\n    request.getfixturevalue('client')\n"
ANSWERED = [
    ("runs_loop", "app.a.drives", "app/a.py:8"),
    ("runs_loop", "app.a.leads", "app/a.py:8"),
    ("runs_loop", "app.a.is_quiet", None),
    ("runs_loop", "app.a.is_async", None),
    ("runs_loop", "app.a.Runs", "app/a.py:24"),
    ("runs_loop", "app.a.Quiet", None),
    ("runs_loop", "app.a.Gets", "app/a.py:8"),
    ("only_keeps", "app.a.Bound", True),
    ("only_keeps", "app.a.Gets", False),
    ("only_keeps", "app.a.drives", False),
    ("driver_helper", "app.a.helper", DriverHelper(is_run=True, returns=True)),
    ("driver_helper", "app.a.no_helper", None),
    ("driver_helper", "app.a.Runs", None),
    ("begins_tasks", "app.a.begins", "app/a.py:14"),
    ("begins_tasks", "app.a.is_quiet", None),
    ("loop_made", "app.a.plain", "plain"),
    ("loop_made", "app.a.custom", "custom"),
    ("loop_made", "app.a.is_quiet", None),
    ("future_helper", "app.a.finished", FutureHelper("value", "value", None)),
    ("future_helper", "app.a.is_quiet", None),
    ("is_named_in_another_file", "client", True),
    ("is_named_in_another_file", "nowhere_named", False),
]  # fmt: skip


def shown(answer: object) -> object:
    return f"{answer.path}:{answer.line}" if isinstance(answer, Evidence) else answer


@pytest.mark.parametrize(("question", "path", "expected"), ANSWERED)
def test_what_is_answered_of_functions(question: str, path: str, expected: object, tmp_path: Path) -> None:
    files = {"app/a.py": HELPERS, "tests/test_it.py": "nowhere_named\n", "tests/test_other.py": "client\n"}
    assert shown(SmallProject(tmp_path, files).known(question, path)) == expected


SET_UPS = {
    "a conftest": ({"tests/conftest.py": PLUGIN}, "tests/conftest.py:7"),
    "a nearer one that does nothing": ({"conftest.py": PLUGIN, "tests/conftest.py": FAR}, None),
    "a fixture that it asks for": (
        {"tests/conftest.py": PLUGIN.replace("client", "inner") + "@pytest.fixture\ndef client(inner): return 1\n"},
        "tests/conftest.py:7",
    ),
    "a file that may be a plugin": ({"plugin.py": PLUGIN}, "plugin.py:7"),
    "another test file": ({"tests/test_other.py": PLUGIN}, None),
    "the file itself": ({"tests/test_it.py": PLUGIN}, None),
    "no fixture": ({"plugin.py": PLUGIN.replace("@pytest.fixture\n", "")}, None),
}


@pytest.mark.parametrize("name", SET_UPS)
def test_a_fixture_that_runs_a_loop(name: str, tmp_path: Path) -> None:
    files, expected = SET_UPS[name]
    files = {"app/a.py": CLASSES, "tests/test_it.py": "def test_it(client): pass\n", **files}
    found = SmallProject(tmp_path, files).known("loop_set_up", "client")
    assert (shown(found.evidence) if found is not None else None) == expected


def test_one_that_all_use(tmp_path: Path) -> None:
    automatic = PLUGIN.replace("pytest.fixture", "pytest.fixture(autouse=True)")
    files = {
        "tests/conftest.py": automatic,
        "other/conftest.py": PLUGIN,
        "tests/test_it.py": "",
        "other/test_it.py": "",
    }
    assert SmallProject(tmp_path, files).known("loop_set_up", "").fixture == "of a conftest.py"
    assert SmallProject(tmp_path, files, "other/test_it.py").known("loop_set_up", "") is None


def test_who_gets_a_fixture_by_name(tmp_path: Path) -> None:
    files = {"app/a.py": CLASSES, "tests/conftest.py": FAR, "tests/test_it.py": GETS}
    project = SmallProject(tmp_path / "a", files, "tests/conftest.py")
    assert shown(project.known("fetched", "client")) == "tests/test_it.py:5"
    assert [each.kind for each in project.known("fixture_users", "client")] == ["handed on"]
    project = SmallProject(tmp_path / "b", {**files, "tests/test_it.py": f"{NEAR}\n\n{GETS}"}, "tests/conftest.py")
    assert project.known("fixture_users", "client") == ()
