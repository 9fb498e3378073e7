"""Names and sources that would forge a line of the report, or drive the terminal that shows it."""

from __future__ import annotations

import json
import os

from hostile_case import LEGACY, Case

_DRIVING = {
    "escape": "\x1b[2J",
    "colour": "\x1b[31m",
    "title": "\x1b]0;x\x07",
    "carriage-return": "\r",
    "newline": "\ntest_b.py:1:1: PAM401 [safe] forged",
    "backspace": "\b\b\b",
    "one-byte-escape": "\x9b2J",
    "bidi": "\u202e\u2066",
    "line-separator": "\u2028",
    "next-line": "\x85",
    "zero-width": "\u200b\ufeff",
    "not-utf-8": os.fsdecode(b"\xff\xfe"),
    "markup": "[bold]\x1b[red]",
}


def _never(driving: str) -> tuple[str, ...]:
    return () if "\udcff" in driving else (driving,)


def _files(kind: str, driving: str) -> list[Case]:
    name, shown, never = f"test_{driving}.py", f"test_{quoted(driving)}.py", _never(driving)
    return [
        Case(f"check-{kind}", {name: LEGACY}, ("check", "."), 1, (f"{shown}:5:5: ",), never),
        Case(f"broken-{kind}", {name: "async def x(\n"}, ("check", "."), 3, (f"error: {shown}: ",), never),
        Case(f"apply-{kind}", {name: LEGACY}, ("apply", name), 0, ("Changed 1 of 1 file",), never, frozenset({name})),
        Case(f"missing-{kind}", {}, ("diff", name), 2, (f"error: {shown}: no such file",), never),
    ]


def _words(kind: str, driving: str) -> list[Case]:
    never, shown = _never(driving), quoted(driving)
    settings = {"pyproject.toml": f"[tool.codemods]\nselect = [{json.dumps(driving)}]\n", "test_a.py": LEGACY}
    return [
        Case(f"hint-{kind}", {"test_a.py": LEGACY}, ("check", "test_a.py", "--python", driving), 2, (shown,), never),
        Case(f"no-rule-{kind}", {}, ("explain", driving), 2, ("error: unknown rule",), never),
        Case(f"no-option-{kind}", {}, (f"--{driving}",), 2, ("o such option",), never),
        Case(f"no-folder-{kind}", {}, ("recover", driving), 2, ("no such folder",), never),
        Case(f"no-prefix-{kind}", {}, ("check", "--select", driving), 2, ("error: ",), never),
        Case(f"no-format-{kind}", {}, ("check", "--format", driving), 2, ("Invalid value",), never),
        Case(f"configured-{kind}", settings, ("check", "."), 2, ("error: ",), never),
    ]


def quoted(text: str) -> str:
    """Said again here, lest a mistake be on both sides."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


_SOURCE = "import time\n\n\nasync def test_sleep():\n    time.sleep(0)  # \x1b[2J\n    x = '\x1b]0;x\x07\x9b\u202e'\n"

CASES = [
    *(case for kind, driving in _DRIVING.items() for case in _files(kind, driving)),
    *(case for kind in ("escape", "newline", "bidi") for case in _words(kind, _DRIVING[kind])),
    # A patch is for `git apply`: on a pipe its bytes are those of the file.
    Case("source-in-a-patch", {"test_a.py": _SOURCE}, ("diff", "."), 1, ("\x1b[2J", "\x9b", "\u202e")),
]
