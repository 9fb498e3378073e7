"""Stands between ``verify`` and a program that it runs, and ends it with all that it started once nobody waits for it.

A script of its own, so that it lives when ``verify`` is killed. Whoever starts it holds the other end of its standard
input: a byte there is a word to pass on, the end of it means that all has to end. What the program prints goes to
standard error; standard output gets lines of JSON: the program's id, and how it ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

INTERRUPT, TIMED_OUT = b"i", b"t"
"""Words: end in order, said to the program and its group; the test that runs takes too long, said to the program."""
_PATIENCE = 10.0
"""Seconds in which a process that was killed has to vanish; one that waits for a broken disk doesn't."""
_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> None:
    """Run a command until it is over or nobody waits for it."""
    reaps = _become_reaper()
    wake = _wakes()
    try:
        program = _start(command)
    except OSError as error:
        _say(failed=[error.errno, error.strerror, error.filename])
        return
    if wake is None:
        _say(exit=_wait_there(program))
        return
    code = None
    try:
        code = _wait(program.pid, wake)
    finally:
        _end_all(program.pid, reaps)
    _say(exit=code)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    output = os.dup(1)  # in the program, 1 is where it prints

    def begin() -> None:
        # Said by the program itself: by the time that it runs, it may have ended its parent.
        os.write(output, json.dumps({"pid": os.getpid()}).encode() + b"\n")

    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=2, stderr=2, start_new_session=True, close_fds=True,
        preexec_fn=None if os.name == "nt" else begin,
    )  # fmt: skip


def _say(**what: object) -> None:
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(what).encode() + b"\n")


def _become_reaper() -> bool:
    """Become the parent of whatever loses its own, on Linux; say whether it worked."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 and os.path.exists("/proc/self"))
    except (ImportError, OSError, AttributeError):
        return False


def _wakes() -> int | None:
    """Return what can be read from once a child is over; None where there are no signals."""
    if not hasattr(signal, "SIGCHLD"):
        return None
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for word in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):  # the suite may send one to its parent
        signal.signal(word, _ended)
    return reading


def _ended(number: int, _: object) -> None:
    sys.exit(128 + number)


def _wait_there(program: subprocess.Popen[bytes]) -> int:
    """Wait where there are no signals: ended is the program alone, and not what it started."""

    def listen() -> None:
        while os.read(0, 1):
            pass
        program.kill()

    threading.Thread(target=listen, daemon=True).start()
    return program.wait()


def _wait(program: int, wake: int) -> int | None:
    """Return how the program ended; None if nobody waits for it any more."""
    while True:
        ready, _, _ = select.select([0, wake], [], [])
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        code = _reap(program)
        if code is not None:
            return code
        if 0 in ready:
            words = os.read(0, 64)
            if not words:
                return None
            for word in words:
                _pass_on(program, bytes((word,)))


def _pass_on(program: int, word: bytes) -> None:
    with contextlib.suppress(OSError):
        if word == INTERRUPT:
            os.killpg(program, signal.SIGINT)
        elif word == TIMED_OUT:
            os.kill(program, signal.SIGUSR1)


def _reap(program: int) -> int | None:
    """Take leave of all children that are over; return how the program ended if it is one of them."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if found[0] == program:
                code = os.waitstatus_to_exitcode(found[1])
    return code


def _end_all(program: int, reaps: bool) -> None:
    """End the program and all that it started, in whatever session it is by now."""
    until = time.monotonic() + _PATIENCE
    if not reaps:
        with contextlib.suppress(OSError):
            os.killpg(program, signal.SIGKILL)
    while time.monotonic() < until and (left := list(_descendants())):
        for each in left:
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.005)
        _reap(program)


def _descendants() -> Iterator[int]:
    """Yield the processes that came from this one; nothing where the system has no list of them."""
    parents = dict(_parents())
    mine = {os.getpid()}
    while more := {each for each, parent in parents.items() if parent in mine and each not in mine}:
        mine |= more
        yield from more


def _parents() -> Iterator[tuple[int, int]]:
    """Yield the processes of the system, each with its parent."""
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError, ValueError, IndexError):
            descriptor = os.open(f"/proc/{int(name)}/stat", os.O_RDONLY)
            try:
                stat = os.read(descriptor, 4096)
            finally:
                os.close(descriptor)
            yield int(name), int(stat[stat.rindex(b")") + 1 :].split()[1])  # a name may hold spaces and brackets


if __name__ == "__main__":
    main(sys.argv[1:])
