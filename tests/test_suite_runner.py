"""What is seen of suites that pass, fail, crash, hang and lie, each run by pytest in a process of its own."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.verify.running import recorder
from codemods.verify.running.outcomes import SUITE, Outcome, SuiteRun, Unawaited
from codemods.verify.running.suite_runner import Launch, SuiteRunner
from waiting import HOLDING, LONG, is_held, until

pytestmark = pytest.mark.usefixtures("no_environment")

EVERY_OUTCOME = """
    import unittest
    import pytest

    def test_passed():
        pass

    def test_failed():
        assert 1 == 2

    @pytest.mark.skip
    def test_skipped():
        pass

    @pytest.mark.xfail
    def test_xfailed():
        assert False

    @pytest.mark.xfail
    def test_xpassed():
        pass

    @pytest.mark.xfail(strict=True)
    def test_strict():
        pass

    @pytest.fixture
    def broken():
        raise ValueError("set-up")

    def test_error(broken):
        pass

    @pytest.fixture
    def breaking():
        yield
        raise ValueError("tear-down")

    def test_teardown(breaking):
        pass

    class TestCase(unittest.TestCase):
        def test_failed(self):
            self.fail()

        def test_part(self):
            with self.subTest():
                self.fail()

        async def test_never_ran(self):
            assert False
"""
EXPECTED = {
    "test_it.py::test_passed": "passed",
    "test_it.py::test_failed": "failed",
    "test_it.py::test_skipped": "skipped",
    "test_it.py::test_xfailed": "xfailed",
    "test_it.py::test_xpassed": "xpassed",
    "test_it.py::test_strict": "failed",
    "test_it.py::test_error": "error",
    "test_it.py::test_teardown": "error",
    "test_it.py::TestCase::test_failed": "failed",
    "test_it.py::TestCase::test_part": "failed",
    "test_it.py::TestCase::test_never_ran": "passed",
}


def runner(root: Path, *arguments: str, timeout: float = LONG, python: str = sys.executable) -> SuiteRunner:
    (root / "pytest.ini").write_text("[pytest]\n")
    scratch = root.parent / f"{root.name} scratch"
    launch = Launch(
        Path(python),
        (*arguments, "-p", "no:cacheprovider", "--continue-on-collection-errors"),
        root,
        root,
        root.parent / "elsewhere",
        scratch,
        dict(os.environ),
    )
    return SuiteRunner(launch, timeout)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    return folder


def put(root: Path, **files: str) -> Path:
    for name, text in files.items():
        (root / f"{name}.py").write_text(dedent(text))
    return root


def outcomes(run: SuiteRun) -> dict[str, str]:
    return {test: seen.outcome.value for test, seen in run.tests.items()}


def test_every_outcome(root: Path) -> None:
    run = runner(put(root, test_it=EVERY_OUTCOME)).run("before")
    assert outcomes(run) == EXPECTED
    assert run.collected == EXPECTED.keys()
    assert (run.exit, run.processes) == (1, 1)
    assert run.imported == {"test_it.py"}


def test_a_failure_tells_where_it_comes_from(root: Path) -> None:
    put(
        root,
        conftest="import pytest\n\n@pytest.fixture\ndef one():\n    return 1\n",
        test_it="""\
            from helper import divide

            def test_division(one):
                try:
                    divide(one)
                except ZeroDivisionError as error:
                    raise RuntimeError("no\\nresult") from error
            """,
        helper="def divide(number):\n    return number / 0\n",
    )
    seen = runner(root).run("before").tests["test_it.py::test_division"]
    assert seen.error == "RuntimeError: no\nresult"
    assert seen.frames == (("test_it.py", 5), ("helper.py", 2), ("test_it.py", 7))
    assert seen.functions == (("test_it.py", 3), ("conftest.py", 3))


def test_unawaited_coroutines(root: Path) -> None:
    run = runner(put(root, test_it=EVERY_OUTCOME)).run("before")
    assert {test: seen.unawaited for test, seen in run.tests.items() if seen.unawaited} == {
        "test_it.py::TestCase::test_never_ran": (Unawaited("TestCase.test_never_ran"),)
    }


def test_where_an_unawaited_coroutine_was_made(root: Path) -> None:
    put(
        root,
        test_it="""\
            from helper import Helper

            def test_check():
                Helper().check()
            """,
        helper="class Helper:\n    async def check(self):\n        assert False\n",
    )
    seen = runner(root).run("before").tests["test_it.py::test_check"]
    assert seen.unawaited == (Unawaited("Helper.check", ("test_it.py", 4)),)


CRASHES = """
    import os, signal

    def test_first():
        pass

    def test_exit():
        os._exit(3)

    def test_killed():
        os.kill(os.getpid(), signal.SIGKILL)

    def test_last():
        pass
