"""Whether a string may mean a name."""

from __future__ import annotations

import ast
import re
import warnings

from codemods.semantics.file.order import walk


def speaks_of(text: str, name: str) -> bool:
    """Return whether a string may mean a name and not just a word: a patch target, an annotation, a doctest, code."""
    if ">>>" in text or re.fullmatch(r"[\w.:]+", text):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return any(isinstance(each, ast.Name) and each.id == name for each in walk(tree))
