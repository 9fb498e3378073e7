"""The trees of files, each parsed once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from codemods.errors import FileError
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

    def module(self, path: Path) -> Module | None:
        """Return a file as it is by itself; None if it can't be parsed."""
        if path not in self._modules:
            try:
                self._modules[path] = Module(self._files.shown(path, self._root), decode(self._read(path)).text)
            except BROKEN:
                self._modules[path] = None
        return self._modules[path]

    def kept(self, path: Path) -> Module | None:
        """Return a file if it is parsed already."""
        return self._modules.get(path)

    def holding(self, path: Path, text: str) -> Module:
        """Return a file as it would be with this text.

        Raises:
            SyntaxError: It can't be parsed; so do ValueError and RecursionError.
        """
        kept = self._modules.get(path)
        return kept if kept is not None and kept.text == text else Module(self._files.shown(path, self._root), text)

    def after(self, read: Callable[[Path], bytes], changed: Collection[Path]) -> Trees:
        """Return the trees of the same files when some have changed; of the others, those that are here are shared."""
        other = Trees(self._root, self._files, read)
        other._modules = {path: each for path, each in self._modules.items() if path not in changed}
        return other
