"""What the classes and functions of a file say about a name or attribute that stands for one of them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

from codemods.semantics.answers import Answer
from codemods.semantics.decorators import is_transparent
from codemods.semantics.file.arguments import has_decorator, receiver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, is_none, is_stub
from codemods.semantics.file.reaching_bindings import reaching
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.local_fixtures import parameter_fixture
from codemods.semantics.pytest.marks import decorators
from codemods.semantics.pytest.suite import Fixture, Suite

_OF_CLASSES = frozenset({"__class_getitem__", "__init_subclass__", "__new__"})
"""Methods that get their class without a decorator."""


@once
def coroutine_function(module: Module, node: ast.AST | None) -> Answer:
    """Return whether patch would put an AsyncMock in the place of a definition: it is ``async def``, and no generator.

    A decorator that isn't known hides it. What a call of any other function gives may be awaitable all the same.
    """
    if isinstance(node, ast.ClassDef):
        return Answer.SYNC
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Answer.UNKNOWN
    if not all(is_transparent(each.title) for each in decorators(module, node)):
        return Answer.UNKNOWN
    is_async = isinstance(node, ast.AsyncFunctionDef) and not is_generator(node)
    return Answer.ASYNC if is_async else Answer.SYNC


def only_value(module: Module, node: ast.expr) -> ast.expr | None:
    """Return what the binding that a name reads gives it, if that is a plain assignment."""
    if not isinstance(node, ast.Name):
        return None
    binding = reaching(module, node)
    parent = module.parents.get(binding) if binding else None
    if isinstance(parent, ast.Assign) and binding in parent.targets:
        return parent.value
    return parent.value if isinstance(parent, ast.AnnAssign) else None


def local_function(module: Module, node: ast.expr) -> Definition | None:
    """Return the only function of this file that a name stands for."""
    found = module.only_binding(node)
    return found if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


def returned_function(module: Module, node: ast.AST | None) -> Definition | None:
    """Return the function that a call of another one gives, which may also give what that function gives."""
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return None
    values = [each.value for each in module.inside(ast.Return, node)]
    inner = {local_function(module, each.func if isinstance(each, ast.Call) else each) for each in values if each}
    found = inner.pop() if len(inner) == 1 else None
    is_given = any(isinstance(each, ast.Name) for each in values)
    return found if is_given and found is not None and not found.decorator_list else None


def member(module: Module, owner: ast.ClassDef, name: str) -> ast.AST | None:
    """Return what a class of this file, or the nearest of its bases here, binds to a name; the last one counts."""
    for each in local_bases(module, owner):
        if found := module.scopes.bindings(each, name):
            return max(found, key=lambda node: node.lineno)  # type: ignore[attr-defined]
    return None


@once
def receiver_class(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """Return the class whose instance the first parameter of a method is, for a name that means that parameter."""
    if not isinstance(node, ast.Name):
        return None
    scope, bindings = module.scopes.lookup(node.id, node)
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) or len(bindings) != 1:
        return None
    return module.class_of(scope) if bindings[0] is receiver(module, scope) else None


def is_class_itself(module: Module, node: ast.Name) -> bool:
    """Return whether the first parameter of a method, which a name means, is the class and no instance of it."""
    function = module.scopes.lookup(node.id, node)[0]
    if not isinstance(function, ast.FunctionDef):
        return isinstance(function, ast.AsyncFunctionDef) and has_decorator(function, "classmethod")
    return function.name in _OF_CLASSES or has_decorator(function, "classmethod")


@once
def instance_class(suite: Suite, node: ast.expr, depth: int = 4) -> ast.ClassDef | None:
    """Return the class of this file of which an expression is an instance, if that is certain."""
    module = suite.module
    if isinstance(node, ast.Call):
        return local_class(module, node.func)
    if isinstance(node, ast.Attribute):
        return _attribute_class(suite, node, depth)
    if not isinstance(node, ast.Name) or not depth:
        return None
    if (value := only_value(module, node)) is not None or (value := fixture_value(suite, node)) is not None:
        return instance_class(suite, value, depth - 1)
    return receiver_class(module, node)


def _attribute_class(suite: Suite, node: ast.Attribute, depth: int) -> ast.ClassDef | None:
    owner = receiver_class(suite.module, node.value)
    if owner is None or not depth:
        return None
    values = stored(suite.module, owner, node.attr)
    return instance_class(suite, values[0], depth - 1) if len(values) == 1 else None


def stored(module: Module, owner: ast.ClassDef, name: str) -> list[ast.expr]:
    """Return what the methods of a class store in an attribute of their receiver."""
    return _stored(module).get((owner, name), [])


@once
def _stored(module: Module) -> Mapping[tuple[ast.ClassDef, str], list[ast.expr]]:
    found: defaultdict[tuple[ast.ClassDef, str], list[ast.expr]] = defaultdict(list)
    for each in module.nodes(ast.Attribute):
        parent = module.parents[each]
        if isinstance(each.ctx, ast.Store) and isinstance(parent, ast.Assign):
            if (owner := receiver_class(module, each.value)) is not None:
                found[owner, each.attr].append(parent.value)
    return dict(found)


def fixture_value(suite: Suite, node: ast.expr) -> ast.expr | None:
    """Return what the fixture of this file gives that a name means as a parameter."""
    found = parameter_fixture(suite, node)
    values = given_values(suite.module, found.node) if isinstance(found, Fixture) else []
    return values[0] if len(values) == 1 else None


def given_values(module: Module, node: Definition) -> list[ast.expr]:
    """Return what a function returns or yields."""
    given: list[ast.Return | ast.Yield] = [*module.inside(ast.Return, node), *module.inside(ast.Yield, node)]
    return [each.value for each in given if each.value is not None]


def returns_nothing(module: Module, node: ast.AST) -> bool:
    """Return whether a function says that it returns nothing, or does something and returns nothing."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    if node.returns is not None:
        return is_none(node.returns)
    return not is_stub(node) and not given_values(module, node)


def methods_read(suite: Suite, owner: ast.ClassDef, name: str) -> list[ast.Attribute]:
    """Return the places that read an attribute of a class or of what is certainly an instance of it or of an heir."""
    return list(_reads(suite, name).get(owner, ()))


@once
def _reads(suite: Suite, name: str) -> Mapping[ast.ClassDef, list[ast.Attribute]]:
    found: defaultdict[ast.ClassDef, list[ast.Attribute]] = defaultdict(list)
    for node in suite.module.attributes.get(name, ()):
        if isinstance(node.ctx, ast.Load):
            other = local_class(suite.module, node.value) or instance_class(suite, node.value)
            for each in local_bases(suite.module, other) if other is not None else ():
                found[each].append(node)
    return dict(found)
