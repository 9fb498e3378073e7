"""Processes that wait, and a pipe that tells whether one of them lives: it ends when the last of them has gone."""

from __future__ import annotations

import os
import select
from pathlib import Path
from time import monotonic

PATIENCE = 300.0
LIVING = """
import os, signal, sys, time
pipe = os.open({pipe!r}, os.O_WRONLY)

def lives(word):
    os.write(pipe, word)
    while True:
        signal.pause()

def forks(*, session):
    if os.fork() == 0:
        if session:
            os.setsid()
            if os.fork():
                os._exit(0)
            os.closerange(0, 3)
            os.environ.clear()
        lives(b"c")
"""


class Pipe:
    """Tells how many processes live, by the bytes that they write, and when the last of them has gone."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def _read(self, size: int, until: float) -> bytes:
        ready, _, _ = select.select([self._reading], [], [], max(0.0, until - monotonic()))
        assert ready, "nothing comes and nobody goes"
        return os.read(self._reading, size)

    def wait_for(self, words: bytes) -> None:
        until = monotonic() + PATIENCE
        got = b""
        while len(got) < len(words):
            # Without a writer, the pipe is at its end already.
            got += self._read(len(words), until) or self._pause(until)
        assert sorted(got) == sorted(words)

    def _pause(self, until: float) -> bytes:
        assert monotonic() < until
        select.select([], [], [], 0.01)
        return b""

    def wait_for_the_end(self) -> None:
        until = monotonic() + PATIENCE
        while self._read(4096, until):
            pass

    def close(self) -> None:
        os.close(self._reading)
