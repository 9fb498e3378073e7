"""PAM926: which attributes of which objects are found, and what is said of them."""

from __future__ import annotations

import sys
from textwrap import dedent
from unittest.mock import AsyncMock, Mock

import pytest

from codemods import Settings, migrate_source
from codemods.rules.diagnostics.assert_typo import _OF_AWAITS, _OF_CALLS

HEAD = """
import pytest
import unittest
from contextlib import ExitStack
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec, patch

import app
"""


def _messages(source: str) -> list[str]:
    result = migrate_source(HEAD + dedent(source), settings=Settings(select=("PAM926",)))
    assert result.error is None
    return [each.message for each in result.findings]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("assert m.called_once_with(1)", "(since Python 3.12 an AttributeError): `assert_called_once_with` is meant"),
        ("assert m.called_with(1), 'not sent'", "`assert_called_with` is meant"),
        ("assert m.called_once", "`m.called_once` asserts nothing"),
        ("m.called_once_with(1)", "`m.called_once_with` asserts nothing"),
        ("m.called_with(1)", "`assert_called_with`"),
        ("m.has_calls([])", "`assert_has_calls`"),
        ("m.not_called()", "`assert_not_called`"),
        ("m.any_call(1)", "`assert_any_call`"),
        ("m.awaited_once_with(1)", "asserts nothing: `assert_awaited_once_with` is meant"),
        ("assert m.awaited", "asserts nothing: `assert_awaited` is meant"),
        ("await m.awaited_with(1)", "`assert_awaited_with`"),
        ("m.asert_called_once()", "(since Python 3.10 an AttributeError): `assert_called_once` is meant"),
        ("m.aseert_called_with(1)", "since Python 3.10"),
        ("m.assrt_not_called()", "`assert_not_called` is meant"),
        ("m.assret_called_once_with(1)", "since Python 3.5 an AttributeError"),
        ("m.asert_x()", "`m.asert_x` asserts nothing (since Python 3.10 an AttributeError)"),
        ("m.asset_called_once_with(1)", "asserts nothing: `assert_called_once_with` is meant"),
        ("m.assert_called_once\n    check(m.assert_called_once)", "`m.assert_called_once` isn't called"),
        ("m.assert_called_once", "`m.assert_called_once` isn't called, so that it asserts nothing"),
        ("assert m.assert_called", "isn't called"),
        ("assert m.send.assert_awaited_once, 'not sent'", "`m.send.assert_awaited_once` isn't called"),
        ("assert m.x and m.called_with(1)", "`assert_called_with`"),
        ("self.assertTrue(m.called_with(1))", "`assert_called_with`"),
        ("m.client.send.called_with(1)", "`m.client.send.called_with` asserts nothing"),
    ],
)
def test_what_asserts_nothing(statement: str, message: str) -> None:
    found = _messages(f"async def test_it(self):\n    m = Mock()\n    {statement}\n")
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    "statement",
    [
        "m.assert_called_once_with(1)",
        "m.assert_called_once()",
        "assert m.called",
        "assert m.call_count == 1",
        "assert m.called_with(1) == 2",
        "assert not m.called_with(1)",
        "assert 1, m.called_with(1)",
        "found = m.called_with(1)",
        "check = m.assert_called_once",
        "check(m.assert_called_once)",
        "self.assertTrue(1, m.called_with)",
        "self.check(m.called_with(1))",
        "m.asset_manager()",
        "m.asserted()",
        "m.called_number()",
        "with pytest.raises(AttributeError):\n        m.called_with(1)",
        "m.called_with = lambda x: x\n    assert m.called_with(1)",
        "m.called_with.return_value = True\n    assert m.called_with(1)",
        "assert m.called_with(1)\n    m.called_with.assert_called_once_with(1)",
        "m.call_args.called_with(1)",
        "m.__enter__.called_with(1)",
        "m().called_with(1)",
        "m.send = app.send\n    m.send.called_with(1)",
        "m.send, m.get = 1, 2\n    m.send.called_with(1)",
        "m.configure_mock(**{'send.x': app.send})\n    m.send.called_with(1)",
        "setattr(m, 'send', app.send)\n    m.send.called_with(1)",
        "patch.object(m, 'send', app.send).start()\n    m.send.called_with(1)",
    ],
)
def test_what_is_none_of_it(statement: str) -> None:
    assert not _messages(f"def test_it(self, check):\n    m = Mock()\n    {statement}\n")


@pytest.mark.parametrize(
    "made",
    [
        "m = MagicMock(name='m')",
        "m = mock.AsyncMock()",
        "m = patch('app.send').start()",
        "p = patch('app.send')\n    m = p.start()",
        "m = ExitStack().enter_context(patch.object(app, 'send'))",
        "m = mocker.patch('app.send', return_value=1)",
        "m = mocker.patch.object(app, 'send', new_callable=mocker.AsyncMock)",
        "m = mocker.MagicMock()",
        "other = Mock()\n    m = other",
        "m = Mock(spec=app.Client).send",
        "m = Mock(send=Mock()).send",
        "given.add('n', 'send')\n    found = {1: 'send', **given}\n    object()\n    m = Mock().send",
        "m = mocker.patch('app.send', new_callable=MagicMock)",
        "m = patch('app.send', Mock()).start()",
    ],
)
def test_a_mock(made: str) -> None:
    assert _messages(f"def test_it(mocker, given):\n    {made}\n    m.called_with(1)\n")


