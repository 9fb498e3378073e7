"""Follows names, attributes, calls and awaits through the outlines of modules."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codemods.semantics.access_path import AccessPath, Step
from codemods.semantics.asyncio_names import LOOP_GETTERS
from codemods.semantics.decorators import PROPERTIES, is_transparent
from codemods.semantics.limits import DepthLimit
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.inheritance import linear
from codemods.semantics.project.outline import (
    ASYNC,
    AWAITABLE,
    PLAIN,
    SYNC,
    AnyOf,
    Class,
    Constant,
    Entry,
    Function,
    Import,
    Origin,
    Outline,
    Several,
    Value,
    paths,
)
from codemods.semantics.project.symbols import (
    ClassSymbol,
    Either,
    FunctionSymbol,
    GlobalValue,
    InstanceSymbol,
    ModuleSymbol,
    Result,
    Symbol,
    either,
)

_LEVELS = 25
"""How many names, members and calls are followed inside of each other."""
_BASES = 128
"""How many classes above another one are looked at."""
_WITHOUT_MEMBERS = frozenset({"object", "ABC", "Generic", "Protocol", "NamedTuple", "TypedDict", "Exception", "Enum"})
_TELLING = frozenset({ASYNC, SYNC, AWAITABLE})
"""Constants that say what a call of something gives, or that it can be awaited."""
_Owner = tuple[ClassSymbol, ClassSymbol] | None
"""The class in which a member is looked up, and the one that has it."""


class Symbols:
    """The symbols of a project and its environment."""

    def __init__(self, files: ModuleFiles, outline: Callable[[Path], Outline | None]) -> None:
        """Take where modules are and what reads them."""
        self.files = files
        self._outline = outline
        self._functions: dict[tuple[Path, int], Function] = {}
        self._classes: dict[ClassSymbol, Class] = {}
        self.levels = DepthLimit(_LEVELS)

    def function(self, symbol: FunctionSymbol) -> Function:
        """Return the function of a symbol."""
        return self._functions[symbol.file, symbol.line]

    def of_class(self, symbol: ClassSymbol) -> Class:
        """Return the class of a symbol."""
        return self._classes[symbol]

    def infer(self, file: Path, origin: Origin, owner: ClassSymbol | None = None) -> Symbol | None:
        """Return what an origin in a file stands for, or None if it can't be told.

        In a method of ``owner``, ``self`` and ``cls`` are its receiver.
        """
        if isinstance(origin, Constant):
            return origin
        if isinstance(origin, AnyOf):
            return either([self.infer(file, each, owner) for each in origin.paths])
        found, rest = self._root(origin.file or file, origin, owner)
        return self._stepped(found, rest)

    def _stepped(self, found: Symbol | None, steps: Iterable[str | Step]) -> Symbol | None:
        for step in steps:
            if found is None:
                break
            found = self._step(found, step)
        return found

    def decorators(self, symbol: FunctionSymbol) -> list[str]:
        """Return the dotted names of a function's decorators, with ``()`` if called; of the file's own, with ``:``."""
        outline = self._outline(symbol.file)
        names = outline.names if outline is not None else {}
        return [_imported(names, each) for each in self.function(symbol).decorators]

    def _root(
        self, file: Path, path: AccessPath, owner: ClassSymbol | None
    ) -> tuple[Symbol | None, tuple[str | Step, ...]]:
        """Return what the first names of a path stand for, and the steps that follow them."""
        steps, dots = path.steps, path.level
        if dots is None:
            first = path.root
            if owner is not None and first in ("self", "cls"):
                return (InstanceSymbol(owner) if first == "self" else owner), steps[1:]
            return self._named(file, first), steps[1:]
        names = path.names
        for count in range(len(names), -1 if dots else 0, -1):
            dotted = "." * dots + ".".join(names[:count])
            if (found := self.files.find(file, dotted)) is not None:
                hiding = self._hiding(file, dots, names) if count == len(names) else None
                return hiding or ModuleSymbol(found, dotted), steps[count:]
        return None, ()

    def _hiding(self, file: Path, dots: int, names: Sequence[str]) -> Symbol | None:
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
            return self._entry(file, name, found, None)
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
            return self.infer(file, AccessPath.imported(found.dotted))
        if isinstance(found, Function):
            self._functions[file, found.line] = found
            return FunctionSymbol(file, name, found.line, *(owner or ()))
        if isinstance(found, Class):
            symbol = ClassSymbol(file, name, found.line)
            self._classes[symbol] = found
            return symbol
        if isinstance(found, Several):
            return self._only(file, name, found.entries, owner)
        return self._value(file, name, found, owner)

    def _only(self, file: Path, name: str, entries: list[Entry], owner: _Owner) -> Symbol | None:
        stated = [each for each in entries if not (isinstance(each, Value) and each.origin is PLAIN)]
        found = [self._entry(file, name, each, owner) for each in stated]
        if not found:
            return PLAIN
        pairs = zip(found, stated, strict=True)
        known = [each for each, entry in pairs if each is not None or not self._is_missing(file, entry)]
        return known[0] if known and all(each == known[0] for each in known) else None

    def _is_missing(self, file: Path, found: Entry) -> bool:
        """Return whether a binding comes from a module that isn't there: the compiled twin of one that is."""
        if isinstance(found, Value) and not isinstance(found.origin, Constant):
            outline = self._outline(file)
            first = outline.names.get(paths(found.origin)[0].root) if outline else None
            return isinstance(first, Import)
        return isinstance(found, Import)

    def _value(self, file: Path, name: str, found: Value, owner: _Owner) -> Symbol | None:
        if isinstance(found.origin, Constant):
            return found.origin if found.origin in _TELLING else GlobalValue(file, name, found.line)
        symbol = either([self._assigned(file, name, each, owner) for each in paths(found.origin)])
        return GlobalValue(file, name, found.line) if symbol is None and owner is None else symbol

    def _assigned(self, file: Path, name: str, path: AccessPath, owner: _Owner) -> Symbol | None:
        """Return what a path stands for that a module, or the body of a class, binds to a name."""
        if owner is None or path.root == name or path.root not in self._classes[owner[1]].members:
            return self.infer(file, path)
        return self._stepped(self.member(owner[0], path.root), path.steps[1:])

    def _step(self, symbol: Symbol, step: str | Step) -> Symbol | None:
        if isinstance(symbol, Either):
            return either([self._step(each, step) for each in symbol.options])
        if step is Step.CALL:
            return self.called(symbol)
        if step is Step.AWAIT:
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
        if PROPERTIES.isdisjoint(map(str, function.decorators)):
            return symbol
        return self._given(symbol, function)

    def _given(self, symbol: FunctionSymbol, function: Function) -> Symbol | None:
        """Return what a function gives: as its annotation says, else as its only ``return`` does."""
        return self.levels.answer(symbol, None, self._returned, symbol, function)

    def _returned(self, symbol: FunctionSymbol, function: Function) -> Symbol | None:
        origins = [function.returns] if function.returns is not None else function.gives
        if len(origins) != 1:
            return None
        found = self.infer(symbol.file, origins[0], symbol.owner)
        if found is None and function.returns is not None and len(function.gives) == 1:
            return self.infer(symbol.file, function.gives[0], symbol.owner)
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
                return self.infer(symbol.file, AccessPath.local("AbstractEventLoop").called)
            if function.is_generator or not all(map(is_transparent, self.decorators(symbol))):
                return None
            return Result(symbol) if function.is_async else self._given(symbol, function)
        return AWAITABLE if symbol is ASYNC else None

    def _awaited(self, symbol: Symbol) -> Symbol | None:
        return self._given(symbol.of, self.function(symbol.of)) if isinstance(symbol, Result) else None

    def member(self, owner: ClassSymbol, name: str, *, of_instance: bool = False) -> Symbol | None:
        """Return what a class, or an instance of it, has under a name; None if a base that isn't known may have it."""
        return self.levels.answer((owner, name, of_instance), None, self._member, owner, name, of_instance)

    def _member(self, owner: ClassSymbol, name: str, of_instance: bool) -> Symbol | None:
        stored: Constant | None = None
        for each in self.order(owner):
            if each is None:
                return None
            described = self._classes[each]
            attribute = described.attributes.get(name) if of_instance else None
            if attribute is not None and not isinstance(attribute, Constant):
                # A subclass is there to give its base something else than that makes itself.
                is_own = each == owner or name not in described.given
                return self.infer(each.file, attribute, owner) if is_own else None
            stored = attribute if stored in (None, PLAIN) else stored
            if name in described.members:
                bound = described.members[name]
                if stored not in (None, PLAIN) and isinstance(bound, Function) and not _is_property(bound):
                    return None
                found = self._entry(each.file, name, bound, (owner, each))
                return replace(found, bound=True) if of_instance and isinstance(found, FunctionSymbol) else found
        return stored

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
        return linear(owner, bases.__getitem__) if not waiting else [owner, None]

    def _bases(self, owner: ClassSymbol) -> list[ClassSymbol | None]:
        found: list[ClassSymbol | None] = []
        for base in self._classes[owner].bases:
            if not _is_without_members(base):
                symbol = self.infer(owner.file, base)
                found.append(symbol if isinstance(symbol, ClassSymbol) and symbol != owner else None)
        return found


def _imported(names: Mapping[str, Entry], decorator: Origin) -> str:
    """Return a decorator by the dotted name of the import that binds its first name, if one does."""
    text = str(decorator)
    found = names.get(decorator.root) if isinstance(decorator, AccessPath) else None
    if isinstance(decorator, AccessPath) and isinstance(found, Import):
        return found.dotted + text.removeprefix(decorator.root)
    return text if found is None else f":{text}"


def _shows(outline: Outline, name: str) -> bool:
    """Return whether a module gives a name to who imports all of its names."""
    return name in outline.exported if outline.exported is not None else name[0] != "_"


def _is_property(function: Function) -> bool:
    return not PROPERTIES.isdisjoint(map(str, function.decorators))


def _is_without_members(base: Origin) -> bool:
    """Return whether a base has no members that a test could ask for, by its name as it is written."""
    return isinstance(base, AccessPath) and (base.names[-1] in _WITHOUT_MEMBERS or hasattr(builtins, str(base)))
