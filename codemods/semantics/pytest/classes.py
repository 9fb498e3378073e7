"""What kind of test class a class is, as far as its own file can tell."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from codemods.semantics.answers import ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_standard
from codemods.semantics.file.order import Definition, position
from codemods.semantics.memo import once
from codemods.semantics.project.inheritance import linear


@dataclass(frozen=True, slots=True)
class ClassType:
    """The kind of a class, and the dotted name of the base that decided it."""

    kind: ClassKind
    base: str | None = None


PLAIN_BASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
_ROOT = "unittest.TestCase"
_TEST_CASES = frozenset({"TestCase", "SimpleTestCase", "TransactionTestCase", "LiveServerTestCase"})


@once
def class_type(module: Module, node: ast.ClassDef, depth: int = 16) -> ClassType:
    """Return whether pytest or unittest runs the methods of a class, or that it can't be known."""
    unknown: ClassType | None = None
    plain: ClassType | None = None
    for base in node.bases:
        found = _base_type(module, base, depth)
        if found.kind is ClassKind.TEST_CASE and found.base != _ROOT:
            return found
        if found.kind is ClassKind.TEST_CASE:
            plain = found  # what the others add to it goes in front of it
        if found.kind is ClassKind.UNKNOWN:
            unknown = unknown or found
    if plain is not None:
        return plain
    if node.keywords and not unknown:
        return _metaclass(node)
    return unknown or ClassType(ClassKind.PLAIN)


def _metaclass(node: ast.ClassDef) -> ClassType:
    names = [ast.unparse(keyword.value) for keyword in node.keywords]
    return ClassType(ClassKind.PLAIN) if names == ["ABCMeta"] else ClassType(ClassKind.UNKNOWN, names[0])


def _base_type(module: Module, base: ast.expr, depth: int) -> ClassType:
    if isinstance(base, ast.Subscript):
        base = base.value
    if (local := local_class(module, base)) is not None and depth:
        return class_type(module, local, depth - 1)
    name = module.resolve(base) or ast.unparse(base)
    if name in PLAIN_BASES:
        return ClassType(ClassKind.PLAIN)
    known = name.partition(".")[0] in (
        "unittest",
        "django",
        "twisted",
        "tornado",
        "asynctest",
        "aiounittest",
        "aiohttp",
    )
    if known and (name.rpartition(".")[2] in _TEST_CASES or name.endswith("TestCase")):
        return ClassType(ClassKind.TEST_CASE, name)
    definition = module.answers.definition(name)
    if definition is None or definition.kind is None:
        return ClassType(ClassKind.UNKNOWN, name)
    return ClassType(definition.kind, definition.base)


def test_case_of(module: Module, node: Definition) -> ast.ClassDef | None:
    """Return the class of unittest of which a function is a method."""
    owner = module.class_of(node)
    return owner if owner is not None and class_type(module, owner).kind is ClassKind.TEST_CASE else None


def local_class(module: Module, base: ast.expr) -> ast.ClassDef | None:
    """Return the class of the same file that an expression names, if there is exactly one."""
    found = module.only_binding(base)
    return found if isinstance(found, ast.ClassDef) else None


def local_bases(module: Module, node: ast.ClassDef) -> list[ast.ClassDef]:
    """Return the class itself and all its bases that the file defines, in the order in which Python looks through."""
    return [each for each in local_mro(module, node) if each is not None]


@once
def local_mro(module: Module, node: ast.ClassDef) -> list[ast.ClassDef | None]:
    """Return a class and its bases as Python looks through them, None for one that may have any attribute."""
    return linear(node, partial(_local_bases, module), _orders(module))


@once
def _orders(module: Module) -> dict[ast.ClassDef, list[ast.ClassDef | None]]:
    """Return where the orders of a file's classes are kept."""
    return {}


@once
def _local_bases(module: Module, node: ast.ClassDef) -> list[ast.ClassDef | None]:
    return [local_class(module, base) for base in open_bases(module, node)]


def has_constructor(classes: Iterable[tuple[Module, ast.ClassDef]]) -> bool:
    """Return whether a class, given with its bases, has a constructor, so that pytest makes no instance of it."""
    return any(not {"__init__", "__new__"}.isdisjoint(module.scopes.names(each)) for module, each in classes)


def is_no_test(classes: Iterable[tuple[Module, ast.ClassDef]]) -> bool:
    """Return whether ``__test__`` keeps pytest from a class, which is given with its bases in their order."""
    found = ((module, module.scopes.bindings(each, "__test__")) for module, each in classes)
    module, nodes = next((each for each in found if each[1]), (None, []))
    return any(_is_false(module.parents[each]) for each in nodes) if module is not None else False


def _is_false(node: ast.AST) -> bool:
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, ast.Constant) and not value.value


def open_bases(module: Module, node: ast.ClassDef) -> list[ast.expr]:
    """Return the bases of a class that may have fixtures: those of the standard library have none."""
    named = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return [base for base in named if not _has_no_fixture(module.resolve(base) or ast.unparse(base))]


def _has_no_fixture(name: str) -> bool:
    return name in PLAIN_BASES or ("." in name and is_standard(name))


def local_heirs(module: Module, node: ast.ClassDef) -> Sequence[ast.ClassDef]:
    """Return the classes of the file, in source order, that have the class among their bases, itself left out."""
    return _heirs(module).get(node, ())


def with_heirs(module: Module, node: ast.ClassDef) -> list[ast.ClassDef]:
    """Return a class and those that have it among their bases, in source order."""
    return sorted((node, *local_heirs(module, node)), key=position)


@once
def _heirs(module: Module) -> Mapping[ast.ClassDef, list[ast.ClassDef]]:
    found: defaultdict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
    for each in module.nodes(ast.ClassDef):
        for base in local_bases(module, each)[1:]:
            found[base].append(each)
    return dict(found)


def owning_class(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """Return the class in whose body a function stands."""
    owner = module.scopes.scope_of(node)
    return owner if isinstance(owner, ast.ClassDef) else None
