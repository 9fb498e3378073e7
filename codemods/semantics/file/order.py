"""The children of an ``ast`` node in source order, the order in which LibCST visits its own tree.

The two trees agree on "the n-th call of a statement" only if both are walked alike; positions can't serve, since those
inside f-strings are wrong before Python 3.12.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain

Definition = ast.FunctionDef | ast.AsyncFunctionDef
KINDS: dict[type[ast.AST], str] = {
    ast.AnnAssign: "AnnAssign",
    ast.Assert: "Assert",
    ast.Assign: "Assign",
    ast.AsyncFor: "For",
    ast.AsyncFunctionDef: "FunctionDef",
    ast.AsyncWith: "With",
    ast.Attribute: "Attribute",
    ast.AugAssign: "AugAssign",
    ast.Call: "Call",
    ast.ClassDef: "ClassDef",
    ast.Expr: "Expr",
    ast.For: "For",
    ast.FunctionDef: "FunctionDef",
    ast.If: "If",
    ast.Import: "Import",
    ast.ImportFrom: "ImportFrom",
    ast.Lambda: "Lambda",
    ast.Return: "Return",
    ast.Try: "Try",
    ast.With: "With",
    ast.Yield: "Yield",
    ast.YieldFrom: "Yield",
}
"""The kinds of node that an edit can name; LibCST's classes of the same names."""


PLAIN_NODES = (ast.BinOp, ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.JoinedStr, ast.List,
               ast.ListComp, ast.Set, ast.SetComp, ast.Tuple, ast.UnaryOp)  # fmt: skip
"""Expressions whose value nobody awaits and nobody calls."""


FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
"""The fields of each class of node that can hold nodes of interest; filled as they are met."""


HOLDING_OTHERS = frozenset((ast.Dict, ast.MatchClass, ast.arguments))
"""The classes of node that have something else than nodes in their lists, beside the names of ``global``."""
_WITHOUT_NODES = frozenset(
    ("arg", "asname", "attr", "ctx", "id", "is_async", "kind", "level", "module", "name", "op", "ops", "simple",
     "type_comment")
)  # fmt: skip


def fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a class of node that can hold nodes of interest."""
    leaf = issubclass(kind, (ast.Constant, ast.Global, ast.Nonlocal))
    held = () if leaf else tuple(name for name in kind._fields if name not in _WITHOUT_NODES)
    return FIELDS.setdefault(kind, held)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it in the order of ``ast.walk``, much faster: without contexts and operators."""
    found = [node]
    for each in found:
        yield each
        found += below(each)


def below(node: ast.AST) -> list[ast.AST]:
    """Return the child nodes of a node in the order of its fields, but for contexts and operators."""
    kind = type(node)
    found: list[ast.AST] = []
    for name in FIELDS[kind] if kind in FIELDS else fields(kind):
        value = getattr(node, name, None)
        if type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)] if kind in HOLDING_OTHERS else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def position(node: ast.AST) -> tuple[int, int]:
    """Return the line and the column, in bytes, where a node begins."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _by_position(nodes: Iterable[ast.AST]) -> list[ast.AST]:
    return sorted(nodes, key=position)


def _call(node: ast.Call) -> Iterable[ast.AST]:
    if node.keywords and node.args:
        return (node.func, *_by_position((*node.args, *node.keywords)))
    return (node.func, *node.args, *node.keywords)


def _arguments(node: ast.arguments) -> Iterable[ast.AST]:
    named = (*node.posonlyargs, *node.args, *node.kwonlyargs, *filter(None, (node.vararg, node.kwarg)))
    return _by_position((*named, *node.defaults, *filter(None, node.kw_defaults)))


def _function(node: Definition) -> Iterable[ast.AST]:
    returns = (node.returns,) if node.returns else ()
    return (*node.decorator_list, *getattr(node, "type_params", ()), node.args, *returns, *node.body)


def _class(node: ast.ClassDef) -> Iterable[ast.AST]:
    params = getattr(node, "type_params", ())
    return (*node.decorator_list, *params, *node.bases, *node.keywords, *node.body)


def _dict(node: ast.Dict) -> Iterable[ast.AST]:
    return filter(None, chain.from_iterable(zip(node.keys, node.values, strict=True)))


def children(node: ast.AST) -> Iterable[ast.AST]:
    """Return the child nodes of ``node`` as they stand in the source, decorators before the name."""
    kind = type(node)
    if kind is ast.Call:
        return _call(node)  # type: ignore[arg-type]
    if kind is ast.arguments:
        return _arguments(node)  # type: ignore[arg-type]
    if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
        return _function(node)  # type: ignore[arg-type]
    if kind is ast.ClassDef:
        return _class(node)  # type: ignore[arg-type]
    if isinstance(node, ast.IfExp):
        return (node.body, node.test, node.orelse)
    if isinstance(node, ast.Dict):
        return _dict(node)
    return ast.iter_child_nodes(node)


def own_nodes(node: Definition) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, those of inner functions and classes left out."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        each = stack.pop()
        yield each
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            stack += below(each)


def calls_in(node: ast.AST) -> list[ast.Call]:
    """Return the calls that stand in a node, itself included, wherever they run."""
    return [each for each in walk(node) if isinstance(each, ast.Call)]


def texts(nodes: Iterable[ast.AST]) -> list[str]:
    """Return the texts of the strings among some nodes."""
    return [each.value for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def names_in(node: ast.AST) -> set[str]:
    """Return all names that stand in a node, whether they are read or bound."""
    return {each.id for each in walk(node) if isinstance(each, ast.Name)}


def stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that some nodes store a value in."""
    names = (each for node in nodes for each in walk(node) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def single_assignment(node: ast.AST | None) -> tuple[ast.expr, ast.expr] | None:
    """Return the only target of an assignment, which may be annotated, and the value that it stores there."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return node.targets[0], node.value
    return (node.target, node.value) if isinstance(node, ast.AnnAssign) and node.value is not None else None


def callee(node: ast.expr) -> ast.expr:
    """Return what a call calls, any other expression itself."""
    return node.func if isinstance(node, ast.Call) else node


def last_name(node: ast.AST) -> str:
    """Return the name, or the attribute's name, that an expression ends with; nothing for any other."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_constant(node: ast.stmt) -> bool:
    """Return whether a statement is a constant that does nothing: a docstring, an ellipsis."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_stub(node: Definition) -> bool:
    """Return whether a body says nothing: a docstring, ``...``, ``pass``, or the raising of an error."""
    return all(isinstance(each, (ast.Pass, ast.Raise)) or is_constant(each) for each in node.body)


def without_docstring(node: Definition) -> list[ast.stmt]:
    """Return the statements of a function's body but for its docstring."""
    return node.body[ast.get_docstring(node, clean=False) is not None :]


def is_none(node: ast.AST | None) -> bool:
    """Return whether an expression is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None


def is_generator(node: Definition) -> bool:
    """Return whether a function's own body yields."""
    return any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in own_nodes(node))
