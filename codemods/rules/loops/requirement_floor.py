"""PAM609: the pytest-asyncio that a project requires."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from codemods.config import PLUGIN
from codemods.edits.configuration import raise_requirement
from codemods.model import Edit, Evidence, Finding, Safety
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.projects.specifiers import Version
from codemods.semantics.pytest.projects.versions import Requirement

_PYTHON: Version = (3, 10)


class RequirementFloor(ConfigurationRule):
    """Raises the required pytest-asyncio to 1.3, or to the `target-version`.

    ## What it does

    Writes `>=1.3` where a requirement lets no such version through (`==0.21.1`, `<1`, `~=0.23`), or `==1.3.0` in a
    requirements file that pins everything, and raises the lower bound where it is older (`>=0.21,<2`). A requirement without a lower bound stays. So does one for older Pythons only,
    or for some platforms. It reads `pyproject.toml` (PEP 621, groups, Poetry, PDM, Hatch, uv, tox), `setup.cfg`,
    `setup.py`, `tox.ini`, `noxfile.py`, `hatch.toml`, `Pipfile` and requirements files. If pytest's own requirement lets
    none of the versions through that pytest-asyncio needs, it is raised with it: all files are one finding.

    Lock files, and requirements with hashes or written by a program, stay: lock again. pytest-asyncio 1.3 needs Python 3.10:
    where the project's own requirement, or its classifiers where it has none, let older ones in, that is for a person to
    raise, and nothing changes. It doesn't speak of a project whose Python files hold no tests. Nor does it
    speak where no other rule has a fix, unless it is selected by its full code.

    ## Why

    The migrated suite is written for pytest-asyncio 1.3. The versions before 1.0 give it other event loops.

    ## Safety

    Needs review: another version runs the suite differently, and other requirements may forbid it. Only a run in the new
    environment tells.

    ## References

    - [pytest-asyncio: changelog](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html)
    - [migrating from 0.23](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/migrate_from_0_23.html)
    """

    code = "PAM609"
    name = "requirement-floor"
    summary = "The required pytest-asyncio is at least 1.3"
    safety = Safety.REVIEW
    triggers = (b"",)
    follows = True
    examples = (
        Example(
            '[dependency-groups]\ntest = ["pytest>=8.4", "pytest-asyncio~=0.23"]\n',
            '[dependency-groups]\ntest = ["pytest>=8.4", "pytest-asyncio>=1.3"]\n',
            path="pyproject.toml",
        ),
        Example(
            '[tool.poetry.group.dev.dependencies]\npytest = "^7.4"\npytest-asyncio = "^0.21"\n',
            '[tool.poetry.group.dev.dependencies]\npytest = "^8.2"\npytest-asyncio = "^1.3"\n',
            path="pyproject.toml",
        ),
        Example('[dependency-groups]\ntest = ["pytest-asyncio"]\n', title="any version will do", path="pyproject.toml"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for the requirements of each project, and for each that a person has to raise."""
        for project, paths in _projects(context):
            own = [each for each in project.requirements if each.evidence.path in paths and not each.locked]
            ours = [each for each in own if each.package == PLUGIN and each.is_for_ours]
            target = project.target
            low = [each for each in ours if each.raised(target)]
            editable = [each for each in low if each.obstacle is None]
            python = next((each for each in own if each.package == "python" and _is_old_python(each)), None)
            if editable and python is not None:
                yield self._too_old(editable[0], target, python)
            elif editable and (named := _classified(project)) is not None:
                yield self._for_older(editable[0], target, named)
            elif editable:
                yield self._raise(project, editable, _to_lock(project, low))
            else:
                yield from (self._left(each, target) for each in low)
            if python and not editable and (low or any(each.lowest and not each.marker for each in ours)):
                yield self._python(python)

    def _raise(self, project: Project, low: Sequence[Requirement], advice: str) -> Finding:
        first, needed = low[0], _pytest_of(project.target)
        asked = [each for each in project.requirements if each.package == "pytest" and not each.is_written_anew]
        pytest = [each for each in asked if each.admits(needed) is False and each.is_for_ours]
        message = _message(first, project.target) + advice
        for each in pytest:
            if (obstacle := each.obstacle) is not None:
                message += (
                    f"; left alone: it needs pytest {_text(needed)}, and {_place(each)} can't be raised: {obstacle}"
                )
                return self.configuration_finding(
                    first.evidence.path, first.evidence.line, first.evidence.text, message
                )
        edits = [
            *(_edit(each, each.raised(project.target) or "") for each in low),
            *(_edit(each, each.raised(needed) or "") for each in pytest),
        ]
        if pytest:
            message += f"; it needs pytest {_text(needed)}, so that pytest's requirement is raised too"
        return self.configuration_finding(
            first.evidence.path, first.evidence.line, first.evidence.text, message, edits=edits,
            evidence=tuple(each.evidence for each in (*low, *pytest)),
        )  # fmt: skip

    def _too_old(self, each: Requirement, target: Version, python: Requirement) -> Finding:
        place = f"`{python.specifier}` ({_place(python)})"
        message = f"{_message(each, target)}; left alone: it needs Python 3.10, and {place} lets older ones in"
        evidence = (each.evidence, python.evidence)
        return self.configuration_finding(
            each.evidence.path, each.evidence.line, each.evidence.text, message, evidence=evidence
        )

    def _for_older(self, each: Requirement, target: Version, named: Evidence) -> Finding:
        message = f"{_message(each, target)}; left alone: it needs Python 3.10, and {named.place} names older ones"
        return self.configuration_finding(
            each.evidence.path, each.evidence.line, each.evidence.text, message, evidence=(each.evidence, named)
        )

    def _left(self, each: Requirement, target: Version) -> Finding:
        message = f"{_message(each, target)}; left alone: {each.obstacle}"
        return self.configuration_finding(each.evidence.path, each.evidence.line, each.evidence.text, message)

    def _python(self, each: Requirement) -> Finding:
        message = f"`{each.specifier}` admits Pythons that pytest-asyncio 1.3 doesn't run on: it needs 3.10"
        return self.configuration_finding(each.evidence.path, each.evidence.line, each.evidence.text, message)


