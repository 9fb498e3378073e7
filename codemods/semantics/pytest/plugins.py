"""The files of the project that ``pytest_plugins`` makes plugins."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.requests import string


def plugins_of(
    paths: Sequence[str], parse: Callable[[str], Context | None], locate: Callable[[str, str], str | None]
) -> list[str | None]:  # fmt: skip
    """Return the plugins that files name, and those that these name, the one that counts first in front.

    Pytest registers each with its own plugins before the next one, and the last one counts. None stands for plugins
    whose names only a run can tell.
    """
    found: dict[str | None, None] = {}
    waiting: list[str | None] = [each for path in paths[::-1] for each in _named(path, parse, locate)][::-1]
    while waiting:
        if (each := waiting.pop()) not in found:
            found[each] = None
            waiting += list(_named(each, parse, locate))[::-1] if each is not None else []
    return list(found)[::-1]


def _named(
    path: str, parse: Callable[[str], Context | None], locate: Callable[[str, str], str | None]
) -> Iterator[str | None]:  # fmt: skip
    """Yield the files that a file names; those that are installed are none of the project's."""
    context = parse(path)
    for value in _values(context.module) if context is not None else ():
        for name in _texts(context.module, value) if context is not None else ():
            file = locate(path, name) if name else None
            yield from [file] if file is not None else ([None] if name is None else [])


def _values(module: Module) -> Iterator[ast.expr]:
    for node in module.scopes.module_names().get("pytest_plugins", ()):
        parent = module.parents[node]
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and parent.value is not None:
            yield parent.value


def _texts(module: Module, node: ast.expr) -> Iterator[str | None]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for each in node.elts:
            yield from _texts(module, each)
    elif isinstance(node, ast.Starred):
        yield from _texts(module, node.value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (*_texts(module, node.left), *_texts(module, node.right))
    else:
        text = string(module, node)
        yield from [None] if text is None else text.split(",")
