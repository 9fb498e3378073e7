"""What a recorded run shows of the mocks of suites, and what the rules make of it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from codemods import Settings, UsageError
from codemods.api import migrate_paths
from codemods.folders import evidence_of
from codemods.recordings import keep_recording
from codemods.semantics.answers import RecordedMock
from codemods.semantics.project.recording import Recording, merged, read_recording, text_key, written
from codemods.trace.api import TRACER, Trace, trace_paths
from copied import Copied
from waiting import LONG

pytestmark = pytest.mark.usefixtures("no_environment")
CODE = """
    import asyncio, inspect

    class Service:
        def __init__(self, client):
            self.client = client
            self.close = client.close

        async def fetch(self, key):
            return await self.client.fetch(key)

        async def through(self):
            call = self.client.through()
            return await call

        async def dunder(self):
            return await Awaiting(self.client.dunder())

        async def maybe(self):
            found = self.client.maybe()
            return await found if inspect.isawaitable(found) else found

        async def raising(self):
            await self.client.raising()

        async def raising_before(self):
            call = self.client.raising_before()
            await call

    class Awaiting:
        def __init__(self, what):
            self.what = what

        def __await__(self):
            return (yield from self.what.__await__())

    def plain(): pass

    async def many(client):
        return await asyncio.gather(client.one(), client.two(), asyncio.wait_for(client.three(), 5))

    async def tasks(client):
        task = asyncio.create_task(client.task())
        return await asyncio.shield(asyncio.ensure_future(client.future())), await task
"""
CONFTEST = """
    import asyncio, sys
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(pyfuncitem):
        if asyncio.iscoroutinefunction(pyfuncitem.obj):
            names = pyfuncitem._fixtureinfo.argnames
            asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
            return True
"""
SUITE = """
    import asyncio
    from contextlib import suppress
    from unittest import mock
    from unittest.mock import AsyncMock, MagicMock, Mock, patch
    import pytest
    import code_under_test
    from code_under_test import Service, many, tasks

    async def test_awaited():
        client = Mock()  #: a client
        client.fetch.return_value = 5
        client.through.side_effect = [1, 2]
        service = Service(client)
        assert await service.fetch("a") == 5
        assert [await service.through(), await service.through()] == [1, 2]
        assert await service.dunder()

    async def test_its_own():
        own = MagicMock(return_value=None)  #: its own
        assert await own() is None
        assert await own() is None

    async def test_kept():
        kept = mock.Mock(return_value=1)  #: kept
        kept()
        assert await kept() == 1

    async def test_asked():
        client = Mock()  #: asked
        await Service(client).maybe()

    async def test_raising():
        client = MagicMock()  #: raising
        client.raising.side_effect = ValueError
        client.raising_before.side_effect = ValueError
        with suppress(ValueError):
            await Service(client).raising()
        with suppress(ValueError):
            await Service(client).raising_before()

    async def test_helpers():
        client = MagicMock()  #: helpers
        await many(client)
        await tasks(client)

    async def test_alike():
        first, second = Mock(return_value=1), Mock(return_value=1)  #: alike
        results = [first(), second()]
        assert [await each for each in results] == [1, 1]

    async def test_awaitable_by_itself():
        future = asyncio.get_running_loop().create_future()
        future.set_result(1)
        wrapped = Mock(return_value=future)  #: wrapped
        already = AsyncMock()  #: async
        assert await wrapped() == 1
        await already()

    @patch("code_under_test.plain")  #: decorator
    async def test_patched(plain=None):
        await code_under_test.plain()

    async def test_patched_inside():
        with patch.object(code_under_test, "plain", return_value=3):  #: inside
            assert await code_under_test.plain() == 3

    async def test_child_of_a_result():
        factory = Mock()  #: factory
        await factory().connect()

    async def test_failed():
        failing = Mock()  #: failing
        await failing()
        failing.other()
        assert False

    @pytest.fixture
    def given():
        return Mock()  #: fixture

    @pytest.mark.parametrize("number", [1, 2])
    async def test_given(given, number):
        await given()

    def test_sync():
        sync = Mock()  #: sync
        sync()
