"""Uses of Starlette's sync test client in coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.paths import infer_path

_CLIENTS = frozenset({"fastapi.testclient.TestClient", "starlette.testclient.TestClient", "fastapi.TestClient"})
_PATHS = frozenset(map(AccessPath.imported, _CLIENTS))
_REQUESTS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", "request", "send", "stream"})
_WEBSOCKET = "websocket_connect"
_WAITING = (ast.Await, ast.AsyncWith, ast.AsyncFor)


@dataclass(frozen=True, slots=True)
class ClientUse:
    """The first call of a test client in an async test or fixture."""

    call: ast.Call
    function: ast.AsyncFunctionDef
    is_websocket: bool
    awaits: bool
    """Whether the function waits for anything itself."""


def client_uses(suite: Suite) -> Iterator[ClientUse]:
    """Yield the first use in each async test and fixture of the file."""
    module = suite.module
    ours = {each.node for each in suite.tests if each.is_async} | suite.fixture_nodes
    seen: set[ast.AST] = set()
    for call in module.nodes(ast.Call):
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in _REQUESTS | {_WEBSOCKET}:
            continue
        function = module.function_of(call)
        if not isinstance(function, ast.AsyncFunctionDef) or function not in ours or function in seen:
            continue
        if _is_client(suite, call.func.value):
            seen.add(function)
            yield ClientUse(call, function, call.func.attr == _WEBSOCKET, _awaits(module, function))


def _is_client(suite: Suite, node: ast.expr) -> bool:
    if _is_annotated(suite.module, node):
        return True
    path = infer_path(suite, node)
    callee = path.callee if path is not None else None
    return callee is not None and callee._replace(file=None) in _PATHS


def _is_annotated(module: Module, node: ast.expr) -> bool:
    """Say whether an expression is a parameter that its annotation calls a test client."""
    parameter = module.only_binding(node)
    annotation = parameter.annotation if isinstance(parameter, ast.arg) else None
    return annotation is not None and module.resolve(annotation) in _CLIENTS


def _awaits(module: Module, function: ast.AsyncFunctionDef) -> bool:
    return any(module.inside(kind, function) for kind in _WAITING)
