"""Take the asyncio markers, pytest_asyncio fixtures and awaited sleeps away from a folder of tests, in place.

    python benchmarks/strip.py FOLDER

What is taken away is found and counted by `ast` and cut out by its position, so that every other byte stays
the same. Standard output is JSON: counts per file, their totals, what was left standing (with its line in the
stripped file), and the files that don't parse.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MARK, FIXTURE, SLEEP = "pytest.mark.asyncio", "pytest_asyncio.fixture", "asyncio.sleep"
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

    def is_mark(self, node: ast.AST) -> bool:
        """The asyncio marker, called or not."""
        return self.means(node.func if isinstance(node, ast.Call) else node, MARK)

    def is_bare_mark(self, node: ast.AST) -> bool:
        """The asyncio marker without arguments."""
        has_arguments = isinstance(node, ast.Call) and bool(node.args or node.keywords)
        return self.is_mark(node) and not has_arguments

    def is_awaited_sleep(self, node: ast.AST) -> bool:
        """`await asyncio.sleep(n)`, under any name."""
        if not (isinstance(node, ast.Await) and isinstance(node.value, ast.Call)):
            return False
        plain = len(node.value.args) == 1 and not node.value.keywords
        return plain and self.means(node.value.func, SLEEP)


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


def marked_decorators(source: Source) -> Iterator[Edit]:
    """Bare markers that decorate, with their lines."""
    for node in ast.walk(source.tree):
        if isinstance(node, Scope):
            for decorator in filter(source.is_bare_mark, node.decorator_list):
                start, end = source.span(decorator)
                at = source.data.rindex(b"@", 0, start)
                closing = re.compile(rb"(?:\s*\)){%d}" % source.data[at:start].count(b"(")).match(source.data, end)
                yield source.line_start(at), source.line_end(closing.end() if closing else end), b""


def pytestmark_value(statement: ast.stmt) -> ast.expr | None:
    """What is assigned to `pytestmark`, if that is what a statement does."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value:
        target, value = statement.target, statement.value
    else:
        return None
    return value if isinstance(target, ast.Name) and target.id == "pytestmark" else None


def mark_items(value: ast.expr | None) -> list[ast.expr]:
    """The entries of a pytestmark."""
    if isinstance(value, ast.List | ast.Tuple):
        return value.elts
    return [value] if value else []


def pytestmarks(source: Source) -> Iterator[Edit]:
    """Bare markers in pytestmark."""
    for body in bodies(source.tree):
        for statement in body:
            items = mark_items(pytestmark_value(statement))
            bare = [index for index, item in enumerate(items) if source.is_bare_mark(item)]
            if bare and len(bare) == len(items):
                yield cut_statement(source, statement, body)
            elif bare:
                yield cut_item(source, items, bare[0])


def fixtures(source: Source) -> Iterator[Edit]:
    """Each mention of pytest_asyncio.fixture."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and source.means(node, FIXTURE):
            yield *source.span(node), b"pytest.fixture"


def loop_scopes(source: Source) -> Iterator[Edit]:
    """`loop_scope=` is an argument that pytest.fixture doesn't know."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.means(node.func, FIXTURE):
            for keyword in node.keywords:
                if keyword.arg == "loop_scope":
                    start, end = source.span(keyword)
                    comma = re.compile(rb"\s*,\s*").match(source.data, end)
                    yield start, comma.end() if comma else end, b""


def sleeps(source: Source, time: bytes) -> Iterator[tuple[Edit, Edit]]:
    """Each awaited sleep: its `await`, and its function."""
    for node in ast.walk(source.tree):
        if source.is_awaited_sleep(node):
            assert isinstance(node, ast.Await)
            assert isinstance(node.value, ast.Call)
            start = source.span(node)[0]
            gap = re.compile(rb"await\s*").match(source.data, start)
            assert gap
            yield (start, gap.end(), b""), (*source.span(node.value.func), time + b".sleep")


