"""Compare a folder of tests as published with the same folder stripped and then migrated by `codemods apply`.

    python benchmarks/restore.py ORIGINAL RESTORED [--json]

Everything is compared by `ast`, function by function (qualified name and ordinal), never by text. A marker is
back when each test that it covered is covered again, be it by a decorator, its class or its module. Exit 1 if
something was added that the original lacks.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from editing import read
from strip import FIXTURE, AsyncSource, mark_items, pytestmark_value, strip_text

IMPORTS = {"asyncio", "time", "pytest", "pytest_asyncio"}
MARKERS = ("marker", "marker on sync code")  # pytest-asyncio does nothing for the second but warn
KINDS = ("marked test", "fixture")
PLACES = ("test", "fixture", "nested coroutine", "async helper", "elsewhere")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was missed or added."""

    kind: str
    at: str
    where: str
    note: str = ""


@dataclass(slots=True)
class Function:
    """What is compared of a function."""

    name: str
    line: int
    is_async: bool
    place: str
    marked: bool = False
    fixture: bool = False
    sleeps: list[tuple[int, bool]] = field(default_factory=list)  # line, and whether it is asyncio's, awaited


@dataclass(slots=True)
class Marker:
    """One marker of the source: a decorator, or an entry of pytestmark."""

    line: int
    where: str
    bare: bool
    covers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """What was taken away, what of it wasn't put back, and what was added."""

    taken: Counter[str] = field(default_factory=Counter)
    missed: list[Item] = field(default_factory=list)
    added: list[Item] = field(default_factory=list)

    def check(self, kind: str, at: str, function: Function, *, before: bool, after: bool) -> None:
        """Compare one fact of one function."""
        self.taken[kind] += before
        note = "" if function.is_async else "not async"
        if before != after:
            (self.missed if before else self.added).append(Item(kind, at, function.name, note))


class Reader(ast.NodeVisitor):
    """What one file says: its functions by qualified name and ordinal, and its asyncio markers."""

    def __init__(self, text: str) -> None:
        """Read a whole file."""
        self.source = AsyncSource(text)
        self.functions: dict[str, Function] = {"<module>": Function("<module>", 1, False, "elsewhere")}
        self.markers: list[Marker] = []
        self.path: list[str] = []
        self.inside: list[Function] = [self.functions["<module>"]]
        self.scope: list[Marker] = []
        self.read_body(self.source.tree, [])

    def read_body(self, node: ast.Module | ast.ClassDef, markers: list[Marker]) -> None:
        """A module or a class, whose marks cover all tests below it."""
        for statement in node.body:
            value = pytestmark_value(statement)
            markers += [self.marker(item, "pytestmark") for item in mark_items(value) if self.source.is_mark(item)]
        self.scope += markers
        self.generic_visit(node)
        del self.scope[len(self.scope) - len(markers) :]

    def marker(self, node: ast.expr, kind: str) -> Marker:
        """Note a marker."""
        where = ".".join([*self.path, f"<{kind}>"])
        self.markers.append(Marker(node.lineno, where, self.source.is_bare_mark(node)))
        return self.markers[-1]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class may mark its tests."""
        self.path.append(node.name)
        marks = [self.marker(item, "class") for item in node.decorator_list if self.source.is_mark(item)]
        self.read_body(node, marks)
        self.path.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Read it like an async one."""
        self.read_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Read it like a sync one."""
        self.read_function(node)

    def read_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Note a function, its markers, and what stands in it."""
        self.path.append(node.name)
        function, key = self.new_function(node)
        own = [self.marker(item, "decorator") for item in node.decorator_list if self.source.is_mark(item)]
        outer = [] if len(self.inside) > 1 or function.place != "test" else self.scope
        for marker in [*own, *outer]:
            marker.covers.append(key)
        function.marked = bool(own or outer)
        self.path.append("<locals>")
        self.inside.append(function)
        self.generic_visit(node)
        self.inside.pop()
        del self.path[-2:]

    def new_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Function, str]:
        """The function and its key: qualified name and ordinal."""
        function = Function(".".join(self.path), node.lineno, isinstance(node, ast.AsyncFunctionDef), "")
        function.fixture = any(self.is_fixture(item, FIXTURE) for item in node.decorator_list)
        function.place = self.place(node)
        ordinal = sum(other.name == function.name for other in self.functions.values())
        key = f"{function.name}#{ordinal}"
        self.functions[key] = function
        return function, key

    def is_fixture(self, decorator: ast.expr, *names: str) -> bool:
        """Whether a decorator is one of these."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        return any(self.source.means(node, name) for name in names)

    def place(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """Where the sleeps of a function stand."""
        is_async = isinstance(node, ast.AsyncFunctionDef)
        if any(self.is_fixture(item, FIXTURE, "pytest.fixture") for item in node.decorator_list):
            return "fixture"
        if len(self.inside) == 1 and node.name.startswith("test"):
            return "test" if is_async else "elsewhere"
        if is_async and any(is_root(function) for function in self.inside):
            return "nested coroutine"
        return "async helper" if is_async else "elsewhere"

    def visit_Await(self, node: ast.Await) -> None:
        """Note an awaited sleep."""
        if self.source.is_awaited_sleep(node):
            assert isinstance(node.value, ast.Call)
            self.inside[-1].sleeps.append((node.lineno, True))
            self.visit(node.value.args[0])
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Note a blocking sleep."""
        if self.source.means(node.func, "time.sleep"):
            self.inside[-1].sleeps.append((node.lineno, False))
        self.generic_visit(node)


def is_root(function: Function) -> bool:
    """A test, sync or async, or a fixture: what holds nested coroutines."""
    return function.place == "fixture" or function.name.split(".")[-1].startswith("test")


