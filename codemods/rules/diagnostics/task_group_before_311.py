"""PAM918: what Python 3.10 doesn't have, in a project that runs on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._newer_python import EXCEPT_STAR, SINCE_3_11, newer_names

_SINCE = (3, 11)
_GUARDED = """\
import asyncio
import sys

import pytest


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TaskGroup")
@pytest.mark.asyncio
async def test_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
"""


class TaskGroupBefore311(Rule):
    """Finds what only Python 3.11 has in the tests of a project that runs on older ones.

    ## What it does

    Lists the first use of `asyncio.TaskGroup`, `asyncio.timeout`, `asyncio.timeout_at`, `asyncio.Runner`, `asyncio.Barrier`
    and `except*` in a file, where the project says that it runs on a Python below 3.11.

    ## Why

    On Python 3.10 the name is an `AttributeError`, its import an `ImportError` that takes the whole file along, and
    `except*` a `SyntaxError`.

    ## Safety

    Changes nothing. It speaks only where `requires-python` or `python_requires` states a version, and is silent behind a test
    of the version, a `skipif`, a `hasattr` or a `try`.

    ## References

    - [What's new in Python 3.11: asyncio](https://docs.python.org/3/whatsnew/3.11.html#asyncio)
    - [AnyIO: task groups](https://anyio.readthedocs.io/en/stable/tasks.html)
    """

    code = "PAM918"
    name = "task-group-before-3.11"
    summary = "`TaskGroup`, `asyncio.timeout` or `except*` in a project that runs on Python 3.10"
    safety = Safety.MANUAL
    triggers = (b"TaskGroup", b"timeout", b"Runner", b"Barrier", b"except*", b"except *")
    pattern = rb"asyncio|except ?\*"
    examples = (Example(_GUARDED, title="skipped on older versions"),)

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each name that a file uses."""
        if (stated := context.project.runs_below(_SINCE)) is None:
            return
        for node, name in newer_names(context.module):
            yield self.finding(context, node, _message(node, name, stated), evidence=(stated,))


def _message(node: ast.AST, name: str, stated: Evidence) -> str:
    if name == EXCEPT_STAR:
        return (
            f"`except*` is a SyntaxError before Python 3.11, which {stated.place} lets in: use `exceptiongroup.catch`"
        )
    error = "ImportError" if isinstance(node, ast.ImportFrom) else "AttributeError"
    return f"`{name}` is an {error} before Python 3.11, which {stated.place} lets in: {SINCE_3_11[name]}"
