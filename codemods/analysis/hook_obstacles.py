"""Whose the async hooks of a class or module are, and the reasons to leave them alone."""

from __future__ import annotations

import ast

from codemods.analysis.loop_scopes import loop_scopes
from codemods.semantics.file.bodies import is_block, returns
from codemods.semantics.file.order import is_generator
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.runners import (
    automatic_runner,
    effective_mode,
    has_asyncio_mark,
    imported_runner,
    other_runner,
)
from codemods.semantics.pytest.xunit import Hooks, arguments, base_elsewhere, heirs


def is_pytest_asyncios(context: Context, hooks: Hooks) -> bool:
    """Return whether the tests around the hooks are pytest-asyncio's, or nobody's that is known."""
    if context.config.disabled or automatic_runner(context.config, context.project):
        return False
    if any(other_runner(context.suite, test.node) for test in hooks.tests):
        return False
    if not all(_is_bare(context, hooks, node) for node in hooks.nodes):
        return False
    return context.project.pytest_asyncio is not None or not _other_runners(context)


def _is_bare(context: Context, hooks: Hooks, node: ast.AsyncFunctionDef) -> bool:
    """Say whether pytest gets the hook as it is written: no decorator runs it, nor, under the names of nose, a test."""
    if isinstance(hooks.owner, ast.ClassDef) and hooks.level == "nose":
        if _called_at(context, node) is not None or base_elsewhere(context.suite, hooks.owner):
            return False
    others = [each for each in context.suite.decorators(node) if mark_name(context.module, each.node) != "asyncio"]
    return not others or (
        hooks.level == "class" and [context.module.segment(each.node) for each in others] == ["classmethod"]
    )


def _other_runners(context: Context) -> set[str]:
    return context.project.runners.keys() - {"aiohttp"}


def obstacle(context: Context, hooks: Hooks) -> str | None:
    """Return why hooks that nothing awaits have to stay as they are, or None."""
    found = _of_runner(context, hooks) or _of_class(context, hooks) or _of_module(context, hooks)
    if found is not None:
        return found
    for node in hooks.nodes:
        if (found := _of_function(context, hooks, node)) is not None:
            return found
    return None


def _of_runner(context: Context, hooks: Hooks) -> str | None:
    if (library := imported_runner(context.module)) is not None:
        return f"the file imports {library} and not asyncio"
    marked = any(has_asyncio_mark(context.suite.marks(test.node)) for test in hooks.tests)
    others = _other_runners(context)
    if others and not marked and effective_mode(context.config, context.project) != "auto":
        return f"the project also has tests of {min(others)}, and none here tells whose it is"
    scopes = loop_scopes(context.suite, hooks.tests)
    if None in scopes or (hooks.scope == "function" and len(scopes) > 1):
        return "its tests don't all name the same event loop"
    return None


def _of_class(context: Context, hooks: Hooks) -> str | None:
    if not isinstance(hooks.owner, ast.ClassDef):
        return None
    if (base := base_elsewhere(context.suite, hooks.owner)) is not None:
        return f"the base class {base} is defined elsewhere"
    if hooks.level == "nose" and (clash := _clash(context, hooks.owner)) is not None:
        return f"there is `{clash}`, too"
    return None


def _clash(context: Context, owner: ast.ClassDef) -> str | None:
    """Return the hook of a class or its subclasses that would meet those of nose under their new names."""
    for heir in heirs(context.suite, owner):
        for name in ("setup", "teardown", "setup_method", "teardown_method"):
            renamed = heir is owner and "_" not in name
            if not renamed and context.module.scopes.bindings(heir, name):
                return f"{heir.name}.{name}"
    return None


def _of_module(context: Context, hooks: Hooks) -> str | None:
    in_classes = any(isinstance(context.module.scopes.scope_of(test.node), ast.ClassDef) for test in hooks.tests)
    if hooks.level == "function" and in_classes:
        return "as a fixture it would run for the methods of the file's classes, too"
    return None


def _of_function(context: Context, hooks: Hooks, node: ast.AsyncFunctionDef) -> str | None:
    if (line := _called_at(context, node)) is not None:
        return f"`{node.name}` is called by hand in line {line}"
    if (evidence := context.project.hooks.get(node.name)) is not None:
        return f"`{node.name}` is looked up by its name in {evidence.path}:{evidence.line}"
    if is_generator(node) or not is_block(context.module, node):
        return "it isn't written as such functions are"
    if node is hooks.teardown and any(each.value for each in returns(node)):
        return f"`{node.name}` returns something, which a fixture can't do after its `yield`"
    return _of_parameters(hooks, node)


def _called_at(context: Context, node: ast.AsyncFunctionDef) -> int | None:
    attributes = context.module.attributes.get(node.name, ())
    names = context.module.loads.get(node.name, ()) if isinstance(context.module.parents[node], ast.Module) else ()
    return next((each.lineno for each in (*attributes, *names)), None)


def _of_parameters(hooks: Hooks, node: ast.AsyncFunctionDef) -> str | None:
    own, given = int(isinstance(hooks.owner, ast.ClassDef)), arguments(node)
    if not own <= len(given) <= own + (hooks.level != "class") or node.args.kwonlyargs or node.args.vararg:
        return "it takes parameters that pytest doesn't give to such a function, but to a fixture"
    for argument in given[own:]:
        if any(isinstance(each, ast.Name) and each.id == argument.arg for each in ast.walk(node)):
            return f"it uses its parameter `{argument.arg}`, which a fixture would have from `request`"
    return None
