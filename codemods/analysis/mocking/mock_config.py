"""What a file tells its mocks to give: keywords of the call that makes them, and assignments afterwards."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemods.analysis.mocking.futures import is_new_future, is_setter, value_set
from codemods.analysis.mocking.mock_effects import effect
from codemods.analysis.mocking.mock_subjects import Subject, is_replaced, stored_value
from codemods.analysis.mocking.mock_uses import Kind, Path, Use
from codemods.analysis.mocking.mock_values import SHARED, UNSEEN, Nature, Value, returned, stuck, unwrapped
from codemods.edits.calls import set_argument
from codemods.edits.statements import remove_statement, replace_statement, set_value
from codemods.model import Edit
from codemods.semantics.file.arguments import arguments
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import dotted_keywords

NAMES = ("return_value", "side_effect")
_SETTERS = ("set_result", "set_exception")


@dataclass(frozen=True, slots=True)
class Config:
    """One ``return_value`` or ``side_effect``; ``holder`` is the call or the assignment that says it."""

    name: str
    node: ast.expr
    holder: ast.Call | ast.Assign | ast.AnnAssign
    value: Value
    setter: ast.Expr | None = None
    """The statement that finishes a future which stands on the mock itself."""

    @property
    def nature(self) -> Nature:
        """What the value is to who awaits the mock."""
        return self.value.nature


def configs(suite: Suite, subject: Subject, path: Path) -> list[Config]:
    """Return all that a file says about what the mock at ``path`` gives."""
    return [*_keywords(suite, subject, path), *_assigned(suite, subject, path)]


def _keywords(suite: Suite, subject: Subject, path: Path) -> Iterator[Config]:
    for creation in subject.creations:
        for each in creation.call.keywords:
            if not path and each.arg in NAMES:
                yield Config(each.arg, each.value, creation.call, judge(suite, each.arg, each.value))
        for steps, value in dotted_keywords(creation.call) or ():
            if steps[:-1] == path and steps[-1] in NAMES:
                yield Config(steps[-1], value, creation.call, judge(suite, steps[-1], value))


def _assigned(suite: Suite, subject: Subject, path: Path) -> Iterator[Config]:
    for use in subject.at_any((*path, name) for name in NAMES):
        if use.kind is Kind.WRITE and not is_replaced(suite.module, subject, path, use):
            statement = suite.module.parents[use.node]
            value = stored_value(suite.module, use)
            if value is None or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
                yield _stored_with_others(suite, use, statement)
            elif use.path[-1] == "return_value" and is_new_future(suite.module, value):
                yield _future(
                    suite, subject, use, Config("return_value", value, statement, judge(suite, "return_value", value))
                )
            else:
                yield Config(use.path[-1], value, statement, judge(suite, use.path[-1], value))


def _stored_with_others(suite: Suite, use: Use, statement: ast.AST) -> Config:
    """Return what an assignment gives that fills more than the mock: ``a.return_value = b.return_value = value``."""
    node: ast.expr = use.node  # type: ignore[assignment]
    if not isinstance(statement, ast.Assign) or node not in statement.targets:
        return Config(use.path[-1], node, ast.Assign([], node), UNSEEN)
    value = judge(suite, use.path[-1], statement.value)
    if value.nature is Nature.WRAPPED:
        value = stuck("its awaitable is given to others too")
    elif use.path[:-1] and value.nature is not Nature.STUCK:
        value = SHARED
    return Config(use.path[-1], statement.value, statement, value)


def judge(suite: Suite, name: str, node: ast.expr) -> Value:
    """Return what a ``return_value`` or ``side_effect`` gives."""
    return returned(suite, node) if name == "return_value" else effect(suite, node)


def _future(suite: Suite, subject: Subject, use: Use, config: Config) -> Config:
    """Look at ``m.return_value = Future()`` and ``m.return_value.set_result(v)`` in the same block."""
    module = suite.module
    block, index = module.place_of(config.holder)
    setters = [module.parents[each.node] for each in setter_uses(subject, use.path[:-1])]
    following = block[index + 1] if index + 1 < len(block) else None
    behind = [each for each in setters if isinstance(each, ast.Expr) and each is following]
    if len(behind) != 1 or not isinstance(behind[0].value, ast.Call):
        return config
    value = unwrapped(suite, value_set(behind[0].value), behind[0].value.args[0])
    return replace(config, value=value, setter=behind[0])


def setter_uses(subject: Subject, path: Path) -> list[Use]:
    """Return the calls that finish the future that the mock at ``path`` gives."""
    found = subject.at_any((*path, "return_value", name) for name in _SETTERS)
    return [use for use in found if use.kind is Kind.SYNC and is_setter(use.node)]


def unwrapping(module: Module, config: Config) -> list[Edit]:
    """Return the edits that write the value instead of the awaitable around it."""
    value = config.value
    if config.nature is not Nature.WRAPPED:
        return []
    name = "side_effect" if value.raises else config.name
    edits = [remove_statement(module, each) for each in value.removed]
    if isinstance(config.holder, ast.Call):
        index = next(
            i for i, each in enumerate(arguments(config.holder)) if getattr(each, "value", None) is config.node
        )
        renamed = name if name != config.name else None
        return [*edits, set_argument(module, config.holder, index, text=value.text, keyword=renamed)]
    if config.setter is not None:
        owner = module.segment(config.holder.targets[0]).rpartition(".")[0]  # type: ignore[union-attr]
        text = f"{owner}.{name} = {value.text}"
        return [
            *edits,
            remove_statement(module, config.holder),
            replace_statement(module, config.setter, text),
        ]
    if name == config.name:
        return [*edits, set_value(module, config.holder, value.text)]
    owner = module.segment(config.holder.targets[0]).rpartition(".")[0]  # type: ignore[union-attr]
    return [*edits, replace_statement(module, config.holder, f"{owner}.{name} = {value.text}")]