def _projects(context: ProjectContext) -> list[tuple[Project, set[str]]]:
    """Return the projects that may have tests and a finding, each with its files of configuration.

    What a file above a project says is the business of that above.
    """
    of_each = context.by_project(context.configuration)
    wanted = {facts: paths for facts, paths in of_each.items() if any(map(context.is_reported, paths))}
    python = context.by_project(context.paths.candidates) if wanted else {}
    having = [(facts, paths) for facts, paths in wanted.items() if _may_have_tests(context, python.get(facts, ()))]
    return [(facts.value, {path for path in paths if context.setting(path) is not None}) for facts, paths in having]


def _may_have_tests(context: ProjectContext, python: Collection[str]) -> bool:
    """Return whether a project has tests, or no Python file, so that it only configures those of others."""
    known = [(path, setting) for path in python if (setting := context.setting(path)) is not None]
    return not known or any(setting.config.matches_file(path) for path, setting in known)


def _classified(project: Project) -> Evidence | None:
    """Return the classifier of a Python that pytest-asyncio 1.3 doesn't run on, where nothing else says on which."""
    named = project.runs_below(_PYTHON)
    return named if named in project.classified.values() else None


def _pytest_of(target: Version) -> Version:
    """Return the lowest pytest that a version of pytest-asyncio requires."""
    return (8, 4) if target >= (1, 4) else (8, 2)


def _is_old_python(each: Requirement) -> bool:
    return each.lowest is not None and each.lowest < _PYTHON


def _message(each: Requirement, target: Version) -> str:
    version = _text(target)
    does = f"admits versions below {version}" if each.admits(target) else f"forbids {version}"
    return f"`{PLUGIN}{each.specifier}` {does}, and the suite is migrated to {version}"


def _to_lock(project: Project, low: Sequence[Requirement]) -> str:
    """Return what to do about the files that hold versions and that only a program writes."""
    written = (each for each in (*project.requirements, *low) if each.locked or (each in low and each.is_written_anew))
    names = {PurePosixPath(each.evidence.path).name for each in written}
    return f"; lock again after it ({', '.join(sorted(names))})" if names else ""


def _place(each: Requirement) -> str:
    return each.evidence.place


def _text(version: Version) -> str:
    return ".".join(map(str, version))


def _edit(each: Requirement, specifier: str) -> Edit:
    return raise_requirement(each.evidence.path, each.package, specifier=specifier, old=each.specifier)
