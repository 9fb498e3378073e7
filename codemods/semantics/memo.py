"""What is worked out once for a file, however often it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar


class Remembering(Protocol):
    """A view of one file, which never changes."""

    @property
    def memo(self) -> dict[Hashable, Any]:
        """What was worked out already."""


P = ParamSpec("P")
R = TypeVar("R")
Owner = TypeVar("Owner", bound=Remembering)
_NOTHING = object()


def once(function: Callable[Concatenate[Owner, P], R]) -> Callable[Concatenate[Owner, P], R]:
    """Have a function of a file, and of hashable arguments, give the same answer again without looking again."""

    @wraps(function)
    def remembered(owner: Owner, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (function, args, *kwargs.items()) if kwargs else (function, args)
        found = owner.memo.get(key, _NOTHING)
        if found is _NOTHING:
            found = owner.memo[key] = function(owner, *args, **kwargs)
        return found  # type: ignore[no-any-return]

    return remembered  # type: ignore[return-value]
