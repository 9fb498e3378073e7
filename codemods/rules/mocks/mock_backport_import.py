"""PAM313: the `mock` backport gives way to `unittest.mock`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.edits.statements import replace_statement
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.mocks._asyncmock_library import differs
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.projects.python_versions import lowest_python

ImportStatement = ast.Import | ast.ImportFrom
_OLDEST = (3, 8)
_NEW, _OLD = "mock", "asyncmock"
_SHARED = frozenset({"ANY", "AsyncMock", "DEFAULT", "FILTER_DIR", "MagicMock", "Mock", "NonCallableMagicMock",
                     "NonCallableMock", "PropertyMock", "call", "create_autospec", "mock_open", "patch", "seal",
                     "sentinel"})  # fmt: skip
"""What ``unittest.mock`` offers as well, since Python 3.8."""


class MockBackportImport(Rule):
    """Imports `unittest.mock` instead of the `mock` backport.

    ## What it does

    `import mock` becomes `from unittest import mock`, `import mock as m` becomes `from unittest import mock as m`, and
    `from mock import Mock` becomes `from unittest.mock import Mock`, each where it stands, and so do `from mock.mock import
    Mock` and `from mock import mock`. The same holds for `asyncmock`, an older AsyncMock on top of `mock`. The requirements
    stay: take them out when nothing needs them any more.

    Unless it is selected by its full code the rule is about `asyncmock` alone, and about the `mock` of files with async
    functions where a requirement asks for one below 4, which has no AsyncMock: others may be there on purpose.

    ## Why

    Since Python 3.8 `unittest.mock` has AsyncMock and all else that the backport was for. Mocks of the two aren't instances
    of each other's classes, and their sentinels differ. With `mock` 4 or newer, those of `asyncmock` count no calls.

    ## Safety

    Safe where `requires-python` or `python_requires` in `pyproject.toml`, `setup.cfg` or `setup.py` leaves out all below 3.8;
    left alone where it doesn't. For review where nothing states it, and where a requirement asks for `mock` below 4, whose
    `patch` doesn't put an AsyncMock in the place of a coroutine function. Left alone are imports in a `try` or under an
    `if`, those of a file that uses what `unittest.mock` lacks, hands the module on or names it in a string, and all where the
    project has a module `mock` of its own. `asyncmock` is for review: what its mocks return is an AsyncMock again. Files that
    use what only it has (`not_async`, `aenter_return_value`), or give it a coroutine function as `side_effect`, which it
    doesn't await, are left alone.

    ## References

    - [mock: the backport](https://mock.readthedocs.io/en/latest/)
    - [unittest.mock](https://docs.python.org/3/library/unittest.mock.html)
    """

    code = "PAM313"
    name = "mock-backport-import"
    summary = "The `mock` backport gives way to `unittest.mock`"
    triggers = (b"mock",)
    pattern = (
        rb"(?:from(?<![^\s;:][ \t\f]from)(?<![\w.]from)[ \t]+|"
        rb"import(?<![^\s;:][ \t\f]import)\b[^\r\n;#]*[ \t,])(?:async)?mock\b"
    )
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
        module = context.module
        is_asked = self.code in context.explicit
        if safety is None:
            return
        nodes: list[ImportStatement] = [*module.nodes(ast.Import), *module.nodes(ast.ImportFrom)]
        for node in nodes:
            library = _library(node)
            if library == _NEW and not is_asked and not _is_needed(context):
                continue
            if library is None or _is_named(module, library) or _may_be_skipped(module, node):
                continue
            if _shares(module, node) and not (library == _OLD and differs(module)):
                yield self._replaced(context, node, library, Safety.REVIEW if library == _OLD else safety)

    def _replaced(self, context: Context, node: ImportStatement, library: str, safety: Safety) -> Finding:
        edit = replace_statement(context.module, node, _rewritten(context.module, node))
        evidence = tuple(context.project.pythons.values())
        name = "the `mock` backport" if library == _NEW else f"`{library}`"
        message = f"{name} isn't needed: Python has `unittest.mock`"
        return self.finding(context, node, message, edits=[edit], safety=safety, evidence=evidence)


def _safety(project: Project) -> Safety | None:
    """Return how safe it is to do without the backport; None if some Python that the project runs on needs it."""
    lowest = [lowest_python(each) for each in project.pythons]
    if project.own_mock is not None or any(each is not None and each < _OLDEST for each in lowest):
        return None
    stated = bool(lowest) and None not in lowest
    return Safety.SAFE if stated and project.old_mock is None else Safety.REVIEW


def _is_needed(context: Context) -> bool:
    """Return whether a file has something async for which the backport that the project asks for has no mock."""
    return context.project.old_mock is not None and bool(context.module.nodes(ast.AsyncFunctionDef))


def _is_named(module: Module, library: str) -> bool:
    """Return whether a string may mean the library: a patch target, a key of ``sys.modules``."""
    texts = (each.value for each in module.nodes(ast.Constant) if isinstance(each.value, str))
    return any(each == library or each.startswith(f"{library}.") for each in texts)


def _library(node: ImportStatement) -> str | None:
    """Return which of the two libraries an import takes something of, or None."""
    if isinstance(node, ast.ImportFrom):
        found = {_NEW: _NEW, "mock.mock": _NEW, _OLD: _OLD}.get(node.module or "")
        return found if not node.level else None
    names = [each.name for each in node.names]
    return names[0] if names in ([_NEW], [_OLD]) else None


def _may_be_skipped(module: Module, node: ImportStatement) -> bool:
    """Return whether an import doesn't simply run with what it stands in."""
    plain = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return not all(isinstance(each, plain) for each in module.ancestors(node))


def _shares(module: Module, node: ImportStatement) -> bool:
    """Return whether all that a file takes from the backport is in ``unittest.mock`` too."""
    if isinstance(node, ast.ImportFrom) and not _is_module(node):
        return _SHARED.issuperset(each.name for each in node.names)
    name = node.names[0].asname or node.names[0].name
    uses = [each for each in module.nodes(ast.Name) if each.id == name and node in module.scopes.lookup(name, each)[1]]
    only = all(module.scopes.lookup(name, each)[1] == [node] for each in uses)
    return only and all(_attribute(module, each) in _SHARED for each in uses)


def _attribute(module: Module, node: ast.Name) -> str | None:
    parent = module.parents[node]
    return parent.attr if isinstance(parent, ast.Attribute) else None


def _is_module(node: ast.ImportFrom) -> bool:
    """Return whether an import takes the backport's module of the same name: ``from mock import mock``."""
    return node.module == _NEW and [each.name for each in node.names] == [_NEW]


def _rewritten(module: Module, node: ImportStatement) -> str:
    if isinstance(node, ast.ImportFrom) and not _is_module(node):
        return re.sub(r"mock\.mock|asyncmock|mock", "unittest.mock", module.segment(node), count=1)
    name = node.names[0].asname or node.names[0].name
    return "from unittest import mock" if name == "mock" else f"from unittest import mock as {name}"
