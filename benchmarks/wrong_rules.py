"""Deliberately wrong rules: what `codemods verify` takes back of them, and what it keeps.

    python benchmarks/wrong_rules.py PROJECT --python PYTHON [--rule mocks|markers|both] [-- PYTEST ARGS]

``mocks`` turns every Mock and MagicMock into an AsyncMock; ``markers`` puts an asyncio marker on every function.
Exit 1 if a test regressed in the end, or if a finding that was taken back breaks nothing when it alone is put back.
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
from codemods.rules import Context, Rule
from codemods.verify import Verification, verify_paths

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
                edit = module.edit(call, "replace_callee", text=written.text)
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
                edit = module.edit(node, "add_decorator", text=written.text)
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
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    options = parser.parse_args(own)
    os.chdir(options.project)
    rules = RULES[options.rule]
    found = verify_paths(
        [Path()], Settings(select=tuple(each.code for each in rules)), python=options.python, rules=rules,
        pytest_args=sys.argv[len(own) + 2 :], max_runs=options.max_runs,
        progress=Phases(),
    )  # fmt: skip
    show(found)
    return bool(found.regressed)


if __name__ == "__main__":
    sys.exit(main())