"""


def test_crashes(root: Path) -> None:
    run = runner(put(root, test_it=CRASHES)).run("before")
    assert outcomes(run) == {
        "test_it.py::test_first": "passed",
        "test_it.py::test_exit": "crashed",
        "test_it.py::test_killed": "crashed",
        "test_it.py::test_last": "passed",
    }
    assert run.tests["test_it.py::test_exit"].error == "the process ended here with code 3"
    assert run.tests["test_it.py::test_killed"].error == "the process ended here by SIGKILL"
    assert run.processes == 3


@pytest.fixture
def hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Source that hangs, for tests and files with ``hangs`` in their names: as soon as it does, their time is up."""
    sign = tmp_path / "it hangs"

    def limit(_: SuiteRunner, test: str) -> float:
        return 0.0 if "hangs" in test and sign.exists() else LONG

    monkeypatch.setattr(SuiteRunner, "_limit", limit)
    return f"open({str(sign)!r}, 'w').close(); time.sleep(3600)"


def test_a_hanging_test_is_interrupted(root: Path, hang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.verify.running.watching._TO_INTERRUPT", LONG)
    put(root, test_it=f"import time\n\ndef test_hangs():\n    {hang}\n\ndef test_last():\n    pass\n")
    run = runner(root).run("before")
    assert outcomes(run) == {"test_it.py::test_hangs": "timeout", "test_it.py::test_last": "passed"}
    assert run.tests["test_it.py::test_hangs"].frames == (("test_it.py", 4),)
    assert run.processes == 1


def test_a_hanging_test_that_ignores_the_interrupt(root: Path, hang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.verify.running.watching._TO_INTERRUPT", 0.5)
    put(
        root,
        test_it=f"""
            import signal, time

            def test_hangs():
                signal.signal(signal.SIGUSR1, signal.SIG_IGN)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                {hang}

            def test_last():
                pass
            """,
    )
    run = runner(root).run("before")
    assert outcomes(run) == {"test_it.py::test_hangs": "timeout", "test_it.py::test_last": "passed"}
    assert run.processes == 2


def test_a_test_that_takes_many_times_as_long_hangs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", 1.0)
    put(root, test_it="def test_it():\n    pass\n")
    suite = runner(root)
    suite.known = suite.run("before").tests
    put(root, test_it="import time\n\ndef test_it():\n    time.sleep(3600)\n")
    run = suite.run("after")
    assert outcomes(run) == {"test_it.py::test_it": "timeout"}
    assert run.seconds < LONG / 2


def test_files_that_cannot_be_collected(root: Path, hang: str) -> None:
    put(
        root,
        test_a="import missing\n",
        test_b="import os\nos._exit(0)\n",
        test_c_hangs=f"import time\n{hang}\n",
        test_d="def test_it(:\n",
        test_e="def test_it():\n    pass\n",
    )
    run = runner(root).run("before")
    assert outcomes(run) == {
        **{f"test_{name}.py": "uncollectable" for name in ("a", "b", "c_hangs", "d")},
        "test_e.py::test_it": "passed",
    }
    assert run.tests["test_a.py"].error == "ModuleNotFoundError: No module named 'missing'"
    assert run.tests["test_a.py"].frames == (("test_a.py", 1),)


def test_a_suite_that_does_not_begin(root: Path) -> None:
    put(root, conftest="import helper\n", helper="import missing\n", test_it="def test_it():\n    pass\n")
    run = runner(root).run("before")
    assert run.tests[SUITE].outcome is Outcome.UNCOLLECTABLE
    assert run.tests[SUITE].error == "ModuleNotFoundError: No module named 'missing'"
    assert run.tests[SUITE].frames == (("conftest.py", 1), ("helper.py", 1))


def test_a_suite_that_pytest_itself_refuses(root: Path) -> None:
    conftest = "import pytest\n\n\n@pytest.fixture\ndef one():\n    pass\n\n\ntwo = pytest.mark.skip(one)\n"
    run = runner(put(root, conftest=conftest, test_it="def test_it():\n    pass\n")).run("before")
    assert run.tests[SUITE].error == "Failed: Marks cannot be applied to fixtures."
    assert ("conftest.py", 9) in run.tests[SUITE].frames


def test_wrong_arguments(root: Path) -> None:
    run = runner(put(root, test_it="def test_it():\n    pass\n"), "--bogus").run("before")
    assert "unrecognized arguments: --bogus" in run.tests[SUITE].error


def test_no_tests(root: Path) -> None:
    run = runner(root).run("before")
    assert (dict(run.tests), run.exit) == ({}, 5)


def test_a_process_that_does_not_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.verify.running.watching._TO_EXIT", 0.5)
    monkeypatch.setattr("codemods.verify.running.watching._TO_INTERRUPT", 0.5)
    put(
        root,
        test_it="""
            import threading, time

            def test_it():
                threading.Thread(target=time.sleep, args=(3600,)).start()
            """,
    )
    run = runner(root).run("before")
    assert (outcomes(run), run.exit, run.processes) == ({"test_it.py::test_it": "passed"}, 0, 1)


@pytest.mark.skipif(os.name == "nt", reason="a script")
def test_garbage(root: Path) -> None:
    script = root / "python"
    script.write_text("#!/bin/sh\nprintf '{\"event\": 1}\\n\\377\\376 garbage\\n'\nexit 0\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    run = runner(root, python=str(script)).run("before")
    assert (dict(run.tests), run.exit) == ({}, 0)
    assert "garbage" in run.output


def test_only_some_tests_run(root: Path) -> None:
    put(
        root,
        test_a="def test_1():\n    pass\n\n\ndef test_2():\n    pass\n",
        test_b="raise SystemError\n",
        test_c="def test_3():\n    pass\n",
        test_d="raise ValueError\n",
    )
    run = runner(root).run("again", ["test_a.py::test_2", "test_c.py::test_3", "test_d.py"])
    assert outcomes(run) == {
        "test_a.py::test_2": "passed",
        "test_c.py::test_3": "passed",
        "test_d.py": "uncollectable",
    }
    assert "test_b.py" not in run.imported


def test_the_reverse_order(root: Path) -> None:
    suite = runner(put(root, test_it="def test_1():\n    pass\n\n\ndef test_2():\n    pass\n"))
    for backwards in (False, True):
        run = suite.run("before", backwards=backwards)
        assert list(run.tests) == ["test_it.py::test_1", "test_it.py::test_2"][:: -1 if backwards else 1]


def test_addresses_in_ids(root: Path) -> None:
    test = "import pytest\n\n\n@pytest.mark.parametrize('x', [object()], ids=repr)\ndef test_it(x):\n    pass\n"
    suite = runner(put(root, test_it=test))
    first = suite.run("before")
    assert list(first.tests) == ["test_it.py::test_it[<object object at 0x>]"]
    assert outcomes(suite.run("again", first.tests)) == outcomes(first)


def test_a_test_may_close_what_it_likes(root: Path) -> None:
    put(
        root,
        test_it="""
            import os, builtins

            def test_closing():
                os.closerange(3, 100)

            def test_forking():
                if os.fork() == 0:
                    os._exit(0)
                os.wait()

            def test_replacing(monkeypatch):
                monkeypatch.setattr(os, "open", None)
                monkeypatch.setattr(os, "write", None)
                monkeypatch.setattr(builtins, "open", None)
            """,
    )
    assert set(outcomes(runner(root, "-s").run("before")).values()) == {"passed"}


@pytest.mark.parametrize("arguments", [("-n", "2"), ("-n", "2", "--dist", "loadfile")], ids=" ".join)
def test_xdist(root: Path, arguments: tuple[str, ...]) -> None:
    pytest.importorskip("xdist")
    put(root, test_it=EVERY_OUTCOME, test_b="import missing\n")
    suite = runner(root, *arguments)
    run = suite.run("before")
    assert outcomes(run) == {**EXPECTED, "test_b.py": "uncollectable"}
    assert run.tests["test_it.py::test_error"].frames == (("test_it.py", 29),)
    assert run.tests["test_it.py::TestCase::test_never_ran"].unawaited == (Unawaited("TestCase.test_never_ran"),)
    assert run.imported == {"test_it.py"}
    chosen = ["test_it.py::test_failed", "test_it.py::test_passed"]
    assert set(suite.run("again", chosen).tests) == set(chosen)


def test_a_worker_of_xdist_that_crashes(root: Path) -> None:
    pytest.importorskip("xdist")
    run = runner(put(root, test_it=CRASHES), "-n", "1").run("before")
    assert Counter(outcomes(run).values()) == {"passed": 2, "crashed": 2}


WAITING = """
import os, sys, threading, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_suite_runner import runner
from waiting import until

def end():
    until(Path({begun!r}).exists)
    os.kill(os.getpid(), 9)

threading.Thread(target=end).start()
runner(Path({root!r})).run("before")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_suite_ends_when_nobody_waits_for_it(root: Path, tmp_path: Path) -> None:
    """Kill the one who waits; the suite must not go on for an hour."""
    held, begun, ran = tmp_path / "held", tmp_path / "begun", tmp_path / "ran"
    put(
        root,
        conftest=HOLDING.format(path=str(held)),
        test_it=f"""
            import os, time

            def test_1():
                waiting = os.getppid()
                open({str(begun)!r}, "w").close()
                while os.getppid() == waiting:
                    time.sleep(0.02)

            def test_2():
                open({str(ran)!r}, "w").close()
            """,
    )
    script = WAITING.format(tests=str(Path(__file__).parent), begun=str(begun), root=str(root))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    until(lambda: not is_held(held))
    assert not ran.exists()


def test_the_recorder_is_python_3_8() -> None:
    source = Path(recorder.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not [name for name in imported if name.startswith("codemods")]
