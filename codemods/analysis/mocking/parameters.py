"""Which parameter of a function or class of this file an argument becomes."""

from __future__ import annotations

import ast

from codemods.analysis.classes import local_class
from codemods.analysis.mocking.instances import instance_class, local_function, member
from codemods.analysis.module import Module
from codemods.analysis.order import Definition
from codemods.analysis.suite import Suite


def parameter(suite: Suite, call: ast.Call, argument: ast.expr) -> ast.arg | None:
    """Return the parameter that gets ``argument``, or None if it isn't certain."""
    function, skipped = _callee(suite, call.func)
    if function is None or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if argument in call.args:
        names = (*function.args.posonlyargs, *function.args.args)[skipped:]
        index = call.args.index(argument)
        return names[index] if index < len(names) else None
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    named = (*function.args.args, *function.args.kwonlyargs)
    return next((each for each in named if each.arg == given), None)


def _callee(suite: Suite, node: ast.expr) -> tuple[Definition | None, int]:
    """Return the function that a call runs and how many of its parameters are filled without an argument."""
    module = suite.module
    if (function := local_function(module, node)) is not None:
        return (None, 0) if function.decorator_list else (function, 0)
    if (owner := local_class(module, node)) is not None:
        return _method(member(module, owner, "__init__")), 1
    if isinstance(node, ast.Attribute) and (owner := instance_class(suite, node.value)) is not None:
        return _method(member(module, owner, node.attr)), 1
    return None, 0


def _method(node: ast.AST | None) -> Definition | None:
    plain = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list
    return node if plain else None  # type: ignore[return-value]


def dataclass_field(module: Module, call: ast.Call, argument: ast.expr) -> tuple[ast.ClassDef, str] | None:
    """Return the field of a dataclass of this file that gets ``argument``, or None if it isn't certain."""
    owner = local_class(module, call.func)
    if owner is None or owner.bases or not any(_is_dataclass(module, each) for each in owner.decorator_list):
        return None
    fields = [
        each.target.id for each in owner.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    if argument in call.args:
        index = call.args.index(argument)
        starred = any(isinstance(each, ast.Starred) for each in call.args)
        return (owner, fields[index]) if index < len(fields) and not starred else None
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    return (owner, given) if given in fields and given else None


def _is_dataclass(module: Module, node: ast.expr) -> bool:
    return module.resolve(node.func if isinstance(node, ast.Call) else node) == "dataclasses.dataclass"
