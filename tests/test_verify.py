"""Whole verifications of small projects, with rules that are wrong on purpose."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import ClassVar

import pytest

from codemods import Finding, Safety, Settings, UsageError
from codemods.edits.calls import replace_callee
from codemods.edits.statements import replace_statement
from codemods.rules import Context, Rule
from codemods.verify import Verification, verify_paths
from codemods.verify.running.suite_runner import SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from waiting import LONG

pytestmark = pytest.mark.usefixtures("no_environment")


class Renamed(Rule):
    """Calls ``bad()`` where ``good()`` was called, and ``fine()`` where ``nice()`` was."""

    code = "XXX001"
    name = "renamed"
    summary = "Renames calls"
    safety = Safety.SAFE
    triggers: ClassVar = (b"good", b"nice")
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        for call in context.module.nodes(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id in ("good", "nice"):
                text = {"good": "bad", "nice": "fine"}[call.func.id]
                yield self.finding(context, call, text, edits=[replace_callee(context.module, call, text)])


HELPERS = """
import os, time

def good(): pass
def nice(): pass
def fine(): pass
def bad(): raise ValueError("bad")
"""
Verify = Callable[..., Verification]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "helpers.py").write_text(HELPERS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # half the time of a run
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", LONG)  # all but those that hang have it
    return tmp_path


@pytest.fixture
def verify(root: Path) -> Verify:
    def verify(**options: object) -> Verification:
        return verify_paths([root], Settings(select=("XXX",)), rules=[Renamed()], **options)  # type: ignore[arg-type]

    return verify


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.py").write_text("from helpers import *\n" + dedent(text))


def verdicts(found: Verification) -> dict[str, str]:
    return {each.test: each.verdict.value for each in found.comparisons}


def taken_back(found: Verification) -> list[tuple[str, int, bool, list[str]]]:
    return [
        (each.finding.path, each.finding.span.line, each.proven, [broken.test for broken in each.broken])
        for each in found.taken_back
    ]


def kept(found: Verification) -> list[tuple[str, int]]:
    return [(each.path, each.span.line) for each in found.report.applied]


def phases(found: Verification) -> list[str]:
    return [run.phase for run in found.runs]


def test_nothing_to_change(verify: Verify, root: Path) -> None:
    put(root, test_it="def test_it():\n    pass\n")
    found = verify()
    assert (found.runs, found.comparisons, found.interpreter) == ((), (), None)


def test_only_harmless_findings(verify: Verify, root: Path) -> None:
    put(root, test_it="def test_it():\n    nice()\n")
    found = verify()
    assert phases(found) == ["before", "after"]
    assert verdicts(found) == {"test_it.py::test_it": "same"}
    assert (taken_back(found), kept(found)) == ([], [("test_it.py", 3)])
    assert "nice()" in (root / "test_it.py").read_text()


MANY = """
    def test_1():
        nice()
        good()
        nice()

    def test_2():
        nice()

    def helper():
        good()

    def test_3():
        helper()
        nice()

    def test_4():
        good()
        good()
