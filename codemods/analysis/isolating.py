"""What makes a plain ``TestCase`` one that awaits."""

from __future__ import annotations

import ast

from codemods.analysis.loops.decoration import Decoration
from codemods.analysis.plain_cases import PlainCase
from codemods.model import Edit
from codemods.semantics.file.names import Reference
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Level, own_marks
from codemods.semantics.pytest.test_cases import ISOLATED_CASE, hook_edits


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
    edits = [module.edit(case.owner, "replace_base", index=case.base, text=text)]
    for hook in case.hooks:
        edits += hook_edits(module, hook)
    decorated: tuple[ast.ClassDef | ast.AsyncFunctionDef, ...] = (case.owner, *case.tests)
    for node in decorated:
        if marks := [mark.index for mark in own_marks(module, node, Level.CLASS) if mark.name == "asyncio"]:
            edits.append(module.edit(node, "remove_decorators", indices=marks))
    return edits
