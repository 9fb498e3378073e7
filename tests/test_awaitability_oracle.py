"""The awaitability oracle on one small project: what runs is what the tool says, and a wrong answer is found."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import awaitability_oracle
from awaitability_oracle import Report, Seen, compare, record, recorded
from codemods.semantics.answers import Answer
from codemods.verify.running.interpreter import find_interpreter
from codemods.workspace import Workspace
from small_projects import write

FILES = {
    "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
    "app.py": """
        class Awaitable:
            def __await__(self): yield
        class Client:
            async def get(self): return 1
            def size(self): return 1
            def later(self): return self.get()
        class Special(Client):
            def get(self): return 2
        def make() -> Client: return Client()
    """,
    "tests/test_it.py": """
        import asyncio
        from dataclasses import dataclass, field
        from unittest import mock

        import app
        from app import Client

        @dataclass
        class Row(Client):
            names: list[str] = field(default_factory=list)

            def get(self):
                return super().size(), sorted(locals())

        class Waiting(app.Awaitable): pass

        async def fetch(): return 1
        def hand_on(): return fetch()
        def current(): return asyncio.current_task()

        async def test_it(event_loop_policy):
            loop = asyncio.get_running_loop()
            client = app.make()
            assert await client.get() == 1 and client.size() == 1
            assert await client.later() == await hand_on()
            assert app.Special().get() == 2
            assert Row().get() == (1, ["__class__", "self"])
            current(), Waiting(), loop.time()
            await asyncio.create_task(fetch())
            with mock.patch("app.make") as made:
                made.return_value = 1
                assert app.make() == 1
    """,
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, list[Seen]]]:
    root = tmp_path_factory.mktemp("project")
    write(root, FILES)
    output = root.parent / "calls.json"
    record(root, find_interpreter(Path(sys.executable), root), output, ["-q"], 30.0)
    return root, recorded(output)


def _gave(seen: Mapping[str, list[Seen]], line: int) -> list[tuple[str, ...]]:
    return [tuple(each.gave) for each in seen["tests/test_it.py"] if each.place[0] == line]


def test_each_call_is_noted_with_what_it_gave(seen: tuple[Path, Mapping[str, list[Seen]]]) -> None:
    lines = [line.strip() for line in (seen[0] / "tests/test_it.py").read_text().splitlines()]
    number = lines.index("def hand_on(): return fetch()") + 1
    assert _gave(seen[1], number) == [("awaitable coroutine",)]
    number = lines.index("return super().size(), sorted(locals())") + 1
    assert sorted(_gave(seen[1], number)) == [("plain dict",), ("plain int",), ("plain list",), ("plain super",)]
    number = lines.index("assert app.make() == 1") + 1
    assert [each.is_compared for each in seen[1]["tests/test_it.py"] if each.place[0] == number] == [False]
    assert "app.py" in seen[1]


def test_nothing_that_the_tool_says_is_wrong(seen: tuple[Path, Mapping[str, list[Seen]]]) -> None:
    report = compare(Workspace(seen[0]), seen[1], everything=True)
    assert report.contradictions == report.disagreements == []
    assert report.answers[awaitability_oracle.ONE][Answer.ASYNC] >= 6
    methods = {f"method of {each}" for each in ("a built-in", "a variable", "an import", "self")}
    assert set(report.unknown) == {"a definition of the file", *methods}


@pytest.mark.parametrize(
    ("gave", "answer", "is_wrong"),
    [
        ("plain", Answer.ASYNC, True),
        ("plain", Answer.SYNC, False),
        ("plain", Answer.UNKNOWN, False),
        ("awaitable", Answer.SYNC, True),
        ("awaitable", Answer.ASYNC, False),
    ],
)
def test_an_answer_that_is_wrong_is_a_contradiction(gave: str, answer: Answer, is_wrong: bool) -> None:
    report = Report()
    report.note("a.py:1 `f()`", Seen((1, 0, 1, 3), {gave: 1}, [gave], []), {"awaitable": answer}, "an import")
    assert bool(report.contradictions) is is_wrong
