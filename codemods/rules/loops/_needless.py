"""What auto mode makes needless: bare markers, and pytest-asyncio's decorator of fixtures."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from codemods.analysis.fixture_args import decorator_edit, decorator_root
from codemods.model import Edit, Fix, Import, Leftover, Released
from codemods.rules.base import ProjectContext
from codemods.rules.loops._bare_marks import hiding_marks, removals
from codemods.rules.loops._governed import Governed
from codemods.rules.loops._modes import configuration_text
from codemods.rules.loops._unstated_scopes import named_by
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.runners import effective_mode, keeps_async
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, Fixture

_PLUGIN = b"pytest11"
_PYTESTMARK = re.compile(rb"import[^\n]*\bpytestmark\b|^[ \t]*pytestmark,?[ \t]*$|\w\.pytestmark\b", re.MULTILINE)


@dataclass(slots=True)
class Needless:
    """What a configuration's files don't need in auto mode, and what takes it away."""

    fixes: dict[str, Fix] = field(default_factory=dict)
    markers: int = 0
    fixtures: int = 0

    def __str__(self) -> str:
        counts = ((self.markers, "marker"), (self.fixtures, "`pytest_asyncio.fixture` decorator"))
        return " and ".join(f"{count} {what}{'s' if count > 1 else ''}" for count, what in counts if count)


def needless(context: ProjectContext, each: Governed) -> Needless:
    """Return what goes once the tests of a configuration run in auto mode."""
    found = Needless()
    shared = _shared(context, each)
    kept = hiding_marks(context, context.paths)
    exported = any(_PYTESTMARK.search(context.data(path)) for path in context.paths)
    for path in each.files:
        file = context.file(path) if path not in shared and b"asyncio" in context.data(path) else None
        if file is not None:
            _take(context, file, found, kept, exported)
    return found


def _take(context: ProjectContext, file: Context, found: Needless, kept: Collection[ast.expr], exported: bool) -> None:
    edits: list[Edit] = []
    imports: dict[Import, None] = {}
    released: dict[Released, None] = {}
    for mark, edit in removals(file, kept, exported):
        edits.append(edit)
        released.update(dict.fromkeys(_released(context, file, file.module.segment(mark.node))))
        found.markers += 1
    for fixture in file.suite.fixtures if not _is_of_a_plugin(context, file) else ():
        if _is_needless(file, fixture) and (written := file.reference("pytest.fixture", fixture.decorator.node)):
            edits.append(decorator_edit(file.module, fixture, written.text))
            imports.update(dict.fromkeys(written.imports))
            released.update(dict.fromkeys(_released(context, file, decorator_root(file.module, fixture.decorator))))
            found.fixtures += 1
    if edits:
        found.fixes[file.module.path] = Fix(tuple(edits), tuple(imports), tuple(released))


def _released(context: ProjectContext, file: Context, text: str) -> list[Released]:
    """Return the names that a marker or decorator leaves behind: imports, and a name for it that no other file reads."""
    root = re.split(r"\W", text.strip(), maxsplit=1)[0]
    word = re.compile(rb"\b%b\b" % root.encode())
    others = (path for path in context.paths if path != file.module.path)
    is_own = not any(word.search(context.data(path)) for path in others)
    return [root, "pytest", "pytest_asyncio", *([Leftover(root)] if is_own else [])]


def _is_needless(file: Context, fixture: Fixture) -> bool:
    decorator = fixture.decorator
    if not fixture.is_async or decorator.name != ASYNCIO_FIXTURE:
        return False
    call = decorator.call
    if call is not None and (call.args or any(each.arg in (None, "loop_scope") for each in call.keywords)):
        return False
    others = (each for each in file.suite.decorators(fixture.node) if each.index != decorator.index)
    return all(keeps_async(file.module, each) for each in others)


def _is_of_a_plugin(context: ProjectContext, file: Context) -> bool:
    """Say whether other projects may take the fixtures of a file, whose suites may run in strict mode."""
    if file.suite.is_test_module or file.module.path.endswith("conftest.py"):
        return False
    return any(_PLUGIN in context.data(path) for path in context.configuration)


def _shared(context: ProjectContext, each: Governed) -> Collection[str]:
    """Return the files that tests of another configuration may use, which doesn't have auto mode."""
    others = [path for path in context.paths if _is_under_another(context, path, each)]
    if not others:
        return ()
    texts = {setting.config.path for path in others if (setting := context.setting(path)) and setting.config.path}
    text = "\n".join(configuration_text(context, path) for path in sorted(texts))
    conftests = {(folder / "conftest.py").as_posix() for path in others for folder in PurePosixPath(path).parents}
    return {*named_by(context, others, text, b"asyncio"), *conftests}


def _is_under_another(context: ProjectContext, path: str, each: Governed) -> bool:
    setting = context.setting(path)
    if setting is None or setting.config.path == each.path:
        return False
    return effective_mode(setting.config, setting.project) != "auto"
