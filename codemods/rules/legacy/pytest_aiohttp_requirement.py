"""PAM714: the pytest-aiohttp that a project requires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from codemods.edits.configuration import raise_requirement
from codemods.model import Finding, Safety
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.projects.specifiers import Version
from codemods.semantics.pytest.projects.versions import Requirement

_PACKAGE = "pytest-aiohttp"
_FIRST, _WANTED = (1, 0), (1, 1)
_NEEDS: tuple[tuple[str, Version], ...] = (("python", (3, 10)), ("aiohttp", (3, 11)), ("pytest", (8, 2)))
_NEXT = "after it, run codemods again: PAM101 marks the async tests, PAM709 takes `loop` away"


class PytestAiohttpRequirement(ConfigurationRule):
    """Raises the required pytest-aiohttp to 1.1.

    ## What it does

    Writes `>=1.1` where a requirement lets no pytest-aiohttp 1.0 through (`==0.3.0`, `<1`). All files are one finding. The
    tests are migrated once that is done: run codemods again, or apply it together with the other review fixes.

    ## Why

    Before 1.0 the plugin ran every async test by itself, on its own fixture `loop`. It works with no pytest that
    pytest-asyncio 1.3 needs. Since 1.0 it leaves that to pytest-asyncio.

    ## Safety

    Needs review: other requirements may forbid it, and from then on unmarked async tests don't run. Left alone, with the
    reason, where the project's own requirement of Python, aiohttp or pytest doesn't let through what it needs.

    ## References

    - [pytest-aiohttp: changes](https://github.com/aio-libs/pytest-aiohttp/blob/main/CHANGES.rst)
    """

    code = "PAM714"
    name = "pytest-aiohttp-requirement"
    summary = "The required pytest-aiohttp is at least 1.1"
    safety = Safety.REVIEW
    triggers = (b"aiohttp",)
    examples = (
        Example(
            '[dependency-groups]\ntest = ["pytest", "pytest-aiohttp==0.3.0"]\n',
            '[dependency-groups]\ntest = ["pytest", "pytest-aiohttp>=1.1"]\n',
            path="pyproject.toml",
        ),
        Example('[dependency-groups]\ntest = ["pytest-aiohttp"]\n', title="any version will do", path="pyproject.toml"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for the requirements of each project."""
        projects = {id(each.project): each.project for each in map(context.setting, context.configuration) if each}
        for project in projects.values():
            ours = [each for each in project.requirements if each.package == _PACKAGE and each.is_for_ours]
            old = [each for each in ours if not each.is_written_anew and each.admits(_FIRST) is False]
            old = [each for each in old if each.evidence.path in context.configuration]
            if old:
                yield self._old(project, old)

    def _old(self, project: Project, old: Sequence[Requirement]) -> Finding:
        first = old[0]
        message = f"`{_PACKAGE}{first.specifier}` runs async tests by itself, and not with a pytest of today"
        reason = next((each.obstacle for each in old if each.obstacle), None) or _obstacle(project)
        if reason is not None:
            return self.configuration_finding(
                first.evidence.path, first.evidence.line, first.evidence.text, f"{message}; left alone: {reason}"
            )
        edits = [
            raise_requirement(
                each.evidence.path, _PACKAGE, old=each.specifier, specifier=each.raised(_WANTED) or ""
            )
            for each in old
        ]  # fmt: skip
        return self.configuration_finding(
            first.evidence.path, first.evidence.line, first.evidence.text, f"{message}; {_NEXT}{_to_lock(project)}",
            edits=edits, evidence=tuple(each.evidence for each in old),
        )  # fmt: skip


def _obstacle(project: Project) -> str | None:
    """Return which other requirement doesn't let through what the new version needs."""
    for package, version in _NEEDS:
        for each in project.requirements:
            too_old = each.lowest is not None and each.lowest < version if package == "python" else False
            forbids = package != "python" and each.admits(version) is False
            if each.package == package and not each.is_written_anew and each.is_for_ours and (too_old or forbids):
                needed = ".".join(map(str, version))
                return f"pytest-aiohttp 1.1 needs {package} {needed}, and {each.evidence.place} stands against it"
    return None


def _to_lock(project: Project) -> str:
    names = {PurePosixPath(each.evidence.path).name for each in project.requirements if each.locked}
    return f"; lock again ({', '.join(sorted(names))})" if names else ""