"""
Seen = tuple[int, int, int, int, int]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("CODEMODS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", LONG)
    return root


def put(root: Path, **files: str) -> None:
    (root / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        (root / f"{name}.py").write_text(dedent(text))


def trace(root: Path, *arguments: str) -> Trace:
    return trace_paths([root], pytest_args=arguments)


def seen(found: Trace, path: str = "test_it.py") -> dict[tuple[str, str], tuple[Seen, bool]]:
    """What was seen of the mocks of a file, by the words on their lines and the way to the child."""
    lines = (found.root / path).read_text().splitlines()
    return {
        (lines[each.line - 1].partition("#: ")[2], ".".join(each.members)): (
            (each.calls, each.awaited, each.awaitable, each.unsure, each.asked),
            each.test is not None,
        )
        for each in found.recording.mocks.get(path, ())
        if each.column is None or "alike" not in lines[each.line - 1] or each.column < 30
    }


def test_what_becomes_of_mocks(root: Path) -> None:
    put(root, code_under_test=CODE, conftest=CONFTEST, test_it=SUITE)
    found = trace(root)
    tests = {name.partition("::")[2]: each for name, each in found.run.tests.items()}
    assert {name for name, each in tests.items() if each.broken} == {"test_failed"}
    by_place = sys.version_info >= (3, 11)
    assert seen(found) == {
        ("a client", "fetch"): ((1, 1, 0, 0, 0), True),
        ("a client", "through"): ((2, 2, 0, 0, 0), True),
        ("a client", "dunder"): ((1, 1, 0, 0, 0), True),
        ("its own", ""): ((2, 2, 0, 0, 0), True),
        ("kept", ""): ((2, 1, 0, 0, 0), True),
        ("asked", "maybe"): ((1, 0, 0, 0, 1), False),
        ("asked", "maybe.return_value"): ((0, 0, 0, 0, 1), False),
        ("raising", "raising"): ((1, int(by_place), 0, 0, 0), by_place),
        ("raising", "raising_before"): ((1, 0, 0, 0, 0), False),
        ("helpers", "one"): ((1, 1, 0, 0, 0), True),
        ("helpers", "two"): ((1, 1, 0, 0, 0), True),
        ("helpers", "three"): ((1, 1, 0, 0, 0), True),
        ("helpers", "task"): ((1, 1, 0, 0, 0), True),
        ("helpers", "future"): ((1, 1, 0, 0, 0), True),
        ("alike", ""): ((1, 0, 0, 1, 0) if by_place else (2, 1, 0, 1, 0), not by_place),
        ("wrapped", ""): ((1, 0, 1, 0, 0), False),
        ("decorator", ""): ((1, 1, 0, 0, 0), True),
        ("inside", ""): ((1, 1, 0, 0, 0), True),
        ("factory", ""): ((1, 0, 0, 0, 0), False),
        ("factory", "return_value.connect"): ((1, 1, 0, 0, 0), True),
        ("failing", ""): ((0, 0, 0, 0, 0), False),
        ("failing", "other"): ((0, 0, 0, 0, 0), False),
        ("fixture", ""): ((2, 2, 0, 0, 0), True),
        ("sync", ""): ((1, 0, 0, 0, 0), False),
    }
    tests_that_await = {each.test for each in found.recording.mocks["test_it.py"]} - {None}
    assert "test_it.py::test_given[1]" in tests_that_await


@pytest.mark.process
def test_workers_and_plain_assertions_change_nothing(root: Path) -> None:
    pytest.importorskip("xdist")
    put(root, code_under_test=CODE, conftest=CONFTEST, test_it=SUITE)
    expected = seen(trace(root))
    assert seen(trace(root, "-pxdist", "-n2")) == expected
    assert seen(trace(root, "--assert=plain")) == expected


@pytest.mark.process
def test_tests_that_crash_lose_nothing_of_the_others(root: Path) -> None:
    crash = "def test_crash():\n    import os\n    os._exit(3)\n"
    last = "async def test_last():\n    await Mock()()  #: last\n"
    put(root, code_under_test=CODE, conftest=CONFTEST, test_it=f"{dedent(SUITE)}\n\n{crash}\n\n{last}")
    found = seen(trace(root))
    assert found["its own", ""] == ((2, 2, 0, 0, 0), True)
    assert found["last", ""] == ((1, 1, 0, 0, 0), True)


def test_mocks_of_other_files_than_tests(root: Path) -> None:
    fixture = "from unittest.mock import Mock\n\n@pytest.fixture\ndef client():\n    return Mock()  #: c\n"
    test = "async def test_it(client):\n    await client.fetch()\n"
    put(root, conftest=f"{dedent(CONFTEST)}\n{fixture}", test_it=test)
    assert seen(trace(root), "conftest.py") == {("c", "fetch"): ((1, 1, 0, 0, 0), True)}


def test_the_project_stays_as_it_is(root: Path) -> None:
    put(root, code_under_test=CODE, conftest=CONFTEST, test_it=SUITE)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    trace(root)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_no_test_is_an_error(root: Path) -> None:
    put(root, test_it="def helper(): pass\n")
    with pytest.raises(UsageError, match="pytest found no test"):
        trace(root)


FORGED = """
    import json, os, sys
    def test_it():
        plan = json.load(open(os.path.join(os.path.dirname(sys.modules["codemods_tracer"].__file__), "plan.json")))
        for mocks in {mocks}:
            with open(plan["events"], "a") as events:
                event = {{"event": "mocks", "id": "test_it.py::test_it", "passed": True, "mocks": mocks}}
                events.write(json.dumps(event) + chr(10))
