"""What speaks against an ``async def`` in the place of ``asyncio.coroutine``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from codemods.analysis.bodies import returns
from codemods.analysis.index.knowledge import Answer
from codemods.analysis.legacy.awaitables import awaitable, is_old_coroutine
from codemods.analysis.legacy.yields import Yielded
from codemods.analysis.marks import Decorator, aliased_value
from codemods.analysis.mocking.mocks import mock_name
from codemods.analysis.module import Module
from codemods.analysis.order import Definition
from codemods.analysis.suite import Suite

if TYPE_CHECKING:
    from codemods.rules.base import Context

_OTHERS = ("tornado.", "twisted.", "types.coroutine")
_ITERATING = frozenset({"enumerate", "iter", "list", "next", "set", "sorted", "tuple", "zip"})
_PLAIN = (
    ast.BinOp, ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr, ast.Lambda, ast.List, ast.ListComp,
    ast.Set, ast.SetComp, ast.Tuple, ast.UnaryOp,
)  # fmt: skip


def other_coroutine(context: Context, node: Definition, decorator: Decorator) -> str | None:
    """Return a decorator that wants a generator."""
    for each in context.suite.decorators(node):
        if (
            each.index != decorator.index
            and (each.name or "").startswith(_OTHERS)
            and each.name != "tornado.testing.gen_test"
        ):
            return f"`{context.module.segment(each.node)}` may want a generator"
    return None


def iterations(suite: Suite, yields: Mapping[ast.AST, list[Yielded]]) -> dict[str, str]:
    """Return where the file iterates over the results of calls, by the name of what is called.

    A generator that isn't a coroutine can't yield from an ``async def``. Tests are none: as generators they don't run.
    """
    found = dict(_loops(suite.module))
    tests = {each.node for each in suite.tests}
    for function, mine in yields.items():
        if function not in tests and _is_plain_generator(suite.module, function):
            for each in mine:
                if isinstance(each, ast.YieldFrom) and (name := _called(suite.module, each.value)):
                    found[name] = f"`{getattr(function, 'name', 'lambda')}` yields from it, and isn't a coroutine"
    return found


def _is_plain_generator(module: Module, function: ast.AST) -> bool:
    return isinstance(function, ast.Lambda) or (
        isinstance(function, ast.FunctionDef) and not is_old_coroutine(module, function)
    )


def _loops(module: Module) -> Iterator[tuple[str, str]]:
    iterated = [*(each.iter for each in module.nodes(ast.For)), *(each.iter for each in _generators(module))]
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in _ITERATING:
            iterated += call.args
    for each in iterated:
        if (name := _called(module, each)) is not None:
            yield name, f"line {each.lineno} iterates over it"


def _generators(module: Module) -> list[ast.comprehension]:
    found: list[ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp] = []
    found += [*module.nodes(ast.ListComp), *module.nodes(ast.SetComp)]
    found += [*module.nodes(ast.DictComp), *module.nodes(ast.GeneratorExp)]
    return [generator for each in found for generator in each.generators]


def _called(module: Module, node: ast.expr) -> str | None:
    """Return the name of what an expression calls, or of what gave a variable its value."""
    value = aliased_value(module, node) or node
    function = value.func if isinstance(value, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", None))


def awaited_return(suite: Suite, node: Definition) -> str | None:
    """Return what a function without a ``yield`` returns that ``asyncio.coroutine`` may await."""
    for each in returns(node):
        if each.value is not None and not _is_plain(suite, each.value):
            return suite.module.segment(each.value)
    return None


def _is_plain(suite: Suite, node: ast.expr) -> bool:
    """Say whether a value isn't awaitable."""
    if isinstance(node, _PLAIN):
        return True
    if isinstance(node, ast.Call):
        return mock_name(suite.module, node.func) in ("Mock", "MagicMock") or awaitable(suite, node) is Answer.SYNC
    value = aliased_value(suite.module, node)
    return value is not None and not isinstance(value, ast.Name) and _is_plain(suite, value)
