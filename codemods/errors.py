"""What can go wrong, in words for people: the message of each of these is one clear line."""

from __future__ import annotations

from collections.abc import Iterable


class CodemodsError(Exception):
    """The base of every error that the tool raises on purpose: one line, and maybe more lines below it."""

    def __str__(self) -> str:
        """Return the lines."""
        return "\n".join(map(str, self.args))


class UsageError(CodemodsError):
    """Wrong usage or configuration: nothing is done, and the exit code is 2."""


class FileError(CodemodsError):
    """One file can't be done; the others are, and the exit code is 3.

    The message doesn't name the file: whoever catches it knows the path and puts it first.
    """


class MissingFileError(FileError):
    """There is no file of that name."""


class GitError(CodemodsError):
    """git can't answer: there is no such command, no repository, or one that it refuses; the message says which."""


class ConfigurationError(CodemodsError):
    """A configuration file can't be edited as a finding wants: the finding is left alone, and the message says why."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the known word that looks most like ``word``, or nothing.

    Args:
        word: What was written.
        known: What could have been written.
    """
    from difflib import get_close_matches  # slow to import, and only errors need it

    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
