"""One file by itself, without a disk: nothing is known of others."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from codemods.engine.file import migrate_file
from codemods.engine.passes import Passes
from codemods.engine.project_rules import WHOLE
from codemods.engine.task import Task, failed
from codemods.errors import FileError
from codemods.model import FileResult, Question, Status
from codemods.rules import Context, ProjectContext, Setting
from codemods.semantics.file.module import Module
from codemods.semantics.later import Later
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.projects.versions import requirements_in
from codemods.semantics.pytest.scope import SuiteFiles
from codemods.semantics.pytest.suite import Suite
from codemods.source import decode


def migrate_alone(task: Task) -> FileResult:
    """Return what a file becomes when it is all that there is; rules of the project see no other."""
    is_python = task.path.endswith(".py")
    others = [] if is_python else [FileResult(task.path, Status.CLEAN, before=task.data, after=task.data)]
    passes = Passes(
        _Alone(task, task.data), task.selection, lambda files, tasks, _: [migrate_file(each, files) for each in tasks],
        first_round=task.first_round,
    )  # fmt: skip
    results = passes.run([task] if is_python else [], others, task.only)
    broken = results.get(WHOLE)
    return failed(task, broken.error) if broken and broken.error else results[task.path]


class NoOthers:
    """Files that know nothing of each other."""

    def suite(self, path: str, text: str, config: PytestConfig) -> Suite:
        """Return what a file would be if it held ``text``."""
        return Suite(Module(path, text), config)

    def answers(self, path: str) -> Mapping[Question, Any]:
        """Return nothing: there is nobody to ask."""
        return {}


@dataclass(frozen=True)
class _Alone(NoOthers):
    """The surroundings of a file that has none."""

    task: Task
    data: bytes

    def answer(self, path: str, question: Question) -> Any:
        return None

    def forget(self) -> None: ...

    def now(self, contents: Mapping[str, bytes]) -> _Alone:
        return replace(self, data=contents[self.task.path])

    def renewed(self, task: Task, earlier: FileResult) -> Task:
        return replace(task, earlier=earlier)

    def project_context(self, reported: Collection[str]) -> ProjectContext:
        path = self.task.path
        python, others = ([path], []) if path.endswith(".py") else ([], [path])
        context = cache(self._context)
        graph = FixtureGraph(SuiteFiles.of(python), context, lambda *_: None, lambda _: self.data)
        return ProjectContext(
            SuiteFiles.of(python), lambda _: self.data, context, lambda: graph, lambda: others, self._setting
        )  # fmt: skip

    def _setting(self, path: str) -> Setting:
        task, root = self.task, Path(os.devnull)
        if path.endswith(".py"):
            return Setting(task.config, task.facts)
        config = PytestConfigs(root, "", contents={root / path: self.data}).at((root / path).parent)
        project = replace(task.project, requirements=tuple(requirements_in(path, self.data)))
        return Setting(config, Later.known(project))

    def _context(self, path: str) -> Context | None:
        try:
            module = Module(path, decode(self.data).text)
        except (FileError, SyntaxError, ValueError, RecursionError):
            return None
        config = self.task.config
        return Context(module, Suite(module, config), config, self.task.facts, self.task.selection.explicit)
