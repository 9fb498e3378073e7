"""Changes to a class and to the shape of its methods."""

from __future__ import annotations

import libcst as cst

from codemods.transformers.verbs import verb


@verb
def replace_base(node: cst.ClassDef, index: int, text: str) -> cst.ClassDef:
    """Write ``text`` instead of the base at ``index``."""
    bases = list(node.bases)
    bases[index] = bases[index].with_changes(value=cst.parse_expression(text))
    return node.with_changes(bases=bases)


@verb
def rename_function(node: cst.FunctionDef, name: str) -> cst.FunctionDef:
    """Call the function ``name``."""
    return node.with_changes(name=cst.Name(name))


@verb
def set_parameters(node: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """Take the parameters ``text``."""
    other = cst.ensure_type(cst.parse_statement(f"def _({text}): pass\n"), cst.FunctionDef)
    return node.with_changes(params=other.params, whitespace_before_params=other.whitespace_before_params)


@verb
def append_statements(node: cst.FunctionDef, text: str) -> cst.FunctionDef:
    """Add the statements ``text`` at the end of the body."""
    added = cst.parse_module(text)
    body = _block(node)
    footer = (*body.footer, *added.footer)
    return node.with_changes(body=body.with_changes(body=(*body.body, *added.body), footer=footer))


@verb
def yield_at(node: cst.FunctionDef, index: int) -> cst.FunctionDef:
    """Put a ``yield`` before the statement at ``index``."""
    body = _block(node)
    added = cst.parse_statement("yield\n")
    return node.with_changes(body=body.with_changes(body=(*body.body[:index], added, *body.body[index:])))


@verb
def guard_cleanup(node: cst.FunctionDef, index: int) -> cst.FunctionDef:
    """Put the statement at ``index`` into a ``try`` and those after it into its ``finally``."""
    body = _block(node)
    guarded, first, *others = body.body[index:]
    leading = guarded.leading_lines  # type: ignore[attr-defined]
    after = tuple(each for each in first.leading_lines if each.comment)  # type: ignore[attr-defined]
    cleanup = [first.with_changes(leading_lines=after), *others]
    added = cst.Try(
        body=cst.IndentedBlock([guarded.with_changes(leading_lines=())]),
        finalbody=cst.Finally(cst.IndentedBlock(cleanup, footer=body.footer)),
        leading_lines=leading,
    )
    return node.with_changes(body=body.with_changes(body=(*body.body[:index], added), footer=()))


def _block(node: cst.FunctionDef) -> cst.IndentedBlock:
    return cst.ensure_type(node.body, cst.IndentedBlock)
