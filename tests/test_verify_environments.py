"""Verifications from an old environment to a new one, and what they say of tests that aren't green in the end."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import ClassVar

import pytest

from codemods import Finding, Safety, Settings, UsageError
from codemods.edits.calls import replace_callee
from codemods.report.colour import Paint
from codemods.report.verification_text import lines
from codemods.rules import Context, Rule
from codemods.verify import Verification, verify_paths
from codemods.verify.comparison import Verdict
from codemods.verify.running.interpreter import find_interpreter
from codemods.verify.running.outcomes import Observed, Outcome, SuiteRun
from codemods.verify.trials import _from_rootdir
from waiting import LONG

pytestmark = [
    pytest.mark.usefixtures("no_environment"),
    pytest.mark.skipif(os.name == "nt", reason="scripts stand for environments"),
]
HELPERS = """
import os, pytest

IS_OLD = "IS_OLD" in os.environ

def nice(): pass
def fine(): pass
def forgetful(): forgotten()
async def forgotten(): pass
def by_hand(): pass
"""
Verify = Callable[..., Verification]


class Renamed(Rule):
    """Renames calls, and has nothing to offer for ``by_hand()``."""

    code = "XXX001"
    name = "renamed"
    summary = "Renames calls"
    safety = Safety.SAFE
    triggers: ClassVar = (b"nice", b"by_hand")
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        for call in context.module.nodes(ast.Call):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            new = {"nice": "fine", "nicer": "forgetful"}.get(name)
            if new:
                yield self.finding(context, call, new, edits=[replace_callee(context.module, call, new)])
            if name == "by_hand":
                yield self.finding(context, call, "by hand", safety=Safety.MANUAL)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pytest.ini").write_text("[pytest]\n")
    (root / "helpers.py").write_text(HELPERS + "nicer = nice\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", LONG)
    return root


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A Python whose tests can tell that it is the old one."""
    return script(tmp_path / "old", f'IS_OLD=1 exec "{sys.executable}" "$@"')


@pytest.fixture
def verify(root: Path) -> Verify:
    def verify(**options: object) -> Verification:
        return verify_paths([root], Settings(select=("XXX",)), rules=[Renamed()], **options)  # type: ignore[arg-type]

    return verify


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def python_with(path: Path, version: str | None) -> Path:
    """A Python that says that it has another pytest-asyncio."""
    packages = {"pytest": "9.0.1"} | ({"pytest-asyncio": version} if version else {})
    answer = json.dumps({"version": [*sys.version_info[:3]], "packages": packages, "prefix": sys.prefix})
    return script(path, f'case "$1" in -c) echo \'{answer}\';; *) exec "{sys.executable}" "$@";; esac')


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.py").write_text("from helpers import *\n" + dedent(text))


def verdicts(found: Verification) -> dict[str, str]:
    return {each.test: each.verdict.value for each in found.comparisons}


def errors(found: Verification) -> dict[str, list[str]]:
    return {each.error: [test.test for test in each.tests] for each in found.failures}


def near(found: Verification) -> dict[str, list[tuple[str, int]]]:
    return {each.error: [(one.path, one.span.line) for one in each.findings.values()] for each in found.failures}


SUITE = """
    @pytest.mark.parametrize("number", [1, 2])
    def test_lost(number):
        nice()
        assert IS_OLD

    def test_green(): nice()
    def test_red(): assert False
    def test_mended(): assert not IS_OLD
    def test_idle_now():
        if not IS_OLD: pytest.skip("not here")
"""


