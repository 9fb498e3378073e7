"""Where a file asks a mock that can't be awaited about its awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.mocking.mock_subjects import Creation, Maker, Subject, children_given, subjects
from codemods.analysis.mocking.mock_uses import AWAIT_READS, Kind, Path, Use
from codemods.analysis.mocking.patch_targets import patch_answer, target_of
from codemods.semantics.answers import Answer
from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import dotted_keywords
from codemods.semantics.pytest.values.patches import patches

ASSERTIONS = frozenset({"assert_any_await", "assert_awaited", "assert_awaited_once", "assert_awaited_once_with",
                        "assert_awaited_with", "assert_has_awaits", "assert_not_awaited"})  # fmt: skip
_RESULTS = ("return_value", "side_effect")


@dataclass(frozen=True, slots=True)
class Claim:
    """One place that asks a mock about its awaits, and the calls that make the mock."""

    subject: Subject
    use: Use

    @property
    def kinds(self) -> str:
        """The classes of mock that it may be."""
        return " or ".join(dict.fromkeys(f"`{each.kind}`" for each in self.subject.creations))


def claims(suite: Suite) -> Iterator[Claim]:
    """Yield the places that ask what is never an AsyncMock, each once."""
    seen: set[ast.AST] = set()
    for subject in subjects(suite):
        if subject.other_value is not None or not all(_is_sync(suite, each) for each in subject.creations):
            continue
        asking = [use for use in subject.uses if _asks(use)]
        given = _given(subject) if asking else None
        for use in asking if given is not None else ():
            if use.node not in seen and not _is_another(suite, subject, use, given):
                seen.add(use.node)
                yield Claim(subject, use)


def _asks(use: Use) -> bool:
    return use.name in ASSERTIONS | AWAIT_READS and not use.shared and not use.evidence


def _is_sync(suite: Suite, creation: Creation) -> bool:
    if creation.is_async or keyword(creation.call, "unsafe") or dotted_keywords(creation.call) != []:
        return False
    if creation.maker is not Maker.NOTHING:
        return True
    found = patches(suite.module, creation.call)
    return all(patch_answer(suite, target_of(suite, each)) is Answer.SYNC for each in found)


def _given(subject: Subject) -> set[str] | None:
    """Return the attributes that the mocks are given when they are made; None if that may not be all."""
    if any(each.kind is Kind.REBOUND or each.name == "configure_mock" for each in subject.uses):
        return None
    results = {"return_value" for each in subject.creations if any(keyword(each.call, name) for name in _RESULTS)}
    return results.union(*map(children_given, subject.creations))


def _is_another(suite: Suite, subject: Subject, use: Use, given: set[str] | None) -> bool:
    """Return whether what is asked may be something that the file puts there, or that a magic method gives."""
    path = (*use.path, use.name)
    if any(step.startswith("__") for step in path) or subject.overrides(use.path) or _is_async_here(suite, use.node):
        return True
    return given is None or path[0] in given or _is_named(suite.module, path)


def _is_async_here(suite: Suite, node: ast.AST) -> bool:
    """Return whether a place is reached only if something, as a condition says, is or isn't an AsyncMock."""
    around = (each.test for each in suite.module.ancestors(node) if isinstance(each, (ast.If, ast.IfExp)))
    names = (each for test in around for each in walk(test))
    return any(last_name(each) == "AsyncMock" for each in names)


def _is_named(module: Module, path: Path) -> bool:
    """Return whether the file stores or replaces an attribute of one of these names anywhere."""
    return not _replaceable(module).isdisjoint(set(path) - {"return_value"})


@once
def _replaceable(module: Module) -> frozenset[str]:
    stored = (each.attr for each in module.nodes(ast.Attribute) if not isinstance(each.ctx, ast.Load))
    return frozenset((*stored, *(part for text in module.strings for part in text.split("."))))
