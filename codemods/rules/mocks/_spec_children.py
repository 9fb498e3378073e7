"""What mocks with a spec give: those of their attributes that are async there are AsyncMocks already."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.mocking.mock_subjects import Creation, Maker, Subject, specced
from codemods.analysis.mocking.mock_uses import Kind, Path
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.analysis.mocking.patch_targets import target_of
from codemods.rules.base import Context
from codemods.rules.mocks._async_decisions import of_wrapped
from codemods.rules.mocks._decision import Decision
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Answer
from codemods.semantics.pytest.values.mocks import dotted_keywords, mock_class
from codemods.semantics.pytest.values.patches import patches
from codemods.semantics.pytest.values.paths import below, infer_path

_NAMES = ("return_value", "side_effect")


def of_specs(context: Context) -> Iterator[Decision]:
    """Yield what has the async attributes of mocks with a spec give values instead of awaitables."""
    module = context.module
    if not any(each in module.stores or each in module.string_text for each in _NAMES):
        return
    for subject in specced(context.suite):
        for path in _configured(subject):
            if all(_is_async(context, each, path) for each in subject.creations):
                yield from of_wrapped(context, Verdict(context.suite, subject, path))


def _configured(subject: Subject) -> Iterator[Path]:
    """Yield the paths that the file tells what to give."""
    written = (use.path for use in subject.uses if use.kind is Kind.WRITE and use.path)
    given = (steps for each in subject.creations for steps, _ in dotted_keywords(each.call) or ())
    for path in dict.fromkeys((*written, *given)):
        if path[-1] in _NAMES:
            yield path[:-1]


def _is_async(context: Context, creation: Creation, path: Path) -> bool:
    """Return whether what hangs at a path below a mock is an AsyncMock by its spec."""
    if mock_class(context.module, creation.call) is not None and len(path) != 1:
        return False  # what a call of such a mock gives has no spec
    spec = _spec(context, creation)
    return spec is not None and context.module.answers.callee(below(spec, path)).patched is Answer.ASYNC


def _spec(context: Context, creation: Creation) -> AccessPath | None:
    if creation.maker is Maker.CALLEE:
        return infer_path(context.suite, creation.call)
    (patch,) = patches(context.module, creation.call)
    return target_of(context.suite, patch).path
