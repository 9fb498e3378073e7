"""Code that takes what is sync and what is async alike: an await there says nothing of what is called."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from codemods.analysis.mocking.mock_uses import Kind, is_passed_on, waiting
from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, last_name, walk
from codemods.semantics.file.reaching_bindings import names_maybe_bound_by
from codemods.semantics.memo import once
from codemods.semantics.project.origins import dotted
from codemods.semantics.pytest.values.instances import local_function

ASKING = frozenset({"iscoroutinefunction", "iscoroutine", "isawaitable", "isfuture", "type"})
"""Functions that say whether they are given something async."""
_HARMLESS = frozenset({"bool", "callable", "id", "len", "print", "repr", "str"})
_THREADS = frozenset({"run_in_executor", "run_sync", "submit", "to_thread"})
"""What calls a sync function for those who await."""
_WAYS = 12
"""How many branches around a call are told apart."""
_JUMPS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_CAUGHT = frozenset({"BaseException", "Exception", "TypeError"})
_Way = tuple[ast.AST, str]
"""What has several branches, and one of them."""


@once
def is_both_ways(module: Module, call: ast.Call) -> bool:
    """Return whether it depends on what a call calls, or gives, that the code awaits it, or that it doesn't."""
    if _is_result_asked(module, call):
        return True
    text = dotted(call.func)
    ways = list(_ways(module, call)) if text is not None else []
    if text is None or not ways:
        return False
    if not _asked(module).get(text, frozenset()).isdisjoint(fork for fork, _ in ways):
        return True
    awaited, sides = _is_waited(module, call), _sides(module, text)
    return any(branch != own and awaited is not other for fork, own in ways for branch, other in sides.get(fork, ()))


def _is_result_asked(module: Module, call: ast.Call) -> bool:
    """Return whether the code asks what a call gives before it awaits it."""
    parent = module.parents[call]
    target = parent.targets[0] if isinstance(parent, ast.Assign) else getattr(parent, "target", None)
    if not isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) or not isinstance(target, ast.Name):
        return False
    loads = names_maybe_bound_by(module, target, target.id)
    if any(last_name(_taker(module, each)) in ASKING for each in loads):
        return True
    awaited = [each for each in loads if isinstance(module.parents[each], ast.Await)]
    asked = _asked(module).get(target.id, set()) if awaited else set()
    return any(fork in asked for each in awaited for fork, _ in _ways(module, each))


def _taker(module: Module, node: ast.expr) -> ast.AST:
    parent = module.parents[node]
    return parent.func if isinstance(parent, ast.Call) and node in parent.args else parent


def _is_waited(module: Module, call: ast.Call) -> bool:
    return waiting(module, call).kind is not Kind.SYNC


def _is_result(module: Module, call: ast.Call) -> bool:
    """Return whether a call's value is what a coroutine gives: who awaits that gets the value."""
    returned = isinstance(module.parents[call], ast.Return)
    return returned and isinstance(module.function_of(call), ast.AsyncFunctionDef)


def _ways(module: Module, node: ast.AST) -> Iterator[_Way]:
    """Yield the branches in which a node stands, from the nearest outwards, within its function."""
    return islice(_all_ways(module, node), _WAYS)


def _all_ways(module: Module, node: ast.AST) -> Iterator[_Way]:
    child = node
    for parent in module.ancestors(node):
        if isinstance(child, ast.stmt):
            block, index = module.place_of(child)
            yield from (
                (each, "orelse") for each in reversed(block[max(0, index - _WAYS) : max(0, index)]) if _leaves(each)
            )
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return
        if branch := _branch(module, parent, child):
            yield parent, branch
        child = parent


def _leaves(node: ast.stmt) -> bool:
    """Return whether what follows a statement is its ``else``: it is an ``if`` that leaves the block."""
    return isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], _JUMPS)


def _branch(module: Module, parent: ast.AST, child: ast.AST) -> str:
    """Return the branch of a node in which a child of it stands; nothing if it isn't one."""
    if isinstance(parent, ast.IfExp):
        return "" if child is parent.test else "body" if child is parent.body else "orelse"
    if isinstance(parent, ast.If):
        return "" if child is parent.test else "body" if module.place_of(child)[0] is parent.body else "orelse"
    if isinstance(parent, ast.Try) and any(map(_catches, parent.handlers)):
        is_tried = module.place_of(child)[0] is parent.body
        return "body" if is_tried else "handler" if child in parent.handlers else ""
    return ""


