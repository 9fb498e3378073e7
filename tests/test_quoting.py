"""Whatever the names and sources hold, what is printed is lines of printable text and the tool's own colours."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods import api
from codemods.cli.session import say
from codemods.errors import UsageError
from codemods.model import FileResult, Finding, Fix, Report, Safety, Span, Status
from codemods.report import json as report_json
from codemods.report.colour import Paint
from codemods.report.diff import file_patch
from codemods.report.page import page
from codemods.report.quoting import quoted, quoted_around_colours, shown
from codemods.report.summary import apply_summary, check_summary, diff_summary
from codemods.report.text import finding_lines
from codemods.report.verification_text import lines
from codemods.rules import all_rules
from codemods.verify.comparison import Comparison, Verdict
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import Observed, Outcome, SuiteRun
from codemods.verify.verification import Broken, TakenBack, Verification

OWN = re.compile(r"\x1b\[(?:[01]|3[1236])m")
HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            "\x1b\r\n\t\x07\b\x7f\x9b\x85\u2028\u2029\u202a\u202e\u2066\u2069\u200b\ufeff\udc80\udcff[31m0 "
        ),
        st.characters(),
    ),
    min_size=1,
)
PAINTS = st.sampled_from([Paint(), Paint(True), Paint(True, True), Paint(False, True)])


def is_harmless(line: str) -> bool:
    return OWN.sub("", line).isprintable()


def report(hostile: str) -> Report:
    other = Fix((), other_files={f"{hostile}.ini": Fix(())})
    span = Span(1, 1, 1, 2)
    found = [
        Finding("PAM401", "name", f"says {hostile}", Safety.SAFE, f"{hostile}/test_a.py", span, other, id="1"),
        Finding("PAM401", "name", f"says {hostile}", Safety.MANUAL, f"{hostile}/test_a.py", span, id="2"),
    ]
    changed = FileResult(f"{hostile}/test_a.py", Status.CHANGED, tuple(found), b"a", b"b", applied=("1",))
    return Report(Path(os.devnull).parent, (changed, FileResult(hostile, Status.FAILED, error=hostile)))


@given(HOSTILE)
def test_a_quoted_text_is_one_printable_line(text: str) -> None:
    assert quoted(text).isprintable()
    assert quoted(quoted(text)) == quoted(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Mn"])))
def test_what_is_printable_stays(text: str) -> None:
    assert quoted(text) == text


def test_how_it_is_shown() -> None:
    hostile = "a\x1b[31m\r\n\t\x9b\u202e\u2028\udcffé漢\\"
    assert quoted(hostile) == "a\\x1b[31m\\r\\n\\t\\x9b\\u202e\\u2028\\udcffé漢\\"


@given(HOSTILE)
def test_only_the_own_colours_are_left_in_a_line(text: str) -> None:
    assert is_harmless(quoted_around_colours(text))
    painted = Paint(True)(text, 31)
    assert quoted_around_colours(painted) == painted == f"\x1b[31m{quoted(text)}\x1b[0m"


@given(HOSTILE, PAINTS)
def test_the_lines_of_the_reports(hostile: str, paint: Paint) -> None:
    found = report(hostile)
    printed = [*finding_lines(found.root, found.findings, paint)]
    assert len(printed) == 2
    assert [each for each in printed if not is_harmless(each)] == []
    assert "\x1b[31m" not in "".join(printed) or paint.on
    for summary in (check_summary, diff_summary, apply_summary):
        assert [each for each in map(quoted, summary(found, lambda *_: hostile)) if not each.isprintable()] == []


@given(HOSTILE, PAINTS)
def test_the_lines_of_a_verification(hostile: str, paint: Paint) -> None:
    found = report(hostile)
    seen = Observed(Outcome.FAILED, 0.1, hostile)
    tests = tuple(Comparison(f"{hostile}::test", each, seen, seen) for each in Verdict)
    broken = TakenBack(found.findings[0], (Broken(hostile, Outcome.PASSED, Outcome.FAILED, hostile),), True)
    interpreter = Interpreter.__new__(Interpreter)
    for name, value in (("version", "3.11"), ("pytest", "9"), ("pytest_asyncio", "1.3")):
        object.__setattr__(interpreter, name, value)
    run = SuiteRun("before", {}, 0.1, 1, 0)
    verification = Verification(found, tests, (broken,), (run,), tuple(found.findings), interpreter, 0)
    printed = [*lines(verification, paint)]
    assert [each for each in printed if not is_harmless(each)] == []
    coloured = {OWN.sub("", each) for each in printed}
    assert coloured == {OWN.sub("", each) for each in lines(verification, Paint())}


@given(st.binary(), st.binary(), HOSTILE)
def test_a_patch_on_a_terminal(before: bytes, after: bytes, hostile: str) -> None:
    name = hostile.encode("utf-8", "replace")
    before, after = before + hostile.encode("utf-8", "replace"), after + b"\x1b[2J\xe9\r\x9b"
    if before == after:
        return
    exact = b"".join(file_patch(name, before, after))
    assert b"".join(file_patch(name, before, after, Paint(terminal=False))) == exact
    for paint in (Paint(False, True), Paint(True, True)):
        text = b"".join(file_patch(name, before, after, paint)).decode()
        text = re.sub(r"\r?(\x1b\[0m)?\r?\n", "\n", text)
        assert [each for each in text.split("\n") if not is_harmless(each.replace("\t", ""))] == []


def test_the_end_of_a_line_stays_on_a_terminal() -> None:
    assert shown(b"a\tb\r\nc\rd\n\xe9\xc3\xa9\x1b") == "a\tb\r\nc\\rd\n\\xe9é\\x1b".encode()


@given(HOSTILE)
def test_json_gives_names_back_as_they_are(hostile: str) -> None:
    rendered = report_json.render(report_json.document(report(hostile)))
    assert rendered.replace("\n", "").isprintable()
    assert rendered.isascii()
    assert json.loads(rendered)["files"][1]["path"] == hostile


def test_a_name_that_is_not_utf_8_comes_back_through_json() -> None:
    name = os.fsdecode(b"test_\xff.py")
    read = json.loads(report_json.render(report_json.document(report(name))))
    assert os.fsencode(read["files"][1]["path"]) == os.fsencode(name)


def test_the_pages_of_the_rules_need_no_quoting() -> None:
    printed: Iterable[str] = (line for rule in all_rules() for line in page(rule).split("\n"))
    assert [each for each in printed if not each.isprintable()] == []


@given(HOSTILE)
def test_all_that_is_said_is_quoted(hostile: str) -> None:
    for results in (True, False):
        stream = io.StringIO()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "stdout" if results else "stderr", stream)
            say([hostile, f"error: {hostile}"], results=results)
        assert [each for each in stream.getvalue().split("\n") if not is_harmless(each)] == []
        assert stream.getvalue().count("\n") == 2


def test_an_error_of_many_lines_quotes_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.git, "dirty", lambda paths: [(Path("a\nb"), "is untracked"), (Path("c"), "is untracked")])
    with pytest.raises(UsageError) as error:
        api.refuse_dirty(report("x"))
    assert error.value.args[1:] == ("  a\nb (is untracked)", "  c (is untracked)")
    assert str(error.value).endswith("\n  a\nb (is untracked)\n  c (is untracked)")
