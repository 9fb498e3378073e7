"""Processes that work on files: they end with the one that started them, and one that is ended loses nothing."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Process, get_start_method, parent_process
from multiprocessing.connection import Connection, Pipe, wait
from typing import Generic, TypeVar

from codemods import disk
from codemods.engine.file import migrate_file
from codemods.engine.task import Files, Numbered, Task
from codemods.model import FileResult

Found = TypeVar("Found")
Batches = deque[list[Numbered]]
_MOST = 60
"""Windows can't wait for many more at once."""
_ROOM = 32
"""How many files it must be possible to open beside those that processes take."""
_UNSTARTABLE = (OSError, EOFError, ImportError, AssertionError)


def load_for_all(tasks: Sequence[Task]) -> None:
    """Load the rules once, and look once at the project, where processes begin with what this one has."""
    if get_start_method() == "fork":
        for rule in tasks[0].selection.rules:
            rule.load()
        for task in tasks:
            task.facts.value  # noqa: B018  (which is kept)


class Workers:
    """Some processes; leave the context, and they are gone."""

    def __init__(self, number: int, files: Files) -> None:
        """Start that many, or fewer where the system allows no more; all work on the same snapshot."""
        self._files = files
        self.suspects: list[Numbered] = []
        """The tasks at which a process ended."""
        self.came = 0
        """How many processes have begun to work."""
        self.error: Exception | None = None
        """Why no more could be started, where it is known."""
        self._workers: list[_Worker] = []
        self._number = min(number, _MOST)

    def __enter__(self) -> Workers:
        """Start them."""
        try:
            while len(self._workers) < self._number:
                _check_room()
                self._workers.append(_Worker(self._files))
        except _UNSTARTABLE as error:
            self.error = error
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End them, whatever they do."""
        for worker in self._workers:
            worker.kill()

    def run(self, batches: Batches) -> Iterator[tuple[int, FileResult]]:
        """Yield what comes of tasks, each with its number, as long as there are batches and a process."""
        while busy := {each.connection: each for each in self._workers if each.tasks or not each.ready}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                try:
                    yield from self._heard(worker)
                    if batches and not worker.tasks:
                        worker.give(batches.popleft())
                except (EOFError, OSError):
                    self._bury(worker, batches)

    def _heard(self, worker: _Worker) -> Iterator[tuple[int, FileResult]]:
        received = worker.connection.recv()
        if worker.ready:
            result, noted = received
            disk.add(noted)
            number, task = worker.tasks.popleft()
            yield number, _with_data_of(task, result)
        else:  # the first says nothing but that it is there
            worker.ready = True
            self.came += 1

    def _bury(self, worker: _Worker, batches: Batches) -> None:
        self._workers.remove(worker)
        worker.kill()
        if worker.tasks:
            self.suspects.append(worker.tasks.popleft())
        if worker.tasks:
            batches.appendleft([*worker.tasks])


class _Started:
    """A process that has begun, and what it is talked to by."""

    def __init__(self, target: Callable[..., None], work: object) -> None:
        self.connection, theirs = Pipe()
        self._process = Process(target=target, args=(theirs, work, disk.is_noting()), daemon=True)
        try:
            with _interrupts_held():
                self._process.start()
        except BaseException:
            self.connection.close()
            raise
        finally:
            theirs.close()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


class Aside(Generic[Found]):
    """Something that a process of its own does meanwhile; leave the context, and it is gone."""

    def __init__(self, work: Callable[[], Found]) -> None:
        """Take what it does: of the snapshot, to which it changes nothing."""
        self._work = work
        self.process: _Started | None = None

    def __enter__(self) -> Aside[Found]:
        """Begin, where the system lets it."""
        with suppress(*_UNSTARTABLE):
            _check_room()
            self.process = _Started(_do, self._work)
        return self

    def result(self) -> Found:
        """Return what came of it, which is done here if the process was ended or never began."""
        try:
            if self.process is None:
                return self._work()
            found, noted = self.process.connection.recv()
        except (EOFError, OSError):
            return self._work()
        disk.add(noted)
        return found  # type: ignore[no-any-return]

    def __exit__(self, *_: object) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()


class _Worker(_Started):
    """One process, and what it was given to do."""

    def __init__(self, files: Files) -> None:
        super().__init__(_work, files)
        self.tasks: deque[Numbered] = deque()
        self.ready = False

    def give(self, batch: Sequence[Numbered]) -> None:
        self.tasks.extend(batch)
        self.connection.send([task for _, task in batch])


def _with_data_of(task: Task, result: FileResult) -> FileResult:
    """Return a result without its copies of what the file holds anyway."""
    after = task.data if result.after == task.data else result.after
    return replace(result, before=task.data, after=after)


def _check_room() -> None:
    opened: list[int] = []
    try:
        for _ in range(_ROOM):
            opened.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401  (those that were opened are closed)
    finally:
        for each in opened:
            os.close(each)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back here, and for ever in what is started: it is for the parent to say what happens then."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield
        return
    mask = getattr(signal, "pthread_sigmask", lambda *_: None)
    blocked = mask(getattr(signal, "SIG_BLOCK", 0), {signal.SIGINT})
    # The mask alone isn't enough: the standard library unblocks it when it starts its first helper.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        mask(getattr(signal, "SIG_SETMASK", 0), blocked)


def _work(connection: Connection, files: Files, notes: bool) -> None:
    with _begun(notes):
        connection.send(None)
        while True:
            for task in connection.recv():
                connection.send((migrate_file(task, files), disk.taken()))


def _do(connection: Connection, work: Callable[[], object], notes: bool) -> None:
    with _begun(notes), suppress(Exception):  # which the process that started this one meets again, and says
        connection.send((work(), disk.taken()))


@contextmanager
def _begun(notes: bool) -> Iterator[None]:
    """Let a process work that nobody talks to but the one that started it."""
    gc.disable()  # trees make no garbage, and to look through what the parent has would copy it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError, MemoryError, RuntimeError):  # the last says that there can be no thread
        threading.Thread(target=_end_with_parent, daemon=True).start()
        _let_go_of_streams()
        if notes:
            disk.begin()  # what the parent asked isn't said again
        yield


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _let_go_of_streams() -> None:
    """Whoever reads what the command prints waits until no process has it open."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    os.close(nothing)
