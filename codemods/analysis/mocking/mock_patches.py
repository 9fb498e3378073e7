"""Where a file puts a mock in the place of something: what stands there otherwise, and who gets the mock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from codemods.analysis.classes import local_class
from codemods.analysis.mocking.instances import Answer, answer, instance_class, member
from codemods.analysis.mocking.mocks import keyword, mock_name
from codemods.analysis.module import Module
from codemods.analysis.order import Definition
from codemods.analysis.suite import Suite

_PATCHERS = frozenset({"patch", "patch.object", "patch.multiple"})
_OPTIONS = frozenset({"spec", "create", "spec_set", "autospec", "new_callable", "target", "unsafe"})


@dataclass(frozen=True, slots=True)
class Patch:
    """One replacement: by ``new``, or by what ``new_callable`` makes, or, with neither, by what patch chooses."""

    call: ast.Call
    new: ast.expr | None
    new_callable: ast.keyword | None
    target: ast.AST | None
    """The definition of this file that is replaced."""
    answer: Answer
    owner: ast.expr | None = None
    attribute: str | None = None


def patches(suite: Suite, call: ast.Call) -> list[Patch]:
    """Return what a call replaces; nothing if it isn't one of patch's or monkeypatch's."""
    name = mock_name(suite.module, call.func)
    if name == "patch.multiple":
        return list(_multiple(suite, call))
    if name in ("patch", "patch.object"):
        return _single(suite, call, _argument(call, 1 if name == "patch" else 2, "new"), name == "patch.object")
    if _is_setattr(suite.module, call) and len(call.args) in (2, 3):
        return _single(suite, call, call.args[-1], len(call.args) == 3)
    return []


def _is_setattr(module: Module, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "setattr" and isinstance(call.func.value, ast.Name)
    return (
        isinstance(call.func, ast.Name) and call.func.id == "setattr" and not module.scopes.lookup("setattr", call)[1]
    )


def _argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    given = keyword(call, name)
    return given.value if given else call.args[index] if len(call.args) > index else None


def _single(suite: Suite, call: ast.Call, new: ast.expr | None, on_object: bool) -> list[Patch]:
    first = _argument(call, 0, "target")
    owner = first if on_object else None
    attribute = _text(_argument(call, 1, "attribute")) if on_object else None
    if owner is not None:
        found = owned(suite, owner, attribute) if attribute else None
    else:
        found = _named(suite.module, first) if first else None
    return [Patch(call, new, keyword(call, "new_callable"), found, answer(suite.module, found), owner, attribute)]


def _multiple(suite: Suite, call: ast.Call) -> Iterator[Patch]:
    owner = _argument(call, 0, "target")
    for each in call.keywords if owner else ():
        if each.arg and each.arg not in _OPTIONS and owner:
            is_name = ast.unparse(owner) == "__name__"
            found = _in_module(suite.module, [each.arg]) if is_name else owned(suite, owner, each.arg)
            yield Patch(call, each.value, None, found, answer(suite.module, found), owner, each.arg)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def owned(suite: Suite, owner: ast.expr, name: str) -> ast.AST | None:
    """Return the definition of this file that an attribute of a class, an instance or this module stands for."""
    if ast.unparse(owner) == "sys.modules[__name__]":
        return _in_module(suite.module, [name])
    found = local_class(suite.module, owner) or instance_class(suite, owner)
    return member(suite.module, found, name) if found else None


def _named(module: Module, target: ast.expr) -> ast.AST | None:
    """Return the definition of this file that a target string names."""
    if (text := _text(target)) is not None:
        return _in_module(module, _below_module(module, text.split(".")))
    left, right = _halves(target)
    if isinstance(left, ast.Name) and left.id == "__name__" and (text := _text(right)) and text.startswith("."):
        return _in_module(module, text[1:].split("."))
    return None


def _halves(node: ast.expr) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return node.left, node.right
    if isinstance(node, ast.JoinedStr) and len(node.values) == 2 and isinstance(node.values[0], ast.FormattedValue):
        return node.values[0].value, node.values[1]
    return None, None


def _below_module(module: Module, parts: list[str]) -> list[str]:
    own = PurePosixPath(module.path).with_suffix("").parts
    if own[-1] not in parts:
        return []
    count = parts.index(own[-1]) + 1
    return parts[count:] if tuple(parts[:count]) == own[-count:] else []


def _in_module(module: Module, parts: list[str]) -> ast.AST | None:
    bindings = module.scopes.module_names().get(parts[0], []) if parts else []
    found = bindings[0] if len(bindings) == 1 else None
    if len(parts) == 2 and isinstance(found, ast.ClassDef):
        return member(module, found, parts[1])
    return found if len(parts) == 1 else None


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
    method = isinstance(module.scopes.scope_of(node), ast.ClassDef)
    names = (*node.args.posonlyargs, *node.args.args)[method:]
    index = filling.index(call) if call in filling else len(names)
    return [names[index]] if index < len(names) else []


def _has_new(module: Module, call: ast.Call) -> bool:
    name = mock_name(module, call.func)
    return _argument(call, 1 if name == "patch" else 2, "new") is not None or name == "patch.multiple"
