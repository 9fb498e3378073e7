"""Whether a call of a symbol has to be awaited."""

from __future__ import annotations

from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Answer
from codemods.semantics.decorators import (
    GENERATOR_COROUTINES,
    OLD_COROUTINES,
    PROPERTIES,
    is_transparent,
    makes_manager,
)
from codemods.semantics.limits import DepthLimit
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.outline import (
    ARGUMENT,
    ASYNC,
    AWAITABLE,
    MAKES,
    PLAIN,
    PLAIN_DEF,
    SYNC,
    UNKNOWN,
    Constant,
    Function,
    Origin,
)
from codemods.semantics.project.symbols import (
    ClassSymbol,
    Either,
    FunctionSymbol,
    InstanceSymbol,
    ModuleSymbol,
    Result,
    Symbol,
)

_LEVELS = 16
"""How many functions that give what others give are followed."""
_HIDING = PROPERTIES | {"functools.cache", "functools.lru_cache", "functools.singledispatch"}
"""What makes an object of a function that is no coroutine function, whatever it calls."""
_OF_PARTS = frozenset({"partial", "partialmethod"})
"""Classes of the library whose instances are coroutine functions if what they call is one."""


def by_decorator(name: str, inner: Answer, is_generator: bool) -> Answer | None:
    """Return what a call of a decorated function gives, by what it gives without; None if the name says nothing."""
    if is_transparent(name):
        return inner
    if makes_manager(name):
        return Answer.SYNC
    if name in GENERATOR_COROUTINES:
        return Answer.ASYNC if is_generator and inner is Answer.SYNC else inner
    return Answer.ASYNC if name in OLD_COROUTINES else None


