"""Changes to a function: its parameters, its annotation, its first statement, and whether it is async."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst
import libcst.matchers as m

from codemods.transformers.alignment import realigned
from codemods.transformers.verbs import verb

_SPACE = cst.SimpleWhitespace(" ")
_NONE = cst.SimpleWhitespace("")
_ABSENT = cst.MaybeSentinel.DEFAULT
_Part = cst.Param | cst.ParamSlash | cst.ParamStar


@verb
def make_async(node: cst.FunctionDef) -> cst.FunctionDef:
    """Write ``async def`` for ``def``."""
    params = realigned(node.params, f"def {node.name.value}(", f"async def {node.name.value}(")
    return node.with_changes(asynchronous=cst.Asynchronous(whitespace_after=_SPACE), params=params)


@verb
def set_returns(node: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """Annotate what it returns as ``text``."""
    annotation = cst.parse_expression(text)
    if node.returns is None:
        return node.with_changes(returns=cst.Annotation(annotation))
    return node.with_changes(returns=node.returns.with_changes(annotation=annotation))


@verb
def prepend_statement(node: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """Put the statement ``text`` first in the body, below the docstring."""
    added = cst.ensure_type(cst.parse_statement(text), cst.SimpleStatementLine)
    if isinstance(node.body, cst.SimpleStatementSuite):
        kept = cst.SimpleStatementLine(node.body.body, trailing_whitespace=node.body.trailing_whitespace)
        return node.with_changes(body=cst.IndentedBlock((added, kept)))
    body = list(node.body.body)
    index = 0 if node.get_docstring(clean=False) is None else 1
    if index and index < len(body):
        leading: Sequence[cst.EmptyLine] = body[index].leading_lines  # type: ignore[attr-defined]
        blank = next((count for count, line in enumerate(leading) if line.comment), len(leading))
        added = added.with_changes(leading_lines=leading[:blank])
        body[index] = body[index].with_changes(leading_lines=leading[blank:])
    if index < len(body) and isinstance(below := body[index], (cst.FunctionDef, cst.ClassDef)):
        body[index] = _set_off(below)
    return node.with_changes(body=node.body.with_changes(body=(*body[:index], added, *body[index:])))


def _set_off(node: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
    """Put a blank line above a nested definition, as formatters do below another statement."""
    leading = node.leading_lines
    above = () if leading and leading[0].comment is None else (cst.EmptyLine(indent=False),)
    return node.with_changes(leading_lines=(*above, *leading))


@verb
def remove_parameter(node: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """Take the parameter ``name`` away, and with it a ``*`` or ``/`` that stood there for it alone."""
    old = node.params
    parts = _parts(old)
    kept = _without_markers([each for each in parts if not _is_named(each, name)], old)
    if not kept:
        return node.with_changes(params=cst.Parameters(), whitespace_before_params=_NONE)
    if kept[-1] is not parts[-1]:
        kept[-1] = _closing(kept[-1], parts[-1])
    return node.with_changes(params=_parameters(kept, old))


def _parts(params: cst.Parameters) -> list[_Part]:
    """Return the parameters, the ``/`` and the ``*`` as they stand."""
    slash = [params.posonly_ind] if isinstance(params.posonly_ind, cst.ParamSlash) else []
    star = [params.star_arg] if isinstance(params.star_arg, (cst.Param, cst.ParamStar)) else []
    rest = [params.star_kwarg] if params.star_kwarg is not None else []
    return [*params.posonly_params, *slash, *params.params, *star, *params.kwonly_params, *rest]


def _is_named(part: _Part, name: str) -> bool:
    return isinstance(part, cst.Param) and part.name.value == name


def _without_markers(parts: Sequence[_Part], old: cst.Parameters) -> list[_Part]:
    keywords = [each for each in old.kwonly_params if each in parts]
    positional = [each for each in old.posonly_params if each in parts]
    lonely = {cst.ParamStar: not keywords, cst.ParamSlash: not positional}
    return [each for each in parts if not lonely.get(type(each), False)]


def _closing(part: _Part, last: _Part) -> _Part:
    """Give what is the last part now the end that the last part had: its comma, and the space before the bracket."""
    comma = last.comma if isinstance(last, cst.Param) else _ABSENT
    if isinstance(part, cst.Param):
        after = last.whitespace_after_param if isinstance(last, cst.Param) else _NONE
        return part.with_changes(comma=comma, whitespace_after_param=after)
    return part.with_changes(comma=comma)


def _parameters(parts: Sequence[_Part], old: cst.Parameters) -> cst.Parameters:
    """Return ``old`` with nothing but ``parts``, of which the last may have changed."""
    by_name = {each.name.value: each for each in parts if isinstance(each, cst.Param)}

    def still(group: Sequence[cst.Param]) -> list[cst.Param]:
        return [by_name[each.name.value] for each in group if each.name.value in by_name]

    slash = next((each for each in parts if isinstance(each, cst.ParamSlash)), _ABSENT)
    star: cst.Param | cst.ParamStar | cst.MaybeSentinel
    if isinstance(old.star_arg, cst.Param):
        star = by_name[old.star_arg.name.value]
    else:
        star = next((each for each in parts if isinstance(each, cst.ParamStar)), _ABSENT)
    rest = by_name[old.star_kwarg.name.value] if old.star_kwarg is not None else None
    return old.with_changes(
        posonly_params=still(old.posonly_params),
        posonly_ind=slash,
        params=still(old.params),
        star_arg=star,
        kwonly_params=still(old.kwonly_params),
        star_kwarg=rest,
    )


@verb
def yield_instead(node: cst.Return) -> cst.Expr:
    """Yield what is returned."""
    none = cst.SimpleWhitespace("") if node.value is None else cst.SimpleWhitespace(" ")
    return cst.Expr(cst.Yield(node.value, whitespace_after_yield=none), semicolon=node.semicolon)


@verb
def inline_function(node: cst.FunctionDef, index: int) -> cst.FunctionDef:
    """Have the body of the function that the statement at ``index`` defines in the place of it and the next one."""
    block = cst.ensure_type(node.body, cst.IndentedBlock)
    inner = cst.ensure_type(block.body[index], cst.FunctionDef)
    first, *others = cst.ensure_type(inner.body, cst.IndentedBlock).body
    leading = (*inner.leading_lines, *first.leading_lines)  # type: ignore[attr-defined]
    moved = [first.with_changes(leading_lines=leading), *others]
    return node.with_changes(body=block.with_changes(body=(*block.body[:index], *moved, *block.body[index + 2 :])))


@verb
def replace_definition(node: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """Write the definition ``text`` instead, below the same comments."""
    new = cst.ensure_type(cst.parse_statement(text), cst.FunctionDef)
    return new.with_changes(leading_lines=node.leading_lines)


@verb
def rename_parameter(node: cst.FunctionDef, *, name: str, new: str) -> cst.FunctionDef:
    """Call the parameter ``name`` and all that reads it ``new``; nothing inside may bind either name."""

    def renamed(part: cst.CSTNode) -> Any:
        kept: set[cst.CSTNode | None] = {each.attr for each in m.findall(part, m.Attribute())}  # type: ignore[attr-defined]
        kept |= {each.keyword for each in m.findall(part, m.Arg())}  # type: ignore[attr-defined]
        names = set(m.findall(part, m.Name(name))) - kept
        return m.replace(part, m.MatchIfTrue(names.__contains__), lambda each, _: each.with_changes(value=new))

    return node.with_changes(params=renamed(node.params), body=renamed(node.body))


@verb
def make_block_async(node: cst.With | cst.For) -> cst.With | cst.For:
    """Make the block ``async with`` or ``async for``."""
    return node.with_changes(asynchronous=cst.Asynchronous())
