"""Calls that have signals handled, whose handlers may raise wherever the program is."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module

_NAMES = frozenset(
    {
        "_thread.interrupt_main", "signal.alarm", "signal.pthread_kill", "signal.raise_signal", "signal.setitimer",
        "signal.signal",
    }
)  # fmt: skip


def handles_signals(module: Module, call: ast.Call) -> bool:
    """Return whether a call has a signal handled, or sends one to its own process."""
    name = module.resolve(call.func)
    own = call.args[0] if name == "os.kill" and call.args else None
    return name in _NAMES or (isinstance(own, ast.Call) and module.resolve(own.func) == "os.getpid")
