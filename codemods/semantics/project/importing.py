"""Whether a file uses what another one defines."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import source_of

_IMPORTING = frozenset({"import_module", "__import__", "importorskip"})
Leads = Callable[[str], bool]
"""Whether a dotted name, as a file says it, leads to the module that is asked about."""


def use_of(module: Module, stem: str, name: str, leads: Leads) -> ast.AST | None:
    """Return where a file uses a name of another module, by whichever way it gets there.

    An import by name is a use, whatever becomes of it: where there is no such name, it fails.

    Args:
        module: The file that may use it.
        stem: The last part of the other module's name.
        name: The name.
        leads: Whether a dotted name leads to the other module.
    """
    if (node := _imported(module, name, leads)) is not None:
        return node
    if any(map(leads, _modules(module))):
        called = any(map(leads, _loaded(module)))
        attributes = module.attributes.get(name, ())
        found: list[ast.expr] = [each for each in attributes if _is_of(module, each, leads, called)]
        found += [each for each in module.nodes(ast.Constant) if each.value == name]
        if found:
            return found[0]
    return _in_string(module, stem, name)


def gives_all_on(module: Module, leads: Leads) -> bool:
    """Return whether a file imports all names of another module, and so has them for others."""
    return any(leads(source_of(each)) for each in module.star_imports)


def _imported(module: Module, name: str, leads: Leads) -> ast.AST | None:
    for node in module.nodes(ast.ImportFrom):
        given = {each.name for each in node.names}
        if (name in given or ("*" in given and _mentions(module, name))) and leads(source_of(node)):
            return node
    return None


def _mentions(module: Module, name: str) -> bool:
    return name in module.loads or name in module.strings


def _modules(module: Module) -> Iterator[str]:
    """Yield the dotted names of what may be modules that a file imports."""
    for statement in module.nodes(ast.Import):
        yield from (each.name for each in statement.names)
    for node in module.nodes(ast.ImportFrom):
        source = source_of(node)
        yield from (source + ("" if source.endswith(".") else ".") + each.name for each in node.names)
    yield from _loaded(module)


def _loaded(module: Module) -> Iterator[str]:
    """Yield the dotted names of the modules that a file imports by a call."""
    for call in module.nodes(ast.Call):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in _IMPORTING:
                yield first.value


def _is_of(module: Module, node: ast.Attribute, leads: Leads, called: bool) -> bool:
    """Say whether an attribute is taken of the module, or may be where the file has that by a call."""
    owner = module.resolve(node.value)
    return leads(owner) if owner is not None else called


def _in_string(module: Module, stem: str, name: str) -> ast.AST | None:
    if stem not in module.string_text or name not in module.string_text:
        return None
    word = dotted(stem, name)
    texts = (each for each in module.nodes(ast.Constant) if isinstance(each.value, str))
    return next((each for each in texts if word.search(str(each.value))), None)


def dotted(stem: str, name: str) -> re.Pattern[str]:
    """Return what finds a name of a module as a text has it: a patch target, an entry point."""
    return re.compile(rf"(?<!\w){re.escape(stem)}[.:]{re.escape(name)}\b")
