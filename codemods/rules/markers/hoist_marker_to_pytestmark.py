"""PAM104: one marker for the module or class instead of one a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.shared_marks import removal
from codemods.edits.decorators import add_decorator
from codemods.edits.statements import insert_after, set_value
from codemods.model import Edit, Finding
from codemods.rewrite.import_style import style_of
from codemods.rules.base import Context, Example, Rule
from codemods.rules.markers._equal_marks import equal_marks
from codemods.semantics.file.module import Module

_BEFORE = """\
import pytest

from app import answer


@pytest.mark.asyncio
async def test_answer():
    assert await answer() == 42


@pytest.mark.asyncio
async def test_again():
    assert await answer() == 42
"""

_AFTER = """\
import pytest

from app import answer

pytestmark = pytest.mark.asyncio


async def test_answer():
    assert await answer() == 42


async def test_again():
    assert await answer() == 42
"""

_MIXED = """\
import pytest


@pytest.mark.asyncio
async def test_answer():
    assert await answer() == 42


@pytest.mark.asyncio
async def test_again():
    assert await answer() == 42


def test_sync():
    pass
"""


class HoistMarkerToPytestmark(Rule):
    """Writes the asyncio marker of all tests of a module or class once.

    ## What it does

    Where all tests of a file are async and have the same asyncio marker, it becomes the file's `pytestmark`, or an
    element of the list that is assigned to it. Where that is true of a class only, it becomes a decorator of the class.

    ## Why

    A matter of style: one marker says the same as many, and a test that is added has it, too.

    ## Safety

    Safe: the marker holds for the same tests. Left alone: files and classes with a single sync test, one of unittest or
    of another runner, or tests that they inherit or import, and everything in auto mode, which needs no marker.

    ## References

    - [pytest: marking whole classes or modules](https://docs.pytest.org/en/stable/example/markers.html#marking-whole-classes-or-modules)
    """

    code = "PAM104"
    name = "hoist-marker-to-pytestmark"
    summary = "The same asyncio marker on all tests of a file becomes its `pytestmark`"
    default = False
    triggers = (b"asyncio",)
    examples = (Example(_BEFORE, _AFTER), Example(_MIXED, title="not all tests are async"))

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for the module, or for each class."""
        for found in equal_marks(context):
            module, first = context.module, found.marks[0]
            added = _added(context, found.owner, module.segment(first.node))
            if added is not None:
                edits = [removal(module, mark) for mark in found.marks]
                where = "file" if isinstance(found.owner, ast.Module) else "class"
                message = f"all tests of the {where} have the same asyncio marker"
                node = first.owner if isinstance(found.owner, ast.Module) else found.owner
                yield self.finding(context, node, message, edits=[added, *edits])


def _added(context: Context, owner: ast.ClassDef | ast.Module, text: str) -> Edit | None:
    module = context.module
    if isinstance(owner, ast.ClassDef):
        return add_decorator(module, owner, text)
    if bindings := module.scopes.bindings(owner, "pytestmark"):
        return _in_list(module, bindings, text)
    imports = _imports(owner)
    known = {alias.asname or alias.name for node in imports for alias in node.names}
    if not imports or text.partition(".")[0].partition("(")[0] not in known:
        return None
    wanted = style_of(context.project, module.path).lines_after
    blank = "\n" * (1 if wanted is None else wanted)
    return insert_after(module, imports[-1], f"{blank}pytestmark = {text}\n")


def _in_list(module: Module, bindings: list[ast.AST], text: str) -> Edit | None:
    statement = module.parents[bindings[0]]
    if len(bindings) > 1 or not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.List):
        return None
    old = module.segment(statement.value)
    if "\n" in old or "#" in old or not statement.value.elts:
        return None
    return set_value(module, statement, f"{old[:-1].rstrip().rstrip(',')}, {text}]")


def _imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports at the top, up to the first statement that is no import, docstring aside."""
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    found: list[ast.Import | ast.ImportFrom] = []
    for each in body:
        if not isinstance(each, (ast.Import, ast.ImportFrom)):
            break
        found.append(each)
    later = any(isinstance(each, (ast.Import, ast.ImportFrom)) for each in body[len(found) :])
    return [] if later else found
