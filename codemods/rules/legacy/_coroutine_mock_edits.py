"""The edits that have a place make an AsyncMock instead of a CoroutineMock."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.analysis.mocking.mock_subjects import Maker
from codemods.edits.calls import add_keyword, replace_callee, set_argument
from codemods.edits.statements import replace_statement
from codemods.model import Edit
from codemods.rules.base import Context
from codemods.rules.legacy._asynctest import Binding
from codemods.rules.legacy._coroutine_mocks import Coroutines, checked
from codemods.rules.legacy._unittest_names import written
from codemods.rules.mocks._writing import CantWriteError, Draft, unwrap
from codemods.semantics.file.arguments import arguments
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import Reference


@dataclass(frozen=True, slots=True)
class Names:
    """How a file writes what it needs at a place; ``alias`` is its name for asynctest's module of mocks."""

    context: Context
    bound: list[Binding] = field(default_factory=list)
    alias: str | None = None

    def text(self, name: str, found: Coroutines, draft: Draft) -> str:
        """Return how to write a class of mocks; raises CantWriteError where its name is taken."""
        reference = (
            Reference(f"{self.alias}.{name}") if self.alias else written(self.context, self.bound, name, found.use.node)
        )
        if reference is None:
            raise CantWriteError(f"`{name}` is another name here")
        draft.imports += reference.imports
        return reference.text


def convert(names: Names, found: Coroutines, draft: Draft, *, keep_name: bool = False) -> None:
    """Have a place make an AsyncMock; with ``keep_name`` what it calls the class comes from elsewhere already."""
    module = names.context.module
    if not keep_name:
        draft.edits.append(_renamed(module, found, names.text("AsyncMock", found, draft)))
    if found.creation is not None and found.keeps_child:
        text = f"{names.text('MagicMock', found, draft)}()"
        draft.edits.append(add_keyword(module, found.creation.call, keyword="return_value", text=text))
    unwrap(names.context, list(found.configs), draft)
    for each in found.checks:
        if (check := checked(module, each)) is not None:
            draft.edits.append(replace_statement(module, check[0], f"{module.segment(each.value)}.{check[1]}()"))


def _renamed(module: Module, found: Coroutines, text: str) -> Edit:
    parent = module.parents[found.use.node]
    if found.creation is not None and found.creation.maker is Maker.CALLEE:
        return replace_callee(module, found.creation.call, text)
    call = found.creation.call if found.creation is not None else parent
    assert isinstance(call, ast.Call)
    places = [getattr(each, "value", each) if each is parent else each for each in arguments(call)]
    return set_argument(module, call, places.index(found.use.node), text=text)
