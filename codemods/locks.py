"""Locks that end with their process, however it ends."""

from __future__ import annotations


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take an open file for this process until it is closed, and return False where another process has it.

    Where the system knows no such lock, nobody has it.

    Args:
        descriptor: The open file.
        shared: Only ask that nobody else writes it.
    """
    try:
        from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
    except ImportError:
        return True
    try:
        flock(descriptor, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
