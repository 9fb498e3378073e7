"""Commands in processes of their own, each a copy of one that has imported the program already.

To import it takes most of the time of a small command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
_COPIES = hasattr(os, "fork")
_ORIGINAL = """
import gc, json, os, sys
from importlib import import_module
from pkgutil import walk_packages
import codemods, libcst, typer
from codemods.cli import main

for each in walk_packages(codemods.__path__, "codemods."):
    import_module(each.name)
gc.freeze()  # else each copy looks through all of it for garbage when it ends

def run(arguments, folder, environment, streams, first):
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_WRONLY if number else os.O_RDONLY), number)
    sys.argv = ["codemods", *arguments]
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape")
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")
    exec(first, {})
    main()

for line in sys.stdin:
    child = os.fork()
    if not child:
        run(*json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Copied:
    """Runs commands of the program; without fork each starts from nothing."""

    original: subprocess.Popen[bytes] | None

    def run(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes = b"",
        first: str = "",
    ) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
        """Run a command, after the source ``first``.

        What Python itself reads of the environment at its start has no effect.
        """
        if self.original is None:
            command = [sys.executable, "-c", f"{first}\nfrom codemods.cli import main\nmain()", *arguments]
            return subprocess.run(
                command, cwd=folder, env=dict(environment), input=stdin, capture_output=True, check=False
            )
        with TemporaryDirectory() as name:
            streams = [Path(name, each) for each in ("in", "out", "err")]
            for path in streams:
                path.write_bytes(stdin if path.name == "in" else b"")
            code = self._ask(list(arguments), str(folder), dict(environment), [str(each) for each in streams], first)
            return subprocess.CompletedProcess(arguments, code, streams[1].read_bytes(), streams[2].read_bytes())

    def _ask(self, *words: object) -> int:
        assert self.original
        assert self.original.stdin
        assert self.original.stdout
        self.original.stdin.write(json.dumps(words).encode() + b"\n")
        self.original.stdin.flush()
        return int(self.original.stdout.readline())


@contextmanager
def copied() -> Iterator[Copied]:
    """Start what is copied, and end it."""
    if not _COPIES:
        yield Copied(None)
        return
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", _ORIGINAL]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as original:
        yield Copied(original)
