"""Where a new import line goes: as isort would place it where the file's imports are sorted."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import pairwise

from codemods.model import Import
from codemods.rewrite.import_style import ImportStyle
from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import source_of

ImportStatement = ast.Import | ast.ImportFrom
Block = list[ImportStatement]
Place = tuple[int, int, int]
"""After which line an import goes (0 for the top), and how many blank lines go before and after it."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def insertion(module: Module, request: Import, style: ImportStyle) -> Place:
    """Return where an import goes."""
    blocks = _blocks(module)
    future = [block for block in blocks if _module_name(block[0]) == "__future__"]
    others = [block for block in blocks if block not in future]
    if not others:
        return _after_header(module, future, style)
    section = style.section(request.module)
    own = [block for block in others if any(_section(node, style) == section for node in block)]
    return _within(own, request, style) if own else _beside(module, others, section, style)


def _module_name(node: ImportStatement) -> str:
    if isinstance(node, ast.ImportFrom):
        return source_of(node)
    return node.names[0].name


def _section(node: ImportStatement, style: ImportStyle) -> int:
    return style.section(_module_name(node), relative=_is_relative(node))


def _end(node: ImportStatement) -> int:
    return node.end_lineno or node.lineno


def _blocks(module: Module) -> list[Block]:
    """Return the imports above the first definition, in runs that nothing but comments interrupts."""
    blocks: list[Block] = []
    last: ast.stmt | None = None
    for node in module.tree.body:
        if isinstance(node, _DEFINITIONS):
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


def _is_relative(node: ImportStatement) -> bool:
    return isinstance(node, ast.ImportFrom) and bool(node.level)


def _preferred(blocks: Sequence[Block], request: Import, style: ImportStyle) -> Block:
    """Of several blocks of a section, take the one of the same form, or the one that imports pytest."""
    if style.between_forms:
        blocks = [each for each in blocks if isinstance(each[-1], ast.ImportFrom) == bool(request.name)] or blocks
    for block in blocks:
        if any(_module_name(node).partition(".")[0] in ("pytest", "pytest_asyncio") for node in block):
            return block
    return blocks[0]


def _within(blocks: Sequence[Block], request: Import, style: ImportStyle) -> Place:
    """Return the place in a section that is there: by the first order that it keeps."""
    block, section = _preferred(blocks, request, style), style.section(request.module)
    sections = [_section(node, style) for node in block]
    nodes = [node for node in block if _section(node, style) == section] if sections == sorted(sections) else block
    new = _statement(request)
    if style.between_forms and not any(type(node) is type(new) for node in nodes):
        first = isinstance(new, ast.ImportFrom) == style.from_first
        line = nodes[0].lineno - 1 if first else _end(nodes[-1])
        return (line, 0, style.between_forms) if first else (line, style.between_forms, 0)
    for key in _orders(style):
        if all(key(one) <= key(two) for one, two in pairwise(nodes)):
            after = [node for node in nodes if key(node) <= key(new)]
            return (_end(after[-1]) if after else nodes[0].lineno - 1), 0, 0
    return _end(_nearest(nodes, new)), 0, 0


def _nearest(nodes: Sequence[ImportStatement], new: ImportStatement) -> ImportStatement:
    """Return the import of an unsorted block that a new one goes below: its package's, else the last of its form."""
    package = _module_name(new).partition(".")[0].removesuffix("_asyncio")
    same = [node for node in nodes if _module_name(node).partition(".")[0] == package]
    return (same or [node for node in nodes if type(node) is type(new)] or nodes)[-1]


def _statement(request: Import) -> ImportStatement:
    names = [ast.alias(request.name or request.module)]
    return ast.ImportFrom(request.module, names, 0) if request.name else ast.Import(names)


def _orders(style: ImportStyle) -> Sequence[Callable[[ImportStatement], tuple[object, ...]]]:
    """Return the orders that a block may be in: that of the project's settings first, then those of others."""

    def head(node: ImportStatement) -> tuple[object, ...]:
        return _section(node, style), _module_name(node) not in style.to_top

    def module(node: ImportStatement) -> tuple[object, ...]:
        dotted = _module_name(node)
        return len(dotted) if style.by_length else 0, dotted.lower()

    def is_second(node: ImportStatement) -> bool:
        return isinstance(node, ast.ImportFrom) != style.from_first

    def by_form(node: ImportStatement) -> tuple[object, ...]:
        return *head(node), is_second(node), *module(node), _kind(node) if style.single else ()

    def by_name(node: ImportStatement) -> tuple[object, ...]:
        return *head(node), *module(node), is_second(node), node.names[0].name.lower() if style.single else ""

    def plain(node: ImportStatement) -> tuple[object, ...]:
        return (_module_name(node).lower(),)

    return (by_name, by_form, plain) if style.by_name else (by_form, by_name, plain)


def _kind(node: ImportStatement) -> tuple[int, str]:
    """Return the place of the first name: constants before classes, and these before the rest."""
    name = node.names[0].name
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def _beside(module: Module, blocks: Sequence[Block], section: int, style: ImportStyle) -> Place:
    """Return the place of a section that isn't there yet."""
    nodes = [node for block in blocks for node in block]
    before = [node for node in nodes if _section(node, style) < section]
    if not before:
        return nodes[0].lineno - 1, 0, style.gap(section, _section(nodes[0], style))
    last = next(block for block in reversed(blocks) if any(node in before for node in block))
    inside = [node for node in last if node in before]
    end, above = _end(inside[-1]), style.gap(_section(inside[-1], style), section)
    following = last[last.index(inside[-1]) + 1 :]
    if not following:
        return end, above, 0
    below = _section(following[0], style)
    apart = style.gap(_section(inside[-1], style), below) == 0
    return (end, above, style.gap(section, below)) if apart else (_end(last[-1]), 1, 0)


def _after_header(module: Module, future: Sequence[Block], style: ImportStyle) -> Place:
    if future:
        return _end(future[-1][-1]), 1, 0
    body = module.tree.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        end = body[0].end_lineno or 1
        return end, 1, _missing(module, end, body[1:], style)
    first = module.units[0].start if module.units else 1
    if not "".join(module.lines[: first - 1]).strip():  # what stood there is gone
        return 0, 0, max(_wanted(body, style) - first + 1, 0)
    return first - 1, 0, _wanted(body, style)


def _wanted(following: Sequence[ast.stmt], style: ImportStyle) -> int:
    """Return how many blank lines stand between the imports and what follows."""
    if style.lines_after is not None:
        return style.lines_after
    return 2 if following and not isinstance(following[0], (ast.If, ast.Try)) else 1


def _missing(module: Module, line: int, following: Sequence[ast.stmt], style: ImportStyle) -> int:
    """Return how many blank lines are missing below a line."""
    below = module.lines[line:]
    blank = next((index for index, each in enumerate(below) if each.strip()), None)
    return 0 if blank is None else max(_wanted(following, style) - blank, 0)
