"""One visit over one unit's tree that makes all its edits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import dropwhile

import libcst as cst

from codemods.model import Edit
from codemods.transformers import (  # noqa: F401  (they register their verbs)
    calls,
    classes,
    decorators,
    functions,
    imports,
    statements,
    yields,
)
from codemods.transformers.comments import SimpleLine, without_noqa
from codemods.transformers.verbs import VERBS, Change

KINDS = {
    cst.AnnAssign: "AnnAssign",
    cst.Assert: "Assert",
    cst.Assign: "Assign",
    cst.Attribute: "Attribute",
    cst.AugAssign: "AugAssign",
    cst.Call: "Call",
    cst.ClassDef: "ClassDef",
    cst.Expr: "Expr",
    cst.For: "For",
    cst.FunctionDef: "FunctionDef",
    cst.If: "If",
    cst.Import: "Import",
    cst.ImportFrom: "ImportFrom",
    cst.Lambda: "Lambda",
    cst.Return: "Return",
    cst.Try: "Try",
    cst.With: "With",
    cst.Yield: "Yield",
}


class TransformError(Exception):
    """The edits of a unit could not be made; its message says why, for the user."""


class UnitTransformer(cst.CSTTransformer):
    """Counts the nodes of each kind on the way down and makes the edits of each on the way up."""

    def __init__(self, edits: Sequence[Edit], skip: Counter[str]) -> None:
        """Take the edits of one unit; ``skip`` counts the nodes of what was put around its text."""
        self.counts = Counter({kind: -count for kind, count in skip.items()})
        self._edits: defaultdict[tuple[str, int], list[Edit]] = defaultdict(list)
        for edit in edits:
            self._edits[edit.kind, edit.index].append(edit)
        self._open: list[list[Edit]] = []
        self._inserted: list[str] = []
        self._unneeded: list[str] = []
        self._empty: dict[int, cst.SimpleStatementLine] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Count the node."""
        if (kind := KINDS.get(type(node))) is not None:
            self._open.append(self._edits.pop((kind, self.counts[kind]), []))
            self.counts[kind] += 1
        # The dotted names of imports are attributes to LibCST, and texts to `ast`.
        return not isinstance(node, (cst.Import, cst.ImportFrom))

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Change:  # type: ignore[override]
        """Make the node's edits, in their order."""
        if type(original_node) in KINDS:
            return self._edited(updated_node, self._open.pop())
        if isinstance(updated_node, SimpleLine) and self._unneeded:
            updated_node = without_noqa(updated_node, self._unneeded)
            self._unneeded = []
        if isinstance(updated_node, cst.SimpleStatementLine) and self._inserted:
            return self._with_inserted(updated_node)
        if isinstance(updated_node, cst.SimpleStatementLine) and not updated_node.body:
            return self._emptied(updated_node)
        if isinstance(updated_node, (cst.IndentedBlock, cst.Module)):
            return self._without_empty_lines(updated_node)
        return updated_node

    def _edited(self, node: cst.CSTNode, edits: Sequence[Edit]) -> Change:
        changed: Change = node
        above: dict[str, None] = {}
        for edit in edits:
            if edit.verb == "insert_after":
                self._inserted.append(edit.args["text"])
            elif edit.verb == "define_above":
                above[edit.args["text"]] = None
            elif edit.verb == "drop_noqa":
                self._unneeded.append(edit.args["code"])
            else:
                changed = VERBS[edit.verb](changed, **edit.args)
        if isinstance(node, (cst.FunctionDef, cst.If, cst.Try)) and isinstance(changed, cst.RemovalSentinel):
            changed = self._emptied(cst.SimpleStatementLine((), node.leading_lines))
        return _below(above, changed) if above else changed

    def _with_inserted(self, line: cst.SimpleStatementLine) -> cst.CSTNode:
        added = [cst.parse_statement(text) for text in self._inserted]
        self._inserted = []
        if not line.body:
            return cst.FlattenSentinel([_in_place_of(line, added[0]), *added[1:]])  # type: ignore[return-value]
        return cst.FlattenSentinel([line, *added])  # type: ignore[return-value]

    def _emptied(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
        """Hold the place of a line until its block is left: LibCST would drop it, and the comments above it."""
        place = line.with_changes(body=(cst.Pass(),))
        self._empty[id(place)] = place
        return place

    def _without_empty_lines(self, block: cst.IndentedBlock | cst.Module) -> cst.CSTNode:
        if not self._empty:
            return block
        kept: list[cst.CSTNode] = []
        comments: list[cst.EmptyLine] = []
        for line in block.body:
            leading: Sequence[cst.EmptyLine] = line.leading_lines  # type: ignore[attr-defined]
            if id(line) in self._empty:
                comments += [each for each in leading if each.comment or not comments]
            else:
                # One blank line stays for those around what is gone; none where that stood first in a body.
                if not any(each.comment for each in comments) and (not kept or _starts_blank(leading)):
                    comments = []
                if line is not block.body[0] and not kept and not comments:
                    leading = tuple(dropwhile(lambda each: each.comment is None, leading))
                kept.append(line.with_changes(leading_lines=(*comments, *leading)))
                comments = []
        comments = list(dropwhile(lambda each: each.comment is None, comments))
        return block.with_changes(body=kept, footer=(*comments, *block.footer))

    def finish(self) -> None:
        """Raise TransformError if an edit found no place."""
        if self._edits or self._inserted or self._unneeded:
            raise TransformError("an edit found no place in the statement")


def _below(texts: Iterable[str], node: Change) -> Change:
    """Return the node, or what is left of it, below new definitions that take its place."""
    assert isinstance(node, cst.BaseCompoundStatement | cst.SimpleStatementLine)
    apart = (cst.EmptyLine(indent=False),) * 2
    first, *others = (cst.parse_statement(text) for text in texts)
    lines = [first.with_changes(leading_lines=node.leading_lines), *others, node]
    return cst.FlattenSentinel([lines[0], *(each.with_changes(leading_lines=apart) for each in lines[1:])])


def _in_place_of(line: cst.SimpleStatementLine, new: cst.CSTNode) -> cst.CSTNode:
    """Give what stands instead of a line the comments above and beside it."""
    new = new.with_changes(leading_lines=line.leading_lines)
    if isinstance(new, cst.SimpleStatementLine):
        return new.with_changes(trailing_whitespace=line.trailing_whitespace)
    body = cst.ensure_type(new.body, cst.IndentedBlock)  # type: ignore[attr-defined]
    return new.with_changes(body=body.with_changes(header=line.trailing_whitespace))


def _starts_blank(leading: Sequence[cst.EmptyLine]) -> bool:
    return bool(leading) and leading[0].comment is None


def _parsed(text: str) -> cst.Module:
    try:
        return cst.parse_module(text)
    except (AttributeError, TypeError) as error:
        # A fault of its own: a line end after `async`.
        raise TransformError(f"the statement can't be parsed by LibCST ({type(error).__name__})") from error


def transform(text: str, edits: Sequence[Edit], counts: Counter[str], skip: Counter[str]) -> str:
    """Return ``text``, one unit's parsable source, with ``edits`` made.

    ``counts`` are the kinds of node that ``ast`` found in the unit; where LibCST counts otherwise, the n-th of one is
    not the n-th of the other. Raises TransformError when that is so, or the text doesn't parse or print back.
    """
    try:
        module = _parsed(text)
        if module.code != text:
            raise TransformError("the statement doesn't survive parsing unchanged")
        transformer = UnitTransformer(edits, skip)
        changed = module.visit(transformer)
        if +transformer.counts != +counts:
            raise TransformError("the statement reads differently to the two parsers")
        transformer.finish()
        return changed.code
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError, cst.CSTLogicError) as error:
        raise TransformError(f"the statement can't be rewritten ({type(error).__name__})") from error
