"""What may mean a call that fails, or keep it from running: an expected error, a version test, a fake in its place."""

from __future__ import annotations

import ast
import re

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.memo import once

_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress", "warns", "deprecated_call"})
_CATCHING = frozenset({"AttributeError", "BaseException", "DeprecationWarning", "Exception", "ImportError",
                       "ModuleNotFoundError", "TypeError"})  # fmt: skip
_TEST = re.compile(r"version|hasattr|py_?\d", re.I)
_SETTERS = re.compile(r"patch|setattr|object|multiple|spy|stub|replace|should_receive|when|mock|swap", re.I)


def expectation(module: Module, node: ast.AST) -> str | None:
    """Return what around a node waits for it to fail, or chooses it by a version, or None."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.With, ast.AsyncWith)) and child in parent.body:
            if any(_expects(item.context_expr) for item in parent.items):
                return "its error may be the one that is expected around it"
        if (
            isinstance(parent, ast.Try)
            and module.place_of(child)[0] is parent.body
            and any(map(_catches, parent.handlers))
        ):
            return "its error is caught around it"
        if isinstance(parent, ast.ExceptHandler) and _catches(parent):
            return "it stands where another way has failed"
        if (tested := _tested(module, parent, child)) is not None:
            return f"`{tested}` decides whether it runs"
        child = parent
    return None


def _expects(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in _EXPECTING


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last_name(each) in _CATCHING for each in kinds)


def _tested(module: Module, parent: ast.AST, child: ast.AST) -> str | None:
    """Return the test of a version, or of what a module has, by which a node runs or doesn't."""
    if isinstance(parent, (ast.If, ast.IfExp, ast.While)) and child is not parent.test:
        return _version(module, parent.test)
    if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return next(filter(None, (_version(module, each) for each in parent.decorator_list)), None)
    return None


def _version(module: Module, node: ast.expr) -> str | None:
    return module.segment(node) if _TEST.search(module.segment(node)) else None


def is_in_f_string(module: Module, node: ast.AST) -> bool:
    """Return whether a node stands where ``ast`` gives wrong positions, before Python 3.12."""
    return any(isinstance(each, (ast.JoinedStr, ast.FormattedValue)) for each in module.ancestors(node))


@once
def replaced(module: Module, names: frozenset[str]) -> ast.AST | None:
    """Return what in a file may put a fake in the place of something that has one of these names, or None."""
    for node in module.nodes(ast.Attribute):
        if node.attr in names and not isinstance(node.ctx, ast.Load):
            return node
    for call in module.nodes(ast.Call):
        if _SETTERS.search(last_name(call.func) or "") and not names.isdisjoint(_named(call)):
            return call
    return None


def _named(call: ast.Call) -> set[str]:
    targets = (*call.args[:2], *(each.value for each in call.keywords))
    constants = (each.value for each in targets if isinstance(each, ast.Constant))
    found = {part for each in constants if isinstance(each, str) for part in each.split(".")}
    return found | {last_name(each) or "" for each in call.args[:1]} | {each.arg or "" for each in call.keywords}


def outermost(module: Module, node: ast.AST) -> Definition | None:
    """Return the outermost function in which a node runs, or None at the top of the module or in a lambda there."""
    around = module.function_of(node)
    found = module.outermost(around) if around is not None else None
    return found if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
