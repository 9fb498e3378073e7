"""Follows names, attributes, calls and awaits through the outlines of modules."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from codemods.semantics.asyncio_names import LOOP_GETTERS
from codemods.semantics.decorators import PROPERTIES, is_transparent
from codemods.semantics.limits import Levels
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.outline import (
    ASYNC,
    AWAIT,
    AWAITABLE,
    CALL,
    OR,
    PLAIN,
    SYNC,
    Class,
    Entry,
    Function,
    Import,
    Outline,
    Several,
    Value,
    entry,
    is_path,
)
from codemods.semantics.project.symbols import (
    ClassSymbol,
    Constant,
    Either,
    FunctionSymbol,
    GlobalValue,
    InstanceSymbol,
    ModuleSymbol,
    Result,
    Symbol,
    either,
    linear,
)

_STEPS = re.compile(r"\(\)|[^.()]+")
_OF_FILE = "\0"
"""What no name of a file holds."""
_LEVELS = 25
"""How many names, members and calls are followed inside of each other."""
_BASES = 128
"""How many classes above another one are looked at."""
_WITHOUT_MEMBERS = frozenset({"object", "ABC", "Generic", "Protocol", "NamedTuple", "TypedDict", "Exception", "Enum"})
_Owner = tuple[ClassSymbol, ClassSymbol] | None
"""The class in which a member is looked up, and the one that has it."""


def placed(importer: Path, path: str) -> tuple[Path, str]:
    """Return the file from which a path counts, and the path: one that counts from no importer names its file."""
    if not path.startswith(_OF_FILE):
        return importer, path
    _, file, path = path.split(_OF_FILE, 2)
    return Path(file), path


def of_file(file: Path, path: str) -> str:
    """Return a path that counts from a file, whoever asks about it."""
    return path if path.startswith(_OF_FILE) else f"{_OF_FILE}{file}{_OF_FILE}{path}"


def without_file(path: str) -> str:
    """Return a path as it is where it counts from."""
    return path.rpartition(_OF_FILE)[2]


class Symbols:
    """The symbols of a project and its environment."""

    def __init__(self, files: ModuleFiles, outline: Callable[[Path], Outline | None]) -> None:
        """Take where modules are and what reads them."""
        self.files = files
        self._outline = outline
        self._functions: dict[tuple[Path, int], Function] = {}
        self._classes: dict[ClassSymbol, Class] = {}
        self.levels = Levels(_LEVELS)

    def function(self, symbol: FunctionSymbol) -> Function:
        """Return the function of a symbol."""
        return self._functions[symbol.file, symbol.line]

    def of_class(self, symbol: ClassSymbol) -> Class:
        """Return the class of a symbol."""
        return self._classes[symbol]

    def find(self, file: Path, path: str, owner: ClassSymbol | None = None) -> Symbol | None:
        """Return what ``path`` stands for in a file, or None if it can't be told.

        A path begins with a dotted name as an import statement would have it, or with ``:`` and a name of the file
        itself; in a method of ``owner`` with ``:self`` or ``:cls``.
        """
        found, rest = self._root(file, path, owner)
        return self._stepped(found, rest)

    def _stepped(self, found: Symbol | None, steps: list[str]) -> Symbol | None:
        for step in steps:
            if found is None:
                break
            found = self._step(found, step)
        return found

    def origin(self, file: Path, origin: str, owner: ClassSymbol | None = None) -> Symbol | None:
        """Return what an origin in a file stands for."""
        if OR in origin:
            return either([self.origin(file, each, owner) for each in origin.split(OR)])
        return self.find(file, f":{origin}", owner) if is_path(origin) else Constant(origin)

    def imported(self, file: Path, origin: str) -> str | None:
        """Return the dotted name of an origin whose first name an import of the file binds."""
        first, dot, rest = origin.partition(".")
        outline = self._outline(file)
        row = outline.names.get(first) if outline is not None else None
        found = entry(row) if row is not None else None
        return found.dotted + dot + rest if isinstance(found, Import) else None

    def _root(self, file: Path, path: str, owner: ClassSymbol | None) -> tuple[Symbol | None, list[str]]:
        if path.startswith(":"):
            first, *rest = _STEPS.findall(path[1:])
            if owner is not None and first in ("self", "cls"):
                return (InstanceSymbol(owner) if first == "self" else owner), rest
            return self._named(file, first), rest
        dots = len(path) - len(path.lstrip("."))
        steps = _STEPS.findall(path)
        names = steps[: steps.index(CALL)] if CALL in steps else steps
        for count in range(len(names), -1 if dots else 0, -1):
            dotted = "." * dots + ".".join(names[:count])
            if (found := self.files.find(file, dotted)) is not None:
                hiding = self._hiding(file, dots, names) if count == len(names) else None
                return hiding or ModuleSymbol(found, dotted), steps[count:]
        return None, []

    def _hiding(self, file: Path, dots: int, names: list[str]) -> Symbol | None:
        """Return what a package binds to the name of its own module: ``from .connect import connect``."""
        package = self.files.find(file, "." * dots + ".".join(names[:-1])) if len(names) > 1 else None
        found = self._named(package, names[-1]) if package is not None else None
        return found if isinstance(found, (ClassSymbol, FunctionSymbol, InstanceSymbol)) else None

    def _named(self, file: Path, name: str) -> Symbol | None:
        return self.levels.answer((file, name), None, self._lookup, file, name)

    def _lookup(self, file: Path, name: str) -> Symbol | None:
        outline = self._outline(file)
        if outline is None:
            return None
        if (found := outline.names.get(name)) is not None:
            return self._entry(file, name, entry(found), None)
        found_by_star = set(self._by_star(file, name, outline))
        return found_by_star.pop() if len(found_by_star) == 1 else None

    def _by_star(self, file: Path, name: str, outline: Outline) -> Iterator[Symbol]:
        """Yield what modules bind to a name that one imports all names from, or that those import all names from."""
        seen, waiting, below = {file}, [(file, outline)], set[Symbol]()
        is_found = False
        for importer, each in waiting:
            for module in each.stars:
                target = self.files.find(importer, module)
                other = self._outline(target) if target is not None and target not in seen else None
                if target is not None and other is not None and _shows(other, name):
                    seen.add(target)
                    symbol = self._named(target, name) if name in other.names else None
                    if name not in other.names:
                        waiting.append((target, other))
                    if symbol is not None:
                        is_found = True
                        yield symbol
                    elif (module_below := self._below(target, module, name)) is not None:
                        below.add(module_below)
        if not is_found:
            yield from below

    def _below(self, package: Path, dotted: str, name: str) -> ModuleSymbol | None:
        """Return the module of that name in a package."""
        found = self.files.find(package, f".{name}") if package.name.startswith("__init__.") else None
        return ModuleSymbol(found, f"{dotted}.{name}") if found is not None else None

    def _entry(self, file: Path, name: str, found: Entry, owner: _Owner) -> Symbol | None:
        """Return the symbol of what a module, or a class with its ``holder``, binds to a name."""
        if isinstance(found, Import):
            return self.find(file, found.dotted)
        if isinstance(found, Function):
            self._functions[file, found.line] = found
            return FunctionSymbol(file, name, found.line, *(owner or ()))
        if isinstance(found, Class):
            symbol = ClassSymbol(file, name, found.line)
            self._classes[symbol] = found
            return symbol
        if isinstance(found, Several):
            return self._only(file, name, [entry(each) for each in found.rows], owner)
        return self._value(file, name, found, owner)

    def _only(self, file: Path, name: str, rows: list[Entry], owner: _Owner) -> Symbol | None:
        said = [each for each in rows if not (isinstance(each, Value) and each.origin == PLAIN)]
        found = [self._entry(file, name, each, owner) for each in said]
        if not found:
            return Constant(PLAIN)
        pairs = zip(found, said, strict=True)
        known = [each for each, row in pairs if each is not None or not self._is_missing(file, row)]
        return known[0] if known and all(each == known[0] for each in known) else None

    def _is_missing(self, file: Path, found: Entry) -> bool:
        """Return whether a binding comes from a module that isn't there: the compiled twin of one that is."""
        if isinstance(found, Value) and is_path(found.origin):
            outline = self._outline(file)
            row = outline.names.get(_STEPS.findall(found.origin)[0]) if outline else None
            return row is not None and row[0] == "i"
        return isinstance(found, Import)

    def _value(self, file: Path, name: str, found: Value, owner: _Owner) -> Symbol | None:
        if not is_path(found.origin):
            known = found.origin in (ASYNC, SYNC, AWAITABLE)
            return Constant(found.origin) if known else GlobalValue(file, name, found.line)
        if owner is not None:
            first, *rest = _STEPS.findall(found.origin)
            if first in self._classes[owner[1]].members and first != name:
                return self._stepped(self.member(owner[0], first), rest)
        symbol = self.origin(file, found.origin)
        return GlobalValue(file, name, found.line) if symbol is None and owner is None else symbol

    def _step(self, symbol: Symbol, step: str) -> Symbol | None:
        if isinstance(symbol, Either):
            return either([self._step(each, step) for each in symbol.options])
        if step == CALL:
            return self.called(symbol)
        if step == AWAIT:
            return self._awaited(symbol)
        return self._attribute(symbol, step)

    def _attribute(self, symbol: Symbol, name: str) -> Symbol | None:
        if isinstance(symbol, ModuleSymbol):
            return self._named(symbol.file, name) or self._below(symbol.file, symbol.dotted, name)
        if isinstance(symbol, ClassSymbol):
            return self.member(symbol, name)
        if isinstance(symbol, InstanceSymbol):
            found = self.member(symbol.of, name, of_instance=True)
            return self._property(found) if isinstance(found, FunctionSymbol) else found
        return None

    def _property(self, symbol: FunctionSymbol) -> Symbol | None:
        function = self.function(symbol)
        if PROPERTIES.isdisjoint(function.decorators):
            return symbol
        return self._given(symbol, function)

    def _given(self, symbol: FunctionSymbol, function: Function) -> Symbol | None:
        """Return what a function gives: as its annotation says, else as its only ``return`` does."""
        return self.levels.answer(symbol, None, self._returned, symbol, function)

    def _returned(self, symbol: FunctionSymbol, function: Function) -> Symbol | None:
        said = [function.returns] if function.returns is not None else function.gives
        if len(said) != 1:
            return None
        found = self.origin(symbol.file, said[0], symbol.owner)
        if found is None and function.returns is not None and len(function.gives) == 1:
            return self.origin(symbol.file, function.gives[0], symbol.owner)
        return found

    def called(self, symbol: Symbol) -> Symbol | None:
        """Return what a call of something gives."""
        if isinstance(symbol, ClassSymbol):
            return InstanceSymbol(symbol)
        if isinstance(symbol, InstanceSymbol):
            found = self.member(symbol.of, "__call__")
            return self.called(found) if isinstance(found, FunctionSymbol) else None
        if isinstance(symbol, FunctionSymbol):
            function = self.function(symbol)
            if symbol.name in LOOP_GETTERS and symbol.file.parent.name == "asyncio":  # which none of them says
                return self.find(symbol.file, ":AbstractEventLoop()")
            if function.is_generator or any(not is_transparent(each) for each in function.decorators):
                return None
            return Result(symbol) if function.is_async else self._given(symbol, function)
        return Constant(AWAITABLE) if symbol == Constant(ASYNC) else None

    def _awaited(self, symbol: Symbol) -> Symbol | None:
        return self._given(symbol.of, self.function(symbol.of)) if isinstance(symbol, Result) else None

    def member(self, owner: ClassSymbol, name: str, *, of_instance: bool = False) -> Symbol | None:
        """Return what a class, or an instance of it, has under a name; None if a base that isn't known may have it."""
        return self.levels.answer((owner, name, of_instance), None, self._member, owner, name, of_instance)

    def _member(self, owner: ClassSymbol, name: str, of_instance: bool) -> Symbol | None:
        stored: str | None = None
        for each in self.order(owner):
            if each is None:
                return None
            described = self._classes[each]
            attribute = described.attributes.get(name) if of_instance else None
            if attribute is not None and is_path(attribute):
                # A subclass is there to give its base something else than that makes itself.
                is_own = each == owner or name not in described.given
                return self.origin(each.file, attribute, owner) if is_own else None
            stored = stored or attribute
            if name in described.members:
                if stored and described.members[name][0] == "f" and not _is_property(described, name):
                    return None
                found = self._entry(each.file, name, entry(described.members[name]), (owner, each))
                return replace(found, bound=True) if of_instance and isinstance(found, FunctionSymbol) else found
        return Constant(stored) if stored is not None else None

    def order(self, owner: ClassSymbol) -> list[ClassSymbol | None]:
        """Return a class and its bases in the order in which members are looked up; None for one that isn't known."""
        return self.levels.answer(("order", owner), [owner, None], self._order, owner)

    def _order(self, owner: ClassSymbol) -> list[ClassSymbol | None]:
        bases: dict[ClassSymbol, list[ClassSymbol | None]] = {}
        waiting = [owner]
        while waiting and len(bases) <= _BASES:
            each = waiting.pop()
            if each not in bases:
                bases[each] = self.levels.answer(("bases", each), [None], self._bases, each)
                waiting += filter(None, bases[each])
        return linear(owner, bases) if not waiting else [owner, None]

    def _bases(self, owner: ClassSymbol) -> list[ClassSymbol | None]:
        found: list[ClassSymbol | None] = []
        for base in self._classes[owner].bases:
            if base.rpartition(".")[2] not in _WITHOUT_MEMBERS and not hasattr(builtins, base):
                symbol = self.origin(owner.file, base)
                found.append(symbol if isinstance(symbol, ClassSymbol) and symbol != owner else None)
        return found


def _shows(outline: Outline, name: str) -> bool:
    """Return whether a module gives a name to who imports all of its names."""
    return name in outline.exported if outline.exported is not None else name[0] != "_"


def _is_property(described: Class, name: str) -> bool:
    return not PROPERTIES.isdisjoint(described.members[name][4])
