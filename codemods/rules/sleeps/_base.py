"""What the two sleep rules share: they differ in whose event loop is stopped, and so in what to await."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from codemods.analysis.sleeping.sleeps import Sleep, edits, is_awaited, released, sleeps
from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Rule
from codemods.rules.sleeps._obstacles import Obstacle, obstacle, says_it_blocks
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once
from codemods.semantics.pytest.owners import Owner

_LOOPS = frozenset({"anyio", "curio", "trio"})


class SleepRule(Rule):
    """A rule for the sleeps whose coroutines are run by one of ``pytest.owners``."""

    owners: ClassVar[frozenset[Owner]]
    triggers = (b"sleep",)
    in_async_files = True

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each sleep that stops an event loop of these owners."""
        for sleep in sleeps(context):
            if (
                sleep.owner in self.owners
                and not _is_anothers(context, sleep)
                and not says_it_blocks(context.suite, sleep)
            ):
                yield self._sleep(context, sleep, obstacle(context.suite, sleep))

    def _sleep(self, context: Context, sleep: Sleep, found: Obstacle | None) -> Finding:
        if sleep.owner is Owner.UNKNOWN:
            found = Obstacle("it can't be told which library's event loop runs it")
        if found and found.safety is Safety.MANUAL:
            return self._left_alone(context, sleep, found)
        written = context.reference(f"{sleep.owner.value}.sleep", sleep.node)
        if written is None:
            return self._left_alone(context, sleep, Obstacle(f"`{sleep.owner.value}` is another name here"))
        message = f"`time.sleep` stops the event loop in `{sleep.function.name}`{_note(context, sleep, found)}"
        return self.finding(
            context,
            sleep.node,
            message,
            edits=edits(context.module, sleep.node, written.text),
            imports=written.imports,
            released=released(context.module, sleep.node.func),
            safety=found.safety if found else sleep.safety,
            evidence=_evidence(context, found),
        )

    def _left_alone(self, context: Context, sleep: Sleep, found: Obstacle) -> Finding:
        message = f"`time.sleep` in `{sleep.function.name}` left alone: {found.reason}"
        return self.finding(context, sleep.node, message, evidence=_evidence(context, found))


def _is_anothers(context: Context, sleep: Sleep) -> bool:
    """Say whether nothing speaks for asyncio where it isn't known whose loop runs a coroutine."""
    if sleep.owner is not Owner.UNKNOWN:
        return False
    return "asyncio" not in _imported(context.module) or bool(_LOOPS & context.project.own_libraries)


@once
def _imported(module: Module) -> frozenset[str]:
    names = [alias.name for node in module.nodes(ast.Import) for alias in node.names]
    names += [node.module for node in module.nodes(ast.ImportFrom) if node.module and not node.level]
    return frozenset(each.partition(".")[0] for each in names)


def _note(context: Context, sleep: Sleep, found: Obstacle | None) -> str:
    if found:
        return f"; {found.reason}"
    if sleep.safety is not Safety.REVIEW:
        return ""
    return (
        "; others may call it, too" if is_awaited(context.module, sleep.outermost) else "; it isn't known who calls it"
    )


def _evidence(context: Context, found: Obstacle | None) -> tuple[Evidence, ...]:
    if found is None:
        return ()
    place = context.module.evidence(found.node) if found.node is not None else found.evidence
    return (place,) if place is not None else ()