def _catches(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler gets the error of what can't be awaited."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return handler.type is None or any(last_name(each) in _CAUGHT for each in kinds if each is not None)


@once
def _sides(module: Module, text: str) -> Mapping[ast.AST, set[tuple[str, bool]]]:
    """Return in which branches what has a text is called, and whether it is awaited there."""
    found: defaultdict[ast.AST, set[tuple[str, bool]]] = defaultdict(set)
    for call, is_callee in _calls(module).get(text, ()):
        if not is_callee or _is_waited(module, call) or not is_passed_on(module, call) or _is_result(module, call):
            awaited = is_callee and _is_waited(module, call)
            for fork, branch in _ways(module, call):
                found[fork].add((branch, awaited))
    return found


@once
def _calls(module: Module) -> Mapping[str, list[tuple[ast.Call, bool]]]:
    """Return the calls of what has a text, itself, or else in a thread or by one who awaits it."""
    found: defaultdict[str, list[tuple[ast.Call, bool]]] = defaultdict(list)
    for call in module.nodes(ast.Call):
        if (text := dotted(call.func)) is None:
            continue
        found[text].append((call, True))
        if isinstance(module.parents[call], ast.Await) or last_name(call.func) in _THREADS:
            for given in filter(None, map(dotted, call.args)):
                found[given].append((call, False))
    return found


@once
def _asked(module: Module) -> Mapping[str, set[ast.AST]]:
    """Return the conditions that ask something about what has a text."""
    found: defaultdict[str, set[ast.AST]] = defaultdict(set)
    for fork in _forks(module):
        for text in _about(module, fork.test):
            found[text].add(fork)
    return found


def _forks(module: Module) -> list[ast.If | ast.IfExp]:
    return [*module.nodes(ast.If), *module.nodes(ast.IfExp)]


@once
def _tested(module: Module) -> set[str | None]:
    """Return the texts of all names and attributes in conditions."""
    nodes = chain.from_iterable(walk(each.test) for each in _forks(module))
    return {dotted(each) for each in nodes if isinstance(each, (ast.Name, ast.Attribute))} - {None}


def _about(module: Module, test: ast.expr) -> Iterator[str]:
    """Yield the texts of what a condition asks about, by a call or by what keeps the answer of one."""
    for each in walk(test):
        if isinstance(each, ast.Call):
            yield from _given(each)
        elif isinstance(each, (ast.Name, ast.Attribute)) and (text := dotted(each)) is not None:
            yield from _kept(module).get((_scope(module, text, each), text), ())


def _given(call: ast.Call) -> Iterator[str]:
    if last_name(call.func) not in _HARMLESS:
        yield from filter(None, map(dotted, call.args))


@once
def _kept(module: Module) -> Mapping[tuple[ast.AST | None, str], set[str]]:
    """Return what names and attributes tell about: those that keep what a function says of something."""
    found: defaultdict[tuple[ast.AST | None, str], set[str]] = defaultdict(set)
    for each in module.nodes(ast.Assign):
        if targets := _tested(module).intersection(map(dotted, each.targets)):
            about = {text for call in calls_in(each.value) if _may_tell(module, call) for text in _given(call)}
            about |= _aliases(module, each, about) if about else set()
            for target in filter(None, targets):
                found[_scope(module, target, each), target] |= about
    return found


def _may_tell(module: Module, call: ast.Call) -> bool:
    """Return whether a call may say that something is async: it calls a function, and no class or method."""
    if last_name(call.func) in ASKING or local_function(module, call.func) is not None:
        return True
    dotted_name = module.resolve(call.func)
    return dotted_name is not None and module.answers.callee(AccessPath.imported(dotted_name)).evidence is not None


def _aliases(module: Module, statement: ast.Assign, names: set[str]) -> set[str]:
    """Return where the function around a statement keeps what has one of some names."""
    kept = _keepers(module, module.function_of(statement))
    return set().union(*(kept.get(each, ()) for each in names))


@once
def _keepers(module: Module, function: ast.AST | None) -> Mapping[str | None, set[str]]:
    """Return where a function keeps what has each name."""
    found: defaultdict[str | None, set[str]] = defaultdict(set)
    for each in module.inside(ast.Assign, function):
        found[dotted(each.value)].update(text for text in map(dotted, each.targets) if text is not None)
    return found


def _scope(module: Module, text: str, node: ast.AST) -> ast.AST | None:
    """Return where a text means the same: the class of what is kept in its receiver, else the function."""
    return next(module.classes_around(node), None) if "." in text else module.function_of(node)
