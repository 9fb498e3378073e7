"""The report for programs. Its keys don't change their meaning without a new ``schema_version``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from codemods.model import FileResult, Finding, Fix, Leftover, LocalImport, Released, Report, Safety, Status

SCHEMA_VERSION = 1


def render(document: dict[str, Any]) -> str:
    """Return a document as the text to print."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **document}, indent=2)


def document(report: Report) -> dict[str, Any]:
    """Return all that a run found, as JSON values."""
    return {"files": [_file(result) for result in report.files], "summary": _summary(report)}


def _file(result: FileResult) -> dict[str, Any]:
    return {
        "path": result.path,
        "status": result.status.value,
        "error": result.error,
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "id": finding.id,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "safety": finding.safety.value,
        "fixable": finding.fixable,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "round": finding.round,
        "evidence": [{"path": each.path, "line": each.line, "text": each.text} for each in finding.evidence],
        "edits": list(_edits(finding)),
        "also": list(finding.also),
    }


def _edits(finding: Finding) -> Iterator[dict[str, Any]]:
    """Yield the edits of the fix in all of its files, then what it asks of their imports, which is an edit too."""
    for path in finding.paths:
        if finding.fix is not None and (part := finding.fix.at(path, finding.path)) is not None:
            yield from _edits_in(path, part)


def _edits_in(path: str, fix: Fix) -> Iterator[dict[str, Any]]:
    for edit in fix.edits:
        place = {"unit": edit.unit, "kind": edit.kind, "index": edit.index}
        yield {"path": edit.path, "verb": edit.verb, **place, "args": dict(edit.args)}
    for each in fix.imports:
        yield {"path": path, "verb": "add_import", "args": {"module": each.module, "name": each.name}}
    if fix.released:
        yield {"path": path, "verb": "remove_unused_imports", "args": {"names": [*map(_shown, fix.released)]}}


def _shown(released: Released) -> str:
    """Return what is released in one word: ``time``, ``test_it:time`` in the body of ``test_it``, ``def:run``."""
    if isinstance(released, LocalImport):
        return f"{released.function}:{released.name}"
    return f"def:{released.name}" if isinstance(released, Leftover) else released


def _summary(report: Report) -> dict[str, Any]:
    findings = report.findings
    rules = Counter(finding.code for finding in findings)
    safeties = Counter(finding.safety for finding in findings)
    statuses = Counter(result.status for result in report.files)
    return {
        "files": len(report.files),
        "findings": len(findings),
        "by_rule": dict(sorted(rules.items())),
        "by_safety": {each.value: safeties[each] for each in Safety},
        "by_status": {each.value: statuses[each] for each in Status},
    }