class Kinds:
    """Answers for symbols; what has to be looked for through too many functions is unknown."""

    def __init__(self, symbols: Symbols) -> None:
        """Judge these symbols."""
        self._symbols = symbols
        self._levels = DepthLimit(_LEVELS)

    def of(self, symbol: Symbol | None) -> Answer:
        """Return whether a call of a symbol has to be awaited."""
        if isinstance(symbol, FunctionSymbol):
            return self._levels.answer(symbol, Answer.UNKNOWN, self._of_function, symbol)
        if isinstance(symbol, Either):
            answers = {self.of(each) for each in symbol.options}
            return answers.pop() if len(answers) == 1 else Answer.UNKNOWN
        if isinstance(symbol, ClassSymbol):
            return self._of_value(InstanceSymbol(symbol))
        if isinstance(symbol, InstanceSymbol):
            found = self._symbols.member(symbol.of, "__call__")
            return self.of(found) if isinstance(found, FunctionSymbol) else Answer.UNKNOWN
        return {ASYNC: Answer.ASYNC, SYNC: Answer.SYNC}.get(symbol, Answer.UNKNOWN)  # type: ignore[arg-type]

    def patched(self, symbol: Symbol | None) -> Answer:
        """Return whether patch puts an AsyncMock in the place of a symbol: a decorator's wrapper is what counts."""
        if isinstance(symbol, FunctionSymbol):
            return self._patched_function(symbol)
        if isinstance(symbol, Either):
            answers = {self.patched(each) for each in symbol.options}
            return answers.pop() if len(answers) == 1 else Answer.UNKNOWN
        if isinstance(symbol, InstanceSymbol):
            return Answer.UNKNOWN if symbol.of.name in _OF_PARTS else self._of_value(symbol)
        plain = isinstance(symbol, (ClassSymbol, ModuleSymbol)) or symbol in (PLAIN, SYNC)
        return Answer.SYNC if plain else Answer.UNKNOWN

    def _patched_function(self, symbol: FunctionSymbol) -> Answer:
        function = self._symbols.function(symbol)
        found = Answer.ASYNC if function.is_async and not function.is_generator else Answer.SYNC
        names = self._symbols.decorators(symbol)
        for each, name in zip(reversed(function.decorators), reversed(names), strict=True):
            bare = name.removesuffix("()")
            if not is_transparent(bare):
                hides = makes_manager(bare) or bare in _HIDING
                found = Answer.SYNC if hides else self._patched_wrapper(symbol, each, found)
        return found

    def _patched_wrapper(self, symbol: FunctionSymbol, decorator: Origin, inner: Answer) -> Answer:
        wrapper = self._wrapper(symbol, decorator)
        if isinstance(wrapper, InstanceSymbol):
            return self.patched(wrapper)
        if wrapper == {ARGUMENT} or wrapper == {ASYNC}:
            return inner if wrapper == {ARGUMENT} or inner is Answer.ASYNC else Answer.UNKNOWN
        return Answer.SYNC if wrapper and wrapper <= {PLAIN_DEF, SYNC, *MAKES.values()} else Answer.UNKNOWN

    def _of_function(self, symbol: FunctionSymbol) -> Answer:
        function = self._symbols.function(symbol)
        found = self._plain(symbol, function)
        names = self._symbols.decorators(symbol)
        for each, name in zip(reversed(function.decorators), reversed(names), strict=True):
            known = by_decorator(name.removesuffix("()"), found, function.is_generator)
            found = self._decorated(symbol, each, found) if known is None else known
        return found

    def _plain(self, symbol: FunctionSymbol, function: Function) -> Answer:
        if function.is_generator:
            return Answer.SYNC
        if function.is_async:
            return Answer.ASYNC
        if function.returns is PLAIN:
            return Answer.SYNC
        if function.returns is not None and function.returns is not UNKNOWN:
            answer = self._of_origin(symbol, function.returns)
            if answer is not Answer.UNKNOWN:
                return answer
        return self._by_returns(symbol, function)

    def _by_returns(self, symbol: FunctionSymbol, function: Function) -> Answer:
        found = {self._of_origin(symbol, each) for each in function.gives} or {Answer.SYNC}
        return found.pop() if len(found) == 1 else Answer.UNKNOWN

    def _of_origin(self, symbol: FunctionSymbol, origin: Origin) -> Answer:
        """Return whether a value is one to await."""
        if isinstance(origin, Constant):
            return {PLAIN: Answer.SYNC, AWAITABLE: Answer.ASYNC}.get(origin, Answer.UNKNOWN)
        if isinstance(origin, AccessPath) and origin.callee is not None:
            inner = self._symbols.infer(symbol.file, origin.callee, symbol.owner)
            if not isinstance(inner, (ClassSymbol, type(None))):
                return self.of(inner)
        return self._of_value(self._symbols.infer(symbol.file, origin, symbol.owner))

    def _of_value(self, symbol: Symbol | None) -> Answer:
        if isinstance(symbol, InstanceSymbol):
            # What can be awaited can often do more: aiohttp's requests are context managers too.
            known = None not in self._symbols.order(symbol.of)
            plain = known and self._symbols.member(symbol.of, "__await__") is None
            return Answer.SYNC if plain else Answer.UNKNOWN
        if isinstance(symbol, Result) or symbol is AWAITABLE:
            return Answer.ASYNC
        return Answer.SYNC if isinstance(symbol, ClassSymbol) or symbol is PLAIN else Answer.UNKNOWN

    def _decorated(self, symbol: FunctionSymbol, decorator: Origin, inner: Answer) -> Answer:
        """Return what a function becomes by a decorator of which it is seen what it gives."""
        wrapper = self._wrapper(symbol, decorator)
        if isinstance(wrapper, InstanceSymbol):
            plain = None not in self._symbols.order(wrapper.of) and self._symbols.member(wrapper.of, "__get__") is None
            return self.of(wrapper) if plain else Answer.UNKNOWN
        return Answer.ASYNC if wrapper == {ASYNC} else inner if wrapper == {ARGUMENT} else Answer.UNKNOWN

    def _wrapper(self, symbol: FunctionSymbol, decorator: Origin) -> InstanceSymbol | set[Origin]:
        """Return what a decorator puts in the place of a function: one of some origins, or an object; else nothing."""
        path = decorator if isinstance(decorator, AccessPath) and str(decorator) not in PROPERTIES else None
        found = self._symbols.infer(symbol.file, path.callee or path, symbol.owner) if path else None
        is_called = path is not None and path.callee is not None
        if isinstance(found, ClassSymbol) and not is_called:
            return InstanceSymbol(found)
        if isinstance(found, (ClassSymbol, InstanceSymbol)):
            made = found if isinstance(found, ClassSymbol) else found.of
            is_called = is_called and isinstance(found, InstanceSymbol)
            found = self._symbols.member(made, "__call__", of_instance=True)
        gives = set(self._symbols.function(found).gives) if isinstance(found, FunctionSymbol) else set()
        return {made for made, making in MAKES.items() if making in gives} if is_called else gives
