"""Which fixes of a round can be made together, and the text that they make."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.edits import (  # noqa: F401  (they declare what their verbs throw away)
    calls,
    classes,
    configuration,
    decorators,
    functions,
    imports,
    statements,
    yields,
)
from codemods.edits.making import discarded
from codemods.model import Edit, Finding
from codemods.rewrite.imports import place_imports
from codemods.rewrite.units import edit_units, splice
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.projects.project import Project


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of the accepted findings of one round."""

    text: str
    applied: tuple[Finding, ...]
    waiting: tuple[Finding, ...] = ()
    refused: tuple[tuple[Finding, str], ...] = ()


def rewrite(module: Module, findings: Sequence[Finding], project: Project | None = None) -> Rewritten:
    """Apply the fixes of ``findings`` to ``module``, each as a whole or not at all.

    A finding whose edits meet those of an earlier one waits for the next round; one whose unit can't be rewritten is
    refused with the reason. The settings of ``project`` say where imports go.
    """
    chosen, waiting = _compatible(module, findings)
    refused: list[tuple[Finding, str]] = []
    while True:
        texts, failed = _unit_texts(module, chosen)
        if not failed:
            break
        touching = [finding for finding in chosen if _units_of(finding) & failed.keys()]
        refused += [(finding, failed[min(_units_of(finding) & failed.keys())]) for finding in touching]
        chosen = [finding for finding in chosen if finding not in touching]
    text = splice(module, texts)
    fixes = [finding.fix for finding in chosen if finding.fix]
    text = place_imports(module.path, text, fixes, project)
    return Rewritten(text, tuple(chosen), tuple(waiting), tuple(refused))


def _units_of(finding: Finding) -> set[int]:
    return {edit.unit for edit in finding.fix.edits} if finding.fix else set()


def _compatible(module: Module, findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    touched: set[ast.AST] = set()
    lost: set[ast.AST] = set()
    chosen: list[Finding] = []
    waiting: list[Finding] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        mine = {module.node_at(edit) for edit in edits}
        gone = {each for edit in edits for each in discarded(module.node_at(edit), edit)}
        if mine & touched or mine & lost or gone & touched:
            waiting.append(finding)
        else:
            chosen.append(finding)
            touched |= mine
            lost |= gone
    return chosen, waiting


def _unit_texts(module: Module, findings: Sequence[Finding]) -> tuple[dict[int, str], dict[int, str]]:
    edits: defaultdict[int, list[Edit]] = defaultdict(list)
    for finding in findings:
        for edit in finding.fix.edits if finding.fix else ():
            edits[edit.unit].append(edit)
    return edit_units(module, edits)
