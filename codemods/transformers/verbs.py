"""The registry of verbs: name to the function that makes the change on one LibCST node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import libcst as cst

Change = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]
Verb = Callable[[Any, Mapping[str, Any]], Change]
VERBS: dict[str, Verb] = {}


def verb(change: Verb) -> Verb:
    """Register a function under its own name."""
    VERBS[change.__name__] = change
    return change
