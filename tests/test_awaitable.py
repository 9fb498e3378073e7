"""What a call in a test file gives: something to await, something else, or what can't be told."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemods.analysis.mocking.mock_values import Nature, returned
from codemods.analysis.mocking.patch_targets import owned, patch_answer
from codemods.rules import Context
from codemods.semantics.pytest.values.awaitable import awaitable
from codemods.workspace import Workspace
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")

APP = """
    class Client:
        async def get(self): return 1
        def size(self): return 1
    class Future:
        def __await__(self): yield
    class View(Future): pass
"""
BEGIN = """\
import asyncio
import builtins
import copy
import time
from unittest import mock

import app
import nowhere
import pytest

"""

CASES = {
    "asyncio": """
        asyncio.sleep(1)  # async
        asyncio.tasks.sleep(1)  # async
        asyncio.create_task(x)  # async
        asyncio.gather(x)  # async
        asyncio.Future()  # async
        asyncio.get_running_loop()  # sync
        asyncio.events.new_event_loop()  # sync
        asyncio.iscoroutine(x)  # sync
        asyncio.run_coroutine_threadsafe(x, y)  # sync
        asyncio.timeout(1)  # sync
        asyncio.Event()  # sync
        asyncio.TimeoutError()  # sync
        asyncio.run(x)  # unknown
        asyncio.current_task()  # unknown
        asyncio.nothing(x)  # unknown
    """,
    "built-in functions": """
        len(x)  # sync
        anext(x)  # async
        aiter(x)  # sync
        next(x)  # unknown
        getattr(x, "y")()  # unknown
        nothing(x)  # unknown
    """,
    "the standard library and pytest": """
        time.sleep(1)  # sync
        pytest.raises(ValueError)  # sync
        mock.patch("app.Client")  # sync
        mock.Mock()  # sync
        import concurrent.futures
        concurrent.futures.nothing(x)  # unknown
        copy.copy(x)  # unknown
        builtins.next(x)  # unknown
        nowhere.fetch()  # unknown
    """,
    "methods of what is written": """
        NAME = "a"
        NAME.upper()  # sync
        f"{x}".encode().decode()  # sync
        "".join(x).split()  # sync
        x.upper()  # unknown
        for _ in x:
            line = line.strip()
            line.split()  # unknown
        rows = []
        rows.append(x)  # sync
        rows.pop()  # unknown
        rows.__getitem__(0)  # unknown
        {"a": x}.values()  # sync
        {"a": x}.get("a")  # unknown
        {"a": x}.copy().get("a")  # unknown
        LATER = None
        LATER.run()  # unknown
    """,
    "functions of the file": """
        async def f(): return 1
        async def g(): yield 1
        def h(): yield 1
        def i(): print(1)
        def j(): return f()
        def k(): return [1] if x else {}
        def l(): return j() if x else asyncio.sleep(1)
        def m(): return x
        def n(): return asyncio.current_task()
        def o() -> int: return x
        def p():
            def inner(): pass
            return inner
        def q(): raise NotImplementedError
        def r(): return r()
        from collections.abc import Awaitable
        def s() -> Awaitable[int]: return x
        def t() -> "list[int]": return x
        f()  # async
        g()  # sync
        h()  # sync
        i()  # sync
        j()  # async
        k()  # sync
        l()  # async
        m()  # unknown
        n()  # unknown
        o()  # sync
        p()  # sync
        q()  # unknown
        r()  # unknown
        s()  # async
        t()  # sync
    """,
    "decorated functions": """
        from abc import abstractmethod
        from contextlib import asynccontextmanager
        from types import coroutine
        from typing import final, overload
        @final
        async def f(): return 1
        @asynccontextmanager
        async def g(): yield 1
        @coroutine
        def h(): yield
        @nowhere.cached
        async def i(): return 1
        @nowhere.cached
        @coroutine
        def j(): yield
        @coroutine
        @nowhere.cached
        def k(): yield
        @coroutine
        def l(): return 1
        @coroutine
        def m(): return f()
        @asyncio.coroutine
        @nowhere.cached
        def n(): return 1
        @nowhere.contextmanager
        @final
        async def o(): yield 1
        def override(function): return function
        @override
        async def p(): return 1
        f()  # async
        g()  # sync
        h()  # async
        i()  # unknown
        j()  # unknown
        k()  # unknown
        l()  # sync
        m()  # async
        n()  # async
        o()  # sync
        p()  # async
    """,
    "definitions inside of a function, which only the file knows": """
        from collections.abc import Awaitable
        from contextlib import contextmanager
        from types import coroutine
        def outer():
            def a() -> Awaitable[int]: return x
            @contextmanager
            def b(): yield
            @coroutine
            def c(): return [1]
            @coroutine
            def d(): yield
            @asyncio.coroutine
            def g(): return [1]
            class E:
                async def __call__(self): return 1
                @classmethod
                def make(cls):
                    cls()  # sync
            class F:
                def __await__(self): yield
            a()  # async
            b()  # sync
            c()  # sync
            d()  # async
            g()  # async
            E()  # sync
            F()  # unknown
    """,
    "classes": """
        class A(Exception): pass
        class B:
            def __await__(self): yield
        class C(B): pass
        class D(app.Client): pass
        class E(app.View): pass
        class F(nowhere.Base): pass
        A()  # sync
        B()  # unknown
        C()  # unknown
        D()  # sync
        E()  # unknown
        F()  # unknown
    """,
    "methods": """
        class A:
            async def get(self): return 1
            def size(self): return 1
            async def both(self): return 1
            def use(self):
                self.get()  # async
                self.size()  # sync
                self.both()  # unknown
        class B(A):
            def both(self): return 1
            def use_too(self):
                self.get()  # async
                self.both()  # sync
        A().get()  # async
        A().both()  # async
        app.Client().get()  # async
        app.Client().size()  # sync
        app.Client().nothing()  # unknown
    """,
    "methods of several bases, in Python's order": """
        class A:
            async def get(self): return 1
        class B(A): pass
        class C:
            def get(self): return 1
        class D(B, C): pass
        class E(A[int]): pass
        D().get()  # async
        E().get()  # async
    """,
    "methods that are left to heirs": """
        class A:
            async def step(self):
                "Do one step."
                raise NotImplementedError
            async def stop(self): ...
            async def fail(self):
                self.done = True
                raise ValueError
            def use(self):
                self.step()  # unknown
                self.stop()  # async
                self.fail()  # async
        A().step()  # async
    """,
    "classes in their own methods": """
        class A:
            async def __call__(self): return 1
            async def get(self): return 1
            def size(self): return 1
            def use(self):
                self()  # async
            @classmethod
            def make(cls):
                cls()  # sync
                cls.get()  # async
                cls.size()  # sync
            def __new__(cls):
                cls()  # sync
            def __init_subclass__(cls):
                cls()  # sync
    """,
    "methods that stand in for others": """
        class A:
            async def get(self): return 1
            def use(self):
                self.get()  # unknown
        def get(): return 1
        A().get = get
    """,
}


def _context(root: Path, text: str) -> Context:
    write(root, {"app.py": APP})
    test = root / "tests" / "test_it.py"
    test.parent.mkdir()
    test.write_text(text, encoding="utf-8")
    context = Workspace(root).project_context().file("tests/test_it.py")
    assert context is not None
    return context


@pytest.mark.parametrize("name", CASES)
def test_what_a_call_gives(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"case.txt": CASES[name]})
    text = BEGIN + (tmp_path / "case.txt").read_text(encoding="utf-8")
    expected = {number: line.rpartition("# ")[2] for number, line in enumerate(text.splitlines(), 1) if "# " in line}
    context = _context(tmp_path, text)
    calls = [each.value for each in context.module.nodes(ast.Expr) if isinstance(each.value, ast.Call)]
    found = {each.lineno: awaitable(context.suite, each).value for each in calls if each.lineno in expected}
    assert found == expected


@pytest.mark.parametrize(
    ("value", "nature"),
    [
        ("asyncio.Event()", Nature.PLAIN),
        ("asyncio.get_running_loop()", Nature.PLAIN),
        ("asyncio.sleep(1)", Nature.STUCK),
        ("app.Client().get()", Nature.STUCK),
        ("app.Client()", Nature.PLAIN),
        ("app.View()", Nature.OPAQUE),
        ("nowhere.Response()", Nature.PLAIN),
        ("nowhere.make()", Nature.OPAQUE),
    ],
)
def test_what_a_mock_is_configured_to_give(value: str, nature: Nature, tmp_path: Path) -> None:
    context = _context(tmp_path, f"{BEGIN}{value}\n")
    (call,) = (each.value for each in context.module.nodes(ast.Expr))
    assert returned(context.suite, call).nature is nature


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [("self", "get", "async"), ("self", "size", "unknown"), ("A", "size", "sync"), ("A()", "size", "sync")],
)
def test_what_patch_replaces_where_an_heir_has_it_otherwise(
    owner: str, name: str, expected: str, tmp_path: Path
) -> None:
    text = f"""
class A:
    async def get(self): return 1
    def size(self): return 1
    def use(self):
        {owner}
class B(A):
    async def size(self): return 1
"""
    context = _context(tmp_path, BEGIN + text)
    (node,) = (each.value for each in context.module.nodes(ast.Expr))
    assert patch_answer(context.suite, owned(context.suite, node, name)).value == expected
