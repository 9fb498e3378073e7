"""Whether anything but pytest calls a test or fixture, as far as its file tells."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_class, with_heirs
from codemods.semantics.pytest.values.instances import receiver_class

_OBJECTS = frozenset({"cls", "instance"})
"""The attributes of ``request`` that are the class or the object of a test."""


def called_by_name(module: Module, node: Definition) -> bool:
    """Return whether a file calls a test or fixture, or passes it on, by its name, or may."""
    owner = module.class_of(node)
    uses = module.attributes.get(node.name, ()) if owner is not None else ()
    may_be = owner is not None and any(_may_be_of(module, owner, each.value) for each in uses)
    return may_be or bool(module.reads(node, node.name))


def _may_be_of(module: Module, owner: ast.ClassDef, node: ast.expr) -> bool:
    """Return whether an expression may be a class, or an object of it: pytest alone makes those of most."""
    objects = with_heirs(module, owner)
    known = receiver_class(module, node) or local_class(module, node)
    if known is not None:
        return not set(objects).isdisjoint(with_heirs(module, known))
    if module.resolve(node) is not None:
        return False
    is_super = isinstance(node, ast.Call) and module.unbound_name(node.func) == "super"
    is_asked = isinstance(node, ast.Attribute) and node.attr in _OBJECTS
    return is_super or is_asked or not _handed_on(module).isdisjoint(objects)


@once
def _handed_on(module: Module) -> frozenset[ast.ClassDef]:
    """Return the classes that a file calls or gives to something, or of which it gives an object to something."""
    classes = module.nodes(ast.ClassDef)
    named = {each for each in classes if any(_is_given(module, read) for read in module.reads(each, each.name))}
    reads = (each for each in module.nodes(ast.Name) if not isinstance(module.parents[each], ast.Attribute))
    receivers = set(filter(None, (receiver_class(module, each) for each in reads)))
    return frozenset((*named, *(heir for each in receivers for heir in with_heirs(module, each))))


def _is_given(module: Module, read: ast.Name) -> bool:
    """Return whether a class that is read there is no base of another, and no attribute of it is read."""
    return not isinstance(module.parents[read], (ast.ClassDef, ast.Attribute))
