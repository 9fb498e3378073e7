"""How a file would write a dotted name: with the imports and aliases that it has, or with one that it needs."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.model import Import
from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import canonical, imported
from codemods.semantics.memo import once

_NEW_ENOUGH = re.compile(r"sys\.version_info(?:\[:2\])? *>=? *\(3(?:, *\d)?(?:, *\d+)*,?\)|(?:six\.)?PY3\d*")
"""A test that holds for every Python from 3.10 on."""
_VERSION_TEST = re.compile(r"^(?:sys\.)?version_info(?:\[:2\])? (?P<operator>[<>]=?) \(3, (?P<minor>\d+)(?:, 0)*\)$")


@dataclass(frozen=True, slots=True)
class Reference:
    """An expression that means what was asked for, once ``imports`` are there."""

    text: str
    imports: tuple[Import, ...] = ()


def reference(module: Module, dotted: str, at: ast.AST, *, bare: bool = False) -> Reference | None:
    """Return how to write ``dotted`` (``pytest.mark.asyncio``) at a node, or None if the name is taken there.

    An import that runs after the node, in a branch, or for type checkers only, doesn't count. With ``bare``, only the
    name itself will do, as beside others that the file imports by name from the same module.
    """
    for prefix, rest in _splits(dotted)[: 1 if bare else None]:
        if prefix == "unittest" and _names_from_mock(module):
            break
        for name, nodes in _imported_names(module).get(prefix, ()):
            before = any(_runs_before(module, node, at) for node in nodes) or _is_in_each_branch(module, nodes, at)
            if before and module.scopes.lookup(name, at)[1] == nodes:
                return Reference(".".join((name, *rest)))
    return (None if bare else _local(module, dotted, at)) or _imported(module, dotted, at)


@once
def _names_from_mock(module: Module) -> bool:
    return any(canonical(node.module or "") == "unittest.mock" for node in module.nodes(ast.ImportFrom))


def _splits(dotted: str) -> list[tuple[str, list[str]]]:
    parts = dotted.split(".")
    return [(".".join(parts[:count]), parts[count:]) for count in range(len(parts), 0, -1)]


@once
def _imported_names(module: Module) -> Mapping[str, list[tuple[str, list[ast.AST]]]]:
    """Return the names at the top of a file that imports alone bind, and to one thing, by what that is."""
    found: defaultdict[str, list[tuple[str, list[ast.AST]]]] = defaultdict(list)
    for name, nodes in module.scopes.module_names().items():
        dotted = {module.scopes.module_of(node, name) for node in nodes}
        if len(dotted) == 1 and (only := dotted.pop()) is not None:
            found[only].append((name, nodes))
    return dict(found)


def _runs_before(module: Module, node: ast.AST, at: ast.AST) -> bool:
    statement = module.statement_of(node)
    parent = module.parents[statement]
    runs = isinstance(parent, (ast.Module, ast.Try)) or _is_for_versions(module, parent, node)
    return runs and _is_passed(module, statement, at)


def _is_in_each_branch(module: Module, nodes: list[ast.AST], at: ast.AST) -> bool:
    """Say whether both branches of a condition at the top of the file import a name, so that one of them runs."""
    branch = module.parents[module.statement_of(nodes[0])]
    if not isinstance(branch, ast.If) or not isinstance(module.parents[branch], ast.Module):
        return False
    return _is_passed(module, branch, at) and all(
        any(module.statement_of(node) in part for node in nodes) for part in (branch.body, branch.orelse)
    )


def _is_passed(module: Module, statement: ast.stmt, at: ast.AST) -> bool:
    """Say whether the file has passed a statement at its top when a node runs."""
    above: bool = statement.lineno < at.lineno  # type: ignore[attr-defined]
    return above or module.function_of(at) is not None


def _is_for_versions(module: Module, parent: ast.AST, node: ast.AST) -> bool:
    """Say whether a test of Python's version, at the top of the file, lets an import of the standard library run."""
    if not isinstance(parent, ast.If) or node not in parent.body or not isinstance(module.parents[parent], ast.Module):
        return False
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return bool(_NEW_ENOUGH.fullmatch(module.segment(parent.test))) and all(map(is_standard, names or ["."]))


def _local(module: Module, dotted: str, at: ast.AST) -> Reference | None:
    """Look for an import in the functions around the node, above it."""
    first = dotted.partition(".")[0]
    scope, nodes = module.scopes.lookup(first, at)
    if scope is None or isinstance(scope, ast.Module) or not nodes:
        return None
    above = all(node.lineno < at.lineno and module.parents[node] is scope for node in nodes)  # type: ignore[attr-defined]
    right = all(isinstance(node, ast.Import) and imported(node, first) == first for node in nodes)
    return Reference(dotted) if above and right else None


def _imported(module: Module, dotted: str, at: ast.AST) -> Reference | None:
    base, _, name = dotted.rpartition(".")
    if base in ("unittest.mock", "unittest", "collections.abc"):
        wanted = Import(base, name)
        text = name
    else:
        wanted = Import(dotted.partition(".")[0])
        text = dotted
    if _is_free(module, wanted.bound, at):
        return Reference(text, (wanted,))
    return None


def _is_free(module: Module, name: str, at: ast.AST) -> bool:
    """Say whether a new top-level import could bind ``name`` without changing what anything means."""
    _, nodes = module.scopes.lookup(name, at)
    return all(_is_type_checking_only(module, node) for node in nodes) and not _bound_anywhere(module, name)


def _bound_anywhere(module: Module, name: str) -> bool:
    nodes = module.scopes.module_names().get(name, [])
    return any(not _is_type_checking_only(module, node) for node in nodes)


def _is_type_checking_only(module: Module, node: ast.AST) -> bool:
    parent = module.parents.get(node)
    is_import = isinstance(node, (ast.Import, ast.ImportFrom))
    return is_import and isinstance(parent, ast.If) and is_for_types(module, parent.test)


def is_for_types(module: Module, test: ast.expr) -> bool:
    """Return whether a condition only holds for type checkers."""
    return (module.resolve(test) or ast.unparse(test)).rpartition(".")[2] == "TYPE_CHECKING"


def is_standard(dotted: str) -> bool:
    """Return whether a module, or what is in it, belongs to the standard library of the running Python."""
    return dotted.partition(".")[0] in sys.stdlib_module_names


def runs_only_below(module: Module, node: ast.AST, minor: int) -> bool:
    """Return whether a node stands in a branch that only a Python below 3.``minor`` enters."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.If) and child is not parent.test:
            if _keeps_newer_out(parent.test, minor, in_body=child in parent.body):
                return True
        child = parent
    return False


def _keeps_newer_out(test: ast.expr, minor: int, *, in_body: bool) -> bool:
    """Return whether a test of the version lets only a Python below 3.``minor`` into a branch."""
    found = _VERSION_TEST.search(ast.unparse(test))
    if found is None:
        return False
    first_out = int(found["minor"]) + (found["operator"] in ("<=", ">"))
    return first_out <= minor and in_body is found["operator"].startswith("<")
