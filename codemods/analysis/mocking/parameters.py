"""Which parameter of a function or class of this file an argument becomes."""

from __future__ import annotations

import ast

from codemods.semantics.file.arguments import fields, has_places, positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import instance_class, local_function, member


def parameter(suite: Suite, call: ast.Call, argument: ast.expr) -> ast.arg | None:
    """Return the parameter that gets ``argument``, or None if it isn't certain."""
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    function, skipped = _callee(suite, call.func, given)
    if function is None or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if argument in call.args:
        names = positional(function)[skipped:]
        index = call.args.index(argument)
        return names[index] if index < len(names) else None
    named = (*function.args.args, *function.args.kwonlyargs)
    return next((each for each in named if each.arg == given), None)


def _callee(suite: Suite, node: ast.expr, name: str | None) -> tuple[Definition | None, int]:
    """Return the function that a call runs and how many of its parameters are filled without an argument."""
    module = suite.module
    if (function := local_function(module, node)) is not None:
        return (None, 0) if function.decorator_list else (function, 0)
    if (owner := local_class(module, node)) is not None:
        return _method(member(module, owner, "__init__")), 1
    if isinstance(node, ast.Attribute) and (following := _super(module, node.value)):
        return _inherited(module, following, node.attr, name), 1
    if isinstance(node, ast.Attribute) and (owner := instance_class(suite, node.value)) is not None:
        if (found := _method(member(module, owner, node.attr))) is not None:
            return found, 1
    owner = instance_class(suite, node)
    return (_method(member(module, owner, "__call__")), 1) if owner is not None else (None, 0)


def _super(module: Module, node: ast.expr) -> list[ast.ClassDef]:
    """Return the classes in which ``super()`` looks, as far as the file has them."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "super" or node.args:
        return []
    owner = next(module.classes_around(node), None)
    return local_bases(module, owner)[1:] if owner is not None else []


def _inherited(module: Module, owners: list[ast.ClassDef], method: str, name: str | None) -> Definition | None:
    """Return the first method that takes an argument; one that takes any keyword hands it on to the next."""
    found = (
        each for owner in owners for each in owner.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    for each in found:
        if each.name == method:
            named = any(one.arg == name for one in (*each.args.args, *each.args.kwonlyargs))
            if named or name is None or each.args.kwarg is None:
                return each if not each.decorator_list else None
    return None


def _method(node: ast.AST | None) -> Definition | None:
    plain = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list
    return node if plain else None  # type: ignore[return-value]


def dataclass_field(module: Module, call: ast.Call, argument: ast.expr) -> tuple[ast.ClassDef, str] | None:
    """Return the field of a dataclass of this file that gets ``argument``, or None if it isn't certain."""
    owner = local_class(module, call.func)
    if owner is None or owner.bases or not any(_is_dataclass(module, each) for each in owner.decorator_list):
        return None
    own = fields(owner)
    if argument in call.args:
        index = call.args.index(argument)
        placed = has_places(owner) and not any(isinstance(each, ast.Starred) for each in call.args)
        return (owner, own[index]) if placed and index < len(own) else None
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    return (owner, given) if given in own and given else None


def _is_dataclass(module: Module, node: ast.expr) -> bool:
    return module.resolve(callee(node)) == "dataclasses.dataclass"
