"""The calls of a file that run a coroutine from sync code, by a driver itself or by a helper that is nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.driver_helpers import helpers_in
from codemods.analysis.loops.drivers import Driver, is_driver, is_run, may_drive
from codemods.model import Leftover, Released
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import DriverHelper
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition

_NAMED = re.compile(r"run|sync|await|wait|drive|loop|complete", re.I)
_BUILT_IN = re.compile(r"(?:asyncio|subprocess|anyio|trio|uvloop|unittest|pytest)\b")


@dataclass(frozen=True, slots=True)
class Drive:
    """A call that runs a coroutine; ``helper`` is the function of the project that it calls for that."""

    driver: Driver
    is_run: bool
    helper: str | None = None
    local: Definition | None = None

    @property
    def call(self) -> ast.Call:
        """The call."""
        return self.driver.call


class Drives:
    """The drivers, helpers and calls of both in one file."""

    def __init__(self, module: Module, calls: Calls) -> None:
        """Look at one file."""
        self.module = module
        self._calls = calls
        self.helpers = helpers_in(module)
        self.by_function: dict[ast.AST, list[Drive]] = {}
        self.direct: dict[ast.AST, list[ast.Call]] = {}
        """The drivers that stand in each function itself, whatever they run."""
        for call in module.nodes(ast.Call):
            self._note(call)

    def _note(self, call: ast.Call) -> None:
        if may_drive(call.func) and is_driver(self.module, call):
            if (around := self.module.function_of(call)) is not None:
                self.direct.setdefault(around, []).append(call)
        elif (drive := self._by_helper(call)) is not None:
            if (around := self.module.function_of(call)) is not None:
                self.by_function.setdefault(around, []).append(drive)

    def _by_helper(self, call: ast.Call) -> Drive | None:
        if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
            return None
        local = self._calls.target(call.func) if self.helpers else None
        helper = self.helpers.get(local) if local is not None else self._imported(call)
        if helper is None or not (helper.returns or isinstance(self.module.parents[call], ast.Expr)):
            return None
        return Drive(Driver(call, call.args[0], None), helper.is_run, self.module.segment(call.func), local)

    def _imported(self, call: ast.Call) -> DriverHelper | None:
        if isinstance(call.func, ast.Attribute) and not _NAMED.search(call.func.attr):
            return None
        name = self.module.resolve(call.func) or ""
        if "." not in name or _BUILT_IN.match(name) or not _NAMED.search(name.rpartition(".")[2]):
            return None
        return self.module.answers.driver_helper(AccessPath.imported(name))

    def released(self, call: ast.Call) -> tuple[Released, ...]:
        """Return what nothing may use any more once a call is awaited instead."""
        if (local := self._calls.target(call.func)) in self.helpers and local is not None:
            return "asyncio", *self._definition(self.module.qualname(local))
        root: ast.expr = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return ("asyncio",)
        return ("asyncio", root.id, *self._definition(root.id)) if self.module.is_global(root) else ("asyncio",)

    def _definition(self, name: str) -> tuple[Leftover, ...]:
        """Return what a fix releases of a definition, unless another file takes it."""
        return () if self.module.answers.users(name) else (Leftover(name),)

    @cached_property
    def by_helper(self) -> set[ast.Call]:
        """The calls of helpers that run a coroutine."""
        return {each.call for drives in self.by_function.values() for each in drives}

    @cached_property
    def handed_on(self) -> dict[ast.AST, str]:
        """The functions that do something else with a helper than to run a coroutine, each with the helper's name."""
        uses = ((helper, use) for helper in self.helpers for use in self._calls.uses(helper))
        known = {each.func for each in self.by_helper}
        found = ((self.module.function_of(use), helper.name) for helper, use in uses if use not in known)
        return {around: name for around, name in found if around is not None}

    def running(self) -> Iterator[ast.AST]:
        """Yield the functions that run a coroutine themselves, without the helpers that are only called for that."""
        known = {each.func for each in self.by_helper}
        for each in {**self.direct, **self.by_function}:
            nested = self.module.function_of(each) is not None
            if each not in self.helpers or (nested and not known.issuperset(self._calls.uses(each))):
                yield each

    def in_function(self, node: Definition) -> bool:
        """Return whether a function itself runs a coroutine, and isn't there for nothing else."""
        return node not in self.helpers and (node in self.direct or node in self.by_function)

    def are_run(self, node: Definition) -> list[bool]:
        """Return, for each coroutine that a function itself runs, whether it is by ``asyncio.run``."""
        direct = [is_run(self.module, each.func) for each in self.direct.get(node, ())]
        return [*direct, *(each.is_run for each in self.by_function.get(node, ()))]

    def runs_of(self, node: Definition) -> list[ast.Call]:
        """Return the calls by which a function itself runs a coroutine by ``asyncio.run``."""
        direct = [each for each in self.direct.get(node, ()) if is_run(self.module, each.func)]
        return [*direct, *(each.call for each in self.by_function.get(node, ()) if each.is_run)]
