"""A verification for programs: the report of the migration, and what the suite said of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from codemods.report import json
from codemods.verify.comparison import Comparison, Verdict
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import Observed, SuiteRun
from codemods.verify.verification import TakenBack, Verification


def document(found: Verification) -> dict[str, Any]:
    """Return all that a verification found, as JSON values."""
    return {
        **json.document(found.report),
        "verdicts": {each.value: found.verdicts[each] for each in Verdict},
        "tests": [_test(each) for each in found.comparisons],
        "taken_back": [_taken_back(each) for each in found.taken_back],
        "untried": [each.id for each in found.untried],
        "runs": [_run(each) for each in found.runs],
        "tracing_runs": found.tracing_runs,
        "environment": _environment(found.interpreter),
        "old_environment": _environment(found.old),
        "against": found.against,
        "unproven": found.unproven,
        "failures": [
            {
                "error": each.error,
                "place": each.place,
                "tests": [test.test for test in each.tests],
                "near": [*each.findings],
            }
            for each in found.failures
        ],
        "new_warnings": [
            {"test": each.test, "warnings": [*each.warnings], "near": [near.id for near in each.findings]}
            for each in found.warned
        ],
    }


def _environment(interpreter: Interpreter | None) -> dict[str, Any] | None:
    if interpreter is None:
        return None
    return {
        "python": str(interpreter.path),
        "version": interpreter.version,
        "pytest": interpreter.pytest,
        "pytest_asyncio": interpreter.pytest_asyncio,
    }


def _test(each: Comparison) -> dict[str, Any]:
    return {
        "id": each.test,
        "verdict": each.verdict.value,
        "before": _observed(each.before),
        "after": _observed(each.after),
        "old": _observed(each.old),
    }


def _observed(seen: Observed | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {"outcome": seen.outcome.value, "seconds": round(seen.seconds, 6), "error": seen.error}


def _taken_back(each: TakenBack) -> dict[str, Any]:
    finding = each.finding
    broken = [
        {
            "test": test.test,
            "before": test.before and test.before.value,
            "after": test.after and test.after.value,
            "error": test.error,
        }
        for test in each.broken
    ]
    place = {"id": finding.id, "code": finding.code, "path": finding.path, "line": finding.span.line}
    return {**place, "proven": each.proven, "broken": broken}


def _run(run: SuiteRun) -> dict[str, Any]:
    return {
        "phase": run.phase,
        "outcomes": dict(sorted(Counter(each.outcome.value for each in run.tests.values()).items())),
        "seconds": round(run.seconds, 3),
        "processes": run.processes,
        "exit": run.exit,
    }