"""
GOOD = ["test_it.py", 1, 0, ["a"], 1, 1, 0, 0, 0]


FORGERIES: list[object] = [
    ["/etc/passwd", *GOOD[1:]],
    ["../other.py", *GOOD[1:]],
    ["a\0b", *GOOD[1:]],
    [*GOOD[:1], -1, *GOOD[2:]],
    [*GOOD[:1], "1", *GOOD[2:]],
    [*GOOD[:1], 2**40, *GOOD[2:]],
    [*GOOD[:2], 1.5, *GOOD[3:]],
    [*GOOD[:3], "a", *GOOD[4:]],
    [*GOOD[:3], [1], *GOOD[4:]],
    [*GOOD[:3], ["\x1b[31m"], *GOOD[4:]],
    [*GOOD[:3], ["a"] * 51, *GOOD[4:]],
    [*GOOD[:3], ["a" * 2001], *GOOD[4:]],
    [*GOOD, 1],
    GOOD[:-1],
    "mock",
    None,
]


def test_events_that_are_no_events(root: Path) -> None:
    put(root, test_it=FORGED.format(mocks=repr([*([each] for each in FORGERIES), [GOOD], "mocks", None, {}])))
    (found,) = trace(root).recording.mocks["test_it.py"]
    assert (found.line, found.members, found.calls, found.awaited) == (1, ("a",), 1, 1)


def test_files_that_no_longer_hold_what_they_held(root: Path) -> None:
    """A test may change the files of the copy: the evidence is about those of the project."""
    put(
        root,
        conftest=CONFTEST,
        test_it="""
        from unittest.mock import Mock
        async def test_it():
            await Mock()()
            open(__file__, "a").write("# more")
        """,
    )
    found = trace(root)
    assert found.recording.texts == {"test_it.py": text_key((root / "test_it.py").read_text())}


# What the rules make of it.

HIDDEN = """
    from unittest.mock import Mock
    import hidden

    async def test_it():
        client = Mock()
        {more}
        service = getattr(hidden, "make")(client)
        await service.fetch()
