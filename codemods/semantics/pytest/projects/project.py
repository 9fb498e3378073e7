"""What all files of a project say together, read from their bytes in one pass; nothing is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.config import PLUGIN
from codemods.discovery import discover
from codemods.errors import FileError
from codemods.model import Evidence
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.projects.candidate import Candidate
from codemods.semantics.pytest.projects.evidence import (
    IMPORT_SETTINGS,
    import_settings,
    is_configuration,
    is_evidence,
    is_lock,
    is_tool,
)
from codemods.semantics.pytest.projects.signs import CONFIGURATION, PYTHON, Kind, Sign
from codemods.semantics.pytest.projects.silence import Silence
from codemods.semantics.pytest.scope import Scope
from codemods.source import read as read_file

if TYPE_CHECKING:
    from codemods.semantics.pytest.projects.versions import Requirement

_METADATA = frozenset({"pyproject.toml", "setup.cfg", "setup.py"})


_LIBRARIES = frozenset({"anyio", "asgiref", "asynctest", "curio", "nest_asyncio", "trio", "uvloop"})
OWN_FIXTURE = (0, 17)
"""The first pytest-asyncio with a decorator for fixtures."""
LOOP_SCOPE = (0, 24)
"""The first pytest-asyncio with loop scopes for fixtures, and with their default."""


@dataclass(frozen=True, slots=True)
class Project:
    """Facts about a project, each with the first place that shows it."""

    root: Path
    runners: Mapping[str, Evidence] = field(default_factory=dict)
    """The runners of async tests, other than pytest-asyncio, that the tests or their configuration name."""
    auto_runners: Mapping[str, Evidence] = field(default_factory=dict)
    """What runs unmarked coroutines by itself: a runner's name, or that of a pytest hook."""
    pytest_asyncio: Evidence | None = None
    mode: str | None = None
    """The asyncio mode that a command line or a conftest forces; ``auto`` if any of them says so."""
    mode_evidence: Evidence | None = None
    switched_off: Evidence | None = None
    """Where a command line or a conftest turns pytest-asyncio off."""
    marking_hook: Evidence | None = None
    """A hook that marks tests with asyncio."""
    loop_hook: Evidence | None = None
    """A hook that gives tests that pytest-asyncio runs another mark, and so another loop."""
    mark_readers: Mapping[str, Evidence] = field(default_factory=dict)
    """What reads marks beside pytest-asyncio: code that asks for ``asyncio``, or for ``any``, and a ``selection``."""
    libraries: frozenset[str] = frozenset()
    """The async libraries that any file imports, whoever runs the tests."""
    pythons: Mapping[str, Evidence] = field(default_factory=dict)
    """The versions of Python that it says it runs on: ``>=3.8``."""
    classified: Mapping[str, Evidence] = field(default_factory=dict)
    """The versions of Python below 3.10 that its classifiers name."""
    interpreter: tuple[int, ...] | None = None
    """The version of the Python of its tests, if one is known."""
    old_mock: Evidence | None = None
    """A requirement of the ``mock`` backport that has no AsyncMock."""
    hooks: Mapping[str, Evidence] = field(default_factory=dict)
    """The set-up and tear-down methods that the tests look up by their names, to call them by themselves."""
    own_mock: Evidence | None = None
    """A module of the project that ``import mock`` may mean."""
    own_libraries: frozenset[str] = frozenset()
    """The async libraries that the project itself is: its tests are about how they run coroutines, or fake them."""
    requirements: tuple[Requirement, ...] = ()
    """What its files ask of pytest-asyncio, pytest, aiohttp and Python."""
    import_settings: tuple[tuple[str, str], ...] = ()
    """What its configuration files say of how imports are sorted, by path."""
    stated_target: tuple[int, ...] | None = None
    """The version of pytest-asyncio that a setting says its tests will run under."""

    @property
    def marker_users(self) -> tuple[Evidence, ...]:
        """The first places that ask for asyncio's markers by name, select tests by them, or add them in a hook."""
        asked = (self.mark_readers.get(each) for each in ("selection", "asyncio"))
        return tuple(filter(None, (*asked, self.marking_hook, self.loop_hook)))

    @property
    def names_plugin(self) -> bool:
        """Whether a file of the project names pytest-asyncio: what is installed somewhere is not there everywhere."""
        return self.pytest_asyncio is not None and self.pytest_asyncio.line > 0

    @property
    def without_plugin(self) -> Evidence | None:
        """The requirement of pytest of a project that requires what its tests need, and not pytest-asyncio."""
        if self.names_plugin or any(each.package == PLUGIN for each in self.requirements):
            return None
        return self._pytest

    @property
    def with_stray_marks(self) -> Evidence | None:
        """The requirement of pytest of a project whose code names pytest-asyncio, though nothing there brings it."""
        brings = any(each.package in (PLUGIN, "pytest-aiohttp") for each in self.requirements)
        is_code = self.pytest_asyncio is not None and self.pytest_asyncio.path.endswith(".py")
        return self._pytest if is_code and not brings else None

    @property
    def _pytest(self) -> Evidence | None:
        return next((each.evidence for each in self.requirements if each.package == "pytest"), None)

    def forbids(self, version: tuple[int, ...]) -> Evidence | None:
        """Return the requirement that lets no pytest-asyncio through that is this version or newer, or None.

        What a program wrote doesn't count: it is written anew once the requirement changes.
        """
        asking = (each for each in self.requirements if each.package == PLUGIN and each.is_for_ours)
        found = (each for each in asking if not each.is_written_anew and each.admits(version) is False)
        return next((each.evidence for each in found), None)

    def runs_below(self, version: tuple[int, ...]) -> Evidence | None:
        """Return what says that it runs on a Python older than this; classifiers count where no specifier does.

        Else it is the Python of the tests.
        """
        from codemods.semantics.pytest.projects.python_versions import lowest_python

        stated = [(lowest_python(each), evidence) for each, evidence in self.pythons.items()]
        stated += [(each.lowest, each.evidence) for each in self.requirements if each.package == "python"]
        if any(lowest is not None for lowest, _ in stated):
            return next((evidence for lowest, evidence in stated if lowest is not None and lowest < version), None)
        named = {tuple(map(int, each.split("."))): evidence for each, evidence in self.classified.items()}
        if self.interpreter is not None:
            named.setdefault(self.interpreter, Evidence(f"the tests' Python {_text(self.interpreter)}", 0, ""))
        return named[min(named)] if named and min(named) < version else None

    @property
    def target(self) -> tuple[int, ...]:
        """The version of pytest-asyncio that its tests will run under, at least."""
        from codemods.semantics.pytest.projects.versions import target_of

        return self.stated_target or target_of(self.requirements)


