"""The mocks of a file: what makes each, where it is kept, and all that is done with it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from itertools import chain
from operator import itemgetter

from codemods.analysis.mocking.mock_arguments import calls_of
from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.mock_uses import Kind, Path, Trail, Use
from codemods.analysis.mocking.other_files import replacing
from codemods.analysis.mocking.patch_targets import patch_answer, target_of
from codemods.analysis.mocking.recorded_uses import recorded_uses
from codemods.semantics.answers import Answer
from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position, single_assignment
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import ASYNC, OWN, SYNC, has_spec, mock_calls, mock_class, mock_name, mocks
from codemods.semantics.pytest.values.patches import Patch, patches_by_call, receivers


class Maker(str, Enum):
    """What of a call names the mock's class."""

    CALLEE = "callee"
    KEYWORD = "new_callable"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Creation:
    """A call that makes a mock, or has ``patch`` make one; it carries the mock's keywords."""

    call: ast.Call
    kind: str
    maker: Maker
    is_certain: bool = True
    """Whether it is known that patch makes this kind."""

    @property
    def is_async(self) -> bool:
        """Whether it makes an AsyncMock."""
        return self.kind == ASYNC


@dataclass(frozen=True)
class Subject:
    """The mocks that are kept in one place, in the order of their lines, and the uses of any of them."""

    creations: tuple[Creation, ...]
    uses: tuple[Use, ...]
    other_value: ast.AST | None
    """A place that keeps something else there."""
    apart: frozenset[ast.AST | None] = frozenset()
    """The tests that put something else in the place of what a fixture gives them: they say nothing of that."""

    def at(self, path: Path) -> list[Use]:
        """Return the uses at exactly this path."""
        return [use for _, use in self._at.get(path, ())]

    def below(self, path: Path) -> list[Use]:
        """Return the uses further down."""
        return list(self._below.get(path, ()))

    def above(self, path: Path) -> list[Use]:
        """Return the uses at this path and on the way to it."""
        return self.at_any(path[:size] for size in range(len(path) + 1))

    def at_any(self, paths: Iterable[Path]) -> list[Use]:
        """Return the uses at some paths, in their order."""
        return _at_any(self._at, paths)

    def overrides(self, path: Path) -> list[Use]:
        """Return the places that put something of their own at ``path`` or on the way to it."""
        return _at_any(self._stores, (path[:size] for size in range(1, len(path) + 1)))

    @cached_property
    def _at(self) -> Mapping[Path, list[tuple[int, Use]]]:
        found: defaultdict[Path, list[tuple[int, Use]]] = defaultdict(list)
        for index, use in enumerate(self.uses):
            found[use.path].append((index, use))
        return dict(found)

    @cached_property
    def _stores(self) -> Mapping[Path, list[tuple[int, Use]]]:
        stores = {path: [each for each in uses if each[1].kind is Kind.WRITE] for path, uses in self._at.items()}
        return {path: found for path, found in stores.items() if found}

    @cached_property
    def _below(self) -> Mapping[Path, list[Use]]:
        found: defaultdict[Path, list[Use]] = defaultdict(list)
        for use in self.uses:
            for size in range(len(use.path)):
                found[use.path[:size]].append(use)
        return dict(found)

    @cached_property
    def written(self) -> frozenset[Path]:
        """The paths at which something is stored."""
        return frozenset(self._stores)


def _at_any(found: Mapping[Path, list[tuple[int, Use]]], paths: Iterable[Path]) -> list[Use]:
    uses = (each for path in paths for each in found.get(path, ()))
    return [use for _, use in sorted(uses, key=itemgetter(0))]


def is_replaced(module: Module, subject: Subject, path: Path, use: Use) -> bool:
    """Return whether the function of a use has put something else at ``path`` before: the use says nothing of a mock.

    What a branch puts there may be put there or not.
    """
    before = (each.node for each in subject.overrides(path) if each.origin is use.origin and each.node is not use.node)
    body = getattr(use.origin, "body", ())
    straight = (each for each in before if module.place_of(module.statement_of(each))[0] is body)
    return any(position(each) < position(use.node) for each in straight)


@once
def subjects(suite: Suite) -> list[Subject]:
    """Return the mocks of a file that no spec describes."""
    return list(_Finder(suite).subjects())


def specced(suite: Suite) -> list[Subject]:
    """Return the mocks of a file that a spec describes: what is async there is an AsyncMock already."""
    return list(_Finder(suite).specced())


