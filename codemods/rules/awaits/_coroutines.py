"""Which calls give a coroutine for sure, so that nothing of what they are to do happens until they are awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.awaits.mocked import is_mocked, replaced_around, replaced_names
from codemods.model import Evidence
from codemods.semantics.answers import Answer
from codemods.semantics.asyncio_names import COROUTINE_FUNCTIONS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.attributes import UNKNOWN, Unknown
from codemods.semantics.pytest.local_fixtures import parameter_fixture
from codemods.semantics.pytest.suite import Fixture, Suite
from codemods.semantics.pytest.values.awaitable import called_functions, is_left_to_heirs
from codemods.semantics.pytest.values.instances import coroutine_function, receiver_class
from codemods.semantics.pytest.values.paths import infer_path

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_WAITING = frozenset({"sleep", "wait", "wait_for"})


@dataclass(frozen=True, slots=True)
class Coroutine:
    """A function whose calls are coroutines, as it is written, and where it is defined."""

    name: str
    evidence: tuple[Evidence, ...] = ()


class Coroutines:
    """The async functions that the expressions of one file name."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self._module = suite.module

    def called(self, call: ast.Call) -> Coroutine | None:
        """Return the async function that a call calls, None if it may be anything else."""
        return self.named(call.func)

    def named(self, node: ast.expr) -> Coroutine | None:
        """Return the async function that an expression stands for, None if it may be anything else."""
        found = self._named(node)
        if found is None or not replaced_around(self._module, node).isdisjoint(self._names(node)):
            return None
        return None if self._never_ends(node) else found

    def _never_ends(self, node: ast.expr) -> bool:
        """Return whether a call waits by a clock that stands still."""
        if asyncio_name(self._module.resolve(node)) not in _WAITING:
            return False
        from codemods.analysis.sleeping.fakes import fake  # few coroutines of asyncio are lost

        function = self._module.function_of(node)
        outermost = self._module.outermost(function) if function is not None else None
        return isinstance(outermost, _FUNCTIONS) and fake(self._suite, outermost) is not None

    def _named(self, node: ast.expr) -> Coroutine | None:
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        if not replaced_names(self._module).isdisjoint(self._names(node)):
            return None
        if asyncio_name(self._module.resolve(node)) in COROUTINE_FUNCTIONS:
            return Coroutine(self._text(node))
        if local := called_functions(self._suite, node):
            functions = [coroutine_function(self._module, each) for each in local]
            certain = set(functions) == {Answer.ASYNC} and not is_left_to_heirs(self._suite, node)
            return Coroutine(self._text(node), (self._module.evidence(local[0]),)) if certain else None
        return self._of_another_file(node)

    def _text(self, node: ast.expr) -> str:
        return " ".join(self._module.segment(node).split())

    def _names(self, node: ast.expr) -> Iterator[str]:
        """Yield the names in an expression that may be replaced; what a class keeps in its receiver is looked at."""
        whole = node
        while isinstance(node, (ast.Attribute, ast.Call, ast.Await)):
            if isinstance(node, ast.Attribute) and (node is whole or receiver_class(self._module, node.value) is None):
                yield node.attr
            node = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Name) and self._module.is_global(node):
            yield node.id

    def _of_another_file(self, node: ast.Name | ast.Attribute) -> Coroutine | None:
        """Ask the index; an alias of a function, or an attribute of what the file doesn't replace by a mock."""
        path = infer_path(self._suite, node)
        if path is None:
            return None
        known = self._module.answers.callee(path)
        if not known.is_coroutine_function:
            return None
        if is_mocked(self._suite, node) or self._gives_mock(node):
            return None
        return Coroutine(self._text(node), (known.evidence,) if known.evidence else ())

    def _gives_mock(self, node: ast.expr) -> bool:
        """Return whether the fixture at the root of an expression gives a mock, as its own file says, or may."""
        while isinstance(node, (ast.Attribute, ast.Call, ast.Await)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if (
            not isinstance(node, ast.Name)
            or receiver_class(self._module, node)
            or not _is_parameter(self._module, node)
        ):
            return False
        if isinstance(found := parameter_fixture(self._suite, node), (Fixture, Unknown)):
            return found is UNKNOWN
        return self._module.answers.fixture_value(node.id).is_mock


def _is_parameter(module: Module, node: ast.Name) -> bool:
    return any(isinstance(each, ast.arg) for each in module.bindings_of(node))