def too_old(pin: Evidence, version: tuple[int, ...]) -> str:
    """Return what to say of a fix that the pytest-asyncio of a requirement doesn't know."""
    return f"pytest-asyncio knows it since {_text(version)}, which {pin.place} forbids (PAM609)"


def before_python(project: Project, version: tuple[int, ...]) -> str | None:
    """Return what to say of a fix that only a Python of this version or newer knows, where older ones are let in."""
    old = project.runs_below(version)
    return f"Python {_text(version)} is the first that has it, and {old.place} lets older ones in" if old else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def unrequired(pytest: Evidence) -> str:
    """Return why nothing is marked where a project requires pytest, and not pytest-asyncio."""
    return f"nothing here requires pytest-asyncio, which would run it; require it beside {pytest.place}"


def scan(
    root: Path,
    files: Iterable[Path] | None = None,
    read: Callable[[Path], bytes] = read_file,
    scope: Scope | None = None,
    silence: Silence | None = None,
) -> Project:
    """The facts about the project at ``root``; a file that can't be read says nothing.

    Args:
        root: The project's root, absolute.
        files: The files to look at, absolute; by default all below ``root`` that git doesn't ignore.
        read: Returns the content of a file, or raises ``FileError``.
        scope: Which files belong to the tests, if it is known already.
        silence: What was found out about the files before.
    """
    if files is None:
        files = [found.path for found in discover([root], root, is_evidence) if found.is_file]
    known = list(files)
    scanner = _Scanner(root, scope or Scope(root, PytestConfigs(root), lambda: known, read), silence)
    for path in known:
        if is_evidence(str(path)) and not scanner.is_silent(path):
            with suppress(FileError):
                scanner.scan_file(path, read(path))
    if silence:
        silence.keep()
    return scanner.project()


_TABLES = (PYTHON, CONFIGURATION)
_BITS = {sign: 1 << number for number, sign in enumerate(chain(*PYTHON.values()))}
_OF_TESTS = sum(bit for sign, bit in _BITS.items() if sign.test_side)


def _is_code(path: Path) -> bool:
    return path.suffix == ".py" and not is_configuration(path)


