"""What a test of tornado yields to its loop, and what awaits the same."""

from __future__ import annotations

import ast

from codemods.analysis.legacy.generator_coroutines import Conversion, of_bare, of_delegation
from codemods.analysis.legacy.yields import await_edit, is_misplaced
from codemods.edits.yields import Yielded
from codemods.semantics.file.order import Definition, callee, own_nodes
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import called_functions, may_be_plain
from codemods.semantics.pytest.values.instances import given_values

_SEVERAL = (ast.Dict, ast.DictComp, ast.List, ast.ListComp)
_GONE = frozenset({"tornado.gen.Callback", "tornado.gen.Task", "tornado.gen.Wait", "tornado.gen.WaitAll"})


def tornado_converted(context: Context, node: Definition, yields: list[Yielded]) -> Conversion:
    """Return what makes the body of a coroutine out of that of a generator which tornado drives."""
    found = [_of_yield(context, each) for each in yields]
    obstacle = next((each.obstacle for each in found if each.obstacle), None)
    if obstacle is None and _raises_return(context, node):
        obstacle = "it raises `gen.Return`, which would leave the coroutine as an exception"
    if obstacle is not None:
        return Conversion(obstacle=obstacle)
    edits = tuple(edit for each in found for edit in each.edits)
    imports = tuple(dict.fromkeys(one for each in found for one in each.imports))
    return Conversion(edits, imports, tuple(doubt for each in found for doubt in each.doubts))


def _of_yield(context: Context, node: Yielded) -> Conversion:
    module = context.module
    if (misplaced := is_misplaced(module, node)) is not None:
        return Conversion(obstacle=misplaced)
    if isinstance(node, ast.YieldFrom):
        return of_delegation(context, node)
    if node.value is None or isinstance(node.value, ast.Constant) or module.resolve(node.value) == "tornado.gen.moment":
        return of_bare(module, node, ("tornado.gen.moment",))
    value = aliased_value(module, node.value) or node.value
    if isinstance(value, _SEVERAL) or _makes_several(context, value):
        return _of_several(context, node)
    text = module.segment(node.value)
    if not isinstance(value, ast.Call):
        return Conversion(obstacle=f"it can't be told whether `{text}` is awaitable")
    if _is_for_a_thread(context.suite, value):
        return Conversion(obstacle=f"`{text}` may be a future of a thread, which only tornado awaits")
    if module.resolve(value.func) in _GONE or may_be_plain(context.suite, value):
        return Conversion(obstacle=f"`{text}` isn't awaitable")
    return Conversion((await_edit(module, node),))


def _is_for_a_thread(suite: Suite, call: ast.Call) -> bool:
    """Say whether a call submits something to a pool, or is one of a function of the file that does and returns it."""
    found: list[ast.expr] = [call]
    for each in called_functions(suite, call.func):
        found += given_values(suite.module, each) if isinstance(each, ast.FunctionDef) else []
    functions = (each.func for each in found if isinstance(each, ast.Call))
    return any(isinstance(each, ast.Attribute) and each.attr == "submit" for each in functions)


def _makes_several(context: Context, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and context.module.unbound_name(node.func) in ("dict", "list")


def _of_several(context: Context, node: ast.Yield) -> Conversion:
    """Return what awaits a list or a dictionary of awaitables, as tornado does when one is yielded."""
    written = context.reference("tornado.gen.multi", node)
    if written is None:
        return Conversion(obstacle="tornado is another name here")
    return Conversion((await_edit(context.module, node, through=written.text),), written.imports)


def _raises_return(context: Context, node: Definition) -> bool:
    raised = (each.exc for each in own_nodes(node) if isinstance(each, ast.Raise))
    called = (callee(each) for each in raised if each is not None)
    return any(context.module.resolve(each) == "tornado.gen.Return" for each in called)
