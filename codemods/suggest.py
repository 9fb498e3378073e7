"""One voice for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the known word that looks most like ``word``, or nothing.

    Args:
        word: What was written.
        known: What could have been written.
    """
    from difflib import get_close_matches  # slow to import, and only errors need it

    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
