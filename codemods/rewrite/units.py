"""The new texts of units, in the line ends of the old, and the file that they make."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from codemods.edits.making import does
from codemods.edits.statements import remove_statement
from codemods.model import Edit
from codemods.semantics.file.module import Module, unit_nodes
from codemods.semantics.file.order import KINDS
from codemods.semantics.file.units import Unit, UnitKind
from codemods.source import split_lines

_OF_MORE = re.compile(r"#\W*$|[-=#*~_]{3,}|\b(?:end)?region\b|\b(?:fmt|isort|mypy|pylint|pyright|ruff):")
"""What a comment holds that isn't about the next statement alone: it rules off a section, or is for a tool."""


def edit_units(module: Module, edits: dict[int, list[Edit]]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the new texts of the units, and the reasons for those that couldn't be rewritten, by unit."""
    if not edits:
        return {}, {}
    from codemods.transformers import TransformError

    texts: dict[int, str] = {}
    failed: dict[int, str] = {}
    for index, wanted in edits.items():
        try:
            texts[index] = _rewrite_unit(module, module.units[index], wanted)
        except TransformError as error:
            failed[index] = str(error)
    return texts, failed


def edited(module: Module, edits: Sequence[Edit]) -> str | None:
    """Return the text of a file with some edits, or None if they can't all be made."""
    by_unit: defaultdict[int, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_unit[edit.unit].append(edit)
    texts, failed = edit_units(module, by_unit)
    return None if failed else splice(module, texts)


def _rewrite_unit(module: Module, unit: Unit, edits: Sequence[Edit]) -> str:
    from codemods.transformers import TransformError, transform

    if _is_removed_class(unit, edits):
        return ""
    old = module.unit_text(unit)
    feed = old[: len(old) - len(old.lstrip("\f"))]
    body = "".join(_unix(line) for line in split_lines(old[len(feed) :]))
    before, after = _wrapping(module, unit)
    counts = Counter(kind for node in unit_nodes(unit) if (kind := KINDS.get(type(node))))
    skip = Counter({"ClassDef": 1} if before else {})
    changed = transform(before + body + after, edits, counts, skip)
    if not (changed.startswith(before) and changed.endswith(after)):
        raise TransformError("the statement spilled over its lines")
    inner = changed[len(before) : len(changed) - len(after)]
    if not inner.strip() or (
        unit.kind is UnitKind.CLASS_BODY and inner.strip() == "pass" and _has_siblings(module, unit)
    ):
        return feed
    return feed + _with_line_ends(split_lines(old[len(feed) :]), split_lines(inner))


def _is_removed_class(unit: Unit, edits: Sequence[Edit]) -> bool:
    """Return whether a whole class goes, whose body is in units of its own."""
    removed = any(does(edit, remove_statement) and edit.kind == "ClassDef" for edit in edits)
    return unit.kind is UnitKind.CLASS_HEADER and removed


def _has_siblings(module: Module, unit: Unit) -> bool:
    return len(module.parents[unit.nodes[0]].body) > len(unit.nodes)  # type: ignore[attr-defined]


def _wrapping(module: Module, unit: Unit) -> tuple[str, str]:
    """Return what has to stand before and after the text of a unit for it to parse: a class around it, a body."""
    before = "class _:\n" if unit.nodes[0].col_offset else ""
    if unit.kind is not UnitKind.CLASS_HEADER:
        return before, ""
    line = module.lines[unit.end]
    return before, line[: len(line) - len(line.lstrip(" \t"))] + "pass\n"


def _unix(line: str) -> str:
    return line.rstrip("\r\n") + "\n" if line.endswith(("\r", "\n")) else line


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _with_line_ends(old: Sequence[str], new: Sequence[str]) -> str:
    """Give each kept line its own line end again, and each new one that of the first line."""
    default = _end(old[0]) or "\n"
    if len({_end(line) for line in old}) == 1:
        return "".join(line.replace("\n", default) for line in new)
    ends = [default] * len(new)
    matcher = SequenceMatcher(None, [_unix(line) for line in old], new, autojunk=False)
    for _, start, stop, new_start, new_stop in matcher.get_opcodes():
        for offset in range(min(stop - start, new_stop - new_start)):
            ends[new_start + offset] = _end(old[start + offset]) or default
    return "".join(line[:-1] + end if line.endswith("\n") else line for line, end in zip(new, ends, strict=True))


def splice(module: Module, texts: dict[int, str]) -> str:
    """Return the module's text with the units in ``texts`` written anew, without a gap where one is gone."""
    pieces: list[str] = []
    position = 0
    at_top = True
    for index in sorted(texts):
        unit = module.units[index]
        pieces += module.lines[
            position : unit.start - 1 - (0 if texts[index] else _comments_of(module, unit, position))
        ]
        gone = unit.kind is UnitKind.CLASS_HEADER and not texts[index]
        end = (unit.nodes[0].end_lineno or unit.end) if gone else unit.end
        at_top = at_top and not any(piece.strip() for piece in pieces)
        position = end if texts[index] else end + _surplus_blank_lines(module, texts, index, end, pieces, at_top)
        pieces.append(texts[index])
    rest = module.lines[position:]
    if pieces and not pieces[-1] and all(map(_is_blank, rest)):
        kept = split_lines("".join(pieces))
        whole = "".join(kept[: len(kept) - len(list(takewhile(_is_blank, reversed(kept))))])
        return whole if _end(module.lines[-1]) else whole.rstrip("\r\n")
    return "".join((*pieces, *rest))


def _comments_of(module: Module, unit: Unit, position: int) -> int:
    """Return how many lines of comments right above a statement with a body speak of it alone."""
    if not isinstance(unit.nodes[0], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.Try)):
        return 0
    above = (module.lines[number] for number in range(unit.start - 2, position - 1, -1))
    comments = [each.strip() for each in takewhile(lambda line: line.lstrip().startswith("#"), above)]
    return 0 if any(map(_OF_MORE.search, comments)) else len(comments)


def _surplus_blank_lines(
    module: Module, texts: Mapping[int, str], index: int, end: int, kept: Sequence[str], at_top: bool
) -> int:
    above = takewhile(_is_blank, filter(None, reversed(kept)))
    below = takewhile(_is_blank, (module.lines[number] for number in range(end, len(module.lines))))
    counted = len(list(below))
    before = next((each for each in range(index - 1, -1, -1) if texts.get(each) != ""), -1)
    header = module.units[before].kind is UnitKind.CLASS_HEADER
    return counted if at_top or header else min(counted, len(list(above)))


def _is_blank(line: str) -> bool:
    return not line.strip(" \t\r\n")