def test_what_passes_in_the_old_environment_only_is_lost(verify: Verify, root: Path, old: Path) -> None:
    put(root, test_it=SUITE)
    found = verify(before=old)
    assert verdicts(found) == {
        "test_it.py::test_lost[1]": "lost",
        "test_it.py::test_lost[2]": "lost",
        "test_it.py::test_green": "same",
        "test_it.py::test_red": "same",
        "test_it.py::test_mended": "same",
        "test_it.py::test_idle_now": "lost",
    }
    assert [run.phase for run in found.runs] == [
        "before, in the old environment",
        "before",
        "before, again",
        "after",
    ]
    assert found.taken_back == ()
    assert (found.interpreter, found.old) == (find_interpreter(None, root), find_interpreter(old, root))
    assert errors(found) == {
        "AssertionError: assert False": [
            "test_it.py::test_lost[1]",
            "test_it.py::test_lost[2]",
            "test_it.py::test_red",
        ],
        "skipped": ["test_it.py::test_idle_now"],
    }


@pytest.mark.process
def test_nothing_is_lost_without_an_old_environment(verify: Verify, root: Path) -> None:
    put(root, test_it=SUITE)
    assert set(verdicts(verify()).values()) == {"same"}


@pytest.mark.parametrize("file", ["conftest", "test_it"])
def test_a_suite_that_can_be_collected_in_the_old_environment_only(
    verify: Verify, root: Path, old: Path, file: str
) -> None:
    files = {"conftest": "", "test_it": "def test_it():\n    nice()\n"}
    files[file] = "assert IS_OLD, 'URLS is not set'\nby_hand()\n" + files[file]
    put(root, **files)
    found = verify(before=old)
    assert verdicts(found)["test_it.py::test_it"] == "lost"
    (failure,) = found.failures
    assert failure.error == "AssertionError: URLS is not set"
    assert "test_it.py::test_it" in [each.test for each in failure.tests]
    assert near(found) == {failure.error: [(f"{file}.py", 3)]}
    assert found.unproven == "no test ran: AssertionError: URLS is not set"


@pytest.mark.process
def test_a_regression_is_no_loss(verify: Verify, root: Path, old: Path) -> None:
    put(root, test_it="def test_it():\n    nice()\n    assert 'nice' in open(__file__).read().split('assert')[0]\n")
    found = verify(before=old)
    assert verdicts(found) == {"test_it.py::test_it": "same"}
    assert [each.proven for each in found.taken_back] == [True]


def test_a_test_that_fails_in_each_whole_run_is_lost_though_it_passes_alone(
    verify: Verify, root: Path, old: Path
) -> None:
    first = "STATE = []\n\ndef test_first():\n    nice()\n    STATE.append(1)\n"
    put(root, test_it=f"{first}\n\ndef test_second():\n    assert IS_OLD or not STATE\n")
    assert verdicts(verify(before=old)) == {"test_it.py::test_first": "same", "test_it.py::test_second": "lost"}


@pytest.mark.process
def test_parameters_that_differ_are_matched_whatever_became_of_them(verify: Verify, root: Path, old: Path) -> None:
    put(
        root,
        test_it="""
            @pytest.mark.parametrize("number", [1, 2], ids=lambda each: f"{each}-{IS_OLD}")
            def test_it(number):
                nice()
                assert not IS_OLD or number == 1
            """,
    )
    assert verdicts(verify(before=old)) == {
        "test_it.py::test_it[1-False]": "same",
        "test_it.py::test_it[2-False]": "same",
    }


def test_an_old_environment_that_cannot_run_the_suite(verify: Verify, root: Path, old: Path) -> None:
    put(root, conftest="assert not IS_OLD, 'too old'\n", test_it="def test_it():\n    nice()\n")
    found = verify(before=old)
    assert found.unproven == "in the old environment no test ran: AssertionError: too old"
    assert verdicts(found) == {"test_it.py::test_it": "same"}
    assert "  the suite: AssertionError: too old" in [*lines(found, Paint())]


def test_the_old_pytest_takes_another_folder_for_the_root(verify: Verify, root: Path, tmp_path: Path) -> None:
    (root / "sub").mkdir()
    put(root / "sub", test_it="def test_it():\n    nice()\n    assert IS_OLD\n")
    exported = 'PYTHONPATH="$PWD:$PYTHONPATH" PYTEST_ADDOPTS="--rootdir=$PWD/sub" IS_OLD=1'
    old = script(tmp_path / "old", f'export {exported}; exec "{sys.executable}" "$@"')
    (root / "conftest.py").write_text("")
    assert verdicts(verify(before=old)) == {"sub/test_it.py::test_it": "lost"}


