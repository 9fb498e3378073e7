"""Where the AsyncMock of an attribute is written: in place of its configuration, behind its parent, or as a keyword."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.analysis.mocking.mock_config import Config
from codemods.analysis.mocking.mock_subjects import Creation, Maker
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.analysis.mocking.moves import text_of
from codemods.edits.calls import add_keyword, set_argument
from codemods.edits.statements import insert_after, remove_statement, replace_statement
from codemods.rules.base import Context
from codemods.rules.mocks._writing import CantWriteError, Draft, child_text, class_text, note, unwrap
from codemods.semantics.file.arguments import arguments
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.values.mocks import OWN


def place(context: Context, creations: list[Creation], verdict: Verdict, draft: Draft) -> None:
    """Have the attribute of each creation be an AsyncMock; raises CantWriteError where there is no place for one."""
    if _dotted(context, creations, verdict, draft) or _in_place(context, creations, verdict, draft):
        return
    for creation in creations:
        text = class_text(context, creation, "AsyncMock", creation.call, draft)
        child = child_text(context, creation, creation.call, draft) if verdict.keeps_child else None
        _behind(context.module, creation, verdict, text, child, draft)
    unwrap(context, verdict.configs, draft)


def _behind(module: Module, creation: Creation, verdict: Verdict, text: str, child: str | None, draft: Draft) -> None:
    first = verdict.path[0]
    made = f"{text}({f'return_value={child}' if child else ''})"
    if (found := target(module, creation)) is not None:
        statement, owner = found
        name = ".".join((owner, *verdict.path))
        apart = child is not None and verdict.is_tracked
        lines = [f"{name} = {text}()", f"{name}.return_value = {child}"] if apart else [f"{name} = {made}"]
        draft.edits += [insert_after(module, statement, line) for line in lines]
    elif len(verdict.path) == 1 and creation.maker is Maker.CALLEE and first not in OWN:
        draft.edits.append(add_keyword(module, creation.call, keyword=first, text=made))
    else:
        raise CantWriteError("there is no statement behind which its AsyncMock could be set")


def target(module: Module, creation: Creation) -> tuple[ast.Assign | ast.AnnAssign, str] | None:
    """Return the statement that only stores a creation, on lines of its own, and the text of where it does so."""
    statement = module.parents[creation.call]
    if creation.maker is not Maker.CALLEE or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return None
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    span = module.span(statement)
    before = module.lines[span.line - 1][: span.column - 1].strip()
    behind = module.lines[span.end_line - 1][span.end_column - 1 :].strip()
    if (
        before
        or behind[:1] not in ("", "#")
        or not all(isinstance(each, (ast.Name, ast.Attribute)) for each in targets)
    ):
        return None
    return statement, module.segment(next((each for each in targets if isinstance(each, ast.Name)), targets[0]))


def _in_place(context: Context, creations: list[Creation], verdict: Verdict, draft: Draft) -> bool:
    """Write the first configuration as the AsyncMock that carries it, if it comes before all uses."""
    if not verdict.configs or len(creations) > 1:
        return False
    config, *others = sorted(verdict.configs, key=lambda each: each.holder.lineno)
    if not isinstance(config.holder, ast.Assign):
        return False
    if not _comes_first(context.module, config.holder, creations[0].call, verdict):
        return False
    owner = config.holder.targets[0].value  # type: ignore[attr-defined]
    text = class_text(context, creations[0], "AsyncMock", config.holder, draft)
    written = f"{context.module.segment(owner)} = {text}({_argument(context.module, config)})"
    if config.setter is not None:
        draft.edits.append(remove_statement(context.module, config.holder))
    draft.edits.append(replace_statement(context.module, config.setter or config.holder, written))
    _count(context.module, config, draft)
    unwrap(context, others, draft)
    return True


def _argument(module: Module, config: Config) -> str:
    name = "side_effect" if config.value.raises else config.name
    return f"{name}={config.value.text or text_of(module, config.node, config.node)}"


def _count(module: Module, config: Config, draft: Draft) -> None:
    draft.edits += [remove_statement(module, each) for each in config.value.removed]
    note(module, config, draft)


def _comes_first(module: Module, statement: ast.Assign, creation: ast.Call, verdict: Verdict) -> bool:
    """Return whether all uses of the attribute stand behind a statement in its block, or run in code that runs later."""
    block, index = module.place_of(statement)
    here = module.outer_definition(statement)
    # What a set-up function says before it gives the mock away, it says before all others.
    sets_up = here is not None and module.outer_definition(creation) is here and module.parents[statement] is here
    # What other files did with it before, they did with the old mock, and go on doing so.
    uses = [use for use in (*verdict.uses, *verdict.subject.below(verdict.path)) if use.evidence is None]
    return all(
        _index(module, block, use.node) >= index
        or (use.shared and use.origin is here)
        or (sets_up and use.origin is not here)
        for use in uses
    )


def _index(module: Module, block: Sequence[ast.stmt], node: ast.AST) -> int:
    """Return which statement of a block a node stands in; -1 if none."""
    around = (node, *module.ancestors(node))
    return next((index for own, index in map(module.place_of, around) if own is block), -1)


def _dotted(context: Context, creations: list[Creation], verdict: Verdict, draft: Draft) -> bool:
    """Write ``**{"get.return_value": v}`` as ``get=AsyncMock(return_value=v)``."""
    config = next((each for each in verdict.configs if _in_dictionary(each)), None)
    if config is None:
        return False
    first = verdict.path[0]
    if (
        len(verdict.configs) > 1
        or len(creations) > 1
        or len(verdict.path) > 1
        or not first.isidentifier()
        or first in OWN
    ):
        raise CantWriteError("a dictionary says what it gives")
    creation = creations[0]
    text = class_text(context, creation, "AsyncMock", creation.call, draft)
    index = next(i for i, each in enumerate(arguments(creation.call)) if isinstance(each, ast.keyword) and not each.arg)
    value = f"{text}({_argument(context.module, config)})"
    draft.edits.append(set_argument(context.module, creation.call, index, text=value, keyword=first))
    _count(context.module, config, draft)
    return True


def _in_dictionary(config: Config) -> bool:
    return isinstance(config.holder, ast.Call) and all(each.value is not config.node for each in config.holder.keywords)
