"""Where a new import line goes: as isort would place it where the file's imports are sorted."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise

from codemods.model import Import
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_standard
from codemods.semantics.file.scopes import source_of

ImportStatement = ast.Import | ast.ImportFrom
Block = list[ImportStatement]


def insertion(module: Module, request: Import) -> tuple[int, int, int]:
    """Return after which line (0 for the top) the import goes, and how many blank lines go before and after it."""
    blocks = _blocks(module)
    stdlib = is_standard(request.module)
    future = [block for block in blocks if _module_name(block[0]) == "__future__"]
    others = [block for block in blocks if block not in future]
    own = [block for block in others if _holds(block, stdlib)]
    if own:
        return _within(_preferred(own, request), request), 0, 0
    if not others:
        return _after_header(module, future)
    if stdlib:
        return others[0][0].lineno - 1, 0, 1
    return _end(_last_stdlib(others)[-1]), 1, 0


def _module_name(node: ImportStatement) -> str:
    if isinstance(node, ast.ImportFrom):
        return source_of(node)
    return node.names[0].name


def _end(node: ImportStatement) -> int:
    return node.end_lineno or node.lineno


def _blocks(module: Module) -> list[Block]:
    """Return the imports above the first definition, in runs that nothing but comments interrupts."""
    blocks: list[Block] = []
    last: ast.stmt | None = None
    for node in module.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            break
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            joined = isinstance(last, (ast.Import, ast.ImportFrom)) and not _gap(module, last, node)
            blocks[-1].append(node) if joined else blocks.append([node])
        last = node
    return blocks


def _gap(module: Module, last: ImportStatement, node: ImportStatement) -> bool:
    between = module.lines[_end(last) : node.lineno - 1]
    future = _module_name(last) == "__future__" != _module_name(node)
    return future or any(not line.strip() for line in between)


def _holds(block: Block, stdlib: bool) -> bool:
    return any(is_standard(_module_name(node)) == stdlib and not _is_relative(node) for node in block)


def _is_relative(node: ImportStatement) -> bool:
    return isinstance(node, ast.ImportFrom) and bool(node.level)


def _preferred(blocks: Sequence[Block], request: Import) -> Block:
    """Of several blocks of third-party and own modules, take the one that imports pytest."""
    for block in blocks:
        if any(_module_name(node).partition(".")[0] in ("pytest", "pytest_asyncio") for node in block):
            return block
    return blocks[0]


def _last_stdlib(blocks: Sequence[Block]) -> Block:
    found = [block for block in blocks if _holds(block, stdlib=True)]
    return found[-1] if found else blocks[0]


def _by_form(node: ImportStatement) -> tuple[object, ...]:
    relative = _is_relative(node)
    stdlib = is_standard(_module_name(node))
    return (relative, not stdlib, isinstance(node, ast.ImportFrom), _module_name(node).lower())


def _by_name(node: ImportStatement) -> tuple[object, ...]:
    return (_is_relative(node), not is_standard(_module_name(node)), _module_name(node).lower())


def _plain(node: ImportStatement) -> tuple[object, ...]:
    return (_module_name(node).lower(),)


def _within(block: Block, request: Import) -> int:
    """Return the line after which the import goes in a block: its place by the first order that the block keeps."""
    names = [ast.alias(request.name or request.module)]
    new = ast.ImportFrom(request.module, names, 0) if request.name else ast.Import(names)
    for key in (_by_form, _by_name, _plain):
        if all(key(one) <= key(two) for one, two in pairwise(block)):
            after = [node for node in block if key(node) <= key(new)]
            return _end(after[-1]) if after else block[0].lineno - 1
    return _end(block[-1])


def _after_header(module: Module, future: Sequence[Block]) -> tuple[int, int, int]:
    if future:
        return _end(future[-1][-1]), 1, 0
    body = module.tree.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return body[0].end_lineno or 1, 1, 0
    first = module.units[0].start if module.units else 1
    wanted = 2 if body and not isinstance(body[0], (ast.If, ast.Try)) else 1
    if not "".join(module.lines[: first - 1]).strip():  # what stood there is gone
        return 0, 0, max(wanted - first + 1, 0)
    return first - 1, 0, wanted
