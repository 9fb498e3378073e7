"""The statements of a function's body as text, and whether those of two functions can stand in one."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, own_nodes, walk
from codemods.semantics.file.scopes import bound_name
from codemods.semantics.file.units import first_line

_STRINGS = (ast.Constant, ast.JoinedStr)


def is_block(module: Module, node: Definition) -> bool:
    """Return whether each statement of the body has lines of its own, none on that of the ``def``."""
    starts = [first_line(each, module.lines) for each in node.body]
    ends = [node.lineno, *(each.end_lineno or each.lineno for each in node.body)]
    return all(end < start for end, start in zip(ends, starts, strict=False))


def has_docstring(node: Definition) -> bool:
    """Return whether the body starts with a docstring."""
    return ast.get_docstring(node, clean=False) is not None


def body_start(module: Module, node: Definition) -> int:
    """Return the line on which the body starts, with the comments above its first statement."""
    start = first_line(node.body[0], module.lines)
    while start - 1 > node.lineno and module.lines[start - 2].lstrip().startswith("#"):
        start -= 1
    return start


def body_text(module: Module, node: Definition) -> str | None:
    """Return the statements of a function as they would stand at the top of a file, None if they can't be moved.

    A docstring becomes a comment. Strings over several lines would change with their indentation.
    """
    for each in walk(node):
        if isinstance(each, _STRINGS) and each.end_lineno != each.lineno:
            return None
    lines = module.lines[body_start(module, node) - 1 : node.end_lineno]
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" \t"))]
    if not all(line.startswith(indent) or not line.strip() for line in lines):
        return None
    moved = [line.removeprefix(indent) if line.strip() else "\n" for line in lines]
    if (docstring := ast.get_docstring(node)) is not None:
        start = node.body[0].lineno - body_start(module, node)
        moved[start] = f"# {docstring}\n"
        while start + 1 < len(moved) and not moved[start + 1].strip():
            del moved[start + 1]
    return "".join(moved).rstrip() + "\n"


def share_names(one: Definition, other: Definition) -> bool:
    """Return whether a name that either function binds means something in the other one, too."""
    return bool(bound_names(one) & _named(other) or bound_names(other) & _named(one))


def bound_names(node: Definition) -> set[str]:
    """Return the names that a function, or one inside of it, binds."""
    inner = [each for statement in node.body for each in walk(statement)]
    found = {each.id for each in inner if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    found |= {each.name for each in inner if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    found |= {each.name for each in inner if isinstance(each, ast.ExceptHandler) and each.name}
    for each in inner:
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            found |= set(map(bound_name, each.names))
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            found |= set(each.names)
    return found


def _named(node: Definition) -> set[str]:
    inner = [each for statement in node.body for each in walk(statement)]
    return {each.id for each in inner if isinstance(each, ast.Name)} | bound_names(node)


def returns(node: Definition) -> list[ast.Return]:
    """Return the ``return`` statements of the function itself."""
    return [each for each in own_nodes(node) if isinstance(each, ast.Return)]
