"""Take the AsyncMocks and the assertions about awaits away from a file: `strip.py --mocks`.

A call of AsyncMock becomes the same call of MagicMock, and so does `new_callable=AsyncMock`; `assert_awaited` and its
kin ask for calls again. What else names the class (annotations, `spec=`, bases) is left standing and listed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from editing import Edit, Source, Stripped, bodies, bound_otherwise, cut_alias, spliced

ASYNC, MAGIC = "AsyncMock", "MagicMock"
MODULES = ("unittest.mock", "mock")
MOCKERS = ("mocker", "class_mocker", "module_mocker", "package_mocker", "session_mocker")
CALLED_FORMS = {
    "assert_awaited": "assert_called",
    "assert_awaited_once": "assert_called_once",
    "assert_awaited_with": "assert_called_with",
    "assert_awaited_once_with": "assert_called_once_with",
    "assert_any_await": "assert_any_call",
    "assert_has_awaits": "assert_has_calls",
    "assert_not_awaited": "assert_not_called",
    "await_count": "call_count",
    "await_args": "call_args",
    "await_args_list": "call_args_list",
}


def of_mock(source: Source, node: ast.AST) -> str:
    """The name that an expression has in `unittest.mock`: "patch.object", or "" if it is something else."""
    for dotted in source.dotted(node):
        for module in MODULES:
            if dotted.startswith(f"{module}."):
                return dotted.removeprefix(f"{module}.")
    text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
    first, _, rest = text.partition(".")
    return rest if first in MOCKERS and first not in source.names else ""


def is_async_mock(source: Source, node: ast.AST) -> bool:
    """Whether an expression is the AsyncMock of `unittest.mock`, and nothing home-made."""
    if not isinstance(node, ast.Name | ast.Attribute) or of_mock(source, node) != ASYNC:
        return False
    return isinstance(node, ast.Attribute) or not bound_otherwise(source, node.id)


def creations(source: Source) -> Iterator[tuple[str, ast.expr]]:
    """Where the class is written that a mock is made of, and in which way."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            if is_async_mock(source, node.func):
                yield "creation", node.func
            for keyword in node.keywords:
                if keyword.arg == "new_callable" and is_async_mock(source, keyword.value):
                    yield "new_callable", keyword.value


def assertions(source: Source) -> Iterator[ast.Attribute]:
    """What asks for awaits; a class that has such a method itself means its own."""
    if has_own_mock(source):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in CALLED_FORMS and isinstance(node.ctx, ast.Load):
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                yield node


def has_own_mock(source: Source) -> bool:
    """Whether AsyncMock is something home-made here."""
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    known = {alias.asname or alias.name for node in imports if node.module in MODULES for alias in node.names}
    named = {alias.asname or alias.name for node in imports for alias in node.names}
    return bound_otherwise(source, ASYNC) or ASYNC in named - known


def without_async_mocks(text: str) -> Stripped:
    """Take all of it away from one file."""
    source = Source(text)
    made, asserted = list(creations(source)), list(assertions(source))
    counts = Counter([kind for kind, _ in made] + [node.attr for node in asserted])
    classes = {id(node): node for _, node in made}
    magic = "_MagicMock" if bound_otherwise(source, MAGIC) else MAGIC
    edits = [renamed(source, node, magic if isinstance(node, ast.Name) else MAGIC) for node in classes.values()]
    edits += [renamed(source, node, CALLED_FORMS[node.attr]) for node in asserted]
    edits += imports(source, {id(node) for node in classes.values()}, magic)
    text = spliced(source.data, edits)
    return Stripped(text, counts, left_standing(Source(text)))


def renamed(source: Source, node: ast.expr, name: str) -> Edit:
    """Change a name, or the last one of a dotted name."""
    start, end = source.span(node)
    size = len(node.attr.encode()) if isinstance(node, ast.Attribute) else end - start
    return end - size, end, name.encode()


def imports(source: Source, changed: set[int], magic: str) -> Iterator[Edit]:
    """Have each import of AsyncMock whose name is changed import MagicMock, unless the module has that anyway."""
    names = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
    gone = {node.id for node in names if id(node) in changed}
    used = {node.id for node in names if id(node) not in changed}
    at_top = ids_at_top(source)
    known = magic in {name for node in source_imports(source) if id(node) in at_top for name in bound(node, MAGIC)}
    for body in bodies(source.tree):
        for node in body:
            for index, alias in enumerate(node.names if isinstance(node, ast.ImportFrom) else ()):
                name = alias.asname or alias.name
                if not isinstance(node, ast.ImportFrom) or alias.name != ASYNC or name not in gone:
                    continue
                has_magic = known or node.module not in MODULES or magic in bound(node, MAGIC)
                known = known or id(node) in at_top
                if name not in used and has_magic:
                    yield cut_alias(source, node, index, body)
                elif not has_magic:
                    yield added(source, alias, magic, keep=name in used)


def added(source: Source, alias: ast.alias, magic: str, *, keep: bool) -> Edit:
    """Import MagicMock in the place of AsyncMock, or beside it."""
    start, end = source.span(alias)
    text = MAGIC if magic == MAGIC else f"{MAGIC} as {magic}"
    return (end, end, f", {text}".encode()) if keep else (start, end, text.encode())


def source_imports(source: Source) -> list[ast.ImportFrom]:
    """All imports of names from `unittest.mock`."""
    found = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    return [node for node in found if node.module in MODULES and not node.level]


def bound(node: ast.ImportFrom, name: str) -> set[str]:
    """What an import calls a name that it imports."""
    return {alias.asname or alias.name for alias in node.names if alias.name == name}


def ids_at_top(source: Source) -> set[int]:
    """The nodes that run when the module is imported."""
    found, stack = set[int](), list(ast.iter_child_nodes(source.tree))
    while stack:
        node = stack.pop()
        found.add(id(node))
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack += ast.iter_child_nodes(node)
    return found


def left_standing(source: Source) -> list[tuple[int, str]]:
    """What still names AsyncMock, or asks for awaits: (line, kind)."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id == ASYNC and isinstance(node.ctx, ast.Load):
            found.append((node.lineno, "the class, not called" if is_async_mock(source, node) else "home-made"))
        elif isinstance(node, ast.Attribute) and node.attr in CALLED_FORMS:
            found.append((node.lineno, f"{node.attr} of something home-made"))
        elif isinstance(node, ast.Attribute) and node.attr == ASYNC:
            found.append((node.lineno, "the class, not called" if is_async_mock(source, node) else "home-made"))
    return found
