"""A fixture that gives sync code the loop of its test, as ``event_loop`` did."""

from __future__ import annotations

import ast

from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.parameter import (
    GETTER,
    NAME,
    RUNNING_LOOP,
    gives_running_loop,
    obstacle,
    rename_obstacle,
    visible_override,
)
from codemods.analysis.loops.uses import LoopUses
from codemods.edits.functions import define_above, rename_parameter
from codemods.model import Fix
from codemods.semantics.answers import NoAnswers
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import fixture_scope
from codemods.semantics.pytest.loop_scopes import default_of_fixtures, default_of_tests, loop_scopes
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, Fixture, Test


def given_loop(context: Context, each: Test | Fixture, uses: LoopUses) -> Fix | None:
    """Return what lets a sync test or fixture ask for an async fixture that returns the loop; None if it can't."""
    node = each.node
    if uses.closes or not _may_ask(context, each) or rename_obstacle(node, NAME, RUNNING_LOOP) is not None:
        return None
    renamed = rename_parameter(context.module, node, name=NAME, new=RUNNING_LOOP)
    if _is_here(context.module):
        return Fix((renamed,))
    added = _fixture(context)
    return Fix((renamed, *added.edits), added.imports) if added is not None else None


def _may_ask(context: Context, each: Test | Fixture) -> bool:
    """Return whether pytest sets the function up once a test while no loop runs, on whose loop the test runs."""
    if obstacle(context, each.node) is not None or visible_override(context.suite, each.node) is not None:
        return False
    if not _is_asked_here(context, each):
        return False
    if loop_scopes(context, context.suite.tests) - {default_of_tests(context.config)}:
        return False
    if isinstance(each, Fixture):
        return fixture_scope(each.decorator) == "function" and not _is_got_late(context.module, each.name)
    return not is_generator(each.node) and all(mark.name is not None for mark in context.suite.marks(each.node))


def _is_asked_here(context: Context, each: Test | Fixture) -> bool:
    """Return whether what asks for it finds the fixtures of this file, and no other file gives it one of that name."""
    module, answers = context.module, context.module.answers
    if not (context.suite.is_test_module or module.path.rpartition("/")[2] == "conftest.py"):
        return False
    if isinstance(answers, NoAnswers):
        return True
    owner = module.class_of(each.node)
    taken = answers.users(owner.name if owner is not None else each.node.name)
    return not taken and (_is_here(module) or not answers.has_fixture(RUNNING_LOOP))


def _is_got_late(module: Module, name: str) -> bool:
    """Return whether a fixture may be set up while a loop runs, as ``getfixturevalue`` in a coroutine does."""
    call = fetching(module, name)
    in_coroutine = call is not None and isinstance(module.function_of(call), ast.AsyncFunctionDef)
    return in_coroutine or module.answers.fetched(name) is not None


def _is_here(module: Module) -> bool:
    """Return whether the file has the fixture already."""
    found = [each for each in module.tree.body if getattr(each, "name", "") == RUNNING_LOOP]
    return any(gives_running_loop(module, each) and getattr(each, "decorator_list", ()) for each in found)


def _fixture(context: Context) -> Fix | None:
    """Return what defines the fixture on top of the first function of a file; None if a name that it needs is taken."""
    module = context.module
    functions = [each for each in module.tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    anchor = next((each for each in functions if _is_free(module, each)), None)
    if anchor is None or _is_taken(module):
        return None
    decorator, getter = context.reference(ASYNCIO_FIXTURE, anchor), context.reference(GETTER, anchor)
    if decorator is None or getter is None:
        return None
    text = f"@{decorator.text}{_loop_scope(context)}\nasync def {RUNNING_LOOP}():\n    return {getter.text}()\n"
    return Fix((define_above(module, anchor, text),), (*decorator.imports, *getter.imports))


def _is_taken(module: Module) -> bool:
    asked = any(each.arg == RUNNING_LOOP for each in module.nodes(ast.arg))
    return asked or RUNNING_LOOP in module.scopes.module_names() or RUNNING_LOOP in module.strings


def _is_free(module: Module, node: Definition) -> bool:
    """Return whether something can stand on top of a function without parting it from its comment."""
    first = min((each.lineno for each in node.decorator_list), default=node.lineno)
    above = module.lines[first - 2].strip() if first > 1 else ""
    return not above.startswith("#")


def _loop_scope(context: Context) -> str:
    wanted = default_of_tests(context.config)
    return "" if wanted == (default_of_fixtures(context.config) or "function") else f'(loop_scope="{wanted}")'
