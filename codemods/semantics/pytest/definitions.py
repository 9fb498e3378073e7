"""Looks up what the names that a test file imports from elsewhere in its project stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from codemods.errors import FileError
from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import imported
from codemods.semantics.foreign import ClassKind, Foreign
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.decorator_effect import decorator_effect
from codemods.semantics.pytest.marks import class_marks, mark_name
from codemods.source import decode

_HOPS = 6


class Definitions:
    """Looks names up in the files of a project; each file is parsed once, and only if a name leads there."""

    def __init__(self, root: Path, files: ModuleFiles, read: Callable[[Path], bytes]) -> None:
        """Take where the modules of the project at ``root`` are, and ``read`` for their content."""
        self.files = files
        self._root = root
        self._read = read
        self._modules: dict[Path, Module | None] = {}
        self._told: dict[tuple[Path, int], Module] = {}
        self._found: dict[tuple[PurePosixPath, str, int], Foreign | None] = {}

    def find(self, path: str, dotted: str) -> Foreign | None:
        """Return what ``dotted``, as the file ``path`` (posix, from the root) imports it, stands for, or None."""
        return self._find(PurePosixPath(path), dotted, _HOPS)

    def _find(self, path: PurePosixPath, dotted: str, hops: int) -> Foreign | None:
        key = path, dotted, hops
        if key not in self._found:
            self._found[key] = self._look_up(path, dotted, hops)
        return self._found[key]

    def _look_up(self, path: PurePosixPath, dotted: str, hops: int) -> Foreign | None:
        module_name, _, name = dotted.rpartition(".")
        file = self.files.find(self._root / path, module_name + "." if not module_name.strip(".") else module_name)
        file = None if file is None or self.files.is_installed(file) else file
        module = self._at(file, hops) if file and hops else None
        found = module.scopes.module_names().get(name, []) if module else []
        return self._describe(module, found[0], name, hops) if module and len(found) == 1 else None

    def _at(self, path: Path, hops: int) -> Module | None:
        """Return a file whose own names may be followed one hop less."""
        module = self._module(path)
        if module is not None and (path, hops) not in self._told:
            own = PurePosixPath(module.path)
            self._told[path, hops] = module.told(foreign=lambda dotted: self._find(own, dotted, hops - 1))
        return self._told.get((path, hops))

    def _module(self, path: Path) -> Module | None:
        if path not in self._modules:
            try:
                relative = path.relative_to(self._root).as_posix()
                self._modules[path] = Module(relative, decode(self._read(path)).text)
            except (FileError, SyntaxError, ValueError, RecursionError):
                self._modules[path] = None
        return self._modules[path]

    def _describe(self, module: Module, node: ast.AST, name: str, hops: int) -> Foreign | None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            dotted = imported(node, name)
            return self._find(PurePosixPath(module.path), dotted, hops - 1) if dotted else None
        if isinstance(node, ast.ClassDef):
            found = class_type(module, node)
            if found.kind is ClassKind.UNKNOWN:
                return None
            return Foreign(found.kind, found.base, tuple(mark.name for mark in class_marks(module, node)))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            effects = [decorator_effect(module, node, called) for called in (False, True)]
            return Foreign(bare=effects[0], called=effects[1]) if any(effects) else None
        mark = mark_name(module, node) if isinstance(node, ast.Name) else None
        return Foreign(bare=f"mark:{mark}", called=f"mark:{mark}") if mark else None
