"""Imports: those that the fixes need are added in the file's own style, those that they freed are removed."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from codemods.edits.imports import add_imported_name, remove_imported_names
from codemods.model import Edit, Fix, Import, Leftover, LocalImport, Released
from codemods.rewrite.import_style import ImportStyle, style_of
from codemods.rewrite.leftovers import without_leftovers
from codemods.rewrite.mentions import speaks_of
from codemods.rewrite.sections import insertion
from codemods.rewrite.units import edited
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import texts, walk
from codemods.semantics.file.scopes import canonical
from codemods.semantics.memo import once
from codemods.semantics.pytest.projects.project import Project

ImportStatement = ast.Import | ast.ImportFrom
_NO_FIXTURES = frozenset({"asyncio", "collections.abc", "contextlib", "typing"})
"""Modules that a conftest imports from for itself alone."""


def place_imports(path: str, text: str, fixes: Sequence[Fix], project: Project | None = None) -> str:
    """Return ``text`` with the released names that nothing uses any more removed, and the imports of ``fixes`` added.

    In this order: what goes may be all that keeps the others from being sorted.
    """
    wanted = dict.fromkeys(each for fix in fixes for each in fix.imports)
    released = {name for fix in fixes for name in fix.released}
    if released:
        text = without_leftovers(path, text, released)
        text = _remove(path, text, released)
    if any(isinstance(each, Leftover) for each in released):
        wanted = _read(path, text, wanted)
    return _add(path, text, wanted, style_of(project, path)) if wanted else text


def _read(path: str, text: str, wanted: Iterable[Import]) -> dict[Import, None]:
    """Return the imports that are wanted for more than what went."""
    module = Module(path, text)
    named = _named(module, module.tree)
    strings = module.string_text
    return dict.fromkeys(each for each in wanted if each.bound.partition(".")[0] in named or each.bound in strings)


def _add(path: str, text: str, wanted: Iterable[Import], style: ImportStyle) -> str:
    for request in wanted:
        module = Module(path, text)
        if request.bound in {name for node in _top_level(module) for name in _names(node)}:
            continue
        text = (None if style.single else _extend(module, request)) or _insert(module, request, style)
    return text


def _top_level(module: Module) -> Iterator[ImportStatement]:
    return (node for node in module.tree.body if isinstance(node, (ast.Import, ast.ImportFrom)))


def _names(node: ImportStatement) -> Iterator[str]:
    return (alias.asname or alias.name for alias in node.names)


def _extend(module: Module, request: Import) -> str | None:
    """Add the name to a ``from … import`` of the same module that stands there already."""
    for node in _top_level(module):
        if (
            request.name
            and not request.alias
            and isinstance(node, ast.ImportFrom)
            and not node.level
            and node.names[0].name != "*"
        ):
            if canonical(node.module or "") == request.module:
                return edited(module, [add_imported_name(module, node, request.name)])
    return None


def _insert(module: Module, request: Import, style: ImportStyle) -> str:
    line, before, after = insertion(module, request, style)
    newline = _line_end(module, line)
    added = newline * before + request.statement + newline * (1 + after)
    lines = list(module.lines)
    if line and not lines[line - 1].endswith(("\r", "\n")):
        lines[line - 1] += newline
    return "".join((*lines[:line], added, *lines[line:]))


def _line_end(module: Module, line: int) -> str:
    nearest = module.lines[max(line - 1, 0)] if module.lines else ""
    return nearest[len(nearest.rstrip("\r\n")) :] or "\n"


def _remove(path: str, text: str, released: Collection[Released]) -> str:
    module = Module(path, text)
    edits: list[Edit] = []
    for node in _top_level(module):
        if _may_be_exported(path, node):
            continue
        unused = [name for name in _names(node) if name in released and not _is_used(module, node, name)]
        if unused:
            edits.append(remove_imported_names(module, node, unused))
    edits += _local_edits(module, released)
    shorter = edited(module, edits)
    return text if shorter is None else shorter


def _local_edits(module: Module, released: Collection[Released]) -> Iterator[Edit]:
    """Look for the imports that stand in the body of a function."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for each in released:
        if isinstance(each, LocalImport):
            wanted[each.function].add(each.name)
    for function in module.definitions if wanted else ():
        names = wanted.get(module.qualname(function), set())
        found = [node for node in function.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        for node in found if names and len(found) < len(function.body) else ():
            bound = [name for name in _names(node) if name in names]
            unused = [name for name in bound if not _is_used(module, node, name, function)]
            if unused:
                yield remove_imported_names(module, node, unused)


def _may_be_exported(path: str, node: ImportStatement) -> bool:
    """Say whether other files may import the name from here: from a package, or what a conftest took from another."""
    name = path.rpartition("/")[2]
    taken = isinstance(node, ast.ImportFrom) and node.module not in _NO_FIXTURES
    return name == "__init__.py" or (name == "conftest.py" and taken)


def _is_used(module: Module, node: ImportStatement, name: str, within: ast.AST | None = None) -> bool:
    """Say whether anything but the import mentions the name: code, a string (``__all__``, a patch target), a noqa."""
    span = module.lines[node.lineno - 1 : node.end_lineno]
    if "noqa" in "".join(span):
        return True
    scope = module.scopes.scope_of(node)
    named = (each for each in _named(module, within or module.tree).get(name, ()))
    return any(not isinstance(each, ast.Name) or _binds_in(module, each, scope) for each in named) or _stands_in_string(
        module, name, within or module.tree
    )


def _binds_in(module: Module, name: ast.Name, scope: ast.AST) -> bool:
    return module.scopes.lookup(name.id, name)[0] in (scope, None)


@once
def _named(module: Module, within: ast.AST) -> Mapping[str, list[ast.AST]]:
    """Return the places below a node that name something, by the name."""
    found: defaultdict[str, list[ast.AST]] = defaultdict(list)
    for each in walk(within):
        if isinstance(each, ast.Name):
            found[each.id].append(each)
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            for name in each.names:
                found[name].append(each)
    return dict(found)


def _stands_in_string(module: Module, name: str, within: ast.AST) -> bool:
    """Say whether a string below a node may mean a name."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    inside = walk(within) if name in module.string_text else ()
    return any(word.search(each) and speaks_of(each, name) for each in texts(inside))
