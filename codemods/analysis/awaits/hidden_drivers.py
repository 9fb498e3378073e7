"""The drivers of a file that something else calls, and the names under which it keeps them."""

from __future__ import annotations

import ast
from collections import defaultdict

from codemods.analysis.loops.drivers import handed_drivers, is_driver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, texts, walk

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class HiddenDrivers:
    """The drivers of a file that something else calls, and the names under which it keeps them."""

    def __init__(self, module: Module) -> None:
        """Look at one file."""
        self.handed: defaultdict[ast.AST, list[ast.expr]] = defaultdict(list)
        """The drivers that each function hands on, or that a decorator hands to it."""
        self.strings = {_last_part(each.value) for each in module.nodes(ast.Constant) if isinstance(each.value, str)}
        """The last parts of the file's strings, of which a patch may mean a function: ``"test_it.fetch"``."""
        self.names: set[str] = set()
        """Variables of the module or of a class that are given a driver, or a lambda that calls one."""
        self._getters = [each for each in module.nodes(ast.Call) if _gets_by_name(each)]
        for each in handed_drivers(module):
            if (function := _function_around(module, each)) is not None:
                self.handed[function].append(each)
            self.names |= _assigned(module, each)
        for call in module.nodes(ast.Call):
            if not isinstance(module.function_of(call), _FUNCTIONS) and is_driver(module, call):
                self.names |= _assigned(module, call)

    def getter_of(self, node: Definition) -> ast.Call | None:
        """Return a call that may get a function of the file by a name that is put together."""
        return next((each for each in self._getters if all(part in node.name for part in _parts(each.args[1]))), None)


def _gets_by_name(call: ast.Call) -> bool:
    """Say whether a call gets an attribute of an object itself, or of a module, by a name that doesn't show."""
    named = isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1
    return named and isinstance(call.args[0], (ast.Name, ast.Subscript)) and bool(_parts(call.args[1], least=2))


def _parts(node: ast.expr, least: int = 1) -> list[str]:
    """Return the strings that a name is put together from, if the expression isn't a string itself."""
    inner = [] if isinstance(node, ast.Constant) else list(walk(node))
    found = texts(inner)
    return [each for each in found if len(each) >= least]


def _last_part(text: str) -> str:
    return text.rpartition(".")[2]


def _function_around(module: Module, node: ast.expr) -> ast.AST | None:
    return next((each for each in module.ancestors(node) if isinstance(each, _FUNCTIONS)), None)


def _assigned(module: Module, node: ast.expr) -> set[str]:
    """Return what holds a driver, if that is no variable of a function."""
    holder = module.statement_of(node)
    targets = holder.targets if isinstance(holder, ast.Assign) else []
    local = module.function_of(holder) is not None
    names = {each.id for each in targets if isinstance(each, ast.Name) and not local}
    return names | {each.attr for each in targets if isinstance(each, ast.Attribute)}
