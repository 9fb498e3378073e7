"""AsyncMocks that a file makes itself: classes and functions of a known shape, and what is done with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.mocking.mock_verdict import AWAIT_TWINS, AWAITED_FORMS
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_constant
from codemods.semantics.memo import once
from codemods.semantics.pytest.values.mocks import mock_name

_BASES = frozenset({"Mock", "MagicMock"})
_INNER = "mock"
_AWAITED = {
    **AWAITED_FORMS,
    **AWAIT_TWINS,
    "assert_not_called": "assert_not_awaited",
    "return_value": "return_value",
    "side_effect": "side_effect",
    "reset_mock": "reset_mock",
}
"""What an AsyncMock has for what the mock inside a home-made one has, which is called when it is awaited."""


@dataclass(frozen=True, slots=True)
class Homemade:
    """A home-made AsyncMock; ``inner`` are the attributes through which the file reaches the mock inside of it."""

    node: ast.ClassDef | Definition
    uses: tuple[ast.Name, ...]
    inner: tuple[ast.Attribute, ...] = ()


def homemade(module: Module) -> list[Homemade]:
    """Return the home-made AsyncMocks at the top of a file that can be replaced."""
    found: list[Homemade] = []
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and _is_class(module, node):
            found.append(Homemade(node, _uses(module, node)))
        elif isinstance(node, ast.FunctionDef) and (kept := _is_function(module, node)) is not None:
            inner = _inner(module, node.name) if kept else ()
            if inner is not None:
                found.append(Homemade(node, _uses(module, node), inner))
    return [each for each in found if len(module.scopes.module_names().get(each.node.name, ())) == 1]


def awaited_name(node: ast.Attribute) -> str:
    """Return what an AsyncMock calls an attribute of the mock inside a home-made one."""
    return _AWAITED[node.attr]


def _uses(module: Module, node: ast.ClassDef | Definition) -> tuple[ast.Name, ...]:
    outside = (each for each in module.loads.get(node.name, ()) if node not in module.ancestors(each))
    return tuple(each for each in outside if module.is_global(each))


def _is_class(module: Module, node: ast.ClassDef) -> bool:
    """Return whether a class only makes ``__call__`` of a mock async."""
    body = [each for each in node.body if not is_constant(each)]
    if len(node.bases) != 1 or node.keywords or node.decorator_list or len(body) != 1:
        return False
    call = body[0]
    if mock_name(module, node.bases[0]) not in _BASES or not isinstance(call, ast.AsyncFunctionDef):
        return False
    given = _only_return(call)
    if call.name != "__call__" or given is None or call.decorator_list:
        return False
    args = call.args.args
    texts = {f"super().__call__({_forwarded(call, skipped=1)})"}
    if args:
        texts |= {f"super({node.name}, {args[0].arg}).__call__({_forwarded(call, skipped=1)})"}
    return ast.unparse(given) in texts


def _is_function(module: Module, node: ast.FunctionDef) -> bool | None:
    """Return whether a function returns a coroutine function that calls a mock, and whether it shows the mock."""
    body = [each for each in node.body if not is_constant(each)]
    if node.decorator_list or len(body) not in (3, 4):
        return None
    made, inner, *shown, given = body
    if not isinstance(made, ast.Assign) or not isinstance(made.value, ast.Call):
        return None
    if not isinstance(inner, ast.AsyncFunctionDef) or not isinstance(given, ast.Return):
        return None
    name = ast.unparse(made.targets[0])
    returned = _only_return(inner)
    same = returned is not None and ast.unparse(returned) == f"{name}({_forwarded(inner)})"
    makes = mock_name(module, made.value.func) in _BASES and _arguments(made.value) == _forwarded(node)
    if not same or not makes or ast.unparse(given) != f"return {inner.name}":
        return None
    if shown and ast.unparse(shown[0]) != f"{inner.name}.{_INNER} = {name}":
        return None
    return bool(shown)


def _inner(module: Module, maker: str) -> tuple[ast.Attribute, ...] | None:
    """Return the attributes of the mocks inside; None if one has no counterpart, or isn't known to be one."""
    found: list[ast.Attribute] = []
    stored = _stored(module)
    for each in module.attributes.get(_INNER, ()):
        if module.resolve(each) is None and isinstance(each.ctx, ast.Load):
            outer = module.parents[each]
            here = stored.get((module.outer_definition(each), ast.unparse(each.value)))
            # What isn't made by a call is no mock, and has no such attribute.
            kept = (here or stored.get((None, _last(each.value)), set())) - {""}
            if kept == {maker} and isinstance(outer, ast.Attribute) and outer.attr in _AWAITED:
                found.append(outer)
            elif here is None or maker in here:
                return None
    return tuple(found)


@once
def _stored(module: Module) -> dict[tuple[ast.AST | None, str], set[str]]:
    """Return by what each place is made: by function and text, and by its last name in the whole file."""
    found: dict[tuple[ast.AST | None, str], set[str]] = {}
    for node in module.nodes(ast.Assign):
        for target in node.targets:
            for text, value in _parts(ast.unparse(target), node.value):
                maker = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
                found.setdefault((module.outer_definition(node), text), set()).add(maker)
                found.setdefault((None, text.rpartition(".")[2]), set()).add(maker)
    return found


def _parts(text: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield a place and what is stored there, and so for the entries of a dictionary."""
    yield text, value
    if isinstance(value, ast.Dict):
        yield from (
            (f"{text}[{ast.unparse(key)}]", each)
            for key, each in zip(value.keys, value.values, strict=True)
            if key is not None
        )


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _forwarded(node: Definition, skipped: int = 0) -> str:
    """Return the arguments that hand on all that a function takes: ``*args, **kwargs``."""
    args = node.args
    if args.posonlyargs or args.kwonlyargs or args.defaults or len(args.args) != skipped:
        return "?"
    rest = [f"*{args.vararg.arg}"] if args.vararg else []
    return ", ".join([*rest, *([f"**{args.kwarg.arg}"] if args.kwarg else [])])


def _arguments(call: ast.Call) -> str:
    return ast.unparse(call).removeprefix(ast.unparse(call.func))[1:-1]


def _only_return(node: Definition) -> ast.expr | None:
    body = [each for each in node.body if not is_constant(each)]
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None


_VERSION = (">= (3, 8)", "> (3, 7)")
MISSING_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "Exception"})
"""What the import of a name raises where there is no such name, and what is written for it."""


def version_shims(module: Module) -> list[ast.If | ast.Try]:
    """Return the statements at the top of a file that import AsyncMock from unittest.mock only where it has one."""
    return [each for each in module.tree.body if isinstance(each, (ast.If, ast.Try)) and _is_shim(module, each)]


def _is_shim(module: Module, node: ast.If | ast.Try) -> bool:
    imports = [each for each in node.body if isinstance(each, ast.ImportFrom) and each.module == "unittest.mock"]
    names = {alias.asname or alias.name for each in imports for alias in each.names}
    if len(imports) != len(node.body) or "AsyncMock" not in names:
        return False
    if isinstance(node, ast.If):
        asked = ast.unparse(node.test).removeprefix("sys.version_info ")
        return asked in _VERSION and bool(node.orelse)
    caught = {ast.unparse(each.type) for each in node.handlers if each.type is not None}
    return bool(caught) and caught <= MISSING_ERRORS and not node.orelse and not node.finalbody
