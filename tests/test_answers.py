"""A file that asks is answered at once: however much it asks, wherever it lies, and whoever works on it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from codemods import Report, Settings, migrate_paths
from codemods.analysis.index.file_answers import FileAnswers
from codemods.semantics.answers import Answers, NoAnswers
from codemods.workspace import Workspace
from small_projects import write

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


def test_another_process_is_told_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": "", **PROJECT})
    here = Workspace(tmp_path)
    there = pickle.loads(pickle.dumps(here))
    for each in (here, there):
        answers = each._index.answers(tmp_path / "tests/test_it.py")
        assert answers.callee("app.service.Client().fetch").answer.value == "async"
        assert answers.fixture_value("client").path is not None
    assert here.answers("tests/test_it.py") == there.answers("tests/test_it.py")


def test_each_question_has_an_answer_of_every_kind_of_file() -> None:
    asked = {name for name in vars(Answers) if not name.startswith("_")}
    assert asked <= {*dir(NoAnswers), *vars(FileAnswers)}
    assert asked <= vars(FileAnswers).keys()
