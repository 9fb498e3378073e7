"""Each verb stands twice: as a typed function that gives an edit, and as what makes that edit."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest

import codemods
from codemods.edits import calls, classes, configuration, decorators, functions, imports, statements, yields
from codemods.edits.making import discarded
from codemods.model import Edit
from codemods.rewrite.configuration import Options
from codemods.rewrite.requirements import raise_requirement
from codemods.semantics.file.module import Module
from codemods.transformers.verbs import VERBS

ROOT = Path(codemods.__file__).parent
Verb = Callable[..., Edit]


def _verbs(*modules: ModuleType) -> dict[str, Verb]:
    found = (each for module in modules for each in vars(module).values() if _is_its_own(module, each))
    return {each.__name__: each for each in found}


def _is_its_own(module: ModuleType, value: object) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__ and not value.__name__.startswith("_")


OF_NODES = _verbs(calls, classes, decorators, functions, imports, statements, yields)
OF_CONFIGURATION = _verbs(configuration)
OF_THE_LINE = {"define_above", "drop_noqa", "insert_after"}
"""The verbs for which no function changes the node: they are about what stands around it."""

MODULE = Module(
    "",
    """\
import a
from b import c
d = e.f = g(1, h=2)
d: int = 1
d += 1
@x
@y
def i(j) -> k:
    return yield_
async def l():
    yield
    yield from m
class n(o): pass
if p: pass
try: pass
except q: pass
with r: pass
for s in t: pass
assert s
""",
)
ARGUMENTS: dict[object, object] = {int: 0, str: "s", str | None: "s", bool: True, bool | None: True}
ARGUMENTS |= {list[int]: [0, 1], list[str]: ["s"], int | None: 0}
THROWN_AWAY = {
    "await_argument": ["g"],
    "inline_function": ["return yield_"],
    "keep_body": ["p"],
    "keep_other": ["p", "pass"],
    "remove_argument": ["1"],
    "remove_decorators": ["x", "y"],
    "remove_statement": ["*"],
    "replace_attribute": ["e"],
    "replace_base": ["o"],
    "replace_call": ["*"],
    "replace_callee": ["g"],
    "replace_decorator": ["x"],
    "replace_definition": ["*"],
    "replace_statement": ["*"],
    "replace_yield": ["*"],
    "set_argument": ["1"],
    "set_handler_type": ["q"],
    "set_parameters": ["j"],
    "set_returns": ["k"],
    "set_value": ["g(1, h=2)"],
}
"""What the verbs throw away of the first node that they can change; the star is all of it."""


def _edits(verb: Verb) -> Iterator[tuple[ast.AST, Edit]]:
    """Yield the edits of the first node of each kind, with all arguments."""
    hints = get_type_hints(verb)
    args: dict[str, Any] = {name: ARGUMENTS[kind] for name, kind in hints.items() if kind in ARGUMENTS}
    for kind in get_args(hints["node"]) or [hints["node"]]:
        node = next(each for each in ast.walk(MODULE.tree) if isinstance(each, kind))
        yield node, verb(MODULE, node, **args)


def _roots(node: ast.AST, edit: Edit) -> list[str]:
    gone = set(discarded(node, edit))
    assert gone <= set(ast.walk(node))
    roots = [each for each in ast.walk(node) if each in gone and MODULE.parents.get(each, each) not in gone]
    return ["*" if each is node else ast.unparse(each) for each in roots]


def _parameters(function: Callable[..., object], skipped: int) -> list[str]:
    return [str(each) for each in inspect.signature(function).parameters.values()][skipped:]


def test_each_function_has_one_that_makes_its_edits() -> None:
    options = {name for name in vars(Options) if not name.startswith("_")}
    assert OF_NODES.keys() == VERBS.keys() | OF_THE_LINE
    assert OF_CONFIGURATION.keys() == options | {"raise_requirement"}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_both_take_the_same_arguments(verb: str) -> None:
    gives, makes = OF_NODES[verb], VERBS[verb]
    assert _parameters(gives, 2) == _parameters(makes, 1)
    assert gives.__module__.rpartition(".")[2] == makes.__module__.rpartition(".")[2]
    assert gives.__doc__ == makes.__doc__


@pytest.mark.parametrize("verb", sorted(OF_CONFIGURATION))
def test_what_changes_a_configuration_takes_the_same_arguments(verb: str) -> None:
    makes = raise_requirement if verb == "raise_requirement" else getattr(Options, verb)
    names = [*inspect.signature(OF_CONFIGURATION[verb]).parameters][1:]
    assert names == [*inspect.signature(makes).parameters][-len(names) :]
    edit = OF_CONFIGURATION[verb](path="pytest.ini", **dict.fromkeys(names, "x"))
    assert (edit.verb, [*edit.args]) == (verb, names)


@pytest.mark.parametrize("verb", sorted(OF_NODES))
def test_an_edit_is_named_and_says_what_it_throws_away(verb: str) -> None:
    names = [*inspect.signature(OF_NODES[verb]).parameters][2:]
    found = [*_edits(OF_NODES[verb])]
    assert {(edit.verb, *edit.args) for _, edit in found} == {(verb, *names)}
    assert all(MODULE.node_at(edit) is node for node, edit in found)
    assert _roots(*found[0]) == THROWN_AWAY.get(verb, [])


def test_an_argument_that_keeps_its_value_throws_nothing_away() -> None:
    node = MODULE.nodes(ast.Call)[0]
    edit = calls.set_argument(MODULE, node, 0, keyword="k")
    assert (edit.args, [*discarded(node, edit)]) == ({"index": 0, "keyword": "k"}, [])


@pytest.mark.parametrize(
    ("text", "gone"),
    [("a = [b, c]", ["b"]), ("a = b, c", ["b"]), ("a = b", []), ("a = []", [])],
)
def test_an_element_that_goes(text: str, gone: list[str]) -> None:
    module = Module("", text)
    node = module.nodes(ast.Assign)[0]
    found = discarded(node, statements.remove_element(module, node, 0))
    assert [ast.unparse(each) for each in found if isinstance(each, ast.expr)] == gone


def test_of_a_statement_that_only_keeps_its_first_block_all_the_rest_goes() -> None:
    module = Module("", "if a:\n    b\nelse:\n    c\ntry:\n    d\nexcept e:\n    f\nelse:\n    g\nfinally:\n    h\n")
    for kind, gone in ((ast.If, "ac"), (ast.Try, "efgh")):
        node = module.nodes(kind)[0]
        names = [each.id for each in discarded(node, statements.keep_body(module, node)) if isinstance(each, ast.Name)]
        assert "".join(sorted(names)) == gone


def test_texts_have_the_line_ends_of_the_program() -> None:
    edit = statements.insert_after(MODULE, MODULE.nodes(ast.Import)[0], "a\r\nb\rc")
    assert edit.args == {"text": "a\nb\nc"}


def test_nobody_else_writes_verbs_down() -> None:
    """`call` is a word that means other things."""
    verbs = (OF_NODES.keys() | OF_CONFIGURATION.keys()) - {"call"}
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Constant) and node.value in verbs)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Edit")
    }
    assert {each for each in found if not each.startswith("edits/")} == {
        "rewrite/configuration.py",
        "transformers/unit.py",
    }
