"""What functions take, and what calls give them."""

from __future__ import annotations

import ast
import re

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, position

_KEYWORDS = re.compile(r"\bKW_ONLY\b|\bkw_only=")


def positional(node: Definition | ast.Lambda) -> list[ast.arg]:
    """Return the parameters that a function may get by their place."""
    return [*node.args.posonlyargs, *node.args.args]


def single(node: Definition | ast.Lambda) -> list[ast.arg]:
    """Return the parameters of a function that get one argument each."""
    return [*positional(node), *node.args.kwonlyargs]


def parameters(node: Definition | ast.Lambda) -> list[ast.arg]:
    """Return all parameters of a function, ``*args`` and ``**kwargs`` last."""
    return [*single(node), *filter(None, (node.args.vararg, node.args.kwarg))]


def without_default(node: Definition) -> list[ast.arg]:
    """Return the parameters of a function that have a name for the caller, and no default."""
    count = len(node.args.args) - len(node.args.defaults)
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return [*node.args.args[: max(count, 0)], *(each for each, default in keywords if default is None)]


def receiver(module: Module, node: Definition) -> ast.arg | None:
    """Return the parameter of a method that gets its object or its class."""
    is_method = module.class_of(node) is not None and not has_decorator(node, "staticmethod")
    return next(iter(positional(node)), None) if is_method else None


def has_decorator(node: Definition, name: str) -> bool:
    """Return whether a function has a decorator that is a plain name."""
    return any(isinstance(each, ast.Name) and each.id == name for each in node.decorator_list)


def fields(owner: ast.ClassDef) -> list[str]:
    """Return the names of the fields that a dataclass has itself, and that its constructor takes."""
    found = (each for each in owner.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name))
    texts = [(ast.unparse(each), ast.unparse(each.target)) for each in found]
    return [name for text, name in texts if "ClassVar" not in text and "init=False" not in text]


def has_places(owner: ast.ClassDef) -> bool:
    """Return whether the constructor of a dataclass takes all of its fields by their places."""
    return _KEYWORDS.search(ast.unparse(owner)) is None


def hands_on(taken: ast.arguments, call: ast.Call) -> bool:
    """Return whether a call has the arguments that the function around it was given, all of them and no other."""
    given = [ast.unparse(each) for each in (*call.args, *call.keywords)]
    wanted = [each.arg for each in (*taken.posonlyargs, *taken.args)]
    wanted += [f"*{taken.vararg.arg}"] if taken.vararg else []
    wanted += [f"**{taken.kwarg.arg}"] if taken.kwarg else []
    return given == wanted and not taken.kwonlyargs and not taken.defaults


def keyword(call: ast.Call, name: str) -> ast.keyword | None:
    """Return the keyword argument of a name."""
    return next((each for each in call.keywords if each.arg == name), None)


def argument(call: ast.Call | None, name: str, index: int | None = None) -> ast.expr | None:
    """Return the argument of a name, or that of a place where it may stand without."""
    if call is None:
        return None
    if (given := keyword(call, name)) is not None:
        return given.value
    return call.args[index] if index is not None and len(call.args) > index else None


def arguments(call: ast.Call) -> list[ast.expr | ast.keyword]:
    """Return the arguments of a call in source order, as edits count them."""
    return sorted((*call.args, *call.keywords), key=position)