class _Finder:
    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._module = suite.module
        self._flow = Flow(suite)

    def subjects(self) -> Iterator[Subject]:
        seen: set[ast.Call] = set()
        for creation in self._creations:
            if creation.call not in seen and creation.maker is Maker.CALLEE:
                subject = self._subject(creation)
                seen |= {each.call for each in subject.creations}
                if not any(has_spec(each.call) for each in subject.creations):
                    yield subject
        for patch in chain.from_iterable(patches_by_call(self._module).values()):
            if patch.new is None and (made := self._made_by(patch)) is not None:
                uses = (*self._uses_of_patch(patch), *recorded_uses(self._module, patch.call))
                yield Subject((made,), tuple(dict.fromkeys(uses)), None)

    def specced(self) -> Iterator[Subject]:
        for call, name in mock_calls(self._module).items():
            kind = mock_class(self._module, call)
            if name == "create_autospec" or (kind is not None and has_spec(call)):
                yield self._subject(Creation(call, kind or "MagicMock", Maker.CALLEE))
            for patch in patches_by_call(self._module).get(call, ()):
                if patch.new is None and patch.new_callable is None and keyword(call, "autospec") is not None:
                    made = Creation(call, "MagicMock", Maker.NOTHING)
                    yield Subject((made,), tuple(dict.fromkeys(self._uses_of_patch(patch))), None)

    @cached_property
    def _creations(self) -> list[Creation]:
        return [Creation(call, kind, Maker.CALLEE) for call, kind in mocks(self._module)]

    @cached_property
    def _made_at(self) -> Mapping[ast.expr | None, Creation]:
        return {each.call: each for each in self._creations}

    def _subject(self, first: Creation) -> Subject:
        found, waiting = {first.call: first}, [first]
        uses: dict[Use, None] = {}
        other_value: ast.AST | None = None
        apart: set[ast.AST | None] = set()
        while waiting:
            for use in self._flow.uses(waiting.pop().call):
                uses[use] = None
                if use.kind is Kind.WRITE and not use.path:
                    value = _value(self._module, use.node)
                    sibling = self._made_at.get(value)
                    if sibling is None and self._is_of_another_test(use, first):
                        apart.add(use.origin)
                    elif sibling is None:
                        other_value = use.node
                    if sibling is not None and sibling.call not in found:
                        found[sibling.call] = sibling
                        waiting.append(sibling)
        ordered = sorted(found.values(), key=lambda each: position(each.call))
        uses |= dict.fromkeys(use for each in ordered for use in recorded_uses(self._module, each.call))
        return Subject(tuple(ordered), tuple(uses), other_value, frozenset(apart))

    def _is_of_another_test(self, use: Use, first: Creation) -> bool:
        """Return whether a test stores something where a fixture, or a set-up, has put its mock."""
        return use.origin in self._suite.test_nodes and use.origin is not self._module.outer_definition(first.call)

    def _made_by(self, patch: Patch) -> Creation | None:
        names = {each.arg for each in patch.call.keywords}
        if patch.new_callable is not None:
            kind = mock_name(self._module, patch.new_callable.value)
            known = kind in SYNC or kind == ASYNC
            return (
                Creation(patch.call, kind, Maker.KEYWORD)
                if kind and known and not names & {"spec", "autospec"}
                else None
            )
        if names & {"spec", "autospec", "spec_set"} or not mock_name(self._module, patch.call.func):
            return None
        found = patch_answer(self._suite, target_of(self._suite, patch))
        kind = ASYNC if found is Answer.ASYNC else "MagicMock"
        return Creation(patch.call, kind, Maker.NOTHING, found is not Answer.UNKNOWN)

    def _uses_of_patch(self, patch: Patch) -> Iterator[Use]:
        origin = self._module.outer_definition(patch.call)
        yield Use((), Kind.ESCAPE, patch.call, origin)
        target = target_of(self._suite, patch)
        yield from replacing(self._flow.suite, target, patch.call, Trail((), origin))
        trail = Trail((), origin, shared=True)
        yield from self._flow.all(patch.call, partial(calls_of, self._flow, target.definition, trail))
        for name in receivers(self._module, patch):
            yield from self._flow.uses_of(name)


def _value(module: Module, target: ast.AST) -> ast.expr | None:
    """Return what a statement stores at one of its targets."""
    parent = module.parents[target]
    return parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None


def stored_value(module: Module, use: Use) -> ast.expr | None:
    """Return what an assignment stores, if it has one target."""
    stored = single_assignment(module.parents[use.node])
    return stored[1] if stored is not None else None


def children_given(creation: Creation) -> set[str]:
    """Return the attributes that a mock gets by keyword."""
    return {each.arg for each in creation.call.keywords if each.arg and each.arg not in OWN}
