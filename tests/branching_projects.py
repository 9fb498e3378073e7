"""Small projects in which one thing leads to several others, many levels deep or in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Files = Mapping[str, str]
_HEAD = "import asyncio\nimport functools\nimport pytest\nfrom unittest.mock import Mock, patch\n"
_DEEP = 30
_LONG = 150


def _each(text: Callable[[int], str], count: int = _DEEP) -> str:
    return "".join(map(text, range(count)))


def _asking(path: str, module: str = "app.a") -> str:
    """Return tests that call, await and mock what ``path``, of not too many steps, leads to."""
    name = path.partition(".")[0].partition("(")[0]
    return (
        f"{_HEAD}from {module} import {name}\nasync def test_it():\n    {path}\n    got = {path}\n    await got.y()\n"
        f"    m = Mock()\n    m.fetch.return_value = 1\n    {path}(m)\n"
    )


def _unions() -> str:
    return "class A0:\n    async def y(self): return 1\nclass B0:\n    def y(self): return 1\n" + "".join(
        f"class {name}{i}:\n    def __init__(self, f): self.n = A{i - 1}() if f else B{i - 1}()\n"
        f"    def g(self) -> 'A{i - 1} | B{i - 1}': ...\n    @property\n    def p(self): return self.n or self.g()\n"
        for i in range(1, _DEEP)
        for name in "AB"
    )


TORTOISE = """
class QuerySet:
    def __init__(self):
        self.a = self.b.x if self.f else self.c.x
        self.b = self.c.y if self.f else self.a.y
        self.c = self.a.z if self.f else self.b.z
    def filter(self, *args) -> "QuerySet | Prefetch": return self
    def all(self): return self.a.b() if self.b else self.c.a()
class Prefetch(QuerySet):
    def __init__(self):
        self.a = self.b.c.x if self.f else self.c.b.x
    def filter(self) -> "QuerySet | Prefetch | None": ...
