"""What a fix takes from a file that other files may use."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress

from codemods.edits.making import discarded, may_take
from codemods.model import Edit, Fix
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite

_RENAMED = "rename_function"
_RESHAPED = frozenset({"make_async", "remove_parameter", "set_parameters", "rename_parameter"})


def taken(suite: Suite, fix: Fix) -> list[str]:
    """Return the names that a file has no more after a fix, or that mean another thing to who uses them.

    A test or fixture may become async, and ask for others: who takes it from here gives it to pytest.
    """
    edits = [each for each in fix.edits if may_take(each)]
    names = dict.fromkeys(name for each in edits for name in _changed(suite, each))
    return [*names, *(each for each in _gone(suite.module, fix, edits) if each not in names)]


def _changed(suite: Suite, edit: Edit) -> Iterator[str]:
    if edit.verb != _RENAMED and edit.verb not in _RESHAPED:
        return
    node = suite.module.node_at(edit)
    is_run = node in suite.test_nodes or node in suite.fixture_nodes
    if suite.module.function_of(node) is None and (edit.verb == _RENAMED or not is_run):
        yield suite.module.qualname(node)


def _gone(module: Module, fix: Fix, edits: list[Edit]) -> Iterator[str]:
    lost = {each for edit in edits for each in _lost(module, edit)}
    kept = {each.bound for each in fix.imports} | {name for each in edits for name in _written(each)}
    names = dict.fromkeys(name for each in lost for name in _bound(module).get(each, ()))
    for edit in edits:
        if edit.verb == "remove_imported_names" and module.function_of(module.node_at(edit)) is None:
            names.update(dict.fromkeys(edit.args["names"]))
    bindings = module.scopes.module_names()
    for name in names:
        others = () if "." in name else bindings.get(name, ())
        if name not in kept and not any(each not in lost and name in _bound(module).get(each, ()) for each in others):
            yield name


def _lost(module: Module, edit: Edit) -> Iterator[ast.AST]:
    node = module.node_at(edit)
    if edit.verb == "keep_body" and isinstance(node, ast.Try):
        body = {inner for each in node.body for inner in walk(each)}
        return (each for each in discarded(node, edit) if each not in body)
    return discarded(node, edit)


@once
def _bound(module: Module) -> Mapping[ast.AST, list[str]]:
    """Return which names of the module, and of its classes, a node binds: the latter by their dotted paths."""
    found: defaultdict[ast.AST, list[str]] = defaultdict(list)
    for name, nodes in module.scopes.module_names().items():
        for each in nodes:
            found[each].append(name)
    for function in module.definitions:
        if module.class_of(function) is not None and module.function_of(function) is None:
            found[function].append(module.qualname(function))
    return found


def _written(edit: Edit) -> Iterator[str]:
    """Yield what the text that an edit writes binds."""
    text = edit.args.get("text")
    if isinstance(text, str):
        with suppress(SyntaxError):
            for node in walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    yield node.name
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
                elif isinstance(node, ast.alias):
                    yield node.asname or node.name
