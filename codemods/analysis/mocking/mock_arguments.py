"""What becomes of a mock that is handed to a call: to another mock, to patch, to a function, also of another file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from codemods.analysis.mocking.both_ways import ASKING
from codemods.analysis.mocking.mock_roots import Following, Uses, family_of
from codemods.analysis.mocking.mock_uses import Kind, Trail, Use
from codemods.analysis.mocking.other_files import gives_back, handed, replacing
from codemods.analysis.mocking.patch_targets import target_of
from codemods.semantics.file.arguments import fields, has_places, positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, last_name
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import (
    instance_class,
    local_function,
    member,
    methods_read,
    receiver_class,
    returned_function,
)
from codemods.semantics.pytest.values.mocks import OWN, mock_class
from codemods.semantics.pytest.values.patches import Patch, patches, receivers

_SYNC_TAKERS = frozenset({"to_thread", "run_in_executor", "call_soon", "call_later", "call_at", "call_soon_threadsafe",
                          "add_done_callback", "Thread", "Timer", "submit", "raises", "assertRaises",
                          "assertRaisesRegex", "map", "filter"})  # fmt: skip
_HARMLESS = re.compile(r"print|repr|str|id|callable|hasattr|bool|assert(?!_)\w+")


def argument(flow: Following, node: ast.expr, trail: Trail) -> Iterator[Use]:
    """Yield what becomes of a mock that is an argument of a call."""
    holder = flow.module.parents[node]
    call = flow.module.parents[holder] if isinstance(holder, ast.keyword) else holder
    name = holder.arg if isinstance(holder, ast.keyword) else None
    if not isinstance(call, ast.Call):
        yield trail.use(Kind.ESCAPE, node)
    elif mock_class(flow.module, call):
        yield from _in_mock(flow, call, name, node, trail)
    elif found := [each for each in patches(flow.module, call) if each.new is node]:
        yield from _patched(flow, found, trail)
    else:
        yield from _handed(flow, call, node, trail)


def _in_mock(flow: Following, call: ast.Call, name: str | None, node: ast.expr, trail: Trail) -> Iterator[Use]:
    if name is None or (name in OWN and name != "return_value"):
        yield trail.use(Kind.ESCAPE, node)
    else:
        uses = flow.follow(call, Trail((), trail.origin, trail.shared, trail.depth - 1))
        yield from flow.roots.at(Uses(list(uses)), (name,), node, trail)


def _patched(flow: Following, found: Iterable[Patch], trail: Trail) -> Iterator[Use]:
    for each in found:
        yield trail.use(Kind.ESCAPE, each.call)
        target = target_of(flow.suite, each)
        yield from replacing(flow.suite, target, each.call, trail)
        yield from calls_of(flow, target.definition, replace(trail, shared=True, depth=trail.depth - 1))
        for name in receivers(flow.module, each):
            yield from flow.bound(name, trail)


def calls_of(flow: Following, definition: ast.AST | None, trail: Trail) -> Iterator[Use]:
    """Yield the uses of the definition that a patch replaces, as far as they may run meanwhile."""
    found: list[ast.expr] = []
    if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        owner = flow.module.scopes.scope_of(definition)
        if isinstance(owner, ast.ClassDef):
            found += methods_read(flow.suite, owner, definition.name)
        else:
            found += names_bound_by(flow.module, definition) or []
    for each in found:
        here = flow.module.outer_definition(each)
        if here in {trail.origin, None} or here not in flow.suite.test_nodes:
            yield from flow.follow(each, trail)


def _handed(flow: Following, call: ast.Call, node: ast.expr, trail: Trail) -> Iterator[Use]:
    name = last_name(call.func)
    if name in ("isinstance", "assertIsInstance"):
        expected = flow.module.resolve(call.args[1]) if len(call.args) > 1 else None
        harmless = expected in ("unittest.mock.Mock", "unittest.mock.NonCallableMock")
        yield from () if harmless else (trail.use(Kind.OTHER, node),)
    elif name == "partial" and call.args[:1] == [node]:
        yield from flow.follow(call, replace(trail, depth=trail.depth - 1))
    elif name in _SYNC_TAKERS or name in ASKING:
        yield trail.use(Kind.OTHER, node)
    elif (found := parameter(flow.suite, call, node)) is not None:
        family = _family(flow.module, call.func, trail)
        shared = replace(trail, shared=True, depth=trail.depth - 1, family=family)
        yield from flow.bound(found, shared)
    elif (field := dataclass_field(flow.suite.module, call, node)) is not None:
        yield from flow.roots.in_class(field[0], field[1], node, replace(trail, shared=True))
    elif name.startswith("assert") and trail.path[-1:] == ("return_value",):
        yield trail.use(Kind.COMPARED, node)
    elif not _HARMLESS.fullmatch(name):
        known = handed(flow, call, node, trail)
        yield from (trail.use(Kind.ESCAPE, node),) if known is None else known
        if known is not None and gives_back(flow.suite, call, known):
            yield from flow.follow(call, replace(trail, depth=trail.depth - 1))


def _family(module: Module, callee: ast.expr, trail: Trail) -> tuple[ast.ClassDef, ...]:
    """Return the class that a call makes, with its bases and heirs, or the one that the receiver is known to be of."""
    if (owner := local_class(module, callee)) is not None:
        return family_of(module, owner)
    holder = callee.value if isinstance(callee, ast.Attribute) else callee
    is_receiver = bool(_super(module, holder)) or receiver_class(module, holder) is not None
    return trail.family if is_receiver else ()


def parameter(suite: Suite, call: ast.Call, argument: ast.expr) -> ast.arg | None:
    """Return the parameter that gets ``argument``, or None if it isn't certain."""
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    function, skipped = _callee(suite, call.func, given)
    if function is None or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if argument in call.args:
        names = positional(function)[skipped:]
        index = call.args.index(argument)
        return names[index] if index < len(names) else None
    named = (*function.args.args, *function.args.kwonlyargs)
    return next((each for each in named if each.arg == given), None)


