"""What a generator function's annotation becomes when it is async."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.edits.functions import set_returns
from codemods.model import Edit, Import
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator

_ASYNC = {"Generator": "AsyncGenerator", "Iterator": "AsyncIterator", "Iterable": "AsyncIterable"}
_MODULES = ("typing", "collections.abc", "typing_extensions")


@dataclass(frozen=True, slots=True)
class Annotation:
    """The edit of an annotation, with what it needs and frees."""

    edit: Edit
    imports: tuple[Import, ...] = ()
    released: tuple[str, ...] = ()


def async_annotation(module: Module, node: Definition) -> Annotation | None:
    """Return what makes ``Generator[T, None, None]`` an ``AsyncGenerator[T, None]``, or None if that isn't said."""
    given = node.returns
    head = given.value if isinstance(given, ast.Subscript) else given
    if head is None or not is_generator(node):
        return None
    package, _, old = (module.resolve(head) or "").rpartition(".")
    if package not in _MODULES or old not in _ASYNC:
        return None
    written = _head(module, head, package, old)
    if written is None:
        return None
    text, imports, released = written
    if isinstance(given, ast.Subscript):
        text += f"[{_argument(module, given.slice, old)}]"
    return Annotation(set_returns(module, node, text), imports, released)


def _head(
    module: Module, head: ast.expr, package: str, old: str
) -> tuple[str, tuple[Import, ...], tuple[str, ...]] | None:
    new = _ASYNC[old]
    if isinstance(head, ast.Attribute):
        return f"{module.segment(head.value)}.{new}", (), ()
    bound = module.scopes.module_names().get(new, [])
    if not isinstance(head, ast.Name) or head.id != old or (bound and not all(map(_is_imported, bound))):
        return None
    return new, (Import(package, new),), (old,)


def _is_imported(binding: ast.AST) -> bool:
    return isinstance(binding, ast.ImportFrom) and binding.module in _MODULES


def _argument(module: Module, node: ast.expr, old: str) -> str:
    """Return the argument in brackets: what is yielded, and of a generator that nothing is sent."""
    first = node.elts[0] if isinstance(node, ast.Tuple) and old == "Generator" and node.elts else node
    return module.segment(first) + (", None" if old == "Generator" else "")
