"""The parameter ``event_loop`` of a test or fixture: whether it is the fixture, and why it may have to stay."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.model import Evidence
from codemods.semantics.decorators import COROUTINES
from codemods.semantics.file.arguments import argument, without_default
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, walk
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.callers import called_by_name
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.local_fixtures import candidates, meanings
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.requests import parameters, words
from codemods.semantics.pytest.runners import is_transparent
from codemods.semantics.pytest.suite import FIXTURE_NAMES, Suite
from codemods.semantics.pytest.values.patches import patches, receivers

NAME = "event_loop"
RUNNING_LOOP = "running_loop"
"""The fixture that gives sync code the loop where ``event_loop`` did (PAM606)."""
GETTER = "asyncio.get_running_loop"
_TYPE_COMMENT = re.compile(r"#\s*type:\s*\(")
_LOCALS = frozenset({"locals", "vars", "eval", "exec"})


def loop_parameter(node: Definition, name: str = NAME) -> ast.arg | None:
    """Return the parameter by which a function asks for the fixture; one with a default asks for nothing."""
    return next((each for each in without_default(node) if each.arg == name), None)


def asks_for_running_loop(suite: Suite, node: Definition) -> bool:
    """Return whether a function asks for a fixture of its file that gives it the loop of its test."""
    return any(gives_running_loop(suite.module, each.node) for each in candidates(suite, node, RUNNING_LOOP))


def gives_running_loop(module: Module, node: ast.stmt) -> bool:
    """Return whether a statement defines an async function that only returns the running loop."""
    only = node.body[0] if isinstance(node, ast.AsyncFunctionDef) and len(node.body) == 1 else None
    value = only.value if isinstance(only, ast.Return) else None
    return isinstance(value, ast.Call) and module.resolve(value.func) == GETTER


def reads(module: Module, node: Definition, name: str = NAME) -> list[ast.Name]:
    """Return the places that read the parameter, in nested functions too."""
    parameter = loop_parameter(node, name)
    return module.reads(parameter, name) if parameter is not None else []


def reads_locals(node: Definition, name: str = NAME) -> bool:
    """Return whether a function may read its variables by other means than their names, or deletes the loop's."""
    called = {each.func for each in calls_in(node)}
    names = [each for each in walk(node) if isinstance(each, ast.Name)]
    deletes = any(each.id == name and isinstance(each.ctx, ast.Del) for each in names)
    return deletes or any(each in called and each.id in _LOCALS for each in names)


def rename_obstacle(node: Definition, name: str, new: str) -> str | None:
    """Return what in a function binds a parameter again, may read it by other means, or has the new name, or None."""
    for each in walk(node):
        if isinstance(each, ast.Name) and (each.id in _LOCALS or (each.id == name and type(each.ctx) is not ast.Load)):
            return f"`{each.id}` in line {each.lineno} may mean more than the fixture"
        if new != name and new in (getattr(each, "id", None), getattr(each, "arg", None)):
            return f"`{new}` has a meaning there already"
    bound = [each for each in walk(node) if name in (getattr(each, "arg", None), getattr(each, "name", None))]
    own = [each for each in bound if each is not node and not isinstance(each, ast.keyword)]
    return f"`{name}` is bound again inside of it" if len(own) > 1 else None


def obstacle(context: Context, node: Definition) -> str | None:
    """Return why the parameter of a test or fixture has to stay, or None."""
    if (reason := obstacle_here(context, node)) is not None:
        return reason
    found = visible_override(context.suite, node)
    if found is None or found[0] is OverrideKind.PLAIN:
        private = _private_attribute(context.module, node) if found is not None else None
        return private or next(_overridden_below(context, node), None)
    if found[0] is None:
        return f"only a run can tell which fixture `{NAME}` it gets ({found[1].path}:{found[1].line})"
    return f"the fixture `{NAME}` in {found[1].path}:{found[1].line} does more than make a loop"


def _private_attribute(module: Module, node: Definition) -> str | None:
    """Return what a function uses of the loop that the project's own fixture may have put there."""
    parents = (module.parents[each] for each in reads(module, node))
    found = next((each for each in parents if isinstance(each, ast.Attribute) and each.attr.startswith("_")), None)
    return f"the project's own loop may be the only one with `{module.segment(found)}`" if found is not None else None


def obstacle_here(context: Context, node: Definition, name: str = NAME) -> str | None:
    """Return why the parameter has to stay, whatever the fixture does, or None."""
    return next(_obstacles(context, node, name), None)


def _obstacles(context: Context, node: Definition, name: str) -> Iterator[str]:
    module, suite = context.module, context.suite
    if (decorator := opaque_decorator(suite, node)) is not None:
        yield f"it can't be told what the decorator `{decorator}` makes of its parameters"
    if _is_filled(module, node, name):
        yield "a decorator fills the parameter"
    yield from _parametrised(suite, node, name)
    if called_by_name(module, node):
        yield f"`{node.name}` is called or passed on by name in this file"
    if (base := _external_base(module, node, name)) is not None:
        yield f"its base class {base} may have a fixture `{name}` of its own"
    if _has_comment(module, node, name):
        yield "a comment stands in the signature beside the parameter"
    if ast.get_docstring(node, clean=False) is not None and _shares_line(node):
        yield "its docstring shares a line with other code"


