"""PAM523: ``asyncio.TimeoutError`` where Python's own is the same."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.sleeping.sleeps import released
from codemods.edits.imports import remove_imported_names
from codemods.model import Finding, Safety
from codemods.rules.awaits._timeouts import BUILTIN, aliases, imports
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.projects.python_versions import lowest_python

_SINCE = (3, 11)
_BEFORE = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_timeout():
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
"""

_IMPORTED = """\
from asyncio import TimeoutError, sleep, wait_for


async def nap():
    try:
        await wait_for(sleep(1), 0.01)
    except TimeoutError:
        pass
"""

_OTHER = """\
from concurrent import futures


def result(future):
    try:
        return future.result(1)
    except futures.TimeoutError:
        return None
"""


class TimeoutErrorAlias(Rule):
    """Writes `TimeoutError` for `asyncio.TimeoutError`.

    ## What it does

    Writes the built-in `TimeoutError` for `asyncio.TimeoutError` and `asyncio.exceptions.TimeoutError`, takes it from
    `from asyncio import TimeoutError`, and leaves one of two in `except (TimeoutError, asyncio.TimeoutError)`.

    ## Why

    Since Python 3.11 the one is an alias of the other. Before, they were two classes, and `except TimeoutError` didn't
    catch what `asyncio.wait_for` raises.

    ## Safety

    Safe where the project says that it runs on Python 3.11 or newer only. Left alone where it names an older one, and
    where it doesn't say on which it runs, unless the rule is selected by its full code: then it needs review. Left alone,
    too: where `TimeoutError` is another name.

    ## References

    - [asyncio.TimeoutError](https://docs.python.org/3/library/asyncio-exceptions.html#asyncio.TimeoutError)
    - [ruff UP041](https://docs.astral.sh/ruff/rules/timeout-error-alias/)
    """

    code = "PAM523"
    name = "timeout-error-alias"
    summary = "`asyncio.TimeoutError` becomes `TimeoutError` from Python 3.11 on"
    triggers = (b"TimeoutError",)
    in_async_files = True
    examples = (
        Example(_BEFORE, _BEFORE.replace("asyncio.TimeoutError", "TimeoutError")),
        Example(_IMPORTED, _IMPORTED.replace("TimeoutError, ", ""), title="imported by name"),
        Example(_OTHER, title="another library's"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each place."""
        safety = _safety(context)
        if safety is None:
            return
        evidence = tuple(context.project.pythons.values())
        message = "since Python 3.11 `asyncio.TimeoutError` is the built-in `TimeoutError`"
        module = context.module
        for node, edit in aliases(module):
            yield self.finding(
                context, node, message, edits=[edit], released=released(module, node), safety=safety, evidence=evidence
            )
        for statement in imports(module) if context.suite.is_test_module else ():
            edits = [remove_imported_names(module, statement, [BUILTIN])]
            yield self.finding(context, statement, message, edits=edits, safety=safety, evidence=evidence)


def _safety(context: Context) -> Safety | None:
    """Return how safe it is; None if some Python that the project runs on has two classes, or may have."""
    project = context.project
    lowest = [lowest_python(each) for each in project.pythons]
    lowest += [each.lowest for each in project.requirements if each.package == "python"]
    if any(each is not None and each[:2] < _SINCE for each in lowest):
        return None
    if lowest and None not in lowest:
        return Safety.SAFE
    return Safety.REVIEW if TimeoutErrorAlias.code in context.explicit else None
