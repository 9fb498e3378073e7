"""Where a file makes mocks, and what it asserts of them, by names that a migration doesn't change.

A place is its function (qualified name and ordinal) and what the mock is for in it: the target that it is assigned to,
the keyword or the position in a call, the target of a patch. `m.get = Mock()` and `m = Mock(get=Mock())` are the same
place `m.get`, and `patch(x, new=AsyncMock())` is that of `patch(x, new_callable=AsyncMock)`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from editing import Scope, Source
from strip_mocks import ASYNC, CALLED_FORMS, assertions, of_mock

PATCHES = {"patch": 1, "patch.object": 2}  # which argument is the new object
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mock:
    """A call that makes a mock; a patch makes one too."""

    function: str
    path: str
    line: int
    column: int
    is_async: bool
    has_spec: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """An attribute that tells of calls, or of awaits: `kind` is its name where it is about calls."""

    function: str
    path: str
    line: int
    kind: str
    is_async: bool


class Places:
    """All mocks and assertions of one file, in their order."""

    def __init__(self, text: str) -> None:
        """Read a whole file."""
        self.source = Source(text)
        self.mocks: dict[Key, list[Mock]] = {}
        self.assertions: dict[Key, list[Assertion]] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        self._names = Counter[str]()
        self._about_awaits = {id(node) for node in assertions(self.source)}
        self._walk(self.source.tree, "<module>")

    def _walk(self, node: ast.AST, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            self._parents[child] = node
            inner = self._named(child, function) if isinstance(child, Scope) else function
            if isinstance(child, ast.Call):
                self._note_mock(child, inner)
            elif isinstance(child, ast.Attribute):
                self._note_assertion(child, inner)
            self._walk(child, inner)

    def _named(self, node: Scope, outer: str) -> str:
        name = node.name if outer == "<module>" else f"{outer}.{node.name}"
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}#{self._names[name]}"

    def _note_mock(self, call: ast.Call, function: str) -> None:
        name = of_mock(self.source, call.func)
        if not (name.endswith("Mock") or name in PATCHES):
            return
        chosen = next((each.value for each in call.keywords if each.arg == "new_callable"), None)
        made = of_mock(self.source, chosen) if chosen is not None else name
        has_spec = bool({each.arg for each in call.keywords} & {"spec", "spec_set", "autospec", "wraps"})
        has_spec |= name not in PATCHES and bool(call.args)
        path = self._path(call)
        found = Mock(function, path, call.lineno, call.col_offset + 1, made == ASYNC, has_spec)
        self.mocks.setdefault((function, path), []).append(found)

    def _note_assertion(self, node: ast.Attribute, function: str) -> None:
        kind = CALLED_FORMS.get(node.attr, node.attr)
        if kind in CALLED_FORMS.values() and isinstance(node.ctx, ast.Load):
            path = written(node.value)
            found = Assertion(function, path, node.lineno, kind, id(node) in self._about_awaits)
            self.assertions.setdefault((function, f"{path}.{kind}"), []).append(found)

    def _path(self, node: ast.AST) -> str:
        """What a mock is for."""
        parent = self._parents[node]
        if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            return target(parent)
        if isinstance(parent, ast.withitem) and parent.optional_vars is not None:
            return written(parent.optional_vars)
        if isinstance(node, ast.Call) and of_mock(self.source, node.func) in PATCHES:
            return call_text(node)
        if isinstance(parent, ast.keyword):
            return self._of_argument(self._parents[parent], parent.arg or "", parent.arg or "")
        if isinstance(parent, ast.Call):
            index = position(node, parent.args)
            return self._path(parent) if index is None else self._of_argument(parent, index, f"[{index}]")
        return self._of_element(node, parent)

    def _of_argument(self, call: ast.AST, which: str | int, shown: str) -> str:
        assert isinstance(call, ast.Call | ast.ClassDef)
        name = of_mock(self.source, call.func) if isinstance(call, ast.Call) else ""
        if which in ("new", "new_callable", "") or which == PATCHES.get(name):
            return self._path(call)
        if name.endswith("Mock") or name in PATCHES:
            return f"{self._path(call)}.{shown}"
        return f"{call_text(call)}.{shown}"

    def _of_element(self, node: ast.AST, parent: ast.AST) -> str:
        if isinstance(parent, ast.Dict):
            key = next((key for key, value in zip(parent.keys, parent.values, strict=True) if value is node), None)
            return f"{self._path(parent)}.{ast.literal_eval(key) if isinstance(key, ast.Constant) else None!s}"
        if isinstance(parent, ast.List | ast.Tuple):
            return self._of_item(parent, position(node, parent.elts) or 0)
        is_inner = isinstance(parent, ast.expr) and not isinstance(parent, ast.Lambda)
        return self._path(parent) if is_inner else type(parent).__name__

    def _of_item(self, items: ast.List | ast.Tuple, index: int) -> str:
        statement = self._parents[items]
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):
            targets = statement.targets[0].elts
            if len(targets) == len(items.elts):
                return written(targets[index])
        return f"{self._path(items)}.[{index}]"


def position(node: ast.AST, nodes: list[ast.expr]) -> int | None:
    """Where a node is among others."""
    return next((index for index, each in enumerate(nodes) if each is node), None)


def target(statement: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> str:
    """What a value is assigned to: a name, if there is one."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return written(next((each for each in targets if isinstance(each, ast.Name)), targets[0]))


def written(node: ast.AST) -> str:
    """An expression as a path: what a call gives is its `return_value`."""
    if isinstance(node, ast.Attribute):
        return f"{written(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{written(node.func)}.return_value"
    return ast.unparse(node).replace(ASYNC, "MagicMock")


def call_text(call: ast.Call | ast.ClassDef) -> str:
    """A call with those arguments that a migration of mocks leaves alone."""
    if isinstance(call, ast.ClassDef):
        return call.name
    plain = (each for each in call.args if isinstance(each, ast.Constant | ast.Name | ast.Attribute))
    return f"{written(call.func)}({', '.join(map(written, plain))})"


def below(path: str, other: str) -> bool:
    """Whether a path leads to an attribute, or a result, of another."""
    return path.startswith(f"{other}.")


def all_mocks(places: Places) -> Iterator[Mock]:
    """The mocks of a file."""
    for found in places.mocks.values():
        yield from found
