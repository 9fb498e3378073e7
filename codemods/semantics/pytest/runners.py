"""Who runs an async test or fixture: pytest-asyncio, another runner, or nobody that can be told."""

from __future__ import annotations

import ast

from codemods.semantics import decorators
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.decorator_effect import KEEPS_ASYNC, decorator_effect
from codemods.semantics.pytest.marks import Decorator, Mark, mark_name
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.suite import FIXTURE_NAMES, Fixture, Suite
from codemods.semantics.pytest.sync_wrappers import DRIVING, Wrapping

OTHER_MARKS = {
    "anyio": "anyio",
    "asyncio_cooperative": "pytest-asyncio-cooperative",
    "curio": "curio",
    "gen_test": "tornado",
    "inlineCallbacks": "twisted",
    "trio": "trio",
    "twisted": "twisted",
}
"""Marks that hand a test to another runner."""
OTHER_REQUESTS = {
    "anyio_backend": "anyio",
    "anyio_backend_name": "anyio",
    "anyio_backend_options": "anyio",
    "autojump_clock": "trio",
    "mock_clock": "trio",
    "nursery": "trio",
}
"""Fixtures that only another runner provides."""
RUNNER_OF_MARK = {**OTHER_MARKS, "asyncio": "asyncio"}
"""All marks that name a runner."""
UNKNOWN_RUNNER = "a runner that can't be told"
OTHER_LOOPS = frozenset({"anyio", "curio", "tornado", "trio", "twisted"})
"""The runners with loops of their own, whose tests a fixture may choose."""
_KNOWN_DRIVERS = frozenset({"aiounittest.async_test", "aiounittest.helpers.async_test"})

_OF_TESTS = (
    "aioresponses.",
    "freezegun.",
    "hypothesis.",
    "pytest.mark.",
    "respx.",
    "time_machine.",
    "unittest.expectedFailure",
    "unittest.mock.patch",
    "unittest.skip",
)


def is_transparent(decorator: Decorator) -> bool:
    """Return whether a decorator is known to leave an async function async."""
    return decorators.is_transparent(decorator.title) or decorator.title.startswith(_OF_TESTS)


def keeps_async(module: Module, decorator: Decorator) -> bool:
    """Return whether an async function is still one under a decorator: a known one, or one that the project defines."""
    if is_transparent(decorator) or mark_name(module, decorator.node) is not None:
        return True
    return own_effect(module, decorator) == KEEPS_ASYNC


def own_effect(module: Module, decorator: Decorator) -> str | None:
    """Return what a decorator that the project defines makes of an async function: see ``decorator_effect``."""
    called = decorator.call is not None
    if decorator.name and (definition := module.answers.definition(decorator.name)) is not None:
        return definition.called if called else definition.bare
    local = module.only_binding(decorator.call.func if decorator.call else decorator.node)
    return decorator_effect(module, local, called) if isinstance(local, ast.FunctionDef) else None


def driving(module: Module, decorator: Decorator) -> Wrapping | None:
    """Return how a decorator drives the coroutine, None if it does something else."""
    if decorator.name in _KNOWN_DRIVERS:
        return Wrapping.ONLY_DRIVES if decorator.call is None else Wrapping.DRIVES
    effect = own_effect(module, decorator)
    return Wrapping(effect) if effect in DRIVING else None


def effective_mode(config: PytestConfig, project: Project) -> str:
    """Return the asyncio mode: that of the configuration file, else one that command lines or a conftest force."""
    if config.mode_evidence is None and project.mode is not None:
        return project.mode
    return config.asyncio_mode


def is_off(config: PytestConfig, project: Project) -> bool:
    """Return whether pytest-asyncio is turned off: ``-p no:asyncio``.

    A command line that does so may be one of several where the project names the plugin otherwise.
    """
    return config.disabled or (project.switched_off is not None and not project.names_plugin)


def owns_loops(config: PytestConfig, project: Project) -> bool:
    """Return whether ``event_loop``, and async code that no mark claims, are pytest-asyncio's.

    A project that nowhere names it and has another runner of async tests has the loops of that one.
    """
    if is_off(config, project):
        return False
    return project.pytest_asyncio is not None or not (project.auto_runners or OTHER_LOOPS & project.runners.keys())


def is_strict(config: PytestConfig, project: Project) -> bool:
    """Return whether async tests and fixtures have to be marked as pytest-asyncio's."""
    return not is_off(config, project) and effective_mode(config, project) == "strict"


def is_auto(config: PytestConfig, project: Project) -> bool:
    """Return whether pytest-asyncio runs every async test without being told."""
    return not is_off(config, project) and effective_mode(config, project) == "auto"


def automatic_runner(config: PytestConfig, project: Project) -> str | None:
    """Return what runs unmarked async tests by itself, or None."""
    if config.anyio_auto:
        return "anyio"
    if config.trio_mode:
        return "trio"
    return next(iter(project.auto_runners), None)


def _is_mixed(context: Context) -> bool:
    """Say whether tests of other runners are there, and each says whose it is."""
    is_automatic = context.config.anyio_auto or context.config.trio_mode
    return not is_automatic and not OTHER_LOOPS.isdisjoint(context.project.runners)


def runners(context: Context, node: Definition) -> frozenset[str]:
    """Return the runners that a test names, also by fixtures of other files that it reaches, and by their values."""
    if not _is_mixed(context) or node not in context.suite.test_nodes:
        return frozenset()
    return context.module.answers.test_runners(context.module.qualname(node))


def user_runners(context: Context, fixture: Fixture) -> frozenset[str]:
    """Return the runners of all tests, in any file, that reach a fixture."""
    if not _is_mixed(context):
        return frozenset()
    return context.module.answers.user_runners(context.module.qualname(fixture.node))


def other_runner(context: Context, node: Definition) -> str | None:
    """Return the runner, other than pytest-asyncio, that runs a function, or may for some values of its fixtures."""
    return stated_runner(context.suite, node) or min(runners(context, node) - {"asyncio"}, default=None)


@once
def stated_runner(suite: Suite, node: Definition) -> str | None:
    """Return the runner, other than pytest-asyncio, that a function names by a mark or by what it asks for itself."""
    for mark in suite.marks(node):
        if (runner := OTHER_MARKS.get(mark.name or "")) is not None:
            return runner
    names = suite.requested(node) & OTHER_REQUESTS.keys()
    return OTHER_REQUESTS[min(names)] if names else None


def imported_runner(module: Module) -> str | None:
    """Return a library with an event loop of its own that the file imports without importing asyncio, or None."""
    packages = module.imported_packages
    return None if "asyncio" in packages else min(packages & {"curio", "tornado", "trio", "twisted"}, default=None)


def has_asyncio_mark(marks: list[Mark]) -> bool:
    """Return whether one of the marks is ``asyncio``."""
    return any(mark.name == "asyncio" for mark in marks)


def unknown_decorator(suite: Suite, node: Definition) -> str | None:
    """Return the source of the first decorator that may make something else of an async function, or None."""
    for decorator in suite.decorators(node):
        if decorator.name not in FIXTURE_NAMES and not keeps_async(suite.module, decorator):
            return suite.module.segment(decorator.node)
    return None
