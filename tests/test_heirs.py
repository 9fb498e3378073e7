"""What is declared to be of a class may be one of any heir: what these override a method with counts, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_projects import SmallProject

pytestmark = pytest.mark.usefixtures("no_environment")

BASE = "class Base:\n    async def send(self): ...\n    def size(self): return 1\n"
SYNC = "    def send(self): return 1\n"


def declared(project: SmallProject, path: str) -> str:
    return project.known("declared_callee", path).answer.value


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ({}, "async"),
        ({"app/b.py": f"from app.a import Base\nclass Heir(Base):\n{SYNC}"}, "unknown"),
        ({"app/b.py": "from app.a import Base\nclass Heir(Base):\n    async def send(self): return 1\n"}, "async"),
        ({"app/b.py": f"from app.a import Base as B\nclass Heir(B):\n{SYNC}"}, "unknown"),
        ({"app/b.py": f"from app import a\nclass Heir(\n    a.Base,\n):\n{SYNC}"}, "unknown"),
        ({"app/b.py": f"import app.a as a\nclass Heir(a.Base):\n{SYNC}"}, "unknown"),
        ({"app/b.py": f"class Base:\n    pass\nclass Heir(Base):\n{SYNC}"}, "async"),
        (
            {
                "app/b.py": "from app.a import Base\nclass Middle(Base): pass\n",
                "app/c.py": f"from app.b import Middle\nclass Heir(Middle):\n{SYNC}",
            },
            "unknown",
        ),
        ({"app/b.py": f"from app.a import Base\nclass Mixin:\n{SYNC}class Heir(Mixin, Base): pass\n"}, "unknown"),
        ({"app/b.py": f"from app.a import Base\nclass Mixin:\n{SYNC}class Heir(Base, Mixin): pass\n"}, "async"),
        ({"app/b.py": "from app.a import Base\nfrom x import Other\nclass Heir(Other, Base): pass\n"}, "async"),
        (
            {"app/b.py": f"from typing import Generic\nfrom app.a import Base\nclass Heir(Generic[T], Base):\n{SYNC}"},
            "unknown",
        ),
        ({"app/b.py": "from app.a import Base\nclass Heir(Base):\n    send = None\n"}, "unknown"),
        ({"app/b.py": "from app.b import Heir\nclass Heir(Heir): pass\n"}, "async"),
    ],
)
def test_what_heirs_override_a_method_with(files: dict[str, str], answer: str, tmp_path: Path) -> None:
    project = SmallProject(tmp_path, {"app/a.py": BASE, **files})
    assert declared(project, "app.a.Base().send") == answer
    assert declared(project, "app.a.Base.send") == project.kind("app.a.Base().send") == "async"
    assert declared(project, "app.a.Base().size") == "sync"


def test_an_async_override_of_a_sync_method(tmp_path: Path) -> None:
    heir = "from app.a import Base\nclass Heir(Base):\n    async def size(self): return 1\n"
    project = SmallProject(tmp_path, {"app/a.py": BASE, "app/b.py": heir})
    assert declared(project, "app.a.Base().size") == "unknown"
    assert declared(project, "app.b.Heir().size") == "async"
