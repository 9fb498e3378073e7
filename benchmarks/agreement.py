"""Whether `codemods verify` sees of a suite what pytest itself reports of it.

    python benchmarks/agreement.py PROJECT --python PYTHON [-- PYTEST ARGS]

The suite runs three times in a copy: by pytest alone with --junitxml, under the recorder, and by pytest alone again, to
tell the tests that change by themselves. Exit 1 if an outcome differs that was the same both times.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from codemods.discovery import find_root
from codemods.verify.running.interpreter import find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.outcomes import Outcome
from codemods.verify.running.suite_runner import Launch, SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy

WORST_FIRST = ("error", "failure", "skipped")
IN_JUNIT = {
    Outcome.PASSED: "passed",
    Outcome.XPASSED: "passed",
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.UNCOLLECTABLE: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.XFAILED: "skipped",
}
"""What a JUnit report calls an outcome; it has no word for a crash."""


def junit(copy: WorkingCopy, how: Launch) -> Counter[tuple[str, str]]:
    """Run plain pytest; return its tests, by name and outcome."""
    copy.reset()
    report = copy.scratch / "junit.xml"
    report.unlink(missing_ok=True)
    command = [str(how.python), "-m", "pytest", *how.arguments, f"--junitxml={report}"]
    subprocess.run(command, cwd=how.folder, env=dict(how.environment), capture_output=True, check=False)
    cases = ET.parse(report).iter("testcase") if report.exists() else ()
    return Counter((name(case), outcome(case)) for case in cases)


def name(case: ET.Element) -> str:
    """Return the name of a test, or of a file that can't be collected."""
    return ".".join(filter(None, (case.get("classname"), case.get("name"))))


def outcome(case: ET.Element) -> str:
    """Return the worst that a report says of a test."""
    return next((word for word in WORST_FIRST if case.find(word) is not None), "passed")


def recorded(copy: WorkingCopy, how: Launch) -> Counter[tuple[str, str]]:
    """Run under the recorder; return the same."""
    copy.reset()
    tests = SuiteRunner(how, 600.0).run("agreement").tests
    return Counter((as_junit(test), IN_JUNIT.get(seen.outcome, seen.outcome.value)) for test, seen in tests.items())


def as_junit(test: str) -> str:
    """Return the name that a JUnit report gives a test."""
    path, *names = test.split("[")[0].split("::")
    rest = test[len(test.split("[")[0]) :]
    return ".".join((path.removesuffix(".py").replace("/", "."), *names)) + rest


def main() -> int:
    """Compare one project's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("--python", type=Path)
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    options = parser.parse_args(own)
    os.chdir(options.project)
    root = find_root([Path()])
    with WorkingCopy(root) as copy:
        how = launch(copy, find_interpreter(options.python, root), [], sys.argv[len(own) + 2 :])
        first, ours, second = junit(copy, how), recorded(copy, how), junit(copy, how)
    steady = first & second
    print("pytest: ", *(f"{number} {word}" for word, number in Counter(word for _, word in first).items()))
    print("seen:   ", *(f"{number} {word}" for word, number in Counter(word for _, word in ours).items()))
    differing = steady - ours
    print(f"{steady.total() - differing.total()} of {steady.total()} agree; {first.total() - steady.total()} unsteady")
    for test, word in sorted(differing)[:20]:
        print(f"  {test}: {word}; seen: {[each for known, each in ours if known == test]}")
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main())
