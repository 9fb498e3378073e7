"""Names: which binding a name stands for, and what dotted name an import gives it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codemods.semantics.file.order import Definition

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = frozenset((*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef, ast.Module))
_BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.arg, ast.Import, ast.ImportFrom,
            ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping)  # fmt: skip
Bindings = dict[str, list[ast.AST]]


class Scopes:
    """The bindings of every scope of one module."""

    def __init__(
        self,
        tree: ast.Module,
        parents: Mapping[ast.AST, ast.AST],
        nodes: Mapping[type[ast.AST], Sequence[Any]],
    ) -> None:
        """Collect all bindings; ``nodes`` are the module's nodes by class, in source order."""
        self._tree = tree
        self._parents = parents
        self._bindings: defaultdict[ast.AST, Bindings] = defaultdict(lambda: defaultdict(list))
        self._declared: defaultdict[ast.AST, dict[str, ast.AST]] = defaultdict(dict)
        self._scopes: dict[ast.AST, ast.AST] = {}
        self._resolved: dict[tuple[ast.AST | None, str, int], str | None] = {}
        self._functions: dict[ast.AST, Definition | ast.Lambda | None] = {}
        self._seen: dict[tuple[ast.AST, str], tuple[ast.AST | None, list[ast.AST]]] = {}
        self._collect(nodes)

    def _collect(self, nodes: Mapping[type[ast.AST], Sequence[Any]]) -> None:
        for node in (*nodes.get(ast.Global, ()), *nodes.get(ast.Nonlocal, ())):
            scope = self.scope_of(node)
            outer = self._tree if isinstance(node, ast.Global) else self.scope_of(scope)
            self._declared[scope].update(dict.fromkeys(node.names, outer))
        for node in nodes.get(ast.Name, ()):
            if type(node.ctx) is not ast.Load and not self._is_only_annotated(node):
                self._bind(node, node.id)
        for kind in _BINDING:
            for node in nodes.get(kind, ()):
                for name in _bound_names(node):
                    self._bind(node, name)

    def _is_only_annotated(self, node: ast.Name) -> bool:
        """Say whether a name gets only an annotation: that makes it a function's own, and binds nothing elsewhere."""
        parent = self._parents[node]
        without_value = isinstance(parent, ast.AnnAssign) and parent.value is None and parent.target is node
        return without_value and not isinstance(self.scope_of(node), _FUNCTIONS)

    def _bind(self, node: ast.AST, name: str) -> None:
        self._bindings[self.binding_scope(node, name)][name].append(node)

    def binding_scope(self, node: ast.AST, name: str) -> ast.AST:
        """Return the scope in which a node binds a name."""
        scope: ast.AST = self._parents[self._parents[node]] if isinstance(node, ast.arg) else self.scope_of(node)
        if isinstance(self._parents.get(node), ast.NamedExpr):
            while isinstance(scope, _COMPREHENSIONS):
                scope = self.scope_of(scope)
        return self._declared[scope].get(name, scope) if scope in self._declared else scope

    def scope_of(self, node: ast.AST) -> ast.AST:
        """Return the scope in which a node is evaluated; a definition's name, decorators and defaults lie outside."""
        if (known := self._scopes.get(node)) is not None:
            return known
        passed: list[ast.AST] = []
        child, parent = node, self._parents.get(node, self._tree)
        while child not in self._scopes:
            passed.append(child)
            if type(parent) in _SCOPES and _inside(child, parent):
                self._scopes[child] = parent
            else:
                child, parent = parent, self._parents[parent]
        found = self._scopes[child]
        self._scopes.update(dict.fromkeys(passed, found))
        return found

    def function_of(self, node: ast.AST) -> Definition | ast.Lambda | None:
        """Return the nearest function in whose body a node runs."""
        if node not in self._functions:
            scope = self.scope_of(node)
            while not isinstance(scope, (*_FUNCTIONS, ast.Module)):
                scope = self.scope_of(scope)
            self._functions[node] = None if isinstance(scope, ast.Module) else scope
        return self._functions[node]

    def bindings(self, scope: ast.AST, name: str) -> list[ast.AST]:
        """Return the nodes that bind ``name`` in ``scope`` itself."""
        return self._bindings[scope].get(name, []) if scope in self._bindings else []

    def names(self, scope: ast.AST) -> Mapping[str, list[ast.AST]]:
        """Return the bindings of a scope itself by name."""
        return self._bindings.get(scope, {})

    def module_names(self) -> Mapping[str, list[ast.AST]]:
        """Return the bindings of the module scope by name."""
        return self._bindings[self._tree]

    def lookup(self, name: str, node: ast.AST) -> tuple[ast.AST | None, list[ast.AST]]:
        """Return the scope that binds ``name`` as seen from ``node``, and its bindings; (None, []) if there is none."""
        scope = self._scopes.get(node) or self.scope_of(node)
        if (found := self._seen.get((scope, name))) is None:
            found = self._seen[scope, name] = self._seen_from(scope, name)
        return found

    def _seen_from(self, scope: ast.AST, name: str) -> tuple[ast.AST | None, list[ast.AST]]:
        first = True
        while True:
            scope = self._declared[scope].get(name, scope) if scope in self._declared else scope
            if (first or not isinstance(scope, ast.ClassDef)) and (found := self.bindings(scope, name)):
                return scope, found
            if isinstance(scope, ast.Module):
                return None, []
            first = first and isinstance(scope, _COMPREHENSIONS)
            scope = self.scope_of(scope)

    def resolve(self, node: ast.expr, depth: int = 8) -> str | None:
        """Return the dotted name of an expression through imports and plain aliases, or None if it isn't certain."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        found = self._named(node, depth) if isinstance(node, ast.Name) and depth else None
        for each in reversed(attributes) if found else ():
            found = canonical(f"{found}.{each}")
        return found

    def _named(self, node: ast.Name, depth: int) -> str | None:
        scope, bindings = self.lookup(node.id, node)
        key = (scope, node.id, depth)
        if key not in self._resolved:
            names = {self._dotted(binding, node.id, depth) for binding in bindings}
            self._resolved[key] = names.pop() if len(names) == 1 else None
        return self._resolved[key]

    def _dotted(self, binding: ast.AST, name: str, depth: int) -> str | None:
        if (found := self.module_of(binding, name, depth)) is not None:
            return found
        parent = self._parents.get(binding)
        if isinstance(parent, ast.Assign) and parent.targets == [binding]:
            return self.resolve(parent.value, depth - 1)
        return None

    def module_of(self, binding: ast.AST, name: str, depth: int = 8) -> str | None:
        """Return what an import binds to ``name``, be it one by ``pytest.importorskip``; None if it is no import."""
        if isinstance(binding, (ast.Import, ast.ImportFrom)):
            return imported(binding, name)
        parent = self._parents.get(binding)
        value = parent.value if isinstance(parent, ast.Assign) and parent.targets == [binding] else None
        if not isinstance(value, ast.Call) or self.resolve(value.func, depth - 1) != "pytest.importorskip":
            return None
        asked = value.args[0] if value.args else None
        return canonical(asked.value) if isinstance(asked, ast.Constant) and isinstance(asked.value, str) else None


def _inside(child: ast.AST, scope: ast.AST) -> bool:
    if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return isinstance(child, ast.stmt)
    if isinstance(scope, ast.Lambda):
        return child is scope.body
    if isinstance(scope, _COMPREHENSIONS):
        return child is not scope.generators[0]
    return True


def _bound_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from map(bound_name, node.names)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def bound_name(alias: ast.alias) -> str:
    """Return the name that an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def imported(node: ast.Import | ast.ImportFrom, name: str) -> str | None:
    """Return the dotted name that an import statement binds to ``name``; relative ones keep their leading dots."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom) and name == (alias.asname or alias.name):
            prefix = source_of(node)
            return canonical(prefix + ("" if prefix.endswith(".") else ".") + alias.name)
        if isinstance(node, ast.Import) and name == alias.asname:
            return canonical(alias.name)
        if isinstance(node, ast.Import) and not alias.asname and name == alias.name.partition(".")[0]:
            return canonical(name)
    return None


def source_of(node: ast.ImportFrom) -> str:
    """Return the module from which a statement imports; a relative one keeps its leading dots."""
    return "." * node.level + (node.module or "")


def canonical(dotted: str) -> str:
    """Return one name for what several spellings reach: the ``mock`` backport is ``unittest.mock``."""
    if dotted == "mock" or dotted.startswith("mock."):
        return "unittest.mock" + dotted.removeprefix("mock").removeprefix(".mock")
    return dotted
