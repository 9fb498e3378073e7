"""The pytest configurations of a repository, each with the files that it holds for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from codemods.errors import FileError
from codemods.rules.base import ProjectContext
from codemods.semantics.pytest.configuration.option_lines import OptionLines
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.runners import OTHER_LOOPS


@dataclass(slots=True)
class Governed:
    """A configuration file that pytest reads, and the Python files whose tests and fixtures it holds for."""

    path: str
    config: PytestConfig
    project: Project
    text: str
    files: list[str] = field(default_factory=list)

    def place(self, key: str | None = None) -> tuple[int, str]:
        """The line of an option, or of the table that its options stand in, and what stands there."""
        lines = OptionLines(PurePosixPath(self.path).name, self.text)
        return lines.find(key) if key else lines.header()


def governed(context: ProjectContext, concerns: Callable[[Declaration], bool] = runs_on_asyncio) -> Iterator[Governed]:
    """The configurations whose findings are listed and that hold for some async tests or fixtures.

    One that stands alone may be for anything.

    Args:
        context: The project, which has pytest-asyncio.
        concerns: Which tests and fixtures count: by default those that run on pytest-asyncio.
    """
    found: dict[str, Governed] = {}
    alone = not context.paths.candidates
    for path in context.configuration if alone else _below_listed(context):
        _note(found, context, path)
    yield from (each for each in found.values() if alone or _has_asyncio(context, each, concerns))


def _below_listed(context: ProjectContext) -> Iterator[str]:
    """Yield the tests' files for which a configuration may hold whose findings are listed: those below its folder."""
    folders = {PurePosixPath(each).parent for each in context.configuration if context.is_reported(each)}
    return context.paths.such(lambda path: not folders.isdisjoint(PurePosixPath(path).parents))


def _note(found: dict[str, Governed], context: ProjectContext, file: str) -> None:
    setting = context.setting(file)
    path = setting.config.path if setting else None
    if setting is None or path is None or not context.is_reported(path) or path not in context.configuration:
        return
    project = setting.project
    is_stray = project.with_stray_marks is not None and not OTHER_LOOPS.isdisjoint(project.runners)
    if project.pytest_asyncio is None or is_stray:
        return
    if path not in found and (text := _text(context, path)) is not None:
        found[path] = Governed(path, setting.config, project, text)
    if path in found:
        found[path].files.append(file)


def _text(context: ProjectContext, path: str) -> str | None:
    try:
        return context.read(path).decode("utf-8-sig")
    except (FileError, ValueError):
        return None


def _has_asyncio(context: ProjectContext, each: Governed, concerns: Callable[[Declaration], bool]) -> bool:
    files = [path for path in each.files if b"async def" in context.data(path)]
    users = (user for path in files for user in (*context.graph.fixtures_of(path), *context.graph.tests_of(path)))
    return any(map(concerns, users))
