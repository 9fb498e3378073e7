"""What a file uses of the library ``asyncmock`` that isn't the same in ``unittest.mock``."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.values.instances import local_function

_OWN = frozenset({"aenter_return_value", "not_async"})
_EFFECT = "side_effect"


def differs(module: Module) -> bool:
    """Return whether a file uses what only ``asyncmock`` has, or a coroutine function that it doesn't await."""
    attributes, keywords = module.nodes(ast.Attribute), module.nodes(ast.keyword)
    if not _OWN.isdisjoint({*(each.attr for each in attributes), *(each.arg for each in keywords)}):
        return True
    values = [each.value for each in keywords if each.arg == _EFFECT]
    assigned = (module.parents[each] for each in attributes if each.attr == _EFFECT)
    values += [each.value for each in assigned if isinstance(each, ast.Assign)]
    return any(isinstance(local_function(module, each), ast.AsyncFunctionDef) for each in values)
