"""The migrations as LibCST codemod commands, for those who drive their codemods with LibCST.

``python -m libcst.tool codemod -x codemods.commands.MigrateMarkers tests/`` runs the markers' rules on ``tests/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile

from codemods.api import migrate_text
from codemods.config import Settings
from codemods.errors import CodemodsError


class _Migration(CodemodCommand):
    """Runs the safe fixes of one family of rules on ``module.code``."""

    PREFIX: ClassVar[str]

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the migrated module; what needs a person becomes a warning.

        Raises:
            SkipFile: The file can't be migrated; its message says why.
        """
        path = Path(self.context.filename or "test_module.py")
        try:
            result = migrate_text(tree.bytes, path, Settings(select=(self.PREFIX,))).files[0]
        except CodemodsError as error:
            raise SkipFile(str(error)) from error
        if result.error:
            raise SkipFile(result.error)
        for finding in result.findings:
            if finding.id not in result.applied:
                self.warn(f"{finding.span.line}: {finding.code} {finding.message}")
        return cst.parse_module(result.after) if result.after != result.before else tree


class MigrateMarkers(_Migration):
    """Adds, moves and removes asyncio markers."""

    DESCRIPTION = "Add, move and remove pytest-asyncio markers (PAM1xx)."
    PREFIX = "PAM1"


class MigrateFixtures(_Migration):
    """Makes async fixtures pytest-asyncio's."""

    DESCRIPTION = "Make async fixtures pytest-asyncio's (PAM2xx)."
    PREFIX = "PAM2"


class MigrateMocks(_Migration):
    """Turns mocks that are awaited into AsyncMocks."""

    DESCRIPTION = "Turn mocks that are awaited into AsyncMocks (PAM3xx)."
    PREFIX = "PAM3"


class MigrateSleeps(_Migration):
    """Turns blocking sleeps in async code into awaited ones."""

    DESCRIPTION = "Turn time.sleep in async code into asyncio.sleep (PAM4xx)."
    PREFIX = "PAM4"


class MigrateAwaits(_Migration):
    """Awaits what was forgotten, and what sync code ran in a loop of its own."""

    DESCRIPTION = "Await coroutines instead of dropping them or running them from sync code (PAM5xx)."
    PREFIX = "PAM5"


class MigrateLoops(_Migration):
    """Takes the removed ``event_loop`` fixture out of tests and fixtures."""

    DESCRIPTION = "Take the event_loop fixture out of tests and fixtures (PAM6xx)."
    PREFIX = "PAM6"


class MigrateLegacy(_Migration):
    """Leaves libraries and spellings behind that are gone."""

    DESCRIPTION = "Replace asynctest, asyncio.coroutine and other things that are gone (PAM7xx)."
    PREFIX = "PAM7"
