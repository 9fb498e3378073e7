"""Where another file uses what a module has: by its import, the module, a string, a class or an heir."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cases import CASES, Case
from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import source_of
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.importing import use_of
from small_projects import SmallProject


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from app.tools import run\n", 1),
        ("from app.tools import walk\n", None),
        ("from app.tools import *\nrun()\n", 2),
        ("from app.tools import *\n", None),
        ("from .tools import run as r\n", 1),
        ("from app.other import run\n", None),
        ("from app import tools\ntools.run()\n", 2),
        ("from app import tools\nother.run()\n", None),
        ("import app.tools\napp.tools.run()\n", 2),
        ("import app.tools as t\n\npatch.object(t, 'run')\n", 3),
        ("import app.tools\n", None),
        ("import app.toolset\napp.toolset.run()\n", None),
        ("tools = import_module('app.tools')\ntools.run()\n", 2),
        ("x = 1\npatch('app.tools.run')\n", 2),
        ("entry_points = {'pytest11': ['plugin = tools:run']}\n", 1),
        ("text = 'all tools run'\n", None),
        ("text = 'app.tools.runner'\n", None),
    ],
)
def test_where_a_name_of_a_module_is_used(text: str, line: int | None) -> None:
    module = Module("test_it.py", text)
    found = use_of(module, "tools", "run", lambda each: each.rpartition(".")[2] == "tools")
    if "import *" in text:
        assert (found is not None) == (line is not None)
    else:
        assert getattr(found, "lineno", None) == line


TOOLS = "class Base:\n    def go(self): ...\n\n\ndef run(): ...\n"
USERS: Mapping[str, tuple[Mapping[str, str], str, list[str]]] = {
    "another file of that name": (
        {"a/tools.py": TOOLS, "a/__init__.py": "", "a/b.py": "from .tools import run\n", "c/__init__.py": "",
         "c/tools.py": TOOLS, "c/b.py": "from .tools import run\n"}, "run", ["a/b.py"]),
    "given on": (
        {"a/__init__.py": "from .tools import *\n", "a/tools.py": TOOLS, "test_it.py": "from a import run\n"}, "run",
        ["test_it.py"]),
    "all names of all names": (
        {"a/__init__.py": "from .tools import *\n", "a/tools.py": "from .more import *\n", "a/more.py": TOOLS,
         "test_it.py": "import a\na.run()\n"}, "run", ["test_it.py"]),
    "circle": (
        {"a/__init__.py": "", "a/tools.py": TOOLS + "from .more import *\n", "a/more.py": "from .tools import *\n"},
        "run", []),
    "package": ({"a/__init__.py": TOOLS, "a/tools.py": "from . import run\n"}, "run", ["a/tools.py"]),
    "configuration": (
        {"a/tools.py": TOOLS, "a/__init__.py": "", "pyproject.toml": '[project.scripts]\ngo = "a.tools:run"\n'}, "run",
        ["pyproject.toml"]),
    "heir that overrides": (
        {"a/tools.py": TOOLS, "b.py": "from a.tools import Base\nclass B(Base): ...\n",
         "c.py": "from b import B\nclass C(B):\n    def go(self): ...\n"}, "Base.go", ["c.py"]),
    "heir that has others": (
        {"a/tools.py": TOOLS, "b.py": "from a.tools import Base\nclass B(Base):\n    def stop(self): ...\n"}, "Base.go",
        []),
    "called": ({"a/tools.py": TOOLS, "b.py": "from a.tools import Base\nBase().go()\n"}, "Base.go", ["b.py"]),
}  # fmt: skip


@pytest.mark.parametrize("name", USERS)
def test_who_uses_a_name_of_a_file(name: str, tmp_path: Path) -> None:
    files, asked, expected = USERS[name]
    path = {"package": "a/__init__.py", "all names of all names": "a/more.py"}.get(name, "a/tools.py")
    assert [each.path for each in SmallProject(tmp_path, files, path).known("users", asked)] == expected


@pytest.mark.parametrize("case", [each for each in CASES if not each.is_left_alone], ids=str)
def test_what_other_files_import_is_still_there(case: Case) -> None:
    """The law: no fix takes a name from a file that another file of the project imports from it."""
    before, after = _modules(case.before), {**_modules(case.before), **_modules(case.after)}
    assert list(_lost(case.before, before, after)) == []


def _modules(folder: Path) -> Mapping[Path, Module]:
    found = {}
    for path in sorted(folder.rglob("*.py")):
        try:
            found[path.relative_to(folder)] = Module(path.name, path.read_bytes().decode())
        except (SyntaxError, ValueError, RecursionError):
            continue
    return found


def _lost(folder: Path, before: Mapping[Path, Module], after: Mapping[Path, Module]) -> Iterator[str]:
    files = ModuleFiles([folder / each for each in before])
    for path, module in after.items():
        for node in module.nodes(ast.ImportFrom):
            target = files.find(folder / path, source_of(node))
            there = target.relative_to(folder) if target is not None else Path()
            for alias in node.names if there in after else ():
                had = alias.name in before[there].scopes.module_names()
                if had and alias.name not in after[there].scopes.module_names():
                    yield f"{path}:{node.lineno} imports {alias.name}"
