"""Rules that judge all files together, through whole migrations with rules that exist for these tests only."""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from codemods import Finding, Report, Safety, Settings, write_changes
from codemods.api import migrate_text
from codemods.cli.session import exit_code
from codemods.edits.calls import replace_callee
from codemods.edits.classes import rename_function
from codemods.edits.configuration import set_option
from codemods.edits.decorators import add_decorator
from codemods.engine.alone import migrate_alone
from codemods.migration import Migration
from codemods.model import Fix, Sight, Status
from codemods.report import json as json_report
from codemods.rules import ConfigurationRule, Context, ProjectContext, ProjectRule, Registration, Rule
from codemods.selection import Selection
from codemods.semantics.pytest.scope import SuiteFiles
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")

FILES = {
    "pytest.ini": "[pytest]\naddopts = -v\n",
    "tests/conftest.py": "import os\n\n\ndef old_one():\n    return os.sep\n",
    "tests/test_a.py": "from conftest import *\n\n\ndef test_a():\n    assert old_one()\n",
    "tests/test_b.py": "from conftest import *\n\n\ndef test_b():\n    assert old_one()\n",
}
RENAMED = {
    "pytest.ini": "[pytest]\naddopts = -v\nold_one = new\n",
    "tests/conftest.py": "import os\n\n\ndef new_one():\n    return os.sep\n",
    "tests/test_a.py": "from conftest import *\n\n\ndef test_a():\n    assert new_one()\n",
    "tests/test_b.py": "from conftest import *\n\n\ndef test_b():\n    assert new_one()\n",
}


class Toy(ProjectRule):
    """The base of the rules below."""

    name = "toy"
    summary = "A toy"
    safety = Safety.SAFE
    triggers: ClassVar = (b"",)
    examples: ClassVar = ()

    def files(self, context: ProjectContext) -> Iterator[Context]:
        yield from filter(None, map(context.file, context.paths))

    def definitions(self, context: ProjectContext) -> Iterator[tuple[Context, ast.FunctionDef]]:
        yield from ((file, node) for file in self.files(context) for node in file.module.nodes(ast.FunctionDef))


class Rename(Toy):
    """Renames ``old_x`` where it is defined and called, and notes it in pytest.ini."""

    code = "XXX001"
    new = "new"
    old = "old"

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        for file, node in self.definitions(context):
            if node.name.startswith(f"{self.old}_"):
                yield self._renamed(context, file, node)

    def _renamed(self, context: ProjectContext, file: Context, node: ast.FunctionDef) -> Finding:
        new = node.name.replace(self.old, self.new, 1)
        edits = [rename_function(file.module, node, new), *self._calls(file, node.name, new)]
        other_files = {
            each.module.path: Fix(tuple(found)) for each in self.files(context)
            if each.module.path != file.module.path and (found := self._calls(each, node.name, new))
        }  # fmt: skip
        if "pytest.ini" in context.configuration:
            noted = set_option("pytest.ini", node.name, self.new)
            other_files["pytest.ini"] = Fix((noted,))
        return self.finding(file, node, f"{node.name} is old", edits=edits, other_files=other_files)

    def _calls(self, file: Context, old: str, new: str) -> list[object]:
        calls = [each for each in file.module.nodes(ast.Call) if isinstance(each.func, ast.Name)]
        return [replace_callee(file.module, each, new) for each in calls if each.func.id == old]  # type: ignore[attr-defined]


class Back(Rename):
    """Takes back what ``Rename`` does."""

    code = "XXX002"
    old, new = "new", "old"


class Other(Rename):
    """Renames the same functions to something else."""

    code = "XXX003"
    new = "other"


class Broken(Rename):
    """Fails in the middle."""

    code = "XXX004"

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        yield from super().find_in_project(context)
        raise ZeroDivisionError("of a rule")