def test_another_root_directory() -> None:
    seen = Observed(Outcome.PASSED)
    run = SuiteRun("old", {"a/tests/t.py::test[x/y]": seen, "a/tests": seen, "": seen}, rootdir=os.sep + "r")
    assert set(_from_rootdir(run, os.path.join(os.sep, "r", "a")).tests) == {"tests/t.py::test[x/y]", "tests", ""}
    assert _from_rootdir(run, run.rootdir) == run


@pytest.mark.parametrize("folder", ["", "sub/"])
def test_a_file_that_could_not_be_collected_before_either_takes_nothing_back(
    verify: Verify, root: Path, folder: str
) -> None:
    (root / "sub").mkdir()
    conftest = "def nice(): raise ValueError\ndef fine(): pass\nnice()\n"
    (root / f"{folder}conftest.py").write_text(conftest)
    (root / f"{folder}test_bad.py").write_text("import missing_module\n")
    (root / f"{folder}test_it.py").write_text("def test_it(): pass\n")
    found = verify()
    assert (found.taken_back, found.regressed, found.unproven) == ((), (), None)
    found_verdicts = verdicts(found)
    assert found_verdicts[f"{folder}test_bad.py"] == found_verdicts[f"{folder}test_it.py::test_it"] == "now runs"
    assert "ModuleNotFoundError: No module named 'missing_module'" in errors(found)


@pytest.mark.process
def test_why_a_test_of_a_folder_is_not_collected(verify: Verify, root: Path, old: Path) -> None:
    (root / "sub").mkdir()
    put(root, test_it="def test_it():\n    nice()\n")
    (root / "sub" / "conftest.py").write_text("from helpers import *\nassert IS_OLD, 'no URL'\n")
    (root / "sub" / "test_sub.py").write_text("def test_sub(): pass\n")
    (failure,) = verify(before=old).failures
    assert "no URL" in failure.error
    assert "codemods-verify" not in failure.error
    assert "sub/test_sub.py::test_sub" in [each.test for each in failure.tests]


def test_the_findings_near_a_test_that_fails(verify: Verify, root: Path) -> None:
    (root / "inner").mkdir()
    put(
        root,
        conftest="@pytest.fixture\ndef far():\n    by_hand()\n    assert False\n",
        test_it="""
            @pytest.fixture
            def broken():
                by_hand()
                assert False

            def test_own():
                nice()
                by_hand()
                assert 1 == 2

            def test_by_fixture(broken): pass
            def test_far(far): pass
            def test_other(): by_hand()
            """,
    )
    put(root / "inner", conftest="by_hand()\n")
    assert near(verify()) == {
        "AssertionError: assert 1 == 2": [("conftest.py", 4), ("test_it.py", 5), ("test_it.py", 10)],
        "AssertionError: assert False": [("conftest.py", 4), ("test_it.py", 5)],
    }


FORGETFUL = """
    import sys
    def test_it(): nicer()
    def test_other(): nice()
"""


def test_new_warnings_are_told(verify: Verify, root: Path) -> None:
    put(root, test_it=FORGETFUL)
    found = verify()
    (warned,) = found.warned
    assert (warned.test, warned.warnings) == ("test_it.py::test_it", ("coroutine 'forgotten' was never awaited",))
    assert [(each.path, each.span.line) for each in warned.findings] == [("test_it.py", 4)]
    assert (found.taken_back, found.regressed) == ((), ())


