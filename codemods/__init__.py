"""Migrate a legacy async test suite to pytest-asyncio 1.3+.

``migrate_source`` migrates one file's text, ``migrate_paths`` a project; ``write_changes`` writes what it found.
"""

from codemods.api import migrate_paths, migrate_source, write_changes
from codemods.config import Settings
from codemods.errors import CodemodsError, FileError, UsageError
from codemods.model import Edit, Evidence, FileResult, Finding, Fix, Report, Safety, Span, Status

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
