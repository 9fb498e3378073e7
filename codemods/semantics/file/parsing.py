"""Parses the text of a file."""

from __future__ import annotations

import ast
import warnings

from codemods.semantics.limits import own_frames

_FRAMES = 1000
"""How deep trees may be is counted in calls, up to Python 3.11: as many as Python allows by itself."""


def parsed(text: str) -> ast.Module:
    """Return the tree of a text, the same wherever it is asked for.

    Raises:
        SyntaxError: It can't be parsed; so do ValueError, RecursionError and MemoryError.
    """
    with warnings.catch_warnings(), own_frames(_FRAMES):
        warnings.simplefilter("ignore")
        return ast.parse(text)
