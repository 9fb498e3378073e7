"""Small projects for the index to look at, each written to a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from codemods.analysis.index.index import Index
from codemods.analysis.mocking.mock_uses import Kind
from codemods.semantics.access_path import AccessPath, Step
from codemods.workspace import Workspace

_OF_PATHS = frozenset({
    "argument", "attribute_uses", "begins_tasks", "callee", "declared_callee", "driver_helper", "future_helper",
    "loop_made", "only_keeps", "runs_loop",
})  # fmt: skip
_STEPS = {each.value: each for each in Step}


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def path(text: str) -> AccessPath:
    """Return the path of what is imported, as it would be written: ``app.Client().session``."""
    steps = text.replace("()", ".()").split(".")
    return AccessPath(tuple(_STEPS.get(each, each) for each in steps), 0)


class SmallProject:
    """A project of a package ``app``, whose files are given, and what a test file that asks about it is answered."""

    def __init__(self, root: Path, files: Mapping[str, str], importer: str = "tests/test_it.py") -> None:
        write(root, {"app/__init__.py": "", **files})
        self.root = root
        self._importer = root / importer
        self.index: Index = Workspace(root)._index

    def known(self, question: str, *args: str | int | AccessPath) -> Any:
        answers = self.index.answers(self._importer)
        if question in _OF_PATHS and isinstance(args[0], str):
            args = (path(args[0]), *args[1:])
        return getattr(answers, question)(*args)

    def kind(self, of: str | AccessPath) -> str:
        return self.known("callee", of).answer.value

    def uses(self, question: str, path: str, name: int | str) -> list[tuple[str, str, str]] | None:
        """Return what is done with what a path is given: where in it, what, and the place of that.

        That it takes the place of something with a path is left out.
        """
        found = self.known(question, path, name)
        found = found.uses if question == "argument" else found
        if found is None:
            return None
        done = [each for each in found if each.kind != Kind.STANDS.value]
        return [(".".join(each.path), each.kind, f"{each.evidence.path}:{each.evidence.line}") for each in done]