def test_strict_takes_back_what_is_not_awaited(verify: Verify, root: Path) -> None:
    put(root, test_it=FORGETFUL)
    found = verify(strict=True)
    (taken,) = found.taken_back
    assert (taken.finding.span.line, taken.proven) == (4, True)
    assert found.strict
    assert [each.error for each in taken.broken] == ["coroutine 'forgotten' was never awaited"]
    assert [each.span.line for each in found.report.applied] == [5]
    assert (found.warned, found.regressed) == ((), ())


@pytest.mark.process
@pytest.mark.parametrize("strict", [False, True])
def test_warnings_that_were_there_before(verify: Verify, root: Path, strict: bool) -> None:
    put(root, test_it="def test_it():\n    nice()\n    forgetful()\n")
    found = verify(strict=strict)
    assert (found.warned, found.taken_back) == ((), ())


@pytest.mark.process
def test_loops_and_connections_that_are_left(verify: Verify, root: Path) -> None:
    put(
        root,
        test_it="""
            import warnings

            def test_it():
                nice()
                if "fine" in open(__file__).read().split("if")[0]:
                    warnings.warn(ResourceWarning("unclosed x"))
            """,
    )
    (warned,) = verify(strict=True, pytest_args=["-W", "default"]).warned
    assert warned.warnings == ("unclosed x",)


@pytest.mark.parametrize("version", ["0.21.1", "1.2.0", "1.3.0a1"])
def test_an_environment_that_is_older_than_the_target(verify: Verify, root: Path, tmp_path: Path, version: str) -> None:
    (root / "requirements.txt").write_text("pytest-asyncio\n")
    put(root, test_it="def test_it():\n    nice()\n")
    python = python_with(tmp_path / "python", version)
    found = verify(python=python)
    assert found.unproven == f"the environment has pytest-asyncio {version}, and the suite is migrated for 1.3 or newer"
    assert verdicts(found) == {"test_it.py::test_it": "same"}
    with pytest.raises(UsageError, match=r"nothing is written, since nothing can be proven: the environment has"):
        verify(python=python, write=True)
    assert "nice" in (root / "test_it.py").read_text()


@pytest.mark.process
@pytest.mark.parametrize("version", ["1.3.0", "2.0", "1.10.1", "2-own"])
def test_an_environment_that_has_the_target(verify: Verify, root: Path, tmp_path: Path, version: str) -> None:
    (root / "requirements.txt").write_text("pytest-asyncio\n")
    put(root, test_it="def test_it():\n    nice()\n")
    assert verify(python=python_with(tmp_path / "python", version)).unproven is None


def test_an_environment_without_the_plugin(verify: Verify, root: Path, tmp_path: Path) -> None:
    put(root, test_it="def test_it():\n    nice()\n")
    python = python_with(tmp_path / "python", None)
    assert verify(python=python).unproven is None  # nothing names it
    (root / "requirements.txt").write_text("pytest-asyncio\n")
    assert verify(python=python).unproven == (
        f"the environment has no pytest-asyncio; install it: {python} -m pip install 'pytest-asyncio>=1.3'"
    )


def test_an_environment_without_pytest_is_passed_over(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"version": [3, 12, 1], "packages": {}})
    for folder in (tmp_path / "active", root / ".venv"):
        (folder / "bin").mkdir(parents=True)
        script(folder / "bin" / "python", f"echo '{answer}'")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find_interpreter(None, root).path == Path(sys.executable)
    (root / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert find_interpreter(None, root).path == root / ".venv" / "bin" / "python"
    own = SimpleNamespace(executable=str(tmp_path / "active" / "bin" / "python"))
    monkeypatch.setattr("codemods.verify.running.interpreter.sys", own)
    script(root / ".venv" / "bin" / "python", f"echo '{answer}'")
    with pytest.raises(UsageError, match=r"active/bin/python: has no pytest; install it: .* -m pip install pytest"):
        find_interpreter(None, root)


def test_verdicts_are_in_the_order_that_they_are_counted_in() -> None:
    assert [each.value for each in Verdict] == ["fixed", "same", "regressed", "lost", "now runs", "flaky"]
