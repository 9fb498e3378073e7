"""The registry of verbs: name to the function that makes the change on one LibCST node."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

Change = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]
Verb = Callable[..., Change]
VERBS: dict[str, Verb] = {}


def verb(change: Verb) -> Verb:
    """Register a function under its own name."""
    VERBS[change.__name__] = change
    return change