def left_standing(source: Source) -> list[tuple[int, str]]:
    """What looks like one of the three and isn't taken away: (line, kind)."""
    found = []
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    called = {id(call.func): call for call in calls if call.args or call.keywords}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and source.means(node, MARK):
            found.append((node.lineno, "marker with arguments" if id(node) in called else "marker elsewhere"))
        elif isinstance(node, ast.Name | ast.Attribute) and source.means(node, SLEEP):
            found.append((node.lineno, "sleep that isn't awaited on the spot, or not with one argument"))
    return found


def other_bindings(source: Source, name: str) -> bool:
    """Whether the file binds `name` to anything but the module of that name."""
    for node in ast.walk(source.tree):
        bound = getattr(node, "arg", None) or (isinstance(node, Scope) and node.name)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound = node.id
        if bound == name and not isinstance(node, ast.keyword):
            return True
    return bool(source.names.get(name, {name}) - {name})


def with_import(text: str, statement: str) -> str:
    """Add an import before all others, unless the module has it."""
    source = Source(text)
    wanted = ast.dump(ast.parse(statement).body[0])
    if any(ast.dump(node) == wanted for node in source.tree.body):
        return text
    first = next(filter(is_ordinary_import, source.tree.body), None)
    heads = [node for node in source.tree.body if is_head(node)]
    at = source.line_end(source.span(heads[-1])[1]) if heads else 0
    at = source.line_start(source.span(first)[0]) if first else at
    newline = re.search(r"\r\n|\n|\r", text)
    return spliced(source.data, [(at, at, f"{statement}{newline[0] if newline else chr(10)}".encode())])


def is_ordinary_import(node: ast.stmt) -> bool:
    """Any import but those from __future__."""
    return isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__")


def is_head(node: ast.stmt) -> bool:
    """A docstring, or an import from __future__."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


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


def strip_text(text: str) -> Stripped:
    """Take all of it away from one file."""
    source = Source(text)
    time = "_time" if other_bindings(source, "time") else "time"
    pairs, swaps = list(sleeps(source, time.encode())), list(fixtures(source))
    decorators, assigned = list(marked_decorators(source)), list(pytestmarks(source))
    scopes = list(loop_scopes(source))
    edits = [*swaps, *scopes, *decorators, *assigned, *(edit for pair in pairs for edit in pair)]
    sizes = {
        "marker decorator": len(decorators),
        "pytestmark": len(assigned),
        "fixture": len(swaps),
        "sleep": len(pairs),
    }
    counts = Counter({kind: size for kind, size in sizes.items() if size})
    text = tidy_imports(spliced(source.data, edits), counts, time)
    return Stripped(text, counts, left_standing(Source(text)))


def tidy_imports(text: str, counts: Counter[str], time: str) -> str:
    """Import what is used now, and no more what isn't."""
    if counts["fixture"]:
        text = with_import(text, "import pytest")
        text = without_unused(text, {"pytest_asyncio", FIXTURE})
    if counts["sleep"]:
        text = with_import(text, "import time" if time == "time" else f"import time as {time}")
        text = without_unused(text, {"asyncio", SLEEP})
    return text


def read(path: Path) -> tuple[str, str]:
    """The text with its own line ends, and its encoding (which keeps a BOM)."""
    data = path.read_bytes()
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding), encoding


def strip_file(path: Path) -> Stripped:
    """Rewrite a file in its own encoding."""
    text, encoding = read(path)
    result = strip_text(text)
    if result.text != text:
        path.write_bytes(result.text.encode(encoding))
        ast.parse(path.read_bytes())
    return result


def strip_folder(folder: Path) -> dict[str, object]:
    """Rewrite a folder, and count."""
    files, left, failed, totals = {}, [], {}, Counter[str]()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        try:
            result = strip_file(path)
        except (SyntaxError, ValueError) as error:
            failed[name] = str(error)
            continue
        left += [f"{name}:{line}: {kind}" for line, kind in result.left]
        totals += result.counts
        if result.counts:
            files[name] = dict(result.counts)
    markers = totals["marker decorator"] + totals["pytestmark"]
    return {"files": files, "totals": {"marker": markers, **totals}, "left": left, "failed": failed}


def main() -> None:
    """Strip a folder and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    print(json.dumps(strip_folder(parser.parse_args().folder), indent=2))


if __name__ == "__main__":
    main()
