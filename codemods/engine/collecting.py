"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Args = ParamSpec("Args")
Found = TypeVar("Found")


def without_collecting(work: Callable[Args, Found]) -> Callable[Args, Found]:
    """Have work done without a search for circles of objects that nothing needs any more.

    Trees are millions of objects, to look through them took a quarter of the time, and they are let go of without it:
    ``tests/test_growth.py`` holds that the work on a file leaves no circle behind.
    """

    @wraps(work)
    def uncollected(*args: Args.args, **kwargs: Args.kwargs) -> Found:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return work(*args, **kwargs)
        finally:
            if was_enabled:
                gc.enable()

    return uncollected
