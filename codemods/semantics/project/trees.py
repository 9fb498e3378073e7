"""The trees of files, each parsed once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from pathlib import Path

from codemods.errors import FileError
from codemods.semantics.file import parsing
from codemods.semantics.file.module import Module
from codemods.semantics.project.files import ModuleFiles
from codemods.source import decode

BROKEN = (FileError, SyntaxError, ValueError, RecursionError, MemoryError)
"""What a file raises that can't be read or parsed."""


class Trees:
    """The files of a project and its environment, each parsed when it is first asked for."""

    def __init__(self, root: Path, files: ModuleFiles, read: Callable[[Path], bytes]) -> None:
        """Take where the files are, and ``read`` for their content."""
        self._root = root
        self._files = files
        self._read = read
        self._modules: dict[Path, Module | None] = {}
        self.held = 0
        """How many characters of text they have; a tree takes about 60 bytes for each."""
        self._latest: tuple[Path, Module] | None = None
        """The file that is worked on: what is asked about the others often leads back to it."""
        self._outlined: tuple[str, ast.Module] | None = None
        """The last text that had only its tree looked at: what is found there often leads to the file itself."""

    def module(self, path: Path) -> Module | None:
        """Return a file as it is by itself; None if it can't be parsed."""
        if path not in self._modules:
            try:
                text = decode(self._read(path)).text
                self._modules[path] = self.parsed(path, text) or self._parse(path, text)
                self.held += len(text)
            except BROKEN:
                self._modules[path] = None
        return self._modules[path]

    def shown(self, path: Path) -> str:
        """Return the path that a module has here."""
        return self._files.shown(path, self._root)

    def forget(self) -> None:
        """Let go of all of them."""
        latest = [self._latest[1]] if self._latest is not None else []
        for each in (*self._modules.values(), *latest):
            if each is not None:
                each.memo.clear()  # what was worked out leads back to the file
        self._modules.clear()
        self.held, self._latest, self._outlined = 0, None, None

    def parsed(self, path: Path, text: str) -> Module | None:
        """Return a file with this text if it is parsed already."""
        latest = self._latest[1] if self._latest is not None and self._latest[0] == path else None
        known = filter(None, (self._modules.get(path), latest))
        return next((each for each in known if each.text == text), None)

    def holding(self, path: Path, text: str) -> Module:
        """Return a file as it would be with this text.

        Raises:
            SyntaxError: It can't be parsed; so do ValueError and RecursionError.
        """
        if (found := self.parsed(path, text)) is None:
            found = self._parse(path, text)
            self._latest = path, found
        return found

    def tree(self, path: Path, text: str) -> ast.Module:
        """Return the tree of a file with this text; raises what ``holding`` does."""
        if (module := self.parsed(path, text)) is not None:
            return module.tree
        self._outlined = text, parsing.parsed(text)
        return self._outlined[1]

    def _parse(self, path: Path, text: str) -> Module:
        known = self._outlined
        tree = known[1] if known is not None and known[0] == text else None
        return Module(self.shown(path), text, tree)

    def after(self, read: Callable[[Path], bytes], changed: Collection[Path]) -> Trees:
        """Return the trees of the same files when some have changed; of the others, those that are here are shared."""
        other = Trees(self._root, self._files, read)
        other._modules = {path: each for path, each in self._modules.items() if path not in changed}
        return other
