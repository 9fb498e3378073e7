"""What a file does with the generators that its coroutines of the old kind are, and that no coroutine object allows."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from codemods.edits.yields import Yielded
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.runners import has_asyncio_mark, keeps_async, stated_runner
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import is_old_coroutine

_ITERATING = frozenset({"enumerate", "iter", "list", "next", "set", "sorted", "tuple", "zip"})
_INSPECTING = frozenset({"GeneratorType", "__next__", "isgenerator", "isgeneratorfunction"})
_TAKING_CALLBACKS = frozenset({"asyncio.start_server", "asyncio.start_unix_server"})
_GIVING_ITERATORS = frozenset({"__await__", "__iter__"})


class GeneratorUses:
    """The uses of generators in one file, and what plain generators of others yield from."""

    def __init__(self, suite: Suite, yields: Mapping[ast.AST, list[Yielded]]) -> None:
        """Look at the file of ``suite``, of which the functions yield so."""
        self._suite = suite
        self._module = suite.module
        self._delegated = list(delegations(suite, yields))

    def obstacle(self, node: Definition) -> str | None:
        """Return why what a function returns has to stay a generator."""
        if node.name in _GIVING_ITERATORS:
            return "it has to return an iterator"
        return self._inspected or self._found(self._iterated, node) or self._delegated_in_another_file(node)

    def _found(self, places: Mapping[str, list[tuple[ast.expr, str]]], node: Definition) -> str | None:
        """Return what is said of the first place that may call a function: by its name, or any attribute of that."""
        is_method = self._module.class_of(node) is not None
        reads = frozenset(() if is_method else self._module.reads(node, node.name))
        called = places.get(node.name, ())
        return next((reason for each, reason in called if isinstance(each, ast.Attribute) or each in reads), None)

    def _delegated_in_another_file(self, node: Definition) -> str | None:
        place = self._module.answers.delegated(node.name)
        if place is None:
            return None
        return f"a generator that isn't a coroutine may yield from it ({place.place})"

    def doubts(self, node: Definition) -> Iterator[str]:
        """Yield what may need it to stay one."""
        for function, value in self._delegated:
            unnamed = isinstance(value, (ast.Attribute, ast.Name, ast.Subscript))
            if unnamed and function not in self._suite.fixture_nodes:
                yield f"`{_name(function)}` must not yield from it"
        if (variable := self._found(self._reused, node)) is not None:
            yield f"`{variable}` must not be awaited twice"
        if self._is_handed_on(node) and node not in self._suite.fixture_nodes:
            yield "what gets it without calling it must not iterate over what it gives"

    @cached_property
    def _inspected(self) -> str | None:
        attributes = ((each, each.attr) for each in self._module.nodes(ast.Attribute))
        names = ((each, name) for name in _INSPECTING for each in self._module.loads.get(name, ()))
        for node, name in (*attributes, *names):
            if name.startswith("gi_") or name in _INSPECTING:
                return f"line {node.lineno} looks into a generator (`{name}`)"
        return None

    @cached_property
    def _iterated(self) -> Mapping[str, list[tuple[ast.expr, str]]]:
        """Where the file iterates over the results of calls, by the name of what is called."""
        found: defaultdict[str, list[tuple[ast.expr, str]]] = defaultdict(list)
        for function, value in self._delegated:
            if (called := _called(self._module, value)) is not None:
                known = "known to be " if getattr(function, "decorator_list", ()) else ""
                reason = f"`{_name(function)}` yields from it, and isn't {known}a coroutine"
                found[last_name(called)].append((called, reason))
        for each in self._iterables():
            if (called := _called(self._module, each)) is not None:
                found[last_name(called)].append((called, f"line {each.lineno} iterates over it"))
        return found

    def _iterables(self) -> Iterator[ast.expr]:
        yield from (each.iter for each in self._module.nodes(ast.For))
        yield from _iterables(self._module)
        for call in self._module.nodes(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in _ITERATING:
                yield from call.args

    def _is_handed_on(self, node: Definition) -> bool:
        """Return whether the file reads a function otherwise than to call it."""
        named = self._module.attributes.get(node.name, ()) if self._module.class_of(node) is not None else ()
        reads = (*self._module.reads(node, node.name), *named)
        return any(not (self._module.is_called(each) or self._is_for_asyncio(each)) for each in reads)

    def _is_for_asyncio(self, function: ast.expr) -> bool:
        """Return whether asyncio gets a function, and makes a task of the coroutine that it gives."""
        call = self._module.parents[function]
        return isinstance(call, ast.Call) and self._module.resolve(call.func) in _TAKING_CALLBACKS

    @cached_property
    def _reused(self) -> Mapping[str, list[tuple[ast.expr, str]]]:
        """The variables that get the results of calls and are read more than once, by the name of what is called."""
        found: defaultdict[str, list[tuple[ast.expr, str]]] = defaultdict(list)
        for each in self._module.nodes(ast.Assign):
            target = each.targets[0]
            if isinstance(target, ast.Name) and len(self._module.loads.get(target.id, ())) > 1:
                if isinstance(each.value, ast.Call) and (called := _called(self._module, each.value)) is not None:
                    found[last_name(called)].append((called, target.id))
        return found


def delegations(suite: Suite, yields: Mapping[ast.AST, list[Yielded]]) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Yield what generators yield from that aren't coroutines and so can't yield from an ``async def``."""
    tests = {each.node for each in suite.tests}
    for function, mine in yields.items():
        if _is_plain(suite.module, function) and not (function in tests and _never_runs(suite, function)):
            yield from ((function, each.value) for each in mine if isinstance(each, ast.YieldFrom))


def _is_plain(module: Module, function: ast.AST) -> bool:
    if isinstance(function, ast.Lambda):
        return True
    return isinstance(function, ast.FunctionDef) and not is_old_coroutine(module, function)


def _never_runs(suite: Suite, test: ast.AST) -> bool:
    """Say whether a test is one that pytest-asyncio should run, and doesn't, since it is a generator."""
    if not isinstance(test, ast.FunctionDef) or not has_asyncio_mark(suite.marks(test)) or stated_runner(suite, test):
        return False
    return all(keeps_async(suite.module, each) for each in suite.decorators(test))


def _name(function: ast.AST) -> str:
    return getattr(function, "name", "lambda")


def _iterables(module: Module) -> Iterator[ast.expr]:
    found: list[ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp] = []
    found += [*module.nodes(ast.ListComp), *module.nodes(ast.SetComp)]
    found += [*module.nodes(ast.DictComp), *module.nodes(ast.GeneratorExp)]
    return (generator.iter for each in found for generator in each.generators)


def called_name(module: Module, node: ast.expr) -> str | None:
    """Return the name of what an expression calls, or of what gave a variable its value."""
    called = _called(module, node)
    return last_name(called) or None if called is not None else None


def _called(module: Module, node: ast.expr) -> ast.expr | None:
    value = aliased_value(module, node) or node
    return value.func if isinstance(value, ast.Call) else None
