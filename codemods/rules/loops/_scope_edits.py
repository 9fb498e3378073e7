"""The edits that give async tests and fixtures a loop scope, in whatever files they stand."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable

from codemods.edits.calls import add_keyword, call, set_argument
from codemods.edits.decorators import add_decorator, replace_decorator
from codemods.model import Edit, Fix, Import
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.declarations import SCOPES, Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.loop_scopes import (
    asyncio_mark,
    covered_by,
    is_unreadable,
    loop_scope,
    relies_on_default,
    runs_on_asyncio,
)
from codemods.semantics.pytest.marks import ASYNCIO_MARK, Level, Mark
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE


class CannotStateError(Exception):
    """A loop scope can't be written where it would have to stand; the message says why."""


class ScopeEdits:
    """Collects what states one loop scope for some async tests and fixtures."""

    def __init__(self, graph: FixtureGraph, scope: str) -> None:
        """Begin with nothing stated."""
        self._graph = graph
        self._scope = scope
        self._edits: defaultdict[str, list[Edit]] = defaultdict(list)
        self._imports: defaultdict[str, dict[Import, None]] = defaultdict(dict)
        self._marks: set[ast.AST] = set()

    def state(self, users: Iterable[Declaration]) -> None:
        """State the scope for each of them that doesn't run on such a loop already, or only by default.

        Raises:
            CannotStateError: One of them can't be changed.
        """
        wanted = [each for each in users if loop_scope(each) != self._scope_of(each) or relies_on_default(each)]
        for each in wanted:
            if is_unreadable(each):
                raise CannotStateError(f"{each.path}:{each.node.lineno}: its loop scope is known only when it runs")
            if each.scope is None:
                raise CannotStateError(f"{each.path}:{each.node.lineno}: its scope is known only when it runs")
            if each.fixture is not None:
                self._fixture(each)
            else:
                self._test(each, wanted)

    def _scope_of(self, user: Declaration) -> str:
        """Return the scope that is meant, or the fixture's own where that is wider: a loop has to outlive it."""
        return max(self._scope, user.scope or self._scope, key=SCOPES.index)

    def fixes(self) -> dict[str, Fix]:
        """Return what is to be done, by path."""
        return {each: Fix(tuple(self._edits[each]), tuple(self._imports[each])) for each in self._edits}

    def _fixture(self, user: Declaration) -> None:
        assert user.fixture is not None
        decorator, module = user.fixture.decorator, user.context.module
        if decorator.call is not None and decorator.call.args:
            raise CannotStateError(f"{user.path}:{user.node.lineno}: its decorator has positional arguments")
        if decorator.name != ASYNCIO_FIXTURE:
            written = user.context.reference(ASYNCIO_FIXTURE, decorator.node)
            if written is None:
                raise CannotStateError(f"{user.path}:{user.node.lineno}: pytest_asyncio is another name there")
            edit = replace_decorator(module, user.node, decorator.index, written.text)
            self._edits[user.path].append(edit)
            self._imports[user.path].update(dict.fromkeys(written.imports))
        self._keyword(user, decorator.node)

    def _test(self, user: Declaration, wanted: Collection[Declaration]) -> None:
        mark = asyncio_mark(user)
        if mark is not None and (mark.level is Level.FUNCTION or self._is_for_all(mark, user, wanted)):
            if mark.node not in self._marks:
                self._marks.add(mark.node)
                self._keyword(user, mark.node)
            return
        text = user.context.above(ASYNCIO_MARK, user.node)
        if text is None:
            raise CannotStateError(f"{user.path}:{user.node.lineno}: pytest is another name there")
        written = f'{text.text}(loop_scope="{self._scope}")'
        self._edits[user.path].append(add_decorator(user.context.module, user.node, written))
        self._imports[user.path].update(dict.fromkeys(text.imports))

    def _is_for_all(self, mark: Mark, user: Declaration, wanted: Collection[Declaration]) -> bool:
        """Say whether every test that a class's or module's mark covers is to have the scope."""
        nodes = {each.node for each in wanted}
        tests = [each for each in self._graph.tests_of(user.path) if runs_on_asyncio(each)]
        mine = mark.node in set(walk(user.context.module.tree))
        return mine and all(each.node in nodes for each in covered_by(mark, tests))

    def _keyword(self, user: Declaration, node: ast.expr) -> None:
        """Have a decorator or a mark say ``loop_scope=``."""
        module, text = user.context.module, f'"{self._scope_of(user)}"'
        if isinstance(node, ast.Call):
            arguments = [each.arg for each in node.keywords]
            old = "scope" if user.fixture is None and "scope" in arguments else "loop_scope"
            if old in arguments:
                index = len(node.args) + arguments.index(old)
                edit = set_argument(module, node, index, text=text, keyword="loop_scope")
            else:
                edit = add_keyword(module, node, keyword="loop_scope", text=text)
        elif isinstance(node, ast.Attribute):
            edit = call(module, node, keyword="loop_scope", text=text)
        else:
            raise CannotStateError(f"{user.path}:{node.lineno}: `{module.segment(node)}` is a name for a mark")
        self._edits[user.path].append(edit)
