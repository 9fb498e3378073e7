"""The laws that hold for every example of every rule and every file of the fixtures."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from codemods import FileResult, Report, Settings, Status, toml
from codemods.report import json as json_report
from codemods.report.diff import file_patch
from codemods.rules import all_rules
from codemods.transformers.verbs import VERBS
from samples import EXAMPLES, LACKING, SAMPLES, Sample

CHANGING = [sample for sample in SAMPLES if sample.migrate().status is Status.WOULD_CHANGE]
ONLY_IN_PROJECTS = {"add_imported_name", "replace_definition"}
"""Verbs of fixes that change several files together, which the samples are too small for."""


def _crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _lone_cr(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r")


def _mixed(data: bytes) -> bytes:
    ends = Random(1)
    return re.sub(rb"\n", lambda _: ends.choice((b"\n", b"\r\n")), data)


def _bom(data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data


def _tabs(data: bytes) -> bytes:
    return re.sub(rb"^(?: {4})+", lambda found: b"\t" * (len(found.group()) // 4), data, flags=re.MULTILINE)


def _form_feeds(data: bytes) -> bytes:
    return re.sub(rb"\n\n\n(?=[@adc])", b"\n\n\x0c\n", data)


def _unfinished(data: bytes) -> bytes:
    return data.rstrip(b"\n")


def _latin_1(data: bytes) -> bytes:
    return b"# -*- coding: latin-1 -*-\n# \xe4\xf6\xfc\n" + data


LAYOUTS = [_crlf, _lone_cr, _mixed, _bom, _tabs, _form_feeds, _unfinished, _latin_1]


def _plain(data: bytes) -> bytes:
    return re.sub(rb"\r\n|\r", b"\n", data)


def test_the_samples_use_every_verb() -> None:
    """So each law is held against each rule, which has examples, and against each verb in each layout."""
    results = [sample.migrate() for sample in CHANGING]
    fixes = [each.fix for result in results for each in result.findings if each.id in result.applied]
    used = {edit.verb for fix in fixes if fix for edit in fix.edits}
    assert (VERBS.keys() | LACKING.keys()) - used == ONLY_IN_PROJECTS


@pytest.mark.parametrize("sample", EXAMPLES, ids=str)
def test_an_example_becomes_what_its_page_says(sample: Sample) -> None:
    assert sample.migrate().after.decode() == (sample.expected or b"").decode()


@pytest.mark.parametrize("sample", EXAMPLES, ids=str)
def test_an_example_stays_as_it_is_when_its_rule_is_ignored(sample: Sample) -> None:
    code = sample.name.partition("-")[0]
    for word in (code, code[:4]):
        ignoring = replace(sample, settings=Settings(select=("ALL",), ignore=(word, *_others(code)), unsafe=True))
        assert ignoring.migrate().after == sample.data


def _others(code: str) -> tuple[str, ...]:
    return tuple(rule.code for rule in all_rules() if rule.code != code)


@pytest.mark.parametrize("sample", CHANGING, ids=str)
def test_a_comment_keeps_a_finding_away(sample: Sample) -> None:
    result = sample.migrate(first_round=True)
    lines = sample.data.decode().split("\n")
    for finding in result.findings:
        for comment in ("# codemods: ignore[{}]", "# noqa: {}"):
            changed = list(lines)
            changed[finding.span.line - 1] += "  " + comment.format(finding.code)
            data = "\n".join(changed).encode()
            found = sample.migrate(data, first_round=True).findings
            kept = {(each.code, each.span.line) for each in found}
            assert (finding.code, finding.span.line) not in kept


@pytest.mark.parametrize("every", [False, True], ids=["alone", "with all rules"])
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_result_parses_and_is_a_fixpoint(sample: Sample, every: bool) -> None:
    sample = sample.with_all_rules() if every else sample
    result = sample.migrate()
    assert result.error is None
    assert set(result.applied) <= {each.id for each in result.findings}
    _parse(sample, result.after)
    again = sample.migrate(result.after)
    assert again.after == result.after
    assert not again.applied


def _parse(sample: Sample, data: bytes) -> None:
    if sample.is_python:
        ast.parse(data)
    else:
        toml.loads(data.decode())


# TOML has fewer layouts than Python: UTF-8 without a mark, and lines that end in newlines.
TOML_LAYOUTS = (_plain, _crlf, _mixed, _unfinished)
LAID_OUT = [
    pytest.param(sample, layout, id=f"{sample}-{layout.__name__}")
    for sample in CHANGING
    for layout in LAYOUTS
    if sample.is_python or layout in TOML_LAYOUTS
]


@pytest.mark.parametrize(("sample", "layout"), LAID_OUT)
def test_the_layout_of_a_file_survives(sample: Sample, layout: Callable[[bytes], bytes]) -> None:
    """The result is the same as for the plain file, laid out the same way."""
    data = layout(sample.data)
    result = sample.migrate(data)
    assert result.error is None
    if layout in (_crlf, _lone_cr, _bom, _unfinished):
        assert result.after == layout(sample.migrate().after)
    else:
        assert _plain(result.after) == _plain(sample.migrate(_plain(data)).after)
        assert set(_separators(result.after)) <= set(_separators(data)) | {b"\n"}


def _separators(data: bytes) -> list[bytes]:
    return re.findall(rb"\r\n|\r|\n", data)


@pytest.mark.parametrize("layout", [_plain, _crlf, _lone_cr, _mixed, _bom, _form_feeds, _unfinished, _latin_1])
def test_git_applies_the_printed_diff(layout: Callable[[bytes], bytes], tmp_path: Path) -> None:
    patch: list[bytes] = []
    results: dict[str, FileResult] = {}
    for index, sample in enumerate(each for each in CHANGING if each.is_python or layout in TOML_LAYOUTS):
        name = f"dir with space/tëst_{index}.py"
        results[name] = sample.migrate(layout(sample.data))
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(results[name].before)
        patch += file_patch(name.encode(), results[name].before, results[name].after)
    (tmp_path / "all.patch").write_bytes(b"".join(patch))
    subprocess.run(["git", "apply", "--whitespace=nowarn", "all.patch"], cwd=tmp_path, check=True)
    for name, result in results.items():
        assert (tmp_path / name).read_bytes() == result.after


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_json_survives_a_round_trip(sample: Sample) -> None:
    report = Report(Path.cwd(), (sample.migrate(),))
    document = json_report.document(report)
    read = json.loads(json_report.render(document))
    assert {**document, **read} == read


@pytest.mark.parametrize("sample", CHANGING, ids=str)
def test_any_subset_of_the_findings_parses(sample: Sample) -> None:
    sample = sample.with_all_rules()
    whole = sample.migrate()
    keys = sorted(finding.key for finding in whole.findings if finding.id in whole.applied)
    random = Random(len(keys))
    subsets = [{each} for each in keys] + [set(random.sample(keys, random.randint(0, len(keys)))) for _ in range(8)]
    for subset in subsets:
        result = sample.migrate(only=frozenset(subset))
        assert result.error is None
        assert {each.key for each in result.findings if each.id in result.applied} <= subset
        _parse(sample, result.after)
    assert sample.migrate(only=frozenset(keys)).after == whole.after


@pytest.mark.parametrize("sample", CHANGING, ids=str)
def test_ids_do_not_depend_on_lines(sample: Sample) -> None:
    moved = sample.migrate(b"# moved\n\n" + sample.data, first_round=True)
    assert [each.id for each in moved.findings] == [each.id for each in sample.migrate(first_round=True).findings]
