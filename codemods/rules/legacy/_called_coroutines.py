"""Calls of ``asyncio.coroutine``, which makes a coroutine function of a mock or a lambda; an AsyncMock is one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.legacy.conditions import expectation
from codemods.analysis.mocking.mock_effects import effect
from codemods.analysis.mocking.mock_values import Nature, returned
from codemods.analysis.mocking.moves import text_of
from codemods.rules.legacy._about_coroutines import is_meant
from codemods.semantics.decorators import OLD_COROUTINES
from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import only_value
from codemods.semantics.pytest.values.mocks import ASYNC, SYNC, mock_class
from codemods.semantics.pytest.values.patches import patches

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DECORATED = (*_DEFINITIONS, ast.ClassDef)
_SIMPLE = frozenset({"name", "return_value", "side_effect"})


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of the AsyncMock that does the same, or why there is none."""

    text: str = ""
    obstacle: str | None = None


def called_coroutines(module: Module) -> Iterator[ast.expr]:
    """Yield the places that name ``asyncio.coroutine`` and don't decorate with it; a call where it is called."""
    for each in _named(module):
        parent = module.parents[each]
        decorates = isinstance(parent, _DECORATED) and each in parent.decorator_list
        if decorates or not isinstance(each.ctx, ast.Load):  # type: ignore[attr-defined]
            continue
        found = parent if isinstance(parent, ast.Call) and parent.func is each else each
        if expectation(module, found) is None and not is_meant(module, found):
            yield found


def _named(module: Module) -> Iterator[ast.expr]:
    attributes = module.attributes.get("coroutine", ())
    names = (each for each in module.nodes(ast.Name) if each.id.endswith("coroutine"))
    yield from (each for each in (*attributes, *names) if module.resolve(each) in OLD_COROUTINES)


def given(suite: Suite, call: ast.Call) -> Given:
    """Return what an AsyncMock has to be given to do what the coroutine function does that a call makes."""
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        return Given(obstacle="it can't be told what it is given")
    function = call.args[0]
    if isinstance(function, ast.Lambda):
        found = _of_lambda(suite, function)
    elif mock_class(suite.module, function) in SYNC and isinstance(function, ast.Call):
        found = _of_mock(suite, function)
    else:
        found = _of_name(suite, function)
    if "side_effect=" in found.text and _is_method(suite.module, call):
        return Given(obstacle="a method gets its object, and a mock doesn't; write an `async def`")
    return found


def imports_mocks(module: Module) -> bool:
    """Return whether a file imports classes of mocks by their names."""
    names = (
        each.name for node in module.nodes(ast.ImportFrom) if node.module == "unittest.mock" for each in node.names
    )
    return not {*SYNC, ASYNC}.isdisjoint(names)


def _of_lambda(suite: Suite, function: ast.Lambda) -> Given:
    if effect(suite, function).nature not in (Nature.PLAIN, Nature.UNKNOWN):
        return Given(obstacle="what its lambda gives may have to be awaited; write an `async def`")
    if isinstance(function.body, ast.Constant):
        return Given(f"return_value={text_of(suite.module, function.body, function.body)}")
    return Given(f"side_effect={text_of(suite.module, function, function)}")


def _of_mock(suite: Suite, mock: ast.Call) -> Given:
    if mock.args or not {each.arg for each in mock.keywords} <= _SIMPLE:
        return Given(f"side_effect={text_of(suite.module, mock, mock)}")
    value, function = keyword(mock, "return_value"), keyword(mock, "side_effect")
    natures = [returned(suite, value.value).nature] if value else []
    natures += [effect(suite, function.value).nature] if function else []
    if any(each not in (Nature.PLAIN, Nature.UNKNOWN) for each in natures):
        return Given(obstacle="what its mock gives may have to be awaited; write an AsyncMock")
    if not natures:
        return Given(f"return_value={text_of(suite.module, mock, mock)}")
    return Given(", ".join(f"{each.arg}={text_of(suite.module, each.value, each.value)}" for each in mock.keywords))


def _of_name(suite: Suite, function: ast.expr) -> Given:
    text = suite.module.segment(function)
    if isinstance(suite.module.only_binding(function), _DEFINITIONS):
        return Given(obstacle=f"make `{text}` an `async def`")
    value = only_value(suite.module, function) if isinstance(function, ast.Name) else None
    if value is None or mock_class(suite.module, value) not in SYNC:
        return Given(obstacle=f"it can't be told what `{text}` is")
    return Given(f"side_effect={text}")


def _is_method(module: Module, call: ast.Call) -> bool:
    """Say whether what a call makes may become a method of a class, which is handed the object."""
    parent = module.parents[call]
    if isinstance(parent, ast.keyword):
        parent = module.parents[parent]
    if isinstance(parent, ast.Assign):
        owners = [each.value for each in parent.targets if isinstance(each, ast.Attribute)]
        return module.class_of(parent) is not None or any(map(_is_class, owners))
    found = patches(module, parent) if isinstance(parent, ast.Call) else []
    return any(_is_class(each.owner) or _names_class(each.target) for each in found)


def _is_class(node: ast.expr | None) -> bool:
    return node is not None and last_name(node).lstrip("_")[:1].isupper()


def _names_class(target: ast.expr | None) -> bool:
    text = target.value if isinstance(target, ast.Constant) else None
    owner = text.rpartition(".")[0].rpartition(".")[2] if isinstance(text, str) else "C"
    return target is not None and owner.lstrip("_")[:1].isupper()
