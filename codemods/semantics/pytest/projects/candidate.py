"""Which lines of a file bear witness about its project."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeGuard

from codemods.semantics.file.order import walk
from codemods.semantics.pytest.projects.evidence import is_tool
from codemods.semantics.pytest.projects.signs import EARLY_HOOK, Kind, Sign

_PYTEST_SECTION = re.compile(rb"^\[[ \t]*(?:tool[.:])?pytest(?:\.ini_options)?[ \t]*\]")
_SECTION = re.compile(rb"^\[.*\]", re.MULTILINE)
_PROSE_KEY = re.compile(rb"^[ \t\"']*(?:description|summary|keywords|long_description)\b", re.IGNORECASE)
_ASYNC_WORD = re.compile(rb"\bcoro|coroutine|async|await|\bloop\b|trio|anyio|Deferred")
_MARKING = re.compile(rb"\badd_marker\b")
_RUNNER = re.compile(rb"\b(anyio|trio|twisted|tornado|gen_test|curio)\b")
_ASYNCIO = re.compile(rb"\bmark\.asyncio\b|[\"']asyncio[\"']")
_RUNNING = re.compile(
    rb"\bloop\b|\bawait\b|\.run\b|run_until_complete|\bwraps\b|\.obj[ \t]*=(?!=)|\bfuncargs\b|\btestfunction\b"
)


class Candidate:
    """A file that holds the needle of a sign; it is parsed only when a line of it looks like the sign."""

    def __init__(self, path: Path, data: bytes, python: bool) -> None:
        """Take the content of a file as it is."""
        self.path = path
        self._data = data
        self._python = python

    def line(self, number: int) -> str:
        """The text of a line, without its indentation."""
        return self._data.split(b"\n")[number - 1].decode("utf-8", "replace").strip()

    def matches(self, sign: Sign) -> Iterator[tuple[int, re.Match[bytes]]]:
        """The places, with their line numbers, where the file says it outside comments and prose."""
        line, counted = 1, 0
        for match in sign.pattern.finditer(self._data):
            # A pattern may begin at the start of a line, before its indentation.
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            line, counted = line + self._data.count(b"\n", counted, start), start
            before = self._data[self._data.rfind(b"\n", 0, start) + 1 : start]
            if not self._is_prose(line, before) and not (
                sign.kind in (Kind.MODE, Kind.OFF) and self._is_default(start)
            ):
                yield line, match

    def _is_prose(self, line: int, before: bytes) -> bool:
        if b"#" in before or before.lstrip().startswith((b";", b"//")) or _PROSE_KEY.match(before):
            return True
        return self._python and not is_tool(self.path) and line in self._prose

    def _is_default(self, position: int) -> bool:
        """Whether it stands in a pytest configuration, which speaks for its own folders only."""
        if self.path.name.strip(".") in ("pytest.ini", "pytest.toml"):
            return True
        headers = _SECTION.findall(self._data, 0, position)
        return bool(headers) and _PYTEST_SECTION.match(headers[-1]) is not None

    def name(self, sign: Sign) -> str | None:
        """What the sign names in this file: a hook has to deal with coroutines to count."""
        if sign.kind is Kind.MARKING:
            body = self._function(sign.name)
            return "asyncio" if sign.name == EARLY_HOOK and _only_marks(body) else _given_by(body)
        if sign.kind is not Kind.AUTO or not sign.name.startswith("pytest_"):
            return sign.name
        body = self._function(sign.name)
        if sign.name != "pytest_collection_modifyitems":
            return sign.name if _ASYNC_WORD.search(body) and not _only_marks(body) else None
        runner = _RUNNER.search(body) if _MARKING.search(body) else None
        return runner.group(1).decode() if runner else None

    def _function(self, name: str) -> bytes:
        for node in walk(self._tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return b"\n".join(self._data.split(b"\n")[node.lineno : node.end_lineno])
        return b""

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self._data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    @cached_property
    def _prose(self) -> frozenset[int]:
        """The lines of docstrings and of strings over several lines, which may hold whole other files."""
        lines: set[int] = set()
        for node in walk(self._tree):
            text = node.value if isinstance(node, ast.Expr) else node
            if _is_text(text) and (text is not node or text.lineno != text.end_lineno):
                lines.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
        return frozenset(lines)


def _only_marks(body: bytes) -> bool:
    """Whether a hook gives functions the asyncio mark, and runs nothing by itself: it does nothing for fixtures."""
    return _ASYNCIO.search(body) is not None and _RUNNING.search(body) is None


def _given_by(body: bytes) -> str | None:
    """What a hook gives tests: the asyncio mark, or only another loop to those that have it."""
    if not (_MARKING.search(body) and _ASYNCIO.search(body)):
        return None
    return "loop" if b"is_async_test" in body else "asyncio"


def _is_text(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
