"""What refuses to work while an event loop runs, and so keeps a function from becoming async."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.semantics.asyncio_names import CODE_RUNNERS, RUNNING_LOOP, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.local_fixtures import candidates

_DJANGO = frozenset({"django", "rest_framework"})
_DATABASE = frozenset({"db", "transactional_db", "live_server", "admin_user", "admin_client", "django_user_model"})
"""Fixtures of pytest-django that use the database, beside those that say so in their names."""


def refusals(context: Context, node: Definition) -> Iterator[str]:
    """Yield what a sync test or fixture uses that fails while a loop runs."""
    if _uses_django(context, node):
        yield "Django refuses to use its database while a loop runs"
    calls = calls_in(node)
    if any((context.module.resolve(each.func) or "").startswith("tornado.") for each in calls):
        yield "Tornado closes or runs the loop that it is given"
    if (runner := next((each for each in calls if _runs_code(context.module, each)), None)) is not None:
        yield f"`{context.module.segment(runner.func)}` runs code, which may run a loop"
    if any(_expects_none(context.module, node, each) for each in calls):
        yield "it asks for the running loop where there is none"


def _uses_django(context: Context, node: Definition) -> bool:
    names = context.suite.requested(node)
    marked = any(each.name == "django_db" for each in context.suite.marks(node))
    asked = [each for each in names if each in _DATABASE or each.startswith("django_db")]
    asks = any(not _is_own(context, node, each) for each in asked)
    return marked or asks or not _DJANGO.isdisjoint(context.module.imported_packages)


def _is_own(context: Context, node: Definition, name: str) -> bool:
    """Return whether a name means a fixture of the project."""
    return bool(candidates(context.suite, node, name)) or context.module.answers.has_fixture(name)


def _runs_code(module: Module, call: ast.Call) -> bool:
    name = module.resolve(call.func) or ast.unparse(call.func)
    return "." in name and name.partition(".")[0] in CODE_RUNNERS


def _expects_none(module: Module, node: Definition, call: ast.Call) -> bool:
    return module.function_of(call) is node and asyncio_name(module.resolve(call.func)) == RUNNING_LOOP
