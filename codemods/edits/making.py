"""How an edit is made, and where it is written down what it throws away."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk

Args = Mapping[str, Any]
Discards = Callable[[Any, Args], Iterable[ast.AST]]
Verb = TypeVar("Verb", bound=Callable[..., Edit])
_DISCARDS: dict[str, Discards] = {}
_TAKING: set[str] = set()


def make(module: Module, node: ast.AST, verb: str, **args: object) -> Edit:
    """Return the edit that does ``verb`` to ``node``; ``args`` are JSON values, of which None is left out."""
    if isinstance(text := args.get("text"), str):
        args["text"] = re.sub(r"\r\n?", "\n", text)
    unit, kind, index = module.place_in_unit(node)
    return Edit(module.path, unit, verb, kind, index, given(args))


def given(args: Args) -> Args:
    """Return the arguments that aren't None."""
    return {name: value for name, value in args.items() if value is not None}


def does(edit: Edit, *verbs: Callable[..., Edit]) -> bool:
    """Return whether an edit is one of some verbs."""
    return edit.verb in {each.__name__ for each in verbs}


def discards(what: Discards) -> Callable[[Verb], Verb]:
    """Declare what a verb throws away, as a function of the node and the arguments."""

    def declare(verb: Verb) -> Verb:
        _DISCARDS[verb.__name__] = what
        return verb

    return declare


def takes(verb: Verb) -> Verb:
    """Declare that a verb may take a name from those who use it, or make it mean another thing to them."""
    _TAKING.add(verb.__name__)
    return verb


def may_take(edit: Edit) -> bool:
    """Return whether an edit may take a name from those who use it."""
    return edit.verb in _TAKING


def itself(node: ast.AST, args: Args) -> Iterable[ast.AST]:
    """Return the node: all of it goes."""
    return (node,)


def discarded(node: ast.AST, edit: Edit) -> Iterator[ast.AST]:
    """Yield the nodes whose text an edit of ``node`` throws away, and with it what another would write there."""
    what = _DISCARDS.get(edit.verb)
    for root in what(node, edit.args) if what else ():
        yield from walk(root)
