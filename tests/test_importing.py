"""Where another file takes a function, or a method of a class, from a module."""

from __future__ import annotations

import pytest

from codemods.semantics.file.module import Module
from codemods.semantics.project.importing import taken


@pytest.mark.parametrize(
    ("text", "names", "line"),
    [
        ("from app.tools import run\n", ["run"], 1),
        ("from app.tools import walk\n", ["run"], None),
        ("from app.tools import *\n", ["run"], 1),
        ("from .tools import run as r\n", ["run"], 1),
        ("from app.other import run\n", ["run"], None),
        ("from app import tools\n", ["run"], 1),
        ("import app.tools\n", ["run"], 1),
        ("import app.toolset\n", ["run"], None),
        ("x = 1\npatch('app.tools.run')\n", ["run"], 2),
        ("plugin = 'tools:run'\n", ["run"], 1),
        ("text = 'all tools run'\n", ["run"], None),
        ("from app.tools import Heir\n", ["Base", "run"], 1),
        ("from app.other import Heir\n", ["Base", "run"], None),
    ],
)
def test_what_is_taken_from_a_module(text: str, names: list[str], line: int | None) -> None:
    """A class that is imported may be an heir of the one whose method is meant."""
    found = taken(Module("test_it.py", text), "tools", names)
    assert getattr(found, "lineno", None) == line
