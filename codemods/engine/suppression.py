"""Comments that switch a rule off for a line: ``# codemods: ignore[PAM101]`` and ``# noqa: PAM101``."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from codemods.model import Finding
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once

_COMMENT = re.compile(r"#\s*(?:codemods:\s*ignore\[([^\]]*)\]|noqa\s*:\s*([A-Za-z0-9_, ]+))")
_COMPOUND = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.If,
             ast.With, ast.AsyncWith, ast.Try, ast.Match)  # fmt: skip

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class Suppressions:
    """The codes and prefixes that a file's comments ignore, by line."""

    def __init__(self, module: Module) -> None:
        """Read the comments of ``module``."""
        self._module = module
        self._words = {
            number: _words(line) for number, line in enumerate(module.lines, 1) if "codemods:" in line or "noqa" in line
        }
        self._numbers = sorted(self._words)

    def suppresses(self, finding: Finding) -> bool:
        """Whether a comment on the finding's statement, or on the decorators above it, names one of its codes."""
        if not self._words:
            return False
        codes = (finding.code, *finding.also)
        first, last = self._lines(finding)
        numbers = self._numbers[bisect_left(self._numbers, first) : bisect_right(self._numbers, last)]
        words = {word for number in numbers for word in self._words[number]}
        return _name_any(words, codes)

    def _lines(self, finding: Finding) -> tuple[int, int]:
        first, last = finding.span.line, finding.span.end_line
        for node in self._around(first):
            if not (node.lineno <= first <= (node.end_lineno or first)):
                continue
            if not isinstance(node, _COMPOUND):
                first, last = min(first, node.lineno), max(last, node.end_lineno or last)
            elif node.lineno == first and (decorators := getattr(node, "decorator_list", None)):
                first = min(each.lineno for each in decorators)
        return first, last

    def _around(self, line: int) -> Iterator[ast.stmt]:
        """Yield the statements that hold a line, from the outermost to the innermost, as far as blocks are nested."""
        waiting: deque[Sequence[ast.AST]] = deque([self._module.tree.body])
        while waiting:
            for node in _holding(waiting.popleft(), line):
                if isinstance(node, ast.stmt):
                    yield node
                blocks = (getattr(node, name, ()) for name in _BLOCKS)
                waiting += (block for block in blocks if isinstance(block, list))


@once
def suppressions(module: Module) -> Suppressions:
    """Return what the comments of a file ignore."""
    return Suppressions(module)


def _holding(block: Sequence[ast.AST], line: int) -> Sequence[ast.AST]:
    """Return the nodes of a block that hold a line."""
    start = bisect_left(block, line, key=_last_line)
    end = bisect_right(block, line, lo=start, key=_first_line)
    return block[start:end]


def _first_line(node: ast.AST) -> int:
    inner: ast.AST = node.pattern if isinstance(node, ast.match_case) else node
    return inner.lineno  # type: ignore[attr-defined, no-any-return]


def _last_line(node: ast.AST) -> int:
    inner: ast.AST = node.body[-1] if isinstance(node, ast.match_case) else node
    return inner.end_lineno or inner.lineno  # type: ignore[attr-defined, no-any-return]


def is_suppressed_in(lines: Sequence[str], finding: Finding) -> bool:
    """Whether a comment at a finding in a configuration file, or on the line above it, names its code.

    What stands behind a value in INI is part of the value, so that a comment needs a line of its own there.
    """
    line = finding.span.line
    above = (each.lstrip() for each in lines[max(line - 2, 0) : line - 1])
    near = [f"#{each[1:]}" for each in above if each.startswith(("#", ";"))]
    words = {word for each in (*near, *lines[line - 1 : line]) for word in _words(each)}
    return _name_any(words, (finding.code, *finding.also))


def _words(line: str) -> set[str]:
    return {
        word.strip()
        for found in _COMMENT.finditer(line)
        for word in re.split(r"[,\s]+", "".join(filter(None, found.groups())))
    }


def _name_any(words: Iterable[str], codes: Sequence[str]) -> bool:
    return any(word and code.startswith(word) and len(word) > 2 for word in words for code in codes)