def _overridden_below(context: Context, node: Definition) -> Iterator[str]:
    """Yield which override below, that its tests may get through a fixture of this file, is more than a loop."""
    if context.suite.is_test_module or node not in context.suite.fixture_nodes:
        return
    if (place := context.module.answers.overridden(NAME)) is not None:
        yield f"the fixture `{NAME}` in {place.place} does more than make a loop"


def visible_override(suite: Suite, node: Definition) -> tuple[OverrideKind | None, Evidence] | None:
    """Return what the project's own fixture ``event_loop`` that a function sees is for, and where it stands.

    Of several that it may see, one that does more than make a loop counts; None where only a run can tell.
    """
    module = suite.module
    own = {each.node: classify_override(module, each.node).kind for each in candidates(suite, node, NAME)}
    more = [each for each, kind in own.items() if kind is not OverrideKind.PLAIN]
    if more:
        return own[more[0]], module.evidence(more[0])
    if UNKNOWN in meanings(suite, node, NAME):
        return None, module.evidence(min((*own, *_imports(module), node), key=_line))
    if own:
        return OverrideKind.PLAIN, module.evidence(next(iter(own)))
    known = module.answers.loop_override(NAME)
    return (OverrideKind(known.kind), known.evidence) if known is not None else None


def asked(context: Context, node: Definition) -> str:
    """Return what to say of a function that asks for the loop."""
    if visible_override(context.suite, node) is None:
        return f"`{node.name}` asks for `{NAME}`, which pytest-asyncio 1.0 removed"
    return f"`{node.name}` asks for the project's own `{NAME}`, on whose loop pytest-asyncio 1.0 runs nothing any more"


def _imports(module: Module) -> list[ast.AST]:
    """Return what may import the fixture into a file."""
    names = module.nodes(ast.ImportFrom)
    return [each for each in names if any((alias.asname or alias.name) in (NAME, "*") for alias in each.names)]


def _line(node: ast.AST) -> int:
    return node.lineno  # type: ignore[attr-defined, no-any-return]


def _classes(module: Module, node: ast.AST) -> list[ast.ClassDef]:
    return [base for each in module.classes_around(node) for base in local_bases(module, each)]


def _external_base(module: Module, node: Definition, name: str) -> str | None:
    """Return a base class of another file that has a fixture of a name, or may."""
    for each in _classes(module, node):
        for base in each.bases if not module.answers.bases_lack(each.lineno, name) else ():
            if local_class(module, base) is None and module.resolve(base) != "object" and ast.unparse(base) != "object":
                return ast.unparse(base)
    return None


def opaque_decorator(suite: Suite, node: Definition) -> str | None:
    """Return the first decorator that may hide or fill parameters, as a wrapper of the project's own may."""
    for each in suite.decorators(node):
        known = (
            each.name in FIXTURE_NAMES | COROUTINES
            or is_transparent(each)
            or mark_name(suite.module, each.node) is not None
        )
        if not known:
            return suite.module.segment(each.node)
    return None


def _is_filled(module: Module, node: Definition, name: str) -> bool:
    """Say whether a patch or hypothesis gives the parameter a value."""
    parameter = loop_parameter(node, name)
    if parameter is not None and parameter not in parameters(module, node):
        return True
    for call in (each for each in node.decorator_list if isinstance(each, ast.Call)):
        if any(parameter in receivers(module, patch) for patch in patches(module, call)):
            return True
    calls = (call for each in module.classes_around(node) for call in each.decorator_list if isinstance(call, ast.Call))
    return any(patches(module, call) for call in calls)


def _parametrised(suite: Suite, node: Definition, name: str) -> Iterator[str]:
    for mark in suite.marks(node):
        if mark.name == "parametrize" and mark.call is not None:
            if not {name, None}.isdisjoint(words(suite.module, argument(mark.call, "argnames", 0))):
                yield f"`{suite.module.segment(mark.call.func)}` gives the parameter its values"
    if "pytest_generate_tests" in suite.module.scopes.module_names() and name in suite.module.strings:
        yield "`pytest_generate_tests` may give the parameter its values"


def _has_comment(module: Module, node: Definition, name: str) -> bool:
    """Say whether a comment may belong to the parameter, or type the signature."""
    parameter = loop_parameter(node, name)
    assert parameter is not None
    span = module.span(parameter)
    beside = any("#" in module.lines[line - 1] for line in range(span.line, span.end_line + 1))
    above = span.line > node.lineno and module.lines[span.line - 2].lstrip().startswith("#")
    header = module.lines[node.lineno - 1 : node.body[0].lineno]
    return (beside and span.line != node.lineno) or above or any(map(_TYPE_COMMENT.search, header))


def _shares_line(node: Definition) -> bool:
    first = node.body[0]
    return node.lineno == first.lineno or (len(node.body) > 1 and node.body[1].lineno == first.end_lineno)
