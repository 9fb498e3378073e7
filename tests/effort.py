"""How much work something is, counted in lines of Python, which is the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest


@contextmanager
def at_most(lines: int) -> Iterator[None]:
    """Fail as soon as what is called has run more lines than these."""
    left = lines

    def trace(_: FrameType, event: str, __: Any) -> Any:
        nonlocal left
        left -= event == "line"
        if left < 0:
            pytest.fail(f"it takes more than {lines} lines")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