class BrokenEdit(Rename):
    """Gives one file an edit that nothing can make."""

    code = "XXX005"

    def _calls(self, file: Context, old: str, new: str) -> list[object]:
        if not file.module.path.endswith("test_b.py"):
            return super()._calls(file, old, new)
        return [replace(each, verb="no_such_verb") for each in super()._calls(file, old, new)]


class Unparsable(Rename):
    """Makes something of one file that is no Python."""

    code = "XXX006"

    def _calls(self, file: Context, old: str, new: str) -> list[object]:
        if not file.module.path.endswith("test_b.py"):
            return super()._calls(file, old, new)
        called = super()._calls(file, old, new)
        nodes = file.module.nodes(ast.FunctionDef) if called else []
        return [rename_function(file.module, each, "if") for each in nodes]


class Refused(Rename):
    """Wants a call that is no expression."""

    code = "XXX011"

    def _calls(self, file: Context, old: str, new: str) -> list[object]:
        return super()._calls(file, old, "while" if file.module.path.endswith("test_b.py") else new)


class Doubled(Rule):
    """Makes ``twice()`` of each ``new_one()``: a rule for single files."""

    code = "XXX007"
    name = "doubled"
    summary = "Doubles"
    safety = Safety.SAFE
    triggers: ClassVar = (b"new_one",)
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        for each in context.module.nodes(ast.Call):
            if isinstance(each.func, ast.Name) and each.func.id == "new_one":
                edit = replace_callee(context.module, each, "twice")
                yield self.finding(context, each, "double", edits=[edit])


class Noted(Toy, ConfigurationRule):
    """Finds something in pytest.ini, and nothing to do about it in Python."""

    code = "XXX008"

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        for number, line in enumerate(context.read("pytest.ini").decode().splitlines(), 1):
            if line.startswith("addopts"):
                edit = set_option("pytest.ini", "addopts", "-q")
                if line != "addopts = -q":
                    yield self.configuration_finding("pytest.ini", number, line, "quiet", edits=[edit])


class InOtherFiles(Toy):
    """Is found in the conftest, and changes the tests only."""

    code = "XXX009"

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        found = {
            file.module.path: Fix((rename_function(file.module, node, "test_new"),))
            for file, node in self.definitions(context) if node.name == "test_a"
        }  # fmt: skip
        for file in self.files(context):
            if found and file.module.path.endswith("conftest.py"):
                yield self.finding(file, file.module.tree.body[-1], "tests", other_files=found)


class Grow(Toy):
    """Puts a decorator above each function that hasn't got it, which moves all lines."""

    code = "XXX010"
    decorator = "x"

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        for file, node in self.definitions(context):
            if self.decorator not in map(ast.unparse, node.decorator_list) and not node.name.startswith("old_"):
                edit = add_decorator(file.module, node, self.decorator)
                yield self.finding(file, node, "bare", edits=[edit])


class GrowMore(Grow):
    """Puts another one there, which has to wait for the first."""

    code = "XXX012"
    decorator = "y"


def migration(
    root: Path, *rules: Rule, paths: Sequence[str] = (".",), first_round: bool = False, **settings: object
) -> Migration:
    chosen = Settings(**{"select": ("XXX",), "jobs": 1, **settings})  # type: ignore[arg-type]
    return Migration([root / each for each in paths], root, chosen, rules=rules, first_round=first_round)


def becomes(report: Report, files: Mapping[str, str] = FILES) -> dict[str, str]:
    """Return what the files are afterwards."""
    return {**files, **{each.path: each.after.decode() for each in report.files if each.path in files}}


def errors(report: Report) -> dict[str, str]:
    return {each.path: each.error for each in report.files if each.error}


def found(report: Report) -> list[tuple[str, int, str]]:
    return [(each.path, each.span.line, each.code) for each in report.findings]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, FILES)
    return tmp_path


def test_a_finding_is_applied_in_all_its_files_and_listed_once(root: Path) -> None:
    report = migration(root, Rename()).run()
    assert becomes(report) == RENAMED
    assert found(report) == [("tests/conftest.py", 4, "XXX001")]
    assert [each.status for each in report.files] == [Status.WOULD_CHANGE] * 4
    assert len(report.applied) == 1


