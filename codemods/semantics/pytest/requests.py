"""The names of the fixtures that a test or fixture asks for."""

from __future__ import annotations

import ast

from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.placed import Placed


def requested_names(user: Placed) -> frozenset[str]:
    """Return the names that it asks for by parameter or ``usefixtures``, those that are given otherwise left out."""
    return frozenset(user.context.suite.requested(user.node) - _with_default(user.node) - _from_patches(user))


def _with_default(node: Definition) -> set[str]:
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = positional[len(positional) - len(node.args.defaults) :]
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {each.arg for each in defaults} | {each.arg for each, default in keywords if default is not None}


def _from_patches(user: Placed) -> set[str]:
    """Return the parameters to which ``mock.patch`` gives its mocks: the first ones, below ``self``."""
    patches = [each for each in user.context.suite.decorators(user.node) if _gives_mock(each.name, each.call)]
    positional = [*user.node.args.posonlyargs, *user.node.args.args]
    start = 1 if user.owner is not None and positional and positional[0].arg in ("self", "cls") else 0
    return {each.arg for each in positional[start : start + len(patches)]}


def _gives_mock(name: str | None, call: ast.Call | None) -> bool:
    if call is None or name not in ("unittest.mock.patch", "unittest.mock.patch.object"):
        return False
    given = len(call.args) >= (2 if name == "unittest.mock.patch" else 3)
    return not given and all(each.arg != "new" for each in call.keywords)


def parametrized_names(user: Placed) -> set[str]:
    """Return the names to which ``parametrize`` gives values: to a test, and to all fixtures that it reaches."""
    found: set[str] = set()
    for mark in user.context.suite.marks(user.node):
        if mark.name == "parametrize" and mark.call is not None:
            given = {each.arg: each.value for each in mark.call.keywords}
            names = given.get("argnames") or (mark.call.args[0] if mark.call.args else None)
            indirect = given.get("indirect") or (mark.call.args[2] if len(mark.call.args) > 2 else None)
            found |= _words(names) - _indirect(indirect, _words(names))
    return found


def _words(node: ast.expr | None) -> set[str]:
    texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)] if node is not None else []
    return {word.strip() for text in texts if isinstance(text, str) for word in text.split(",")}


def _indirect(node: ast.expr | None, names: set[str]) -> set[str]:
    """Return those of the names whose values go to fixtures; all, if only a run can tell."""
    if node is None or (isinstance(node, ast.Constant) and not node.value):
        return set()
    return _words(node) if isinstance(node, (ast.List, ast.Tuple)) else names
