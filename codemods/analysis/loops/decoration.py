"""What a sync test or fixture needs around its body once it is async: a marker, a decorator, another annotation."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.fixture_args import decorator_root, positional_edits
from codemods.analysis.loops.annotations import async_annotation
from codemods.edits.calls import add_keyword, replace_callee
from codemods.edits.decorators import add_decorator, replace_decorator
from codemods.model import Edit, Import
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import SCOPES, fixture_scope
from codemods.semantics.pytest.loop_scopes import default_of_fixtures, default_of_tests
from codemods.semantics.pytest.runners import has_asyncio_mark, is_strict
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, Fixture, Test


@dataclass(frozen=True, slots=True)
class Decoration:
    """The edits, with what they need and free, and the rules whose work they include."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...] = ()
    released: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def test_decoration(context: Context, test: Test) -> Decoration | None:
    """Return what marks a test as pytest-asyncio's, None if pytest is another name there."""
    marks = context.suite.marks(test.node)
    if has_asyncio_mark(marks) or not is_strict(context.config, context.project):
        return Decoration((), also=("PAM102",))
    written = context.asyncio_mark(test.node)
    if written is None:
        return None
    return Decoration((add_decorator(context.module, test.node, written.text),), written.imports)


def fixture_decoration(context: Context, fixture: Fixture) -> Decoration | None:
    """Return what makes a fixture pytest-asyncio's, and its annotation that of an async generator.

    None if its scope can't be told, or pytest_asyncio is another name there.
    """
    changes = _decorator(context, fixture)
    annotation = async_annotation(context.module, fixture.node)
    if changes is None or annotation is None:
        return changes
    return Decoration(
        (*changes.edits, annotation.edit), (*changes.imports, *annotation.imports),
        (*changes.released, *annotation.released), changes.also,
    )  # fmt: skip


def _decorator(context: Context, fixture: Fixture) -> Decoration | None:
    module, decorator = context.module, fixture.decorator
    scope = fixture_scope(decorator) if _is_readable(decorator.call) else None
    written = context.reference(ASYNCIO_FIXTURE, decorator.node)
    if scope is None or written is None:
        return None
    edits: list[Edit] = []
    also = []
    added = _loop_scope(context, fixture, scope)
    if decorator.call is None:
        bare = decorator.name == ASYNCIO_FIXTURE and added is None
        text = written.text if added is None else f"{written.text}(loop_scope={added})"
        edits += [] if bare else [replace_decorator(module, fixture.node, decorator.index, text)]
    else:
        named = positional_edits(module, decorator)
        if decorator.call.args and not named:
            return None
        also += ["PAM203"] if named else []
        if decorator.name != ASYNCIO_FIXTURE:
            edits.append(replace_callee(module, decorator.call, written.text))
        edits += named
        if added is not None:
            edits.append(add_keyword(module, decorator.call, keyword="loop_scope", text=added))
    if decorator.name == "pytest.yield_fixture":
        also.append("PAM204")
    imports = written.imports if decorator.name != ASYNCIO_FIXTURE else ()
    return Decoration(tuple(edits), imports, (decorator_root(module, decorator),), tuple(also))


def _is_readable(call: ast.Call | None) -> bool:
    return call is None or all(each.arg for each in call.keywords)


def _loop_scope(context: Context, fixture: Fixture, scope: str) -> str | None:
    """Return the loop scope to state, so that the fixture runs in the loop of its tests or in that of its scope."""
    call = fixture.decorator.call
    if call is not None and any(each.arg == "loop_scope" for each in call.keywords):
        return None
    wanted = max(scope, default_of_tests(context.config), key=lambda each: SCOPES.index(each) if each in SCOPES else 0)
    default = default_of_fixtures(context.config) or scope
    if wanted == default and scope == "function":
        return None
    quote = "'" if call is not None and "'" in context.module.segment(call) else '"'
    return f"{quote}{wanted}{quote}"
