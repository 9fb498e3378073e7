"""The index of a project: answers what the files of a test suite ask about the code around them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from codemods.analysis.awaits.mocked import is_mocked
from codemods.analysis.dynamic_requests import is_run_by_pytest_asyncio
from codemods.analysis.index.loops import ABOUT_LOOPS, LoopFacts
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.uses import Uses, of_fixture
from codemods.analysis.loops.making import loop_helper
from codemods.analysis.mocking.future_helpers import helper
from codemods.analysis.mocking.instances import given_values
from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.mocks import mock_name
from codemods.analysis.mocking.receivers import path_of
from codemods.analysis.sleeping.reach import is_autouse
from codemods.model import Evidence
from codemods.semantics.file.order import Definition
from codemods.semantics.knowledge import About, Answer, ForeignUse, Known, Question
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.kinds import Kinds
from codemods.semantics.project.lookup import Symbols, placed
from codemods.semantics.project.origins import annotation
from codemods.semantics.project.outline import UNKNOWN, is_path
from codemods.semantics.project.symbols import Either, FunctionSymbol, Symbol, is_transparent
from codemods.semantics.pytest.suite import Fixture, Suite

_CALLS_DEEP = 2
_LEVELS = 5
"""How many questions are followed that files ask while they are looked at for another one."""
_ALONE = frozenset(
    {
        About.CALL, About.DELEGATED, About.DRIVES, About.IMPORTED, About.NAMED, About.RUNS, About.SCHEDULES,
        About.SET_UP,
    }
)  # fmt: skip
"""What is answered without asking further: at every depth alike."""
_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep a question leads: over so many calls that hand something on, and so many further questions."""

    calls: int = _CALLS_DEEP
    levels: int = _LEVELS


_WHOLE = Depth()


