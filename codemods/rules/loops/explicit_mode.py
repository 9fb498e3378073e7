"""PAM613: the markers and decorators that auto mode does without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from codemods.model import Evidence, Finding, Fix, Safety
from codemods.rules.base import Example, ProjectContext, ProjectRule
from codemods.rules.loops._explicit import Missing, missing
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.runners import automatic_runner, is_auto


class ExplicitMode(ProjectRule):
    """Writes the markers and decorators that a suite in auto mode does without.

    ## What it does

    In a suite that runs in auto mode, puts `@pytest.mark.asyncio` on each async test that has no asyncio marker, and
    writes `@pytest_asyncio.fixture` for `@pytest.fixture` above `async def`, with the same arguments. All of a
    configuration is one finding: it is applied in all files or in none.

    The mode stays `auto`: the suite then runs in both modes, also where another command line or a project that takes the
    tests asks for strict mode. Whoever wants strict mode from then on changes the option, or removes it.

    ## Why

    An explicit suite doesn't depend on how it is run: on an option that somebody forgets to pass, or beside the tests of
    another runner, which auto mode would take.

    ## Safety

    Needs review, and is never selected by `ALL`: it is a choice of the project. It is the reverse of PAM611, and the two
    can't be selected together. A bare marker says what auto mode does by itself, so that each test stays on the loop that
    it had. Left alone are tests and fixtures of other runners, methods of a `TestCase`, tests whose base class isn't
    known, those with a decorator that may make something else of them, and those that have a marker in one class and none
    in another: where there are such, the finding says how many, and where. Nothing is written where something reads
    asyncio markers or adds them, or another runner takes unmarked tests. Not seen are async tests and fixtures of
    installed plugins, and of code outside the tests.

    ## References

    - [pytest-asyncio: modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    - [pytest-asyncio: decorators](https://pytest-asyncio.readthedocs.io/en/stable/reference/decorators/index.html)
    """

    code = "PAM613"
    name = "explicit-mode"
    summary = "A suite in auto mode gets the markers that strict mode needs"
    safety = Safety.REVIEW
    default = False
    by_code_only = True
    triggers = (b"async def",)
    examples = (
        Example(
            "import pytest\n\n\n@pytest.fixture\nasync def user():\n    return await create_user()\n\n\n"
            "async def test_user(user):\n    assert await user.is_active()\n",
            "import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def user():\n    return await create_user()\n\n\n"
            "@pytest.mark.asyncio\nasync def test_user(user):\n    assert await user.is_active()\n",
            config="asyncio_mode = auto\n",
        ),
        Example(
            "async def test_answer():\n    assert await answer() == 42\n",
            title="strict mode, in which nothing runs the test (PAM101)",
            config="asyncio_mode = strict\n",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for the files of each configuration."""
        for paths in _automatic(context).values():
            found = missing(context, paths)
            if first := next(iter((*found.changed, *found.left)), None):
                yield self._finding(context, first, found, first.context.project.marker_users)

    def _finding(
        self, context: ProjectContext, first: Declaration, found: Missing, readers: Sequence[Evidence]
    ) -> Finding:
        file, message = first.context, f"only auto mode runs {found}" if found.changed else ""
        if readers and found.changed:
            reason = f"asyncio markers are read, or added, by something else ({readers[0].path}:{readers[0].line})"
            return self.finding(file, first.node, f"{message}; left alone: {reason}", evidence=tuple(readers))
        others = found.fixes()
        own = others.pop(first.path, Fix(()))
        evidence = tuple(each.context.module.evidence(each.node) for each in found.left)
        message = "; ".join(filter(None, (message, _left(evidence))))
        return self.finding(
            file, first.node, message, edits=own.edits, imports=own.imports, released=own.released,
            other_files=others, evidence=evidence,
        )  # fmt: skip


def _automatic(context: ProjectContext) -> dict[str | None, list[str]]:
    """Return the files of each configuration under which pytest-asyncio, and nothing else, runs unmarked tests."""
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    for path in context.paths:
        setting = context.setting(path)
        if setting and setting.project.pytest_asyncio and is_auto(setting.config, setting.project):
            if automatic_runner(setting.config, setting.project) is None:
                found[setting.config.path].append(path)
    return found


def _left(places: Sequence[Evidence]) -> str:
    if not places:
        return ""
    what = "1 test or fixture, since it can't be told what runs it"
    if places[1:]:
        what = f"{len(places)} tests or fixtures, since it can't be told what runs them"
    return f"left alone: {what} ({places[0].path}:{places[0].line})"