@pytest.mark.parametrize(
    "made",
    [
        "m = app.client()",
        "m = app.Mock()",
        "m = given",
        "m = Mock() if given else app.client()",
        "m = Mock()\n    if given:\n        m = app.client()",
        "m = Mock(app.Client)",
        "m = Mock(spec=app.Client)",
        "m = MagicMock(spec_set=app.Client)",
        "m = Mock(wraps=app.client)",
        "m = Mock(**given)",
        "m = create_autospec(app.Client)",
        "m = create_autospec(app.Client).send",
        "m = mocker.spy(app, 'send')",
        "m = mocker.stub()",
        "m = mocker.patch('app.send', autospec=True)",
        "m = mocker.patch('app.send', spec=app.send)",
        "m = mocker.patch('app.send', new_callable=app.Client)",
        "m = mocker.patch('app.send', app.client())",
        "m = mocker.patch.dict('app.values')",
        "m = given.start()",
        "m = given.push(patch('app.send'))",
        "m = given.enter_context()",
        "m = patch('app.send')",
        "m = Mock(send=app.send).send",
    ],
)
def test_no_mock_for_sure(made: str) -> None:
    assert not _messages(f"def test_it(mocker, given):\n    {made}\n    m.called_with(1)\n")


def test_an_assertion_of_what_may_be_no_mock() -> None:
    assert not _messages("def test_it():\n    m = app.client()\n    m.assert_called_once\n")


@pytest.mark.parametrize(
    "made", ["create_autospec(app.Client)", "Mock(spec=app.Client)", "mocker.spy(app, 'send')", "mocker.stub()"]
)
def test_each_mock_has_the_assertions_that_are_not_called(made: str) -> None:
    assert _messages(f"def test_it(mocker):\n    m = {made}\n    m.assert_called_once\n")
    assert not _messages(f"def test_it(mocker):\n    m = {made}\n    m.called_once\n")


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("@patch('app.send')\ndef test_it(m):\n    m.called_with(1)\n", 1),
        ("@patch('app.send', autospec=True)\ndef test_it(m):\n    m.called_with(1)\n", 0),
        (
            "@patch('app.send')\n@patch('app.get', 1)\ndef test_it(m, x):\n    m.called_with()\n    x.called_with()\n",
            1,
        ),
        ("@app.patch('app.send')\ndef test_it(m):\n    m.called_with(1)\n", 0),
        ("def test_it():\n    with patch('app.send') as m:\n        m.called_with(1)\n", 1),
        ("def test_it():\n    with app.patch('app.send') as m:\n        m.called_with(1)\n", 0),
        ("def test_it():\n    with patch.multiple('app', send=Mock()) as m:\n        m.called_with(1)\n", 0),
        ("@pytest.fixture\ndef m():\n    return Mock()\ndef test_it(m):\n    m.called_with(1)\n", 1),
        ("@pytest.fixture\ndef m():\n    return app.client()\ndef test_it(m):\n    m.called_with(1)\n", 0),
    ],
)
def test_what_binds_a_mock(source: str, count: int) -> None:
    assert len(_messages(source)) == count


@pytest.mark.parametrize(
    ("stored", "count"),
    [
        ("self.m = Mock()", 1),
        ("self.m = app.client()", 0),
        ("self.m = Mock()\n        self.m = app.client()", 0),
        ("self.m, self.n = Mock(), 1", 0),
        ("self.n = Mock()", 0),
    ],
)
def test_what_a_test_case_keeps(stored: str, count: int) -> None:
    source = "class TestIt(unittest.TestCase):\n    def setUp(self):\n        {}\n    def test_it(self):\n        {}\n"
    assert len(_messages(source.format(stored, "self.m.called_with(1)"))) == count


def test_what_other_classes_keep() -> None:
    source = """
        class Base:
            def set_up(self):
                self.m = Mock()
                self.n = Mock()

        class TestIt(Base):
            def test_it(self):
                self.m.called_with(1)
                self.n.called_with(1)

        class Other:
            def set_up(self):
                self.m = app.client()

        class TestHeir(TestIt):
            def set_up(self):
                self.n = app.client()
    """
    assert [each.split("`")[1] for each in _messages(source)] == ["self.m.called_with"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("a.m = Mock()\n    a.m.called_with(1)", 1),
        ("a.m = Mock()\n    with given:\n        a.m.called_with(1)", 1),
        ("if given:\n        a.m = Mock()\n    a.m.called_with(1)", 0),
        ("a.m.called_with(1)\n    a.m = Mock()", 0),
        ("a.m = Mock()\n    a.m = app.client()\n    a.m.called_with(1)", 0),
        ("given.m = Mock()\n    a.m.called_with(1)", 0),
        ("a.m = Mock()\n    a.n.called_with(1)", 0),
        ("a.m = app.client()\n    a.m.called_with(1)", 0),
    ],
)
def test_what_is_put_in_an_attribute(body: str, count: int) -> None:
    assert len(_messages(f"def test_it(given):\n    a, b = app.make()\n    {body}\n")) == count


@pytest.mark.parametrize("name", [*_OF_CALLS, *_OF_AWAITS])
def test_what_python_makes_of_a_missing_assert(name: str) -> None:
    """The page says so: an error since 3.12 for calls, nothing for awaits."""
    for kind in (Mock, AsyncMock):
        fails = sys.version_info >= (3, 12) and name in _OF_CALLS
        assert hasattr(kind(), name) is not fails


@pytest.mark.parametrize(("name", "fails"), [("asert_x", True), ("assrt_x", True), ("aseert_x", True),
                                             ("assret_x", True), ("asset_called", False)])  # fmt: skip
def test_what_python_makes_of_a_misspelling(name: str, fails: bool) -> None:
    assert hasattr(Mock(), name) is not fails
    assert hasattr(Mock(unsafe=True), name)
