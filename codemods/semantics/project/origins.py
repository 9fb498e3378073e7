"""What expressions and annotations stand for, as origins: see ``outline``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.order import PLAIN_NODES
from codemods.semantics.project.outline import (
    ARGUMENT,
    ASYNC,
    AWAITABLE,
    PLAIN,
    SYNC,
    UNKNOWN,
    AnyOf,
    Constant,
    Origin,
    paths,
)

AWAITABLES = frozenset(
    f"{module}.{name}"
    for module, names in {
        "typing": ("Awaitable", "Coroutine"),
        "collections.abc": ("Awaitable", "Coroutine"),
        "types": ("CoroutineType",),
    }.items()
    for name in names
)
"""The classes whose instances are only there to be awaited; a task or a future is cancelled and watched as well."""
_PLAIN_NAMES = frozenset(
    [
        "None",
        "bool",
        "int",
        "float",
        "complex",
        "str",
        "bytes",
        "bytearray",
        "list",
        "dict",
        "set",
        "frozenset",
        "tuple",
        "List",
        "Dict",
        "Set",
        "FrozenSet",
        "Tuple",
        "Literal",
        "Sequence",
        "Iterable",
        "Iterator",
        "Mapping",
        "MutableMapping",
        "Generator",
        "AsyncIterator",
        "AsyncIterable",
        "AsyncGenerator",
    ]
)
_UNKNOWN_NAMES = frozenset({"Any", "object", "Callable", "NoReturn", "Never"})
_WRAPPERS = frozenset({"Annotated", "ClassVar", "Final", "Required", "NotRequired"})


_CASTS = (("cast",), ("typing", "cast"))
_SUPER = ("super",)
_DEPTH = 32
"""How deep expressions and annotations are read: attributes of results of attributes, types in types."""
_LONGEST = 2000
"""Quoted annotations with more characters aren't read."""
_MOST = 32
"""How many paths one of which something is are told apart."""


def origin(node: ast.expr | None, local: Mapping[str, Origin], depth: int = _DEPTH) -> Origin:
    """Return what an expression stands for; ``local`` are the origins of the names that its function binds."""
    kind = type(node)
    if not depth:
        return UNKNOWN
    if kind is ast.Name:
        return local.get(node.id) or AccessPath((node.id,))  # type: ignore[union-attr]
    if kind is ast.Attribute:
        base = origin(node.value, local, depth - 1)  # type: ignore[union-attr]
        return base.attribute(node.attr) if isinstance(base, AccessPath) else UNKNOWN  # type: ignore[union-attr]
    if kind is ast.Call:
        return _called(node, local, depth - 1)  # type: ignore[arg-type]
    if node is None or isinstance(node, PLAIN_NODES):
        return PLAIN
    if kind is ast.Await:
        base = origin(node.value, local, depth - 1)  # type: ignore[attr-defined]
        return base.awaited if isinstance(base, AccessPath) else UNKNOWN
    if isinstance(node, ast.BoolOp):
        # Whatever else may stand for it has to be of the type that is declared.
        first = node.values[0]
        declared = local.get(first.id, UNKNOWN) if isinstance(first, ast.Name) else UNKNOWN
        if not isinstance(declared, Constant) and isinstance(node.op, ast.Or):
            return declared
        return either(origin(each, local, depth - 1) for each in node.values if not _is_given(each, local))
    if isinstance(node, ast.IfExp):
        parts = (node.body, node.orelse)
        return either(origin(each, local, depth - 1) for each in parts if not _is_given(each, local))
    return UNKNOWN


def _is_given(node: ast.expr, local: Mapping[str, Origin]) -> bool:
    """Return whether an expression is an argument without annotation: ``client`` of ``client or Client()``."""
    return isinstance(node, ast.Name) and local.get(node.id) == ARGUMENT


def _called(node: ast.Call, local: Mapping[str, Origin], depth: int) -> Origin:
    base = origin(node.func, local, depth)
    if not isinstance(base, AccessPath):
        return AWAITABLE if base is ASYNC else UNKNOWN
    if base.steps in _CASTS and node.args:
        return annotation(node.args[0], depth=depth)
    return base.called if base.steps != _SUPER else UNKNOWN


def either(origins: Iterable[Origin]) -> Origin:
    """Return what is one of several, of which ``None`` and the like say nothing."""
    found = dict.fromkeys(one for each in origins for one in paths(each) or (each,))
    others = [each for each in found if each is not PLAIN]
    if len(others) < 2:
        return UNKNOWN if others == [AWAITABLE] and len(found) > 1 else (*others, PLAIN)[0]
    several = tuple(each for each in others if isinstance(each, AccessPath))
    return AnyOf(several) if len(several) == len(others) <= _MOST else UNKNOWN


def dotted(node: ast.expr) -> str | None:
    """Return the text of a name with attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(names))) if isinstance(node, ast.Name) else None


def named(node: ast.expr) -> Origin:
    """Return the path of a name with attributes; unknown for anything else."""
    text = dotted(node)
    return AccessPath.local(text) if text is not None else UNKNOWN


def annotation(node: ast.expr | None, awaitables: Collection[str] = (), depth: int = _DEPTH) -> Origin:
    """Return what an annotation says of a value: that it is an instance, awaitable, or to be called so and so.

    ``awaitables`` are the names of the module that stand for one of ``AWAITABLES``.
    """
    if not depth:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return _quoted(node.value, awaitables, depth - 1) if isinstance(node.value, str) else PLAIN
    if isinstance(node, ast.Subscript):
        return _generic(node, awaitables, depth - 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return either(annotation(each, awaitables, depth - 1) for each in (node.left, node.right))
    text = dotted(node) if node is not None else None
    return _named(text, awaitables) if text else UNKNOWN


def _quoted(text: str, awaitables: Collection[str], depth: int) -> Origin:
    if len(text) > _LONGEST:
        return UNKNOWN
    try:
        return annotation(ast.parse(text, mode="eval").body, awaitables, depth)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN


def _named(text: str, awaitables: Collection[str]) -> Origin:
    last = text.rpartition(".")[2]
    if last in _PLAIN_NAMES:
        return PLAIN
    if text in awaitables:
        return AWAITABLE
    if last in _UNKNOWN_NAMES:
        return UNKNOWN
    return AccessPath.local("self") if last == "Self" else AccessPath.local(text).called


def _generic(node: ast.Subscript, awaitables: Collection[str], depth: int) -> Origin:
    text = dotted(node.value)
    last = text.rpartition(".")[2] if text else ""
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if not inner:
        return UNKNOWN
    if last in ("Optional", "Union"):
        found = [annotation(each, awaitables, depth) for each in inner]
        return either([*found, *([PLAIN] if last == "Optional" else [])])
    if last in _WRAPPERS:
        return annotation(inner[0], awaitables, depth)
    if last in ("type", "Type"):
        return named(inner[0])
    if last == "Callable":
        given = annotation(inner[-1], awaitables, depth)
        return ASYNC if given is AWAITABLE else SYNC if given is PLAIN else UNKNOWN
    return _named(text, awaitables) if text else UNKNOWN
