"""PAM707: tests of pytest-asyncio-cooperative."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import rename_attribute
from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.runners import is_off

_MARK = "asyncio_cooperative"
_BEFORE = """\
import pytest


@pytest.mark.asyncio_cooperative
async def test_home(client):
    assert await client.get("/") == "home"
"""


class AsyncioCooperative(Rule):
    """Hands the tests of pytest-asyncio-cooperative to pytest-asyncio.

    ## What it does

    `pytest.mark.asyncio_cooperative` becomes `pytest.mark.asyncio`, wherever it stands. The fixtures, which are async functions
    under `pytest.fixture`, are PAM201's, and those of a wider scope PAM603's. It lists the mark `flakey`.

    ## Why

    pytest-asyncio-cooperative runs all tests at once on one loop, in a run of its own that other plugins don't see, and says
    of itself that it isn't compatible with pytest-asyncio.

    ## Safety

    Needs review: the tests run one after the other, each on a loop of its own, so that the suite may take longer, and tests
    that wait for each other wait for ever. Take the plugin out of the requirements, and its options
    (`max_asyncio_tasks`, `asyncio_task_timeout`) out of the configuration. Left alone where the configuration turns
    pytest-asyncio off (`-p no:asyncio`), and in files that import the plugin.

    ## References

    - [pytest-asyncio-cooperative](https://github.com/willemt/pytest-asyncio-cooperative)
    - [pytest-asyncio: concepts](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html)
    """

    code = "PAM707"
    name = "asyncio-cooperative"
    summary = "Tests of pytest-asyncio-cooperative become pytest-asyncio's"
    safety = Safety.REVIEW
    triggers = (_MARK.encode(),)
    examples = (
        Example(_BEFORE, _BEFORE.replace("asyncio_cooperative", "asyncio")),
        Example(
            "import pytest\nfrom pytest_asyncio_cooperative import plugin\n\n\n"
            "@pytest.mark.asyncio_cooperative\nasync def test_it():\n    assert plugin\n",
            title="the plugin itself is used",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each of the plugin's marks."""
        reason = _obstacle(context)
        named = _requirement(context)
        for node in context.module.nodes(ast.Attribute):
            if (context.module.resolve(node) or "") == f"pytest.mark.{_MARK}":
                yield self._mark(context, node, reason, named)
            elif (context.module.resolve(node) or "") == "pytest.mark.flakey":
                message = (
                    "the mark `flakey` is pytest-asyncio-cooperative's: pytest-rerunfailures runs a failed test again"
                )
                yield self.finding(context, node, message)

    def _mark(self, context: Context, node: ast.Attribute, reason: str | None, named: Evidence | None) -> Finding:
        message = f"the mark `{_MARK}` is pytest-asyncio-cooperative's, and pytest-asyncio doesn't run it"
        if reason is not None:
            return self.finding(context, node, f"{message}; left alone: {reason}")
        place = f" {named.place}" if named else " the requirements"
        note = f"; its tests run one after the other then: take the plugin out of{place}"
        edit = rename_attribute(context.module, node, "asyncio")
        return self.finding(context, node, message + note, edits=[edit], evidence=(named,) if named else ())


def _requirement(context: Context) -> Evidence | None:
    found = context.project.runners.get("cooperative")
    return found if found is not None and not found.path.endswith(".py") else None


def _obstacle(context: Context) -> str | None:
    if is_off(context.config, context.project):
        return "the configuration turns pytest-asyncio off (`-p no:asyncio`)"
    return "the file imports the plugin" if _imports_plugin(context.module) else None


def _imports_plugin(module: Module) -> bool:
    names = [alias.name for node in module.nodes(ast.Import) for alias in node.names]
    names += [node.module or "" for node in module.nodes(ast.ImportFrom)]
    return any(each.partition(".")[0] == "pytest_asyncio_cooperative" for each in names)
