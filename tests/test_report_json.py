from __future__ import annotations

import json
from pathlib import Path

from codemods.model import Edit, Evidence, FileResult, Finding, Fix, Import, Report, Safety, Span, Status
from codemods.report.json import document, render

FINDING_KEYS = [
    "id", "code", "name", "message", "safety", "fixable", "line", "column", "end_line", "end_column", "round",
    "evidence", "edits", "also",
]  # fmt: skip

FIX = Fix(
    (Edit("tests/test_a.py", 3, "add_decorator", "FunctionDef", 0, {"text": "pytest.mark.asyncio"}),),
    (Import("pytest"), Import("unittest.mock", "AsyncMock")),
    ("time",),
)
FIXABLE = Finding(
    "PAM101",
    "add-asyncio-marker",
    "test 'ü' is async",
    Safety.SAFE,
    "tests/test_a.py",
    Span(4, 1, 5, 9),
    FIX,
    (Evidence("pytest.ini", 2, "asyncio_mode = strict"),),
    ("PAM103",),
    id="0123456789abcdef",
    round=2,
)
MANUAL = Finding("PAM915", "ambiguous-mock", "no", Safety.MANUAL, "tests/test_a.py", Span(1, 1, 1, 2), id="f")
REPORT = Report(
    Path("/project"),
    (
        FileResult("tests/test_a.py", Status.WOULD_CHANGE, (MANUAL, FIXABLE), b"a", b"b", applied=(FIXABLE.id,)),
        FileResult("tests/test_b.py", Status.FAILED, error="line 1: invalid syntax"),
        FileResult("tests/test_c.py", Status.CLEAN),
    ),
)


def test_the_document_as_a_whole() -> None:
    parsed = json.loads(render(document(REPORT)))
    assert list(parsed) == ["schema_version", "files", "summary"]
    assert parsed["schema_version"] == 1
    assert [list(each) for each in parsed["files"]] == [["path", "status", "error", "findings"]] * 3
    assert parsed["files"][1] == {
        "path": "tests/test_b.py",
        "status": "failed",
        "error": "line 1: invalid syntax",
        "findings": [],
    }
    assert parsed["summary"] == {
        "files": 3,
        "findings": 2,
        "by_rule": {"PAM101": 1, "PAM915": 1},
        "by_safety": {"safe": 1, "review": 0, "manual": 1},
        "by_status": {"clean": 1, "would-change": 1, "changed": 0, "skipped": 0, "failed": 1},
    }


def test_a_finding_has_exactly_the_promised_keys() -> None:
    manual, fixable = json.loads(render(document(REPORT)))["files"][0]["findings"]
    assert list(manual) == list(fixable) == FINDING_KEYS
    assert fixable == {
        "id": "0123456789abcdef",
        "code": "PAM101",
        "name": "add-asyncio-marker",
        "message": "test 'ü' is async",
        "safety": "safe",
        "fixable": True,
        "line": 4,
        "column": 1,
        "end_line": 5,
        "end_column": 9,
        "round": 2,
        "evidence": [{"path": "pytest.ini", "line": 2, "text": "asyncio_mode = strict"}],
        "edits": [
            {
                "path": "tests/test_a.py",
                "verb": "add_decorator",
                "unit": 3,
                "kind": "FunctionDef",
                "index": 0,
                "args": {"text": "pytest.mark.asyncio"},
            },
            {"path": "tests/test_a.py", "verb": "add_import", "args": {"module": "pytest", "name": None}},
            {
                "path": "tests/test_a.py",
                "verb": "add_import",
                "args": {"module": "unittest.mock", "name": "AsyncMock"},
            },
            {"path": "tests/test_a.py", "verb": "remove_unused_imports", "args": {"names": ["time"]}},
        ],
        "also": ["PAM103"],
    }
    assert (manual["fixable"], manual["edits"]) == (False, [])


def test_it_is_ascii_even_for_names_that_are_not_unicode() -> None:
    report = Report(Path("/project"), (FileResult("test_\udcff.py", Status.CLEAN),))
    text = render(document(report))
    assert text.isascii()
    assert json.loads(text)["files"][0]["path"] == "test_\udcff.py"


def test_the_order_is_that_of_the_report() -> None:
    assert render(document(REPORT)) == render(document(REPORT))
    assert [each["path"] for each in document(REPORT)["files"]] == [each.path for each in REPORT.files]
