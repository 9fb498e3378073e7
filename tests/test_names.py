"""What a dotted name of another file means: where it is bound, as Python would find it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.workspace import Workspace
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")

FILES = {
    "test_it.py": "",
    "app/__init__.py": "from . import other as tools\nfrom .other import Base\nfrom .listed import *\n",
    "app/other.py": "class Base: pass\nclass _Hidden: pass\n",
    "app/stars.py": "from .other import *\n",
    "app/listed.py": "from .other import *\nfrom .other import _Hidden\n__all__ = ['_Hidden']\n",
    "app/open.py": "from .listed import *\n",
    "app/again.py": "from app import tools as more\n",
    "app/depends.py": "try:\n    from .other import Base\nexcept ImportError:\n    Base = None\n",
}
NAMES = {
    "app.other.Base": "app/other.py:1",
    "app.Base": "app/other.py:1",
    "app.tools.Base": "app/other.py:1",
    "app.again.more.Base": "app/other.py:1",
    "app.stars.Base": "app/other.py:1",
    "app.stars._Hidden": None,
    "app.listed._Hidden": "app/other.py:2",
    "app.open._Hidden": "app/other.py:2",
    "app.open.Base": None,
    "app._Hidden": "app/other.py:2",
    "app.other.nothing": None,
    "app.nothing.Base": None,
    "app": None,
}


def graph_of(root: Path) -> FixtureGraph:
    write(root, FILES)
    return Workspace(root).project_context().graph


@pytest.mark.parametrize(("name", "expected"), NAMES.items(), ids=NAMES.keys())
def test_a_name_means(name: str, expected: str | None, tmp_path: Path) -> None:
    found = graph_of(tmp_path).bindings.lookup.defined("test_it.py", name)
    assert (f"{found[0]}:{found[1].lineno}" if found else None) == expected  # type: ignore[attr-defined]


def test_what_a_run_decides_is_unknown(tmp_path: Path) -> None:
    assert graph_of(tmp_path).bindings.lookup.defined("test_it.py", "app.depends.Base") is None


def test_python_finds_the_same(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    text = "import pkgutil, sys, app.stars, app.open, app.again\nfor name in sys.argv[1:]:\n"
    text += "    try: print(pkgutil.resolve_name(name).__qualname__)\n"
    text += "    except (AttributeError, ImportError): print(None)\n"
    run = subprocess.run([sys.executable, "-c", text, *NAMES], cwd=tmp_path, capture_output=True, text=True, check=True)
    expected = [name.rpartition(".")[2] if place is not None else "None" for name, place in NAMES.items()]
    assert run.stdout.split() == expected
