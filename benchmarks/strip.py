"""Take the asyncio markers, pytest_asyncio fixtures and awaited sleeps away from a folder of tests, in place.

    python benchmarks/strip.py FOLDER [--mocks]

What is taken away is found and counted by `ast` and cut out by its position, so that every other byte stays
the same. Standard output is JSON: counts per file, their totals, what was left standing (with its line in the
stripped file), and the files that don't parse.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from editing import (
    Edit,
    Scope,
    Source,
    Stripped,
    bodies,
    bound_otherwise,
    cut_item,
    cut_statement,
    rewrite_folder,
    spliced,
    without_unused,
)
from strip_mocks import without_async_mocks

MARK, FIXTURE, SLEEP = "pytest.mark.asyncio", "pytest_asyncio.fixture", "asyncio.sleep"


class AsyncSource(Source):
    """A file that knows what of it is asyncio's."""

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


def marked_decorators(source: AsyncSource) -> Iterator[Edit]:
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


def pytestmarks(source: AsyncSource) -> Iterator[Edit]:
    """Bare markers in pytestmark."""
    for body in bodies(source.tree):
        for statement in body:
            items = mark_items(pytestmark_value(statement))
            bare = [index for index, item in enumerate(items) if source.is_bare_mark(item)]
            if bare and len(bare) == len(items):
                yield cut_statement(source, statement, body)
            elif bare:
                yield cut_item(source, items, bare[0])


def fixtures(source: AsyncSource) -> Iterator[Edit]:
    """Each mention of pytest_asyncio.fixture."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and source.means(node, FIXTURE):
            yield *source.span(node), b"pytest.fixture"


def loop_scopes(source: AsyncSource) -> Iterator[Edit]:
    """`loop_scope=` is an argument that pytest.fixture doesn't know."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and source.means(node.func, FIXTURE):
            for keyword in node.keywords:
                if keyword.arg == "loop_scope":
                    start, end = source.span(keyword)
                    comma = re.compile(rb"\s*,\s*").match(source.data, end)
                    yield start, comma.end() if comma else end, b""


def sleeps(source: AsyncSource, time: bytes) -> Iterator[tuple[Edit, Edit]]:
    """Each awaited sleep: its `await`, and its function."""
    for node in ast.walk(source.tree):
        if source.is_awaited_sleep(node):
            assert isinstance(node, ast.Await)
            assert isinstance(node.value, ast.Call)
            start = source.span(node)[0]
            gap = re.compile(rb"await\s*").match(source.data, start)
            assert gap
            yield (start, gap.end(), b""), (*source.span(node.value.func), time + b".sleep")


def left_standing(source: AsyncSource) -> list[tuple[int, str]]:
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


def other_bindings(source: AsyncSource, name: str) -> bool:
    """Whether the file binds `name` to anything but the module of that name."""
    return bound_otherwise(source, name) or bool(source.names.get(name, {name}) - {name})


def with_import(text: str, statement: str) -> str:
    """Add an import before all others, unless the module has it."""
    source = AsyncSource(text)
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


def strip_text(text: str) -> Stripped:
    """Take all of it away from one file."""
    source = AsyncSource(text)
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
    return Stripped(text, counts, left_standing(AsyncSource(text)))


def tidy_imports(text: str, counts: Counter[str], time: str) -> str:
    """Import what is used now, and no more what isn't."""
    if counts["fixture"]:
        text = with_import(text, "import pytest")
        text = without_unused(text, {"pytest_asyncio", FIXTURE})
    if counts["sleep"]:
        text = with_import(text, "import time" if time == "time" else f"import time as {time}")
        text = without_unused(text, {"asyncio", SLEEP})
    return text


def strip_folder(folder: Path) -> dict[str, object]:
    """Rewrite a folder, and count."""
    result = rewrite_folder(folder, strip_text)
    totals = result["totals"]
    assert isinstance(totals, dict)
    markers = totals.get("marker decorator", 0) + totals.get("pytestmark", 0)
    return {**result, "totals": Counter({"marker": markers, **totals})}


def main() -> None:
    """Strip a folder and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mocks", action="store_true", help="take AsyncMocks away instead")
    options = parser.parse_args()
    found = rewrite_folder(options.folder, without_async_mocks) if options.mocks else strip_folder(options.folder)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
