"""Which function of the file a call reaches, and from where a function is called."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, position
from codemods.semantics.pytest.classes import local_bases, local_class, local_heirs
from codemods.semantics.pytest.values.instances import local_function, receiver_class


class Calls:
    """The calls of a file's own functions: by name, or as methods of ``self``, ``cls`` or the class."""

    def __init__(self, module: Module) -> None:
        """Look at one file."""
        self._module = module
        self._uses: defaultdict[ast.AST, list[ast.expr]] | None = None
        self._unknown: defaultdict[str, list[ast.Attribute]] = defaultdict(list)

    def target(self, callee: ast.expr) -> Definition | None:
        """Return the function of the file that an expression names, if there is exactly one."""
        if isinstance(callee, ast.Name):
            return local_function(self._module, callee)
        owner = self._class_of(callee.value) if isinstance(callee, ast.Attribute) else None
        for each in local_bases(self._module, owner) if owner is not None else ():
            if bound := self._module.scopes.bindings(each, callee.attr):  # type: ignore[attr-defined]
                return _definition(bound)
        return None

    def _class_of(self, node: ast.expr) -> ast.ClassDef | None:
        """Return the class whose object, or which itself, an expression is."""
        return local_class(self._module, node) or receiver_class(self._module, node)

    def uses(self, node: Definition) -> list[ast.expr]:
        """Return the places that name a function, calls or not."""
        if self._uses is None:
            self._uses = defaultdict(list)
            for name, target in self._named():
                self._uses[target].append(name)
        return self._uses[node]

    def unknown(self, node: Definition) -> list[ast.Attribute]:
        """Return the attributes that have the name of a function and of which it can't be told whose they are."""
        self.uses(node)
        return self._unknown[node.name]

    def _named(self) -> Iterator[tuple[ast.expr, Definition]]:
        known = {each.name for each in self._module.definitions}
        names: list[ast.expr] = [each for name in known for each in self._module.loads.get(name, ())]
        names += [each for each in self._module.nodes(ast.Attribute) if each.attr in known]
        for each in names:
            if (target := self.target(each) or self._of_module(each)) is not None:
                yield each, target
            elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load):
                self._unknown[each.attr].append(each)

    def _of_module(self, node: ast.expr) -> Definition | None:
        """Return what a name means in the body of a class that binds it, too: ``fetch = staticmethod(fetch)``."""
        if not isinstance(node, ast.Name) or self._module.class_of(node) is None:
            return None
        return _definition(self._module.scopes.module_names().get(node.id, []))

    def overridden(self, node: Definition) -> str | None:
        """Return a class, base or heir of the method's own, that has a method of the same name."""
        owner = self._module.scopes.scope_of(node)
        if not isinstance(owner, ast.ClassDef):
            return None
        related = {*local_heirs(self._module, owner), *local_bases(self._module, owner)} - {owner}
        having = [each for each in related if self._module.scopes.bindings(each, node.name)]
        return min(having, key=position).name if having else None


def _definition(bound: list[ast.AST]) -> Definition | None:
    only = bound[0] if len(bound) == 1 else None
    return only if isinstance(only, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
