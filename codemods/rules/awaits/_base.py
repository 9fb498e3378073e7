"""What the rules for sync drivers share: each says what becomes of those closures that bear its code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives, file_drives
from codemods.analysis.loops.parameter import asks_for_running_loop, loop_parameter
from codemods.model import Finding, Safety
from codemods.rules.awaits._obstacles import closure_obstacles
from codemods.rules.awaits._writing import Draft, draft
from codemods.rules.base import Context, Rule
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.owners import Owner, Owners, owners_of
from codemods.semantics.pytest.projects.project import unrequired
from codemods.semantics.pytest.runners import automatic_runner, is_off
from codemods.semantics.pytest.suite import Suite

_OTHERS = frozenset({"anyio", "trio"})
_NONE = "; nothing here names pytest-asyncio, which has to be installed to run it"


class DriverRule(Rule):
    """A rule for sync tests that run coroutines, by ``asyncio.run`` alone or also in another way."""

    safety: ClassVar[Safety] = Safety.REVIEW
    triggers: ClassVar[tuple[bytes, ...]] = (b"async", b"Async", b"run_until_complete")
    pattern: ClassVar[bytes | None] = (
        rb"[rRsSwWdDlLcC](?i:(?<=r)un|(?<=s)ync|(?<=w)ait|(?<=d)rive|(?<=l)oop|(?<=c)omplete)\w*\("
    )
    by_run: ClassVar[bool]
    """Whether all coroutines of its tests run by ``asyncio.run``."""

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for the functions that become async together.

        Sync tests that run coroutines are no fault: what keeps them is told where a file names pytest-asyncio.
        """
        named = context.project.pytest_asyncio
        tells = (named is not None and named.line > 0) or self.code in context.explicit
        unmarked: list[Finding] = []
        for found, closure in closures_of(context):
            if _is_run(found, closure) is self.by_run:
                finding = self._closure(context, found, closure)
                if finding.fix is not None and closure.owner is None and context.project.without_plugin:
                    unmarked.append(finding)
                elif finding.fix is not None or (tells and not context.project.own_libraries):
                    yield finding
        if unmarked:
            yield self._unmarked(context, unmarked)

    def _unmarked(self, context: Context, findings: Sequence[Finding]) -> Finding:
        """Return one finding for all those of a file that would need pytest-asyncio, which the project doesn't require."""
        assert context.project.without_plugin is not None
        first, others = findings[0], len(findings) - 1
        more = f", as do{'es' if others == 1 else ''} {others} more of the file" if others else ""
        return replace(
            first, fix=None, safety=Safety.MANUAL,
            message=f"{first.message}{more}; left alone: {unrequired(context.project.without_plugin)}",
        )  # fmt: skip

    def _closure(self, context: Context, found: FileDrives, closure: Closure) -> Finding:
        made = draft(context, found, closure)
        node = closure.owner or closure.tests[0].node
        message = _message(found, closure)
        if (reason := first_reason(context, found, closure, made)) is not None:
            return self.finding(context, node, f"{message}; left alone: {reason}")
        return self.finding(
            context, node, message + assumption(context, found, closure), edits=made.edits,
            imports=tuple(dict.fromkeys(made.imports)), released=tuple(made.released), also=tuple(sorted(made.also)),
        )  # fmt: skip


def closures_of(context: Context) -> Iterator[tuple[FileDrives, Closure]]:
    """Yield the functions of a file that become async together and whose tests would be pytest-asyncio's."""
    if not context.suite.is_test_module or not (found := file_drives(context.suite)).closures:
        return
    owners = owners_of(context)
    for closure in found.closures:
        if not any(_asks_for_loop(context.suite, each) for each in closure.functions) and _is_asyncios(
            context, owners, closure
        ):
            yield found, closure


def _asks_for_loop(suite: Suite, node: Definition) -> bool:
    return loop_parameter(node) is not None or asks_for_running_loop(suite, node)


def first_reason(context: Context, found: FileDrives, closure: Closure, made: Draft) -> str | None:
    """Return why a closure stays as it is, or None."""
    return next(iter((*closure_obstacles(context, found, closure), *made.obstacles)), None)


def _is_asyncios(context: Context, owners: Owners, closure: Closure) -> bool:
    """Say whether its tests would be pytest-asyncio's, or unittest's own."""
    if closure.owner is not None:
        return True
    config, project = context.config, context.project
    if is_off(config, project):
        return False
    others = _OTHERS & project.runners.keys() or automatic_runner(config, project)
    return not (others and project.pytest_asyncio is None) and all(
        owners.of(each.node) is Owner.ASYNCIO for each in closure.tests
    )


def _is_run(found: FileDrives, closure: Closure) -> bool:
    return all(is_run for node in closure.functions for is_run in found.drives.are_run(node))


def _message(found: FileDrives, closure: Closure) -> str:
    subject = f"`{closure.owner.name if closure.owner else closure.tests[0].node.name}`"
    if not closure.owner and len(closure.tests) > 1:
        count = len(closure.tests) - 1
        subject += f" and {count} more test{'s' if count > 1 else ''} that share{'s' if count == 1 else ''} its helpers"
    runs = "run" if subject.endswith("helpers") else "runs"
    return f"{subject} {runs} coroutines from sync code, where an async test awaits them"


def assumption(context: Context, found: FileDrives, closure: Closure) -> str:
    """Return what a finding rests on besides."""
    several = any(len(found.drives.are_run(each)) > 1 for each in closure.functions)
    assumed = ", all in one loop and one context" if several and _is_run(found, closure) else ""
    is_named = context.project.pytest_asyncio is not None or context.project.without_plugin is not None
    return assumed + ("" if is_named or closure.owner is not None else _NONE)
