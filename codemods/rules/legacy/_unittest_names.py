"""How what asynctest had is written once it comes from ``unittest`` and ``unittest.mock``, and its imports."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from codemods.edits.imports import remove_imported_names
from codemods.edits.statements import insert_after, replace_statement
from codemods.model import Edit
from codemods.rules.base import Context
from codemods.rules.legacy._asynctest import COROUTINE_MOCK, UNITTEST, Binding
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import Reference

_WHOLE = re.compile(r"from[ \t]+asynctest(?:\.\w+)?")


def home(name: str) -> str:
    """Return the module of the standard library that has what asynctest calls so."""
    return "unittest" if name in UNITTEST else "unittest.mock"


def written(context: Context, bound: list[Binding], name: str, at: ast.AST) -> Reference | None:
    """Return how a file writes a name of the standard library, or None if it can't."""
    found = context.reference(f"{home(name)}.{name}", at)
    if found is not None:
        return found
    # What the file imports from asynctest by this name is unittest's as soon as its import is.
    same = any(each.bound == each.name == name for each in bound)
    seen = context.module.scopes.lookup(name, at)[1]
    if same and seen == [each.statement for each in bound if each.bound == name]:
        return Reference(name)
    module = context.reference(home(name), at) if home(name) != "unittest" else None
    return Reference(f"{module.text}.{name}", module.imports) if module is not None else None


def import_edits(module: Module, moved: list[Binding]) -> list[Edit]:
    """Return the edits that take names of one statement from the standard library instead, at the same place."""
    statement = moved[0].statement
    texts = _statements(moved)
    names = [each.asname or each.name for each in statement.names]
    if {each.bound for each in moved}.issuperset(names):
        first, *others = texts
        whole = _in_place(module, moved) if not others else None
        edits = [replace_statement(module, statement, whole or first)]
    else:
        others = texts
        edits = [remove_imported_names(module, statement, [each.bound for each in moved])]
    return [*edits, *(insert_after(module, statement, text) for text in others)]


def _statements(moved: list[Binding]) -> list[str]:
    by_module: defaultdict[str, list[str]] = defaultdict(list)
    for each in moved:
        source, name = _source(each)
        by_module[source].append(name if each.bound == name else f"{name} as {each.bound}")
    return [f"from {source} import {', '.join(names)}" for source, names in sorted(by_module.items())]


def _source(binding: Binding) -> tuple[str, str]:
    if not binding.name:
        return "unittest", "mock"
    return home(binding.name), "AsyncMock" if binding.name == COROUTINE_MOCK else binding.name


def _in_place(module: Module, moved: list[Binding]) -> str | None:
    """Return the statement as it is written, with another module: its lines and brackets stay."""
    statement = moved[0].statement
    if not isinstance(statement, ast.ImportFrom) or any(each.name in ("", COROUTINE_MOCK) for each in moved):
        return None
    return _WHOLE.sub(f"from {home(moved[0].name)}", module.segment(statement), count=1)