def _callee(suite: Suite, node: ast.expr, name: str | None) -> tuple[Definition | None, int]:
    """Return the function that a call runs and how many of its parameters are filled without an argument."""
    module = suite.module
    if (function := local_function(module, node)) is not None:
        return (None, 0) if function.decorator_list else (function, 0)
    if isinstance(node, ast.Call) and (made := returned_function(module, local_function(module, node.func))):
        return made, 0
    if (owner := local_class(module, node)) is not None:
        return _method(member(module, owner, "__init__")), 1
    if isinstance(node, ast.Attribute) and (following := _super(module, node.value)):
        return _inherited(module, following, node.attr, name), 1
    if isinstance(node, ast.Attribute) and (owner := instance_class(suite, node.value)) is not None:
        if (found := _method(member(module, owner, node.attr))) is not None:
            return found, 1
    owner = instance_class(suite, node)
    return (_method(member(module, owner, "__call__")), 1) if owner is not None else (None, 0)


def _super(module: Module, node: ast.expr) -> list[ast.ClassDef]:
    """Return the classes in which ``super()`` looks, as far as the file has them."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "super" or node.args:
        return []
    owner = next(module.classes_around(node), None)
    return local_bases(module, owner)[1:] if owner is not None else []


def _inherited(module: Module, owners: list[ast.ClassDef], method: str, name: str | None) -> Definition | None:
    """Return the first method that takes an argument; one that takes any keyword hands it on to the next."""
    found = (
        each for owner in owners for each in owner.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    for each in found:
        if each.name == method:
            named = any(one.arg == name for one in (*each.args.args, *each.args.kwonlyargs))
            if named or name is None or each.args.kwarg is None:
                return each if not each.decorator_list else None
    return None


def _method(node: ast.AST | None) -> Definition | None:
    plain = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.decorator_list
    return node if plain else None  # type: ignore[return-value]


def dataclass_field(module: Module, call: ast.Call, argument: ast.expr) -> tuple[ast.ClassDef, str] | None:
    """Return the field of a dataclass of this file that gets ``argument``, or None if it isn't certain."""
    owner = local_class(module, call.func)
    if owner is None or owner.bases or not any(_is_dataclass(module, each) for each in owner.decorator_list):
        return None
    own = fields(owner)
    if argument in call.args:
        index = call.args.index(argument)
        by_place = has_places(owner) and not any(isinstance(each, ast.Starred) for each in call.args)
        return (owner, own[index]) if by_place and index < len(own) else None
    given = next((each.arg for each in call.keywords if each.value is argument), None)
    return (owner, given) if given in own and given else None


def _is_dataclass(module: Module, node: ast.expr) -> bool:
    return module.resolve(callee(node)) == "dataclasses.dataclass"
