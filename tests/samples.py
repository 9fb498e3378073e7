"""Single files to hold the laws against: the examples of the rules and the files of the fixtures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cases import CASES, RULE, Case
from codemods import FileResult, Settings
from codemods.api import assumed_project
from codemods.engine.alone import migrate_alone
from codemods.engine.task import Task
from codemods.rules import Example, all_rules, registrations
from codemods.selection import Selection
from codemods.semantics.later import Later
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.projects.project import Project, scan


@dataclass(frozen=True, eq=False)
class Sample:
    """A file with the configuration and project that it stands in, and the settings to migrate it with."""

    name: str
    path: str
    data: bytes
    config: PytestConfig
    project: Project
    settings: Settings
    expected: bytes | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_python(self) -> bool:
        """Whether it is Python; else it is TOML."""
        return self.path.endswith(".py")

    def migrate(self, data: bytes | None = None, **changes: object) -> FileResult:
        """Migrate the file, or other bytes in its place; several laws ask for the same."""
        data = self.data if data is None else data
        return migrate_alone(self.task(data, **changes)) if changes else _migrated(self, data)

    def task(self, data: bytes | None = None, **changes: object) -> Task:
        data, facts = self.data if data is None else data, Later.known(self.project)
        task = Task(self.path, data, self.config, facts, _selected(self.settings))
        return replace(task, **changes)  # type: ignore[arg-type]

    def with_all_rules(self) -> Sample:
        return _with_all_rules(self)


@lru_cache(4096)  # all that is asked on a push
def _migrated(sample: Sample, data: bytes) -> FileResult:
    return migrate_alone(sample.task(data))


@cache
def _selected(settings: Settings) -> Selection:
    return Selection(settings, registrations())


@cache
def _with_all_rules(sample: Sample) -> Sample:
    return replace(sample, settings=Settings(select=("ALL",), unsafe=True), expected=None)


def _from_example(code: str, index: int, example: Example) -> Sample:
    expected = (example.before if example.after is None else example.after).encode()
    settings = Settings(select=(code,), unsafe=True)
    data = example.before.encode()
    config = _config(example.config)
    project = assumed_project(Path())
    return Sample(f"{code}-example-{index}", example.path, data, config, project, settings, expected)


@cache
def _config(lines: str) -> PytestConfig:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "pytest.ini").write_text(f"[pytest]\n{lines}", encoding="utf-8")
        return PytestConfigs(root, environment="").at(root)


EXAMPLES = [
    _from_example(rule.code, index, example)
    for rule in all_rules()
    if RULE in ("", rule.code)
    for index, example in enumerate(rule.examples)
]


def _from_cases(cases: Iterable[Case]) -> Iterator[Sample]:
    for case in cases:
        project = scan(case.before)
        configs = PytestConfigs(case.before, environment="")
        for path in sorted(case.before.rglob("*.py")):
            name = path.relative_to(case.before).as_posix()
            config = configs.at(path.parent)
            yield Sample(f"{case}:{name}", name, path.read_bytes(), config, project, case.settings)


ALL = bool(os.environ.get("TEST_EVERYTHING"))
"""Whether the laws are held against all samples; else against the examples, and the files with what these lack."""
LACKING = {
    "drop_noqa": "PAM401/noqa",
    "keep_body": "PAM701/asynctest-as-last-resort",
    "keep_other": "PAM701/asynctest-in-front",
    "remove_element": "PAM102/module-mark-pushed-down",
    "replace_call": "PAM210/own-fixture",
    "replace_yield": "PAM708/tests",
    "set_handler_type": "PAM523/all-places",
    "set_value": "PAM305/ways-to-give-an-awaitable",
    "skip_attribute": "PAM309/function",
    "yield_at": "PAM209/not-joined",
}
"""The verbs that no example uses, each with a case that does."""

FILES = list(_from_cases(case for case in CASES if ALL or RULE or str(case) in LACKING.values()))
SAMPLES = [*EXAMPLES, *FILES]
