"""The index of a project: answers what the files of a test suite ask about the code around them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codemods.analysis.awaits.mocked import is_mocked
from codemods.analysis.dynamic_requests import is_run_by_pytest_asyncio
from codemods.analysis.index.file_answers import WHOLE, Depth, FileAnswers
from codemods.analysis.index.loops import LoopFacts
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
from codemods.semantics.answers import Argument, Callee, FixtureValue, ForeignUse, FutureHelper, ImportedName
from codemods.semantics.file.order import Definition
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.kinds import Kinds
from codemods.semantics.project.lookup import Symbols, of_file, placed
from codemods.semantics.project.origins import annotation
from codemods.semantics.project.outline import UNKNOWN, is_path
from codemods.semantics.project.symbols import Either, FunctionSymbol, Symbol, is_transparent
from codemods.semantics.pytest.definitions import Definitions
from codemods.semantics.pytest.suite import Fixture, Suite


class Index:
    """What is known of the modules of a project and of its environment; each is read when a question leads to it."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules, definitions: Definitions) -> None:
        """Take where the modules of the project at ``root`` are, and what reads them."""
        self._root = root
        self._files = files
        self._modules = modules
        self._definitions = definitions
        self._symbols = Symbols(files, modules.outline)
        self._kinds = Kinds(self._symbols)
        self.loops = LoopFacts(root, files, modules, self._symbols)
        """What the files do with event loops."""
        self._answers: dict[tuple[Path, Depth], FileAnswers] = {}
        self._suites: dict[tuple[Path, Depth], Suite | None] = {}
        self._flows: dict[tuple[Path, Depth], Flow | None] = {}

    def forget(self) -> None:
        """Let go of the trees of all files; what was answered stays known."""
        self._flows.clear()
        self._suites.clear()
        self._modules.forget()

    def answers(self, file: Path, depth: Depth = WHOLE) -> FileAnswers:
        """Return what a file is told."""
        key = file, depth
        if key not in self._answers:
            self._answers[key] = FileAnswers(self, file, depth)
        return self._answers[key]

    def suite(self, file: Path, depth: Depth = WHOLE) -> Suite | None:
        """Return a file whose questions are answered as far as ``depth`` allows; None if it can't be parsed."""
        key = file, depth
        if key not in self._suites:
            suite = self._modules.suite(file)
            answers = self.answers(file, depth)
            self._suites[key] = Suite(suite.module.answered_by(answers), suite.config) if suite is not None else None
        return self._suites[key]

    def definition(self, importer: Path, dotted: str) -> ImportedName | None:
        """Return what a name that a file imports from its project stands for."""
        return self._definitions.find(self._files.shown(importer, self._root), dotted)

    def callee(self, importer: Path, path: str) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""
        symbol = self._symbols.find(*placed(importer, path))
        answer = self._kinds.of(symbol)
        is_coroutine = nothing = False
        if isinstance(symbol, FunctionSymbol):
            function = self._symbols.function(symbol)
            plain = all(map(is_transparent, function.decorators))
            is_coroutine = function.is_async and not function.is_generator and plain
            nothing = plain and not function.gives
        return Callee(answer, self._evidence(symbol), gives_nothing=nothing, is_coroutine_function=is_coroutine)

    def argument(self, importer: Path, path: str, place: str, further: Depth) -> Argument:
        """Return what a call does with an argument; what it hands on is followed as far as ``further`` allows."""
        uses = self._uses(further)
        parameter = uses.parameter(*placed(importer, path), place)
        if parameter is None:
            return Argument()
        declared = of_file(parameter.file, parameter.path) if parameter.path else None
        taken = uses.of_parameter(parameter)
        return Argument(tuple(taken) if taken is not None else None, declared)

    def attribute_uses(self, importer: Path, path: str, name: str, further: Depth) -> tuple[ForeignUse, ...] | None:
        """Return what code does with what is stored as an attribute of something."""
        symbol = self._symbols.find(*placed(importer, path))
        found = self._uses(further).of_attribute(symbol, name) if symbol is not None else None
        return tuple(found) if found is not None else None

    def _uses(self, depth: Depth) -> Uses:
        return Uses(self._symbols, lambda file: self._flow(file, depth))

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
            suite = self.suite(file, depth)
            self._flows[key] = Flow(suite) if suite is not None else None
        return self._flows[key]

    def _nearest(self, importer: Path, name: str, depth: Depth) -> tuple[Path, Suite, list[Fixture]] | None:
        """Return the file of the nearest fixture of a name, and all that have the name there."""
        for file in self._modules.fixture_files(importer):
            suite = self.suite(file, depth)
            named = [each for each in suite.fixtures if each.name == name] if suite is not None else []
            if suite is not None and named:
                return file, suite, named
        return None

    def fixture_value(self, importer: Path, name: str, depth: Depth) -> FixtureValue:
        """Return what the nearest fixture of a name gives, as the file that has it says."""
        if (found := self._nearest(importer, name, depth)) is None:
            return FixtureValue()
        file, suite, named = found
        path = _given(suite, named[0].node) if len(named) == 1 else None
        if path is None:
            return FixtureValue()
        mocks = (is_mocked(suite, value) for each in named for value in given_values(suite.module, each.node))
        return FixtureValue(of_file(file, path), any(mocks))

    def async_fixture(self, importer: Path, name: str, depth: Depth) -> Evidence | None:
        """Return where the nearest fixture of a name stands, if it is the only one there and pytest-asyncio's."""
        found = self._nearest(importer, name, depth)
        if found is None or len(found[2]) > 1 or is_autouse(found[2][0]):
            return None
        file, suite, (fixture,) = found
        if not is_run_by_pytest_asyncio(suite, fixture):
            return None
        return replace(suite.module.evidence(fixture.node), path=self._files.shown(file, self._root))

    def fixture_users(self, fixtures: Path, name: str, depth: Depth) -> tuple[ForeignUse, ...]:
        """Return what the files below do with what a fixture of a conftest file gives."""
        found: list[ForeignUse] = []
        for file in self._files.below(fixtures.parent):
            if file != fixtures and self._modules.mentions(file, name) and self._has_fixture(file, name) == fixtures:
                flow = self._flow(file, depth)
                found += of_fixture(file, flow, name) if flow is not None else []
        return tuple(dict.fromkeys(found))

    def is_named_elsewhere(self, importer: Path, name: str) -> bool:
        """Return whether another file of the project holds a name, be it in a string or a comment."""
        others = (each for each in self._files.below(self._root) if each != importer)
        return any(self._modules.mentions(each, name) for each in others)

    def _has_fixture(self, importer: Path, name: str) -> Path | None:
        """Return the file whose fixture of that name a file sees."""
        for file in (importer, *self._modules.fixture_files(importer)):
            suite = self._modules.suite(file)
            if suite is not None and any(each.name == name for each in suite.fixtures):
                return file
        return None

    def future_helper(self, importer: Path, path: str, depth: Depth) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""
        suite, node = self._function(importer, path, depth)
        return helper(suite.module, node) if suite is not None and node is not None else None

    def loop_made(self, importer: Path, path: str, depth: Depth) -> str | None:
        """Return what kind of event loop a function returns."""
        suite, node = self._function(importer, path, depth)
        made = loop_helper(suite.module, node) if suite is not None and node is not None else None
        return made.value if made is not None else None

    def _function(self, importer: Path, path: str, depth: Depth) -> tuple[Suite | None, Definition | None]:
        symbol = self._symbols.find(*placed(importer, path))
        suite = self.suite(symbol.file, depth) if isinstance(symbol, FunctionSymbol) else None
        if suite is None or not isinstance(symbol, FunctionSymbol):
            return None, None
        return suite, next((each for each in suite.module.definitions if each.lineno == symbol.line), None)


def _given(suite: Suite, fixture: Definition) -> str | None:
    """Return the path of what a fixture gives: as its annotation says, else as what it returns or yields."""
    said = annotation(fixture.returns) if fixture.returns is not None else UNKNOWN
    if is_path(said) and mock_name(suite.module, fixture.returns) is None:  # type: ignore[arg-type]
        return f":{said}"
    values = given_values(suite.module, fixture)
    return path_of(suite, values[0]) if len(values) == 1 else None
