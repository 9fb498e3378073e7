"""Whether a mock, or an attribute of one, has to be an AsyncMock: what says so, and what speaks against it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemods.analysis.mocking.handed_on import is_only_named_in
from codemods.analysis.mocking.mock_config import Config, configs
from codemods.analysis.mocking.mock_subjects import Subject
from codemods.analysis.mocking.mock_uses import (
    ASYNC_USES,
    CALL_READS,
    CALLS,
    Kind,
    Path,
    Use,
    is_async_block,
    is_passed_on,
)
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.xfail import STOP, is_expected_to_raise
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import returns_nothing
from codemods.semantics.pytest.values.mocks import mock_name
from codemods.semantics.pytest.values.paths import below

AWAITED_FORMS = {
    "assert_called": "assert_awaited",
    "assert_called_once": "assert_awaited_once",
    "assert_called_with": "assert_awaited_with",
    "assert_called_once_with": "assert_awaited_once_with",
    "assert_any_call": "assert_any_await",
    "assert_has_calls": "assert_has_awaits",
}


AWAIT_TWINS = {"call_count": "await_count", "call_args": "await_args", "call_args_list": "await_args_list"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NOTHING = "nothing"
"""The name of a use in place of a function that returns nothing."""


class Verdict:
    """What a file says about the mock at one path below a subject."""

    def __init__(self, suite: Suite, subject: Subject, path: Path) -> None:
        """Judge the mock at ``path``."""
        self.suite = suite
        self.subject = subject
        self.path = path
        # A function that puts something else there before it uses it says nothing about this one.
        hidden = {each.origin for each in subject.overrides(path)} | subject.apart
        seen = [use for use in subject.at(path) if use.origin not in hidden]
        self.seen = [use for use in seen if not hidden or not is_only_named_in(suite, use, hidden)]
        self.uses = self._informed(self.seen)
        self.configs: list[Config] = configs(suite, subject, path)

    def _informed(self, uses: list[Use]) -> list[Use]:
        """Add what is known of that for which the mock stands; code that calls something async knows how."""
        known = list(standing(self.suite.module, self.subject, self.path))
        if any(use.kind is Kind.TARGET for use in known):
            uses = [use for use in uses if use.evidence is None or use.kind in ASYNC_USES or _speaks(use)]
        return [*uses, *known]

    @property
    def proofs(self) -> list[Use]:
        """The uses that only an async function stands."""
        return [use for use in self.uses if use.kind in ASYNC_USES]

    @property
    def handed_on(self) -> list[Use]:
        """The calls whose results somebody else gets unawaited."""
        return [use for use in self.seen if use.taker is not None]

    @property
    def returned(self) -> Use | None:
        """The call whose result a function returns that isn't seen to be awaited."""
        found = (use for use in self.uses if use.kind is Kind.ESCAPE)
        return next((use for use in found if use.taker and use.taker.definition and not use.taker.is_awaited), None)

    @property
    def gives_awaitable(self) -> bool:
        """Whether it is configured to give an awaitable."""
        return any(each.nature in (Nature.WRAPPED, Nature.STUCK) for each in self.configs)

    @property
    def is_all_seen(self) -> bool:
        """Whether the file shows every call, and what becomes of its result."""
        every = [*self.subject.above(self.path), *self.subject.below(self.path)]
        parents = self.suite.module.parents
        asked = any(use.kind is Kind.OTHER and isinstance(parents.get(use.node), ast.Call) for use in every)
        return bool(self.proofs) and not asked and not any(use.kind is Kind.ESCAPE for use in every)

    @property
    def has_effect(self) -> bool:
        """Whether a call does something else than to return: it may raise."""
        return any(each.name == "side_effect" or each.value.raises for each in self.configs)

    @property
    def keeps_child(self) -> bool:
        """Whether a call has to give the kind of mock that it gave before: its result is used, not only awaited."""
        if any(each.name in ("return_value", "side_effect") for each in self.configs):
            return False
        below = [use for use in self.subject.below(self.path) if use.kind is not Kind.COMPARED]
        results = [use for use in below if use.path[len(self.path)] == "return_value"]
        escapes = any(use.kind is Kind.ESCAPE for use in self.subject.above(self.path)) and not self._replaces_procedure
        used = escapes or bool(results) or any(use.used for use in self.uses)
        calls = [use for use in results if use.kind in CALLS]
        return used and not (calls and all(use.kind is not Kind.SYNC for use in calls) and not escapes)

    @property
    def is_tracked(self) -> bool:
        """Whether the file reads the calls of what it gives: a result that is assigned tells them to its parent."""
        names = {"mock_calls", "method_calls", "assert_has_calls"}
        return any(use.name in names for use in self.subject.above(self.path))

    @property
    def _replaces_procedure(self) -> bool:
        """Whether it only stands for functions of the file that return nothing."""
        replaced = [use for use in self.uses if use.kind is Kind.TARGET]
        module = self.suite.module
        return bool(replaced) and all(use.name == _NOTHING or returns_nothing(module, use.node) for use in replaced)

    @property
    def assertions(self) -> list[Use]:
        """The assertions that hold as well for awaits: every call is awaited at once, and none is hidden."""
        calls = [use.kind for use in self.uses if use.kind in CALLS]
        hidden = any(use.kind in (Kind.ESCAPE, Kind.OTHER) for use in self.subject.above(self.path))
        if hidden or not calls or any(kind is not Kind.AWAITED for kind in calls) or self._is_recounted:
            return []
        return self._movable_assertions

    @property
    def async_blocks(self) -> list[Use]:
        """The `async with` and `async for` that it is the subject of, which a plain Mock doesn't stand."""
        written = {use.path[-1] for use in self.subject.below(self.path) if use.kind is Kind.WRITE}
        if self.path or not written.isdisjoint({"__aenter__", "__aiter__"}):
            return []
        return [use for use in self.uses if use.kind is Kind.OTHER and is_async_block(self.suite.module, use.node)]

    @property
    def overreach(self) -> list[Use]:
        """What says that it stands for something sync, if nothing awaits it or asks about awaits."""
        sync = [use for use in self.uses if use.kind is Kind.SYNC]
        asked = any("await" in use.name for use in self.uses if use.kind in (Kind.ASSERT, Kind.READ))
        others = {use.kind for use in self.subject.above(self.path)} | {use.kind for use in self.uses}
        if self.path or asked or not others.isdisjoint(ASYNC_USES | {Kind.OTHER, Kind.REBOUND, Kind.WRITE}):
            return []
        if replaced := [use for use in sync if (use.evidence and use.plain) or isinstance(use.node, _DEFINITIONS)]:
            return replaced
        module = self.suite.module
        kept = [use for use in sync if is_passed_on(module, use.node) or _is_assigned(module, use.node)]
        plain = not kept and all(use.used for use in sync)
        return sync if plain and Kind.ESCAPE not in others else []

    @property
    def likely_assertions(self) -> list[Use]:
        """The assertions that hold for awaits if what calls the mock out of sight awaits it as well."""
        return self._movable_assertions if self._may_count_awaits else []

    @property
    def counts(self) -> list[Use]:
        """The reads of what counts calls and has a twin that counts awaits, if the assertions move too."""
        asserted = [use for use in self.uses if use.kind is Kind.ASSERT and use.name in AWAITED_FORMS]
        if not self._may_count_awaits or any(use.shared or not self._is_plain(use) for use in asserted):
            return []
        reads = [use for use in self.uses if use.kind is Kind.READ and use.name in AWAIT_TWINS and not use.shared]
        if not reads:
            return []
        from codemods.analysis.mocking.mock_counts import says_called  # most files count no calls

        module, asked = self.suite.module, self._asked_of_awaits
        reads = [use for use in reads if (module.outer_definition(use.node), AWAIT_TWINS[use.name]) not in asked]
        return [use for use in reads if says_called(module, use)]

    @property
    def _movable_assertions(self) -> list[Use]:
        """The assertions that can be made about awaits, but for those in functions that make some of both kinds."""
        module, both = self.suite.module, {function for function, _ in self._asked_of_awaits}
        found = [use for use in self.uses if use.kind is Kind.ASSERT and not use.shared and self._is_plain(use)]
        return [use for use in found if module.outer_definition(use.node) not in both]

    @property
    def _asked_of_awaits(self) -> set[tuple[ast.AST | None, str]]:
        """What the file asks about awaits, by the function that does."""
        asked = (use for use in self.uses if use.kind in (Kind.ASSERT, Kind.READ) and use.evidence is None)
        return {(self.suite.module.outer_definition(use.node), use.name) for use in asked if "await" in use.name}

    @property
    def _may_count_awaits(self) -> bool:
        others = {use.kind for use in self.subject.above(self.path)} | {use.kind for use in self.uses}
        plain = others.isdisjoint({Kind.OTHER, Kind.REBOUND}) and not self._is_recounted
        plain = plain and all(use.taker is None or use.taker.is_awaited for use in self.seen)
        waits = all(use.kind in (Kind.AWAITED, Kind.TARGET) for use in self.uses if use.kind in CALLS)
        return plain and waits and bool(self.proofs)

    @property
    def _is_recounted(self) -> bool:
        """Whether the file changes what the mock has counted, which counts calls and awaits apart."""
        written = any(use.kind is Kind.WRITE and use.path[-1] in CALL_READS for use in self.subject.below(self.path))
        parents = [self.suite.module.parents[use.node] for use in self.uses if use.kind is Kind.READ]
        return written or any(isinstance(each, ast.Attribute) and each.attr in ("clear", "pop") for each in parents)

    def _is_plain(self, use: Use) -> bool:
        if use.name != "assert_has_calls" or not isinstance(use.node, ast.Call):
            return use.name in AWAITED_FORMS and not is_expected_to_raise(self.suite.module, use.node)
        given = use.node.args[0] if use.node.args else None
        calls = given.elts if isinstance(given, (ast.List, ast.Tuple)) else [given]
        module = self.suite.module
        plain = (isinstance(each, ast.Call) and mock_name(module, each.func) == "call" for each in calls)
        return bool(calls) and all(plain)


def _speaks(use: Use) -> bool:
    """Return whether what other code does with something async says that it isn't: it throws away what a call gives."""
    return use.name == STOP or (use.kind is Kind.SYNC and not use.used)


def _is_assigned(module: Module, node: ast.AST) -> bool:
    return isinstance(module.parents.get(node), ast.Assign)


def standing(module: Module, subject: Subject, path: Path) -> Iterator[Use]:
    """Yield a use at ``path`` for all things of other files that a mock on the way stands for, as far as known."""
    for use in subject.above(path):
        if use.stands_for is not None:
            known = module.answers.declared_callee(below(use.stands_for, path[len(use.path) :]))
            kind = {Answer.ASYNC: Kind.TARGET, Answer.SYNC: Kind.SYNC}.get(known.answer)
            if kind is not None:
                name = _NOTHING * known.gives_nothing
                yield replace(
                    use, path=path, kind=kind, evidence=known.evidence, name=name, stands_for=None, plain=True,
                    declared=True,
                )  # fmt: skip
