"""Each table of names stands in one place: nobody writes a second one down, which would drift from the first."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import codemods
from codemods.trace.api import TRACER

ROOT = Path(codemods.__file__).parent
TABLES: dict[str, tuple[str, frozenset[str]]] = {
    "task makers": ("semantics/asyncio_names.py", frozenset({"create_task", "ensure_future"})),
    "loop getters": (
        "semantics/asyncio_names.py",
        frozenset({"get_event_loop", "get_running_loop", "new_event_loop"}),
    ),
    "loop drivers": ("semantics/asyncio_names.py", frozenset({"run_until_complete", "run_forever"})),
    "other drivers": (
        "semantics/asyncio_names.py",
        frozenset({"anyio.run", "asgiref.sync.async_to_sync", "trio.run", "uvloop.run"}),
    ),
    "coroutine functions": (
        "semantics/asyncio_names.py",
        frozenset({"open_connection", "sleep", "start_server", "to_thread", "wait", "wait_for"}),
    ),
    "transparent decorators": (
        "semantics/decorators.py",
        frozenset({"staticmethod", "classmethod", "abstractmethod", "final", "override", "overload"}),
    ),
    "managers": ("semantics/decorators.py", frozenset({"contextmanager", "asynccontextmanager"})),
    "makers of coroutines": ("semantics/decorators.py", frozenset({"coroutine", "coroutines.coroutine"})),
    "properties": ("semantics/decorators.py", frozenset({"property", "cached_property"})),
    "reads of a mock": (
        "analysis/mocking/mock_uses.py",
        frozenset({"await_args", "await_count", "call_args", "call_count", "mock_calls", "side_effect"}),
    ),
}
"""The files that have the tables, and the names of which two anywhere else make a second table."""


MOST = {"coroutine functions": 3}
"""How many names another table may share with one of these, by default one: these stand beside others too."""


def _texts(node: ast.AST) -> set[str]:
    """Return the texts of a collection, or the words of a regular expression."""
    found = {each.value for each in ast.iter_child_nodes(node) if isinstance(each, ast.Constant) and _is_text(each)}
    return set(re.findall(r"\w+", " ".join(found))) if isinstance(node, ast.Call) else found


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str)


@cache
def _collections() -> list[tuple[str, int, set[str]]]:
    found = []
    for path in sorted({*ROOT.rglob("*.py")} - {TRACER}):  # which runs where this package isn't
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        every = [each for each in nodes if isinstance(each, (ast.Set, ast.List, ast.Tuple)) or _is_pattern(each)]
        found += [(path.relative_to(ROOT).as_posix(), each.lineno, _texts(each)) for each in every]
    return found


def _is_pattern(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"


def _shared(names: set[str], table: frozenset[str]) -> int:
    """Return how many names of a table a collection has, whether they are dotted there or not."""
    return sum(any(each == name or each.endswith(f".{name}") for each in names) for name in table)


@pytest.mark.parametrize("name", TABLES)
def test_nobody_has_a_second_table(name: str) -> None:
    home, table = TABLES[name]
    most = MOST.get(name, 1)
    places = [(path, line) for path, line, names in _collections() if _shared(names, table) > most]
    second = [f"{path}:{line}" for path, line in places if path != home]
    assert not second, f"take the {name} from {home}"


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_where_it_is_said_to_be(name: str) -> None:
    home, table = TABLES[name]
    text = (ROOT / home).read_text(encoding="utf-8")
    assert all(f'"{each}"' in text or f".{each}" in text or f'{each}"' in text for each in table)


LEAST = 250
"""How long the tree of a function is, as text, at least, for another one like it to be a second answer."""
TWINS = {frozenset({"_decorator_edit", "_edit"}), frozenset({"_is_texts", "_strings"})}
"""Functions that are alike and are there for different things."""


def _likeness(function: ast.FunctionDef) -> str:
    """Return what a function does, whatever it calls its variables."""
    own = {each.id for each in ast.walk(function) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    own |= {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
    body = function.body[ast.get_docstring(function) is not None :]
    text = "\n".join(map(ast.dump, body))
    for number, name in enumerate(dict.fromkeys(each for each in re.findall(r"id='(\w+)'", text) if each in own)):
        text = text.replace(f"id='{name}'", f"id='{number}'")
    return text


def test_no_two_functions_do_the_same() -> None:
    places: dict[str, list[str]] = {}
    names: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for each in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.FunctionDef) and len(text := _likeness(each)) >= LEAST:
                places.setdefault(text, []).append(f"{path.relative_to(ROOT).as_posix()}:{each.lineno} {each.name}")
                names.setdefault(text, set()).add(each.name)
    second = [found for text, found in places.items() if len(found) > 1 and frozenset(names[text]) not in TWINS]
    assert not second, "make one of them answer"
