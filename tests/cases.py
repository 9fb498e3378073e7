"""The mini-projects of ``fixtures/``: what each holds, and what it becomes."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemods import Report, Settings, migrate_paths, write_changes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_EVERYWHERE = "PAM602"
RULE = os.environ.get("TEST_RULE", "")
"""The only rule that is tested, as `make test-rule` has it; else all are."""
ROOT = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Case:
    """One mini-project; without ``after`` it has to stay as it is."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.folder.parent.name

    @property
    def before(self) -> Path:
        return self.folder / "before"

    @property
    def after(self) -> Path:
        folder = self.folder / "after"
        return folder if folder.exists() else self.before

    @property
    def is_left_alone(self) -> bool:
        return self.after == self.before

    @property
    def passes_before(self) -> bool:
        """Whether pytest passes a test of it as it was, by what is recorded."""
        before: dict[str, int] = self.options["outcomes"]["before"]
        return "passed" in before or "xfailed" in before

    @property
    def settings(self) -> Settings:
        select = self.options.get("select")
        # Hardly any of them sets the option that this rule sets, which is nothing that they are about.
        ignore = () if select or self.code in (_EVERYWHERE, "guides") else (_EVERYWHERE,)
        unsafe, target = self.options.get("unsafe", False), self.options.get("target")
        return Settings(
            tuple(select) if select else None, ignore, unsafe=unsafe, jobs=1, target_version=tuple(target or ()) or None
        )

    def __str__(self) -> str:
        return f"{self.code}/{self.folder.name}"


def load_case(folder: Path) -> Case:
    options = folder / "case.toml"
    return Case(folder, tomllib.loads(options.read_text("utf-8")) if options.exists() else {})


CASES = [load_case(folder) for folder in sorted(ROOT.glob(f"{RULE or 'PAM*'}/*")) if folder.is_dir()]
GUIDES = [] if RULE else [load_case(folder) for folder in sorted(ROOT.glob("guides/*")) if folder.is_dir()]
"""What the migration guides of pytest-asyncio ask for, each migrated by all rules together."""


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of all files below a folder by path; an ``after`` may hold only those that change."""
    ignored = ("__pycache__", ".pytest_cache")
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not set(ignored) & set(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def migrate_copy(case: Case, target: Path, settings: Settings | None = None) -> Report:
    """Copy ``before`` to ``target`` and migrate the copy."""
    shutil.copytree(case.before, target, dirs_exist_ok=True)
    return write_changes(migrate_paths([target], settings or case.settings), allow_dirty=True)
