"""What a file takes from asynctest: its imports, and every place that uses one of their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position

ImportStatement = ast.Import | ast.ImportFrom
COROUTINE_MOCK = "CoroutineMock"
TEST_CASE = "TestCase"
CHECKS = frozenset({"fail_on", "ignore_loop", "lenient", "strict"})
"""The decorators that say what asynctest checks after a test."""
_MODULES = ("_fail_on", "case", "helpers", "mock", "selector")
IDENTICAL = frozenset({"ANY", "DEFAULT", "PropertyMock", "call", "sentinel"})
"""What is the very same object in ``unittest.mock``."""
MOCKS = IDENTICAL | {"MagicMock", "Mock", "NonCallableMagicMock", "NonCallableMock", "create_autospec", "mock_open",
                     "patch"}  # fmt: skip
"""What ``unittest.mock`` has by the same name."""
UNITTEST = frozenset({"IsolatedAsyncioTestCase", "SkipTest", "TestLoader", "TestResult", "TestSuite", "TextTestResult",
                      "TextTestRunner", "defaultTestLoader", "expectedFailure", "main", "skip", "skipIf",
                      "skipUnless"})  # fmt: skip
"""What asynctest took from ``unittest``."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A name at the top of a file that stands for asynctest, a module of it, or something that it has."""

    statement: ImportStatement
    bound: str
    dotted: str

    @property
    def name(self) -> str:
        """What of asynctest it stands for; empty for the package and its modules."""
        return name_of(self.dotted)


@dataclass(frozen=True, slots=True)
class Use:
    """A place that reaches something of asynctest; its name is empty where that is a module itself."""

    node: ast.Name | ast.Attribute
    name: str
    binding: Binding


def name_of(dotted: str) -> str:
    """Return ``patch`` for ``asynctest.patch`` and ``asynctest.mock.patch``, and nothing for a module."""
    parts = dotted.split(".")[1:]
    return ".".join(parts[1:] if parts and parts[0] in _MODULES else parts)


def is_asynctest(dotted: str | None) -> bool:
    """Return whether a dotted name is asynctest's."""
    return dotted is not None and dotted.partition(".")[0] == "asynctest"


def bindings(module: Module) -> list[Binding]:
    """Return the names that the imports at the top of a file take from asynctest, in their order."""
    found: list[Binding] = []
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and is_asynctest(node.module):
            found += [Binding(node, each.asname or each.name, f"{node.module}.{each.name}") for each in node.names]
        elif isinstance(node, ast.Import):
            found += [_imported(node, each) for each in node.names if is_asynctest(each.name)]
    return found


def _imported(node: ast.Import, alias: ast.alias) -> Binding:
    return Binding(node, alias.asname or "asynctest", alias.name if alias.asname else "asynctest")


def uses(module: Module, bound: list[Binding]) -> list[Use]:
    """Return all places that use what is bound, in source order."""
    statements = {each.statement for each in bound}
    by_name = {each.bound: each for each in bound}
    found = [
        _use(module, node, binding)
        for name, binding in by_name.items()
        for node in module.loads.get(name, ())
        if (seen := module.scopes.lookup(name, node)[1]) and statements.issuperset(seen)
    ]
    return sorted(found, key=lambda each: position(each.node))


def _use(module: Module, node: ast.Name, binding: Binding) -> Use:
    dotted, reached = binding.dotted, node
    place: ast.Name | ast.Attribute = reached
    while not name_of(dotted) and isinstance(parent := module.parents[place], ast.Attribute):
        dotted, place = f"{dotted}.{parent.attr}", parent
    return Use(place, name_of(dotted), binding)


def call_of(module: Module, node: ast.expr) -> ast.Call | None:
    """Return the call of an expression, or of what hangs below it: of ``patch`` also ``patch.object(…)``."""
    parent = module.parents[node]
    while isinstance(parent, ast.Attribute):
        node, parent = parent, module.parents[parent]
    return parent if isinstance(parent, ast.Call) and parent.func is node else None


def decorated(module: Module, call: ast.Call) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the function that a call decorates."""
    parent = module.parents[call]
    if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)) and call in parent.decorator_list:
        yield parent
