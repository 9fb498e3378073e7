"""The first line that gives an async function the loop that it runs in."""

from __future__ import annotations

import ast

from codemods.analysis.loops.parameter import GETTER, NAME, loop_parameter, reads, reads_locals
from codemods.edits.functions import prepend_statement, remove_parameter
from codemods.edits.statements import replace_statement, set_value
from codemods.model import Edit, Fix, Import, Leftover
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.context import Context


def first_line(
    context: Context, node: Definition, name: str = NAME
) -> tuple[tuple[Edit, ...], tuple[Import, ...]] | None:
    """Return what binds ``name`` to the running loop, and the imports it needs; None if asyncio is taken.

    Where all that is done with it is to give it another name, that one is bound instead, and where it is only returned,
    the running loop is returned.
    """
    written = context.reference(GETTER, node.body[0])
    if written is None:
        return None
    if (other := _other_name(context.module, node, name)) is not None:
        return (set_value(context.module, other, f"{written.text}()"),), written.imports
    if (given := _only_given(context.module, node, name)) is not None:
        keyword = "return" if isinstance(given, ast.Return) else "yield"
        return (replace_statement(context.module, given, f"{keyword} {written.text}()"),), written.imports
    edit = prepend_statement(context.module, node, f"{name} = {written.text}()")
    return (edit,), written.imports


def leftover(module: Module, node: Definition, name: str = NAME) -> tuple[Leftover, ...]:
    """Return the variable for the loop, where all that reads it are arguments ``loop``, which PAM712 may take away."""
    found = reads(module, node, name)
    passed = [each for each in found if getattr(module.parents[each], "arg", None) == "loop"]
    return (Leftover(f"{module.qualname(node)}.{name}"),) if passed else ()


def _other_name(module: Module, node: Definition, name: str) -> ast.Assign | None:
    """Return the statement that is the only one to read a parameter, to bind it to another name."""
    found = reads(module, node, name)
    parent = module.parents[found[0]] if len(found) == 1 else None
    inside = isinstance(parent, ast.Assign) and module.scopes.scope_of(parent) is node
    if not isinstance(parent, ast.Assign) or not inside or reads_locals(node, name):
        return None
    return parent if len(parent.targets) == 1 and parent.value is found[0] else None


def _only_given(module: Module, node: Definition, name: str) -> ast.Return | ast.Expr | None:
    """Return the statement that is the only one to read a parameter, to return or yield it."""
    found = reads(module, node, name)
    parent = module.parents[found[0]] if len(found) == 1 and not reads_locals(node, name) else None
    given = module.parents[parent] if isinstance(parent, ast.Yield) else parent
    if isinstance(given, ast.Return) or (isinstance(given, ast.Expr) and given.value is parent):
        return given if module.scopes.scope_of(given) is node else None
    return None


def without_parameter(context: Context, node: Definition) -> Fix | None:
    """Return what takes the parameter away, and binds its name to the running loop if it is read.

    None if asyncio is another name there.
    """
    edits: tuple[Edit, ...] = (remove_parameter(context.module, node, NAME),)
    imports: tuple[Import, ...] = ()
    if is_read(context, node):
        if (added := first_line(context, node)) is None:
            return None
        edits, imports = (*edits, *added[0]), added[1]
    return Fix(edits, imports, (*annotated_names(node), *leftover(context.module, node)))


def is_read(context: Context, node: Definition) -> bool:
    """Return whether a function does anything with the loop that it asks for."""
    return bool(reads(context.module, node)) or reads_locals(node)


def annotated_names(node: Definition, name: str = NAME) -> tuple[str, ...]:
    """Return the names that the annotation of the parameter may have been the last to use."""
    parameter = loop_parameter(node, name)
    annotation = parameter.annotation if parameter else None
    return tuple(each.id for each in walk(annotation) if isinstance(each, ast.Name)) if annotation else ()
