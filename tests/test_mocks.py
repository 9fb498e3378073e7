"""Where a mock goes in its file, and what its uses say; what becomes of each stands in the fixtures."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from textwrap import dedent

import pytest

from codemods.analysis.mocking.finished import finished
from codemods.analysis.mocking.mock_arguments import dataclass_field
from codemods.analysis.mocking.mock_effects import effect
from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.mock_uses import Kind, Trail, Use
from codemods.analysis.mocking.mock_values import Nature, returned
from codemods.analysis.mocking.moves import can_move, text_of
from codemods.model import Evidence
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import Answer, coroutine_function
from codemods.semantics.pytest.values.mocks import mock_class
from codemods.semantics.pytest.values.patches import patches, receivers

HEAD = """
import asyncio
import functools
import elsewhere
import pytest
from unittest.mock import AsyncMock, Mock, call, patch


def done(value=None):
    future = asyncio.Future()
    future.set_result(value)
    return future


async def give(value):
    return value


async def work():
    await asyncio.sleep(0)
    return 1


class Service:
    def __init__(self, load):
        self.load = load

    async def run(self):
        await self.load()

    async def save(self): ...

    def size(self): return 1


class Unknown(elsewhere.Base):
    pass
"""


def _suite(source: str) -> Suite:
    return Suite(Module("test_it.py", HEAD + dedent(source)), PytestConfig())


def _kinds(source: str) -> set[tuple[str, Kind]]:
    """Return what is done with the first ``Mock`` of a source, by path."""
    suite = _suite(source)
    first = next(each for each in suite.module.nodes(ast.Call) if mock_class(suite.module, each) == "Mock")
    found = Flow(suite).uses(first)
    return {(".".join(use.path), use.kind) for use in found if use.kind is not Kind.STANDS}


AWAITED = {("", Kind.AWAITED)}
ESCAPE = {("", Kind.ESCAPE)}
OTHER = {("", Kind.OTHER)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await m()", AWAITED),
        ("await m.get.put(1)", {("get.put", Kind.AWAITED)}),
        ("m()", {("", Kind.SYNC)}),
        ("x = m()\n    await x.get()", {("", Kind.SYNC), ("return_value.get", Kind.AWAITED)}),
        ("x = m()\n    await x", {("", Kind.WAITED)}),
        ("x = m()\n    print(x)\n    await x", {("", Kind.SYNC), ("return_value", Kind.OTHER)}),
        ("await asyncio.gather(*[m(i) for i in (1, 2)])", {("", Kind.WAITED)}),
        ("tasks = [asyncio.create_task(m())]", {("", Kind.WAITED)}),
        ("loop.run_until_complete(m())", {("", Kind.WAITED)}),
        ("await m", OTHER),
        ("async with m as x: pass", OTHER),
        ("for x in m: pass", OTHER),
        ("m[0]", OTHER),
        ("del m.get", OTHER),
        ("m.count += 1", OTHER),
        ("m.configure_mock(x=1)", OTHER),
        ("asyncio.to_thread(m)", OTHER),
        ("pytest.raises(ValueError, m)", OTHER),
        ("isinstance(m, list)", OTHER),
        ("isinstance(m, Mock)", set()),
        ("case.assertIsInstance(m, list)", OTHER),
        ("case.assertIs(m, 1)", set()),
        ("type(m).x = 1", OTHER),
        ("getattr(m, 'get')()", ESCAPE),
        ("print(m, f'{m}')\n    assert m is not None", set()),
        ("assert m.called and m.call_args", {("", Kind.READ)}),
        ("m.assert_called_once()", {("", Kind.ASSERT)}),
        ("m.reset_mock()", set()),
        ("m.get.return_value = 1", {("get.return_value", Kind.WRITE)}),
        ("elsewhere.run(m)", ESCAPE),
        ("x = [m]", ESCAPE),
        ("x['a'] = m", ESCAPE),
        ("x, y = m, 1", ESCAPE),
        ("return m", ESCAPE),
        ("call = lambda: m", ESCAPE),
        ("elsewhere.f().x = m", ESCAPE),
        ("n = Mock(side_effect=m)", ESCAPE),
        ("n = Mock(get=m)\n    await n.get()", AWAITED),
        ("n = Mock(return_value=m)\n    await n()()", AWAITED),
        ("class A(x=m): pass", ESCAPE),
        ("n = m\n    await n()", AWAITED),
        ("if m:\n        n = m\n    else:\n        n = 1\n    await n()", {("", Kind.REBOUND)}),
        ("a = m\n    b = a\n    c = b\n    d = c\n    e = d\n    f = e\n    g = f\n    h = g\n    await h()", OTHER),
        ("await Service(m).run()", AWAITED),
        ("await Service(load=m).run()", AWAITED),
        ("Service(*[1], m)", ESCAPE),
        ("await done(m)", {("", Kind.ESCAPE)}),
        ("s = Service(1)\n    s.load = m", AWAITED),
        ("s = Unknown()\n    s.load = m", ESCAPE),
        ("s = Service(1)\n    s.save = m", {("", Kind.TARGET)}),
        ("s = Service(1)\n    s.size = m", {("", Kind.SYNC)}),
        ("patch.object(Service, 'save', m)", {("", Kind.TARGET), ("", Kind.ESCAPE)}),
        ("with patch('elsewhere.x', m) as n: await n()", {("", Kind.AWAITED), ("", Kind.ESCAPE)}),
        ("monkeypatch.setattr(Service, 'size', m)", {("", Kind.SYNC), ("", Kind.ESCAPE)}),
    ],
)
def test_uses(body: str, expected: set[tuple[str, Kind]]) -> None:
    found = _kinds(f"async def test_it(monkeypatch, loop):\n    m = Mock()\n    {body}\n")
    assert found == expected


def test_a_name_that_a_branch_binds_again() -> None:
    assert _kinds("async def test_it():\n    m = Mock()\n    if m:\n        m = 1\n    await m()") == {
        ("", Kind.REBOUND)
    }


def test_a_name_that_is_used_again() -> None:
    assert _kinds("async def test_it():\n    m = Mock()\n    m()\n    m = Mock()\n    await m()") == {("", Kind.SYNC)}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("@pytest.fixture\ndef thing():", AWAITED),
        ("@pytest.fixture(name='thing')\ndef make_thing():", AWAITED),
        ("@pytest.fixture\ndef other():", set()),
        ("@elsewhere.cached\ndef thing():", ESCAPE),
    ],
)
def test_users_of_a_fixture(function: str, expected: set[tuple[str, Kind]]) -> None:
    assert _kinds(f"{function}\n    return Mock()\n\nasync def test_it(thing):\n    await thing()\n") == expected


def test_a_parametrized_name_is_not_the_fixture() -> None:
    marked = "@pytest.mark.parametrize('thing', [1])\nasync def test_it(thing):\n    await thing()\n"
    assert _kinds(f"@pytest.fixture\ndef thing():\n    return Mock()\n\n{marked}") == set()


def test_a_fixture_that_is_fetched_by_name() -> None:
    test = "def test_it(request):\n    request.getfixturevalue('thing')()\n"
    assert _kinds(f"@pytest.fixture\ndef thing():\n    return Mock()\n\n{test}") == ESCAPE


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("await make()()", AWAITED),
        ("m = make()\n    await m()", AWAITED),
        ("elsewhere.run(make)", ESCAPE),
        ("pass", ESCAPE),
    ],
)
def test_callers_of_a_helper(use: str, expected: set[tuple[str, Kind]]) -> None:
    assert _kinds(f"def make():\n    return Mock()\n\nasync def test_it():\n    {use}\n") == expected


def test_a_generator_that_is_no_fixture() -> None:
    assert _kinds("def make():\n    yield Mock()\n\nasync def test_it():\n    make()\n") == ESCAPE


def test_attributes_of_self() -> None:
    source = """
    class TestIt:
        def setup_method(self):
            self.m = Mock()

        async def test_a(self):
            await self.m()

        def test_b(self):
            self.m()
    """
    assert _kinds(source) == {("", Kind.AWAITED), ("", Kind.SYNC)}


def test_attributes_of_self_below_an_unknown_base() -> None:
    source = "class TestIt(Unknown):\n    def test_a(self):\n        self.m = Mock()\n"
    assert _kinds(source) == ESCAPE


def test_one_test_does_not_see_what_another_stores() -> None:
    source = """
    class TestIt:
        async def test_a(self):
            self.m = Mock()
            await self.m()

        def test_b(self):
            self.m()
    """
    assert _kinds(source) == AWAITED


@pytest.mark.parametrize(
    ("value", "nature", "text"),
    [
        ("1", Nature.PLAIN, ""),
        ("[done()]", Nature.PLAIN, ""),
        ("Mock()", Nature.PLAIN, ""),
        ("Service(1)", Nature.PLAIN, ""),
        ("elsewhere.Thing()", Nature.PLAIN, ""),
        ("elsewhere.FLAG", Nature.PLAIN, ""),
        ("'a'.encode()", Nature.PLAIN, ""),
        ("functools.partial(work)", Nature.PLAIN, ""),
        ("1 if x else 2", Nature.PLAIN, ""),
        ("done(3)", Nature.WRAPPED, "3"),
        ("done(value=3)", Nature.WRAPPED, "3"),
        ("done()", Nature.WRAPPED, "None"),
        ("give(x)", Nature.WRAPPED, "x"),
        ("done(done(1))", Nature.STUCK, ""),
        ("1 if x else done(2)", Nature.STUCK, ""),
        ("work()", Nature.STUCK, ""),
        ("asyncio.Future()", Nature.STUCK, ""),
        ("loop.create_future()", Nature.STUCK, ""),
        ("asyncio.sleep(0)", Nature.STUCK, ""),
        ("AsyncMock()()", Nature.STUCK, ""),
        ("elsewhere.Future()", Nature.OPAQUE, ""),
        ("elsewhere.make()", Nature.OPAQUE, ""),
        ("{'a': 1}.copy()", Nature.PLAIN, ""),
        ("x.copy()", Nature.OPAQUE, ""),
        ("elsewhere.value", Nature.UNKNOWN, ""),
        ("x", Nature.UNKNOWN, ""),
        ("x[0]", Nature.UNKNOWN, ""),
    ],
)
def test_return_values(value: str, nature: Nature, text: str) -> None:
    suite = _suite(f"def test_it(x, loop):\n    Mock(return_value={value})\n")
    found = returned(suite, _keyword(suite.module))
    assert (found.nature, found.text) == (nature, text)


@pytest.mark.parametrize(
    ("value", "nature", "text"),
    [
        ("None", Nature.PLAIN, ""),
        ("ValueError", Nature.PLAIN, ""),
        ("elsewhere.ApiError('x')", Nature.PLAIN, ""),
        ("StopIteration", Nature.STOP, ""),
        ("[1, ValueError()]", Nature.PLAIN, ""),
        ("[1, StopAsyncIteration()]", Nature.STOP, ""),
        ("[done(1), 2]", Nature.WRAPPED, "[1, 2]"),
        ("[done(1), x]", Nature.STUCK, ""),
        ("[x]", Nature.UNKNOWN, ""),
        ("[*x]", Nature.UNKNOWN, ""),
        ("iter([1, 2])", Nature.PLAIN, ""),
        ("iter([done(1)])", Nature.STUCK, ""),
        ("work", Nature.PLAIN, ""),
        ("done", Nature.STUCK, ""),
        ("AsyncMock()", Nature.PLAIN, ""),
        ("functools.partial(work, 1)", Nature.PLAIN, ""),
        ("lambda y: y", Nature.UNKNOWN, ""),
        ("lambda y: 1", Nature.PLAIN, ""),
        ("lambda y: done(y)", Nature.WRAPPED, "lambda y: y"),
        ("lambda y: work()", Nature.STUCK, ""),
        ("lambda: work()", Nature.WRAPPED, "work"),
        ("lambda *a, **k: give(*a, **k)", Nature.WRAPPED, "give"),
        ("lambda y=1: give(y)", Nature.WRAPPED, "lambda y=1: y"),
        ("asyncio.coroutine(lambda: 1)", Nature.WRAPPED, "lambda: 1"),
        ("x", Nature.UNKNOWN, ""),
        ("[elsewhere.make()]", Nature.OPAQUE, ""),
        ("elsewhere.make()", Nature.OPAQUE, ""),
        ("lambda: elsewhere.make()", Nature.OPAQUE, ""),
    ],
)
def test_side_effects(value: str, nature: Nature, text: str) -> None:
    suite = _suite(f"def test_it(x):\n    Mock(side_effect={value})\n")
    found = effect(suite, _keyword(suite.module))
    assert (found.nature, found.text) == (nature, text)


def _keyword(module: Module) -> ast.expr:
    made = [each for each in module.nodes(ast.Call) if mock_class(module, each) == "Mock"]
    return made[0].keywords[0].value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("f = asyncio.Future()\n    f.set_result(1)\n    use(f)", "1"),
        ("f = asyncio.Future()\n    f.set_exception(E())\n    use(f)", "E()"),
        ("f = done(2)\n    use(f)", "2"),
        ("f = asyncio.Future()\n    f.set_result(1)\n    use(f)\n    use(f)", None),
        ("f = asyncio.Future()\n    f.set_result(1)\n    f.done()\n    use(f)", None),
        ("f = asyncio.Future()\n    if x:\n        f.set_result(1)\n    use(f)", None),
        ("f = asyncio.Future()\n    loop.call_soon(f.set_result, 1)\n    use(f)", None),
        ("f = 1\n    use(f)", None),
        ("f = done(1)\n    if x:\n        f = done(2)\n    use(f)", None),
    ],
)
def test_finished_futures(body: str, expected: str | None) -> None:
    module = _suite(f"def test_it(x, loop):\n    {body}\n").module
    use = next(each for each in module.nodes(ast.Call) if isinstance(each.func, ast.Name) and each.func.id == "use")
    found = finished(module, use.args[0])
    assert (found and ast.unparse(found.value)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("source({'a': 1})\n    n = 2\n    target()", True),
        ("source(x)\n    target()", True),
        ("target()\n    source(x)", True),
        ("source(y)\n    target()\n    y = 1", False),
        ("target()\n    y = 1\n    source(y)", False),
        ("source(elsewhere.make())\n    n = 2\n    target()", False),
        ("source(elsewhere.make())\n    target()", True),
        ("source([z for z in x])\n    n = 2\n    target()", True),
        ("source((z := 1))\n    target()", False),
    ],
)
def test_moves(body: str, expected: bool) -> None:
    module = _suite(f"def test_it(x):\n    {body}\n").module
    calls = {each.func.id: each for each in module.nodes(ast.Call) if isinstance(each.func, ast.Name)}
    source = calls["source"]
    assert can_move(module, source.args[0], module.parents[source], calls["target"]) is expected


def test_text_that_needs_parentheses() -> None:
    module = Module("test_it.py", "f(\n    1\n    + 2\n)\n")
    call = module.nodes(ast.Call)[0]
    assert text_of(module, call.args[0], call) == "(1\n+ 2)"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("async def f(): ...", Answer.ASYNC),
        ("def f(): ...", Answer.SYNC),
        ("async def f(): yield", Answer.SYNC),
        ("@staticmethod\nasync def f(): ...", Answer.ASYNC),
        ("@elsewhere.wrapped\nasync def f(): ...", Answer.UNKNOWN),
        ("class f: ...", Answer.SYNC),
        ("f = 1", Answer.UNKNOWN),
    ],
)
def test_answers(definition: str, expected: Answer) -> None:
    module = Module("test_it.py", definition + "\n")
    assert coroutine_function(module, module.tree.body[0]) is expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("@patch('app.f')\n    def test(self, f): pass", "f"),
        ("@staticmethod\n    @patch('app.f')\n    def test(f, g): pass", "f"),
    ],
)
def test_patch_gives_its_mock_to_the_first_parameter_that_is_no_receiver(method: str, expected: str) -> None:
    module = _suite(f"class TestIt:\n    {method}\n").module
    calls = (patch for call in module.nodes(ast.Call) for patch in patches(module, call))
    assert [each.arg for patch in calls for each in receivers(module, patch) if isinstance(each, ast.arg)] == [expected]


@pytest.mark.parametrize(("others", "expected"), [("", "client"), ("x: ClassVar[int]", "client"), ("_: KW_ONLY", None)])
def test_a_dataclass_takes_its_fields(others: str, expected: str | None) -> None:
    text = f"import dataclasses\n@dataclasses.dataclass\nclass App:\n    {others}\n    client: Client\nApp(client)\n"
    module = _suite(text).module
    call = module.nodes(ast.Call)[-1]
    found = dataclass_field(module, call, call.args[0])
    assert (found[1] if found else None) == expected


def test_a_use_of_another_object_keeps_all_but_its_path() -> None:
    values = {each.name: each.name for each in fields(Use)} | {"evidence": Evidence("a.py", 7, "a()")}
    use = Use(**values)  # type: ignore[arg-type]
    assert use.at(("other",)) == replace(use, path=("other",))
    assert hash(use) == hash(replace(use, origin=None))


def test_a_trail_keeps_all_but_its_end() -> None:
    trail = Trail(("a",), ast.Name("a"), shared=True, depth=5, family=(ast.ClassDef("A"),))
    assert trail.below("b") == replace(trail, path=("a", "b"))
    assert trail.onwards(None) == replace(trail, origin=None, depth=4)
