"""What the code of other files does with what it is given, or with what is put among its things."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from codemods.analysis.index import given
from codemods.workspace import Workspace
from small_projects import SmallProject, write

pytestmark = pytest.mark.usefixtures("no_environment")

ARGUMENT, ATTRIBUTE = "argument", "attribute_uses"
Expected = list[tuple[str, str, str]] | None

FUNCTIONS: Mapping[str, str] = {
    "app/a.py": """
        async def f(a, b, /, c, *args, d=None, **kwargs):
            await a()
            b()
            c.get()
            await d
        async def attributes(x):
            await x.client.get(1)
            y = await x.load()
            return y.size
        def kept(x):
            keep.append(x)
        def returned(x):
            return x()
        def nothing(x): pass
        @unknown
        def decorated(x): x()
        async def rebound(x):
            x = x or make()
            await x()
        async def bound_anew(x):
            x = given_back(x)
            await x()
        def given_back(x): return x
    """,
}
DEEP: Mapping[str, str] = {
    "app/a.py": "from app import b\ndef one(x): b.two(x)\n",
    "app/b.py": "from .c import three\ndef two(x):\n    x.here()\n    three(x)\n",
    "app/c.py": "from app.d import four\nasync def three(x):\n    await x.there()\n    four(x)\n",
    "app/d.py": "async def four(x): await x.too_far()\n",
}
CLASSES: Mapping[str, str] = {
    "app/base.py": """
        class Base:
            def __init__(self, client):
                self.client = client
            async def load(self):
                await self.client.get()
            async def __call__(self, x):
                await x()
            def other(self):
                self.method()
    """,
    "app/a.py": """
        from app.base import Base
        from elsewhere import Unknown
        class Service(Base):
            def size(self):
                self.client.count()
            async def method(self, x): await x()
            @staticmethod
            async def static(x): await x()
            @classmethod
            async def of_class(cls, x): await x()
            async def second(self, x, y): await y()
        class Own(Base):
            def __init__(self, x, client):
                super().__init__(client=client)
                self.x = x
            async def run(self): await self.x()
        class Strange(Unknown):
            def __init__(self, x): self.x = x
        service = Service(None)
        method = service.method
        def helper(self, x): x()
        class Borrowed:
            method = helper
    """,
    "app/data.py": """
        from dataclasses import dataclass, field, KW_ONLY
        from typing import ClassVar
        @dataclass
        class Data:
            LIMIT = 3
            shared: ClassVar[int] = 1
            inner: list = field(init=False)
            first: object
            second: object = None
            async def run(self):
                await self.first()
                self.second()
        @dataclass
        class Heir(Data):
            third: object
            async def more(self): await self.third()
        @dataclass
        class Keywords:
            _: KW_ONLY
            first: object
            async def run(self): await self.first()
        class Base:
            def __init__(self, x): x()
        @dataclass
        class Made(Base):
            y: object
            async def run(self): await self.y()
        @dataclass
        class Written:
            y: object
            def __init__(self, x): x()
    """,
}
GLOBALS: Mapping[str, str] = {
    "app/a.py": """
        from app.clients import connect, client
        async def f():
            await connect()
            await client.get()
            client.size()
        def g(connect):
            connect()
    """,
    "app/b.py": """
        class Base:
            async def call(self): await self.load()
            async def load(self): return 1
        class Heir(Base):
            def other(self): self.load()
        class Again(Heir): pass
        base = Base()
    """,
}


@pytest.mark.parametrize(
    ("files", "about", "path", "name", "expected"),
    [
        (FUNCTIONS, ARGUMENT, "app.a.f", 0, [("", "awaited", "app/a.py:2")]),
        (FUNCTIONS, ARGUMENT, "app.a.f", 1, [("", "called without await", "app/a.py:3")]),
        (FUNCTIONS, ARGUMENT, "app.a.f", 2, [("get", "called without await", "app/a.py:4")]),
        (FUNCTIONS, ARGUMENT, "app.a.f", "c", [("get", "called without await", "app/a.py:4")]),
        (FUNCTIONS, ARGUMENT, "app.a.f", "a", None),
        (FUNCTIONS, ARGUMENT, "app.a.f", 3, None),
        (FUNCTIONS, ARGUMENT, "app.a.f", "other", None),
        (FUNCTIONS, ARGUMENT, "app.a.f", "args", None),
        (FUNCTIONS, ARGUMENT, "app.a.f", "d", [
            ("", "used in a way that an AsyncMock may not stand", "app/a.py:5"),
        ]),
        (FUNCTIONS, ARGUMENT, "app.a.attributes", "x", [
            ("client.get", "awaited", "app/a.py:7"), ("load", "awaited", "app/a.py:8"),
            ("load.return_value.size", "handed on", "app/a.py:6"),
        ]),
        (FUNCTIONS, ARGUMENT, "app.a.kept", "x", [("", "handed on", "app/a.py:11")]),
        (FUNCTIONS, ARGUMENT, "app.a.returned", "x", [
            ("", "handed on", "app/a.py:13"), ("return_value", "handed on", "app/a.py:12"),
        ]),
        (FUNCTIONS, ARGUMENT, "app.a.nothing", "x", []),
        (FUNCTIONS, ARGUMENT, "app.a.decorated", "x", [("", "called without await", "app/a.py:16")]),
        (FUNCTIONS, ARGUMENT, "app.a.decorated", 0, None),
        (FUNCTIONS, ARGUMENT, "app.a.rebound", "x", [("", "handed on", "app/a.py:18")]),
        (FUNCTIONS, ARGUMENT, "app.a.bound_anew", "x", [("", "awaited", "app/a.py:22")]),
        (FUNCTIONS, ARGUMENT, "app.a.missing", "x", None),
        (FUNCTIONS, ARGUMENT, "missing.f", "x", None),
        (DEEP, ARGUMENT, "app.c.three", "x", [
            ("there", "awaited", "app/c.py:3"), ("too_far", "awaited", "app/d.py:1"),
        ]),
        (DEEP, ARGUMENT, "app.b.two", "x", [
            ("here", "called without await", "app/b.py:3"), ("there", "awaited", "app/c.py:3"),
            ("", "handed on", "app/c.py:4"),
        ]),
        (DEEP, ARGUMENT, "app.a.one", "x", [
            ("here", "called without await", "app/b.py:3"), ("", "handed on", "app/b.py:4"),
        ]),
        (CLASSES, ARGUMENT, "app.base.Base", 0, [("get", "awaited", "app/base.py:5")]),
        (CLASSES, ARGUMENT, "app.a.Service", "client", [
            ("get", "awaited", "app/base.py:5"), ("count", "called without await", "app/a.py:5"),
        ]),
        (CLASSES, ARGUMENT, "app.a.Own", "x", [("", "awaited", "app/a.py:16")]),
        (CLASSES, ARGUMENT, "app.a.Own", "client", [("", "handed on", "app/a.py:14")]),
        (CLASSES, ARGUMENT, "app.a.Strange", "x", [("", "handed on", "app/a.py:17")]),
        (CLASSES, ARGUMENT, "app.a.Service()", 0, [("", "awaited", "app/base.py:7")]),
        (CLASSES, ARGUMENT, "app.a.Service().method", 0, [("", "awaited", "app/a.py:6")]),
        (CLASSES, ARGUMENT, "app.a.Service.method", 1, [("", "awaited", "app/a.py:6")]),
        (CLASSES, ARGUMENT, "app.a.Service.static", 0, [("", "awaited", "app/a.py:8")]),
        (CLASSES, ARGUMENT, "app.a.Service().static", 0, [("", "awaited", "app/a.py:8")]),
        (CLASSES, ARGUMENT, "app.a.Service.of_class", 0, [("", "awaited", "app/a.py:10")]),
        (CLASSES, ARGUMENT, "app.a.Service().of_class", 0, [("", "awaited", "app/a.py:10")]),
        (CLASSES, ARGUMENT, "app.a.Service().second", 0, []),
        (CLASSES, ARGUMENT, "app.a.service.second", 1, [("", "awaited", "app/a.py:11")]),
        (CLASSES, ARGUMENT, "app.a.method", 0, [("", "awaited", "app/a.py:6")]),
        (CLASSES, ARGUMENT, "app.a.Borrowed().method", 0, [("", "called without await", "app/a.py:21")]),
        (CLASSES, ARGUMENT, "app.data.Data", 0, [("", "awaited", "app/data.py:11")]),
        (CLASSES, ARGUMENT, "app.data.Data", "second", [("", "called without await", "app/data.py:12")]),
        (CLASSES, ARGUMENT, "app.data.Data", 2, None),
        (CLASSES, ARGUMENT, "app.data.Data", "LIMIT", None),
        (CLASSES, ARGUMENT, "app.data.Data", "shared", None),
        (CLASSES, ARGUMENT, "app.data.Data", "inner", None),
        (CLASSES, ARGUMENT, "app.data.Heir", 0, None),
        (CLASSES, ARGUMENT, "app.data.Heir", "third", [("", "awaited", "app/data.py:16")]),
        (CLASSES, ARGUMENT, "app.data.Keywords", 0, None),
        (CLASSES, ARGUMENT, "app.data.Keywords", "first", [("", "awaited", "app/data.py:21")]),
        (CLASSES, ARGUMENT, "app.data.Made", "x", None),
        (CLASSES, ARGUMENT, "app.data.Made", "y", [("", "awaited", "app/data.py:27")]),
        (CLASSES, ARGUMENT, "app.data.Written", 0, [("", "called without await", "app/data.py:31")]),
        (GLOBALS, ATTRIBUTE, "app.a", "connect", [("", "awaited", "app/a.py:3")]),
        (GLOBALS, ATTRIBUTE, "app.a", "client", [
            ("get", "awaited", "app/a.py:4"), ("size", "called without await", "app/a.py:5"),
        ]),
        (GLOBALS, ATTRIBUTE, "app.a", "missing", []),
        (GLOBALS, ATTRIBUTE, "app.a.client", "get", None),
        (GLOBALS, ATTRIBUTE, "app.b.Base", "load", [("", "awaited", "app/b.py:2")]),
        (GLOBALS, ATTRIBUTE, "app.b.base", "load", [("", "awaited", "app/b.py:2")]),
        (GLOBALS, ATTRIBUTE, "app.b.Again()", "load", [
            ("", "awaited", "app/b.py:2"), ("", "called without await", "app/b.py:5"),
        ]),
        (CLASSES, ATTRIBUTE, "app.a.Service", "client", [
            ("count", "called without await", "app/a.py:5"), ("get", "awaited", "app/base.py:5"),
        ]),
        (CLASSES, ATTRIBUTE, "app.a.Service()", "method", [("", "called without await", "app/base.py:9")]),
        (CLASSES, ATTRIBUTE, "app.a.Strange()", "x", None),
    ],
)  # fmt: skip
def test_uses(
    files: Mapping[str, str], about: str, path: str, name: int | str, expected: Expected, tmp_path: Path
) -> None:
    found = SmallProject(tmp_path, files).uses(about, path, name)
    assert (found if found is None else sorted(found)) == (expected if expected is None else sorted(expected))


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("x()", ["called without await"]),
        ("await x()", ["awaited"]),
        ("return x()", ["handed on"]),
        ("yield x()", ["handed on"]),
        ("y.append(x())", ["handed on"]),
        ("y(z=x())", ["handed on"]),
        ("y(*x())", ["handed on"]),
        ("return [x()]", ["handed on"]),
        ("return y and x()", ["handed on"]),
        ("return x() if y else 1", ["handed on"]),
        ("return lambda: x()", ["handed on"]),
        ("z = [x() for each in y]", ["handed on"]),
        ("await asyncio.gather(x())", ["waited for"]),
        ("x", []),
        ("print(x)", []),
        ("return x", ["handed on"]),
    ],
)
def test_results_that_are_handed_on_say_nothing(line: str, kinds: list[str], tmp_path: Path) -> None:
    source = "import asyncio\nasync def f(x, y):\n    " + line + "\n"
    found = SmallProject(tmp_path, {"app/a.py": source}).known(ARGUMENT, "app.a.f", "x").uses
    assert found is not None
    assert [each.kind for each in found if each.path == ()] == kinds


def test_the_annotation_of_a_parameter_says_what_it_is(tmp_path: Path) -> None:
    files = {
        "app/a.py": """
            from app.b import Client
            def f(x: "Client", y): pass
            class C:
                def __init__(self, x: Client): pass
        """,
        "app/b.py": "class Client:\n    async def get(self): return 1\n",
    }
    project = SmallProject(tmp_path, files)
    path = project.known(ARGUMENT, "app.a.f", 0).path
    assert path is not None
    assert project.kind(path.attribute("get")) == "async"
    assert project.known(ARGUMENT, "app.a.C", "x").path == path
    assert project.known(ARGUMENT, "app.a.f", 1).path is None


@pytest.mark.parametrize("few", [0, given._FEW])
def test_who_says_the_name_of_a_module_is_the_same_whether_few_are_looked_for_or_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(given, "_FEW", few)
    files = {
        "helpers.py": "async def help():\n    pass\n", "helpers_2.py": "",
        "test_a.py": "from helpers import help\n", "test_b.py": "import helpers_2 as help\n",
        "test_c.py": "text = 'my-helpers'\nhelp = 1\n", "test_d.py": "import helpers\n\nhelpers.help()\n",
    }  # fmt: skip
    write(tmp_path, files)
    users = Workspace(tmp_path).answer("helpers.py", ("users", ("help",)))
    assert [each.path for each in users] == ["test_a.py", "test_d.py"]