class WithoutImports(ast.NodeTransformer):
    """Takes the imports away that a migration may change."""

    def visit_Import(self, node: ast.Import) -> ast.Import | None:
        """Drop the modules concerned."""
        node.names = [alias for alias in node.names if alias.name not in IMPORTS]
        return node if node.names else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        """Drop it if it is of a module concerned."""
        return None if node.module in IMPORTS else node


def remainder(text: str) -> list[str]:
    """All that a file says besides markers, fixtures, sleeps and their imports, as lines of plain source."""
    tree = WithoutImports().visit(ast.parse(strip_text(text).text))
    return ast.unparse(tree).replace("_time.sleep", "time.sleep").splitlines()


def compare_rest(report: Report, name: str, before: str, after: str) -> None:
    """All other changes count as added."""
    old, new = remainder(before), remainder(after)
    changed = [line for line in difflib.unified_diff(old, new, lineterm="", n=0) if line[:3] not in ("---", "+++")]
    report.added += [Item("other change", name, line) for line in changed if line[0] in "+-"]


def compare_markers(report: Report, name: str, old: Reader, new: Reader) -> None:
    """Is each bare marker of the original back?"""
    for marker in filter(lambda marker: marker.bare, old.markers):
        kind = MARKERS[not any(old.functions[key].is_async for key in marker.covers)]
        report.taken[kind] += 1
        lost = [key for key in marker.covers if key not in new.functions or not new.functions[key].marked]
        if lost or not marker.covers:
            note = f"{len(lost)} of the {len(marker.covers)} that it covers"
            report.missed.append(Item(kind, f"{name}:{marker.line}", marker.where, note))


def compare_functions(report: Report, name: str, old: Reader, new: Reader) -> None:
    """Compare the functions one by one."""
    for key, function in old.functions.items():
        other = new.functions.get(key)
        if other is None:
            report.missed.append(Item("function", f"{name}:{function.line}", function.name, "is gone"))
            continue
        at = f"{name}:{function.line if function.marked or function.fixture else other.line}"
        report.check("marked test", at, function, before=function.marked, after=other.marked)
        report.check("fixture", at, function, before=function.fixture, after=other.fixture)
        compare_sleeps(report, name, function, other)
    for key in new.functions.keys() - old.functions.keys():
        report.added.append(Item("function", f"{name}:{new.functions[key].line}", key))


def compare_sleeps(report: Report, name: str, old: Function, new: Function) -> None:
    """The n-th sleep of a function is the n-th sleep of the same function."""
    kind = f"sleep in {old.place}"
    later = [*new.sleeps, *[(0, False)] * (len(old.sleeps) - len(new.sleeps))]
    for (line, before), (line_after, after) in zip(old.sleeps, later, strict=False):
        at = f"{name}:{line if before else line_after}"
        report.check(kind, at, old, before=before, after=after)


def parsed(path: Path) -> tuple[str, Reader] | None:
    """The text and its facts, or nothing for a file that doesn't parse."""
    try:
        text, _ = read(path)
        return text, Reader(text)
    except (SyntaxError, ValueError):
        return None


def compare(original: Path, restored: Path) -> Report:
    """Compare all files of two folders."""
    report = Report()
    for path in sorted(original.rglob("*.py")):
        name = path.relative_to(original).as_posix()
        before, after = parsed(path), parsed(restored / name)
        if before and not after:
            report.added.append(Item("broken file", name, "<module>", "doesn't parse any more"))
        if not before or not after:
            continue
        compare_markers(report, name, before[1], after[1])
        compare_functions(report, name, before[1], after[1])
        compare_rest(report, name, before[0], after[0])
    return report


def rows(report: Report) -> Iterator[tuple[str, int, int, int]]:
    """Kind, taken away, missed, added: the known kinds first, each family with its sum, then any other."""
    sleeps = tuple(f"sleep in {place}" for place in PLACES)
    families = {"all markers": MARKERS, "all sleeps": sleeps}
    taken, missed, added = Counter(report.taken), count(report.missed), count(report.added)
    for counts in (taken, missed, added):
        for total, kinds in families.items():
            counts[total] = sum(counts[kind] for kind in kinds)
    known = [*MARKERS, "all markers", *KINDS, *sleeps, "all sleeps"]
    for kind in [*known, *sorted({*missed, *added} - {*known})]:
        yield kind, taken[kind], missed[kind], added[kind]


def count(items: list[Item]) -> Counter[str]:
    """How many of each kind."""
    return Counter(item.kind for item in items)


def table(report: Report) -> Iterator[str]:
    """The report for people."""
    yield f"{'kind':26}{'taken away':>12}{'restored':>10}{'missed':>8}{'added':>7}"
    for kind, taken, missed, added in rows(report):
        share = f"{(taken - missed) / taken:8.1%}" if taken else ""
        yield f"{kind:26}{taken:12}{taken - missed:10}{missed:8}{added:7}{share}"
    for title, items in (("missed", report.missed), ("added", report.added)):
        for item in items:
            yield f"{title}: {item.kind}: {item.at}: {item.where}{f' ({item.note})' if item.note else ''}"


def main() -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("original", type=Path)
    parser.add_argument("restored", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = compare(options.original, options.restored)
    if options.json:
        counts = [dict(zip(("kind", "taken", "missed", "added"), row, strict=True)) for row in rows(report)]
        missed, added = ([asdict(item) for item in items] for items in (report.missed, report.added))
        print(json.dumps({"counts": counts, "taken": report.taken, "missed": missed, "added": added}, indent=2))
    else:
        print("\n".join(table(report)))
    return bool(report.added)


if __name__ == "__main__":
    sys.exit(main())
