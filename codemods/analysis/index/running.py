"""Where functions of a file run an event loop."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.analysis.index.modules import at_line
from codemods.analysis.loops.drivers import drivers_in, handed_drivers
from codemods.model import Evidence
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Suite


def running(suite: Suite, nodes: Sequence[Definition]) -> Evidence | None:
    """Return where one of some functions, or what it uses, runs an event loop: the first place in the file."""
    reach = reach_of(suite)
    functions = sorted({each for node in nodes for each in reach.closure(node)}, key=lambda each: each.lineno)
    calls = (call for each in functions for call in drivers_in(suite.module, each))
    node: ast.AST | None = next(calls, None)
    if node is None and functions:
        inside = {each for function in functions for each in walk(function)}
        node = next((each for each in handed_drivers(suite.module) if each in inside), None)
    return suite.module.evidence(node) if node is not None else None


def implied(suite: Suite, line: int) -> Evidence | None:
    """Return where a method of the class of a line runs a loop though nothing calls it: ``__init__``, a property."""
    module = suite.module
    owner = at_line(module.nodes(ast.ClassDef), line)
    for each in owner.body if owner is not None else ():
        if isinstance(each, ast.FunctionDef):
            runs = is_implied(each.name) or "property" in map(module.segment, each.decorator_list)
            if runs and (call := next(iter(drivers_in(module, each)), None)) is not None:
                return module.evidence(call)
    return None


def is_implied(name: str) -> bool:
    """Return whether Python calls a method of that name by itself; ``__del__`` at any time, in a running loop too."""
    return name.startswith("__") and name != "__del__"
