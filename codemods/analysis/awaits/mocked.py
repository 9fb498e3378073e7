"""What a file may have put in the place of a function: then a call of it says nothing of what it gives."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, only_value, receiver_class
from codemods.semantics.pytest.values.mocks import mock_name
from codemods.semantics.pytest.values.patches import patches, receivers

_SETTERS = re.compile(r"patch|setattr|setitem|object|multiple|spy|stub|replace|should_receive|when|mock|swap", re.I)
_DOTTED = re.compile(r"[\w.]+")
_DEPTH = 6


@once
def is_mocked(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> bool:
    """Return whether an expression is a mock, or made by one, or may be."""
    if not depth:
        return True
    if isinstance(node, ast.Call):
        return mock_name(suite.module, node.func) is not None or is_mocked(suite, node.func, depth - 1)
    if isinstance(node, ast.Attribute):
        return any(is_mocked(suite, each, depth - 1) for each in (node.value, *_stored(suite, node)))
    if isinstance(node, ast.Await):
        return is_mocked(suite, node.value, depth - 1)
    return isinstance(node, ast.Name) and _is_mocked_name(suite, node, depth - 1)


def _is_mocked_name(suite: Suite, node: ast.Name, depth: int) -> bool:
    if (value := only_value(suite.module, node) or fixture_value(suite, node)) is not None:
        return is_mocked(suite, value, depth)
    for each in suite.module.bindings_of(node):
        holder = suite.module.parents.get(each)
        if isinstance(holder, ast.withitem) and is_mocked(suite, holder.context_expr, depth):
            return True
        if isinstance(holder, ast.Assign) and is_mocked(suite, holder.value, depth):
            return True
        if isinstance(each, ast.arg) and holder is not None and _is_given(suite.module, each, holder):
            return True
    return False


def _is_given(module: Module, node: ast.arg, arguments: ast.AST) -> bool:
    """Return whether a decorator gives a parameter its value: a patch, or ``parametrize``."""
    for decorator in getattr(module.parents[arguments], "decorator_list", ()):
        for call in walk(decorator):
            if isinstance(call, ast.Call) and any(node in receivers(module, each) for each in patches(module, call)):
                return True
            if isinstance(call, ast.Constant) and node.arg in re.findall(r"\w+", str(call.value)):
                return True
    return False


def _stored(suite: Suite, node: ast.Attribute) -> list[ast.expr]:
    """Return what the file stores in an attribute of that name of the receiver of a method."""
    if receiver_class(suite.module, node.value) is None:
        return []
    parents = [suite.module.parents[each] for each in suite.module.stores.get(node.attr, ())]
    return [each.value for each in parents if isinstance(each, ast.Assign)]


def may_replace(call: ast.Call) -> bool:
    """Return whether a call may put a fake in the place of something, by the name of what it calls."""
    func = call.func
    is_dict = isinstance(func, ast.Attribute) and func.attr == "dict" and last_name(func.value) == "patch"
    return is_dict or _is_setter(last_name(func))


@lru_cache(maxsize=4096)
def _is_setter(name: str) -> bool:
    return _SETTERS.search(name) is not None


def replaced_around(module: Module, node: ast.AST) -> frozenset[str]:
    """Return the names of all that the file may replace anywhere, and other files around the function of a node."""
    function = module.function_of(node)
    outermost = module.outermost(function) if function is not None else None
    if not isinstance(outermost, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return replaced_names(module)
    return _replaced_with(module, outermost)


@once
def _replaced_with(module: Module, outermost: Definition) -> frozenset[str]:
    others = (each.names for each in module.answers.surroundings(outermost.lineno).replaced)
    return replaced_names(module).union(*others)


@once
def replaced_names(module: Module) -> frozenset[str]:
    """Return the names of all that the file may replace, anywhere: ``patch("app.fetch")``, ``app.fetch = …``.

    Looked for once for all rules.
    """
    found = {each.attr for each in module.nodes(ast.Attribute) if not isinstance(each.ctx, ast.Load)}
    for call in module.nodes(ast.Call):
        if may_replace(call):
            found |= {each.arg for each in call.keywords if each.arg}
            given = (each.value for each in call.args if isinstance(each, ast.Constant))
            found |= {text.rpartition(".")[2] for text in given if isinstance(text, str) and _DOTTED.fullmatch(text)}
    return frozenset(found)