def test_check_tells_the_same(root: Path) -> None:
    first = migration(root, Rename(), first_round=True).run()
    assert becomes(first) == FILES
    assert first.findings == migration(root, Rename()).run().findings
    assert {each.path for each in first.files if each.status is Status.WOULD_CHANGE} == set(FILES)


def test_what_is_written_is_what_was_shown(root: Path) -> None:
    report = migration(root, Rename()).run()
    written = write_changes(report, allow_dirty=True)
    assert {path: (root / path).read_text() for path in FILES} == RENAMED
    assert {each.status for each in written.files} == {Status.CHANGED}
    assert not migration(root, Rename()).run().findings


@pytest.mark.parametrize("paths", [["tests"], ["pytest.ini", "tests/conftest.py", "tests/test_a.py"]])
def test_a_file_that_is_not_named_stays_and_so_do_the_others(root: Path, paths: list[str]) -> None:
    report = migration(root, Rename(), paths=paths).run()
    assert becomes(report) == FILES
    assert not report.applied
    assert "isn't below the paths that were named" in report.findings[0].message


def test_a_finding_outside_the_named_paths_is_not_listed(root: Path) -> None:
    assert not migration(root, Rename(), paths=["tests/test_a.py"]).run().findings


def test_a_file_that_cannot_be_parsed_and_holds_nothing_to_find_is_left_to_pytest(root: Path) -> None:
    (root / "tests/test_b.py").write_text("def f(:\n")
    report = migration(root, Rename()).run()  # nobody knows what it calls, but it asks for no change there
    assert not errors(report)
    assert becomes(report)["tests/test_a.py"] == RENAMED["tests/test_a.py"]


def test_where_a_conftest_cannot_be_parsed_nothing_changes(root: Path) -> None:
    write(root, {"tests/unit/conftest.py": "def f(:\n", "tests/unit/test_c.py": "def test_c():\n    old_one()\n"})
    report = migration(root, Rename()).run()
    assert becomes(report) == FILES
    assert "tests/unit/conftest.py holds for tests/unit/test_c.py, and can't be parsed" in report.findings[0].message


_OVERRIDE = """
    import asyncio
    import pytest

    @pytest.fixture(scope="session")
    def event_loop():
        loop = asyncio.new_event_loop()
        yield loop
        loop.close()
"""
_TEST = "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_a():\n    pass\n"


@pytest.mark.parametrize(
    ("unparsable", "code", "wanted"),
    [
        ("@pytest.fixture(scope='session')\nasync def f(:\n", "PAM602", "can't be parsed, and may have"),
        ("import pytest_asyncio\n@pytest_asyncio.fixture(scope='a'\n", "PAM602", "can't be parsed, and may have"),
        ("def test_z(event_loop:\n", "PAM604", "tests/test_z.py names it, and can't be parsed"),
    ],
)
def test_a_file_that_cannot_be_parsed_may_say_anything(tmp_path: Path, unparsable: str, code: str, wanted: str) -> None:
    override = _OVERRIDE if code == "PAM604" else ""
    files = {"pytest.ini": "[pytest]\n", "tests/test_z.py": unparsable, "tests/conftest.py": override}
    write(tmp_path, {**files, "tests/test_a.py": _TEST})
    (finding,) = migration(tmp_path, select=(code,), unsafe=True).run().findings
    assert finding.fix is None
    assert wanted in finding.message


def test_a_default_says_nothing_for_a_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    files = {"pytest.ini": "[pytest]\n", "tests/test_z.py": "async def test_z(:\n", "tests/conftest.py": _OVERRIDE}
    write(tmp_path, {**files, "tests/test_a.py": _TEST})
    report = migration(tmp_path, select=("PAM604",), unsafe=True).run()
    assert [each.path for each in report.files if each.after != each.before] == ["tests/conftest.py", "tests/test_a.py"]


