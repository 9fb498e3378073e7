"""How the changes of a mock are written: the names of the classes, and the edits."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.analysis.mocking.mock_config import Config, unwrapping
from codemods.analysis.mocking.mock_subjects import Creation, Maker
from codemods.analysis.mocking.mock_uses import Use
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.mock_verdict import AWAIT_TWINS, AWAITED_FORMS
from codemods.edits.calls import add_keyword, rename_attribute, rename_method, replace_callee, set_argument
from codemods.model import Edit, Import
from codemods.rules.base import Context
from codemods.semantics.file.arguments import argument, arguments
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.values.mocks import is_mocker


class CantWriteError(Exception):
    """The change has no form in this file; the message says why."""


@dataclass
class Draft:
    """The edits of one finding, as they are collected."""

    edits: list[Edit] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)


def class_text(context: Context, creation: Creation, name: str, at: ast.AST, draft: Draft) -> str:
    """Return how to write a class of ``unittest.mock`` beside the one of ``creation``; may ask for an import."""
    module = context.module
    written = _written(creation)
    if written is not None and creation.kind == name:
        return module.segment(written)
    if isinstance(written, ast.Attribute) and (module.resolve(written) or _sees_mocker(module, written, at)):
        return f"{module.segment(written.value)}.{name}"
    bare = isinstance(written, ast.Name) and module.resolve(written) == f"unittest.mock.{creation.kind}"
    found = context.reference(f"unittest.mock.{name}", at, bare=bare)
    if found is None:
        raise CantWriteError(f"`{name}` is another name here")
    draft.imports += found.imports
    return found.text


def _written(creation: Creation) -> ast.expr | None:
    if creation.maker is Maker.CALLEE:
        return creation.call.func
    return argument(creation.call, "new_callable")


def _sees_mocker(module: Module, node: ast.Attribute, at: ast.AST) -> bool:
    if not isinstance(node.value, ast.Name) or not is_mocker(module, node.value):
        return False
    return module.scopes.lookup(node.value.id, at)[1] == module.scopes.lookup(node.value.id, node.value)[1]


def renamed(context: Context, creation: Creation, draft: Draft, name: str = "AsyncMock") -> None:
    """Have a creation make a mock of another class."""
    text = class_text(context, creation, name, creation.call, draft)
    written = _written(creation)
    if isinstance(written, ast.Name):
        draft.released.append(written.id)
    if creation.maker is Maker.CALLEE:
        draft.edits.append(replace_callee(context.module, creation.call, text))
    elif creation.maker is Maker.NOTHING:
        draft.edits.append(add_keyword(context.module, creation.call, keyword="new_callable", text=text))
    else:
        index = next(i for i, each in enumerate(arguments(creation.call)) if getattr(each, "value", None) is written)
        draft.edits.append(set_argument(context.module, creation.call, index, text=text))


def child_text(context: Context, creation: Creation, at: ast.AST, draft: Draft) -> str:
    """Return the call that makes a mock of the kind that a call of the old mock gave."""
    name = creation.kind.removeprefix("NonCallable")
    return f"{class_text(context, creation, name, at, draft)}()"


def unwrap(context: Context, configs: list[Config], draft: Draft) -> None:
    """Have the mock give values instead of the awaitables around them."""
    for each in configs:
        draft.edits += unwrapping(context.module, each)
        note(context.module, each, draft)


def note(module: Module, config: Config, draft: Draft) -> None:
    """Note whose work it is that a configuration loses its awaitable, and which imports that may free."""
    if config.nature is Nature.WRAPPED:
        draft.also.append("PAM306" if config.name == "side_effect" else "PAM305")
        gone = (config.holder, *config.value.removed)
        names = {node.id for each in gone for node in walk(each) if isinstance(node, ast.Name)}
        makers = {each.func.id for each in walk(config.node) if _is_named_call(each)}  # type: ignore[attr-defined]
        draft.released += sorted(names & {"asyncio", "Future"} | makers)


def count_awaits(context: Context, reads: list[Use], draft: Draft) -> None:
    """Read how often a mock was awaited, and with what, instead of called."""
    for each in reads:
        assert isinstance(each.node, ast.Attribute)
        draft.edits.append(rename_attribute(context.module, each.node, AWAIT_TWINS[each.name]))


def _is_named_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def assert_awaits(context: Context, assertions: list[Use], draft: Draft) -> None:
    """Have the assertions about calls ask for awaits."""
    for each in assertions:
        assert isinstance(each.node, ast.Call)
        draft.edits.append(rename_method(context.module, each.node, AWAITED_FORMS[each.name]))
        draft.also.append("PAM307")
