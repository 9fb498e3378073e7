"""Whether a file takes something from another one that it imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from codemods.semantics.file.module import Module


def taken(module: Module, source: str, names: Collection[str]) -> ast.AST | None:
    """Return where a file takes from ``source``, the last part of a module's name, what has several parts or one.

    A file that imports the module itself, or names it in a string, may take all that it mentions; of the parts of a
    method's name, one is enough.
    """
    for node in module.nodes(ast.ImportFrom):
        given = {each.name for each in node.names}
        from_it = (node.module or "").rpartition(".")[2] == source
        if (from_it and (len(names) > 1 or not given.isdisjoint({*names, "*"}))) or source in given:
            return node
    for statement in module.nodes(ast.Import):
        if any(each.name.rpartition(".")[2] == source for each in statement.names):
            return statement
    word = re.compile(rf"(?:[\w.]+\.)?{re.escape(source)}(?:[.:][\w.]+)?")
    return next((each for each in module.nodes(ast.Constant) if _is_name(each.value, word)), None)


def _is_name(value: object, word: re.Pattern[str]) -> bool:
    return isinstance(value, str) and word.fullmatch(value) is not None
