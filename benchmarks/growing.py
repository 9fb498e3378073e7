"""Suites that grow: what `growth.py` measures, and what the law in `tests/test_growth.py` counts the steps of."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator

from codemods.rules import Example, all_rules

Files = dict[str, str]
"""The texts of a small project, by path."""
Shape = Callable[[int], Files]
"""Makes a project with so many of something."""

_HEAD = """\
import asyncio
import time
from unittest.mock import AsyncMock, MagicMock, Mock, call, patch

import pytest

from shop import Shop, fetch, save


"""
_SHOP = """\
async def fetch(key):
    return key


async def save(key):
    return key


class Shop:
    async def get(self, key):
        return key

    def name(self):
        return "shop"
"""
_SPECIAL = re.compile(
    r"event_loop\w*|pytest\w*|pytestmark|set_?up\w*|tear_?down\w*|asyncSetUp|asyncTearDown|__\w+__|get_new_ioloop|get_app"
)
"""Names that mean something to pytest or to unittest, and keep it only as they are."""


def _lines(pattern: str, count: int, indent: int = 0) -> str:
    text = "".join(pattern.replace("%", str(number)) for number in range(count))
    return textwrap.indent(text, " " * indent)


def _file(body: str, **more: str) -> Files:
    return {"test_grown.py": _HEAD + body, "shop.py": _SHOP, **more}


def _function(pattern: str, count: int, head: str = "async def test_long():\n") -> Files:
    """One function with so many statements."""
    return _file(head + _lines(pattern, count, head[: len(head) - len(head.lstrip())].count(" ") + 4))


def _many(pattern: str) -> Shape:
    """So many of something at the top of a file."""
    return lambda count: _file(_lines(pattern, count))


def _long(pattern: str, head: str = "async def test_long():\n") -> Shape:
    return lambda count: _function(pattern, count, head)


def _nested(count: int) -> Files:
    """Blocks in blocks; Python allows a hundred, so that further functions take up the rest."""
    deep = 15
    blocks = "".join(f"{'    ' * (level + 1)}if level_{level}:\n" for level in range(deep))
    inner = "    " * (deep + 1)
    return _file(_lines(f"async def test_%():\n{blocks}{inner}time.sleep(1)\n{inner}mock = Mock()\n\n\n", count // 5))


def _chain(count: int) -> Files:
    """Fixtures that ask for each other, from file to file."""
    folders = {f"{'deep/' * level}conftest.py": _HEAD + _fixtures(level, max(count // 10, 1)) for level in range(10)}
    test = _lines(f"async def test_%(at_9_{max(count // 10, 1) - 1}):\n    await at_9_0.get(1)\n\n\n", count)
    return {**folders, f"{'deep/' * 9}test_grown.py": _HEAD + test, "shop.py": _SHOP}


def _fixtures(level: int, count: int) -> str:
    before = [f"at_{level}_{number - 1}" if number else f"at_{level - 1}_0" for number in range(count)]
    if level == 0:
        before[0] = ""
    return "".join(
        f'@pytest.fixture(scope="session")\nasync def at_{level}_{number}({each}):\n    yield Shop()\n\n\n'
        for number, each in enumerate(before)
    )


def _attributes(count: int) -> Files:
    stored = _lines("self.part_% = Shop()\n", count, 8)
    used = _lines("    async def test_%(self):\n        self.part_%.get(1)\n\n", count)
    return _file(f"class TestShop:\n    def setup_method(self):\n{stored}\n{used}")


def _mock_attributes(count: int) -> Files:
    stored = _lines("self.mock_% = Mock()\n", count, 8)
    used = _lines("    async def test_%(self):\n        await self.mock_%.get(1)\n\n", count)
    return _file(f"class TestShop:\n    def setup_method(self):\n{stored}\n{used}")


def _helper_calls(count: int) -> Files:
    helper = "def wait():\n    time.sleep(1)\n\n\nasync def go(key):\n    return key\n\n\n"
    return _file(helper + _lines("async def test_%():\n    wait()\n    go(1)\n    await go(2)\n\n\n", count))


def _helpers(count: int) -> Files:
    pattern = "def wait_%():\n    time.sleep(1)\n\n\nasync def test_%():\n    wait_%()\n    time.sleep(1)\n\n\n"
    return _file(_lines(pattern, count))


def _calling_each_other(count: int) -> Files:
    texts = (f"async def step_{n}():\n    time.sleep(1)\n    await step_{n + 1}()\n\n\n" for n in range(count))
    return _file(
        "".join(texts) + f"async def step_{count}():\n    pass\n\n\nasync def test_all():\n    await step_0()\n"
    )


def _driven_chain(count: int) -> Files:
    texts = (f"def step_{n}():\n    return step_{n + 1}()\n\n\n" for n in range(count))
    last = f"def step_{count}():\n    return asyncio.run(fetch(1))\n\n\n"
    return _file("".join(texts) + last + _lines("def test_%():\n    assert step_%() == 1\n\n\n", count))


def _bases(count: int) -> Files:
    pattern = "class Test%(Base):\n    async def test_one(self):\n        time.sleep(1)\n        self.shop.get(1)\n\n\n"
    base = "class Base:\n    def setup_method(self):\n        self.shop = Shop()\n\n    async def test_base(self):\n        pass\n\n\n"
    return _file(base + _lines(pattern, count))


def _noqa(shape: Shape) -> Shape:
    """The same with one comment that suppresses something."""
    return lambda count: {
        **(files := shape(count)),
        "test_grown.py": "import os  # noqa: F401\n" + files["test_grown.py"],
    }


def _parametrized(count: int) -> Files:
    values = _lines("pytest.param(%, marks=pytest.mark.asyncio),\n", count, 8)
    return _file(
        f'@pytest.mark.parametrize(\n    "key",\n    [\n{values}    ],\n)\nasync def test_key(key):\n    fetch(key)\n'
    )


def _imports(count: int) -> Files:
    return _file(
        _lines("from shop import part_%\n", count)
        + "\n\n"
        + _lines("async def test_%():\n    time.sleep(part_%)\n\n\n", count)
    )


_SLEEPS = _long("time.sleep(%)\n")
SHAPES: dict[str, Shape] = {
    "sleeps in a function": _SLEEPS,
    "sleeps in a function, one noqa": _noqa(_SLEEPS),
    "sleeps after scheduling": _long("task_% = asyncio.create_task(fetch(%))\ntime.sleep(%)\nassert not task_%.done()\n"),
    "suppressed sleeps": _long("time.sleep(%)  # noqa: PAM401\n"),
    "unmarked tests": _many("async def test_%():\n    assert await fetch(%)\n\n\n"),
    "unmarked tests, one noqa": _noqa(_many("async def test_%():\n    assert await fetch(%)\n\n\n")),
    "marked sync tests": _many("@pytest.mark.asyncio\ndef test_%():\n    assert True\n\n\n"),
    "tests of a class": lambda n: _file("class TestIt:\n" + _lines("async def test_%(self):\n    time.sleep(1)\n\n", n, 4)),
    "tests of a TestCase": lambda n: _file(
        "import unittest\n\n\nclass TestIt(unittest.TestCase):\n" + _lines("async def test_%(self):\n    time.sleep(1)\n\n", n, 4)
    ),
    "classes": _many("class Test%:\n    async def test_it(self):\n        time.sleep(1)\n\n\n"),
    "classes of one base": _bases,
    "mocks in a function": _long("mock_% = Mock()\nawait mock_%.get(%)\n"),
    "one mock bound again": _long("mock = Mock()\nmock.get.return_value = %\nawait mock.get(%)\n"),
    "uses of one mock": _long("await mock.get(%)\nmock.get.assert_called_once_with(%)\n", "async def test_long():\n    mock = Mock()\n"),
    "attributes of one mock": _long("mock.part_%.return_value = 1\nawait mock.part_%(%)\n", "async def test_long():\n    mock = Mock()\n"),
    "asserted mocks": _long("mock_% = AsyncMock()\nawait mock_%(1)\nmock_%.assert_called_once_with(1)\nassert mock_%.call_count == 1\n"),
    "futures of mocks": _long("mock_% = Mock()\nfuture_% = asyncio.Future()\nfuture_%.set_result(1)\nmock_%.get.return_value = future_%\nawait mock_%.get()\n"),
    "mocks in tests": _many("async def test_%():\n    mock = Mock()\n    mock.get.return_value = 1\n    await mock.get(%)\n\n\n"),
    "mocks of a module": lambda n: _file(_lines("mock_% = Mock()\n", n) + _lines("\n\nasync def test_%():\n    await mock_%.get()\n", n)),
    "mocks in fixtures": _many("@pytest.fixture\ndef mock_%():\n    return Mock()\n\n\nasync def test_%(mock_%):\n    await mock_%.get(%)\n\n\n"),
    "one mock for all tests": lambda n: _file(
        "@pytest.fixture\ndef mock():\n    return Mock()\n\n\n" + _lines("async def test_%(mock):\n    await mock.get(%)\n\n\n", n)
    ),
    "mocks in attributes": _mock_attributes,
    "mocks to a helper": lambda n: _file(
        "async def use(mock):\n    await mock.get(1)\n\n\n" + _lines("async def test_%():\n    mock = Mock()\n    await use(mock)\n\n\n", n)
    ),
    "mocks with specs": _many("async def test_%():\n    mock = Mock(spec=Shop)\n    mock.get.return_value = 1\n    await mock.get(%)\n\n\n"),
    "patches": _many('@patch("shop.fetch")\nasync def test_%(fetched):\n    fetched.return_value = %\n    await fetched()\n\n\n'),
    "patches in a function": _long('with patch("shop.fetch", Mock(return_value=%)) as fetched_%:\n    await fetched_%()\n'),
    "patches of objects": _many('async def test_%(monkeypatch):\n    monkeypatch.setattr("shop.fetch", lambda key: %)\n    await fetch(1)\n\n\n'),
    "asynctest mocks": lambda n: _file("import asynctest\n\n\n" + _lines("async def test_%():\n    mock = asynctest.CoroutineMock()\n    await mock(1)\n\n\n", n)),
    "fixtures": _many("@pytest.fixture\nasync def fix_%():\n    yield await fetch(%)\n\n\nasync def test_%(fix_%):\n    time.sleep(1)\n\n\n"),
    "users of a fixture": lambda n: _file("@pytest.fixture\nasync def fix():\n    yield 1\n\n\n" + _lines("async def test_%(fix):\n    time.sleep(1)\n\n\n", n)),
    "fixtures of fixtures": lambda n: _file(
        "".join(f"@pytest.fixture\nasync def fix_{k}({f'fix_{k - 1}' if k else ''}):\n    yield {k}\n\n\n" for k in range(n))
        + _lines("async def test_%(fix_%):\n    time.sleep(1)\n\n\n", n)
    ),
    "a chain of conftest files": _chain,
    "autouse fixtures": _many("@pytest.fixture(autouse=True)\nasync def fix_%():\n    time.sleep(1)\n    yield\n\n\nasync def test_%():\n    time.sleep(1)\n\n\n"),
    "event_loop": _many("def test_%(event_loop):\n    event_loop.run_until_complete(fetch(%))\n\n\n"),
    "event_loop of async tests": _many("async def test_%(event_loop):\n    await fetch(event_loop)\n\n\n"),
    "event_loop in a function": _long("event_loop.run_until_complete(fetch(%))\n", "def test_long(event_loop):\n"),
    "run_until_complete": _many("def test_%():\n    loop = asyncio.get_event_loop()\n    loop.run_until_complete(fetch(%))\n\n\n"),
    "run_until_complete in a function": _long("loop.run_until_complete(fetch(%))\n", "def test_long():\n    loop = asyncio.new_event_loop()\n"),
    "loops of a function": _long("loop_% = asyncio.new_event_loop()\nloop_%.run_until_complete(fetch(%))\nloop_%.close()\n", "def test_long():\n"),
    "asyncio.run": _many("def test_%():\n    assert asyncio.run(fetch(%)) == %\n\n\n"),
    "asyncio.run in a function": _long("assert asyncio.run(fetch(%)) == %\n", "def test_long():\n"),
    "inner mains": _many("def test_%():\n    async def main():\n        await fetch(%)\n\n    asyncio.run(main())\n\n\n"),
    "a helper runs": lambda n: _file("def run(coroutine):\n    return asyncio.run(coroutine)\n\n\n" + _lines("def test_%():\n    assert run(fetch(%)) == %\n\n\n", n)),
    "helpers that run": _many("def run_%():\n    return asyncio.run(fetch(%))\n\n\ndef test_%():\n    assert run_%() == %\n\n\n"),
    "helpers of helpers": _driven_chain,
    "awaits in a function": _long("value_% = await fetch(%)\nassert value_% == %\n"),
    "lost awaits in a function": _long("fetch(%)\n"),
    "lost awaits of values": _long("value_% = save(%)\nassert value_% == %\n"),
    "lost awaits on an object": _long("shop.get(%)\nassert shop.get(%) == %\n", "async def test_long():\n    shop = Shop()\n"),
    "lost awaits on attributes": _attributes,
    "errors expected": _long("with pytest.raises(KeyError):\n    fetch(%)\n"),
    "names": _long("name_% = %\nother_% = name_% + 1\ntime.sleep(other_%)\n"),
    "one name": _long("name = %\nname = name + 1\ntime.sleep(name)\n"),
    "imported names": _imports,
    "tasks": _long("task_% = asyncio.create_task(fetch(%))\ntask_%.cancel()\n"),
    "dangling tasks": _long("asyncio.ensure_future(fetch(%))\n"),
    "waits": _long("await queue.get()\nawait event.wait()\n", "async def test_long():\n    queue, event = asyncio.Queue(), asyncio.Event()\n"),
    "independent awaits": _many("@pytest.fixture\nasync def fix_%():\n    first = await fetch(1)\n    second = await save(2)\n    return first, second\n\n\n"),
    "blocks in blocks": _nested,
    "branches": _long("if await fetch(%):\n    time.sleep(%)\nelse:\n    fetch(%)\n"),
    "helpers that sleep": _helpers,
    "uses of helpers": _helper_calls,
    "functions that call each other": _calling_each_other,
    "lambdas": _long("mock_% = lambda: fetch(%)\ntime.sleep(%)\nawait mock_%()\n"),
    "parameters": _parametrized,
    "old coroutines": _many("@asyncio.coroutine\ndef go_%():\n    yield from fetch(%)\n\n\n@pytest.mark.asyncio\ndef test_%():\n    yield from go_%()\n\n\n"),
}  # fmt: skip
"""What grows, by what it is called."""


def example_shapes() -> Iterator[tuple[str, Shape]]:
    """Yield two shapes for the first example of each rule: many of it, and its functions made long."""
    for rule in all_rules():
        for each in rule.examples[:1]:
            if each.path.endswith(".py"):
                yield (
                    f"{rule.code} again and again",
                    lambda count, example=each: _with_config(example, repeated(example.before, count)),
                )
                yield (
                    f"{rule.code} in long functions",
                    lambda count, example=each: _with_config(example, lengthened(example.before, count)),
                )


def _with_config(example: Example, text: str) -> Files:
    return {example.path: text, "shop.py": _SHOP, "pytest.ini": "[pytest]\n" + example.config}


def repeated(text: str, count: int) -> str:
    """Return a file with all but its imports so many times, under different names."""
    tree = ast.parse(text)
    imports = [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
    rest = "".join(_segment(text, each) for each in tree.body if each not in imports)
    names = {name for each in tree.body if each not in imports for name in _bound(each)}
    own = [name for name in names if not _SPECIAL.fullmatch(name)]
    words = re.compile(rf"\b(?:{'|'.join(own) or '(?!)'})\b")
    copies = (words.sub(lambda found, number=number: f"{found[0]}_{number}", rest) for number in range(count))
    return "".join(_segment(text, each) for each in imports) + "".join(copies)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def lengthened(text: str, count: int) -> str:
    """Return a file with the statements of each outermost function so many times."""
    lines = text.splitlines(keepends=True)
    for body in sorted(_bodies(ast.parse(text)), key=lambda each: each[0].lineno, reverse=True):
        start, end = body[0].lineno - 1, body[-1].end_lineno or 0
        lines[start:end] = lines[start:end] * count
    return "".join(lines)


def _bodies(tree: ast.Module | ast.ClassDef) -> Iterator[list[ast.stmt]]:
    for each in tree.body:
        if isinstance(each, ast.ClassDef):
            yield from _bodies(each)
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.body[0].lineno > each.lineno:
            inner = [stmt for stmt in each.body if getattr(stmt, "decorator_list", None)]
            if not inner:
                yield each.body


def _segment(text: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min(each.lineno for each in (node, *decorators))
    lines = text.splitlines(keepends=True)[first - 1 : node.end_lineno]
    return "".join(lines) + ("\n\n" if hasattr(node, "body") else "")
