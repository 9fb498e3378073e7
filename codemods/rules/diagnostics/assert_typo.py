"""PAM926: what looks like an assertion about a mock, and asserts nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import get_close_matches

from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._known_mocks import Attributes, known_mock
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once

_OF_CALLS = ("called_once_with", "called_with", "called_once", "has_calls", "any_call", "not_called")
_OF_AWAITS = ("awaited_once_with", "awaited_with", "awaited_once", "awaited", "has_awaits", "any_await", "not_awaited")
_ASSERTIONS = tuple(f"assert_{each}" for each in (*_OF_CALLS, *_OF_AWAITS, "called"))
_MISSPELT = re.compile(rf"(?:asert|aseert|assrt|assret)_\w+|asset_(?:called|{'|'.join((*_OF_CALLS, *_OF_AWAITS))})")
_ERROR_SINCE = {"asert": "3.10", "aseer": "3.10", "assrt": "3.10", "assre": "3.5"}
"""Since which Python a mock has no attributes that begin so, unless its spec does."""
_CHECKS = frozenset({"assertTrue", "assert_", "failUnless"})


class AssertTypo(Rule):
    """Finds assertions about mocks that assert nothing.

    ## What it does

    Lists `called_once_with`, `called_with`, `has_calls`, `awaited_once_with` and the others of which `assert_` is missing,
    `asert_called_once` and other misspellings, and `assert_called_once` that isn't called: each as a statement, after
    `assert`, or in `assertTrue(...)`, and of what the file shows to be a mock.

    ## Why

    A mock has every attribute that it is asked for, and each is true: the test passes whatever the code does. Python
    3.12 and later raise `AttributeError` for those forms of calls where `assert_` is missing (`called_once_with`,
    `called_with`, `called_once`, `has_calls`, `any_call`, `not_called`), and Python 3.10 and later for names that begin
    with `asert`, `aseert` or `assrt`; `assret` is refused by all. The forms of awaits (`awaited_once_with`, `awaited`,
    `not_awaited`, ...), `asset_called`, and an assertion that isn't called assert nothing on any Python, nor does anything
    that a mock with `unsafe=True` is asked for.

    ## Safety

    Changes nothing: an assertion that has never held may fail once it is written right. A mock with a spec is passed over
    where it has the attribute or raises `AttributeError` on every Python.

    ## References

    - [unittest.mock: Mock, unsafe](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.Mock)
    """

    code = "PAM926"
    name = "assert-typo"
    summary = "What looks like an assertion about a mock asserts nothing"
    safety = Safety.MANUAL
    triggers = (b"Mock", b"patch", b"mocker", b"autospec")
    pattern = (
        rf"\.\s*(?:{'|'.join((*_OF_CALLS, *_OF_AWAITS))}|{_MISSPELT.pattern}|assert_\w+[ \t]*(?![\w(\\ \t]))".encode()
    )
    examples = (
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = AsyncMock()\n"
            "    await send(1)\n"
            "    assert send.awaited_once_with(2)\n",
            title="`assert_` is missing",
        ),
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "def test_send():\n"
            "    client = Mock()\n"
            "    client.send(1)\n"
            "    client.send.assert_called_once\n",
            title="not called",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each."""
        module = context.module
        for node in module.nodes(ast.Attribute):
            if (message := _message(module, node)) and not is_expected_to_raise(module, node):
                kind = known_mock(context.suite, node.value)
                real = node.attr in _ASSERTIONS
                if kind is Attributes.ANY or (real and kind is not None):
                    if real or not _has_other_uses(module, node.attr):
                        yield self.finding(context, node, message)


def _message(module: Module, node: ast.Attribute) -> str | None:
    """Return what is wrong with an attribute that stands where an assertion would."""
    text = f"`{' '.join(module.segment(node).split())}`"
    if not _is_asserted(module, node):
        return None
    if node.attr in _ASSERTIONS:
        return None if module.is_called(node) else f"{text} isn't called, so that it asserts nothing"
    if node.attr in (*_OF_CALLS, *_OF_AWAITS):
        since = "3.12" if node.attr in _OF_CALLS else None
        return _wrong(text, f"assert_{node.attr}", since)
    if not _MISSPELT.fullmatch(node.attr):
        return None
    meant = get_close_matches(node.attr, _ASSERTIONS, 1)
    return _wrong(text, meant[0] if meant else None, _ERROR_SINCE.get(node.attr[:5]))


def _wrong(text: str, meant: str | None, since: str | None) -> str:
    error = f" (since Python {since} an AttributeError)" if since else ""
    return f"{text} asserts nothing{error}{f': `{meant}` is meant' if meant else ''}"


def _is_asserted(module: Module, node: ast.Attribute) -> bool:
    """Return whether an attribute, or what a call of it gives, is a statement or the whole of an assertion."""
    top: ast.AST = module.parents[node] if module.is_called(node) else node
    while isinstance(module.parents[top], (ast.Await, ast.BoolOp)):
        top = module.parents[top]
    parent = module.parents[top]
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute):
        return parent.func.attr in _CHECKS and parent.args[:1] == [top]
    return isinstance(parent, ast.Expr) or (isinstance(parent, ast.Assert) and parent.test is top)


@once
def _has_other_uses(module: Module, name: str) -> bool:
    """Return whether the file does more with attributes of that name: then what the mock stands for may have it."""
    return any(not _is_asserted(module, each) for each in module.attributes.get(name, ()))
