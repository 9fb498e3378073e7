"""Whether a place is expected to fail: a test that would pass now is then a test that breaks."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.suite import Suite

STOP = "StopIteration"
"""What a mock raises that has nothing more to give; an AsyncMock raises another error."""
_BLOCKS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})
TYPE_ERROR = "TypeError"
ANY_ERROR = "Exception"
BROAD = frozenset({"BaseException", ANY_ERROR})
_MOST_CALLERS = 32
_MARKS = frozenset({"expectedFailure"})
_ENTERING = frozenset({"enter_context", "enterContext"})
_TRY_STAR = getattr(ast, "TryStar", ast.Try)


def expects_failure(suite: Suite, node: ast.AST, errors: Collection[str]) -> str | None:
    """Return what expects a node to fail, be it only with one of ``errors``."""
    for parent in suite.module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_failure_expected(suite, parent):
            return f"`{parent.name}` is expected to fail"
    caught = expected_errors(suite.module, node) | _entered(suite.module, suite.module.function_of(node))
    wanted = {*errors, *(BROAD if TYPE_ERROR in errors else ())}
    if found := caught & wanted:
        return f"the {min(found)} that it raises now is expected"
    return None


def names_errors(module: Module) -> bool:
    """Return whether a file expects any failure that a TypeError may be."""
    named = any(each in module.loads for each in (TYPE_ERROR, *BROAD, *_MARKS))
    return named or any(each in module.attributes for each in ("xfail", *_MARKS))


def is_failure_expected(suite: Suite, node: Definition, errors: Collection[str] = ()) -> bool:
    """Return whether a test is marked to fail, also where only some of its parameters are; with one of ``errors``."""
    decorated = (node, *suite.module.classes_around(node))
    if any(_is_marked(each) for each in decorated):
        return True
    marks = [aliased_value(suite.module, each.node) or each.node for each in suite.marks(node)]
    inner = [each for mark in marks for each in walk(mark)]
    found = [each for each in inner if isinstance(each, ast.Attribute) and each.attr == "xfail"]
    return any(_may_raise(suite.module, each, errors) for each in found)


def _may_raise(module: Module, mark: ast.AST, errors: Collection[str]) -> bool:
    call = module.parents.get(mark)
    raises = keyword(call, "raises") if isinstance(call, ast.Call) else None
    return not errors or raises is None or not _names(raises.value).isdisjoint(errors)


def expected_errors(module: Module, node: ast.AST) -> set[str]:
    """Return the names of the errors that the blocks around a node expect or catch."""
    return {name for names in _expected(module, node) for name in names}


def is_expected_to_raise(module: Module, node: ast.AST) -> bool:
    """Return whether something around a node expects any error of it."""
    return next(_expected(module, node), None) is not None


def _expected(module: Module, node: ast.AST) -> Iterator[set[str]]:
    """Yield the names of the errors that each block around a node expects or catches."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.With, ast.AsyncWith)) and module.place_of(child)[0] is parent.body:
            calls = [each.context_expr for each in parent.items if isinstance(each.context_expr, ast.Call)]
            yield from (_names(arg) for each in calls for arg in _expected_by(each))
        elif isinstance(parent, (ast.Try, _TRY_STAR)) and module.place_of(child)[0] is parent.body:
            yield from (_names(each.type) if each.type else set(BROAD) for each in parent.handlers)
        child = parent


@once
def _entered(module: Module, function: ast.AST | None) -> set[str]:
    """Return the errors that a function expects by ``stack.enter_context(raises(…))``."""
    calls = [each for each in module.inside(ast.Call, function) if last_name(each.func) in _ENTERING]
    given = [each for call in calls for each in call.args if isinstance(each, ast.Call)]
    return {name for each in given for arg in _expected_by(each) for name in _names(arg)}


def _expected_by(call: ast.Call) -> list[ast.expr]:
    """Return what the call that makes a block says that it expects or swallows."""
    name = last_name(call.func)
    given = [each.value for each in call.keywords if each.arg in ("expected_exception", "exception")]
    return [*call.args[: None if name == "suppress" else 1], *given] if name in _BLOCKS else []


def _is_marked(node: Definition | ast.ClassDef) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] in _MARKS for each in node.decorator_list)


def _names(node: ast.expr) -> set[str]:
    each = node.elts if isinstance(node, ast.Tuple) else [node]
    return {ast.unparse(one).rpartition(".")[2] for one in each}


def caught_in_code(suite: Suite, node: ast.AST) -> str:
    """Return which error the code around an ``await`` catches, of those that a TypeError is one of; nothing if none."""
    direct = expected_errors(suite.module, node)
    if TYPE_ERROR in direct or TYPE_ERROR in _caught_by_callers(suite.module, suite.module.function_of(node)):
        return TYPE_ERROR
    return ANY_ERROR if direct & BROAD else ""


@once
def _caught_by_callers(module: Module, function: ast.AST | None) -> set[str]:
    """Return the errors that are caught where functions of the file use one, from caller to caller, by name alone."""
    found: set[str] = set()
    seen: set[ast.AST] = set()
    waiting = [function]
    while waiting and len(seen) < _MOST_CALLERS:
        each = waiting.pop()
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each not in seen:
            seen.add(each)
            for place in (*module.attributes.get(each.name, ()), *module.loads.get(each.name, ())):
                found |= expected_errors(module, place)
                waiting.append(module.function_of(place))
    return found
