"""What other files do with a mock that this one hands to their code or puts among their things."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.analysis.mocking.handed_on import followed
from codemods.analysis.mocking.mock_uses import Kind, Trail, Use
from codemods.analysis.mocking.patch_targets import Target
from codemods.semantics.answers import Answer, ExternalUse
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import of_definition
from codemods.semantics.pytest.values.paths import infer_path


def handed(suite: Suite, call: ast.Call, node: ast.expr, trail: Trail) -> list[Use] | None:
    """Return what a function of another file does with a mock that is its argument; None if that isn't known."""
    callee = infer_path(suite, call.func)
    place = _place(call, node)
    if callee is None or place is None:
        return None
    known = suite.module.answers.argument(callee, place)
    if known.uses is None:
        return None
    stands = [trail.standing(known.path, node)] if known.path else []
    reached = [each for each in known.uses if not _is_replaced(suite, call, each)]
    return [*stands, *external_uses(suite, reached, node, trail)]


def _is_replaced(suite: Suite, call: ast.Call, use: ExternalUse) -> bool:
    """Return whether a use is in a method that the function has replaced, on the object whose method it calls."""
    if not isinstance(call.func, ast.Attribute):
        return False
    module, owner = suite.module, ast.unparse(call.func.value)
    stores = (each for each in module.stores.get(use.by, ()) if ast.unparse(each.value) == owner)
    return any(_comes_before(module, each, call) and _holds(suite, each, use) for each in stores)


def _comes_before(module: Module, store: ast.Attribute, call: ast.Call) -> bool:
    """Return whether what always runs before a call stores something that isn't made of what was there."""
    function, statement = module.function_of(call), module.statement_of(store)
    straight = module.place_of(statement)[0] is getattr(function, "body", None)
    names = (each.attr for each in ast.walk(statement) if isinstance(each, ast.Attribute) and each is not store)
    return straight and position(store) < position(call) and store.attr not in names


def _holds(suite: Suite, store: ast.Attribute, use: ExternalUse) -> bool:
    """Return whether a use is in the file, and below the head, of the method in whose place something is stored."""
    path = infer_path(suite, store)
    method = suite.module.answers.callee(path).evidence if path is not None else None
    if method is None or use.way is None:
        return False
    return method.path == use.way.path and method.line < use.way.line


def _place(call: ast.Call, node: ast.expr) -> int | str | None:
    if node in call.args:
        starred = any(isinstance(each, ast.Starred) for each in call.args)
        return None if starred else call.args.index(node)
    return next((each.arg for each in call.keywords if each.value is node), None)


def replacing(suite: Suite, target: Target, node: ast.AST, trail: Trail) -> Iterator[Use]:
    """Yield the uses of a mock that is put in the place of something."""
    found = of_definition(suite, target.definition) if target.definition is not None else Answer.UNKNOWN
    if found is not Answer.UNKNOWN:
        yield trail.use(Kind.TARGET if found is Answer.ASYNC else Kind.SYNC, target.definition or node)
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
        )  # fmt: skip
        yield from followed(suite, use) if each.taker is not None else (use,)
