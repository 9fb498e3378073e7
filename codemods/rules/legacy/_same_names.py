"""What keeps a name of asynctest from being unittest's, although that has it too."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.patch_targets import patch_answer, target_of
from codemods.rules.legacy._asynctest import IDENTICAL, MOCKS, UNITTEST, Use, call_of, decorated
from codemods.semantics.answers import Answer
from codemods.semantics.file.arguments import argument
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, last_name
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import instance_class, only_value
from codemods.semantics.pytest.values.mocks import SYNC
from codemods.semantics.pytest.values.patches import Patch, patches, receivers

_WITHOUT = {
    "ClockedTestCase": "unittest has no clock that stands still: mock the time, or wait for events",
    "exhaust_callbacks": "unittest has none: await what the callbacks do, or `asyncio.sleep(0)`",
    "return_once": "unittest has none: write `side_effect=[value, …]`",
    "LIMITED": "a patch of unittest always holds until the function ends",
    "GLOBAL": "a patch of unittest always holds until the function ends",
    "PatchScope": "a patch of unittest always holds until the function ends",
    "FunctionTestCase": "unittest's runs no coroutines",
}
_SPECS = frozenset({"spec", "spec_set", "autospec", "wraps"})


def without(name: str) -> str:
    """Return why unittest can't stand in for something of asynctest."""
    if not name:
        return "the module itself is handed on"
    return _WITHOUT.get(name.partition(".")[0], "unittest has nothing like it")


def is_same(name: str) -> bool:
    """Return whether the standard library has it by the same name."""
    return name in MOCKS or name in UNITTEST


def is_identical(name: str) -> bool:
    """Return whether it is the very same object there."""
    return name in IDENTICAL or name in UNITTEST


def obstacle(suite: Suite, flow: Flow, use: Use) -> str | None:
    """Return what a use asks of asynctest that unittest doesn't do."""
    call = call_of(suite.module, use.node)
    if call is None:
        return None
    names = {each.arg for each in call.keywords}
    if "is_coroutine" in names:
        return "`is_coroutine` is asynctest's: write `AsyncMock`"
    if use.name in SYNC and (spec := _function_spec(suite, call)) is not None:
        return f"`{ast.unparse(spec)}` may be a function, and unittest's mock of one counts as a coroutine function"
    if use.name != "patch":
        return None
    if "scope" in names:
        return "`scope` is asynctest's: a patch of unittest holds until the function ends"
    for each in (each for found in decorated(suite.module, call) for each in _generators(suite.module, found)):
        return f"it holds until the generator `{each}` ends, and unittest's only until it is made: write `async def`"
    unknown = (each for each in _bare(suite.module, call) if _kind(suite, each) is Answer.UNKNOWN)
    if any(_is_result_used(suite, flow, each) for each in unknown):
        return "it can't be told whether it stands for an async function, whose results would be async too"
    return None


def _function_spec(suite: Suite, call: ast.Call) -> ast.expr | None:
    """Return what a mock has for its spec, if that may be a function."""
    given = (argument(call, "spec", 0), argument(call, "spec_set"))
    return next((each for each in given if each is not None and _may_be_function(suite, each)), None)


def _may_be_function(suite: Suite, node: ast.expr) -> bool:
    """Return whether an expression may be a function: no class, by its name or as it is defined, and no instance."""
    if (value := only_value(suite.module, node)) is not None:
        return _may_be_function(suite, value)
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call)) or instance_class(suite, node) is not None:
        return isinstance(node, (ast.Lambda, ast.IfExp, ast.BoolOp, ast.Subscript))
    if local_class(suite.module, node) is not None:
        return False
    name = last_name(node.func if isinstance(node, ast.Call) else node)
    return not (name.lstrip("_")[:1].isupper() or isinstance(getattr(builtins, name, None), type))


def _generators(module: Module, node: Definition) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef) and is_generator(node):
        yield node.name


def result_used(suite: Suite, flow: Flow, use: Use) -> ast.Call | None:
    """Return the patch that makes a mock of an async function whose result the file uses: it gave a MagicMock."""
    call = call_of(suite.module, use.node) if use.name == "patch" else None
    for each in _bare(suite.module, call) if call is not None else ():
        if _kind(suite, each) is Answer.ASYNC and _is_result_used(suite, flow, each):
            return call
    return None


def _bare(module: Module, call: ast.Call) -> Iterator[Patch]:
    """Yield the patches that choose the mock by themselves."""
    names = {each.arg for each in call.keywords}
    for each in patches(module, call):
        if each.new is None and each.new_callable is None and not names & {*_SPECS, "return_value", "side_effect"}:
            yield each


def _kind(suite: Suite, patch: Patch) -> Answer:
    return patch_answer(suite, target_of(suite, patch))


def _is_result_used(suite: Suite, flow: Flow, patch: Patch) -> bool:
    paths = [use.path for name in receivers(suite.module, patch) for use in flow.uses_of(name)]
    return any(len(path) > 1 and path[0] == "return_value" for path in paths)
