"""The async function that a patch replaces: its name and place, and how its AsyncMock is written."""

from __future__ import annotations

import ast

from codemods.analysis.mocking.patch_targets import Target
from codemods.model import Evidence
from codemods.rules.base import Context
from codemods.semantics.file.names import Reference
from codemods.semantics.pytest.values.mocks import mock_name


def name_of(target: Target) -> str:
    """Return the name of what is replaced."""
    return getattr(target.definition, "name", target.name)


def shown(context: Context, target: Target) -> tuple[Evidence, ...]:
    """Return where what is replaced is defined."""
    if target.definition is not None:
        return (context.module.evidence(target.definition),)
    place = context.module.answers.callee(target.path).evidence if target.path else None
    return (place,) if place is not None else ()


def async_mock(context: Context, call: ast.Call) -> Reference | None:
    """Return how AsyncMock is written in a call of patch or of its like; None if the name is taken."""
    if context.module.resolve(call.func) is not None or mock_name(context.module, call.func) is None:
        return context.reference("unittest.mock.AsyncMock", call)
    root = call.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return Reference(f"{context.module.segment(root)}.AsyncMock")
