"""Classes of ``unittest.TestCase`` with async methods, which it never awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.model import Evidence
from codemods.semantics.answers import CaseHeir, ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import class_type, local_class, local_heirs
from codemods.semantics.pytest.runners import imported_runner, is_transparent, keeps_async
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.test_cases import (
    ASYNC_NAMES,
    PLAIN_CASE,
    async_hooks,
    hook_doubt,
    is_super,
    methods,
    override,
)


@dataclass(frozen=True, slots=True)
class PlainCase:
    """A plain ``TestCase``, which of its bases makes it one, and its async methods that are meant to run."""

    owner: ast.ClassDef
    base: int
    hooks: tuple[ast.AsyncFunctionDef, ...]
    tests: tuple[ast.AsyncFunctionDef, ...]
    wrapped: tuple[ast.AsyncFunctionDef, ...]
    """The async tests with a decorator that may run them."""
    heirs: tuple[CaseHeir, ...] = ()
    """Those that have it as their base, if they were looked at."""

    @property
    def lost(self) -> Evidence | None:
        """An async test of an heir, which nothing awaits."""
        return next((each.lost for each in self.heirs if each.lost is not None), None)


def plain_cases(suite: Suite) -> Iterator[PlainCase]:
    """Yield the test classes whose base is ``unittest.TestCase`` itself and that need one that awaits."""
    for case in test_classes(suite):
        if case.tests or case.hooks or _named_async(methods(suite.module, case.owner)):
            yield case


def test_classes(suite: Suite) -> Iterator[PlainCase]:
    """Yield all test classes whose base is ``unittest.TestCase`` itself."""
    collected = _collected(suite)
    for owner, base in direct_cases(suite.module):
        if not collected.isdisjoint(methods(suite.module, owner).values()):
            bare, wrapped = bare_tests(suite, owner)
            yield PlainCase(owner, base, tuple(async_hooks(suite.module, owner)), bare, wrapped)


def direct_cases(module: Module) -> Iterator[tuple[ast.ClassDef, int]]:
    """Yield the classes of which a base is ``unittest.TestCase`` itself, and which one."""
    for owner in module.nodes(ast.ClassDef):
        for index, each in enumerate(owner.bases):
            if module.resolve(each) == PLAIN_CASE:
                yield owner, index
                break


def bare_tests(
    suite: Suite, owner: ast.ClassDef
) -> tuple[tuple[ast.AsyncFunctionDef, ...], tuple[ast.AsyncFunctionDef, ...]]:
    """Return the async tests of a plain ``TestCase``, and apart those with a decorator that may run them."""
    own = methods(suite.module, owner).values()
    tests = [each for each in own if each in _collected(suite) and isinstance(each, ast.AsyncFunctionDef)]
    bare = tuple(each for each in tests if _is_bare(suite, each))
    return bare, tuple(each for each in tests if each not in bare)


@once
def _collected(suite: Suite) -> set[ast.AST]:
    return {test.node for test in suite.tests if test.test_case == PLAIN_CASE}


def _named_async(own: dict[str, ast.AST]) -> bool:
    return any(isinstance(own.get(name), ast.AsyncFunctionDef) for name in ASYNC_NAMES.values())


def _is_bare(suite: Suite, node: Definition) -> bool:
    return not is_generator(node) and all(keeps_async(suite.module, each) for each in suite.decorators(node))


def doubt(suite: Suite, case: PlainCase, called_hooks: Mapping[str, Evidence]) -> str | None:
    """Return why a class has to keep its base, or None; ``called_hooks`` are those that the project calls itself."""
    for hook in case.hooks:
        if (evidence := called_hooks.get(hook.name)) is not None:
            return f"`{hook.name}` is looked up by its name in {evidence.place}"
    return _of_class(suite, case) or _of_bases(suite.module, case.owner) or _of_methods(suite, case)


def _of_class(suite: Suite, case: PlainCase) -> str | None:
    for decorator in suite.decorators(case.owner):
        if not is_transparent(decorator):
            return f"it can't be told what `{suite.module.segment(decorator.node)}` makes of it"
    if case.owner.keywords:
        return "it has a metaclass"
    if (reason := next((each.doubt for each in case.heirs if each.doubt is not None), None)) is not None:
        return reason
    if case.heirs and case.hooks:
        return f"it is the base of others, and its `{case.hooks[0].name}` is async"
    if case.heirs:
        return override(suite.module, case.owner)
    for each in local_heirs(suite.module, case.owner)[:1]:
        return f"it is the base of `{each.name}`"
    return override(suite.module, case.owner)


def _of_bases(module: Module, owner: ast.ClassDef) -> str | None:
    for each in owner.bases:
        if module.resolve(each) == PLAIN_CASE:
            continue
        local = local_class(module, each)
        if local is None or class_type(module, local).kind is not ClassKind.PLAIN:
            return f"the base class {ast.unparse(each)} isn't known"
        for name in (*ASYNC_NAMES, *ASYNC_NAMES.values()):
            if isinstance(methods(module, local).get(name), ast.AsyncFunctionDef):
                return f"the base class {local.name} has an async `{name}`"
    return None


@once
def _called_by_hand(module: Module) -> ast.Attribute | None:
    names = ASYNC_NAMES.values()
    return next((each for each in module.nodes(ast.Attribute) if each.attr in names and not is_super(each.value)), None)


def _of_methods(suite: Suite, case: PlainCase) -> str | None:
    if (library := imported_runner(suite.module)) is not None:
        return f"the file imports {library} and not asyncio"
    for test in case.wrapped:
        return f"it can't be told what the decorators of `{test.name}` make of it"
    if (called := _called_by_hand(suite.module)) is not None:
        return f"`{called.attr}` is called by hand in line {called.lineno}"
    for hook in case.hooks:
        if (found := hook_doubt(suite, case.owner, hook)) is not None:
            return found
    return None