@pytest.mark.parametrize("rule", [Unparsable(), BrokenEdit()])
def test_a_file_that_fails_keeps_all_others_from_changing(root: Path, rule: Rule) -> None:
    write(root, {"tests/test_c.py": "def old_two():\n    return old_two()\n"})
    files = {**FILES, "tests/test_c.py": (root / "tests/test_c.py").read_text()}
    report = migration(root, rule).run()
    after = becomes(report, files)
    assert {path: after[path] for path in ("tests/conftest.py", "tests/test_a.py", "tests/test_b.py")} == {
        path: files[path] for path in ("tests/conftest.py", "tests/test_a.py", "tests/test_b.py")
    }
    assert "tests/test_b.py" in errors(report)
    assert "please report it" in errors(report)["tests/test_b.py"]
    if isinstance(rule, Unparsable):
        assert after["tests/test_c.py"] == "def new_two():\n    return new_two()\n"
        assert after["pytest.ini"] == "[pytest]\naddopts = -v\nold_two = new\n"
    assert "there is an error in it" in report.findings[0].message


def test_a_unit_that_cannot_be_rewritten_is_reported(root: Path) -> None:
    report = migration(root, Refused()).run()
    assert becomes(report) == FILES
    assert not errors(report)
    assert not report.applied
    (finding,) = report.findings
    assert finding.message.startswith("old_one is old (left alone: ")
    assert finding.safety is Safety.MANUAL


def test_an_option_that_cannot_be_set_is_reported(root: Path) -> None:
    text = "[pytest]\nold_one =\n  a\n  b\n"
    (root / "pytest.ini").write_text(text)
    report = migration(root, Rename()).run()
    assert becomes(report, {**FILES, "pytest.ini": text}) == {**FILES, "pytest.ini": text}
    assert "(left alone: pytest.ini: the value of old_one has several lines)" in report.findings[0].message
    assert not errors(report)


def test_of_two_that_conflict_the_first_rule_wins(root: Path) -> None:
    report = migration(root, Other(), Rename()).run()
    assert becomes(report) == RENAMED
    assert [each.code for each in report.applied] == ["XXX001"]
    assert [each.code for each in report.findings] == ["XXX001"]


def test_one_that_conflicts_waits_for_the_next_pass(root: Path) -> None:
    report = migration(root, Grow(), GrowMore(), paths=["tests/test_a.py"]).run()
    after = "from conftest import *\n\n\n@y\n@x\ndef test_a():\n    assert old_one()\n"
    assert becomes(report)["tests/test_a.py"] == after
    assert [(each.code, each.span.line) for each in report.findings] == [("XXX010", 4), ("XXX012", 4)]
    assert len(report.applied) == 2


def test_single_files_are_looked_at_again(root: Path) -> None:
    report = migration(root, Rename(), Doubled()).run()
    assert becomes(report)["tests/test_a.py"] == "from conftest import *\n\n\ndef test_a():\n    assert twice()\n"
    assert [(each.path, each.code, each.span.line) for each in report.applied] == [
        ("tests/conftest.py", "XXX001", 4), ("tests/test_a.py", "XXX007", 5), ("tests/test_b.py", "XXX007", 5),
    ]  # fmt: skip


def test_lines_are_those_of_the_original(root: Path) -> None:
    text = "def test_1():\n    pass\n\n\ndef test_2():\n    pass\n\n\ndef old_one():\n    pass\n"
    write(root, {"tests/conftest.py": text})
    report = migration(root, Rename(), Grow()).run()
    conftest = next(each for each in report.files if each.path == "tests/conftest.py")
    assert [(each.code, each.span.line, each.round) for each in conftest.findings] == [
        ("XXX010", 1, 1), ("XXX010", 5, 1), ("XXX001", 9, 1), ("XXX010", 9, 3),
    ]  # fmt: skip
    assert len(conftest.applied) == 4


