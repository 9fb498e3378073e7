"""Async fixtures that give something to close, and close nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Fixture, Suite
from codemods.semantics.pytest.values.instances import only_value

CLOSABLE = {
    "aiohttp.ClientSession": "Unclosed client session",
    "httpx.AsyncClient": "its connections stay open",
    "asyncpg.connect": "its connection stays open",
    "asyncpg.create_pool": "its connections stay open",
    "aiomysql.connect": "its connection stays open",
    "aiomysql.create_pool": "its connections stay open",
    "aiopg.connect": "its connection stays open",
    "aiopg.create_pool": "its connections stay open",
    "aiosqlite.connect": "its thread stays alive",
    "psycopg.AsyncConnection.connect": "its connection stays open",
    "redis.asyncio.Redis": "its connections stay open",
    "redis.asyncio.from_url": "its connections stay open",
    "motor.motor_asyncio.AsyncIOMotorClient": "its connections stay open",
    "sqlalchemy.ext.asyncio.AsyncSession": "its connection isn't returned to the pool",
    "websockets.connect": "its connection stays open",
}
"""What makes such a thing, and what comes of leaving it open."""
BY_HAND = {"asyncpg.connect": "await {}.close()", "motor.motor_asyncio.AsyncIOMotorClient": "{}.close()"}
"""What can't stand in ``async with``, and how it is closed."""
AWAITED_FIRST = frozenset({"psycopg.AsyncConnection.connect"})
"""What has to be awaited before it can stand in ``async with``."""


@dataclass(frozen=True, slots=True)
class Closable:
    """A fixture, the place where it gives the thing, and what makes that."""

    fixture: Fixture
    node: ast.Return | ast.Yield
    name: str


def closables(suite: Suite) -> Iterator[Closable]:
    """Yield the async fixtures that return such a thing, or yield it and do nothing afterwards."""
    module = suite.module
    given: list[ast.Return | ast.Yield] = [*module.nodes(ast.Return), *module.nodes(ast.Yield)]
    by_node = {each.node: each for each in suite.fixtures if each.is_async}
    for node in given:
        fixture = by_node.get(module.function_of(node))  # type: ignore[arg-type]
        name = _made(module, node.value) if fixture is not None and node.value is not None else None
        if fixture is not None and name is not None and not _is_closed(module, fixture, node):
            yield Closable(fixture, node, name)


def _made(module: Module, node: ast.expr) -> str | None:
    """Return what made a value, if it is one of the table's."""
    if isinstance(node, ast.Name):
        value = only_value(module, node)
        return _made(module, value) if value is not None and not isinstance(value, ast.Name) else None
    call = node.value if isinstance(node, ast.Await) else node
    name = module.resolve(call.func) if isinstance(call, ast.Call) else None
    return name if name in CLOSABLE else None


def _is_closed(module: Module, fixture: Fixture, node: ast.Return | ast.Yield) -> bool:
    """Say whether anything may close it: code after the yield, a finalizer, another function that takes it."""
    if any(isinstance(each, (ast.With, ast.AsyncWith, ast.Try)) for each in module.ancestors(node)):
        return True
    if isinstance(node, ast.Yield):
        statement = module.statement_of(node)
        return statement is not fixture.node.body[-1] or not isinstance(statement, ast.Expr)
    if not isinstance(node.value, ast.Name):
        return _closes(module)
    uses = [each for each in module.loads[node.value.id] if module.function_of(each) is fixture.node]
    return len(uses) > 1 or _closes(module)


def _closes(module: Module) -> bool:
    """Say whether the file closes anything itself: its tests may close what they are given."""
    return any(name in module.attributes for name in ("aclose", "close", "addfinalizer", "disconnect"))