class Index:
    """What is known of the modules of a project and of its environment; each is read when a question leads to it."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules) -> None:
        """Take where the modules of the project at ``root`` are, and what reads them."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = Symbols(files, modules.outline)
        self._kinds = Kinds(self._symbols)
        self._loops = LoopFacts(root, files, modules, self._symbols)
        self._known: dict[tuple[Path, Question, Depth], Known] = {}
        self._suites: dict[tuple[Path, Depth], Suite | None] = {}
        self._flows: dict[tuple[Path, Depth], Flow | None] = {}

    def forget(self) -> None:
        """Let go of the trees of all files; what was answered stays known."""
        self._flows.clear()
        self._suites.clear()
        self._modules.forget()

    def answer(self, importer: Path, question: Question, depth: Depth = _WHOLE) -> Known:
        """Return what is known of something that a file asks, as far as ``depth`` allows."""
        depth = _WHOLE if question.about in _ALONE else depth
        key = importer, question, depth
        if key not in self._known:
            self._known[key] = _NOTHING
            with suppress(RecursionError):  # what is nested so deeply stays unknown
                self._known[key] = self._answer(importer, question, depth) if depth.levels else _NOTHING
        return self._known[key]

    def _answer(self, importer: Path, question: Question, depth: Depth) -> Known:
        around = Depth(_CALLS_DEEP, depth.levels - 1)
        if question.about is About.GIVES:
            return self._gives(importer, question.path, around)
        if question.about is About.FIXTURE:
            return self._fixture(importer, question.path, around)
        if question.about is About.USERS:
            return self._users(importer, question.path, replace(around, calls=_CALLS_DEEP - 1))
        if question.about is About.NAMED:
            return self._named(importer, question.path)
        if question.about in ABOUT_LOOPS:
            return self._loops.answer(importer, question, lambda other: self.asking(other, around))
        file, path = placed(importer, question.path)
        if question.about is About.CALL:
            return self._call(file, path)
        if question.about in (About.HELPER, About.LOOP):
            return self._helper(file, path, question.about, around)
        return self._used(file, path, question, depth)

    def _used(self, file: Path, path: str, question: Question, depth: Depth) -> Known:
        further = Depth(depth.calls - 1, depth.levels - 1)
        uses = Uses(self._symbols, lambda other: self._flow(other, further))
        if question.about is About.ATTRIBUTE:
            symbol = self._symbols.find(file, path)
            found = uses.of_attribute(symbol, question.name) if symbol is not None and depth.calls else None
            return Known(uses=tuple(found) if found is not None else None)
        parameter = uses.parameter(file, path, question.name) if depth.calls else None
        if parameter is None:
            return _NOTHING
        said = parameter.path and f"@{parameter.file}@{parameter.path}"
        taken = uses.of_parameter(parameter)
        return Known(uses=tuple(taken) if taken is not None else None, path=said)

    def _call(self, file: Path, path: str) -> Known:
        symbol = self._symbols.find(file, path)
        answer = self._kinds.of(symbol)
        is_coroutine = nothing = False
        if isinstance(symbol, FunctionSymbol):
            function = self._symbols.function(symbol)
            plain = all(map(is_transparent, function.decorators))
            is_coroutine = function.is_async and not function.is_generator and plain
            nothing = plain and not function.gives
        return Known(answer, self._evidence(symbol), gives_nothing=nothing, is_coroutine_function=is_coroutine)

    def _evidence(self, symbol: Symbol | None) -> Evidence | None:
        if isinstance(symbol, Either):
            return self._evidence(symbol.options[0])
        if not isinstance(symbol, FunctionSymbol):
            return None
        prefix = "async def" if self._symbols.function(symbol).is_async else "def"
        name = f"{symbol.holder.name}.{symbol.name}" if symbol.holder else symbol.name
        return Evidence(self._files.shown(symbol.file, self._root), symbol.line, f"{prefix} {name}")

    def _flow(self, file: Path, depth: Depth) -> Flow | None:
        key = file, depth
        if key not in self._flows:
            suite = self.asking(file, depth)
            self._flows[key] = Flow(suite) if suite is not None else None
        return self._flows[key]

    def asking(self, file: Path, depth: Depth = _WHOLE) -> Suite | None:
        """Return a file whose questions are answered as far as ``depth`` allows; None if it can't be parsed."""
        key = file, depth
        if key not in self._suites:
            suite = self._modules.suite(file)
            ask = partial(self.answer, file, depth=depth)
            self._suites[key] = Suite(suite.module.told(ask=ask), suite.config) if suite is not None else None
        return self._suites[key]

    def _nearest(self, importer: Path, name: str, depth: Depth) -> tuple[Path, Suite, list[Fixture]] | None:
        """Return the file of the nearest fixture of a name, and all that have the name there."""
        for file in self._modules.fixture_files(importer):
            suite = self.asking(file, depth)
            named = [each for each in suite.fixtures if each.name == name] if suite is not None else []
            if suite is not None and named:
                return file, suite, named
        return None

    def _gives(self, importer: Path, name: str, depth: Depth) -> Known:
        """Return what the nearest fixture of a name gives, as the file that has it says."""
        if (found := self._nearest(importer, name, depth)) is None:
            return _NOTHING
        file, suite, named = found
        path = _given(suite, named[0].node) if len(named) == 1 else None
        path = path if path is None or path.startswith("@") else f"@{file}@{path}"
        mocks = (is_mocked(suite, value) for each in named for value in given_values(suite.module, each.node))
        return Known(path=path, is_mock=path is not None and any(mocks))

    def _fixture(self, importer: Path, name: str, depth: Depth) -> Known:
        """Return whether the nearest fixture of a name is async, if there is one of that name in its file."""
        found = self._nearest(importer, name, depth)
        if found is None or len(found[2]) > 1 or is_autouse(found[2][0]):
            return _NOTHING
        file, suite, (fixture,) = found
        answer = Answer.ASYNC if is_run_by_pytest_asyncio(suite, fixture) else Answer.UNKNOWN
        evidence = suite.module.evidence(fixture.node)
        return Known(answer, replace(evidence, path=self._files.shown(file, self._root)))

    def _users(self, fixtures: Path, name: str, depth: Depth) -> Known:
        """Return what the files below do with what a fixture of a conftest file gives."""
        found: list[ForeignUse] = []
        for file in self._files.below(fixtures.parent):
            if file != fixtures and self._modules.mentions(file, name) and self._has_fixture(file, name) == fixtures:
                flow = self._flow(file, depth)
                found += of_fixture(file, flow, name) if flow is not None else []
        return Known(uses=tuple(dict.fromkeys(found)))

    def _named(self, importer: Path, name: str) -> Known:
        """Return whether another file of the project holds a name, be it in a string or a comment."""
        others = (each for each in self._files.below(self._root) if each != importer)
        return Known(is_unnamed=not any(self._modules.mentions(each, name) for each in others))

    def _has_fixture(self, importer: Path, name: str) -> Path | None:
        """Return the file whose fixture of that name a file sees."""
        for file in (importer, *self._modules.fixture_files(importer)):
            suite = self._modules.suite(file)
            if suite is not None and any(each.name == name for each in suite.fixtures):
                return file
        return None

    def _helper(self, file: Path, path: str, about: About, depth: Depth) -> Known:
        """Return what a function does for its callers: make a finished future, or an event loop."""
        symbol = self._symbols.find(file, path)
        suite = self.asking(symbol.file, depth) if isinstance(symbol, FunctionSymbol) else None
        if suite is None or not isinstance(symbol, FunctionSymbol):
            return _NOTHING
        found = next((each for each in suite.module.definitions if each.lineno == symbol.line), None)
        if found is None:
            return _NOTHING
        if about is About.LOOP:
            made = loop_helper(suite.module, found)
            return Known(loop=made.value if made else None)
        return Known(helper=helper(suite.module, found))


def _given(suite: Suite, fixture: Definition) -> str | None:
    """Return the path of what a fixture gives: as its annotation says, else as what it returns or yields."""
    said = annotation(fixture.returns) if fixture.returns is not None else UNKNOWN
    if is_path(said) and mock_name(suite.module, fixture.returns) is None:  # type: ignore[arg-type]
        return f":{said}"
    values = given_values(suite.module, fixture)
    return path_of(suite, values[0]) if len(values) == 1 else None
