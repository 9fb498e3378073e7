"""What leads to several others, many levels deep, is looked up in few steps, and says the same in whatever order."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from branching_projects import PROJECTS, TORTOISE
from codemods.api import migrate_paths
from codemods.config import Settings
from codemods.model import Status
from codemods.semantics.answers import FixtureValue
from codemods.semantics.limits import Budget, DepthLimit
from small_projects import SmallProject, write

pytestmark = pytest.mark.usefixtures("no_environment")

_CALLS = 2_500_000
"""How many functions may be called for one project: the widest take a third of them, and unbounded ones have no end."""


class TooManyCalls(BaseException):
    """Not an Exception: nothing in the tool may take it for an error of one file."""


@contextmanager
def _counted_calls() -> Iterator[None]:
    """Raise TooManyCalls if Python functions are called too often: steps, not seconds."""
    left = _CALLS

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal left
        left -= event == "call"
        if left < 0:
            raise TooManyCalls

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_check_ends_in_a_bounded_number_of_calls(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": "", **PROJECTS[name]})
    with _counted_calls():
        report = migrate_paths([tmp_path], Settings(unsafe=True, jobs=1), first_round=True)
    assert [(each.path, each.error) for each in report.files if each.status is Status.FAILED] == []


PATHS = {
    "alternatives of alternatives": f"start{'.n' * 12}.p.g().y",
    "attributes that are others of the same class": "start.a.b.c.filter().a.all().b.y",
    "properties that return unions": f"start{'.p' * 20}",
    "diamonds": "start.y",
    "aliases of each other": "v0.x",
    "names bound again and again": "v0.x",
    "a name that is one of itself": "start().x",
    "functions that call two": "h0",
    "decorators of decorators": "start",
    "a long chain of members": "start.a0",
    "many branches": "start",
    "long expressions": "start.x",
    "odd annotations": "f().x",
}


@pytest.mark.parametrize("name", PATHS)
def test_what_a_path_leads_to_is_found_in_a_bounded_number_of_calls(name: str, tmp_path: Path) -> None:
    project = SmallProject(tmp_path, PROJECTS[name])
    with _counted_calls():
        project.kind(f"app.a.{PATHS[name]}")


ORDERS: dict[str, tuple[dict[str, str], list[tuple[str | int, ...]]]] = {
    "alternatives in a circle": (
        {"app/a.py": TORTOISE},
        [("callee", f"app.a.{path}") for path in ("start.a", "start.b.c", "start.filter", "Prefetch().a")],
    ),
    "functions that return each other": (
        {
            "app/a.py": "async def h(): return 1\ndef f():\n    if x: return g()\n    return h()\n"
            "def g():\n    if x: return f()\n    return h()\ndef k(): return g()\n"
        },
        [("callee", f"app.a.{name}") for name in "fghk"],
    ),
    "classes that inherit from each other": (
        {
            "app/a.py": "from app.b import B\nclass A(B):\n    async def f(self): return 1\nclass C(A): pass\n",
            "app/b.py": "from app.a import A\nclass B(A):\n    def f(self): return 1\n",
        },
        [("callee", path) for path in ("app.a.A().f", "app.b.B().f", "app.a.C().f", "app.a.A.f")],
    ),
    "a long chain of functions": (
        dict(PROJECTS["a long chain of functions"]),
        [("callee", f"app.a.a{i}") for i in (0, 500, 900, 980, 990, 995, 999)],
    ),
    "a long chain of classes": (
        dict(PROJECTS["a long chain of classes"]),
        [("callee", f"app.a.C{i}().f") for i in (0, 5, 100, 200, 1000, 3000)],
    ),
    "a long chain of modules": (
        dict(PROJECTS["a long chain of modules"]),
        [("callee", f"app.m{i}.x") for i in (0, 100, 120, 130, 140, 149)],
    ),
    "a long chain of helpers": (
        dict(PROJECTS["a long chain of helpers in modules"]),
        [("future_helper", f"app.m{i}.make") for i in (0, 50, 90, 99, 100, 101, 102, 103, 104, 105)],
    ),
    "a long chain of loop makers": (
        dict(PROJECTS["a long chain of loop makers in modules"]),
        [("loop_made", f"app.m{i}.make") for i in (0, 50, 90, 99, 100, 101, 102, 103, 104, 105)],
    ),
    "modules that import all names": (
        dict(PROJECTS["modules that import all names from all others"]),
        [("callee", f"app.m{i}.{name}") for i in (0, 5, 11) for name in ("x5", "x11", "nothing")],
    ),
    "attributes of each other": (
        {
            "app/a.py": "class A:\n    def __init__(self, c):\n        self.c = c\n        self.d = self.c\n"
            "    async def f(self):\n        self.c = self.d\n        await self.d.get()\n        B(self.c).g()\n"
            "class B:\n    def __init__(self, c): self.c = c\n    def g(self): A(self.c.size())\n"
        },
        [
            *(("argument", f"app.a.{name}", 0) for name in "AB"),
            *(("attribute_uses", f"app.a.{name}()", "c") for name in "AB"),
            ("attribute_uses", "app.a.A()", "d"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_answers_do_not_depend_on_what_was_asked_before(name: str, tmp_path: Path) -> None:
    files, asked = ORDERS[name]
    with _counted_calls():
        alone = {each: SmallProject(tmp_path, files).known(*each) for each in asked}
        for seed in range(3):
            shuffled = random.Random(seed).sample(asked, len(asked))
            project = SmallProject(tmp_path, files)
            assert {each: project.known(*each) for each in shuffled} == alone, shuffled


def test_answers_do_not_depend_on_which_file_asked_before(tmp_path: Path) -> None:
    files = dict(PROJECTS["a fixture in each folder"])
    files["tests/conftest.py"] = "import pytest\nimport app\n@pytest.fixture\ndef f(): return app.C()\n"
    importers = [tmp_path / "tests" / "/".join("d" * depth) / "test_a.py" for depth in range(1, 13)]

    def alone(importer: Path) -> FixtureValue:
        return SmallProject(tmp_path, files).index.answers(importer).fixture_value("f")

    expected = {each: alone(each) for each in importers}
    for seed in range(3):
        project = SmallProject(tmp_path, files)
        shuffled = random.Random(seed).sample(importers, len(importers))
        assert {each: project.index.answers(each).fixture_value("f") for each in shuffled} == expected


def test_what_is_near_is_known_though_what_is_far_is_not(tmp_path: Path) -> None:
    project = SmallProject(tmp_path, PROJECTS["a long chain of functions"])
    assert [project.kind(f"app.a.a{i}") for i in (0, 990, 1000)] == ["unknown", "async", "async"]


def test_each_question_is_worked_out_once_a_level(tmp_path: Path) -> None:
    project = SmallProject(tmp_path, {"app/a.py": TORTOISE})
    for path in ("a.b.c", "b.c.a", "filter().a", "all().b"):
        project.kind(f"app.a.start.{path}.y")
    assert project.index._symbols.levels.steps < 25 * 40


def _walk(edges: dict[str, str], levels: DepthLimit, name: str) -> str:
    below = (_walk(edges, levels, each) for each in edges[name])
    return levels.answer(name, "?", lambda: name + "".join(sorted(set("".join(below)))))


def test_levels_say_the_same_in_whatever_order() -> None:
    edges = {"a": "bc", "b": "ca", "c": "d", "d": "e", "e": "", "f": "af"}
    alone = {each: _walk(edges, DepthLimit(4), each) for each in edges}
    assert (alone["e"], alone["c"]) == ("e", "cde")
    for seed in range(20):
        levels = DepthLimit(4)
        shuffled = random.Random(seed).sample(sorted(edges), len(edges))
        assert {each: _walk(edges, levels, each) for each in shuffled} == alone


def _sums(edges: dict[str, str], budget: Budget, name: str) -> Callable[[], int]:
    def found() -> int:
        budget.spend()
        below = (budget.part(each, _sums(edges, budget, each), -100) for each in edges[name])
        return 1 + sum(each for each in below if each is not None)

    return found


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 13, 100])
@pytest.mark.parametrize("levels", [2, 3, 10])
def test_a_budget_lasts_as_long_in_whatever_order(steps: int, levels: int) -> None:
    edges = {"a": "bc", "b": "cd", "c": "ad", "d": "e", "e": "", "f": "dede", "g": "fa"}

    def whole(budget: Budget, name: str) -> int:
        return budget.whole(lambda: budget.part(name, _sums(edges, budget, name), -100) or 0, -1)

    alone = {each: whole(Budget(steps, levels), each) for each in edges}
    for seed in range(20):
        budget = Budget(steps, levels)
        shuffled = random.Random(seed).sample(sorted(edges), len(edges)) * 2
        assert {each: whole(budget, each) for each in shuffled} == alone


def test_a_budget_ends_where_everything_leads_to_everything() -> None:
    names = [f"n{i}" for i in range(30)]
    budget = Budget(1000, 32)
    calls = 0

    def found() -> int:
        nonlocal calls
        calls += 1
        budget.spend()
        return sum(budget.part(each, found) or 0 for each in names)

    assert budget.whole(found, -1) == -1
    assert calls <= 1001
