"""Functions that leave a coroutine without ``await`` on purpose: tests of the warning about it."""

from __future__ import annotations

import ast
import re

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.memo import once

_NAMES = frozenset(
    ["RuntimeWarning", "assertWarns", "assertWarnsRegex", "catch_warnings", "deprecated_call", "filterwarnings",
     "recwarn", "simplefilter", "unraisablehook", "warns"]
)  # fmt: skip
_TEXT = re.compile(r"never awaited|not awaited|RuntimeWarning|unraisable", re.IGNORECASE)


@once
def is_about_warnings(module: Module, outermost: Definition) -> bool:
    """Return whether a function, a decorator or a comment of it speaks of warnings, as that of a lost coroutine."""
    if any(_speaks(each) for each in walk(outermost)):
        return True
    lines = module.lines[outermost.lineno - 1 : outermost.end_lineno]
    return any(_TEXT.search(line.partition("#")[2]) for line in lines if "#" in line)


def _speaks(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _TEXT.search(node.value) is not None
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None) or getattr(node, "arg", None)
    return name in _NAMES