class _Scanner:
    def __init__(self, root: Path, scope: Scope, silence: Silence | None) -> None:
        self._root = root
        self._silence = silence
        self._scope = scope
        self._first: dict[tuple[Kind, str], Evidence] = {}
        self._mode: str | None = None
        self._mocks: list[Path] = []
        self._packages: set[Path] = set()
        self._libraries: set[str] = set()
        self._requirements: list[Requirement] = []
        self._import_settings: list[tuple[str, str]] = []
        self._seek()

    def _seek(self) -> None:
        self._open = self._unfound()
        self._open_bits = sum(_BITS[sign] for _, signs in self._open[0] for sign in signs)

    def is_silent(self, path: Path) -> bool:
        """Whether a Python file is known to lack the signs that aren't found yet, and need not be read."""
        if self._silence is None or not _is_code(path):
            return False
        shown = self._open_bits & ~self._silence.lacking(path)
        if shown & ~_OF_TESTS or (shown and self._is_test_side(path)):
            return False
        if is_silent := self._silence.holds_still(path):
            self._note_module(path)
        return is_silent

    def scan_file(self, path: Path, data: bytes) -> None:
        python = path.suffix == ".py"
        if is_configuration(path) or is_lock(path):
            from codemods.semantics.pytest.projects.versions import requirements_in  # long to load

            self._requirements += requirements_in(self._relative(path), data)
        if is_lock(path):
            return
        self._note_module(path)
        if path.name in IMPORT_SETTINGS and (text := import_settings(path.name, data)):
            self._import_settings.append((self._relative(path), text))
        candidate = Candidate(path, data, python)
        signs = [*(self._open[0] if python else ()), *(self._open[1] if is_configuration(path) else ())]
        sought = self._open_bits
        for sign in [each for needle, of_it in signs if needle in data for each in of_it]:
            if not (self._is_open(sign) and self._lacks(sign, candidate)):
                sought &= ~_BITS.get(sign, 0)
        if self._silence is not None and _is_code(path):
            self._silence.note(path, data, sought)

    def _note_module(self, path: Path) -> None:
        if path.name == "__init__.py":
            self._packages.add(path.parent)
            if path.parent.name in _LIBRARIES and path.parent.parent in (self._root, self._root / "src"):
                self._libraries.add(path.parent.name)
        if path.name == "mock.py" or path.parts[-2:] == ("mock", "__init__.py"):
            self._mocks.append(path)

    def _own_mock(self) -> Evidence | None:
        """What ``import mock`` may mean: a module outside any package, or one beside tests."""
        for path in self._mocks:
            folder = path.parent if path.name == "mock.py" else path.parent.parent
            if folder not in self._packages or self._is_test_side(path):
                return Evidence(self._relative(path), 1, "")
        return None

    def _unfound(self) -> Sequence[Sequence[tuple[bytes, list[Sign]]]]:
        """Return the signs that aren't found yet, by their needles, of Python and of configuration files."""
        tables = (((needle, [*filter(self._is_open, signs)]) for needle, signs in each.items()) for each in _TABLES)
        return [[each for each in table if each[1]] for table in tables]

    def _is_open(self, sign: Sign) -> bool:
        if sign.kind is Kind.MODE:
            return self._mode != "auto"
        return (sign.kind, sign.name) not in self._first

    def _lacks(self, sign: Sign, candidate: Candidate) -> bool:
        """Whether a file doesn't have a sign, wherever it stands; the place of one that counts is recorded."""
        path = candidate.path
        if sign.test_side and not self._is_test_side(path):
            return False
        if sign.kind in (Kind.PYTHON, Kind.CLASSIFIER) and path.name not in _METADATA:
            return True
        for line, found in candidate.matches(sign):
            given = found.groupdict().get("value")
            name = given.decode("utf-8", "replace").strip() if given is not None else candidate.name(sign)
            if name is not None:
                self._record(sign, name, Evidence(self._relative(path), line, candidate.line(line)))
                return False
        return True

    def _is_test_side(self, path: Path) -> bool:
        return is_tool(path) or self._scope.is_test_side(path)

    def _record(self, sign: Sign, name: str, evidence: Evidence) -> None:
        if sign.kind is not Kind.MODE:
            self._first.setdefault((sign.kind, name), evidence)
        elif self._mode is None or name != "strict":
            self._mode = "strict" if name == "strict" else "auto"
            self._first[Kind.MODE, ""] = evidence
        self._seek()

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if self._root in path.parents else path.as_posix()

    def project(self) -> Project:
        return Project(
            root=self._root,
            runners=self._of(Kind.RUNNER),
            auto_runners=self._of(Kind.AUTO),
            pytest_asyncio=self._first.get((Kind.PLUGIN, "")),
            mode=self._mode,
            mode_evidence=self._first.get((Kind.MODE, "")),
            switched_off=self._first.get((Kind.OFF, "")),
            marking_hook=self._first.get((Kind.MARKING, "asyncio")),
            loop_hook=self._first.get((Kind.MARKING, "loop")),
            mark_readers=self._of(Kind.READER),
            libraries=frozenset(self._of(Kind.LIBRARY)),
            pythons=self._of(Kind.PYTHON),
            classified=self._of(Kind.CLASSIFIER),
            hooks=self._of(Kind.HOOK),
            old_mock=self._first.get((Kind.OLD_MOCK, "")),
            own_mock=self._own_mock(),
            own_libraries=frozenset(self._libraries),
            import_settings=tuple(sorted(self._import_settings)),
            requirements=tuple(sorted(self._requirements, key=lambda each: (each.evidence.path, each.evidence.line))),
        )

    def _of(self, kind: Kind) -> dict[str, Evidence]:
        return {name: evidence for (each, name), evidence in self._first.items() if each is kind}
