"""Coroutine functions that a test defines only to run them at once, and whose body can stand in the test itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.loops.drivers import driver
from codemods.semantics.file.bodies import bound_names, has_docstring, is_block, returns
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, walk


@dataclass(frozen=True, slots=True)
class NestedMain:
    """The function inside of a test, and which statement of the test defines it; the next one runs it."""

    node: ast.AsyncFunctionDef
    index: int


def nested_main(module: Module, found: FileDrives, closure: Closure) -> NestedMain | None:
    """Return the function that the only test of a closure defines and runs, if nothing is lost without it."""
    test = closure.functions[0]
    argument = _only_argument(module, found, test) if len(closure.functions) == 1 else None
    main = found.calls.target(argument.func) if isinstance(argument, ast.Call) else None
    if not isinstance(main, ast.AsyncFunctionDef) or main not in test.body or not is_block(module, test):
        return None
    index = test.body.index(main)
    following = test.body[index + 1] if index + 1 < len(test.body) else None
    runs = isinstance(following, ast.Expr) and any(each is argument for each in walk(following))
    if not runs or not _is_simple(module, main) or len(found.calls.uses(main)) > 1:
        return None
    if _holds_comments(module, main, following) or _clashes(test, main):
        return None
    return NestedMain(main, index)


def _only_argument(module: Module, found: FileDrives, test: Definition) -> ast.expr | None:
    """Return what a test runs, if that is one thing and its value isn't used."""
    drivers = [driver(module, each) for each in found.drives.direct.get(test, ())]
    drivers += [each.driver for each in found.drives.by_function.get(test, ())]
    only = drivers[0] if len(drivers) == 1 else None
    return only.argument if only is not None and isinstance(module.parents[only.call], ast.Expr) else None


def _is_simple(module: Module, main: ast.AsyncFunctionDef) -> bool:
    plain = not (main.decorator_list or ast.unparse(main.args) or has_docstring(main) or returns(main))
    declares = any(isinstance(each, (ast.Nonlocal, ast.Global)) for each in walk(main))
    return plain and not declares and not is_generator(main) and is_block(module, main)


def _holds_comments(module: Module, main: ast.AsyncFunctionDef, run: ast.stmt | None) -> bool:
    """Say whether a comment stands where nothing is left to hold it: beside the ``def``, or around what runs it."""
    assert run is not None
    after = module.lines[main.end_lineno or main.lineno : run.end_lineno]
    return any("#" in line for line in (module.lines[main.lineno - 1], *after))


def _clashes(test: Definition, main: ast.AsyncFunctionDef) -> bool:
    """Say whether a name of the function's own means something in the test, too."""
    own = set(walk(main))
    others = [each for each in walk(test) if each not in own and each is not test]
    names = {getattr(each, "id", None) or getattr(each, "arg", None) or getattr(each, "name", None) for each in others}
    declared = any(isinstance(each, (ast.Global, ast.Nonlocal)) for each in others)
    return declared or not bound_names(main).isdisjoint(names)
