"""What a test or fixture asks for: the parameters that pytest fills, and the names of ``usefixtures``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from codemods.semantics.file.arguments import argument, receiver, without_default
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import Mark, aliased_value, decorators

_PATCHES = {"patch": 1, "patch.object": 2}
"""The functions that give mocks, and how many positional arguments they take before the new object."""
_PATCHING = ("unittest.mock.", "asynctest.", "asynctest.mock.")
_GIVEN = ("hypothesis.given", "hypothesis.core.given")


@once
def parameters(module: Module, node: Definition) -> tuple[ast.arg, ...]:
    """Return the parameters that pytest fills, as its ``getfuncargnames`` does.

    Those are neither the receiver nor such as have a default, or a value from ``mock.patch`` or hypothesis.
    """
    args = [each for each in without_default(node) if each is not receiver(module, node)]
    args = args[_patches(module, node) :]
    return tuple(_not_given(module, node, args))


def _patches(module: Module, node: Definition) -> int:
    """Return how many mocks the patches of a function, and those of its class if it is a test, give to it."""
    owner = module.class_of(node)
    around = [owner] if owner is not None and node.name.startswith("test") else []
    found = [each for place in (node, *around) for each in decorators(module, place)]
    return sum(_gives_mock(each.name, each.call or aliased_value(module, each.node)) for each in found)


def _gives_mock(name: str | None, call: ast.expr | None) -> bool:
    prefix = next((each for each in _PATCHING if (name or "").startswith(each)), None)
    before = _PATCHES.get(name[len(prefix) :]) if name and prefix else None
    if before is None or not isinstance(call, ast.Call):
        return False
    return len(call.args) <= before and all(each.arg != "new" for each in call.keywords)


def _not_given(module: Module, node: Definition, args: list[ast.arg]) -> list[ast.arg]:
    """Return the parameters that hypothesis leaves: it fills those that it names, or, from the right, by position."""
    for each in decorators(module, node):
        if each.name in _GIVEN and each.call is not None:
            named = {keyword.arg for keyword in each.call.keywords}
            inferred = any(isinstance(given, ast.Constant) and given.value is ... for given in each.call.args)
            everything = inferred or None in named
            args = [] if everything else args[: len(args) - len(each.call.args)]
            args = [left for left in args if left.arg not in named]
    return args


def used_names(module: Module, marks: Iterable[Mark]) -> set[str]:
    """Return the names that ``usefixtures`` asks for."""
    calls = [mark_call(module, mark) for mark in marks if mark.name == "usefixtures"]
    given = (string(module, each) for call in calls if call is not None for each in call.args)
    return {each for each in given if each is not None}


def mark_call(module: Module, mark: Mark) -> ast.Call | None:
    """Return the call that makes a mark, also where a name of the file stands for it."""
    call = mark.call or aliased_value(module, mark.node)
    return call if isinstance(call, ast.Call) else None


def string(module: Module, node: ast.expr | None, value: Value | None = None) -> str | None:
    """Return the text that an expression is, also by a name of the file."""
    found = (value or value_of)(module, node)
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def value_of(module: Module, node: ast.expr | None) -> ast.expr | None:
    """Return what an expression is, also by a name of the file, or an entry of a dictionary that has a name there."""
    if isinstance(node, ast.Subscript):
        return entry(value_of(module, node.value), node.slice)
    return aliased_value(module, node) if isinstance(node, ast.Name) else node


def entry(node: ast.expr | None, key: ast.expr) -> ast.expr | None:
    """Return an entry of a dictionary that is written out."""
    if not isinstance(node, ast.Dict) or not isinstance(key, ast.Constant):
        return None
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for each, value in pairs if isinstance(each, ast.Constant) and each.value == key.value), None)


Value = Callable[[Module, ast.expr | None], ast.expr | None]
"""Finds what an expression of a file is."""


def parametrized(module: Module, marks: Iterable[Mark], value: Value = value_of) -> set[str | None]:
    """Return the names to which ``parametrize`` gives values, None among them if only a run can tell of some.

    That is so for a test and for all fixtures that it reaches.
    """
    found: set[str | None] = set()
    for mark in marks:
        if mark.name == "parametrize":
            call = mark_call(module, mark)
            found |= {None} if call is None else _values(module, call, value)
    return found


def _values(module: Module, call: ast.Call, value: Value = value_of) -> set[str | None]:
    names = words(module, argument(call, "argnames", 0), value)
    indirect = argument(call, "indirect", 2)
    if None in names or any(isinstance(each, ast.Starred) for each in call.args[:3]):
        return {None}
    if indirect is None or (isinstance(indirect, ast.Constant) and not indirect.value):
        return names
    if isinstance(indirect, ast.Constant):
        return set()
    passed = words(module, indirect, value)
    return names - passed if None not in passed else {None}


def words(module: Module, node: ast.expr | None, value: Value = value_of) -> set[str | None]:
    """Return the names in a text with commas or a list of texts, None among them for what can't be read."""
    found = value(module, node)
    if isinstance(found, (ast.List, ast.Tuple)):
        return {string(module, each, value) for each in found.elts}
    text = string(module, found, value)
    return {None} if text is None else {word.strip() for word in text.split(",") if word.strip()}


@once
def generated(module: Module) -> frozenset[str]:
    """Return the names to which a file's ``pytest_generate_tests`` may give values; any text in it if that is open."""
    found: set[str | None] = set()
    hooks = [each for each in module.definitions if each.name == "pytest_generate_tests"]
    for call in (each for hook in hooks for each in module.inside(ast.Call, hook)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "parametrize":
            found |= _values(module, call)
    texts = {each.value for hook in hooks for each in module.inside(ast.Constant, hook)} if None in found else set()
    return frozenset({*filter(None, found), *(each for each in texts if isinstance(each, str))})
