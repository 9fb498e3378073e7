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
    Result,
    Symbol,
)

_LEVELS = 16
"""How many functions that give what others give are followed."""


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
        if not isinstance(decorator, AccessPath):
            return Answer.UNKNOWN
        path = decorator.callee or decorator
        found = self._symbols.infer(symbol.file, path, symbol.owner) if str(path) not in PROPERTIES else None
        return self._wrapped(found, path != decorator, inner) if isinstance(found, FunctionSymbol) else Answer.UNKNOWN

    def _wrapped(self, decorator: FunctionSymbol, is_called: bool, inner: Answer) -> Answer:
        """Return what a function becomes by a decorator of which it is seen what it gives."""
        gives = set(self._symbols.function(decorator).gives)
        if is_called:
            gives = {made for made, making in MAKES.items() if making in gives}
        return Answer.ASYNC if gives == {ASYNC} else inner if gives == {ARGUMENT} else Answer.UNKNOWN
