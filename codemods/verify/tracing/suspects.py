"""Which findings may have broken a test: the nearest first."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from codemods.engine.lines import LineMap
from codemods.model import Key
from codemods.source import decode, split_lines
from codemods.verify.running.outcomes import Observed, Place

Failing = Mapping[str, "Observed | None"]
"""The tests that a choice of findings breaks, and how; None where the test is gone."""


NEAR, OWN_FILE = 2, 3
"""How many levels of suspects stand in a test and in what is set up for it, and in its file."""
_A_PATTERN = 2
"""How many errors have to point at findings that look alike before all that look so are under suspicion."""


class Suspects:
    """The findings of a migration, seen from the tests."""

    def __init__(
        self, keys: Collection[Key], before: Mapping[str, bytes], tests: Iterable[str], imported: Collection[str],
        path_of: Callable[[str], str],
    ) -> None:  # fmt: skip
        """Sort the findings by where they stand.

        Args:
            keys: The findings.
            before: The content of the files that they stand in, by path.
            tests: The node ids of all tests.
            imported: The files that the suite imports, by path.
            path_of: What turns the first part of a node id into a path from the project's root.
        """
        self.keys = sorted(keys, key=lambda key: (key[0], key[3]))
        """The findings, file by file."""
        self._files = {path: _File(data) for path, data in before.items()}
        self._path_of = path_of
        self._functions = frozenset(map(self.function, tests))
        self._test_files = frozenset(path for path, _ in self._functions)
        self._imported = frozenset(imported) | self._test_files
        self._pointed_at: Counter[tuple[str, str]] = Counter()

    def function(self, test: str) -> tuple[str, str]:
        """Return the path and the qualified name of the function of a test."""
        path, *names = test.partition("[")[0].split("::")
        return self._path_of(path), ".".join(names)

    def in_original(self, seen: Observed, after: Mapping[str, bytes]) -> Observed:
        """Return what was seen of a test in a run, with the lines of the original files.

        Args:
            seen: What was seen.
            after: The content of the files in that run, by path; of others, the original.
        """

        def original(place: Place) -> Place:
            path, line = place
            changed = path in self._files and path in after
            return (path, self._files[path].original(line, after[path])) if changed else place

        return replace(
            seen,
            frames=tuple(map(original, seen.frames)),
            functions=tuple(map(original, seen.functions)),
            unawaited=tuple(replace(each, made=each.made and original(each.made)) for each in seen.unawaited),
        )

    def levels(self, test: str, seen: Observed | None) -> list[frozenset[Key]]:
        """Return all findings, in sets from the nearest to the farthest from a test that broke.

        They are those of the test function; of its fixtures, its class and its module; of the other tests in its
        file; of the files without tests; of the other files with tests; of files that nothing imports.

        Args:
            test: The node id of a test, or of a file that can't be collected.
            seen: What was seen of it, in lines of the original files.
        """
        path, name = self.function(test)
        functions = self._names(seen.functions if seen else ())
        own, *fixtures = functions or [(path, name)]
        groups: tuple[Callable[[Key], bool], ...] = (
            lambda key: is_in(key, own) or is_in(key, (path, name)),
            lambda key: any(is_in(key, each) for each in fixtures) or (key[0] == path and not self._in_test(key)),
            lambda key: key[0] == path,
            lambda key: key[0] in self._imported - self._test_files,
            lambda key: key[0] in self._imported,
            lambda key: True,
        )
        left = list(self.keys)
        found: list[frozenset[Key]] = []
        for belongs in groups:
            found.append(frozenset(key for key in left if belongs(key)))
            left = [key for key in left if key not in found[-1]]
        return found

    def _in_test(self, key: Key) -> bool:
        return any(is_in(key, each) for each in self._functions if each[0] == key[0])

    def _names(self, places: Iterable[Place]) -> list[tuple[str, str]]:
        """Return the paths and qualified names of the functions at some places."""
        return [(path, self._files[path].function_at(line)) for path, line in places if path in self._files]

    def hint(self, failing: Failing, among: Collection[Key]) -> frozenset[Key]:
        """Return those of some findings that the errors point at: on the lines that they came through, or near.

        Where errors point again and again at findings that look the same, all that look so are meant.
        """
        pointed = frozenset(key for seen in failing.values() if seen for key in self._blamed(seen, among))
        appearances = set(map(self._appearance, pointed))
        self._pointed_at.update(appearances)
        usual = {each for each in appearances if self._pointed_at[each] >= _A_PATTERN}
        alike = pointed.union(key for key in among if usual and self._appearance(key) in usual)
        return alike if len(alike) < len(among) else pointed

    def _appearance(self, key: Key) -> tuple[str, str]:
        return key[1], self._files[key[0]].appearance(key[3])

    def _blamed(self, seen: Observed, among: Collection[Key]) -> set[Key]:
        near: set[Key] = set()
        for path, line in reversed(seen.frames):
            mine = [key for key in among if key[0] == path] if path in self._files else []
            if exact := {key for key in mine if key[3] == line}:
                return exact
            name = self._files[path].function_at(line) if mine else ""
            near = near or {key for key in mine if name and key[2] == name}
        return near


def is_in(key: Key, function: tuple[str, str]) -> bool:
    """Say whether a finding stands in a function."""
    path, name = function
    return bool(name) and key[0] == path and (key[2] == name or key[2].startswith(f"{name}."))


class _File:
    """The original of a file that changes."""

    def __init__(self, before: bytes) -> None:
        self._text = decode(before).text
        self._maps: dict[bytes, LineMap] = {}

    def original(self, line: int, after: bytes) -> int:
        """Return the line of the original that became a line of another content."""
        if after not in self._maps:
            self._maps[after] = LineMap(self._text, decode(after).text)
        return self._maps[after].original(line)

    def function_at(self, line: int) -> str:
        """Return the qualified name of the innermost function or class around a line, or nothing."""
        around = [(start, name) for start, end, name in self._spans if start <= line <= end]
        return max(around, default=(0, ""))[1]

    def appearance(self, line: int) -> str:
        """Return what findings on alike lines have in common: the text, or of a function what decorates it."""
        return self._decorated.get(line) or "".join(self._lines[line - 1 : line]).strip()

    @cached_property
    def _lines(self) -> list[str]:
        return split_lines(self._text)

    @cached_property
    def _decorated(self) -> dict[int, str]:
        found = (each for each in ast.walk(self._tree) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)))
        return {each.lineno: " ".join(map(ast.unparse, each.decorator_list)) for each in found}

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self._text)
        except SyntaxError:  # a configuration file
            return ast.Module([], [])

    @cached_property
    def _spans(self) -> list[tuple[int, int, str]]:
        return list(_spans(self._tree, ""))


def _spans(tree: ast.AST, prefix: str) -> Iterable[tuple[int, int, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{prefix}{node.name}"
            start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield start, node.end_lineno or start, name
            yield from _spans(node, f"{name}.")
        else:
            yield from _spans(node, prefix)
