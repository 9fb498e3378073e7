"""Programs that end when this process does, however it ends, with all that they started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from codemods.verify.running import guard

_TO_KILL = 15.0
"""Seconds that the guard has to end everything: more than it takes for itself."""
_REPORT_SIZE = 4096
_KILLED = -9


class Guarded:
    """A program under the guard, with nothing to read and in a session of its own."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], output: IO[bytes]) -> None:
        """Start the program; raises OSError if the guard can't be started.

        Args:
            command: The program and its arguments.
            folder: Its working directory.
            environment: Its environment.
            output: The file that gets all that it prints.
        """
        self._code: int | None = None
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, *command], cwd=folder, env=environment, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, start_new_session=True,
        )  # fmt: skip

    def poll(self) -> int | None:
        """Return the exit code, as that of Popen, once all is over; raises OSError if the program can't be run."""
        return self.wait(0)

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, as that of Popen, or None if it isn't over by then; raises OSError as ``poll``."""
        if self._code is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._guard.wait(seconds)
                self._code = _KILLED  # also where what follows fails
                self._code = self._ending()
        return self._code

    def time_out(self) -> None:
        """Tell a suite that the test that runs takes too long."""
        self._say(guard.TIMED_OUT)

    def end(self, seconds: float) -> None:
        """End the program and all that it started, after some seconds to do it in order."""
        self._say(guard.INTERRUPT)
        with contextlib.suppress(OSError):
            self.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End the program and all that it started."""
        assert self._guard.stdin
        with contextlib.suppress(OSError):
            self._guard.stdin.close()
            if self.wait(_TO_KILL) is None:
                self._guard.kill()
                self.wait(_TO_KILL)

    def _say(self, word: bytes) -> None:
        assert self._guard.stdin
        with contextlib.suppress(OSError, ValueError):
            self._guard.stdin.write(word)

    def _ending(self) -> int:
        """Return how the program ended; if the guard was killed, end what it leaves."""
        assert self._guard.stdin
        with contextlib.suppress(OSError):
            self._guard.stdin.close()
        report = {key: value for each in self._messages() for key, value in each.items()}
        if isinstance(report.get("failed"), list):
            raise OSError(*report["failed"])
        if isinstance(code := report.get("exit"), int):
            return code
        if "exit" not in report and isinstance(program := report.get("pid"), int) and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(program, signal.SIGKILL)
        return _KILLED

    def _messages(self) -> Iterator[dict[str, Any]]:
        assert self._guard.stdout
        with self._guard.stdout as stream:
            for line in (stream.read(_REPORT_SIZE) or b"").splitlines():
                with contextlib.suppress(ValueError):
                    yield json.loads(line)
