"""What strict mode needs that auto mode does without: markers, and pytest-asyncio's decorator of fixtures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codemods.analysis.fixture_args import decorator_edit, decorator_root, positional_edits
from codemods.analysis.loops.async_fixtures import doubt
from codemods.edits.decorators import add_decorator
from codemods.model import Edit, Fix, Import, Released
from codemods.rules.base import ProjectContext
from codemods.rules.loops._bare_marks import asyncio_marks, candidates, is_bare
from codemods.semantics.file.names import Reference
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import Level, own_marks
from codemods.semantics.pytest.runners import driving, other_runner, unknown_decorator
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, PLAIN_FIXTURES, Fixture


@dataclass(slots=True)
class Missing:
    """What the files of a configuration lack for strict mode, and what adds it."""

    changed: list[Declaration] = field(default_factory=list)
    left: list[Declaration] = field(default_factory=list)
    """The tests and fixtures of which it can't be told who runs them, or that can't be changed."""
    _edits: defaultdict[str, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    _imports: defaultdict[str, dict[Import, None]] = field(default_factory=lambda: defaultdict(dict))
    _released: defaultdict[str, dict[Released, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, user: Declaration, edits: Iterable[Edit], written: Reference, released: str) -> None:
        """Note what a test or fixture gets, and the name that its file may not need any more."""
        self.changed.append(user)
        self._edits[user.path] += edits
        self._imports[user.path].update(dict.fromkeys(written.imports))
        self._released[user.path][released] = None

    def fixes(self) -> dict[str, Fix]:
        """Return what is to be done, by path."""
        return {
            path: Fix(tuple(edits), tuple(self._imports[path]), tuple(self._released[path]))
            for path, edits in self._edits.items()
        }

    def __str__(self) -> str:
        tests = sum(each.fixture is None for each in self.changed)
        counts = ((tests, "async test"), (len(self.changed) - tests, "async fixture"))
        return " and ".join(f"{count} {what}{'s' if count > 1 else ''}" for count, what in counts if count)


def missing(context: ProjectContext, paths: Iterable[str]) -> Missing:
    """Return what some files need so that strict mode runs the same tests and fixtures."""
    found = Missing()
    for path in paths:
        file = context.file(path) if b"async def" in context.data(path) else None
        if file is not None:
            for user in _tests(file):
                _test(context, user, found)
            for fixture in file.suite.fixtures:
                _fixture(file, fixture, found)
    return found


def _tests(file: Context) -> Iterator[Declaration]:
    """Yield the async tests that pytest-asyncio may run: those of a class only if it is collected, or an heir is."""
    known = file.suite.test_nodes
    for user in candidates(file):
        collected = user.node in known if file.suite.is_test_module else user.owner is not None
        if user.is_async and collected and user.node not in file.module.generators:
            yield user


def _test(context: ProjectContext, user: Declaration, found: Missing) -> None:
    file, test = user.context, user.context.suite.test_nodes.get(user.node)
    marks = list(asyncio_marks(context, user))
    if all(each and each[0][1].name for each in marks) or other_runner(file, user.node):
        return
    if test is None and not _is_collected(context, user):
        return
    if any(driving(file.module, each) for each in file.suite.decorators(user.node)):
        return
    stated = any(not is_bare(*mark) for each in marks for mark in each)
    written = file.asyncio_mark(user.node)
    if stated or (test and test.doubt) or unknown_decorator(file.suite, user.node) or written is None:
        found.left.append(user)
        return
    found.add(user, [add_decorator(file.module, user.node, written.text)], written, "pytest")


def _is_collected(context: ProjectContext, user: Declaration) -> bool:
    """Say whether the class of a test is mixed into one of another file that pytest collects."""
    return any(at.path != user.path for at in context.graph.collectors(user))


def _fixture(file: Context, fixture: Fixture, found: Missing) -> None:
    if not fixture.is_async or fixture.decorator.name not in PLAIN_FIXTURES or other_runner(file, fixture.node):
        return
    user = Declaration(file, fixture.node, fixture)
    written = file.reference(ASYNCIO_FIXTURE, fixture.decorator.node)
    marked = own_marks(file.module, fixture.node, Level.FUNCTION)
    if written is None or marked or doubt(file, fixture) is not None or user.is_local:
        found.left.append(user)
        return
    edits = [decorator_edit(file.module, fixture, written.text), *positional_edits(file.module, fixture.decorator)]
    found.add(user, edits, written, decorator_root(file.module, fixture.decorator))
