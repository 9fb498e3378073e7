"""Classes of a library's own async ``TestCase``, with those of the file that derive from them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codemods.semantics.decorators import COROUTINES
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, own_nodes
from codemods.semantics.pytest.classes import PLAIN_BASES, local_class, local_heirs
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.runners import is_transparent, keeps_async
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.test_cases import ASYNC_NAMES, async_hooks, hook_doubt, methods, override

_DDT = "ddt."


@dataclass(frozen=True, slots=True)
class Family:
    """A class whose base is the library's, and the classes of the file below it; the class itself is the first."""

    bases: tuple[tuple[ast.ClassDef, int], ...]
    """Each class that names the library's base, and which of its bases that is."""
    members: tuple[ast.ClassDef, ...]

    @property
    def root(self) -> ast.ClassDef:
        """The class that all others derive from."""
        return self.members[0]


def families(module: Module, is_base: Callable[[str | None], bool]) -> Iterator[Family]:
    """Yield the classes of a library's base in source order."""
    for root in module.nodes(ast.ClassDef):
        if _indices(module, root, is_base):
            members = [root, *local_heirs(module, root)]
            found = [(each, index) for each in members for index in _indices(module, each, is_base)]
            yield Family(tuple(found), tuple(members))


def _indices(module: Module, node: ast.ClassDef, is_base: Callable[[str | None], bool]) -> list[int]:
    return [index for index, each in enumerate(node.bases) if is_base(module.resolve(each))]


def own_methods(module: Module, family: Family) -> list[Definition]:
    """Return the methods that the classes define."""
    found = (each for member in family.members for each in methods(module, member).values())
    return [each for each in found if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]


def doubt(suite: Suite, family: Family, is_known: Callable[[Decorator], bool]) -> str | None:
    """Return why the classes can't be ``IsolatedAsyncioTestCase``; ``is_known`` are the library's own decorators."""
    if not suite.is_test_module:
        return "classes of other files may derive from it, and have to change with it"
    return next(_doubts(suite, family, is_known), None)


def _doubts(suite: Suite, family: Family, is_known: Callable[[Decorator], bool]) -> Iterator[str]:
    for member in family.members:
        yield from _about_class(suite, family, member)
        for hook in async_hooks(suite.module, member):
            if (found := hook_doubt(suite, member, hook)) is not None:
                yield found
    yield from _about_hooks(suite.module, family)
    for node in own_methods(suite.module, family):
        yield from _about_method(suite, node, is_known)


def _about_class(suite: Suite, family: Family, member: ast.ClassDef) -> Iterator[str]:
    for decorator in suite.decorators(member):
        if not is_transparent(decorator) and not (decorator.name or "").startswith(_DDT):
            yield f"it can't be told what `{suite.module.segment(decorator.node)}` makes of `{member.name}`"
    if member.keywords:
        yield f"`{member.name}` has a metaclass"
    if (found := override(suite.module, member)) is not None:
        yield found
    for index, each in enumerate(member.bases):
        is_library = (member, index) in family.bases
        name = suite.module.resolve(each) or ast.unparse(each)
        if not is_library and local_class(suite.module, each) is None and name not in PLAIN_BASES:
            yield f"the base class {ast.unparse(each)} isn't known"


def _about_hooks(module: Module, family: Family) -> Iterator[str]:
    kinds: dict[str, set[type]] = {}
    for node in own_methods(module, family):
        if node.name in ASYNC_NAMES:
            kinds.setdefault(node.name, set()).add(type(node))
        elif node.name in ASYNC_NAMES.values():
            yield f"`{node.name}`, which nothing calls now, would be called"
    yield from (
        f"`{name}` is async in one class and sync in another" for name, found in kinds.items() if len(found) > 1
    )


def _about_method(suite: Suite, node: Definition, is_known: Callable[[Decorator], bool]) -> Iterator[str]:
    is_hook = node.name in ASYNC_NAMES
    if not is_hook and not node.name.startswith("test"):
        return
    if isinstance(node, ast.FunctionDef):
        decorated = any(each.name in COROUTINES for each in suite.decorators(node))
        if decorated or is_generator(node):
            yield f"`{node.name}` is a coroutine that isn't written with `async def`"
        elif not is_hook and any(isinstance(each, ast.Return) and each.value is not None for each in own_nodes(node)):
            yield f"`{node.name}` returns what may have to be awaited: write it with `async def`"
    elif not is_hook:
        yield from _about_decorators(suite, node, is_known)


def _about_decorators(suite: Suite, node: ast.AsyncFunctionDef, is_known: Callable[[Decorator], bool]) -> Iterator[str]:
    for each in suite.decorators(node):
        if not (is_known(each) or keeps_async(suite.module, each)):
            yield f"it can't be told what `{suite.module.segment(each.node)}` makes of `{node.name}`"
