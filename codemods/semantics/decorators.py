"""Decorators of which it is known what they make of a function, by their dotted names: one table for all who ask."""

from __future__ import annotations

BINDING = frozenset({"staticmethod", "classmethod"})
"""What says what a method is bound to."""
TRANSPARENT = BINDING | {
    "abc.abstractmethod",
    *(f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("final", "overload", "override")),
    "typing.no_type_check",
}
"""What leaves a function what it is: a call gives what it gave, and an async function is one still."""
MANAGERS = frozenset({"contextlib.asynccontextmanager", "contextlib.contextmanager"})
PROPERTIES = frozenset({"abc.abstractproperty", "cached_property", "functools.cached_property", "property"})
OLD_COROUTINES = frozenset({"asyncio.coroutine", "asyncio.coroutines.coroutine"})
"""What makes a coroutine of a generator, or of a function that returns an awaitable."""
GENERATOR_COROUTINES = frozenset({"types.coroutine"})
"""What makes a coroutine of a generator only, and leaves any other function what it is."""
COROUTINES = OLD_COROUTINES | GENERATOR_COROUTINES
_LAST_NAMES = frozenset(each.rpartition(".")[2] for each in TRANSPARENT)
_LAST_OF_MANAGERS = frozenset(each.rpartition(".")[2] for each in MANAGERS)


def is_transparent(name: str) -> bool:
    """Return whether a decorator leaves a function what it is, by its dotted name or as it is written."""
    return name in TRANSPARENT or name in _LAST_NAMES


def makes_manager(name: str) -> bool:
    """Return whether a decorator makes a context manager of a generator function, by its name as it is written."""
    return name.rpartition(".")[2] in _LAST_OF_MANAGERS