start = QuerySet()
"""
"""What is looked for in alternatives of alternatives, as in the query sets of an ORM."""


def _diamonds(prefix: str, depth: int) -> str:
    return f"class {prefix}A0:\n    async def test_x(self): pass\nclass {prefix}B0(Unknown): pass\n" + "".join(
        f"class {prefix}{name}{i}({prefix}{name}{i - 1}, {prefix}{other}{i - 1}): pass\n"
        for i in range(1, depth)
        for name, other in ("AB", "BA")
    )


def _fixtures() -> str:
    def pair(i: int) -> str:
        asked = f"(f{i + 1}, g{i + 1})"
        kind = "async def" if i % 3 == 0 else "def"
        return (
            f"@pytest.fixture\n{kind} f{i}{asked}:\n    return f{i + 1}\n"
            f"@pytest.fixture\ndef g{i}{asked}:\n    return g{i + 1}.x\n"
        )

    return f"{_each(pair)}@pytest.fixture\ndef f{_DEEP}(): return Mock()\n@pytest.fixture\ndef g{_DEEP}(): return 1\n"


def _helpers() -> str:
    def pair(i: int) -> str:
        return (
            f"def h{i}(): return h{i + 1}() if x else k{i + 1}()\n"
            f"def k{i}():\n    if x: return h{i + 1}()\n    return k{i + 1}()\n"
        )

    return f"{_each(pair)}async def h{_DEEP}(): return 1\nasync def k{_DEEP}(): return 1\n"


def _decorators() -> str:
    def pair(i: int) -> str:
        return (
            f"def d{i}(f):\n    @d{i + 1}\n    @e{i + 1}\n    def w(*a): return f(*a)\n    return w\n"
            f"def e{i}(f):\n    @d{i + 1}\n    async def w(*a): return await f(*a)\n    return w\n"
        )

    return f"{_each(pair)}def d{_DEEP}(f): return f\ndef e{_DEEP}(f): return f\n@d0\n@e0\nasync def start(): pass\n"


def _others(names: Iterable[str], name: str) -> list[str]:
    return [each for each in names if each != name]


def _bindings(names: list[str]) -> str:
    return "".join(f"{name} = {each}\n" for name in names for each in _others(names, name))


def _modules(text: str, last: str, count: int) -> Files:
    named = {f"app/m{i}.py": text.format(next=i + 1) for i in range(count)}
    return {**named, f"app/m{count}.py": last}


_USER = "async def test_a(f0, g0):\n    await f0()\n    f0.x.return_value = 1\n"
_NAMES = [f"v{i}" for i in range(8)]
_AGAIN = "".join(f"    h{{next}}(m.a{i})\n" for i in range(8))

PROJECTS: dict[str, Files] = {
    "alternatives of alternatives": {
        "app/a.py": _unions() + f"start = A{_DEEP - 1}(1)\n",
        "tests/test_a.py": _asking("start.n.n.p.g()"),
    },
    "attributes that are others of the same class": {
        "app/a.py": TORTOISE,
        "tests/test_a.py": _asking("start.a.b.filter().a.y()"),
    },
    "properties that return unions": {
        "app/a.py": _each(
            lambda i: f"class P{i}:\n    @property\n    def p(self) -> 'P{(i + 1) % _DEEP} | P{(i + 2) % _DEEP}': ...\n"
        )
        + "start = P0()\n",
        "tests/test_a.py": _asking("start.p.p.p.y()"),
    },
    "diamonds": {
        "app/a.py": _diamonds("", 40) + "start = A39()\n",
        "tests/test_a.py": _asking("start.y()") + _diamonds("Test", 40),
    },
    "aliases of each other": {
        "app/a.py": "".join(f"{each} = {' or '.join(_others(_NAMES, each))}\n" for each in _NAMES),
        "tests/test_a.py": _asking("v0.x()"),
    },
    "names bound again and again": {
        "app/a.py": _bindings(_NAMES),
        "tests/test_a.py": _asking("v0()") + _bindings(_NAMES) + "@v1\nasync def test_v(v3): await v2()\n",
    },
    "a name that is one of itself": {
        "app/a.py": "def start(a):\n    x = A()\n" + _each(lambda i: f"    x = y{i}() or x\n", 60) + "    return x\n",
        "tests/test_a.py": _asking("start(1)"),
    },
    "functions that call two": {
        "app/a.py": _helpers(),
        "tests/test_a.py": _asking("h0()") + _helpers() + "async def test_h():\n    h0()\n    asyncio.run(k0())\n",
    },
    "helpers that take a mock": {
        "tests/test_a.py": _HEAD
        + _each(lambda i: f"def h{i}(m):\n" + _AGAIN.format(next=i + 1), 12)
        + "async def h12(m): await m()\nasync def test_a():\n    m = Mock()\n    h0(m)\n",
    },
    "mocks in each other": {
        "tests/test_a.py": _HEAD
        + "class TestX:\n    def setup_method(self):\n        self.m = Mock()\n        self.k = Mock()\n"
        + _each(
            lambda i: f"    async def test_{i}(self):\n        self.m.x{i} = self.k.y\n        self.k = self.m.x\n"
        ),
    },
    "fixtures that ask for two": {
        "tests/test_a.py": _HEAD + _fixtures() + _USER,
    },
    "fixtures of a conftest that ask for two": {
        "tests/conftest.py": _HEAD + _fixtures(),
        "tests/test_a.py": _HEAD + _USER,
    },
    "fixtures that ask for each other": {
        "tests/conftest.py": _HEAD
        + "".join(f"@pytest.fixture\ndef {each}({', '.join(_others(_NAMES, each))}): return v1\n" for each in _NAMES),
        "tests/test_a.py": f"{_HEAD}async def test_a(v0):\n    await v0()\n",
    },
    "a fixture in each folder": {
        **{"tests/" + "d/" * i + "conftest.py": f"{_HEAD}@pytest.fixture\ndef f(f): return f.x\n" for i in range(12)},
        "tests/" + "d/" * 12 + "test_a.py": f"{_HEAD}async def test_a(f):\n    await f()\n    f.z = Mock()\n",
    },
    "modules that import all names from all others": {
        **{f"app/m{i}.py": _each(lambda j: f"from .m{j} import *\n", 12) + f"x{i} = y{i}\n" for i in range(12)},
        "tests/test_a.py": _asking("nothing.y()", "app.m0") + _asking("x5()", "app.m0"),
    },
    "decorators of decorators": {
        "app/a.py": _decorators(),
        "tests/test_a.py": _asking("start()") + _decorators() + "@d0\n@e1\nasync def test_z(): pass\n",
    },
    "a long chain of names": {
        "app/a.py": _each(lambda i: f"a{i} = a{i + 1}\n", 3000) + "async def a3000(): pass\n",
        "tests/test_a.py": _asking("a0()") + _asking("a2990()"),
    },
    "a long chain of members": {
        "app/a.py": "class C:\n" + _each(lambda i: f"    a{i} = a{i + 1}\n", 3000) + "start = C()\n",
        "tests/test_a.py": _asking("start.a0()"),
    },
    "a long chain of classes": {
        "app/a.py": "class C0:\n    async def f(self): pass\n"
        + _each(lambda i: f"class C{i + 1}(C{i}): pass\n", 3000)
        + "start = C3000()\n",
        "tests/test_a.py": _asking("start.f()") + _asking("C5().f()"),
    },
    "a long chain of modules": {
        **_modules("from .m{next} import x\n", "async def x(): pass\n", _LONG),
        "tests/test_a.py": _asking("x()", "app.m0"),
    },
    "a long chain of modules that import all names": {
        **_modules("from .m{next} import *\n", "async def x(): pass\n", _LONG),
        "tests/test_a.py": _asking("x()", "app.m0"),
    },
    "a long chain of functions": {
        "app/a.py": _each(lambda i: f"def a{i}(): return a{i + 1}()\n", 1000) + "async def a1000(): pass\n",
        "tests/test_a.py": _asking("a0()") + _asking("a995()"),
    },
    "a long chain of helpers in modules": {
        **_modules(
            "from .m{next} import make as m\ndef make(x): return m(x)\n",
            "import asyncio\ndef make(x):\n    f = asyncio.Future()\n    f.set_result(x)\n    return f\n",
            105,
        ),
        "tests/test_a.py": f"{_HEAD}from app.m0 import make\nasync def test_a(): await Mock(return_value=make(1))()\n",
    },
    "a long chain of loop makers in modules": {
        **_modules(
            "from .m{next} import make as m\ndef make(): return m()\n",
            "import asyncio\ndef make(): return asyncio.new_event_loop()\n",
            105,
        ),
        "tests/conftest.py": f"{_HEAD}from app.m0 import make\n@pytest.fixture\ndef event_loop():\n    yield make()\n",
        "tests/test_a.py": f"{_HEAD}async def test_a(event_loop): pass\n",
    },
    "texts of texts": {
        "tests/test_a.py": _HEAD
        + _each(lambda i: f"S{i} = S{i + 1} + S{i + 1} + S{i + 1}\n")
        + f"S{_DEEP} = 'app.a'\nR = R + 'x'\nasync def test_a():\n    with patch(S0) as m, patch(R) as k: await m()\n",
    },
    "lists of lists": {
        "tests/test_a.py": _HEAD
        + _each(lambda i: f"L{i} = [L{i + 1}, L{i + 1}, L{i + 1}]\n")
        + f"L{_DEEP} = [1]\nM = [M]\n"
        + "".join(
            f"@pytest.fixture(scope='session')\nasync def {each.lower()}(): return {each}\n" for each in ("L0", "M")
        )
        + "async def test_a(l0, m): pass\n",
    },
    "names of their own calls": {
        "tests/test_a.py": _HEAD
        + "a = b()\nb = a()\nit = iter(it)\ng = functools.partial(g)\nfa = fb\nfb = fa\n"
        + "async def f(): return f()\nasync def f2(): return f3()\nasync def f3(): return f2()\n"
        + "@a\nasync def test_a(): pass\n@b()\nasync def test_b(x): pass\nasync def test_c():\n"
        + "".join(f"    m = Mock(side_effect={each})\n    await m()\n" for each in ("it", "g"))
        + "".join(f"    m = Mock(return_value={each})\n    await m()\n" for each in ("f()", "f2()", "fa")),
    },
    "wrappers around themselves": {
        "tests/test_a.py": _HEAD
        + "def d(f):\n    @functools.wraps(f)\n    def w(*a):\n        r = f(*a)\n        x = r\n        y = x\n"
        + "        x = y\n        asyncio.run(r)\n    return w\n@d\nasync def test_x(): pass\n"
        + "def e(f):\n    @functools.wraps(f)\n    def w(*a):\n        f = asyncio.coroutine(f)\n    return w\n"
        + "@e\nasync def test_y(): pass\n",
    },
    "attributes that are one of many": {
        "tests/test_a.py": _HEAD
        + "class TestX:\n    def setup_method(self):\n        self.s0 = Mock()\n"
        + "".join(f"        self.s{i} = self.s{j}\n" for i in range(6) for j in range(6))
        + _each(lambda i: f"    async def test_{i}(self):\n        await self.s{i % 6}.x()\n", 6),
    },
    "loop makers that call another again and again": {
        "tests/conftest.py": _HEAD
        + _each(lambda i: f"def a{i}():\n" + f"    a{i + 1}()\n" * 20 + f"    return a{i + 1}()\n", 6)
        + "def a6(): return asyncio.new_event_loop()\n@pytest.fixture\ndef event_loop():\n    yield a0()\n",
        "tests/test_a.py": f"{_HEAD}async def test_a(): pass\n",
    },
    "bases from other files": {
        **{
            f"tests/b{i}.py": "".join(f"from tests.b{i + 1} import K{j} as L{j}\n" for j in range(9))
            + "".join(f"class K{j}({', '.join(f'L{k}' for k in range(9))}): pass\n" for j in range(9))
            for i in range(8)
        },
        "tests/b8.py": "".join(f"class K{j}: pass\n" for j in range(9)),
        "tests/test_a.py": f"{_HEAD}from tests.b0 import K0\nclass TestA(K0):\n    async def test_a(self): pass\n",
    },
    "many branches": {
        "app/a.py": "def start(x):\n    if x: return 1\n" + _each(lambda i: f"    elif x == {i}: y = {i}\n", _LONG),
        "tests/test_a.py": _asking("start(1)"),
    },
    "long expressions": {
        "app/a.py": f"start = q{'.a()' * _LONG}\nd = {' or '.join(f'n{i}' for i in range(_LONG))}\n"
        f"def f(x: {' | '.join(f'N{i}' for i in range(_LONG))}): return x\n",
        "tests/test_a.py": _asking("start()") + f"    m{'.a' * _LONG}.return_value = 1\n    await m{'.a' * _LONG}()\n",
    },
    "odd annotations": {
        "app/a.py": f"def f() -> {'Optional[' * 90}X{']' * 90}: ...\ndef g() -> '{'-' * 1500}1': ...\n"
        "def h() -> Union[()]: ...\ndef i() -> Callable[()]: ...\ndef j() -> Annotated[()]: ...\n",
        "tests/test_a.py": "".join(_asking(f"{each}()") for each in "fghij"),
    },
}
"""The files of each project; the package ``app`` is there too."""
