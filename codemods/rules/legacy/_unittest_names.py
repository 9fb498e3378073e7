"""How what asynctest had is written once it comes from ``unittest`` and ``unittest.mock``, and its imports."""

from __future__ import annotations

import ast
import re

from codemods.edits.imports import remove_imported_names
from codemods.edits.statements import replace_statement
from codemods.model import Edit, Import
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


def moved_imports(module: Module, moved: list[Binding]) -> tuple[Edit, tuple[Import, ...]]:
    """Return what takes names of one statement away, and the imports that bind them from the standard library.

    A statement of several lines that is all of one module stays as it is written, with its comments.
    """
    statement = moved[0].statement
    if (whole := _in_place(module, moved)) is not None:
        return replace_statement(module, statement, whole), ()
    removed = remove_imported_names(module, statement, [each.bound for each in moved])
    return removed, tuple(_from_unittest(each) for each in moved)


def _in_place(module: Module, moved: list[Binding]) -> str | None:
    statement = moved[0].statement
    kept = {each.asname or each.name for each in statement.names} - {each.bound for each in moved}
    homes = {home(each.name) for each in moved}
    if statement.lineno == statement.end_lineno or kept or len(homes) > 1 or isinstance(statement, ast.Import):
        return None
    if any(each.name in ("", COROUTINE_MOCK) for each in moved):
        return None
    return _WHOLE.sub(f"from {homes.pop()}", module.segment(statement), count=1)


def _from_unittest(binding: Binding) -> Import:
    source, name = ("unittest", "mock") if not binding.name else (home(binding.name), binding.name)
    name = "AsyncMock" if name == COROUTINE_MOCK else name
    return Import(source, name, binding.bound if binding.bound != name else None)
