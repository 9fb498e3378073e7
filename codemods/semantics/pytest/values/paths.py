"""What an expression stands for, as far as its file tells: a path that other files can be asked about."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.project.origins import annotation
from codemods.semantics.project.outline import UNKNOWN, Constant
from codemods.semantics.pytest.local_fixtures import Source, bound_fixture
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import (
    fixture_value,
    is_class_itself,
    only_value,
    receiver_class,
    stored,
)
from codemods.semantics.pytest.values.mocks import mock_class, mock_name
from codemods.semantics.pytest.values.patches import Patch, patches, receivers

_DEPTH = 6
_LONGEST = 500
"""How many characters a text may have that names something."""
_GIVING_THEMSELVES = frozenset({"fastapi.testclient.TestClient", "starlette.testclient.TestClient"})


@once
def infer_path(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> AccessPath | None:
    """Return the path of what an expression stands for, or None if the file doesn't show it.

    This is what a file itself can infer; ``Symbols.infer`` follows the path through the others.
    """
    if (dotted := suite.module.resolve(node)) is not None:
        return None if dotted.startswith("unittest.mock.") else AccessPath.imported(dotted)
    if not depth:
        return None
    if isinstance(node, ast.Name):
        return _of_name(suite, node, depth - 1)
    if isinstance(node, ast.Attribute):
        return _of_attribute(suite, node, depth - 1)
    if isinstance(node, ast.Call):
        return _of_call(suite, node, depth - 1)
    inner = infer_path(suite, node.value, depth - 1) if isinstance(node, ast.Await) else None
    return inner.awaited if inner else None


def below(path: AccessPath, steps: tuple[str, ...]) -> AccessPath:
    """Return the path of what hangs below a mock that stands for ``path``: ``return_value`` is what a call gives."""
    for step in steps:
        path = path.called if step == "return_value" else path.attribute(step)
    return path


def _of_name(suite: Suite, node: ast.Name, depth: int) -> AccessPath | None:
    module = suite.module
    value = only_value(module, node) or fixture_value(suite, node)
    if value is not None:
        return infer_path(suite, value, depth)
    if (owner := receiver_class(module, node)) is not None:
        path = AccessPath.local(owner.name) if _is_top_level(module, owner) else None
        return path if path is None or is_class_itself(module, node) else path.called
    scope, bindings = module.scopes.lookup(node.id, node)
    if (found := module.only_binding(node)) is None:
        return _agreed(suite, bindings, depth)
    if isinstance(found, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return AccessPath.local(node.id) if isinstance(scope, ast.Module) else None
    if isinstance(found, ast.arg) and isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _of_parameter(suite, found, scope, depth)
    holder = module.parents.get(found)
    return _of_manager(suite, holder.context_expr, depth) if isinstance(holder, ast.withitem) else None


def _of_manager(suite: Suite, node: ast.expr, depth: int) -> AccessPath | None:
    """Return the path of what a ``with`` statement binds: of what a patch gives, or of a manager that gives itself."""
    if isinstance(node, ast.Call) and suite.module.resolve(node.func) in _GIVING_THEMSELVES:
        return infer_path(suite, node, depth)
    return _of_patch(suite, node, depth)


def _agreed(suite: Suite, bindings: Sequence[ast.AST], depth: int) -> AccessPath | None:
    """Return the path of what several branches store under a name, if it is the same."""
    holders = [suite.module.parents.get(each) for each in bindings]
    values = [each.value for each in holders if isinstance(each, ast.Assign)]
    paths = {infer_path(suite, each, depth) for each in values} if len(values) == len(bindings) else set()
    return paths.pop() if len(paths) == 1 else None


def _is_top_level(module: Module, node: ast.AST) -> bool:
    return isinstance(module.parents.get(node), ast.Module)


def _of_parameter(suite: Suite, node: ast.arg, function: Definition, depth: int) -> AccessPath | None:
    for each in function.decorator_list:
        for patch in patches(suite.module, each) if isinstance(each, ast.Call) else ():
            if node in receivers(suite.module, patch):
                return _joined(*holder_of(suite, patch, depth))
    annotated = annotation(node.annotation) if node.annotation is not None else UNKNOWN
    if not isinstance(annotated, Constant):
        return annotated if isinstance(annotated, AccessPath) else None
    if bound_fixture(suite, function, node.arg) is Source.OTHER_FILE:
        return suite.module.answers.fixture_value(node.arg).path
    return None


def _of_attribute(suite: Suite, node: ast.Attribute, depth: int) -> AccessPath | None:
    owner = receiver_class(suite.module, node.value)
    if owner is not None and (values := stored(suite.module, owner, node.attr)):
        paths = {infer_path(suite, each, depth) for each in values}
        return paths.pop() if len(paths) == 1 else None
    base = infer_path(suite, node.value, depth)
    return below(base, (node.attr,)) if base else None


def _of_call(suite: Suite, node: ast.Call, depth: int) -> AccessPath | None:
    if mock_class(suite.module, node):
        spec = keyword(node, "spec") or keyword(node, "spec_set")
        given = spec.value if spec else node.args[0] if node.args else None
        base = infer_path(suite, given, depth) if given is not None else None
        return base.called if base and base.callee is None else base
    if mock_name(suite.module, node.func) == "create_autospec" and node.args:
        base = infer_path(suite, node.args[0], depth)
        return base.called if base and keyword(node, "instance") else base
    if (patched := _of_patch(suite, node, depth)) is not None:
        return patched
    made = isinstance(node.func, ast.Attribute) and node.func.attr == "__new__"
    base = infer_path(suite, node.func.value if made else node.func, depth)  # type: ignore[attr-defined]
    return base.called if base else None


def _of_patch(suite: Suite, node: ast.expr, depth: int) -> AccessPath | None:
    """Return what stands where a patch without ``new`` puts its mock, which ``as``, ``start()`` and mocker give."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "start" and isinstance(node.func.value, ast.Call):
        return _of_patch(suite, node.func.value, depth)
    found = patches(suite.module, node)
    return _joined(*holder_of(suite, found[0], depth)) if len(found) == 1 and found[0].new is None else None


def holder_of(suite: Suite, patch: Patch, depth: int = _DEPTH) -> tuple[AccessPath | None, str]:
    """Return the path of the owner of what a patch replaces, and its name there."""
    if patch.owner is not None:
        text = text_of_string(suite.module, patch.owner)
        owner = AccessPath.imported(text) if text else infer_path(suite, patch.owner, depth)
        return owner, patch.attribute or ""
    holder, _, name = (text_of_string(suite.module, patch.target) or "").rpartition(".")
    return AccessPath.imported(holder) if holder else None, name


def _joined(holder: AccessPath | None, name: str) -> AccessPath | None:
    return holder.attribute(name) if holder and name else None


@once
def text_of_string(module: Module, node: ast.expr | None, depth: int = _DEPTH) -> str | None:
    """Return the text of a string, put together from constants of the file; None if it is long."""
    if isinstance(node, ast.FormattedValue):
        node = node.value
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return text_of_string(module, only_value(module, node), depth - 1) if depth else None
    parts = _parts(node)
    texts = [text_of_string(module, each, depth) for each in parts] if len(parts) < _LONGEST else []
    text = "".join(map(str, texts)) if texts and None not in texts else None
    return text if text is not None and len(text) < _LONGEST else None


def _parts(node: ast.expr | None) -> list[ast.expr]:
    """Return the parts from which an expression puts a string together."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)] if node is not None and found else []
