"""What a file does with the generators that its coroutines of the old kind are, and that no coroutine object allows."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property

from codemods.analysis.legacy.awaitables import is_old_coroutine
from codemods.analysis.legacy.yields import Yielded
from codemods.analysis.marks import aliased_value
from codemods.analysis.module import Module
from codemods.analysis.order import Definition
from codemods.analysis.suite import Suite

_ITERATING = frozenset({"enumerate", "iter", "list", "next", "set", "sorted", "tuple", "zip"})


class GeneratorUses:
    """The uses of generators in one file.

    A generator that isn't a coroutine can't yield from an ``async def``. Tests are none: as generators they don't run.
    """

    def __init__(self, suite: Suite, yields: Mapping[ast.AST, list[Yielded]]) -> None:
        """Look at the file of ``suite``, of which the functions yield so."""
        self._suite = suite
        self._module = suite.module
        tests = {each.node for each in suite.tests}
        plain = {each: mine for each, mine in yields.items() if each not in tests and _is_plain(suite.module, each)}
        self._delegated = [(each, one.value) for each, mine in plain.items() for one in mine if _is_delegation(one)]

    def obstacle(self, node: Definition) -> str | None:
        """Return why what a function returns has to stay a generator."""
        return self._looked_into or self._iterated.get(node.name)

    def doubts(self, node: Definition) -> Iterator[str]:
        """Yield what may need it to stay one."""
        for function, value in self._delegated:
            if function not in self._suite.fixture_nodes and isinstance(
                value, (ast.Attribute, ast.Name, ast.Subscript)
            ):
                yield f"`{_name(function)}` must not yield from it"
        if (variable := self._reused.get(node.name)) is not None:
            yield f"`{variable}` must not be awaited twice"

    @cached_property
    def _looked_into(self) -> str | None:
        found = next((each for each in self._module.nodes(ast.Attribute) if each.attr.startswith("gi_")), None)
        return f"line {found.lineno} looks into a generator (`{found.attr}`)" if found is not None else None

    @cached_property
    def _iterated(self) -> dict[str, str]:
        """Where the file iterates over the results of calls, by the name of what is called."""
        found = dict(self._loops())
        for function, value in self._delegated:
            if value is not None and (name := _called(self._module, value)) is not None:
                found[name] = f"`{_name(function)}` yields from it, and isn't a coroutine"
        return found

    def _loops(self) -> Iterator[tuple[str, str]]:
        iterated = [*(each.iter for each in self._module.nodes(ast.For)), *_iterables(self._module)]
        for call in self._module.nodes(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in _ITERATING:
                iterated += call.args
        for each in iterated:
            if (name := _called(self._module, each)) is not None:
                yield name, f"line {each.lineno} iterates over it"

    @cached_property
    def _reused(self) -> dict[str, str]:
        """The variables that get the results of calls and are read more than once, by the name of what is called."""
        found: dict[str, str] = {}
        for each in self._module.nodes(ast.Assign):
            target = each.targets[0]
            if isinstance(target, ast.Name) and len(self._module.loads.get(target.id, ())) > 1:
                if isinstance(each.value, ast.Call) and (name := _called(self._module, each.value)) is not None:
                    found[name] = target.id
        return found


def _name(function: ast.AST) -> str:
    return getattr(function, "name", "lambda")


def _is_plain(module: Module, function: ast.AST) -> bool:
    if isinstance(function, ast.Lambda):
        return True
    return isinstance(function, ast.FunctionDef) and not is_old_coroutine(module, function)


def _is_delegation(node: Yielded) -> bool:
    return isinstance(node, ast.YieldFrom)


def _iterables(module: Module) -> Iterator[ast.expr]:
    found: list[ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp] = []
    found += [*module.nodes(ast.ListComp), *module.nodes(ast.SetComp)]
    found += [*module.nodes(ast.DictComp), *module.nodes(ast.GeneratorExp)]
    return (generator.iter for each in found for generator in each.generators)


def _called(module: Module, node: ast.expr) -> str | None:
    """Return the name of what an expression calls, or of what gave a variable its value."""
    value = aliased_value(module, node) or node
    function = value.func if isinstance(value, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", None))
