"""Each place of the tool that says whether a call gives something to await, asked about one call of a file."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.drives import Drives
from codemods.analysis.loops.drivers import driver
from codemods.analysis.mocking.mock_values import MIXED, Nature, returned
from codemods.analysis.mocking.patch_targets import owned, patch_answer
from codemods.rules import Context
from codemods.rules.awaits._coroutines import Coroutines
from codemods.semantics.answers import Answer
from codemods.semantics.pytest.values.awaitable import awaitable
from codemods.semantics.pytest.values.instances import (
    receiver_class,
)
from codemods.semantics.pytest.values.paths import infer_path

_NATURES = {Nature.PLAIN: Answer.SYNC, Nature.WRAPPED: Answer.ASYNC, Nature.STUCK: Answer.ASYNC}


@dataclass(frozen=True)
class Places:
    """The answering places for the calls of one file."""

    context: Context

    @property
    def all(self) -> Mapping[str, Callable[[ast.Call], Answer]]:
        """What each place says of a call, by the name of the place."""
        return {
            "awaitable": lambda call: awaitable(self.context.suite, call),
            "coroutines": self._coroutines,
            "kinds": self._kinds,
            "mock values": self._mock_values,
            "drives": self._drives,
        }

    @property
    def of_patch(self) -> Mapping[str, Callable[[ast.Call], Answer]]:
        """What is said of what a call calls: whether patch would put an AsyncMock in its place."""
        return {"patch targets": self._patch_targets}

    @cached_property
    def _known_coroutines(self) -> Coroutines:
        return Coroutines(self.context.suite)

    @cached_property
    def _driven(self) -> Mapping[ast.expr, Answer]:
        """What drivers run, which has to be awaited."""
        module = self.context.module
        found: dict[ast.expr, Answer] = {}
        by_helper = Drives(module, Calls(module)).by_helper
        for call in module.nodes(ast.Call):
            known = driver(module, call)
            if known is not None:
                found[known.argument] = Answer.ASYNC
            if call in by_helper:
                found[call.args[0]] = Answer.ASYNC
        return found

    def _coroutines(self, call: ast.Call) -> Answer:
        return Answer.ASYNC if self._known_coroutines.called(call) is not None else Answer.UNKNOWN

    def _kinds(self, call: ast.Call) -> Answer:
        path = infer_path(self.context.suite, call.func)
        return self.context.module.answers.callee(path).answer if path is not None else Answer.UNKNOWN

    def _mock_values(self, call: ast.Call) -> Answer:
        value = returned(self.context.suite, call)
        return Answer.UNKNOWN if value == MIXED else _NATURES.get(value.nature, Answer.UNKNOWN)

    def _patch_targets(self, call: ast.Call) -> Answer:
        if not isinstance(call.func, ast.Attribute):
            return Answer.UNKNOWN
        return patch_answer(self.context.suite, owned(self.context.suite, call.func.value, call.func.attr))

    def _drives(self, call: ast.Call) -> Answer:
        return self._driven.get(call, Answer.UNKNOWN)


def reason(context: Context, call: ast.Call) -> str:
    """Return why it may not be known what a call gives: what stands at the root of its callee."""
    node, below = call.func, 0
    while isinstance(node, (ast.Attribute, ast.Call, ast.Await)):
        below += 1
        node = node.func if isinstance(node, ast.Call) else node.value
    kind = "method of " if below else ""
    if not isinstance(node, ast.Name):
        return f"{kind}{'a literal' if isinstance(node, (ast.Constant, ast.JoinedStr)) else 'another expression'}"
    return kind + _of_name(context, node)


def _of_name(context: Context, node: ast.Name) -> str:
    module = context.module
    if receiver_class(module, node) is not None:
        return "self"
    bindings = module.scopes.lookup(node.id, node)[1]
    if not bindings:
        return "a built-in" if hasattr(builtins, node.id) else "an unbound name"
    if len(bindings) > 1:
        return "a name of several bindings"
    found, holder = bindings[0], module.parents.get(bindings[0])
    if isinstance(found, ast.arg):
        function = module.parents.get(holder) if holder is not None else None
        is_given = function in context.suite.fixture_nodes or function in context.suite.test_nodes
        return "a fixture's value" if is_given else "an argument"
    if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return "a definition of the file"
    if isinstance(found, (ast.Import, ast.ImportFrom, ast.alias)):
        return "an import"
    return "what with binds" if isinstance(holder, ast.withitem) else "a variable"
