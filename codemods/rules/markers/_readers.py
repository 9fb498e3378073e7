"""Who reads an asyncio marker beside pytest-asyncio, so that one without effect there may have one elsewhere."""

from __future__ import annotations

from codemods.model import Evidence, Safety
from codemods.semantics.pytest.projects.project import Project


def has_effect(project: Project) -> bool:
    """Return whether code of the project asks a test for its asyncio marker."""
    return "asyncio" in project.mark_readers


def removal_safety(project: Project) -> tuple[Safety, str, tuple[Evidence, ...]]:
    """Return how safe it is to remove a marker that pytest-asyncio makes nothing of, what to say, and why."""
    for name, says in (("selection", "tests are selected by it"), ("any", "marks are read")):
        if (found := project.mark_readers.get(name)) is not None:
            return Safety.REVIEW, f" of its own, but {says} in {found.place}", (found,)
    return Safety.SAFE, "", ()
