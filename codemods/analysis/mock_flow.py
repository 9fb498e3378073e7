"""Follows a mock through its file: names, attributes, fixtures, helpers and classes that it is handed to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from codemods.analysis.bindings import names_bound_by
from codemods.analysis.instances import Answer, answer, local_function
from codemods.analysis.mock_patches import Patch, owned, patches, receivers
from codemods.analysis.mock_roots import Roots, outermost
from codemods.analysis.mock_uses import Kind, Path, Use, waiting
from codemods.analysis.mocks import OWN, mock_class
from codemods.analysis.order import Definition
from codemods.analysis.parameters import parameter
from codemods.analysis.suite import Suite, is_generator

_READS = frozenset({"called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls", "side_effect",
                    "await_count", "await_args", "await_args_list"})  # fmt: skip
_CONFIGURING = frozenset({"configure_mock", "attach_mock", "mock_add_spec", "_mock_children"})
_SYNC_TAKERS = frozenset({"to_thread", "run_in_executor", "call_soon", "call_later", "call_at", "call_soon_threadsafe",
                          "add_done_callback", "Thread", "Timer", "submit", "raises", "assertRaises",
                          "assertRaisesRegex", "iscoroutinefunction", "isawaitable", "map", "filter"})  # fmt: skip
_HARMLESS = frozenset({"print", "repr", "str", "id", "callable", "hasattr", "type", "getattr", "bool"})
_NEUTRAL = (ast.Compare, ast.FormattedValue, ast.UnaryOp, ast.If, ast.Assert, ast.Expr, ast.While)


@dataclass(frozen=True, slots=True)
class Trail:
    """How a mock came to a place."""

    path: Path
    origin: ast.AST | None
    shared: bool = False
    depth: int = 8

    def use(self, kind: Kind, node: ast.AST, *, used: bool = False, name: str = "") -> Use:
        """Return a use at the end of the trail."""
        return Use(self.path, kind, node, self.origin, self.shared, used, name)

    def below(self, step: str) -> Trail:
        """Return the trail to an attribute, or to the result of a call."""
        return replace(self, path=(*self.path, step))


class Flow:
    """The uses of the objects of one file."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self._module = suite.module
        self._roots = Roots(suite, self.follow)

    def uses(self, node: ast.expr) -> list[Use]:
        """Return all uses of the object that an expression makes, ``()`` being its own path."""
        return list(dict.fromkeys(self.follow(node, Trail((), outermost(self._module, node)))))

    def uses_of(self, binding: ast.Name | ast.arg) -> list[Use]:
        """Return all uses of the object that a name is bound to."""
        return list(dict.fromkeys(self._bound(binding, Trail((), outermost(self._module, binding)))))

    def follow(self, node: ast.expr, trail: Trail) -> Iterator[Use]:
        """Yield what the place of an expression does with its value."""
        parent = self._module.parents[node]
        if not trail.depth:
            yield trail.use(Kind.OTHER, node)
        elif isinstance(parent, ast.Attribute):
            yield from self._attribute(parent, trail)
        elif isinstance(parent, ast.Call) and parent.func is node:
            yield from self._call(parent, trail)
        elif isinstance(parent, (ast.Call, ast.keyword)):
            yield from self._argument(node, trail)
        elif isinstance(parent, (ast.Assign, ast.AnnAssign)):
            for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
                yield from self._assigned(target, trail)
        elif isinstance(parent, (ast.Return, ast.Yield)):
            yield from self._given(parent, trail)
        elif isinstance(parent, (ast.Await, ast.withitem, ast.For, ast.AsyncFor, ast.comprehension, ast.Subscript)):
            yield trail.use(Kind.OTHER, node)
        elif not isinstance(parent, _NEUTRAL):
            yield trail.use(Kind.ESCAPE, node)

    def _attribute(self, node: ast.Attribute, trail: Trail) -> Iterator[Use]:
        parent = self._module.parents[node]
        if isinstance(node.ctx, ast.Store) and not isinstance(parent, ast.AugAssign):
            yield trail.below(node.attr).use(Kind.WRITE, node)
        elif not isinstance(node.ctx, ast.Load) or node.attr in _CONFIGURING:
            yield trail.use(Kind.OTHER, node, name=node.attr)
        elif node.attr.startswith("assert_") and isinstance(parent, ast.Call):
            yield trail.use(Kind.ASSERT, parent, name=node.attr)
        elif node.attr in _READS:
            yield trail.use(Kind.READ, node, name=node.attr)
        elif node.attr != "reset_mock":
            yield from self.follow(node, trail.below(node.attr))

    def _call(self, call: ast.Call, trail: Trail) -> Iterator[Use]:
        found = waiting(self._module, call)
        yield trail.use(found.kind, call, used=found.used)
        if found.used and found.result is not None:
            yield from self.follow(found.result, trail.below("return_value"))

    def _assigned(self, target: ast.expr, trail: Trail) -> Iterator[Use]:
        if isinstance(target, ast.Name):
            yield from self._bound(target, trail)
        elif isinstance(target, ast.Attribute):
            yield from self._put(target.value, target.attr, target, trail)
        else:
            yield trail.use(Kind.ESCAPE, target)

    def _bound(self, binding: ast.Name | ast.arg, trail: Trail) -> Iterator[Use]:
        loads = names_bound_by(self._module, binding)
        if loads is None:
            yield trail.use(Kind.REBOUND, binding)
        for load in loads or ():
            origin = trail.origin if trail.shared else outermost(self._module, load)
            yield from self.follow(load, replace(trail, origin=origin, depth=trail.depth - 1))

    def _put(self, owner: ast.expr, attribute: str, node: ast.AST, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what is stored in an attribute."""
        definition = owned(self._suite, owner, attribute)
        yield from _replaced(answer(self._module, definition), definition or node, trail)
        yield from self._roots.stored(owner, attribute, node, trail)

    def _argument(self, node: ast.expr, trail: Trail) -> Iterator[Use]:
        holder = self._module.parents[node]
        call = self._module.parents[holder] if isinstance(holder, ast.keyword) else holder
        name = holder.arg if isinstance(holder, ast.keyword) else None
        if not isinstance(call, ast.Call):
            yield trail.use(Kind.ESCAPE, node)
        elif mock_class(self._module, call):
            yield from self._in_mock(call, name, node, trail)
        elif found := [each for each in patches(self._suite, call) if each.new is node]:
            yield from self._patched(found, trail)
        else:
            yield from self._handed(call, node, trail)

    def _in_mock(self, call: ast.Call, name: str | None, node: ast.expr, trail: Trail) -> Iterator[Use]:
        if name is None or (name in OWN and name != "return_value"):
            yield trail.use(Kind.ESCAPE, node)
        else:
            uses = self.follow(call, Trail((), trail.origin, trail.shared, trail.depth - 1))
            yield from self._roots.at(list(uses), (name,), node, trail)

    def _patched(self, found: Iterable[Patch], trail: Trail) -> Iterator[Use]:
        for each in found:
            yield trail.use(Kind.ESCAPE, each.call)
            yield from _replaced(each.answer, each.target or each.call, trail)
            for name in receivers(self._module, each):
                yield from self._bound(name, trail)

    def _handed(self, call: ast.Call, node: ast.expr, trail: Trail) -> Iterator[Use]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "isinstance":
            expected = self._module.resolve(call.args[-1])
            harmless = expected in ("unittest.mock.Mock", "unittest.mock.NonCallableMock")
            yield from () if harmless else (trail.use(Kind.OTHER, node),)
        elif name in _SYNC_TAKERS:
            yield trail.use(Kind.OTHER, node)
        elif (found := parameter(self._suite, call, node)) is not None:
            shared = replace(trail, shared=True, depth=trail.depth - 1)
            yield from self._bound(found, shared)
        elif name not in _HARMLESS:
            yield trail.use(Kind.ESCAPE, node)

    def _given(self, node: ast.Return | ast.Yield, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what a fixture gives to its users, or a helper to its callers."""
        function = self._module.function_of(node)
        fixture = next((each for each in self._suite.fixtures if each.node is function), None)
        if fixture is not None:
            yield from self._to_users(fixture.name, fixture.node, trail)
        elif isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_generator(function):
            yield from self._to_callers(function, trail)
        else:
            yield trail.use(Kind.ESCAPE, node)

    def _to_users(self, name: str, node: Definition, trail: Trail) -> Iterator[Use]:
        named = [each for each in self._suite.fixtures if each.name == name]
        if len(named) > 1 or not self._suite.is_test_module or self._roots.is_fetched(name):
            yield trail.use(Kind.ESCAPE, node)
        for user in self._suite.users(name):
            found = next((each for each in _parameters(user) if each.arg == name), None)
            if found is not None and user is not node and not self._roots.is_parametrized(user, name):
                yield from self._bound(found, replace(trail, shared=False))

    def _to_callers(self, function: Definition, trail: Trail) -> Iterator[Use]:
        names = [
            each for each in self._module.nodes(ast.Name) if each.id == function.name and isinstance(each.ctx, ast.Load)
        ]
        calls = [self._module.parents[each] for each in names if local_function(self._module, each) is function]
        if not calls or function.decorator_list:
            yield trail.use(Kind.ESCAPE, function)
        for call in calls:
            place = self._module.parents[call] if isinstance(function, ast.AsyncFunctionDef) else call
            if not isinstance(call, ast.Call) or not isinstance(place, (ast.Call, ast.Await)):
                yield trail.use(Kind.ESCAPE, call)
                continue
            origin = outermost(self._module, call)
            yield from self.follow(place, replace(trail, origin=origin, depth=trail.depth - 1))


def _replaced(found: Answer, definition: ast.AST, trail: Trail) -> Iterator[Use]:
    if found is not Answer.UNKNOWN:
        yield trail.use(Kind.TARGET if found is Answer.ASYNC else Kind.SYNC, definition)


def _parameters(node: Definition) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
