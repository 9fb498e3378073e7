"""The requirements in Python files: what setup.py hands to setuptools, and what nox and its like install."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from codemods.semantics.file.order import last_name, walk
from codemods.semantics.pytest.projects.wording import PYTHON, Stated, requirement
from codemods.source import line_starts, split_lines

_KEYS = frozenset({"install_requires", "tests_require", "setup_requires", "extras_require"})
_PYTHONS = frozenset({"python_requires"})

_Fed = tuple[ast.AST, str]
"""An expression whose strings are requirements, and the marker of the key that it stands under."""


def python_requirements(text: str) -> Iterator[Stated]:
    """The requirements in a Python file; raises SyntaxError if it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    place = _Places(text)
    nodes = list(walk(tree))
    pythons = {each for each, _ in _handed(nodes, _PYTHONS)}
    markers = _markers(nodes)
    for node in nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.lineno != node.end_lineno:
            continue
        start, plain = place.of(node, node.value)
        if node in pythons:
            yield Stated(PYTHON, node.value, start, start + len(node.value), obstacle=plain)
        elif node in markers and (found := requirement(node.value, start, plain)):
            yield replace(found, marker=_both(markers[node], found.marker))


class _Places:
    """Where the strings of a text begin."""

    def __init__(self, text: str) -> None:
        self._lines = split_lines(text)
        self._starts = line_starts(self._lines)

    def of(self, node: ast.Constant, value: str) -> tuple[int, str | None]:
        """Return where the value of a string begins, and why another can't be written there."""
        line = self._lines[node.lineno - 1].encode()
        column = len(line[: node.col_offset].decode())
        raw = line[node.col_offset : node.end_col_offset].decode()
        return self._starts[node.lineno - 1] + column + 1, None if raw[1:-1] == value else "it isn't a plain string"


def _both(key: str, own: str) -> str:
    return f"({key}) and ({own})" if key and own else key or own


def _markers(nodes: Sequence[ast.AST]) -> Mapping[ast.AST, str]:
    """Return the expressions that feed what is required, each with the marker of its key; none goes before any."""
    sources = _sources(nodes)
    found: dict[ast.AST, str] = {}
    left = [*_handed(nodes, _KEYS), *((each, "") for each in _installed(nodes))]
    names: set[str] = set()
    while left:
        node, marker = left.pop()
        if found.get(node) == "" or (marker and node in found):
            continue
        found[node] = marker
        if isinstance(node, ast.Name) and not marker and node.id not in names:
            names.add(node.id)
            left += sources.get(node.id, ())
        left += _parts(node, marker)
    return found


def _handed(nodes: Sequence[ast.AST], keys: frozenset[str]) -> Iterator[_Fed]:
    """Yield what is handed over by one of these keywords, or stands under such a key or name."""
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg in keys:
            yield node.value, ""
        elif isinstance(node, ast.Dict):
            yield from ((value, "") for key, value in zip(node.keys, node.values, strict=True) if _text(key) in keys)
        elif isinstance(node, ast.Assign):
            names = [last_name(each) or _text(getattr(each, "slice", None)) for each in node.targets]
            yield from [(node.value, "")] if not keys.isdisjoint(names) else ()


def _installed(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """Yield what a call installs: ``session.install("pytest")``, ``run("pip", "install", "pytest")``."""
    for node in nodes:
        if isinstance(node, ast.Call):
            words = [last_name(node.func), *filter(None, map(_text, node.args))]
            yield from node.args if any("install" in each for each in words) else ()


def _parts(node: ast.AST, marker: str) -> Iterator[_Fed]:
    """Yield what gives an expression its strings: neither conditions, nor the keys of a dictionary."""
    if isinstance(node, ast.Dict):
        yield from ((value, marker or _marker(key)) for key, value in zip(node.keys, node.values, strict=True))
    elif isinstance(node, ast.Subscript):
        yield node.value, marker
    elif isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        given = [*node.args, *(each.value for each in node.keywords)]
        yield from ((each, marker) for each in (*([owner] if isinstance(owner, ast.Name) else []), *given))
    elif not isinstance(node, (ast.Compare, ast.Lambda)):
        left = [node.test] if isinstance(node, ast.IfExp) else node.ifs if isinstance(node, ast.comprehension) else []
        yield from ((each, marker) for each in ast.iter_child_nodes(node) if each not in left)


def _marker(key: ast.expr | None) -> str:
    """Return the environments that a key of setuptools names: ``testing:python_version < "3.5"``."""
    return (_text(key) or "").partition(":")[2].strip()


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _sources(nodes: Sequence[ast.AST]) -> Mapping[str, list[_Fed]]:
    """Return what a file puts into each name: its values, what is added to it, and what a function returns."""
    found: dict[str, list[_Fed]] = {}
    for node in nodes:
        for name, fed in _bound(node):
            found.setdefault(name, []).append(fed)
    return found


def _bound(node: ast.AST) -> Iterator[tuple[str, _Fed]]:
    if isinstance(node, ast.Assign):
        yield from (each for target in node.targets for each in _filled(target, node.value))
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        yield from _filled(node.target, node.value)
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield from _filled(node.target, node.iter)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from (each for given in node.args for each in _filled(node.func.value, given))
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        given = (each.value for each in walk(node) if isinstance(each, ast.Return) and each.value is not None)
        yield from ((node.name, (each, "")) for each in given)


def _filled(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, _Fed]]:
    """Yield the names that a target is, or is a part of, with what is put there."""
    marker = ""
    if isinstance(target, ast.Subscript):
        marker, target = _marker(target.slice), target.value
    names = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    yield from ((each.id, (value, marker)) for each in names if isinstance(each, ast.Name))
