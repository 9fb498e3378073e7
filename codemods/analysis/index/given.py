"""What the modules of a project give to each other: who uses a name that one of them has."""

from __future__ import annotations

import ast
import os
import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from codemods.analysis.index.modules import Modules, at_line
from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import CaseHeir
from codemods.semantics.file.module import Module
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.heirs import Heirs
from codemods.semantics.project.importing import dotted, gives_all_on, use_of
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.symbols import ClassSymbol

_HOPS = 6
"""How many modules are followed that import all names of each other."""
_FEW = 16
"""How many modules are looked for one by one: to note all words of all files takes as long as that."""
_OF_WORDS = (*b"_", *string.digits.encode(), *string.ascii_letters.encode())
_APART = bytes(each if each in _OF_WORDS else 32 for each in range(256))
"""What makes words of bytes that ``split`` tells apart, several times as fast as a regular expression."""
_STAR = re.compile(rb"\bimport[\s\\(]*\*")
_SETTINGS = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini")


class GivenNames:
    """Answers who uses what a file defines or imports; the files are read once."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules, symbols: Symbols, heirs: Heirs) -> None:
        """Take where the modules of the project at ``root`` are, and what reads them."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = symbols
        self._heirs = heirs
        self._by_stem: dict[str, list[Path]] = {}

    def users(self, file: Path, name: str) -> tuple[Evidence, ...]:
        """Return where other files use a function or class of one, or by way of its class or an heir a method."""
        owner, *rest = name.split(".")
        found = self._of_method(file, owner, rest[-1]) if rest else self._of_name(file, name, _HOPS)
        return tuple({each.path: each for each in found}.values())

    def _of_name(self, file: Path, name: str, hops: int) -> Iterator[Evidence]:
        stem = _stem(file)
        for module, user in self._others(file, name):
            leads = partial(self._leads, file, user)
            found = use_of(module, stem, name, leads)
            if found is not None:
                yield module.evidence(found)
            elif hops and gives_all_on(module, leads):
                yield from self._of_name(user, name, hops - 1)
        yield from self._in_settings(stem, name)

    def _others(self, file: Path, name: str) -> Iterator[tuple[Module, Path]]:
        """Yield the files that may have a name of another one: those that say both, or import all names."""
        is_package = file.name == "__init__.py"
        beside = [each for each in self._files.below(file.parent) if each != file] if is_package else []
        for each in dict.fromkeys((*self._saying(_stem(file)), *beside)):
            suite = self._modules.suite(each) if each != file and self._may_name(each, name) else None
            if suite is not None:
                yield suite.module, each

    def _may_name(self, file: Path, name: str) -> bool:
        """Say whether a file may say a name: one that isn't ASCII may be written in more than one way."""
        is_named = not name.isascii() or self._modules.mentions(file, name)
        return is_named or _STAR.search(self._modules.data(file)) is not None

    def _saying(self, stem: str) -> Sequence[Path]:
        """Return the files that say the name of a module."""
        if stem not in self._by_stem and len(self._by_stem) < _FEW:
            word, data = os.fsencode(stem), self._modules.data
            files = (each for each in self._files.below(self._root) if word in data(each))
            self._by_stem[stem] = [each for each in files if word in _words(data(each))]
        found = self._by_stem.get(stem)
        return self._by_word.get(stem, ()) if found is None else found

    @cached_property
    def _by_word(self) -> Mapping[str, list[Path]]:
        """The files that say the name of a module."""
        files = self._files.below(self._root)
        stems = {os.fsencode(_stem(each)) for each in files}
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for each in files:
            for stem in sorted(stems.intersection(_words(self._modules.data(each)))):
                found[os.fsdecode(stem)].append(each)
        return found

    def _leads(self, file: Path, user: Path, module: str) -> bool:
        """Say whether the name of a module means a file, or may: where nothing else is known to have it."""
        last = module.rpartition(".")[2]
        if last and last != _stem(file):
            return False
        found = self._files.find(user, module)
        return found == file or (found is None and bool(last))

    def _in_settings(self, stem: str, name: str) -> Iterator[Evidence]:
        """Yield the entry points that name it."""
        word = dotted(stem, name)
        for each in _SETTINGS:
            lines = self._modules.data(self._root / each).decode(errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if word.search(line):
                    yield Evidence(each, number, line.strip())

    def _of_method(self, file: Path, owner: str, name: str) -> Iterator[Evidence]:
        heirs = self._heirs_of(file, owner)
        users = [each.path for each in self._of_name(file, owner, _HOPS)]
        for each in dict.fromkeys((*(heir.file for heir in heirs), *(self._root / path for path in users))):
            suite = self._modules.suite(each) if each != file else None
            if suite is not None and (found := _method_use(suite.module, name)) is not None:
                yield found

    def _heirs_of(self, file: Path, owner: str) -> list[ClassSymbol]:
        symbol = self._symbols.infer(file, AccessPath.local(owner))
        return self._heirs.of(symbol) if isinstance(symbol, ClassSymbol) else []

    def case_heirs(self, file: Path, owner: str) -> tuple[CaseHeir, ...]:
        """Return the classes of other files that inherit from a plain ``TestCase`` of one."""
        from codemods.analysis.inherited_cases import case_heir

        found: list[CaseHeir] = []
        for each in self._heirs_of(file, owner):
            suite = self._modules.suite(each.file) if each.file != file else None
            node = at_line(suite.module.nodes(ast.ClassDef), each.line) if suite is not None else None
            if suite is not None and node is not None:
                found.append(case_heir(suite, node))
        return tuple(found)


def _method_use(module: Module, name: str) -> Evidence | None:
    """Return where a file defines a method of a name, or calls one."""
    defined = [each for each in module.definitions if each.name == name and module.class_of(each) is not None]
    found = [*defined, *module.attributes.get(name, ())]
    return module.evidence(found[0]) if found else None


def _stem(file: Path) -> str:
    return file.parent.name if file.name == "__init__.py" else file.stem


def _words(data: bytes) -> Iterator[bytes]:
    return (each.lstrip(b"0123456789") for each in set(data.translate(_APART).split()))
