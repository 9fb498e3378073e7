"""Edits of Python files by position: what the benchmarks take away is found by `ast` and cut out of the bytes.

`ast` counts columns in UTF-8 bytes, so that is what is edited.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Edit = tuple[int, int, bytes]
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Stripped:
    """What a file became, and what was found in it."""

    text: str
    counts: Counter[str]
    left: list[tuple[int, str]]


class Source:
    """One file: its UTF-8 bytes (`ast` counts columns in them), its tree, what imported names stand for."""

    def __init__(self, text: str) -> None:
        """Parse it, once."""
        self.data = text.encode()
        self.tree = ast.parse(text)
        self.starts = [0, *(match.end() for match in re.finditer(rb"\r\n|\n|\r", self.data))]
        self.names = imported_names(self.tree)

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> tuple[int, int]:
        """Where a node starts and ends, in bytes."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def line_start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self.starts[bisect_right(self.starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of an offset ends, its line end included."""
        index = bisect_left(self.starts, offset)
        return self.starts[index] if index < len(self.starts) else len(self.data)

    def means(self, node: ast.AST, name: str) -> bool:
        """Whether an expression stands for a dotted name."""
        return name in self.dotted(node)

    def dotted(self, node: ast.AST) -> set[str]:
        """The dotted names that an expression may stand for."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, set())
        if isinstance(node, ast.Attribute):
            return {f"{base}.{node.attr}" for base in self.dotted(node.value)}
        return set()


def imported_names(tree: ast.AST) -> dict[str, set[str]]:
    """What each imported name may stand for, wherever it is imported."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                for bound, dotted in binding(node, alias):
                    names.setdefault(bound, set()).add(dotted)
    return names


def binding(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Iterator[tuple[str, str]]:
    """The name that an import binds, and what it stands for."""
    if isinstance(node, ast.Import):
        top = alias.name.split(".")[0]
        yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif node.level == 0:
        yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def bound_otherwise(source: Source, name: str) -> bool:
    """Whether the file binds a name otherwise than by an import."""
    for node in ast.walk(source.tree):
        bound = getattr(node, "arg", None) or (isinstance(node, Scope) and node.name)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound = node.id
        if bound == name and not isinstance(node, ast.keyword):
            return True
    return False


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """All lists of statements."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                yield body


def spliced(data: bytes, edits: Iterable[Edit]) -> str:
    """Make the edits, from the last to the first."""
    for start, end, new in sorted(set(edits), reverse=True):
        data = data[:start] + new + data[end:]
    return data.decode()


def cut_statement(source: Source, statement: ast.stmt, body: list[ast.stmt]) -> Edit:
    """Whole lines where it stands alone on them; `pass` where a body would be empty or a line is shared."""
    start, end = source.span(statement)
    first, last = source.line_start(start), source.line_end(end)
    tail = source.data[end:last].strip()
    shared = source.data[first:start].strip() or (tail and not tail.startswith(b"#"))
    if shared or (len(body) == 1 and body is not source.tree.body):
        return start, end, b"pass"
    return first, last, b""


def cut_item(source: Source, items: list[ast.expr] | list[ast.alias], index: int) -> Edit:
    """An item of a list, with one comma."""
    start, end = source.span(items[index])
    if index + 1 < len(items):
        return start, source.span(items[index + 1])[0], b""
    return source.span(items[index - 1])[1] if index else start, end, b""


def without_unused(text: str, modules: set[str]) -> str:
    """Drop the imports of these that nothing uses."""
    while edit := unused_import(source := Source(text), modules):
        text = spliced(source.data, [edit])
    return text


def unused_import(source: Source, modules: set[str]) -> Edit | None:
    """The first import of these that nothing uses."""
    used = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    for body in bodies(source.tree):
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for index, alias in enumerate(node.names):
                    if any(dotted in modules and bound not in used for bound, dotted in binding(node, alias)):
                        return cut_alias(source, node, index, body)
    return None


def cut_alias(source: Source, node: ast.Import | ast.ImportFrom, index: int, body: list[ast.stmt]) -> Edit:
    """One name of an import, or all of it."""
    if len(node.names) == 1:
        return cut_statement(source, node, body)
    return cut_item(source, node.names, index)


def read(path: Path) -> tuple[str, str]:
    """The text with its own line ends, and its encoding (which keeps a BOM)."""
    data = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding), encoding


def rewrite_file(path: Path, strip: Callable[[str], Stripped]) -> Stripped:
    """Rewrite a file in its own encoding."""
    text, encoding = read(path)
    result = strip(text)
    if result.text != text:
        path.write_bytes(result.text.encode(encoding))
        ast.parse(path.read_bytes())
    return result


def rewrite_folder(folder: Path, strip: Callable[[str], Stripped]) -> dict[str, object]:
    """Rewrite a folder, and count."""
    files, left, failed, totals = {}, [], {}, Counter[str]()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        try:
            result = rewrite_file(path, strip)
        except (SyntaxError, ValueError) as error:
            failed[name] = str(error)
            continue
        left += [f"{name}:{line}: {kind}" for line, kind in result.left]
        totals += result.counts
        if result.counts:
            files[name] = dict(result.counts)
    return {"files": files, "totals": totals, "left": left, "failed": failed}


def parses(path: Path) -> bool:
    """Whether it is a Python file."""
    try:
        ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True
