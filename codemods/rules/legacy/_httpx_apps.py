"""Clients of httpx that are given an application, and how their file writes the transport for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.legacy.conditions import expectation
from codemods.model import Import
from codemods.semantics.file.arguments import arguments, keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import is_none

_TRANSPORTS = {"httpx.AsyncClient": "ASGITransport", "httpx.Client": "WSGITransport"}


@dataclass(frozen=True, slots=True)
class AppClient:
    """A client with ``app=``; ``index`` is the place of the argument."""

    call: ast.Call
    keyword: ast.keyword
    index: int
    name: str
    transport: str


def app_clients(module: Module) -> Iterator[AppClient]:
    """Yield the clients that httpx 0.28 refuses."""
    for call in module.nodes(ast.Call):
        given = keyword(call, "app")
        name = module.resolve(call.func) if given else None
        if given is None or name not in _TRANSPORTS or module.is_in_f_string(call):
            continue
        if expectation(module, call) is None:
            yield AppClient(call, given, arguments(call).index(given), name, _TRANSPORTS[name])


def obstacle(module: Module, client: AppClient) -> str | None:
    """Return why an application can't simply be wrapped, or None."""
    given = [each.arg for each in client.call.keywords]
    if None in given:
        return "`**` may give it a transport, too"
    if (other := next((each for each in given if each in ("transport", "mounts")), None)) is not None:
        return f"it is given `{other}`, too"
    if _may_be_none(module, client.keyword.value):
        return "the application may be None"
    return None


def _may_be_none(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _may_be_none(module, node.body) or _may_be_none(module, node.orelse)
    if not isinstance(node, ast.Name):
        return is_none(node)
    scope, bindings = module.scopes.lookup(node.id, node)
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return any(_is_none(module, each) for each in bindings)
    positional = [*scope.args.posonlyargs, *scope.args.args]
    offset = len(positional) - len(scope.args.defaults)
    pairs = [*zip(positional[offset:], scope.args.defaults, strict=True)]
    pairs += [(each, value) for each, value in zip(scope.args.kwonlyargs, scope.args.kw_defaults, strict=True) if value]
    none = [each for each, value in pairs if is_none(value)]
    return any(each in none or _is_none(module, each) for each in bindings)


def _is_none(module: Module, binding: ast.AST) -> bool:
    parent = module.parents.get(binding)
    return isinstance(parent, (ast.Assign, ast.AnnAssign)) and is_none(parent.value)


def written(module: Module, client: AppClient) -> tuple[str, tuple[Import, ...]] | None:
    """Return how the file writes the transport beside the client's class, and the import for it; None if it can't."""
    callee, name = client.call.func, client.transport
    if isinstance(callee, ast.Attribute):
        return f"{module.segment(callee.value)}.{name}", ()
    assert isinstance(callee, ast.Name)
    _, bindings = module.scopes.lookup(name, client.call)
    if bindings:
        known = all(isinstance(each, ast.ImportFrom) and each.module == "httpx" for each in bindings)
        top = known and all(each in module.tree.body and each.lineno < callee.lineno for each in bindings)
        return (name, ()) if top and not _is_renamed(bindings, name) else None
    imported = module.scopes.lookup(callee.id, callee)[1]
    if not all(each in module.tree.body for each in imported) or name in module.scopes.module_names():
        return None
    return name, (Import("httpx", name),)


def _is_renamed(bindings: list[ast.AST], name: str) -> bool:
    aliases = [alias for each in bindings if isinstance(each, ast.ImportFrom) for alias in each.names]
    return not any(alias.name == name and alias.asname in (None, name) for alias in aliases)
