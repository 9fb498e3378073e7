"""What the heirs of a plain ``TestCase`` say of it: async tests that nothing awaits, and why it may have to stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.plain_cases import bare_tests
from codemods.model import Evidence
from codemods.semantics.answers import CaseHeir, ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.classes import PLAIN_BASES, class_type, local_class, local_heirs
from codemods.semantics.pytest.runners import imported_runner, is_transparent
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.test_cases import ASYNC_NAMES, PLAIN_CASE, methods, override, runs_coroutines


def heirs_of(suite: Suite, owner: ast.ClassDef) -> list[CaseHeir]:
    """Return the heirs of a class, in its file and in others."""
    own = [case_heir(suite, each) for each in local_heirs(suite.module, owner)]
    return [*own, *suite.module.answers.case_heirs(owner.name)] if owner in suite.module.tree.body else own


def case_heir(suite: Suite, heir: ast.ClassDef) -> CaseHeir:
    """Return what an heir of a plain ``TestCase`` says of its base."""
    tests, wrapped = bare_tests(suite, heir)
    tests = () if runs_coroutines(suite.module, heir) else tests
    lost = suite.module.evidence(tests[0]) if tests else None
    doubt = next(_doubts(suite, heir), None)
    if doubt is None and wrapped:
        doubt = f"it can't be told what the decorators of `{wrapped[0].name}` make of it"
    return CaseHeir(Evidence(suite.module.path, heir.lineno, f"class {heir.name}"), lost, doubt)


def _doubts(suite: Suite, heir: ast.ClassDef) -> Iterator[str]:
    module, name = suite.module, heir.name
    if (library := imported_runner(module)) is not None:
        yield f"the file of `{name}` imports {library} and not asyncio"
    if heir.keywords:
        yield f"`{name}` has a metaclass"
    for decorator in suite.decorators(heir):
        if not is_transparent(decorator):
            yield f"it can't be told what `{module.segment(decorator.node)}` makes of `{name}`"
    for base in heir.bases:
        if not _is_known(module, base, is_last=base is heir.bases[-1]):
            yield f"the base class {ast.unparse(base)} of `{name}` isn't known"
    own = methods(module, heir)
    for hook in ASYNC_NAMES:
        if isinstance(own.get(hook), ast.AsyncFunctionDef):
            yield f"the `{hook}` of `{name}` is async, too"
    if (reason := override(module, heir)) is not None:
        yield reason


def _is_known(module: Module, base: ast.expr, *, is_last: bool) -> bool:
    """Say whether a base leads to nothing but ``TestCase``, in an order that is one for its heir, too."""
    name = module.resolve(base) or ast.unparse(base)
    if name == PLAIN_CASE:
        return is_last
    if (local := local_class(module, base)) is not None:
        found = class_type(module, local)
        return found.kind is ClassKind.PLAIN or found.base == PLAIN_CASE
    known = module.answers.definition(name)
    if known is None:
        return name in PLAIN_BASES
    return known.kind is ClassKind.PLAIN or known.base == PLAIN_CASE
