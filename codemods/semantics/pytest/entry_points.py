"""The modules that a project registers with pytest as plugins: its ``pytest11`` entry points."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GROUP = re.compile(r"\bpytest11\b[\"']?\]?")
_ENTRY = re.compile(r"[\w.-]+[\"']?\s*=\s*[\"']?([^\W\d]\w*(?:\.\w+)*)")
_END = re.compile(r"\n[ \t]*\[|\]|\}")
_NEXT_KEY = re.compile(r"\n(?=[^\s#;])")
"""Where a value of an INI file that stands on lines of its own ends."""


def plugin_modules(name: str, text: str) -> Iterator[str]:
    """Yield the modules that a project's own configuration makes plugins of pytest.

    Args:
        name: What the file is called: ``pyproject.toml``, ``setup.cfg`` or ``setup.py``.
        text: What it holds.
    """
    ends = (_END, _NEXT_KEY) if name == "setup.cfg" else (_END,)
    for group in _GROUP.finditer(text):
        entries = text[group.end() :]
        for each in ends:
            entries = each.split(entries, maxsplit=1)[0]
        yield from _ENTRY.findall(entries)
