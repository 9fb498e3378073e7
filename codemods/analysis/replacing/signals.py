"""Calls that have signals handled, whose handlers may raise wherever the program is."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module

_NAMES = frozenset(
    {
        "_thread.interrupt_main", "os.kill", "os.killpg", "signal.alarm", "signal.pthread_kill", "signal.raise_signal",
        "signal.setitimer", "signal.signal",
    }
)  # fmt: skip


def handles_signals(module: Module, call: ast.Call) -> bool:
    """Return whether a call has a signal handled, or sends one."""
    return module.resolve(call.func) in _NAMES
