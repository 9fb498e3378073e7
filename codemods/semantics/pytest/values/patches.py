"""Where a file puts a mock in the place of something, and who gets the mock."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.semantics.file.arguments import argument, keyword, positional, receiver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.memo import once
from codemods.semantics.pytest.values.mocks import mock_calls, mock_name

_PATCHERS = frozenset({"patch", "patch.object", "patch.multiple"})
_OPTIONS = frozenset({"spec", "create", "spec_set", "autospec", "new_callable", "target", "unsafe"})


@dataclass(frozen=True, slots=True)
class Patch:
    """One replacement: by ``new``, or by what ``new_callable`` makes, or, with neither, by what patch chooses.

    What is replaced is the attribute of ``owner``, or, without one, what the string ``target`` names.
    """

    call: ast.Call
    new: ast.expr | None
    new_callable: ast.keyword | None
    target: ast.expr | None
    owner: ast.expr | None = None
    attribute: str | None = None


def patches(module: Module, call: ast.Call) -> list[Patch]:
    """Return what a call replaces; nothing if it isn't one of patch's or monkeypatch's."""
    name = mock_name(module, call.func)
    if name == "patch.multiple":
        return list(_multiple(call))
    if name in ("patch", "patch.object"):
        return _single(call, argument(call, "new", 1 if name == "patch" else 2), name == "patch.object")
    if _is_setattr(module, call) and len(call.args) in (2, 3):
        return _single(call, call.args[-1], len(call.args) == 3)
    return []


@once
def patches_by_call(module: Module) -> Mapping[ast.Call, list[Patch]]:
    """Return all that a file replaces, by the calls that do, in source order."""
    named = mock_calls(module)
    may = (each for each in module.nodes(ast.Call) if each in named or last_name(each.func) == "setattr")
    return {each: found for each in may if (found := patches(module, each))}


def _is_setattr(module: Module, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "setattr" and isinstance(call.func.value, ast.Name)
    return module.unbound_name(call.func) == "setattr"


def _single(call: ast.Call, new: ast.expr | None, on_object: bool) -> list[Patch]:
    first = argument(call, "target", 0)
    made_by = keyword(call, "new_callable")
    if not on_object:
        return [Patch(call, new, made_by, first)]
    attribute = argument(call, "attribute", 1)
    text = attribute.value if isinstance(attribute, ast.Constant) and isinstance(attribute.value, str) else None
    return [Patch(call, new, made_by, None, first, text)]


def _multiple(call: ast.Call) -> Iterator[Patch]:
    owner = argument(call, "target", 0)
    for each in call.keywords if owner else ():
        if each.arg and each.arg not in _OPTIONS:
            yield Patch(call, each.value, None, None, owner, each.arg)


def receivers(module: Module, patch: Patch) -> list[ast.Name | ast.arg]:
    """Return the names that the mock gets through its patch: after ``as``, by assignment, as a parameter."""
    parent = module.parents.get(patch.call)
    if isinstance(parent, ast.withitem) and isinstance(parent.optional_vars, ast.Name):
        return [parent.optional_vars]
    if isinstance(parent, ast.Assign) and mock_name(module, patch.call.func) and not module.resolve(patch.call.func):
        return [each for each in parent.targets if isinstance(each, ast.Name)]
    if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)) and patch.new is None:
        return _injected(module, parent, patch.call)
    return []


def _injected(module: Module, node: Definition, call: ast.Call) -> list[ast.Name | ast.arg]:
    """Return the parameter that a decorator fills: the lowest of those without ``new`` fills the first."""
    filling = [each for each in reversed(node.decorator_list) if isinstance(each, ast.Call)]
    filling = [each for each in filling if mock_name(module, each.func) in _PATCHERS and not _has_new(module, each)]
    names = [each for each in positional(node) if each is not receiver(module, node)]
    index = filling.index(call) if call in filling else len(names)
    return [names[index]] if index < len(names) else []


def _has_new(module: Module, call: ast.Call) -> bool:
    name = mock_name(module, call.func)
    return argument(call, "new", 1 if name == "patch" else 2) is not None or name == "patch.multiple"
