"""Whether the text of an expression means the same at another place of its file."""

from __future__ import annotations

import ast
import builtins

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position, walk
from codemods.semantics.pytest.values.mocks import mock_class
from codemods.source import line_starts

_FORBIDDEN = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Starred, ast.Lambda)


def can_move(module: Module, value: ast.expr, source: ast.AST, target: ast.AST) -> bool:
    """Return whether ``value``, in the statement ``source``, can as well be evaluated at ``target``."""
    inside = list(walk(value))
    if any(isinstance(each, _FORBIDDEN) for each in inside):
        return False
    if not all(_means_the_same(module, each, value, target) for each in inside if isinstance(each, ast.Name)):
        return False
    return all(_is_fixed(module, each) for each in inside) or _follows(module, source, target)


def _means_the_same(module: Module, name: ast.Name, value: ast.expr, target: ast.AST) -> bool:
    if not isinstance(name.ctx, ast.Load):
        return True
    scope, bindings = module.scopes.lookup(name.id, name)
    if any(each is value for binding in bindings for each in module.ancestors(binding)):
        return True
    if module.scopes.lookup(name.id, target)[1] != bindings:
        return False
    if scope is None or isinstance(scope, ast.Module):
        return True
    return len(bindings) == 1 and bindings[0].lineno < target.lineno  # type: ignore[attr-defined]


def _is_fixed(module: Module, node: ast.AST) -> bool:
    """Return whether it doesn't matter when a node is evaluated."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return module.resolve(node) is not None if isinstance(node, ast.Attribute) else False
    if not isinstance(node, ast.Call) or mock_class(module, node):
        return True
    name = module.resolve(node.func) or str(getattr(node.func, "id", ""))
    last = name.rpartition(".")[2]
    return last[:1].isupper() or isinstance(getattr(builtins, last, None), type)


def _follows(module: Module, source: ast.AST, target: ast.AST) -> bool:
    """Return whether the statement of ``target`` stands right behind ``source``."""
    statement: ast.AST = target
    while not isinstance(statement, ast.stmt):
        statement = module.parents[statement]
    block = _block(module.parents[statement], statement)
    return source in block and block.index(source) + 1 == block.index(statement)


def _block(parent: ast.AST, statement: ast.AST) -> list[ast.AST]:
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and statement in block), [])


def text_of(module: Module, node: ast.expr, at: ast.AST) -> str:
    """Return the text of an expression as it can stand at another node, in parentheses if its lines need any."""
    text = _indented(module, module.segment(node), node, at)
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return f"({text})"
    return f"({text})" if isinstance(node, (ast.Yield, ast.NamedExpr)) else text


def rewritten(module: Module, node: ast.expr, changes: dict[ast.expr, str]) -> str:
    """Return the text of an expression with the texts of some of its parts changed."""
    span = module.span(node)
    lines = module.lines[span.line - 1 : span.end_line]
    starts = line_starts(lines)
    text = "".join(lines)
    for each in sorted(changes, key=position, reverse=True):
        at = module.span(each)
        begin = starts[at.line - span.line] + at.column - 1
        end = starts[at.end_line - span.line] + at.end_column - 1
        text = text[:begin] + changes[each] + text[end:]
    end = len(text) - (starts[-1] - starts[-2] - (span.end_column - 1))
    return _indented(module, text[span.column - 1 : end], node, node)


def _indented(module: Module, text: str, node: ast.expr, at: ast.AST) -> str:
    """Indent the further lines of an expression for its new place; LibCST adds the indentation of the block."""
    strings = [each for each in walk(node) if isinstance(each, (ast.Constant, ast.JoinedStr))]
    fixed = {line for each in strings for line in range(each.lineno + 1, (each.end_lineno or 0) + 1)}
    statement: ast.AST = at
    while not isinstance(statement, ast.stmt):
        statement = module.parents[statement]
    shift = _indentation(module, at) - _indentation(module, node) - statement.col_offset
    first, *further = text.splitlines(keepends=True)
    return first + "".join(
        line if node.lineno + number in fixed else _shifted(line, shift) for number, line in enumerate(further, 1)
    )


def _indentation(module: Module, node: ast.AST) -> int:
    line = module.lines[node.lineno - 1]  # type: ignore[attr-defined]
    return len(line) - len(line.lstrip(" \t"))


def _shifted(line: str, by: int) -> str:
    bare = line.lstrip(" \t")
    indent = line[: len(line) - len(bare)]
    if not bare.strip():
        return line
    return (indent + indent[:1] * by if by > 0 else indent[: max(len(indent) + by, 0)]) + bare
