"""Hold the fixtures and loops that the model binds against those that pytest itself binds at collection.

    python benchmarks/fixture_oracle.py PROJECT [--python PYTHON] [--show 20] [--record FILE] [PYTEST ARGUMENTS ...]

PYTHON is that of an environment in which pytest can collect the project, which is only read. Compared are, for each
test that the model knows, the fixture of each parameter, all that it sets up, what each of its fixtures asks for, and
the loop scopes. What comes from outside the project is in none of its files: there the model answers None.
Exits with 1 if there are differences; *unknown* answers are counted by kind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from codemods.rules.base import ProjectContext
from codemods.semantics.pytest.attributes import UNKNOWN, Unknown
from codemods.semantics.pytest.collectors import Collector
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import Meaning
from codemods.semantics.pytest.loop_scopes import loop_scope, runs_on_asyncio
from codemods.workspace import Workspace

RECORDER = Path(__file__).with_name("fixture_recorder.py")
OPTIONS = (
    "--collect-only", "-q", "-W", "ignore", "-p", "no:cacheprovider", "-p", "fixture_recorder",
    "--continue-on-collection-errors",
)  # fmt: skip
Place = tuple[str, int, str]
"""A file, the first line of a function with its decorators, and its name."""
Item = dict[str, Any]
"""What the recorder says of an item, or of a function."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer of the model that isn't pytest's."""

    kind: str
    nodeid: str
    name: str
    pytest: object
    model: object

    def line(self) -> str:
        """Return it as it is printed."""
        return f"{self.kind}: {self.nodeid} `{self.name}`: pytest {self.pytest}, model {self.model}"


@dataclass(slots=True)
class Comparison:
    """What was compared, what differs, and what the model doesn't know."""

    tests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    unknown: list[Difference] = field(default_factory=list)
    missing: int = 0
    differences: list[Difference] = field(default_factory=list)

    def line(self) -> str:
        """Return the counts as they are printed."""
        kinds = Counter(each.kind for each in self.differences)
        return (
            f"{self.tests} tests ({self.missing} not the model's), {self.answers['parameter']} parameters, "
            f"{sum(self.answers.values())} answers, {len(self.differences)} differences {dict(kinds)}, "
            f"{len(self.unknown)} unknown {dict(Counter(each.kind for each in self.unknown))} "
            f"(of {len({(each.name, each.pytest) for each in self.unknown})} fixtures)"
        )


