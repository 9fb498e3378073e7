"""Database sessions that several coroutines use side by side."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.file.reaching_bindings import reaching
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, only_value

_SESSIONS = frozenset({"sqlalchemy.ext.asyncio.AsyncSession", "sqlmodel.ext.asyncio.session.AsyncSession"})
_MAKERS = frozenset({"sqlalchemy.ext.asyncio.async_sessionmaker"})
_MANY = (ast.GeneratorExp, ast.ListComp)
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class SharedSession:
    """A session that several of the coroutines that a call runs side by side get."""

    call: ast.Call
    name: str


def shared_sessions(suite: Suite) -> Iterator[SharedSession]:
    """Yield the calls of ``gather`` of which two coroutines or more use one session."""
    for call in suite.module.nodes(ast.Call):
        if suite.module.resolve(call.func) == "asyncio.gather":
            uses = [each for given in call.args for each in _uses(given)]
            doubled = (each for index, each in enumerate(uses) if each.id in {other.id for other in uses[:index]})
            if (name := next((each for each in doubled if _is_session(suite, each)), None)) is not None:
                yield SharedSession(call, name.id)


def _uses(given: ast.expr) -> list[ast.Name]:
    """Return the names that a coroutine is made with, twice if there are many such coroutines."""
    inner = given.value if isinstance(given, ast.Starred) else given
    if isinstance(inner, _MANY):
        own = {name.id for each in inner.generators for name in walk(each.target) if isinstance(name, ast.Name)}
        return [each for each in _names(inner.elt) if each.id not in own] * 2
    return _names(inner)


def _names(call: ast.expr) -> list[ast.Name]:
    if not isinstance(call, ast.Call):
        return []
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    places = [owner, *call.args, *(each.value for each in call.keywords)]
    return list({each.id: each for each in places if isinstance(each, ast.Name)}.values())


def _is_session(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> bool:
    if isinstance(node, ast.Call):
        return _makes_session(suite, node)
    value = only_value(suite.module, node) or fixture_value(suite, node) or _entered(suite.module, node)
    if value is not None:
        return depth > 0 and _is_session(suite, value, depth - 1)
    binding = reaching(suite.module, node) if isinstance(node, ast.Name) else None
    annotated = binding.annotation if isinstance(binding, ast.arg) else None
    return annotated is not None and suite.module.resolve(annotated) in _SESSIONS


def _makes_session(suite: Suite, call: ast.Call) -> bool:
    if suite.module.resolve(call.func) in _SESSIONS:
        return True
    maker = only_value(suite.module, call.func) or fixture_value(suite, call.func) or call.func
    return isinstance(maker, ast.Call) and suite.module.resolve(maker.func) in _MAKERS


def _entered(module: Module, node: ast.expr) -> ast.expr | None:
    """Return what an ``async with`` enters to give a name."""
    binding = reaching(module, node) if isinstance(node, ast.Name) else None
    item = module.parents.get(binding) if binding is not None else None
    return item.context_expr if isinstance(item, ast.withitem) else None
