"""What an ``asynctest.TestCase`` says about its loop and about what is checked after a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.rules.legacy._async_cases import Family, own_methods
from codemods.rules.legacy._asynctest import CHECKS, is_asynctest, name_of
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.test_cases import methods

_SETTINGS = frozenset({"forbid_get_event_loop", "use_default_loop"})
_ASSERTIONS = {
    "assertAsyncRaises": "assertRaises",
    "assertAsyncRaisesRegex": "assertRaisesRegex",
    "assertAsyncWarns": "assertWarns",
    "assertAsyncWarnsRegex": "assertWarnsRegex",
}


def check_name(decorator: Decorator) -> str | None:
    """Return which of asynctest's decorators for checks a decorator is."""
    name = name_of(decorator.name) if is_asynctest(decorator.name) and decorator.name else ""
    return name if name in CHECKS else None


def is_known(decorator: Decorator) -> bool:
    """Return whether a decorator of asynctest's, or one that copies tests, leaves an async test async."""
    if not is_asynctest(decorator.name):
        return (decorator.name or "").startswith("ddt.")
    return name_of(decorator.name or "").partition(".")[0] in CHECKS | {"patch", "skip", "skipIf", "skipUnless",
                                                                        "expectedFailure"}  # fmt: skip


def settings(module: Module, family: Family) -> list[ast.Assign]:
    """Return the statements that say what asynctest does with loops."""
    found = (each for member in family.members for each in member.body if isinstance(each, ast.Assign))
    return [each for each in found if _target(each) in _SETTINGS]


def _target(node: ast.Assign) -> str | None:
    only = node.targets[0] if len(node.targets) == 1 else None
    return only.id if isinstance(only, ast.Name) else None


def check_doubts(suite: Suite, family: Family) -> Iterator[str]:
    """Yield what asynctest does for the classes that unittest doesn't."""
    for node in own_methods(suite.module, family):
        for decorator in suite.decorators(node):
            if (name := check_name(decorator)) is not None and not _is_off(name, decorator.call):
                yield f"unittest doesn't check what `{suite.module.segment(decorator.node)}` does"
    for each in settings(suite.module, family):
        shares = _target(each) == "use_default_loop" and ast.unparse(each.value) != "False"
        if shares and any("setUpClass" in methods(suite.module, member) for member in family.members):
            yield "`use_default_loop` has `setUpClass` share its loop with the tests"
    yield from _assertions(suite.module, family)


def _is_off(name: str, call: ast.Call | None) -> bool:
    """Return whether a decorator only switches checks off."""
    if name in ("lenient", "ignore_loop"):
        return True
    values = [each.value for each in call.keywords] if call is not None and name == "fail_on" else []
    return bool(values) and all(isinstance(each, ast.Constant) and not each.value for each in values)


def _assertions(module: Module, family: Family) -> Iterator[str]:
    for node in own_methods(module, family):
        for each in walk(node):
            if isinstance(each, ast.Attribute) and each.attr in _ASSERTIONS:
                yield f"unittest has no `{each.attr}`: write `with self.{_ASSERTIONS[each.attr]}(…):` around an `await`"
