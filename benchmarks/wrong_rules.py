"""Deliberately wrong rules: what `codemods verify` takes back of them, and what it keeps.

    python benchmarks/wrong_rules.py PROJECT --python PYTHON [--rule mocks|markers|both] [--prove] [-- PYTEST ARGS]

``mocks`` turns every Mock and MagicMock into an AsyncMock; ``markers`` puts an asyncio marker on every function.
Exit 1 if a test regressed in the end, or, with --prove, if a finding that was taken back breaks nothing alone.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from codemods import Finding, Safety, Settings
from codemods.discovery import find_root
from codemods.edits.calls import replace_callee
from codemods.edits.decorators import add_decorator
from codemods.migration import Migration
from codemods.rules import Context, Rule
from codemods.verify import Verification, verify_paths
from codemods.verify.comparison import Verdict, verdict
from codemods.verify.running.interpreter import find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.suite_runner import SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from codemods.verify.tracing.variants import Variants

MOCKS = ("unittest.mock.Mock", "unittest.mock.MagicMock", "mock.Mock", "mock.MagicMock")


class EveryMock(Rule):
    """Turns every Mock into an AsyncMock."""

    code = "XXX001"
    name = "every-mock"
    summary = "Every Mock becomes an AsyncMock"
    safety = Safety.SAFE
    triggers: ClassVar = (b"Mock",)
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each call of a mock class."""
        module = context.module
        for call in module.nodes(ast.Call):
            if module.resolve(call.func) in MOCKS and (written := context.reference("unittest.mock.AsyncMock", call)):
                edit = replace_callee(module, call, written.text)
                yield self.finding(context, call, "a mock", edits=[edit], imports=written.imports)


class EveryFunction(Rule):
    """Puts an asyncio marker on every function."""

    code = "XXX002"
    name = "every-function"
    summary = "Every function gets an asyncio marker"
    safety = Safety.SAFE
    triggers: ClassVar = (b"def ",)
    examples: ClassVar = ()

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each function without a marker."""
        module = context.module
        for node in module.definitions:
            written = context.reference("pytest.mark.asyncio", node)
            marked = any("asyncio" in ast.unparse(each) for each in node.decorator_list)
            if written and not marked:
                edit = add_decorator(module, node, written.text)
                yield self.finding(context, node, "a function", edits=[edit], imports=written.imports)


RULES = {"mocks": [EveryMock()], "markers": [EveryFunction()], "both": [EveryMock(), EveryFunction()]}


class Phases:
    """Prints each phase as it begins."""

    def __init__(self) -> None:
        """Begin."""
        self._last = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Print the phase if it is a new one."""
        if phase != self._last:
            print(f"{time.strftime('%X')} {phase}", file=sys.stderr, flush=True)
        self._last = phase


def show(found: Verification) -> None:
    """Print what came of it."""
    for run in found.runs:
        print(f"{run.phase:40} {run.seconds:7.1f} s ", *(f"{n} {o}" for o, n in counts(run.tests.values()).items()))
    kept = sum(len(each.applied) for each in found.report.files)
    proven = sum(each.proven for each in found.taken_back)
    files = {each.finding.path for each in found.taken_back if not each.proven}
    print(f"{kept} findings kept, {len(found.taken_back)} taken back, {proven} of them proven")
    print(f"the others stand in {len(files)} files:", *sorted(files))
    print(f"{found.processes} pytest runs, {found.tracing_runs} of them to trace")
    print("tests:", *(f"{n} {verdict.value}" for verdict, n in found.verdicts.items()))


def unforced(found: Verification, rules: list[Rule], python: Path | None, arguments: list[str]) -> Iterator[str]:
    """Put each finding that was taken back in again, alone; yield those that break none of their tests."""
    root = find_root([Path()])
    migration = Migration([Path()], root, settings(rules), rules=rules)
    variants = Variants(migration, migration.run())
    gone = {each.finding.key for each in found.taken_back}
    before = found.runs[0].tests
    with WorkingCopy(root) as copy:
        runner = SuiteRunner(launch(copy, find_interpreter(python, root), [], arguments), 120.0)
        runner.known = before
        for each in (each for each in found.taken_back if each.proven):
            copy.write(variants.contents(gone - {each.finding.key}))
            tests = [broken.test for broken in each.broken]
            after = runner.run("alone", tests).tests
            if not any(verdict(test, before.get(test), after.get(test)) is Verdict.REGRESSED for test in tests):
                yield f"{each.finding.path}:{each.finding.span.line}: {each.finding.code}: breaks none of {tests}"


def settings(rules: list[Rule]) -> Settings:
    """Return the choice of these rules and no others."""
    return Settings(select=tuple(each.code for each in rules))


def counts(tests: object) -> Counter[str]:
    """Count outcomes."""
    return Counter(each.outcome.value for each in tests)  # type: ignore[attr-defined]


def main() -> int:
    """Verify one project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--rule", choices=list(RULES), default="both")
    parser.add_argument("--max-runs", type=int, default=40)
    parser.add_argument("--prove", action="store_true", help="put each finding back alone, and see it break a test")
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    options = parser.parse_args(own)
    os.chdir(options.project)
    rules, arguments = RULES[options.rule], sys.argv[len(own) + 2 :]
    found = verify_paths(
        [Path()], settings(rules), python=options.python, rules=rules, pytest_args=arguments, max_runs=options.max_runs,
        progress=Phases(),
    )  # fmt: skip
    show(found)
    complaints = list(unforced(found, rules, options.python, arguments)) if options.prove else []
    print(*complaints, sep="\n")
    if options.prove:
        print(f"put back alone, {len(complaints)} of {len(found.taken_back)} break none of their tests")
    return bool(found.regressed or complaints)


if __name__ == "__main__":
    sys.exit(main())