def collected(root: Path, python: str, arguments: Sequence[str] = ()) -> list[Item]:
    """Return what pytest says of each item, one for all values of its parametrisations."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(RECORDER, name)
        record = Path(name, "items.jsonl")
        path = os.pathsep.join(filter(None, (name, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "FIXTURE_RECORD": str(record), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [python, "-m", "pytest", *OPTIONS, *arguments]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if not record.exists():
            raise RuntimeError(f"pytest ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        items = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    return list({each["nodeid"].partition("[")[0]: each for each in reversed(items)}.values())[::-1]


def kept(file: Path, root: Path, python: str, arguments: Sequence[str] = ()) -> list[Item]:
    """Return what pytest said of each item, from a file if it was written there before."""
    if not file.exists():
        file.write_text(json.dumps(collected(root, python, arguments)), "utf-8")
    return json.loads(file.read_text("utf-8"))  # type: ignore[no-any-return]


class Oracle:
    """Compares the items of one project with the model of its files."""

    def __init__(self, root: Path, context: ProjectContext) -> None:
        """Take the root of the project, and the model."""
        self._root = Path(os.path.realpath(root))
        self._context = context
        self._graph = context.graph
        self._functions = cache(self._functions_of)
        self.found = Comparison()

    def compare(self, item: Item) -> None:
        """Compare one item."""
        place = self._place(item["function"])
        test = self._functions(place[0]).get(place) if place is not None else None
        if test is None:
            self.found.missing += 1
            return
        self.found.tests += 1
        at = next((each for each in self._graph.collectors(test) if self._is_at(item, each)), None)
        self._same("collector", item, "", True, at is not None)
        if at is None:
            return
        for name, reported in item["parameters"].items():
            self._same("parameter", item, name, self._place(reported), place_of(self._graph.resolve(test, name, at)))
        self._reached(item, test, at)
        for request in item["requests"]:
            self._requests(item, test, at, request)
        self._loops(item, test, at)

    def _functions_of(self, path: str) -> dict[Place | Unknown | None, Declaration]:
        """Return the functions of a file that may be tests: also those of classes for the tests of other files."""
        context = self._context.file(path) if path in self._graph.paths else None
        if context is None:
            return {}
        cases = {each.node for each in context.suite.tests if each.test_case is not None}
        nodes = (each for each in context.module.definitions if each not in cases)
        return {place_of(each): each for each in (Declaration(context, node) for node in nodes)}

    def _is_at(self, item: Item, at: Collector) -> bool:
        """Say whether pytest collected an item in a module and class."""
        if self._root / at.path != Path(os.path.realpath(item["module"])):
            return False
        known = [(str(self._root / file), owner.name) for file, owner in at.owners]
        reported = [(each["file"], each["qualname"].rpartition(".")[2]) for each in item["owners"]]
        return reported == known

    def _reached(self, item: Item, test: Declaration, at: Collector) -> None:
        reported = {each for each in map(self._place, item["closure"]) if each}
        known = {place_of(each) for each in self._graph.closure(test, at)}
        for each in sorted(filter(None, reported ^ known)):
            missing = UNKNOWN if self._graph.doubts(test, at) else None
            places = (each, missing) if each in reported else (None, each)
            self._same("closure", item, each[2], *places)
        self.found.answers["closure"] += len(reported & known)

    def _requests(self, item: Item, test: Declaration, at: Collector, request: Item) -> None:
        of = self._fixture(test, at, request["of"])
        known = dict(self._graph.requests(test, of, at)) if of is not None else {}
        for name, reported in request["names"].items() if of is not None else ():
            self._same(
                "request", item, f"{request['of']['name']}({name})", self._place(reported), place_of(known.get(name))
            )

    def _fixture(self, test: Declaration, at: Collector, reported: Item | None) -> Declaration | None:
        place = self._place(reported)
        found = (
            each for each in self._graph.closure(test, at) if reported is not None and each.name == reported["name"]
        )
        return next((each for each in found if place is not None and place_of(each) == place), None)

    def _loops(self, item: Item, test: Declaration, at: Collector) -> None:
        if test.is_async:
            self._same("test loop", item, "", item["loop"], self._graph.loop_scope(test, at))
        for reported, scope in zip(item["closure"], item["loops"], strict=True):
            fixture = self._fixture(test, at, reported)
            if fixture is not None and fixture.is_async:
                known = (loop_scope(fixture) or UNKNOWN) if runs_on_asyncio(fixture) else None
                self._same("fixture loop", item, fixture.name, scope, known)

    def _same(self, kind: str, item: Item, name: str, reported: object, known: object) -> None:
        self.found.answers[kind] += 1
        if reported != known:
            found = self.found.unknown if known is UNKNOWN else self.found.differences
            found.append(Difference(kind, item["nodeid"], name, reported, known))

    def _place(self, reported: Item | None) -> Place | None:
        """Return a place as the model names it; None for one outside the project."""
        if reported is None or reported["file"] is None or not Path(reported["file"]).is_relative_to(self._root):
            return None
        return Path(reported["file"]).relative_to(self._root).as_posix(), reported["line"], reported["function"]


def place_of(found: Meaning) -> Place | Unknown | None:
    """Return where the model says that a function stands."""
    if not isinstance(found, Declaration):
        return found
    first = min(each.lineno for each in (found.node, *found.node.decorator_list))
    return found.path, first, found.node.name


def compared(root: Path, python: str, items: Sequence[Item]) -> Comparison:
    """Compare what pytest said of the items of a project."""
    workspace = Workspace(root, python=Path(python))
    oracle = Oracle(root, workspace.project_context())
    for item in items:
        oracle.compare(item)
    return oracle.found


def _lines(found: Comparison, show: int) -> Iterator[str]:
    shown: Counter[tuple[str, bool]] = Counter()
    for each in (*found.unknown, *found.differences):
        shown[key := (each.kind, each.model is UNKNOWN)] += 1
        if shown[key] <= show:
            yield each.line()
    yield found.line()


def main() -> None:
    """Compare one project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--show", type=int, default=20, help="how many differences of a kind are printed")
    parser.add_argument("--record", type=Path, help="a file that keeps what pytest says, and is read if it is there")
    args, arguments = parser.parse_known_args()
    root, args.python = Path(os.path.realpath(args.project)), os.path.abspath(args.python)
    items = kept(args.record, root, args.python, arguments) if args.record else collected(root, args.python, arguments)
    found = compared(root, args.python, items)
    print(*_lines(found, args.show), sep="\n")
    sys.exit(bool(found.differences))


if __name__ == "__main__":
    main()
