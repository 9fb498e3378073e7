"""What kind of test class a class is, as far as its own file can tell."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from codemods.semantics.answers import ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once


@dataclass(frozen=True, slots=True)
class ClassType:
    """The kind of a class, and the dotted name of the base that decided it."""

    kind: ClassKind
    base: str | None = None


Node = TypeVar("Node", bound=Hashable)
PLAIN_BASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
_TEST_CASES = frozenset({"TestCase", "SimpleTestCase", "TransactionTestCase", "LiveServerTestCase"})


@once
def class_type(module: Module, node: ast.ClassDef, depth: int = 16) -> ClassType:
    """Return whether pytest or unittest runs the methods of a class, or that it can't be known."""
    unknown: ClassType | None = None
    for base in node.bases:
        found = _base_type(module, base, depth)
        if found.kind is ClassKind.TEST_CASE:
            return found
        if found.kind is ClassKind.UNKNOWN:
            unknown = unknown or found
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
    foreign = module.answers.definition(name)
    if foreign is None or foreign.kind is None:
        return ClassType(ClassKind.UNKNOWN, name)
    return ClassType(foreign.kind, foreign.base)


def local_class(module: Module, base: ast.expr) -> ast.ClassDef | None:
    """Return the class of the same file that an expression names, if there is exactly one."""
    if not isinstance(base, ast.Name):
        return None
    _, found = module.scopes.lookup(base.id, base)
    return found[0] if len(found) == 1 and isinstance(found[0], ast.ClassDef) else None


@once
def local_bases(module: Module, node: ast.ClassDef) -> list[ast.ClassDef]:
    """Return the class itself and all its bases that the file defines, nearest first."""
    found = {node: None}
    waiting = [node]
    for each in waiting:
        new = [base for expr in each.bases if (base := local_class(module, expr)) and base not in found]
        found |= dict.fromkeys(new)
        waiting += dict.fromkeys(new)
    return waiting


@once
def local_mro(module: Module, node: ast.ClassDef) -> list[ast.ClassDef | None]:
    """Return a class and its bases as Python looks through them, None for one that may have any attribute."""
    return linearized(node, lambda each: [local_class(module, base) for base in open_bases(module, each)])


def open_bases(module: Module, node: ast.ClassDef) -> list[ast.expr]:
    """Return the bases of a class that may have fixtures: those of the standard library have none."""
    named = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return [base for base in named if not _has_no_fixture(module.resolve(base) or ast.unparse(base))]


def _has_no_fixture(name: str) -> bool:
    return name in PLAIN_BASES or ("." in name and name.partition(".")[0] in sys.stdlib_module_names)


def linearized(
    start: Node, bases: Callable[[Node], Sequence[Node | None]], known: dict[Node, list[Node | None]] | None = None
) -> list[Node | None]:
    """Return a class and all its bases in the order of Python's C3; a base that isn't known stays as None.

    ``known`` holds the orders of classes that were asked for before, and is added to, but not where a circle was cut.
    """
    done: dict[Node, list[Node | None]] = {}
    known = {} if known is None else known
    waiting, is_circle = [start], False
    while waiting:
        own = bases(node := waiting[-1])
        missing = [each for each in own if each is not None and each not in done and each not in known]
        if node not in done and missing:
            done[node] = [node]  # cuts circles
            waiting += reversed(missing)
        else:
            waiting.pop()
            is_circle = is_circle or any(each in waiting for each in own)
            rows = [[None] if each is None else known.get(each) or done[each] for each in own]
            done[node] = [node, *(rows[0] if len(rows) == 1 else _merged([*rows, own]))]
    if not is_circle:
        known.update(done)
    return done[start]


def _merged(rows: Iterable[Sequence[Node | None]]) -> list[Node | None]:
    found: list[Node | None] = []
    left = [list(row) for row in rows if row]
    while left:
        tails = {each for row in left for each in row[1:]}
        head = next((row[0] for row in left if row[0] not in tails), left[0][0])
        found.append(head)
        left = [kept for row in left if (kept := [each for each in row if each != head])]
    return found


def local_heirs(module: Module, node: ast.ClassDef) -> Sequence[ast.ClassDef]:
    """Return the classes of the file, in source order, that have the class among their bases, itself left out."""
    return _heirs(module).get(node, ())


def with_heirs(module: Module, node: ast.ClassDef) -> list[ast.ClassDef]:
    """Return a class and those that have it among their bases, in source order."""
    return sorted((node, *local_heirs(module, node)), key=lambda each: (each.lineno, each.col_offset))


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
