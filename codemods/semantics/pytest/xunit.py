"""The async set-up and tear-down functions that pytest finds by their names."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import PLAIN_BASES, local_bases, local_class, with_heirs
from codemods.semantics.pytest.suite import Suite, Test

_OF_CLASSES = {"method": ("setup_method", "teardown_method"), "nose": ("setup", "teardown"),
               "class": ("setup_class", "teardown_class")}  # fmt: skip
_OF_MODULES = {"module": ("setup_module", "teardown_module"), "function": ("setup_function", "teardown_function")}


@dataclass(frozen=True, slots=True)
class Hooks:
    """The async hooks of one level of one class or module; a sync one of the pair isn't among them."""

    owner: ast.ClassDef | ast.Module
    level: str
    setup: ast.AsyncFunctionDef | None
    teardown: ast.AsyncFunctionDef | None
    tests: tuple[Test, ...]
    """The tests that the file shows to run with them."""

    @property
    def nodes(self) -> tuple[ast.AsyncFunctionDef, ...]:
        """The hooks that are there."""
        return tuple(each for each in (self.setup, self.teardown) if each)

    @property
    def scope(self) -> str:
        """How long what they set up lasts, in the words of a fixture's ``scope``."""
        return self.level if self.level in ("class", "module") else "function"


def xunit_hooks(suite: Suite) -> Iterator[Hooks]:
    """Yield the async hooks of a test module, those of a ``TestCase`` left out: unittest has names of its own."""
    if not suite.is_test_module:
        return
    yield from _of(suite, suite.module.tree, _OF_MODULES, tuple(suite.tests))
    for owner in suite.module.nodes(ast.ClassDef):
        tests = tuple(_tests_of(suite, owner))
        if tests and not any(test.test_case for test in tests):
            yield from _of(suite, owner, _OF_CLASSES, tests)


def _of(
    suite: Suite, owner: ast.ClassDef | ast.Module, levels: dict[str, tuple[str, str]], tests: tuple[Test, ...]
) -> Iterator[Hooks]:
    for level, (setup, teardown) in levels.items():
        hooks = Hooks(owner, level, _hook(suite, owner, setup), _hook(suite, owner, teardown), tests)
        if hooks.nodes:
            yield hooks


def _hook(suite: Suite, owner: ast.AST, name: str) -> ast.AsyncFunctionDef | None:
    """Return the async function that a class or module binds to a name once, and that isn't a fixture."""
    found = suite.module.scopes.bindings(owner, name)
    node = found[0] if len(found) == 1 else None
    if isinstance(node, ast.AsyncFunctionDef) and suite.module.parents[node] is owner:
        return None if node in suite.fixture_nodes else node
    return None


def _tests_of(suite: Suite, owner: ast.ClassDef) -> Iterator[Test]:
    """Yield the tests of a class, of the classes made from it, and of what these have for other bases."""
    related = {each for heir in heirs(suite, owner) for each in local_bases(suite.module, heir)}
    found = [pair for each in related for pair in _tests_by_owner(suite).get(each, ())]
    return (test for _, test in sorted(found, key=itemgetter(0)))


@once
def _tests_by_owner(suite: Suite) -> Mapping[ast.AST, list[tuple[int, Test]]]:
    found: defaultdict[ast.AST, list[tuple[int, Test]]] = defaultdict(list)
    for index, test in enumerate(suite.tests):
        found[suite.module.scopes.scope_of(test.node)].append((index, test))
    return dict(found)


def heirs(suite: Suite, owner: ast.ClassDef) -> list[ast.ClassDef]:
    """Return the classes of the file that are made from a class, itself included."""
    return with_heirs(suite.module, owner)


def external_base(suite: Suite, owner: ast.ClassDef) -> str | None:
    """Return the name of a base that the file doesn't define: it may be a ``TestCase``, or call the hooks itself."""
    for heir in heirs(suite, owner):
        for each in local_bases(suite.module, heir):
            for base in each.bases:
                name = suite.module.resolve(base) or ast.unparse(base)
                if local_class(suite.module, base) is None and name not in PLAIN_BASES:
                    return name
    return None
