"""The modules that a project registers with pytest, whatever builds it."""

from __future__ import annotations

import pytest

from codemods.semantics.pytest.entry_points import plugin_modules


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pyproject.toml", '[project.entry-points.pytest11]\na = "b.c"\nd = "e:f"\n\n[x]\ny = "z"\n', ["b.c", "e"]),
        ("pyproject.toml", '[project.entry-points."pytest11"]\n"my-a" = "b.c"\n', ["b.c"]),
        ("pyproject.toml", '[project.entry-points]\npytest11 = {a = "b.c"}\nz = 1\n', ["b.c"]),
        ("pyproject.toml", '[tool.poetry.plugins.pytest11]\na = "b.c"\n', ["b.c"]),
        ("pyproject.toml", '[tool.flit.entrypoints.pytest11]\na = "b.c"\n', ["b.c"]),
        ("setup.cfg", "[options.entry_points]\npytest11 =\n    a = b.c\nconsole_scripts =\n    x = y:z\n", ["b.c"]),
        ("setup.py", 'setup(entry_points={"pytest11": ["a = b.c"], "console_scripts": ["x = y:z"]})', ["b.c"]),
        ("setup.py", 'setup(entry_points="""\n[pytest11]\na = b.c\n[console_scripts]\nx = y\n""")', ["b.c"]),
        ("setup.py", 'setup(install_requires=["pytest"])', []),
    ],
)
def test_which_modules_are_plugins(name: str, text: str, expected: list[str]) -> None:
    assert list(plugin_modules(name, text)) == expected