"""
MADE = (
    "def make(client): return Service(client)\n\nclass Service:\n    def __init__(self, client): self.client = client\n"
)


def findings(root: Path, evidence: Path | None = None) -> list[tuple[str, str, str]]:
    report = migrate_paths([root], Settings(select=("PAM3",), evidence=evidence))
    assert not [each.error for each in report.files if each.error]
    return [(each.code, each.safety.value, each.message) for each in report.findings]


def record(root: Path) -> None:
    file = evidence_of(root)
    assert file is not None
    keep_recording(trace(root).recording, file)


def hide(root: Path, more: str = "pass", calls: str = "await self.client.fetch()") -> None:
    put(root, conftest=CONFTEST, hidden=f"{MADE}    async def fetch(self): {calls}\n", test_it=HIDDEN.format(more=more))


def test_what_reading_cannot_see_is_shown_by_a_run(root: Path) -> None:
    hide(root)
    assert findings(root) == []
    record(root)
    message = "`client.fetch` is awaited in test_it.py::test_it (recorded): `AsyncMock` instead of `Mock`"
    assert findings(root) == [("PAM302", "safe", message)]


def test_evidence_is_about_a_text(root: Path) -> None:
    hide(root)
    record(root)
    text = (root / "test_it.py").read_text()
    assert len(findings(root)) == 1
    for changed in (f"\n{text}", f"{text}\n"):
        (root / "test_it.py").write_text(changed)
        assert findings(root) == []


def test_calls_that_are_not_awaited_need_review(root: Path) -> None:
    hide(root, calls="self.client.fetch(); await self.client.fetch()")
    record(root)
    ((code, safety, message),) = findings(root)
    assert (code, safety) == ("PAM302", "review")
    assert "if it is awaited wherever it is called, as it isn't in each test that ran (recorded)" in message


@pytest.mark.process
def test_who_is_asked_needs_review(root: Path) -> None:
    hide(root, calls="import inspect; f = self.client.fetch(); inspect.isawaitable(f); await f")
    record(root)
    assert [each[:2] for each in findings(root)] == [("PAM302", "review")]


def test_objections_of_reading_stand(root: Path) -> None:
    hide(root, more="client.fetch.nothing.like_this()")
    record(root)
    assert [each[:2] for each in findings(root)] == []


def test_reading_against_running(root: Path) -> None:
    put(
        root,
        conftest=CONFTEST,
        code_under_test="async def go(client):\n    await client.fetch()\n",
        hidden="import sys\n\ndef use(): sys._getframe(1).f_locals['client'].fetch()\n",
        test_it="""
            import sys
            from unittest.mock import Mock
            from code_under_test import go
            import hidden

            async def test_it():
                client = Mock()
                client.fetch.return_value = 1
                if not sys.argv:
                    await go(client)
                hidden.use()
            """,
    )
    ((*_, before),) = findings(root)
    record(root)
    ((code, safety, message),) = findings(root)
    assert (code, safety) == ("PAM302", "review")
    assert message == f"{before}, if it is what is awaited: no test that ran did so (recorded)"


@pytest.mark.process
def test_evidence_in_a_file_that_is_named(root: Path, tmp_path: Path) -> None:
    hide(root)
    keep_recording(trace(root).recording, tmp_path / "evidence.json")
    assert findings(root) == []
    assert len(findings(root, tmp_path / "evidence.json")) == 1


@pytest.mark.parametrize("data", [None, b"", b"{", b"[]", b"{}", b'{"schema": 2}', b'{"schema": 1}', b"\xff"])
def test_a_named_file_that_is_no_evidence(root: Path, tmp_path: Path, data: bytes | None) -> None:
    hide(root)
    file = tmp_path / "evidence.json"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(UsageError, match=r"--evidence: .*evidence\.json: "):
        findings(root, file)


def test_kept_evidence_that_is_none_is_as_nothing(root: Path) -> None:
    hide(root)
    file = evidence_of(root)
    assert file is not None
    file.parent.mkdir(parents=True)
    file.write_text("{")
    assert findings(root) == []


# Recordings.

ONE = RecordedMock(1, 2, ("a", "return_value"), 3, 2, 0, 1, 0, None)
TWO = RecordedMock(1, 2, ("a", "return_value"), 1, 1, 0, 0, 4, "t.py::test")
OTHER = RecordedMock(9, None, (), 0, 0, 0, 0, 0, None)


def test_a_recording_is_read_as_it_was_written() -> None:
    recording = Recording({"t.py": "x", "empty.py": "y"}, {"t.py": (ONE, OTHER), "empty.py": ()})
    assert read_recording(written(recording)) == recording


def test_recordings_are_put_together() -> None:
    one, two = Recording({"t.py": "x"}, {"t.py": (ONE,)}), Recording({"t.py": "x"}, {"t.py": (TWO, OTHER)})
    both = RecordedMock(1, 2, ("a", "return_value"), 4, 3, 0, 1, 4, "t.py::test")
    assert merged([one, two]) == Recording({"t.py": "x"}, {"t.py": (both, OTHER)})
    later = Recording({"t.py": "z"}, {"t.py": (OTHER,)})
    assert merged([one, later]) == later


@pytest.mark.parametrize(
    ("key", "value"),
    [("line", -1), ("line", True), ("line", None), ("line", 2**40), ("column", "a"), ("members", ["\n"]),
     ("members", "a"), ("members", ["a"] * 51), ("calls", 1.5), ("test", 1), ("test", "\x1b[m"), ("test", "a" * 3000)],
)  # fmt: skip
def test_recordings_are_checked(key: str, value: object) -> None:
    document = json.loads(written(Recording({"t.py": "x"}, {"t.py": (ONE,)})))
    document["files"][0]["mocks"][0][key] = value
    with pytest.raises(ValueError, match="isn't a recording"):
        read_recording(json.dumps(document).encode())
    del document["files"][0]["mocks"][0][key]
    with pytest.raises(ValueError, match="isn't a recording"):
        read_recording(json.dumps(document).encode())


# The command.

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(root: Path, program: Copied) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
        done = program.run(arguments, root, environment)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def test_the_command(run: Run, root: Path) -> None:
    hide(root)
    done = run("trace")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "trace: copying the project\ntrace: recording\n"
    first, second, third = done.stdout.splitlines()
    assert re.fullmatch(r"Recorded 1 test, of which 1 passed, with Python 3\.\d+\.\d+\.", first)
    assert second == "1 mock in 1 file, 1 of them awaited."
    assert third == f"Kept in {evidence_of(root)}: `codemods check` goes by it, as long as the files stay as they are."
    assert "awaited in test_it.py::test_it (recorded)" in run("check", "--select", "PAM3").stdout


@pytest.mark.process
def test_shards_are_put_together(run: Run, root: Path, tmp_path: Path) -> None:
    hide(root)
    for name in ("one", "two"):
        assert run("trace", "--output", str(tmp_path / name), ".", "--", "-k", "test_it").returncode == 0
    done = run(
        "trace", "--merge", str(tmp_path / "one"), "--merge", str(tmp_path / "two"), "--output", str(tmp_path / "all")
    )
    assert done.returncode == 0, done.stderr
    assert "check --evidence" in done.stdout
    (mock,) = read_recording((tmp_path / "all").read_bytes()).mocks["test_it.py"]
    assert (mock.calls, mock.awaited) == (2, 2)
    assert "(recorded)" in run("check", "--select", "PAM3", "--evidence", str(tmp_path / "all")).stdout
    assert run("trace", "--merge", "missing").returncode == 2


def test_the_tracer_is_python_3_8() -> None:
    source = TRACER.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))
    modules = {node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in modules if name.startswith("codemods.")]
