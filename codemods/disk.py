"""What a run asks of the disk, noted while someone wants to know whether all of it would be answered the same again.

Whatever a check or a diff depends on is asked here or read by ``codemods.source``: a fact that is asked elsewhere would
let an old answer pass for a new one.
"""

from __future__ import annotations

import os
import stat
from hashlib import blake2b

TYPE_CHECKING = False  # each start loads this, and typing takes long
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Asked = str | os.PathLike[str]
    Answer = bool | int | str | list[object] | None
    Note = tuple[str, str]

_RACY = 2_000_000_000
"""Nanoseconds within which a file may change twice and look as if it hadn't."""


class Notes:
    """The questions of a run and their answers, in their order."""

    def __init__(self) -> None:
        """Begin with none."""
        self.answers: dict[Note, Answer] = {}
        self.agree = True
        """Whether nothing that was asked twice was answered differently."""
        self._listed: dict[str, frozenset[str] | None] = {}
        self._lacking: dict[str, dict[str, None]] = {}

    def lacks(self, path: str) -> bool:
        """Return whether a folder is known not to have a file; that it hasn't is noted with all others that it lacks.

        Most files that a run asks for aren't there: to list a folder once takes less than to ask for each of them.
        """
        folder, name = os.path.split(path)
        for above in self._above(folder):
            if self._has_not(*above):
                return True
        return self._has_not(folder, name)

    def _above(self, folder: str) -> Iterator[tuple[str, str]]:
        """Yield the folders from the nearest that was listed down to this one, each with the next one's name."""
        down = []
        while folder not in self._listed:
            above, name = os.path.split(folder)
            if above == folder:
                return
            down.append((above, name))
            folder = above
        yield from reversed(down)

    def _has_not(self, folder: str, name: str) -> bool:
        if folder not in self._listed:
            self._listed[folder] = _lower_names(folder)
        names = self._listed[folder]
        if names is None or name.lower() in names:  # a file system may not tell cases apart
            return False
        self._lacking.setdefault(folder, {})[name] = None
        return True

    def all(self) -> dict[Note, Answer]:
        """Return what was noted, with what folders lack at the end."""
        lacking: dict[Note, Answer] = {("lacking", each): [*names] for each, names in self._lacking.items()}
        return self.answers | lacking

    def add(self, note: Note, answer: Answer) -> None:
        """Note an answer."""
        if note[0] == "lacking" and isinstance(answer, list):
            self._lacking.setdefault(note[1], {}).update(dict.fromkeys(map(str, answer)))
        else:
            self.agree = self.agree and self.answers.setdefault(note, answer) == answer

    def take(self) -> dict[Note, Answer]:
        """Return what was noted since this was last asked."""
        found = self.all()
        self.answers, self._lacking = {}, {}
        return found


_noted: Notes | None = None


def begin() -> Notes:
    """Begin to note, until ``end``."""
    global _noted
    _noted = Notes()
    return _noted


def end() -> None:
    """Note nothing any more."""
    global _noted
    _noted = None


def taken() -> dict[Note, Answer]:
    """Return what was noted since this was last asked, for a process that notes for another one."""
    return _noted.take() if _noted is not None else {}


def add(answers: dict[Note, Answer]) -> None:
    """Note what another process asked."""
    for note, answer in answers.items() if _noted is not None else ():
        _noted.add(note, answer)  # type: ignore[union-attr]


def spoil() -> None:
    """Have what was noted not be kept: something else had a say."""
    if _noted is not None:
        _noted.agree = False


def is_noting() -> bool:
    """Return whether what is asked is noted."""
    return _noted is not None


def _asked(name: str, path: Asked, answer: Answer) -> None:
    if _noted is not None:
        _noted.add((name, os.fspath(path)), answer)


def _is_lacking(path: Asked) -> bool:
    return _noted is not None and _noted.lacks(os.fspath(path))


def _tested(name: str, test: Callable[[Asked], bool], path: Asked) -> bool:
    answer = test(path)
    _asked(name, path, answer)
    return answer


def is_file(path: Asked) -> bool:
    """Return whether there is a regular file, or a link to one."""
    return not _is_lacking(path) and _tested("is_file", os.path.isfile, path)


def is_folder(path: Asked) -> bool:
    """Return whether there is a folder, or a link to one."""
    return _tested("is_folder", os.path.isdir, path)


def exists(path: Asked) -> bool:
    """Return whether there is anything, where links lead to."""
    return _tested("exists", os.path.exists, path)


def is_there(path: Asked) -> bool:
    """Return whether there is anything, be it a link that leads nowhere."""
    return not _is_lacking(path) and _tested("is_there", os.path.lexists, path)


def real_path(path: Asked) -> str:
    """Return a path without links."""
    answer = os.path.realpath(path)
    _asked("real_path", path, answer)
    return answer


def kind(path: Asked) -> int:
    """Return what is at a path, a link for itself, as ``stat.S_IFMT`` says; 0 where nothing can be seen."""
    try:
        answer = stat.S_IFMT(os.lstat(path).st_mode)
    except (OSError, ValueError):
        answer = 0
    _asked("kind", path, answer)
    return answer


def target_kind(path: Asked) -> int:
    """Return what a path leads to, as ``stat.S_IFMT`` says; raises OSError if that can't be seen."""
    try:
        answer = stat.S_IFMT(os.stat(path).st_mode)
    except OSError as error:
        _asked("target_kind", path, str(error))
        raise
    _asked("target_kind", path, answer)
    return answer


