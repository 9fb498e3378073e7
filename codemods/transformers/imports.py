"""Changes to an import statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import libcst as cst

from codemods.transformers.verbs import verb


@verb
def add_imported_name(node: cst.ImportFrom, name: str) -> cst.ImportFrom:
    """Add ``name`` where the order of the names wants it, at the end if they keep none."""
    old = list(cst.ensure_type(node, cst.ImportFrom).names)  # type: ignore[arg-type]
    names = [alias.evaluated_name for alias in old]
    index = _place(names, name)
    added = cst.ImportAlias(cst.Name(name))
    if index == len(old):
        comma = old[-2].comma if len(old) > 1 else _between(old[-1])
        old[-1], added = old[-1].with_changes(comma=comma), added.with_changes(comma=old[-1].comma)
    else:
        added = added.with_changes(comma=old[index].comma if index < len(old) - 1 else _neighbour(old))
    return node.with_changes(names=[*old[:index], added, *old[index:]])


def _neighbour(old: Sequence[cst.ImportAlias]) -> cst.Comma | cst.MaybeSentinel:
    return old[-2].comma if len(old) > 1 else _between(old[-1])


def _between(alias: cst.ImportAlias) -> cst.Comma:
    if isinstance(alias.comma, cst.Comma) and isinstance(alias.comma.whitespace_after, cst.ParenthesizedWhitespace):
        after = alias.comma.whitespace_after
        return alias.comma.with_changes(whitespace_after=after.with_changes(last_line=cst.SimpleWhitespace("    ")))
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _by_type(name: str) -> tuple[int, str]:
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return rank, name


_ORDERS: tuple[Callable[[str], Any], ...] = (_by_type, str.lower, str)


def _place(names: Sequence[str], name: str) -> int:
    for key in _ORDERS:
        if all(key(one) <= key(two) for one, two in pairwise(names)):
            return sum(key(each) <= key(name) for each in names)
    return len(names)


@verb
def remove_imported_names(
    node: cst.Import | cst.ImportFrom, names: list[str]
) -> cst.Import | cst.ImportFrom | cst.RemovalSentinel:
    """Take the names that the statement binds as ``names`` away, and the statement if none is left."""
    aliases = list(node.names)  # type: ignore[arg-type]
    kept = [alias for alias in aliases if _bound(alias) not in names]
    if not kept:
        return cst.RemovalSentinel.REMOVE
    kept[-1] = kept[-1].with_changes(comma=aliases[-1].comma)
    return node.with_changes(names=kept)


def _bound(alias: cst.ImportAlias) -> str:
    return alias.evaluated_alias or alias.evaluated_name
