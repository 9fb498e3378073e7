"""What other files do with a mock that this one hands to their code or puts among their things."""

from __future__ import annotations

import ast
import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from codemods.analysis.mocking.handed_on import followed
from codemods.analysis.mocking.mock_roots import Following
from codemods.analysis.mocking.mock_uses import CALLS, Kind, Trail, Use
from codemods.analysis.mocking.patch_targets import Target
from codemods.semantics.answers import Answer, ExternalUse, Function
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import of_definition
from codemods.semantics.pytest.values.paths import infer_path

_UNSEEN = frozenset({Kind.REBOUND, Kind.STANDS, Kind.TARGET})
_WHOLE = ((), ("return_value",))
"""Where an object is, or may be: itself, or what a method of it gives."""
_BY_BLOCKS = frozenset({"__aenter__", "__aexit__", "__aiter__", "__anext__", "__await__", "__enter__", "__exit__"})
"""What runs for a whole object where it is awaited, entered or gone through, which is seen."""


def handed(flow: Following, call: ast.Call, node: ast.expr, trail: Trail) -> list[Use] | None:
    """Return what a function of another file does with a mock that is its argument; None if that isn't known."""
    suite = flow.suite
    callee = infer_path(suite, call.func)
    place = _place(call, node)
    if callee is None or place is None:
        return None
    known = suite.module.answers.argument(callee, place)
    if known.uses is None:
        return None
    stands = [trail.standing(known.path, node)] if known.path else []
    reached = [each for each in known.uses if not _is_replaced(suite, call, each)]
    return [*stands, *external_uses(suite, _come_to(flow, call, reached, trail), node, trail)]


def _is_replaced(suite: Suite, call: ast.Call, use: ExternalUse) -> bool:
    """Return whether a use is in a method that the function has replaced, on the object whose method it calls."""
    if use.by is None or not isinstance(call.func, ast.Attribute):
        return False
    module, owner = suite.module, ast.unparse(call.func.value)
    stores = (each for each in module.stores.get(use.by.name, ()) if ast.unparse(each.value) == owner)
    return any(_comes_before(module, each, call) and _is_in_place_of(suite, each, use.by) for each in stores)


def _comes_before(module: Module, store: ast.Attribute, call: ast.Call) -> bool:
    """Return whether what always runs before a call stores something that isn't made of what was there."""
    function, statement = module.function_of(call), module.statement_of(store)
    straight = module.place_of(statement)[0] is getattr(function, "body", None)
    names = (each.attr for each in walk(statement) if isinstance(each, ast.Attribute) and each is not store)
    return straight and position(store) < position(call) and store.attr not in names


def _is_in_place_of(suite: Suite, store: ast.Attribute, function: Function) -> bool:
    """Return whether what is stored goes in the place of a function of another file."""
    path = infer_path(suite, store)
    method = suite.module.answers.callee(path).evidence if path is not None else None
    return method is not None and (method.path, method.line) == (function.path, function.line)


def _come_to(flow: Following, call: ast.Call, uses: Iterable[ExternalUse], trail: Trail) -> list[ExternalUse]:
    """Return the uses to which a test comes with the object that a call makes, or may come."""
    found = [*uses]
    if trail.origin not in flow.suite.test_nodes or all(each.members is None for each in found):
        return found
    made = [*flow.follow(call, Trail((), trail.origin, depth=trail.depth - 1))]
    if any(_is_given_away(each, trail) for each in made):
        return found
    called = any(each.kind in CALLS and each.path[-1:] in _WHOLE for each in made)
    run = partial(_is_run, flow, trail.origin, called)
    return [each for each in found if each.members is None or any(map(run, each.members))]


def _is_given_away(use: Use, trail: Trail) -> bool:
    """Return whether a use of an object may lead to anything that is done with it."""
    if use.shared or use.origin is not trail.origin:
        return True
    is_whole = use.path[-1:] in _WHOLE
    return use.kind in _UNSEEN or (is_whole and use.kind in (Kind.ESCAPE, Kind.OTHER))


def _is_run(flow: Following, test: ast.AST | None, called: bool, member: str) -> bool:
    """Return whether a test reads a member of an object, or may run one without its name."""
    if member.startswith("__") and member.endswith("__") and member not in _BY_BLOCKS:
        return called or member != "__call__"
    return member in _attributes_in(flow.module).get(test, ())


@once
def _attributes_in(module: Module) -> Mapping[ast.AST | None, set[str]]:
    """Return the names of the attributes that each outermost function reads."""
    found: defaultdict[ast.AST | None, set[str]] = defaultdict(set)
    for each in module.nodes(ast.Attribute):
        found[module.outer_definition(each)].add(each.attr)
    return dict(found)


def gives_back(suite: Suite, call: ast.Call, uses: Iterable[Use]) -> bool:
    """Return whether a call of another file's function may return the argument of which these are the uses."""
    takers = (each.taker for each in uses if each.kind is Kind.ESCAPE and each.taker is not None)
    places = {each.definition for each in takers if each.calls == 1 and not each.is_async and each.definition}
    path = infer_path(suite, call.func) if places else None
    found = suite.module.answers.callee(path).evidence if path is not None else None
    return found is not None and (found.path, found.line) in {(each.path, each.line) for each in places}


def _place(call: ast.Call, node: ast.expr) -> int | str | None:
    if node in call.args:
        starred = any(isinstance(each, ast.Starred) for each in call.args)
        return None if starred else call.args.index(node)
    return next((each.arg for each in call.keywords if each.value is node), None)


def replacing(suite: Suite, target: Target, node: ast.AST, trail: Trail) -> Iterator[Use]:
    """Yield the uses of a mock that is put in the place of something."""
    found = of_definition(suite, target.definition) if target.definition is not None else Answer.UNKNOWN
    if found is not Answer.UNKNOWN:
        use = trail.use(Kind.TARGET if found is Answer.ASYNC else Kind.SYNC, target.definition or node)
        yield dataclasses.replace(use, declared=True)
    if target.path and target.holder:
        yield trail.standing(target.path, node)
        uses = suite.module.answers.attribute_uses(target.holder, target.name) or ()
        yield from external_uses(suite, uses, node, trail)


def external_uses(suite: Suite, uses: Iterable[ExternalUse], node: ast.AST, trail: Trail) -> Iterator[Use]:
    """Yield uses in another file as those of a mock that leaves this one at ``node``."""
    for each in uses:
        path, kind = (*trail.path, *each.path), Kind(each.kind)
        use = Use(
            path, kind, node, trail.origin, True, each.used, each.name, each.evidence, each.stands_for,
            taker=each.taker, plain=each.plain, functions=each.functions, at_times=each.at_times,
            declared=each.declared,
        )  # fmt: skip
        yield from followed(suite, use) if each.taker is not None else (use,)
