"""What only ``async with`` can enter, and only ``async for`` can go through."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.analysis.awaits.mocked import replaced_around, replaced_names
from codemods.model import Evidence
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import is_generator, last_name
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.marks import decorators
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import called_functions, is_left_to_heirs

Block = ast.With | ast.For
_ENTERED = {
    "aiohttp.ClientSession": "aiohttp 3.0",
    "aiohttp.client.ClientSession": "aiohttp 3.0",
    "async_timeout.timeout": "async-timeout 5.0",
    "async_timeout.timeout_at": "async-timeout 5.0",
    "asyncio.TaskGroup": "",
    "asyncio.timeout": "",
    "asyncio.timeout_at": "",
    "httpx.AsyncClient": "",
}
"""What has no ``with`` of its own, by its dotted name, and since when it had none any more."""
_MANAGER = "contextlib.asynccontextmanager"


def async_only(suite: Suite, block: Block) -> tuple[str, Evidence | None] | None:
    """Return why a block fails as it is, and what shows it; None where it may work."""
    expressions = [each.context_expr for each in block.items] if isinstance(block, ast.With) else [block.iter]
    found = [_of(suite, each, enters=isinstance(block, ast.With)) for each in expressions]
    return found[0] if all(found) else None


def _of(suite: Suite, value: ast.expr, *, enters: bool) -> tuple[str, Evidence | None] | None:
    found = _known(suite, value, enters=enters) if isinstance(value, ast.Call) else None
    return None if found is None or _may_be_replaced(suite.module, value.func) else found  # type: ignore[attr-defined]


def _known(suite: Suite, value: ast.Call, *, enters: bool) -> tuple[str, Evidence | None] | None:
    module = suite.module
    name = " ".join(module.segment(value.func).split())
    if enters and (since := _ENTERED.get(module.resolve(value.func) or "")) is not None:
        return f"`{name}` has no `with`{f' since {since}' if since else ''}, only `async with`", None
    made = local_class(module, value.func)
    functions = [made] if made is not None else called_functions(suite, value.func)
    if not functions or not all(_is_async_only(module, each, enters=enters) for each in functions):
        return None
    if is_left_to_heirs(suite, value.func):
        return None
    what = "an async context manager" if enters else "an async iterator"
    return f"`{name}` gives {what}, which a plain `{'with' if enters else 'for'}` can't use", module.evidence(
        functions[0]
    )


def _may_be_replaced(module: Module, function: ast.expr) -> bool:
    return last_name(function) in replaced_names(module) | replaced_around(module, function)


def _is_async_only(module: Module, node: ast.AST, *, enters: bool) -> bool:
    if isinstance(node, ast.ClassDef):
        return _has_only(module, node, *(("__aenter__", "__enter__") if enters else ("__aiter__", "__iter__")))
    if not isinstance(node, ast.AsyncFunctionDef) or not is_generator(node):
        return False
    return [each.name for each in decorators(module, node)] == ([_MANAGER] if enters else [])


def _has_only(module: Module, node: ast.ClassDef, wanted: str, other: str) -> bool:
    """Return whether a class, whose bases are all of the file, has one method and not the other."""
    classes = local_bases(module, node)
    if any(_is_open(module, each) for each in classes):
        return False
    names: set[str] = set().union(*(module.scopes.names(each) for each in classes))
    if other in module.attributes or other in module.strings:  # it may be added later
        return False
    return wanted in names and names.isdisjoint({other, "__getitem__", "__getattr__", "__new__"})


def _is_open(module: Module, node: ast.ClassDef) -> bool:
    """Return whether a class may have attributes that the file doesn't show."""
    known: Sequence[bool] = [
        local_class(module, each) is not None or last_name(each) == "object" for each in node.bases
    ]
    return not all(known) or bool(node.keywords or node.decorator_list)
