"""Fixtures that live longer than a test on a loop that nothing but the default decides."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from codemods.model import Evidence
from codemods.rules.base import Context, ProjectContext, ProjectRule
from codemods.semantics.file.arguments import argument
from codemods.semantics.pytest.declarations import Declaration, fixtures_in
from codemods.semantics.pytest.runners import effective_mode, other_runner
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, PLAIN_FIXTURES

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NEEDLES = (b"fixture", b"scope", b"async")
_KNOWN = ("pytest.", "_pytest.")


def unstated_scopes(
    context: ProjectContext, rule: ProjectRule, files: Sequence[str], text: str
) -> Iterator[Evidence]:  # fmt: skip
    """Yield the places that a default loop scope of ``function`` would break.

    Args:
        context: The project.
        rule: The one that notes what ``unstated_in`` gives.
        files: The files on the side of the tests that the default would hold for; those beside them may have
            fixtures for anyone.
        text: The configuration, which may name plugins.
    """
    named = named_by(context, files, text, b"fixture", b"scope")
    for path in context.one_by_one((*files, *named, *context.others)):
        if all(each in context.data(path) for each in _NEEDLES):
            yield from _in_file(context, rule, path)


def named_by(context: ProjectContext, files: Sequence[str], text: str, *needles: bytes) -> list[str]:
    """Return the files under another configuration that these name, or that those name which they name.

    Args:
        context: The project.
        files: The files that name others.
        text: Further words that may name them: a configuration.
        needles: What such a file has to hold for the search to go on.
    """
    waiting = {path: _module(path) for path in sorted({*context.paths}.difference(files))}
    found: list[str] = []
    fresh = [text.encode(), *(context.data(path) for path in files)]
    while fresh and not waiting.keys().isdisjoint(context.mentioning(*needles)):
        words = b"\n".join(fresh)
        named = [path for path, module in waiting.items() if module in words]
        found += named
        fresh = [context.data(path) for path in named if waiting.pop(path)]
    return found


def _module(path: str) -> bytes:
    """Return what a file can't be imported without: conftest files and packages have names that say little."""
    file = PurePosixPath(path)
    name = file.parent.name if file.stem == "__init__" else file.stem
    return b"conftest import" if name == "conftest" else name.encode() or b"\0"


def _in_file(context: ProjectContext, rule: ProjectRule, path: str) -> Iterator[Evidence]:
    data = context.data(path)
    found = context.notes(rule, [path]).get(path, ())
    if not found and (b"pytest_asyncio" in data or b"async def" in data) and context.file(path) is None:
        yield Evidence(path, 1, "")
    yield from found


def unstated_in(file: Context) -> tuple[Evidence, ...]:
    """Return the places of a file that a default loop scope of ``function`` would break."""
    if not all(each.decode() in file.module.text for each in _NEEDLES):
        return ()
    fixtures = fixtures_in(file)
    decorators = {each.fixture.decorator.node for each in fixtures if each.fixture}
    calls = (each for each in _calls(file) if each not in decorators)
    return tuple(
        file.module.evidence(each) for each in (*(own.node for own in reversed(fixtures) if _breaks(own)), *calls)
    )


def _breaks(user: Declaration) -> bool:
    """Say whether a fixture is pytest-asyncio's, now or once it is migrated, and leaves the scope of its loop open."""
    assert user.fixture is not None
    decorator = user.fixture.decorator
    if user.scope == "function" or argument(decorator.call, "loop_scope") is not None:
        return False
    # A sync function under pytest-asyncio's decorator gets a loop too.
    if decorator.name == ASYNCIO_FIXTURE:
        return True
    return decorator.name in PLAIN_FIXTURES and user.is_async and other_runner(user.context, user.node) is None


def _calls(file: Context) -> Iterator[ast.Call]:
    """Yield what may make a wide fixture without being the decorator of one."""
    names = {ASYNCIO_FIXTURE} | (PLAIN_FIXTURES if effective_mode(file.config, file.project) == "auto" else set())
    for call in file.module.nodes(ast.Call):
        keywords = {each.arg: each.value for each in call.keywords}
        if "loop_scope" in keywords or not {"scope", None} & keywords.keys() or _is_function(keywords.get("scope")):
            continue
        known = any(file.module.resolve(each) in names for each in (call.func, *call.args))
        if known or ("scope" in keywords and _is_unknown_decorator(file, call)):
            yield call


def _is_unknown_decorator(file: Context, call: ast.Call) -> bool:
    """Whether a call decorates a function by a name that may stand for pytest-asyncio's decorator."""
    parent = file.module.parents.get(call)
    if not isinstance(parent, _FUNCTIONS) or call not in parent.decorator_list:
        return False
    name = file.module.resolve(call.func)
    # A plugin of pytest may make fixtures of its own, but only async ones get a loop.
    return name is None or not name.startswith("pytest" if isinstance(parent, ast.FunctionDef) else _KNOWN)


def _is_function(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == "function"
