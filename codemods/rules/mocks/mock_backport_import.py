"""PAM313: the `mock` backport gives way to `unittest.mock`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.module import Module
from codemods.analysis.projects.project import Project
from codemods.analysis.projects.python_versions import lowest_python
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule

ImportStatement = ast.Import | ast.ImportFrom
_OLDEST = (3, 8)
_SHARED = frozenset({"ANY", "AsyncMock", "DEFAULT", "FILTER_DIR", "MagicMock", "Mock", "NonCallableMagicMock",
                     "NonCallableMock", "PropertyMock", "call", "create_autospec", "mock_open", "patch", "seal",
                     "sentinel"})  # fmt: skip
"""What ``unittest.mock`` offers as well, since Python 3.8."""


class MockBackportImport(Rule):
    """Imports `unittest.mock` instead of the `mock` backport.

    ## What it does

    `import mock` becomes `from unittest import mock`, `import mock as m` becomes `from unittest import mock as m`, and
    `from mock import Mock` becomes `from unittest.mock import Mock`, each where it stands. The requirement of `mock` stays:
    take it out when nothing needs it any more.

    ## Why

    Since Python 3.8 `unittest.mock` has AsyncMock and all else that the backport was for. Mocks of the two aren't instances
    of each other's classes, and their sentinels differ.

    ## Safety

    Safe where `requires-python` or `python_requires` in `pyproject.toml`, `setup.cfg` or `setup.py` leaves out all below 3.8;
    left alone where it doesn't. For review where nothing states it, and where a requirement asks for `mock` below 4, whose
    `patch` doesn't put an AsyncMock in the place of a coroutine function. Left alone are imports in a `try` or under an
    `if`, those of a file that uses what `unittest.mock` lacks, hands the module on or names it in a string, and all where the
    project has a module `mock` of its own.

    ## References

    - [mock: the backport](https://mock.readthedocs.io/en/latest/)
    - [unittest.mock](https://docs.python.org/3/library/unittest.mock.html)
    """

    code = "PAM313"
    name = "mock-backport-import"
    summary = "The `mock` backport gives way to `unittest.mock`"
    triggers = (b"mock",)
    pattern = re.compile(rb"\b(?:import|from)[ \t]+mock\b")
    examples = (
        Example(
            "import mock\n\n\ndef test_it():\n    assert mock.Mock(return_value=1)() == 1\n",
            "from unittest import mock\n\n\ndef test_it():\n    assert mock.Mock(return_value=1)() == 1\n",
        ),
        Example(
            "from mock import AsyncMock\n\n\nasync def test_it():\n    await AsyncMock()()\n",
            "from unittest.mock import AsyncMock\n\n\nasync def test_it():\n    await AsyncMock()()\n",
        ),
        Example(
            "try:\n"
            "    from unittest import mock\n"
            "except ImportError:\n"
            "    import mock\n"
            "\n"
            "\n"
            "def test_it():\n"
            "    assert mock.Mock(return_value=1)() == 1\n",
            title="it is the second choice",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each import of the backport."""
        safety = _safety(context.project)
        if safety is None or _is_named(context.module):
            return
        nodes: list[ImportStatement] = [*context.module.nodes(ast.Import), *context.module.nodes(ast.ImportFrom)]
        for node in nodes:
            if _is_backport(node) and not _may_be_skipped(context.module, node) and _shares(context.module, node):
                edit = context.module.edit(node, "replace_statement", text=_rewritten(context.module, node))
                evidence = tuple(context.project.pythons.values())
                message = "the `mock` backport isn't needed: Python has `unittest.mock`"
                yield self.finding(context, node, message, edits=[edit], safety=safety, evidence=evidence)


def _safety(project: Project) -> Safety | None:
    """Return how safe it is to do without the backport; None if some Python that the project runs on needs it."""
    lowest = [lowest_python(each) for each in project.pythons]
    if project.own_mock is not None or any(each is not None and each < _OLDEST for each in lowest):
        return None
    stated = bool(lowest) and None not in lowest
    return Safety.SAFE if stated and project.old_mock is None else Safety.REVIEW


def _is_named(module: Module) -> bool:
    """Return whether a string may mean the backport: a patch target, a key of ``sys.modules``."""
    texts = (each.value for each in module.nodes(ast.Constant) if isinstance(each.value, str))
    return any(each == "mock" or each.startswith("mock.") for each in texts)


def _is_backport(node: ImportStatement) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "mock" and not node.level
    return [each.name for each in node.names] == ["mock"]


def _may_be_skipped(module: Module, node: ImportStatement) -> bool:
    """Return whether an import doesn't simply run with what it stands in."""
    plain = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return not all(isinstance(each, plain) for each in module.ancestors(node))


def _shares(module: Module, node: ImportStatement) -> bool:
    """Return whether all that a file takes from the backport is in ``unittest.mock`` too."""
    if isinstance(node, ast.ImportFrom):
        return _SHARED.issuperset(each.name for each in node.names)
    name = node.names[0].asname or "mock"
    uses = [each for each in module.nodes(ast.Name) if each.id == name and node in module.scopes.lookup(name, each)[1]]
    only = all(module.scopes.lookup(name, each)[1] == [node] for each in uses)
    return only and all(_attribute(module, each) in _SHARED for each in uses)


def _attribute(module: Module, node: ast.Name) -> str | None:
    parent = module.parents[node]
    return parent.attr if isinstance(parent, ast.Attribute) else None


def _rewritten(module: Module, node: ImportStatement) -> str:
    text = module.segment(node)
    if isinstance(node, ast.ImportFrom):
        return re.sub(r"mock", "unittest.mock", text, count=1)
    name = node.names[0].asname or "mock"
    return "from unittest import mock" if name == "mock" else f"from unittest import mock as {name}"
