"""The cheapest questions first: whether a file has to be looked at, and whether it is Python at all."""

from __future__ import annotations

import ast
import warnings
from symtable import symtable

from codemods.selection import Selection
from codemods.source import decode


def may_have_findings(data: bytes, selection: Selection) -> bool:
    """Return whether some rule may have anything to say about a file."""
    return any(rule.may_apply(data) for rule in selection.rules)


def check_readable(data: bytes) -> None:
    """Check that a file is Python, at half the cost of building its tree.

    Raises:
        FileError: It can't be decoded.
        SyntaxError: It can't be parsed.
    """
    text = decode(data).text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable(text, "<file>", "exec")
        except SyntaxError:
            ast.parse(text)  # a symbol table has rules of its own; only what can't be parsed is an error here