"""


def test_the_harmful_go_and_the_harmless_stay(verify: Verify, root: Path) -> None:
    put(root, test_it=MANY, test_other="def test_it():\n    good()\n    nice()\n")
    found = verify()
    assert set(verdicts(found).values()) == {"same"}
    assert taken_back(found) == [
        ("test_it.py", 5, True, ["test_it.py::test_1"]),
        ("test_it.py", 12, True, ["test_it.py::test_3"]),
        ("test_it.py", 19, True, ["test_it.py::test_4"]),
        ("test_it.py", 20, True, ["test_it.py::test_4"]),
        ("test_other.py", 3, True, ["test_other.py::test_it"]),
    ]
    assert len(kept(found)) == 5
    broken = found.taken_back[0].broken[0]
    assert (broken.before, broken.after, broken.error) == ("passed", "failed", "ValueError: bad")
    assert found.tracing_runs <= 12


@pytest.mark.process
def test_a_fixture_of_conftest_breaks_tests_of_many_files(verify: Verify, root: Path) -> None:
    put(
        root,
        conftest="""
            import pytest

            @pytest.fixture
            def one():
                nice()
                good()

            @pytest.fixture(autouse=True)
            def other():
                nice()
            """,
        test_a="def test_it(one):\n    nice()\n",
        test_b="def test_it(one):\n    nice()\n",
        test_c="def test_it():\n    nice()\n",
    )
    found = verify()
    tests = ["test_a.py::test_it", "test_b.py::test_it"]
    assert [(path, line, proven, sorted(broken)) for path, line, proven, broken in taken_back(found)] == [
        ("conftest.py", 8, True, tests)
    ]
    assert len(kept(found)) == 5


@pytest.mark.process
def test_a_conftest_that_cannot_be_imported_any_more(verify: Verify, root: Path) -> None:
    put(root, conftest="nice()\ngood()\n", test_a="def test_it():\n    nice()\n    good()\n")
    found = verify()
    assert taken_back(found) == [("conftest.py", 3, True, [""]), ("test_a.py", 4, True, ["test_a.py::test_it"])]
    assert kept(found) == [("conftest.py", 2), ("test_a.py", 3)]
    assert found.taken_back[0].broken[0].error == "ValueError: bad"


def test_a_module_that_cannot_be_collected_any_more(verify: Verify, root: Path) -> None:
    put(root, test_a="nice()\ngood()\n\n\ndef test_it():\n    nice()\n", test_b="def test_it():\n    nice()\n")
    found = verify()
    assert taken_back(found) == [("test_a.py", 3, True, ["test_a.py"])]
    assert len(kept(found)) == 3


def test_a_finding_that_makes_a_test_hang(verify: Verify, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.verify.running.watching._TO_INTERRUPT", LONG)
    sign = root.parent / f"{root.name} hangs"
    monkeypatch.setattr(SuiteRunner, "_limit", lambda *_: 0.0 if sign.exists() else LONG)
    hang = f"""
    try:
        open({str(sign)!r}, "w").close()
        time.sleep(3600)
    finally:
        os.unlink({str(sign)!r})
