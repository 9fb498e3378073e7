"""What other files use stays: a fix changes all users of a name, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codemods.edits.taking import taken
from codemods.engine.listing import left_alone
from codemods.model import Finding, Fix, Leftover, LocalImport, Released
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite


def considerate(finding: Finding, suite_of: Callable[[str], Suite | None]) -> Finding:
    """Return a finding without its fix where that would take from a file what another one uses, and doesn't change."""
    for path in finding.paths if finding.fix else ():
        part = finding.fix.at(path, finding.path) if finding.fix else None
        suite = suite_of(path) if part is not None else None
        if suite is not None and part is not None and (reason := _reason(suite, part, finding)) is not None:
            return replace(left_alone(finding, reason), also=())
    return finding


def keeping(finding: Finding, path: str, module: Module) -> Finding:
    """Return a finding with a fix after which those names stay that nothing in a file uses, but another file does."""
    part = finding.fix.at(path, finding.path) if finding.fix else None
    if finding.fix is None or part is None or not part.released:
        return finding
    part = replace(part, released=tuple(each for each in part.released if not _is_used(module, each)))
    if path == finding.path:
        return replace(finding, fix=replace(finding.fix, released=part.released))
    return replace(finding, fix=replace(finding.fix, other_files={**finding.fix.other_files, path: part}))


def _reason(suite: Suite, part: Fix, finding: Finding) -> str | None:
    for name in taken(suite, part):
        for place in suite.module.answers.users(name):
            if place.path not in finding.paths:
                return f"{place.place} uses `{name}` from here"
    return None


def _is_used(module: Module, released: Released) -> bool:
    if isinstance(released, LocalImport):
        return False
    name = released.name if isinstance(released, Leftover) else released
    return bool(module.answers.users(name))
