"""What makes a plain ``TestCase`` one that awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.decoration import Decoration
from codemods.analysis.plain_cases import PlainCase
from codemods.edits.calls import insert_await, rename_method
from codemods.edits.classes import rename_function, replace_base
from codemods.edits.decorators import remove_decorators
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import Reference
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Level, own_marks
from codemods.semantics.pytest.test_cases import ASYNC_NAMES, ISOLATED_CASE, super_calls


def isolated(context: Context, case: PlainCase) -> Decoration | None:
    """Return what makes a class an ``IsolatedAsyncioTestCase``, None if that is another name there."""
    written = isolated_base(context, case.owner, case.base)
    if written is None:
        return None
    released = ("pytest", context.module.segment(case.owner.bases[case.base]))
    return Decoration(tuple(_edits(context, case, written.text)), written.imports, released, ("PAM111",))


def isolated_base(context: Context, owner: ast.ClassDef, index: int) -> Reference | None:
    """Return how ``IsolatedAsyncioTestCase`` is written instead of a base of a class, or None if it can't be."""
    base = owner.bases[index]
    if isinstance(base, ast.Attribute):
        return Reference(f"{context.module.segment(base.value)}.{ISOLATED_CASE.rpartition('.')[2]}")
    return context.reference(ISOLATED_CASE, owner, bare=True)


def _edits(context: Context, case: PlainCase, text: str) -> list[Edit]:
    module = context.module
    edits = [replace_base(module, case.owner, case.base, text)]
    for hook in case.hooks:
        edits += hook_edits(module, hook)
    decorated: tuple[ast.ClassDef | ast.AsyncFunctionDef, ...] = (case.owner, *case.tests)
    for node in decorated:
        if marks := [mark.index for mark in own_marks(module, node, Level.CLASS) if mark.name == "asyncio"]:
            edits.append(remove_decorators(module, node, marks))
    return edits


def hook_edits(module: Module, node: ast.AsyncFunctionDef) -> Iterator[Edit]:
    """Yield the edits that give an async ``setUp`` or ``tearDown`` the name under which it is awaited."""
    name = ASYNC_NAMES[node.name]
    yield rename_function(module, node, name)
    for call in super_calls(module, node):
        yield rename_method(module, call, name)
        if not isinstance(module.parents[call], ast.Await):
            yield insert_await(module, call)