"""
    (root / "helpers.py").write_text(HELPERS.replace('raise ValueError("bad")', hang))
    put(root, test_it="def test_it():\n    nice()\n    good()\n")
    found = verify()
    assert taken_back(found) == [("test_it.py", 4, True, ["test_it.py::test_it"])]
    assert found.taken_back[0].broken[0].after == "timeout"


def test_a_finding_that_ends_the_process(verify: Verify, root: Path) -> None:
    (root / "helpers.py").write_text(HELPERS.replace('raise ValueError("bad")', "os._exit(1)"))
    put(root, test_it="def test_1():\n    nice()\n    good()\n\n\ndef test_2():\n    nice()\n")
    found = verify()
    assert taken_back(found) == [("test_it.py", 4, True, ["test_it.py::test_1"])]
    assert verdicts(found) == {"test_it.py::test_1": "same", "test_it.py::test_2": "same"}


def test_flaky_tests_are_not_traced(verify: Verify, root: Path) -> None:
    counter = root.parent / f"{root.name}.count"
    put(
        root,
        test_it=f"""
            import pathlib

            def test_fails_the_second_time():
                nice()
                path = pathlib.Path({str(counter)!r})
                runs = path.read_text() if path.exists() else ""
                path.write_text(runs + "x")
                assert runs != "x"
            """,
    )
    found = verify()
    assert verdicts(found) == {"test_it.py::test_fails_the_second_time": "flaky"}
    assert taken_back(found) == []
    assert found.tracing_runs == 0


def test_a_flaky_failure_before_is_no_fix(verify: Verify, root: Path) -> None:
    counter = root.parent / f"{root.name}.count"
    put(
        root,
        test_it=f"""
            import pathlib

            def test_fails_the_first_time():
                nice()
                path = pathlib.Path({str(counter)!r})
                seen = path.exists()
                path.touch()
                assert seen
            """,
    )
    found = verify()
    assert verdicts(found) == {"test_it.py::test_fails_the_first_time": "flaky"}
    assert phases(found) == ["before", "before, again", "after"]


def test_a_test_that_breaks_only_after_another(verify: Verify, root: Path) -> None:
    (root / "helpers.py").write_text("state = []\n" + HELPERS.replace('raise ValueError("bad")', "state.append(1)"))
    put(
        root,
        test_a="def test_leaves_something():\n    nice()\n    good()\n",
        test_b="def test_finds_it():\n    nice()\n    assert not state\n",
    )
    found = verify()
    assert taken_back(found) == [("test_a.py", 4, True, ["test_b.py::test_finds_it"])]
    assert set(verdicts(found).values()) == {"same"}
    assert len(kept(found)) == 2


@pytest.mark.process
def test_a_test_that_needs_the_others(verify: Verify, root: Path) -> None:
    """It fails alone with and without the findings, so only runs of all tests tell."""
    (root / "helpers.py").write_text("state = []\n" + HELPERS)
    put(
        root,
        test_a="def test_prepares():\n    nice()\n    state.append(1)\n",
        test_b="def test_uses():\n    assert state\n    nice()\n    good()\n",
    )
    found = verify()
    assert taken_back(found) == [("test_b.py", 5, True, ["test_b.py::test_uses"])]
    assert set(verdicts(found).values()) == {"same"}


@pytest.mark.process
@pytest.mark.parametrize("max_runs", [0, 1, 2])
def test_without_runs_what_is_suspect_is_taken_back(verify: Verify, root: Path, max_runs: int) -> None:
    put(root, test_it=MANY, test_other="def test_it():\n    nice()\n")
    found = verify(max_runs=max_runs)
    assert found.tracing_runs <= max_runs
    assert not found.regressed
    assert set(verdicts(found).values()) == {"same"}
    assert {path for path, _, proven, _ in taken_back(found) if not proven} == {"test_it.py"}
    assert ("test_other.py", 3) in kept(found)


def test_tests_that_run_at_last(verify: Verify, root: Path) -> None:
    (root / "helpers.py").write_text(
        "import pytest\n\ndef good(): pytest.skip()\ndef bad(): pass\ndef nice(): raise ValueError\ndef fine(): pass\n"
    )
    put(
        root,
        test_it="""
            def test_skipped():
                good()

            def test_skipped_and_wrong():
                good()
                assert False

            def test_failed():
                nice()
            """,
    )
    found = verify()
    assert verdicts(found) == {
        "test_it.py::test_skipped": "now runs",
        "test_it.py::test_skipped_and_wrong": "now runs",
        "test_it.py::test_failed": "fixed",
    }
    assert taken_back(found) == []


def test_a_suite_that_is_collected_at_last(verify: Verify, root: Path) -> None:
    (root / "helpers.py").write_text(HELPERS.replace("def nice(): pass", "def nice(): raise ValueError"))
    put(root, conftest="nice()\n", test_it="def test_it():\n    good()\n\ndef test_other():\n    pass\n")
    found = verify()
    assert verdicts(found) == {"": "fixed", "test_it.py::test_it": "now runs", "test_it.py::test_other": "now runs"}


@pytest.mark.process
def test_what_no_test_tries_is_not_written(verify: Verify, root: Path) -> None:
    (root / "tests").mkdir()
    put(
        root / "tests",
        conftest="",
        unused="def helper():\n    good()\n",
        test_it="""
            import pytest

            def test_it():
                nice()

            def test_left_out():
                good()

            @pytest.mark.skip
            def test_skipped():
                good()
            """,
    )
    untried = [("tests/test_it.py", 9), ("tests/test_it.py", 13), ("tests/unused.py", 3)]
    found = verify(pytest_args=["-k", "not out"])
    assert [(each.path, each.span.line) for each in found.untried] == untried
    assert len(kept(found)) == 4
    written = verify(pytest_args=["-k", "not out"], write=True)
    assert [(each.path, each.span.line) for each in written.untried] == untried
    assert kept(written) == [("tests/test_it.py", 6)]
    assert phases(written)[-1] == "after, without what was not tried"
    assert (root / "tests" / "unused.py").read_text().count("good()") == 1
    assert (root / "tests" / "test_it.py").read_text().count("good()") == 2


def test_a_conftest_beside_others_of_its_name_is_tried(verify: Verify, root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir()
        put(root / name, conftest="nice()\n", **{f"test_{name}": "def test_it():\n    nice()\n"})
    assert verify().untried == ()


@pytest.mark.process
def test_a_call_that_is_never_awaited_excuses_no_failure_elsewhere(verify: Verify, root: Path) -> None:
    put(root, test_it="async def notify():\n    pass\n\n\ndef test_it():\n    good()\n    notify()\n")
    found = verify()
    assert taken_back(found) == [("test_it.py", 7, True, ["test_it.py::test_it"])]


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
def test_a_test_that_ends_the_session(verify: Verify, root: Path, end: str) -> None:
    tests = f"import pytest\n\n\ndef test_1():\n    {end}\n\n\ndef test_2():\n    nice()\n    good()\n"
    put(root, test_it=tests)
    found = verify()
    assert verdicts(found) == {"test_it.py::test_1": "same", "test_it.py::test_2": "same"}
    assert taken_back(found) == [("test_it.py", 11, True, ["test_it.py::test_2"])]


def test_tests_that_nothing_brings_to_run(verify: Verify, root: Path) -> None:
    put(root, conftest="import pytest\n\n\ndef pytest_runtestloop():\n    pytest.exit('no')\n")
    put(root, test_it="def test_it():\n    good()\n")
    found = verify()
    assert [each.before.outcome.value for each in found.comparisons if each.before] == ["not run"]
    assert [each.path for each in found.untried] == ["test_it.py"]


@pytest.mark.process
def test_a_module_that_crashes_and_is_named(verify: Verify, root: Path) -> None:
    put(root, test_a="os._exit(3)\n", test_b="def test_it():\n    nice()\n    good()\n")
    found = verify(pytest_args=["test_a.py", "test_b.py"])
    assert verdicts(found) == {"test_a.py": "same", "test_b.py::test_it": "same"}
    assert taken_back(found) == [("test_b.py", 4, True, ["test_b.py::test_it"])]


def test_an_interpreter_behind_a_script(verify: Verify, root: Path) -> None:
    python = root.parent / f"{root.name} python"
    python.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n')
    python.chmod(0o755)
    put(root, test_it="def test_it():\n    nice()\n")
    assert verdicts(verify(python=python)) == {"test_it.py::test_it": "same"}


def test_the_working_directory_beside_other_paths(root: Path) -> None:
    (root / "tests").mkdir()
    put(root, test_a="def test_it():\n    nice()\n")
    put(root / "tests", test_b="def test_it():\n    nice()\n")
    found = verify_paths([Path(), Path("tests")], Settings(select=("XXX",)), rules=[Renamed()])
    assert verdicts(found).keys() == {"test_a.py::test_it", "tests/test_b.py::test_it"}


def test_a_test_that_runs_for_the_first_time_has_all_the_time(
    verify: Verify, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", 0.1)
    (root / "helpers.py").write_text("import pytest, time\n\ndef good(): pytest.skip()\ndef bad(): time.sleep(1)\n")
    put(root, test_it="def test_it():\n    good()\n")
    found = verify()
    assert [each.after.outcome.value for each in found.comparisons if each.after] == ["passed"]


def test_only_what_is_proven_is_written(verify: Verify, root: Path) -> None:
    put(root, test_it="def test_it():\n    nice()\n    good()\n")
    found = verify(write=True)
    assert (root / "test_it.py").read_text() == "from helpers import *\ndef test_it():\n    fine()\n    good()\n"
    assert [each.status.value for each in found.report.files if each.path == "test_it.py"] == ["changed"]


def test_what_the_suite_does_stays_in_the_copy(verify: Verify, root: Path) -> None:
    put(root, test_it="def test_it():\n    nice()\n    open('left', 'w')\n    open('pytest.ini', 'a').write('#')\n")
    before = sorted(path.name for path in root.iterdir())
    assert set(verdicts(verify()).values()) == {"same"}
    assert sorted(path.name for path in root.iterdir()) == before
    assert (root / "pytest.ini").read_text() == "[pytest]\n"


def test_each_run_begins_with_the_same_files(verify: Verify, root: Path) -> None:
    put(
        root,
        test_it="""
            def test_it():
                nice()
                assert not os.path.exists("left")
                open("left", "w").close()
            """,
    )
    assert set(verdicts(verify()).values()) == {"same"}


def test_the_project_is_imported_from_the_copy(verify: Verify, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the environment names it by its absolute path, as an editable install does."""
    (root / "src").mkdir()
    (root / "src" / "product.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(root / "src"))
    put(
        root, test_it="import product\n\ndef test_it():\n    nice()\n    assert 'codemods-verify' in product.__file__\n"
    )
    assert set(verdicts(verify()).values()) == {"same"}


def test_changes_that_are_not_imported_from_the_copy_prove_nothing(verify: Verify, root: Path) -> None:
    put(root, test_it=f"import sys\nsys.path.insert(0, {str(root)!r})\nimport helper\n\ndef test_it():\n    nice()\n")
    put(root, conftest="", helper="import pytest\n\n\ndef help():\n    nice()\n")
    with pytest.raises(UsageError, match=r"(?s)nothing can be proven: the tests import these from .*\n  helper\.py"):
        verify(pytest_args=["--import-mode=importlib", "-p", "no:cacheprovider"])


@pytest.mark.parametrize(
    ("arguments", "tests"),
    [
        ((), {"test_a.py::test_it", "tests/test_b.py::test_it"}),
        (("-k", "a"), {"test_a.py::test_it"}),
        (("tests",), {"tests/test_b.py::test_it"}),
        (("test_a.py::test_it",), {"test_a.py::test_it"}),
        (("--ignore", "tests"), {"test_a.py::test_it"}),
    ],
)
def test_arguments_of_pytest(verify: Verify, root: Path, arguments: tuple[str, ...], tests: set[str]) -> None:
    (root / "tests").mkdir()
    put(root, test_a="def test_it():\n    nice()\n")
    put(root / "tests", test_b="def test_it():\n    nice()\n")
    assert verdicts(verify(pytest_args=arguments)).keys() == tests
    absolute = [str(root / each) if "-" not in each and each != "a" else each for each in arguments]
    assert verdicts(verify(pytest_args=absolute)).keys() == tests


def test_no_test(verify: Verify, root: Path) -> None:
    put(root, test_it="def helper():\n    nice()\n")
    with pytest.raises(UsageError, match=r"(?s)pytest found no test\n.*no tests ran"):
        verify()


def test_a_suite_that_runs_neither_before_nor_after(verify: Verify, root: Path) -> None:
    put(root, conftest="import missing\n", test_it="def test_it():\n    nice()\n")
    with pytest.raises(
        UsageError, match=r"(?s)neither before nor after: ModuleNotFoundError: .*\n.*No module named 'missing'"
    ):
        verify()


def test_a_disk_that_is_full_by_now(verify: Verify, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(copy: WorkingCopy, contents: object) -> None:
        raise OSError(28, "No space left on device", "/copy/test_it.py")

    put(root, test_it="def test_it():\n    nice()\n")
    monkeypatch.setattr(WorkingCopy, "write", full)
    message = "nothing proven and nothing written: /copy/test_it.py: no space left on device"
    with pytest.raises(UsageError, match=message):
        verify(write=True)
    assert "nice()" in (root / "test_it.py").read_text()


def test_from_a_folder_of_the_project(verify: Verify, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "tests").mkdir()
    put(root / "tests", test_b="def test_it():\n    nice()\n    open('../pytest.ini').close()\n")
    monkeypatch.chdir(root / "tests")
    monkeypatch.setenv("PYTHONPATH", str(root))
    found = verify_paths([Path("test_b.py")], Settings(select=("XXX",)), rules=[Renamed()])
    assert verdicts(found) == {"tests/test_b.py::test_it": "same"}
    assert os.path.exists("test_b.py")


class Driven(Rule):
    """Runs ``check()`` where its coroutine was forgotten."""

    code = "XXX002"
    name = "driven"
    summary = "Runs coroutines"
    safety = Safety.SAFE
    triggers: ClassVar = (b"check",)
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        for each in context.module.nodes(ast.Expr):
            written = context.reference("asyncio.run", each)
            if written and ast.unparse(each) == "check()":
                edit = replace_statement(context.module, each, f"{written.text}(check())")
                yield self.finding(context, each, "not awaited", edits=[edit], imports=written.imports)


def test_a_check_that_runs_for_the_first_time_may_fail(root: Path) -> None:
    put(
        root,
        test_it="""
            async def check():
                assert False

            def test_it():
                nice()
                check()
            """,
    )
    found = verify_paths([root], Settings(select=("XXX002",)), rules=[Driven()])
    assert verdicts(found) == {"test_it.py::test_it": "now runs"}
    assert (taken_back(found), kept(found)) == ([], [("test_it.py", 8)])


def test_a_suite_that_can_not_begin_leaves_runs_for_what_else_is_broken(verify: Verify, root: Path) -> None:
    put(root, conftest="good()\nnice()\n" * 6, test_it="def test_it():\n    good()\n    nice()\n")
    found = verify(max_runs=8)
    assert taken_back(found) == [
        *(("conftest.py", line, False, [""]) for line in range(2, 14, 2)),
        ("test_it.py", 3, True, ["test_it.py::test_it"]),
    ]
    assert kept(found) == [*(("conftest.py", line) for line in range(3, 14, 2)), ("test_it.py", 4)]
    assert found.tracing_runs <= 8