def test_a_finding_that_changes_other_files_only(root: Path) -> None:
    report = migration(root, InOtherFiles()).run()
    statuses = {each.path: each.status for each in report.files}
    assert statuses["tests/test_a.py"] is Status.WOULD_CHANGE
    assert statuses["tests/conftest.py"] is Status.CLEAN  # git has nothing to say against it
    assert len(report.applied) == 1
    checked = migration(root, InOtherFiles(), first_round=True).run()
    assert {each.path: each.status for each in checked.files} == statuses


@pytest.mark.parametrize("comment", ["# codemods: ignore[XXX001]", "# noqa: XXX001", "# codemods: ignore[XXX]"])
def test_a_comment_keeps_a_finding_away(root: Path, comment: str) -> None:
    text = FILES["tests/conftest.py"].replace("old_one():", f"old_one():  {comment}")
    write(root, {"tests/conftest.py": text})
    report = migration(root, Rename()).run()
    assert not report.findings
    assert becomes(report, {**FILES, "tests/conftest.py": text}) == {**FILES, "tests/conftest.py": text}


@pytest.mark.parametrize("word", ["XXX001", "XXX"])
def test_a_rule_that_is_ignored_finds_nothing(root: Path, word: str) -> None:
    report = migration(root, Rename(), select=("XXX001", "XXX"), ignore=(word, "XXX001")).run()
    assert not report.findings


def test_the_report_for_programs_has_the_edits_of_all_files(root: Path) -> None:
    document = json.loads(json_report.render(json_report.document(migration(root, Rename()).run())))
    files = {each["path"]: each for each in document["files"]}
    (finding,) = files["tests/conftest.py"]["findings"]
    assert sorted((each["path"], each["verb"]) for each in finding["edits"]) == [
        ("pytest.ini", "set_option"), ("tests/conftest.py", "rename_function"), ("tests/test_a.py", "replace_callee"),
        ("tests/test_b.py", "replace_callee"),
    ]  # fmt: skip
    assert document["summary"]["by_status"]["would-change"] == 4
    assert document["summary"]["by_rule"] == {"XXX001": 1}


def test_any_choice_of_the_findings_can_be_made(root: Path) -> None:
    conftest = "def old_one():\n    pass\n\n\ndef old_two():\n    old_one()\n"
    write(root, {"tests/conftest.py": conftest, "tests/test_b.py": "def test_b():\n    old_two()\n    old_one()\n"})
    files = {path: (root / path).read_text() for path in FILES}
    whole = migration(root, Rename(), Noted(), Doubled(), Grow(), GrowMore())
    report = whole.run()
    keys = sorted({each.key for each in report.applied})
    assert len(keys) > 4
    chance = random.Random(len(keys))
    for choice in [*([each] for each in keys), *(chance.sample(keys, chance.randrange(len(keys))) for _ in range(16))]:
        left = whole.only(choice)
        assert not errors(left)
        assert {each.key for each in left.applied} <= set(choice)
        after = becomes(left, files)
        for name in ("one", "two"):
            is_renamed = f"def new_{name}" in after["tests/conftest.py"]
            assert (f"old_{name} = new" in after["pytest.ini"]) == is_renamed
            assert not is_renamed or f"old_{name}()" not in after["tests/test_b.py"]
    assert becomes(whole.only(keys), files) == becomes(report, files)
    assert becomes(whole.only(()), files) == files


def test_a_rule_that_never_ends_is_an_error(root: Path) -> None:
    write(root, {"tests/test_c.py": "import time\n\n\nasync def test_c():\n    time.sleep(0)\n"})
    report = migration(root, Rename(), Back(), select=("XXX", "PAM401")).run()
    assert becomes(report) == FILES
    assert set(errors(report)) == FILES.keys() - {"pytest.ini"}
    for error in errors(report).values():
        assert error == "not stable after 10 passes of XXX001, XXX002: left as it was; please report it"
    assert [each.path for each in report.applied] == ["tests/test_c.py"]
    assert exit_code(report) == 3


