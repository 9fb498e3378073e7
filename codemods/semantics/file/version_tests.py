"""What a file asks of Python's version, and below which version alone a place of it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name

Version = tuple[int, ...]
_SKIPPING = {"skipif": True, "skipIf": True, "skipUnless": False}
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionTest:
    """A test that holds from a version of Python on, or for those below it alone."""

    version: Version
    since: bool

    @property
    def opposite(self) -> VersionTest:
        """What holds where this one doesn't."""
        return VersionTest(self.version, not self.since)


def version_test(module: Module, node: ast.expr) -> VersionTest | None:
    """Return what a test asks of Python's version; None for any other, and for one of a single version."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = version_test(module, operand)
            return found.opposite if found else None
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, type(op), right) or _compared(right, _MIRRORED.get(type(op)), left)
        case ast.Name():
            binding = module.only_binding(node)
            assigned = module.parents.get(binding) if binding is not None else None
            value = assigned.value if isinstance(assigned, ast.Assign) and binding in assigned.targets else None
            return version_test(module, value) if isinstance(value, (ast.Compare, ast.UnaryOp)) else None
    return None


def _compared(info: ast.expr, op: type[ast.cmpop] | None, asked: ast.expr) -> VersionTest | None:
    length = _length(info)
    version = _version(asked)
    if length is None or version is None or op is None or op not in _MIRRORED:
        return None
    whole = length <= len(version)  # cut to two parts it equals (3, 7) for all of 3.7; else it is greater
    after = (*version[:-1], version[-1] + 1) if whole else version
    return VersionTest(after if op in (ast.Gt, ast.LtE) else version, since=op in (ast.Gt, ast.GtE))


def _length(node: ast.expr) -> int | None:
    """Return how many parts of ``sys.version_info`` an expression has."""
    if last_name(node) == "version_info" and isinstance(node, (ast.Name, ast.Attribute)):
        return 5
    if not isinstance(node, ast.Subscript) or last_name(node.value) != "version_info":
        return None
    match node.slice:
        case ast.Constant(value=0):
            return 1
        case ast.Slice(lower=None, upper=ast.Constant(value=int(length)), step=None):
            return length
    return None


def _version(node: ast.expr) -> Version | None:
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
    found = [each.value for each in parts if isinstance(each, ast.Constant) and type(each.value) is int]
    return tuple(found) if found and len(found) == len(parts) else None


def runs_only_below(module: Module, node: ast.AST) -> Version | None:
    """Return the version below which alone a place runs, by the tests around it and the skips of its function."""
    found: list[Version] = []
    inner = node
    for outer in module.ancestors(node):
        if isinstance(outer, (ast.If, ast.IfExp)) and inner is not outer.test:
            asked = version_test(module, outer.test)
            body = outer.body if isinstance(outer.body, list) else [outer.body]
            found += _upper(asked if inner in body else asked and asked.opposite)
        inner = outer
        found += _skipped(module, outer)
    found += _skipped(module, node)
    return min(found, default=None)


def _upper(asked: VersionTest | None) -> list[Version]:
    return [] if asked is None or asked.since else [asked.version]


def _skipped(module: Module, node: ast.AST) -> list[Version]:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return []
    found: list[Version] = []
    for each in node.decorator_list:
        skips = _SKIPPING.get(last_name(each.func) or "") if isinstance(each, ast.Call) else None
        if skips is not None and isinstance(each, ast.Call) and each.args:
            asked = version_test(module, each.args[0])
            found += _upper(asked.opposite if asked and skips else asked)
    return found
