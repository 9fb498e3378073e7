"""Code that leads back to itself: no answer, but neither an error nor a search without end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from effort import at_most
from small_projects import SmallProject

pytestmark = pytest.mark.usefixtures("no_environment")

CIRCLES: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "aliases": ({"app/a.py": "a = b\nb = c\nc = a\n"}, ["app.a.a"]),
    "aliases that are bound twice": (
        {"app/a.py": "a = b\na = c\nb = a\nb = c\nc = a\nc = b\n"},
        ["app.a.a", "app.a.a.x()"],
    ),
    "modules that import a name from each other": (
        {"app/a.py": "from app.b import f\n", "app/b.py": "from app.a import f\n"},
        ["app.a.f"],
    ),
    "modules that import all names from each other": (
        {"app/a.py": "from .b import *\n", "app/b.py": "from .a import *\n"},
        ["app.a.f", "app.b.f"],
    ),
    "a module that imports all names from itself": ({"app/a.py": "from .a import *\n"}, ["app.a.f"]),
    "a class that inherits from itself": ({"app/a.py": "class A(A): pass\n"}, ["app.a.A.f", "app.a.A().f"]),
    "classes that inherit from each other": (
        {
            "app/a.py": "from app.b import B\nclass A(B): pass\n",
            "app/b.py": "from app.a import A\nclass B(A): pass\n",
        },
        ["app.a.A.f", "app.b.B.f", "app.a.A()"],
    ),
    "functions that call each other": (
        {"app/a.py": "def f(): return g()\ndef g(): return f()\n"},
        ["app.a.f", "app.a.g", "app.a.f()", "app.a.f().x"],
    ),
    "functions that are annotated with each other": (
        {"app/a.py": "def f() -> 'g': return g()\ndef g() -> 'f': return f()\n"},
        ["app.a.f", "app.a.f().x"],
    ),
    "a function that goes deeper each time": ({"app/a.py": "def f(): return f().x().y\n"}, ["app.a.f", "app.a.f().x"]),
    "properties": (
        {
            "app/a.py": """
                class A:
                    @property
                    def x(self): return self.y
                    @property
                    def y(self): return self.x
            """
        },
        ["app.a.A().x", "app.a.A().x.f"],
    ),
    "attributes": (
        {"app/a.py": "class A:\n    def __init__(self):\n        self.x = self.y\n        self.y = self.x\n"},
        ["app.a.A().x", "app.a.A().x.y.f"],
    ),
    "instances whose call is their class": (
        {"app/a.py": "class A:\n    __call__: 'A'\n"},
        ["app.a.A()", "app.a.A()()", "app.a.A()()().f"],
    ),
}


@pytest.mark.parametrize("case", CIRCLES)
def test_circles_are_unknown(case: str, tmp_path: Path) -> None:
    files, paths = CIRCLES[case]
    project = SmallProject(tmp_path, files)
    with at_most(lines=100_000):
        assert {path: project.kind(path) for path in paths} == dict.fromkeys(paths, "unknown")


def test_what_a_circle_goes_through_is_still_known(tmp_path: Path) -> None:
    files = {
        "app/a.py": "from .b import *\nfrom app import b\nasync def f(): return 1\nh = b.g\n",
        "app/b.py": "from .a import *\nfrom app import a\nasync def g(): return 1\ni = a.f\n",
    }
    project = SmallProject(tmp_path, files)
    paths = [f"app.{module}.{name}" for module in "ab" for name in "fghi"]
    assert {path: project.kind(path) for path in paths} == dict.fromkeys(paths, "async")