def test_a_rule_with_a_bug_is_an_error_and_nothing_else_is_lost(root: Path) -> None:
    report = migration(root, Broken(), Noted(), Doubled()).run()
    assert errors(report) == {".": "internal error in XXX004, please report it: ZeroDivisionError: of a rule"}
    assert [each.code for each in report.applied] == ["XXX008"]
    assert becomes(report) == {**FILES, "pytest.ini": "[pytest]\naddopts = -q\n"}
    assert exit_code(report) == 3
    checked = migration(root, Broken(), Noted(), first_round=True).run()
    assert errors(checked) == errors(report)
    assert write_changes(report, allow_dirty=True)
    assert (root / "pytest.ini").read_text() == "[pytest]\naddopts = -q\n"


@pytest.mark.parametrize("rules", [[Rename()], [Rename(), Other(), Noted(), Doubled(), InOtherFiles()]])
def test_workers_and_order_change_nothing(root: Path, rules: list[Rule]) -> None:
    for number in range(5):
        write(root, {f"tests/test_{number}.py": f"def old_f{number}():\n    old_one()\n    old_f0()\n"})
    alone = migration(root, *rules).run()
    assert migration(root, *rules, jobs=3).run() == alone
    names = [each.path for each in alone.files]
    for _ in range(3):
        random.Random(len(names)).shuffle(names)
        assert migration(root, *rules[::-1], paths=names).run().findings == alone.findings
        assert becomes(migration(root, *rules[::-1], paths=names).run()) == becomes(alone)


def test_standard_input_runs_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[str]] = []
    _take_over(monkeypatch, lambda context: seen.append(context.paths))
    report = migrate_text(b"def old_one(): pass\n", root / "tests/conftest.py", Settings(select=("PAM603",)))
    assert not report.findings
    assert not seen


def test_a_file_alone_fails_with_its_rule(root: Path) -> None:
    task = next(each for each in migration(root, Broken())._work if each.path == "tests/conftest.py")
    result = migrate_alone(task)  # type: ignore[arg-type]
    assert result.status is Status.FAILED
    assert result.after == result.before
    assert "XXX004" in (result.error or "")


def _take_over(monkeypatch: pytest.MonkeyPatch, judge: Callable[[ProjectContext], None]) -> None:
    from codemods.rules.loops.propagate_loop_scope import PropagateLoopScope

    def find(self: PropagateLoopScope, context: ProjectContext) -> Iterator[Finding]:
        judge(context)
        yield from ()

    monkeypatch.setattr(PropagateLoopScope, "find_in_project", find)


def test_rules_of_the_project_are_selected_like_others() -> None:
    selection = Selection(Settings(select=("XXX",)), map(Registration.of, (Rename(), Doubled())))
    assert [each.code for each in selection.project_rules] == ["XXX001"]
    assert [each.code for each in selection.rules] == ["XXX007"]


@pytest.mark.parametrize(
    ("reported", "candidates", "configuration"),
    [(None, ["a.py", "b.py"], True), (["b.py"], ["b.py"], False), (["c.py", "pytest.ini"], [], True)],
)
def test_no_rule_looks_where_nothing_is_listed(
    reported: list[str] | None, candidates: list[str], configuration: bool
) -> None:
    read: list[str] = []
    contents = {"a.py": b"loop scope", "b.py": b"scope loop", "c.py": b"loop"}

    def reading(path: str) -> bytes:
        read.append(path)
        return contents.get(path, b"")

    context = ProjectContext(
        SuiteFiles.of([*contents]), reading, lambda _: None, lambda *_: None, lambda: ["pytest.ini"], reported=reported
    )  # fmt: skip
    assert context.candidates(b"loop", b"scope") == candidates
    assert set(read) <= set(reported or contents)
    assert bool([*context.listed(Sight.CONFIGURATION)]) is configuration
    assert [*context.listed(Sight.PROJECT)] == [contents[path] for path in contents if path in (reported or contents)]
