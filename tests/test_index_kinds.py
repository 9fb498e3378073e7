"""Whether what a path leads to has to be awaited: through files, classes, fixtures, decorators and annotations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from codemods.semantics.answers import Callee
from small_projects import SmallProject, write

pytestmark = pytest.mark.usefixtures("no_environment")

CLIENT = """
    class Client:
        async def get(self): return 1
        def size(self): return 1
"""

CASES: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "plain definitions": (
        {"app/a.py": "async def f(): return 1\ndef g(): return 1\nclass C: pass\nx = 1\n"},
        {
            "app.a.f": "async",
            "app.a.g": "sync",
            "app.a.C": "sync",
            "app.a.C()": "unknown",
            "app.a.x": "unknown",
            "app.a": "unknown",
            "app.a.nothing": "unknown",
            "app.nothing.f": "unknown",
            "nothing.f": "unknown",
        },
    ),
    "a class that is given": (
        {"app/a.py": "class C:\n    async def get(self): return 1\ndef f(): return C\ndef g() -> type[C]: return C\n"},
        {"app.a.f": "sync", "app.a.g": "sync", "app.a.f().get": "async", "app.a.f()": "sync"},
    ),
    "generators": (
        {
            "app/a.py": """
                from contextlib import asynccontextmanager, contextmanager
                async def f(): yield 1
                def g(): yield 1
                @asynccontextmanager
                async def h(): yield 1
                @contextmanager
                def i(): yield 1
            """
        },
        {"app.a.f": "sync", "app.a.g": "sync", "app.a.h": "sync", "app.a.i": "sync", "app.a.h()": "unknown"},
    ),
    "coroutines of the old kind": (
        {
            "app/a.py": """
                import asyncio
                from types import coroutine
                @coroutine
                def f(): yield 1
                @coroutine
                def g(): return 1
                @coroutine
                async def h(): return 1
                @coroutine
                @nowhere.cached
                def i(): yield 1
                @asyncio.coroutine
                def j(): return nothing()
                @asyncio.coroutine
                @nowhere.cached
                def k(): yield 1
            """
        },
        {
            "app.a.f": "async",
            "app.a.g": "sync",
            "app.a.h": "async",
            "app.a.i": "unknown",
            "app.a.j": "async",
            "app.a.k": "async",
        },
    ),
    "decorators by the names of others": (
        {
            "app/a.py": """
                from contextlib import contextmanager as managing
                from typing import final as last
                from nowhere import final
                def override(f): return g
                @last
                async def f(): return 1
                @managing
                def g(): yield 1
                @final
                async def h(): return 1
                @override
                async def i(): return 1
            """
        },
        {"app.a.f": "async", "app.a.g": "sync", "app.a.h": "unknown", "app.a.i": "unknown"},
    ),
    "stubs": (
        {
            "app/a.py": """
                from abc import ABC, abstractmethod
                from typing import Protocol
                class A(ABC):
                    @abstractmethod
                    async def f(self): ...
                    @abstractmethod
                    def g(self): ...
                    def h(self): raise NotImplementedError
                    def i(self) -> int: ...
                class P(Protocol):
                    async def f(self): ...
                    def g(self): ...
            """
        },
        {
            "app.a.A().f": "async",
            "app.a.A().g": "unknown",
            "app.a.A().h": "unknown",
            "app.a.A().i": "sync",
            "app.a.P.f": "async",
            "app.a.P().g": "unknown",
        },
    ),
    "inheritance over files": (
        {
            "app/a.py": CLIENT,
            "app/b.py": "from app.a import Client\nclass Middle(Client):\n    def size(self): return self.get()\n",
            "app/c.py": "from . import b\nclass Last(b.Middle[int]):\n    def get(self): return 1\n",
        },
        {
            "app.b.Middle().get": "async",
            "app.b.Middle.size": "async",
            "app.c.Last().get": "sync",
            # What it gives counts where it is looked up: the last class has another one.
            "app.c.Last().size": "sync",
            "app.c.Last().nothing": "unknown",
        },
    ),
    "the order of the bases": (
        {
            "app/a.py": """
                class Root:
                    async def f(self): return 1
                class Left(Root): pass
                class Right(Root):
                    def f(self): return 1
                class Both(Left, Right): pass
            """
        },
        {"app.a.Both().f": "sync", "app.a.Left().f": "async"},
    ),
    "the order of many bases": (
        {
            "app/a.py": """
                class A:
                    async def f(self): return 1
                class B: pass
                class C:
                    def f(self): return 1
                class D: pass
                class E: pass
                class One(A, B, C): pass
                class Two(D, B, E): pass
                class Three(D, A): pass
                class All(One, Two, Three): pass
            """
        },
        {"app.a.All().f": "async"},
    ),
    "bases that are unknown": (
        {
            "app/a.py": """
                from nowhere import Base
                class A(Base):
                    async def f(self): return 1
                class B(Base, A): pass
                class C(A, Base): pass
                class D(make()):
                    pass
                def f(): return A()
            """
        },
        {
            "app.a.A().f": "async",
            "app.a.A().g": "unknown",
            "app.a.B().f": "unknown",
            "app.a.C().f": "async",
            "app.a.D().f": "unknown",
            "app.a.f": "unknown",
        },
    ),
    "names that lead elsewhere": (
        {
            "app/a.py": CLIENT,
            "app/b.py": "from .a import Client as Other\nfrom app import a as more\nAlias = Other\nget = Other().get\n",
            "app/c.py": "from .b import *\n",
            "app/d.py": "from .e import *\n",
            "app/e.py": "__all__ = ['f']\nasync def f(): return 1\nasync def g(): return 1\nasync def _h(): return 1\n",
            "app/f.py": "from .g import *\n",
            "app/g.py": "async def f(): return 1\nasync def _h(): return 1\n",
        },
        {
            "app.b.Other().get": "async",
            "app.b.Alias().get": "async",
            "app.b.more.Client().get": "async",
            "app.b.get": "async",
            "app.c.Alias().get": "async",
            "app.d.f": "async",
            "app.d.g": "unknown",
            "app.d._h": "unknown",
            "app.f.f": "async",
            "app.f._h": "unknown",
        },
    ),
    "the same name from several modules": (
        {
            "app/a.py": "from .b import *\nfrom .c import *\n",
            "app/b.py": "from .d import same\nasync def f(): return 1\n",
            "app/c.py": "from .d import same\ndef f(): return 1\n",
            "app/d.py": "async def same(): return 1\n",
        },
        {"app.a.f": "unknown", "app.a.same": "async"},
    ),
    "a function with the name of its module": (
        {
            "app/connect.py": "async def connect(): return 1\n",
            "app/other.py": "async def f(): return 1\n",
            "app/__init__.py": "from .connect import connect\nfrom . import other\n",
        },
        {"app.connect": "async", "app.connect.connect": "async", "app.other": "unknown", "app.other.f": "async"},
    ),
    "definitions that depend": (
        {
            "app/a.py": """
                import sys
                try:
                    from fast import f
                except ImportError:
                    async def f(): return 1
                if sys.platform == "win32":
                    async def g(): return 1
                else:
                    def g(): return 1
                h = None
                async def h(): return 1
                try:
                    from nowhere import i
                except ImportError:
                    i = None
            """
        },
        {"app.a.f": "async", "app.a.g": "unknown", "app.a.h": "async", "app.a.i": "unknown"},
    ),
    "what an argument may stand for, in a class and in what gives it another one": (
        {
            "app/a.py": CLIENT,
            "app/b.py": """
                from app.a import Client
                class A:
                    def __init__(self, a=None, b=None, c=None):
                        if a is None:
                            a = Client()
                        self.a = a
                        self.b = b or Client()
                        self.c = Client() if c is None else c
                        self.d = Client()
                class B(A):
                    def __init__(self, *args): super().__init__(*args)
            """,
        },
        {
            **{f"app.b.A().{name}.get": "async" for name in "abcd"},
            **{f"app.b.B().{name}.get": "unknown" for name in "abc"},
            "app.b.B().d.get": "async",
        },
    ),
    "factories": (
        {
            "app/a.py": CLIENT,
            "app/b.py": """
                from app.a import Client
                def by_annotation() -> "Client": return nothing
                def by_return(): return Client()
                async def awaited() -> Client: return nothing
                def passed_on(): return awaited()
                class Factory:
                    @classmethod
                    def make(cls) -> "Factory": return cls()
                    @staticmethod
                    def client(): return Client()
                    def itself(self): return self
                    async def opened(self): return self
                    async def get(self): return 1
                def two(x):
                    if x:
                        return Client()
                    return 1
            """,
        },
        {
            "app.b.by_annotation": "sync",
            "app.b.by_annotation().get": "async",
            "app.b.by_return().get": "async",
            "app.b.by_return().size": "sync",
            "app.b.awaited": "async",
            "app.b.awaited().get": "unknown",
            "app.b.awaited().await.get": "async",
            "app.b.passed_on": "async",
            "app.b.passed_on().await.get": "async",
            "app.b.by_return().await.get": "unknown",
            "app.b.Factory.make().get": "async",
            "app.b.Factory.client().get": "async",
            "app.b.Factory().itself().get": "async",
            "app.b.Factory().opened().await.get": "async",
            "app.b.two": "sync",
            "app.b.two().get": "unknown",
        },
    ),
    "what instances keep": (
        {
            "app/a.py": CLIENT,
            "app/b.py": """
                from collections.abc import Awaitable, Callable
                from app.a import Client
                class Service:
                    shared = Client()
                    hook: Callable[[], Awaitable[None]]
                    plain: Callable[[], None]
                    def __init__(self, client: Client, other=None, given=None):
                        self.client = client
                        self.other = other or Client()
                        self.given = given
                    @property
                    def session(self) -> Client: return self.client
                    @property
                    def bare(self): return self.client
                class Heir(Service):
                    def __init__(self):
                        super().__init__(Client())
            """,
        },
        {
            "app.b.Service().client.get": "async",
            "app.b.Heir().client.get": "async",
            "app.b.Service.client.get": "unknown",
            "app.b.Service().other.get": "async",
            "app.b.Service().given.get": "unknown",
            "app.b.Service().session.get": "async",
            "app.b.Service().session": "unknown",
            "app.b.Service.session.get": "unknown",
            "app.b.Heir().bare.get": "async",
            "app.b.Service.shared.get": "async",
            "app.b.Service().hook": "async",
            "app.b.Service().plain": "sync",
        },
    ),
    "methods that instances replace": (
        {
            "app/a.py": """
                class A:
                    def __init__(self, f):
                        self.f = f
                        self.g = None
                    async def f(self): return 1
                    async def g(self): return 1
            """
        },
        {"app.a.A().f": "unknown", "app.a.A().g": "async", "app.a.A.f": "async"},
    ),
    "awaitables": (
        {
            "app/a.py": """
                import asyncio
                from collections.abc import Awaitable, Coroutine
                from typing import TypeVar, Optional
                T = TypeVar("T")
                async def f(): return 1
                def by_annotation() -> "Awaitable[int]": return nothing
                def coroutine() -> Coroutine[None, None, int]: ...
                def perhaps() -> Optional[Awaitable[int]]: ...
                def either(x):
                    if x:
                        return f()
                    return 1
                def generic(x: T) -> T: return x
                def function(): return f
                def task() -> asyncio.Task: return asyncio.create_task(f())
                def future() -> "asyncio.Future[int]": return nothing
                class Request:
                    def __await__(self): return f().__await__()
                class Heir(Request): pass
                def request() -> Heir: ...
                class Caller:
                    async def __call__(self): return 1
                caller = Caller()
            """
        },
        {
            "app.a.by_annotation": "async",
            "app.a.coroutine": "async",
            "app.a.perhaps": "unknown",
            "app.a.either": "unknown",
            "app.a.generic": "unknown",
            "app.a.function": "unknown",
            "app.a.function()": "async",
            "app.a.task": "unknown",
            "app.a.future": "unknown",
            "app.a.Request": "unknown",
            "app.a.request": "unknown",
            "app.a.Caller": "sync",
            "app.a.Caller()": "async",
            "app.a.caller": "async",
        },
    ),
    "decorators": (
        {
            "app/decorators.py": """
                import functools
                def wraps(f):
                    @functools.wraps(f)
                    async def wrapper(*args): return await f(*args)
                    return wrapper
                def keeps(f):
                    print(f)
                    return f
                def wraps_when_called(n):
                    def decorator(f):
                        async def wrapper(*args): return await f(*args)
                        return wrapper
                    return decorator
                def keeps_when_called(n):
                    def decorator(f): return f
                    return decorator
                def makes_sync(f):
                    def wrapper(*args): return run(f(*args))
                    return wrapper
                def either(f):
                    if f:
                        return f
                    async def wrapper(): pass
                    return wrapper
            """,
            "app/a.py": """
                import functools
                from app import decorators as d
                @d.wraps
                def f1(): return 1
                @d.keeps
                async def f2(): return 1
                @d.keeps
                def f3(): return 1
                @d.wraps_when_called(3)
                def f4(): return 1
                @d.keeps_when_called(3)
                async def f5(): return 1
                @d.makes_sync
                async def f6(): return 1
                @d.either
                async def f7(): return 1
                @d.wraps_when_called
                async def f8(): return 1
                @d.keeps()
                async def f9(): return 1
                @functools.lru_cache
                async def f10(): return 1
                @nowhere.cached
                async def f11(): return 1
                @d.wraps
                @nowhere.cached
                async def f12(): return 1
                @nowhere.cached
                @d.wraps
                async def f13(): return 1
                @nowhere.cached
                def made() -> Client: ...
                def given() -> Client: yield Client()
                class Client:
                    async def get(self): return 1
            """,
        },
        {
            "app.a.f1": "async",
            "app.a.f2": "async",
            "app.a.f3": "sync",
            "app.a.f4": "async",
            "app.a.f5": "async",
            "app.a.f6": "unknown",
            "app.a.f7": "unknown",
            "app.a.f8": "unknown",
            "app.a.f9": "unknown",
            "app.a.f10": "unknown",
            "app.a.f11": "unknown",
            "app.a.f12": "async",
            "app.a.f13": "unknown",
            "app.a.made().get": "unknown",
            "app.a.given().get": "unknown",
        },
    ),
    "globals": (
        {
            "app/a.py": CLIENT,
            "app/b.py": """
                from app.a import Client
                _client = None
                other = Client()
                other = 3 + 4
                third = make()
                def client():
                    global _client
                    if _client is None:
                        _client = Client()
                    return _client
            """,
        },
        {
            "app.b.client().get": "async",
            "app.b._client.get": "async",
            "app.b.other.get": "async",
            "app.b.third.get": "unknown",
        },
    ),
    "broken modules": (
        {
            "app/a.py": "def f(:\n",
            "app/b.py": "from app.a import f, A\nclass B(A): pass\nasync def g(): return 1\n",
            "app/c.py": "\0",
            "app/d.py": "# coding: nothing\nasync def f(): return 1\n",
        },
        {
            "app.a.f": "unknown",
            "app.b.f": "unknown",
            "app.b.B().f": "unknown",
            "app.b.g": "async",
            "app.c.f": "unknown",
            "app.d.f": "unknown",
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_kinds(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    project = SmallProject(tmp_path, files)
    assert {path: project.kind(path) for path in expected} == expected


@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_questions_changes_nothing(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    project = SmallProject(tmp_path, files)
    assert {path: project.kind(path) for path in reversed(expected)} == expected


EVIDENCE = {
    "app/a.py": """
        class Client:
            async def get(self): return 1
            def later(self): return self.get()
        def decorator(f):
            async def wrapper(): pass
            return wrapper
        @decorator
        async def f(): return 1
        client = Client()
    """,
    "app/b.py": "from app.a import Client\nclass Heir(Client): pass\n",
}


@pytest.mark.parametrize(
    ("path", "line", "text", "is_coroutine_function"),
    [
        ("app.b.Heir().get", 2, "async def Client.get", True),
        ("app.b.Heir().later", 3, "def Client.later", False),
        ("app.a.f", 8, "async def f", False),
    ],
)
def test_evidence(path: str, line: int, text: str, is_coroutine_function: bool, tmp_path: Path) -> None:
    known = SmallProject(tmp_path, EVIDENCE).known("callee", path)
    assert known.evidence is not None
    assert (known.evidence.path, known.evidence.line, known.evidence.text) == ("app/a.py", line, text)
    assert (known.answer.value, known.is_coroutine_function) == ("async", is_coroutine_function)


def test_what_is_no_function_has_no_evidence(tmp_path: Path) -> None:
    project = SmallProject(tmp_path, EVIDENCE)
    assert project.known("callee", "app.a.Client").evidence is None
    assert project.known("callee", "app.a.nothing") == Callee()


FIXTURES = {
    "app/a.py": CLIENT,
    "conftest.py": """
        import pytest
        from app.a import Client
        @pytest.fixture
        def client(): return Client()
        @pytest.fixture
        def outer(): return Client()
        @pytest.fixture(name="renamed")
        def other(): yield Client()
        @pytest.fixture
        def chained(client): return client
        @pytest.fixture
        def twice(): return Client()
        @pytest.fixture
        def twice(): return 1
        @pytest.fixture
        def two(request):
            if request: return Client()
            return 1
        @pytest.fixture
        def circle(circle): return circle
    """,
    "tests/conftest.py": """
        import pytest
        class Local:
            def get(self): return 1
        @pytest.fixture
        def client(): return Local()
    """,
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("client", "sync"),
        ("outer", "async"),
        ("renamed", "async"),
        ("other", None),
        ("chained", "async"),
        ("twice", None),
        ("two", None),
        ("circle", None),
        ("nothing", None),
    ],
)
def test_fixtures_of_conftest(name: str, kind: str | None, tmp_path: Path) -> None:
    project = SmallProject(tmp_path, FIXTURES)
    path = project.known("fixture_value", name).path
    assert (project.kind(path.attribute("get")) if path else None) == kind


def test_what_is_installed(tmp_path: Path) -> None:
    packages = ".venv/lib/python3.11/site-packages"
    write(tmp_path, {
        ".venv/pyvenv.cfg": f"home = {tmp_path}/python/bin\n",
        "python/lib/python3.11/streams.py": "async def open(): return 1\n",
        f"{packages}/lib/__init__.py": "from .inner import get\nfrom streams import open\n",
        f"{packages}/lib/inner.py": "async def get(): return 1\n",
        f"{packages}/typed.pyi": "async def f(): ...\ndef g() -> int: ...\ndef h(): ...\n",
    })  # fmt: skip
    project = SmallProject(tmp_path, {"app/a.py": "import lib\nget = lib.get\n"})
    paths = ["app.a.get", "lib.get", "lib.open", "streams.open", "typed.f", "typed.g", "typed.h"]
    assert [project.kind(each) for each in paths] == [*["async"] * 5, "sync", "unknown"]
    evidence = {each: project.known("callee", each).evidence for each in paths}
    assert {each: found.path for each, found in evidence.items() if found} == {
        "app.a.get": f"{packages}/lib/inner.py",
        "lib.get": f"{packages}/lib/inner.py",
        "lib.open": "python/lib/python3.11/streams.py",
        "streams.open": "python/lib/python3.11/streams.py",
        **dict.fromkeys(["typed.f", "typed.g", "typed.h"], f"{packages}/typed.pyi"),
    }
