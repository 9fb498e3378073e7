"""The changes as a patch that ``git apply`` takes: bytes in, bytes out, whatever the files are encoded in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from codemods.git import toplevel
from codemods.hunks import Change, changes
from codemods.model import Report
from codemods.report.colour import BOLD, CYAN, GREEN, RED, Paint

_CONTEXT = 3
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_ESCAPES = {
    7: b"\\a",
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    11: b"\\v",
    12: b"\\f",
    13: b"\\r",
    34: b'\\"',
    92: b"\\\\",
}


def patch(report: Report, paint: Paint = Paint()) -> Iterator[bytes]:  # noqa: B008  (frozen)
    """Yield the patches of the changed files, with paths from the git root or else the working directory."""
    base = patch_base(report.root)
    for result in report.files:
        if result.before != result.after:
            name = os.path.relpath(report.root / result.path, base).replace(os.sep, "/")
            yield from file_patch(os.fsencode(name), result.before, result.after, paint)


def patch_base(root: Path) -> Path:
    """Return the folder that a patch of the project at ``root`` has to be applied in."""
    cwd = Path.cwd()
    return toplevel(root) or (cwd if root.is_relative_to(cwd) else root)


def file_patch(name: bytes, before: bytes, after: bytes, paint: Paint = Paint()) -> Iterator[bytes]:  # noqa: B008
    """Yield the lines of one file's patch.

    Args:
        name: The file's path as git would print it, without its quotes.
        before: The old content.
        after: The new content, not the same.
        paint: The colours.
    """
    old, new = _lines(before), _lines(after)
    for line in _header(name):
        yield paint.line(line, BOLD)
    for hunk in _hunks(changes(old, new)):
        yield from _hunk(old, new, hunk, paint)


def _lines(data: bytes) -> list[bytes]:
    # Git ends a line at \n and nowhere else.
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _header(name: bytes) -> tuple[bytes, ...]:
    old, new = quoted(b"a/" + name), quoted(b"b/" + name)
    # A tab ends a name with spaces, as git does it: "patch" would read a time stamp after them.
    end = b"\t\n" if b" " in name else b"\n"
    return b"diff --git " + old + b" " + new + b"\n", b"--- " + old + end, b"+++ " + new + end


def quoted(name: bytes) -> bytes:
    """Return a path as git prints it: in quotes and with escapes if it holds more than plain ASCII."""
    escaped = b"".join(_escaped(byte) for byte in name)
    return b'"%s"' % escaped if escaped != name else name


def _escaped(byte: int) -> bytes:
    return _ESCAPES.get(byte) or (bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte)


def _hunks(found: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield the changes in groups whose contexts meet."""
    group: list[Change] = []
    for change in found:
        if group and change.start - group[-1].end > 2 * _CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(old: Sequence[bytes], new: Sequence[bytes], hunk: Sequence[Change], paint: Paint) -> Iterator[bytes]:
    first, last = hunk[0], hunk[-1]
    above, below = min(_CONTEXT, first.start), min(_CONTEXT, len(old) - last.end)
    old_range = _range(first.start - above, last.end + below)
    new_range = _range(first.new_start - above, last.new_end + below)
    yield paint.line(b"@@ -%s +%s @@\n" % (old_range, new_range), CYAN)
    position = first.start - above
    for change in hunk:
        yield from (paint.shown(_line(b" ", line)) for line in old[position : change.start])
        yield from (paint.line(_line(b"-", line), RED) for line in old[change.start : change.end])
        yield from (paint.line(_line(b"+", line), GREEN) for line in new[change.new_start : change.new_end])
        position = change.end
    yield from (paint.shown(_line(b" ", line)) for line in old[position : position + below])


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + (line if line.endswith(b"\n") else line + _NO_NEWLINE)


def _range(start: int, end: int) -> bytes:
    if end - start == 1:
        return b"%d" % end
    return b"%d,%d" % (start + (end > start), end - start)


def whole_diff(before: str, after: str) -> str:
    """Return all lines of a short text with the marks of a diff before them, and no headers."""
    old, new = _lines(before.encode()), _lines(after.encode())
    found = changes(old, new)
    everything = Change(len(old), len(old), len(new), len(new))
    marked: list[bytes] = []
    position = 0
    for change in chain(found, (everything,)):
        marked += [b" " + line for line in old[position : change.start]]
        marked += [b"-" + line for line in old[change.start : change.end]]
        marked += [b"+" + line for line in new[change.new_start : change.new_end]]
        position = change.end
    return b"".join(marked).decode()