def entries(folder: Asked) -> list[os.DirEntry[str]]:
    """Return what is in a folder; raises OSError if it can't be read."""
    try:
        found = list(os.scandir(folder))
    except OSError as error:
        _asked("names", folder, str(error))
        raise
    if _noted is not None:
        _asked("names", folder, _digest(_named(each) for each in found))
    return found


def names(folder: Asked) -> list[str]:
    """Return the names in a folder, sorted; none if it can't be read."""
    try:
        return sorted(each.name for each in entries(folder))
    except OSError:
        return []


def variable(name: str) -> str | None:
    """Return a variable of the environment."""
    answer = os.environ.get(name)
    _asked("variable", name, answer)
    return answer


def program(name: Asked) -> str | None:
    """Return where a program is that is called by a name."""
    import shutil  # few runs ask for one

    answer = shutil.which(name)
    _asked("program", name, answer)
    return answer


def note_command(command: Iterable[str], output: tuple[bytes, ...]) -> None:
    """Note what a command printed that changes nothing; the words are those of ``codemods.git``."""
    if _noted is not None:
        _asked("command", "\0".join(command), _digest(output))


def note_content(path: Asked, status: os.stat_result, data: bytes) -> None:
    """Note what a file holds."""
    if _noted is not None:
        _asked("content", path, [*signature(status), digest(data)])


def note_unreadable(path: Asked, why: str) -> None:
    """Note that a file can't be read."""
    _asked("content", path, why)


def signature(status: os.stat_result) -> list[int]:
    """Return what tells that a file wasn't written again."""
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


def state(path: Asked, data: bytes) -> list[int | str]:
    """Return what is noted of a file that holds this; raises OSError if it can't be seen."""
    return [*signature(os.stat(path)), digest(data)]


def digest(data: bytes) -> str:
    """Return what tells contents apart."""
    return blake2b(data, digest_size=16).hexdigest()


def _named(entry: os.DirEntry[str]) -> bytes:
    return os.fsencode(entry.name) + (b"/" if entry.is_dir(follow_symlinks=False) else b"")


def _digest(parts: Iterable[bytes]) -> str:
    return digest(b"\0".join(sorted(parts)))


def hold(
    answers: dict[Note, Answer], since: int, command: Callable[[str], tuple[bytes, ...]],
    content: Callable[[str], bytes | str],
) -> bool | None:  # fmt: skip
    """Return whether all questions are answered as they were; None if they are, and files had to be read for it.

    They are asked in their order, so that nothing is asked that the run would not have asked.

    Args:
        answers: The questions, and what the answers were.
        since: When they were asked, in nanoseconds since 1970: what was written shortly before may have changed since.
        command: Runs a command again that was noted.
        content: Returns what a file holds, or why it can't be read.
    """
    asked = _QUESTIONS
    was_read = False
    for (name, what), answer in answers.items():
        if name == "content":
            if (same := _is_content(what, answer, since, content)) is False:
                return False
            was_read = was_read or same is None
        elif name == "lacking":
            if not _lacks_still(what, answer):
                return False
        elif name == "command":
            if _digest(command(what)) != answer:
                return False
        elif asked[name](what) != answer:
            return False
    return None if was_read else True


def _is_content(path: str, answer: Answer, since: int, content: Callable[[str], bytes | str]) -> bool | None:
    """Return whether a file holds what it held; None if it had to be read for that."""
    if isinstance(answer, list):
        try:
            status = os.stat(path)
        except OSError:
            return False
        if _is_unwritten(status, answer, since):
            return True
    data = content(path)
    if isinstance(data, str):
        return data == answer
    return None if isinstance(answer, list) and digest(data) == answer[4] else False


def _is_unwritten(status: os.stat_result, answer: Sequence[object], since: int) -> bool:
    return signature(status) == answer[:4] and max(status.st_mtime_ns, status.st_ctime_ns) < since - _RACY


def is_unwritten(path: Asked, answer: list[int | str], since: int) -> bool:
    """Return whether a file wasn't written since it held what was noted of it, and note that it still holds that.

    Args:
        path: The file.
        answer: Its state and the digest of its content, as ``note_content`` notes them.
        since: When that was noted, in nanoseconds since 1970.
    """
    try:
        is_same = _is_unwritten(os.stat(path), answer, since)
    except OSError:
        return False
    if is_same:
        _asked("content", path, [*answer])
    return is_same


def renewed(note: Note, answer: Answer) -> Answer:
    """Return an answer with the state that a file has now, which holds the same."""
    name, path = note
    try:
        return [*signature(os.stat(path)), answer[4]] if name == "content" and isinstance(answer, list) else answer
    except OSError:
        return answer


def _lower_names(folder: str) -> frozenset[str] | None:
    """Return the names in a folder, none if it isn't there; None if it can't be listed."""
    try:
        return frozenset(map(str.lower, os.listdir(folder or os.curdir)))
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError):
        return None


def _lacks_still(folder: str, names: Answer) -> bool:
    there = _lower_names(folder)
    return there is not None and isinstance(names, list) and there.isdisjoint(str(each).lower() for each in names)


def _names_again(folder: str) -> Answer:
    try:
        return _digest(map(_named, entries(folder)))
    except OSError as error:
        return str(error)


def _target_kind_again(path: str) -> Answer:
    try:
        return target_kind(path)
    except OSError as error:
        return str(error)


_QUESTIONS: dict[str, Callable[[str], Answer]] = {
    "is_file": is_file, "is_folder": is_folder, "exists": exists, "is_there": is_there, "real_path": real_path,
    "kind": kind, "target_kind": _target_kind_again, "names": _names_again, "variable": variable, "program": program,
}  # fmt: skip
