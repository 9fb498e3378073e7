"""Calls that make mocks, in every spelling, and what stands in their parentheses."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.semantics.file.module import Module
from codemods.semantics.memo import once

ASYNC = "AsyncMock"
NON_CALLABLE = frozenset({"NonCallableMock", "NonCallableMagicMock"})
SYNC = frozenset({"Mock", "MagicMock"}) | NON_CALLABLE
MOCKERS = frozenset({"mocker", "class_mocker", "module_mocker", "package_mocker", "session_mocker"})
SPECS = frozenset({"spec", "spec_set", "wraps", "autospec"})
OWN = SPECS | {"name", "return_value", "side_effect", "unsafe"}
"""Keywords of a mock that aren't attributes of it."""


def is_mocker(module: Module, node: ast.expr) -> bool:
    """Return whether an expression is pytest-mock's fixture."""
    is_named = isinstance(node, ast.Name) and node.id in MOCKERS
    return is_named and isinstance(module.only_binding(node), ast.arg)


def mock_name(module: Module, node: ast.expr) -> str | None:
    """Return what of ``unittest.mock`` an expression stands for (``patch.object``), through pytest-mock too."""
    if (name := module.resolve(node)) is not None:
        return name.removeprefix("unittest.mock.") if name.startswith("unittest.mock.") else _of_asynctest(name)
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed(parts)) if parts and is_mocker(module, node) else None


@once
def mock_calls(module: Module) -> Mapping[ast.Call, str]:
    """Return the calls of what ``unittest.mock`` has, in source order, and what that is."""
    named = ((each, mock_name(module, each.func)) for each in module.nodes(ast.Call))
    return {each: name for each, name in named if name is not None}


def _of_asynctest(dotted: str) -> str | None:
    """Return what asynctest has that is used like its namesake; its classes of mocks are others."""
    name = dotted.removeprefix("asynctest.").removeprefix("mock.")
    alike = dotted.startswith("asynctest.") and name.partition(".")[0] in ("call", "patch")
    return name if alike else None


def mock_class(module: Module, node: ast.AST) -> str | None:
    """Return the class of mock that an expression makes, or None if it isn't a call of one."""
    return _class(mock_name(module, node.func)) if isinstance(node, ast.Call) else None


def _class(name: str | None) -> str | None:
    return name if name in SYNC or name == ASYNC else None


def mocks(module: Module) -> list[tuple[ast.Call, str]]:
    """Return the calls that make a mock, in source order, and its class."""
    return [(call, kind) for call, name in mock_calls(module).items() if (kind := _class(name)) is not None]


def dotted_keywords(call: ast.Call) -> list[tuple[tuple[str, ...], ast.expr]] | None:
    """Return the entries of ``**{"get.return_value": v}`` by path; None if anything else is unpacked."""
    found: list[tuple[tuple[str, ...], ast.expr]] = []
    for each in call.keywords:
        if each.arg is None:
            if not isinstance(each.value, ast.Dict):
                return None
            for key, value in zip(each.value.keys, each.value.values, strict=True):
                if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                    return None
                found.append((tuple(key.value.split(".")), value))
    return found


def has_spec(call: ast.Call) -> bool:
    """Return whether something else than the call says which attributes the mock has and which are async."""
    return bool(call.args) or any(each.arg in SPECS for each in call.keywords)
