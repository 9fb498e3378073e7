"""Migrate a legacy async test suite to pytest-asyncio 1.3+.

``migrate_source`` migrates one file's text, ``migrate_paths`` a project; ``write_changes`` writes what it found.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # to import typing takes as long as Python takes to start
if TYPE_CHECKING:
    from typing import Any

    from codemods.api import migrate_paths, migrate_source, write_changes
    from codemods.config import Settings
    from codemods.errors import CodemodsError, FileError, UsageError
    from codemods.model import Edit, Evidence, FileResult, Finding, Fix, Report, Safety, Span, Status

__version__ = "0.1.0"
__all__ = [
    "CodemodsError",
    "Edit",
    "Evidence",
    "FileError",
    "FileResult",
    "Finding",
    "Fix",
    "Report",
    "Safety",
    "Settings",
    "Span",
    "Status",
    "UsageError",
    "migrate_paths",
    "migrate_source",
    "write_changes",
]
_MODULES = {
    "codemods.api": ("migrate_paths", "migrate_source", "write_changes"),
    "codemods.config": ("Settings",),
    "codemods.errors": ("CodemodsError", "FileError", "UsageError"),
    "codemods.model": ("Edit", "Evidence", "FileResult", "Finding", "Fix", "Report", "Safety", "Span", "Status"),
}


def __getattr__(name: str) -> Any:
    """Return a public name, whose module is loaded only now: to import one room loads no other."""
    module = next((module for module, names in _MODULES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module), name)
