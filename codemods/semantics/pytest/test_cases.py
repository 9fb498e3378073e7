"""What the classes of ``unittest`` await, and what only looks as if they did."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

from codemods.semantics.asyncio_names import LOOP_DRIVERS, RUN, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.suite import Suite

ASYNC_NAMES = {"setUp": "asyncSetUp", "tearDown": "asyncTearDown"}
"""The methods that ``TestCase`` calls, and those that ``IsolatedAsyncioTestCase`` awaits."""
_RUNNING = frozenset({"__call__", "__getattribute__", "__init__", "_callSetUp", "_callTestMethod", "debug", "run"})
_OF_COROUTINES = LOOP_DRIVERS | {"isawaitable", "iscoroutine", "iscoroutinefunction", "run_coroutine_threadsafe"}
PLAIN_CASE = "unittest.TestCase"
ISOLATED_CASE = "unittest.IsolatedAsyncioTestCase"


def methods(module: Module, owner: ast.ClassDef) -> dict[str, ast.AST]:
    """Return what a class binds to the names of its methods, the last of several."""
    return _members(module).get(owner, {})


@once
def _members(module: Module) -> Mapping[ast.AST, dict[str, ast.AST]]:
    found: defaultdict[ast.AST, dict[str, ast.AST]] = defaultdict(dict)
    for each in module.definitions:
        found[module.scopes.scope_of(each)][each.name] = each
    return dict(found)


def is_isolated(module: Module, owner: ast.ClassDef) -> bool:
    """Return whether a class is an ``IsolatedAsyncioTestCase`` and nothing else that the file doesn't define."""
    others = [each for node in local_bases(module, owner) for each in node.bases if local_class(module, each) is None]
    return {module.resolve(each) for each in others} == {ISOLATED_CASE}


def override(module: Module, owner: ast.ClassDef) -> str | None:
    """Return a method of a class, or of its bases in the file, that may run the tests in a way of its own."""
    for each in local_bases(module, owner):
        for name in sorted(_RUNNING):
            if module.scopes.bindings(each, name):
                return f"`{each.name}` has a `{name}` of its own"
    return None


def runs_coroutines(module: Module, owner: ast.ClassDef) -> bool:
    """Return whether a class, or a base of it in the file, sees to its async tests where it runs each, or is made."""
    classes = local_bases(module, owner)
    found = [one for each in classes for name in _RUNNING for one in _functions(module, each, name)]
    found += [one for each in classes for one in _metaclasses(module, each)]
    return any(_is_about_coroutines(module, node) for each in found for node in walk(each))


def _metaclasses(module: Module, owner: ast.ClassDef) -> list[ast.AST]:
    found = (local_class(module, each.value) for each in owner.keywords if each.arg == "metaclass")
    return [each for each in found if each is not None]


def _functions(module: Module, owner: ast.ClassDef, name: str) -> list[ast.AST]:
    return [each for each in module.scopes.bindings(owner, name) if isinstance(each, ast.FunctionDef)]


def _is_about_coroutines(module: Module, node: ast.AST) -> bool:
    if last_name(node) in _OF_COROUTINES:
        return True
    return isinstance(node, (ast.Attribute, ast.Name)) and asyncio_name(module.resolve(node)) == RUN


def async_hooks(module: Module, owner: ast.ClassDef) -> list[ast.AsyncFunctionDef]:
    """Return the ``setUp`` and ``tearDown`` of a class that are async."""
    found = methods(module, owner)
    return [each for name in ASYNC_NAMES if isinstance(each := found.get(name), ast.AsyncFunctionDef)]


def hook_doubt(suite: Suite, owner: ast.ClassDef, node: ast.AsyncFunctionDef) -> str | None:
    """Return why an async ``setUp`` or ``tearDown`` can't get the name under which it would be awaited."""
    module, name = suite.module, ASYNC_NAMES[node.name]
    if module.scopes.bindings(owner, name):
        return f"`{owner.name}` has `{name}`, too"
    if len(module.scopes.bindings(owner, node.name)) > 1:
        return f"`{node.name}` is defined twice"
    if node.decorator_list:
        return f"it can't be told what the decorators of `{node.name}` make of it"
    inherited = {call.func for call in super_calls(module, node)}
    for each in module.attributes.get(node.name, ()):
        if each not in inherited and not _is_in_another(suite, each, node):
            return f"`{node.name}` is called by hand in line {each.lineno}"
    return None


def _is_in_another(suite: Suite, attribute: ast.Attribute, node: ast.AsyncFunctionDef) -> bool:
    """Say whether a method of the same name calls that of its base."""
    around = suite.module.function_of(attribute)
    named = isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)) and around.name == node.name
    return named and around is not node and is_super(attribute.value)


def is_super(node: ast.expr) -> bool:
    """Return whether an expression is a call of ``super``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def super_calls(module: Module, node: ast.AsyncFunctionDef) -> list[ast.Call]:
    """Return the calls of the same method of the bases."""
    return [each for each in calls_in(node) if _is_inherited(each.func, node.name) and module.function_of(each) is node]


def _is_inherited(function: ast.expr, name: str) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == name and is_super(function.value)
