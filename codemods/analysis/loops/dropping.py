"""The statements that go with a loop that a function made for itself."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from codemods.analysis.loops.uses import LoopUses, is_current_loop
from codemods.edits.statements import keep_body, remove_statement
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk


@dataclass(frozen=True)
class Going:
    """What goes from a function with its loops: ``driven`` are the loops that run something, ``gone`` statements."""

    module: Module
    node: Definition
    driven: set[ast.expr | None]
    gone: set[ast.AST]

    @cached_property
    def names(self) -> Mapping[str, list[ast.Name]]:
        """The places that read each name and run nothing by it."""
        found: defaultdict[str, list[ast.Name]] = defaultdict(list)
        for each in walk(self.node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each not in self.driven:
                found[each.id].append(each)
        return found

    @cached_property
    def inside(self) -> set[ast.AST]:
        """All nodes of the statements that go."""
        return {each for statement in self.gone for each in walk(statement)}

    @cached_property
    def last_runs(self) -> Mapping[str, int]:
        """The last line in which each loop runs something."""
        runs = sorted((each.lineno, each.id) for each in self.driven if isinstance(each, ast.Name))
        return {name: line for line, name in runs}

    @cached_property
    def unsetting(self) -> set[ast.AST]:
        """The statements that unset the current loop, which go with any."""
        return {each for each in self.gone if isinstance(each, ast.Expr) and _is_unsetting(each)}

    def using(self, reads: list[ast.Name]) -> set[ast.AST]:
        """Return the statements that go with a loop."""
        return ({self.module.statement_of(each) for each in reads} & self.gone) | self.unsetting


def drop(going: Going, name: str, value: ast.expr, uses: LoopUses) -> None:
    """Take a loop away that nothing but the drivers used."""
    module, left = going.module, going.names[name]
    if _runs_closed(going, name, [each for each in left if each in going.inside]):
        uses.obstacles.append(f"the loop `{name}` is closed before it runs something")
        return
    if any(each not in going.inside for each in left):
        closed = any(each in going.inside for each in left)
        if closed or not is_current_loop(module, value):
            uses.obstacles.append(f"the loop `{name}` is used for more than to run something")
        return
    statements = [module.parents[value], *sorted(going.using(left), key=lambda each: each.lineno)]  # type: ignore[attr-defined]
    around = map(module.parents.__getitem__, statements)
    tries = {each for each in around if isinstance(each, ast.Try) and _only_closes(each, statements)}
    kept = [each for each in statements if module.parents[each] not in tries or each in _body(module.parents[each])]
    removable = [each for each in kept if isinstance(each, ast.stmt) and _may_go(module, each, {*statements})]
    if removable == kept:
        uses.edits += [remove_statement(module, each) for each in removable]
        uses.edits += [keep_body(module, each) for each in tries]
    else:
        uses.obstacles.append(f"without the loop `{name}` a block would be empty")


def _runs_closed(going: Going, name: str, reads: list[ast.Name]) -> bool:
    """Say whether something runs on a loop below the line that closes it."""
    closed = [each.lineno for each in reads if getattr(going.module.parents[each], "attr", "") == "close"]
    return bool(closed) and going.last_runs.get(name, 0) > min(closed)


def _only_closes(node: ast.Try, going: list[ast.AST]) -> bool:
    """Say whether a ``try`` is there for nothing but to close the loop."""
    return not node.handlers and not node.orelse and all(each in going for each in node.finalbody)


def _body(node: ast.AST) -> list[ast.stmt]:
    return node.body if isinstance(node, ast.Try) else []


def _is_unsetting(node: ast.Expr) -> bool:
    call = node.value
    return isinstance(call, ast.Call) and bool(call.args) and isinstance(call.args[0], ast.Constant)


def _may_go(module: Module, statement: ast.AST, going: set[ast.AST]) -> bool:
    """Say whether something is left in the block that a statement goes from."""
    return any(each not in going for each in module.place_of(statement)[0])
