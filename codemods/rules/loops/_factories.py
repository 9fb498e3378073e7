"""Other kinds of event loops, in the words of pytest-asyncio 1.3 and of 1.4.

Since 1.4 the hook ``pytest_asyncio_loop_factories`` of a conftest says which loops there are; before, a fixture
``event_loop_policy`` does, which 1.4 deprecates
(https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/uvloop.html).
"""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from codemods.analysis.loops.overrides import Override
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.declarations import Declaration

HOOKS = (1, 4)
"""The first version of pytest-asyncio that asks for loop factories."""
_OF_POLICY = {
    "uvloop.EventLoopPolicy": "uvloop.new_event_loop",
    "winloop.EventLoopPolicy": "winloop.new_event_loop",
    "asyncio.DefaultEventLoopPolicy": "asyncio.new_event_loop",
    "asyncio.WindowsSelectorEventLoopPolicy": "asyncio.SelectorEventLoop",
    "asyncio.WindowsProactorEventLoopPolicy": "asyncio.ProactorEventLoop",
}
"""What makes the loops of a policy."""
_OF_FACTORY = {
    "uvloop.new_event_loop": "uvloop.EventLoopPolicy",
    "uvloop.Loop": "uvloop.EventLoopPolicy",
    "winloop.new_event_loop": "winloop.EventLoopPolicy",
}
"""The policy whose loops a function makes."""


def hook(factory: str) -> str:
    """Return the hook that has all tests below a conftest run on the loops of one factory."""
    return f'def pytest_asyncio_loop_factories(config, item):\n    return {{"{_named(factory)}": {factory}}}\n'


def policy_fixture(pytest: str, policy: str) -> str:
    """Return the fixture that has the tests in its reach run on the loops of a policy."""
    return f'@{pytest}.fixture(scope="session")\ndef event_loop_policy():\n    return {policy}()\n'


def _named(factory: str) -> str:
    first, _, last = factory.rpartition(".")
    return first if last == "new_event_loop" and first else last


def factory_of_policy(module: Module, node: ast.expr) -> str | None:
    """Return the factory, as the file would write it, of the loops that a new policy makes."""
    if not isinstance(node, ast.Call) or node.args or node.keywords:
        return None
    factory = _OF_POLICY.get(module.resolve(node.func) or "")
    return _rewritten(module, node.func, factory)


def factory(override: Declaration, found: Override) -> str | None:
    """Return what makes the loop of an ``event_loop`` fixture, if it makes one and does nothing else."""
    if len(found.custom_statements) != 1 or found.others:
        return None
    made = getattr(found.custom_statements[0], "value", None)
    if not isinstance(made, ast.Call) or made.args or made.keywords:
        return None
    return override.context.module.segment(made.func) if override.context.module.resolve(made.func) else None


def policy(override: Declaration, found: Override) -> str | None:
    """Return the policy, as the file would write it, that makes loops like an ``event_loop`` fixture's."""
    if factory(override, found) is None:
        return None
    made: ast.Call = found.custom_statements[0].value  # type: ignore[attr-defined]
    module = override.context.module
    return _rewritten(module, made.func, _OF_FACTORY.get(module.resolve(made.func) or ""))


def _rewritten(module: Module, node: ast.expr, dotted: str | None) -> str | None:
    """Return a dotted name of the same module, written as ``node`` is."""
    if dotted is None or not isinstance(node, ast.Attribute):
        return None
    return f"{module.segment(node.value)}.{dotted.rpartition('.')[2]}"


def is_conftest(path: str) -> bool:
    """Return whether pytest looks for hooks in a file."""
    return PurePosixPath(path).name == "conftest.py"
