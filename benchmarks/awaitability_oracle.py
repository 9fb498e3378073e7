"""Whether calls give something to await when they run, where the tool says so, and don't where it says they don't.

    python benchmarks/awaitability_oracle.py PROJECT --python PYTHON [--recording FILE] [--all] [-- PYTEST ARGS]

The suite runs once in a copy, under `call_recorder.py`; with `--recording`, what it wrote is kept there, and used again
if it is there already. Then each call in the tests that ran, with `--all` in the whole project, is asked about at all
places of the tool that answer. Exit 1 if one says async of a call that only gave plain values, or sync of one that
gave an awaitable, or if a larger share is unknown than in `awaitability_first_run.json`, which `--first` adds to.
Calls of mocks, and results that are mocks, are left out.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from awaitability_places import Places, reason
from codemods.discovery import find_root
from codemods.rules import Context
from codemods.semantics.answers import Answer
from codemods.verify.running.interpreter import Interpreter, find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.suite_runner import Launch
from codemods.verify.running.working_copy import WorkingCopy
from codemods.workspace import Workspace

RECORDER = "call_recorder"
ONE = "awaitable"
"""The place whose answer the rules ask for; the others stand on it, or answer more or less."""
FIRST = Path(__file__).with_name("awaitability_first_run.json")
"""What the first run of the oracle showed: per project the calls that were compared, and those unknown by reason."""
Place = tuple[int, int, int, int]
"""Where a call begins and ends: line and column, twice."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call gave when it ran; of ``counts``, ``mocked`` are the calls of mocks."""

    place: Place
    counts: Mapping[str, int]
    gave: Sequence[str]
    called: Sequence[str]

    @property
    def is_compared(self) -> bool:
        """Whether it says anything."""
        return not self.counts.get("mocked") and bool(self.counts.get("awaitable") or self.counts.get("plain"))

    def contradicts(self, answer: Answer, about: str = "awaitable") -> bool:
        """Return whether it is wrong to say so of what the call gives, or of what it calls."""
        return answer is Answer.SYNC if self.counts.get(about) else answer is Answer.ASYNC

    def __str__(self) -> str:
        """Return it as a report shows it."""
        return f"gave {', '.join(self.gave)}; called {', '.join(self.called) or 'what is left alone'}"


@dataclass
class Report:
    """What is counted of one suite."""

    ran: int = 0
    compared: int = 0
    answers: defaultdict[str, Counter[Answer]] = field(default_factory=lambda: defaultdict(Counter))
    """What each place says, and all of them together."""
    unknown: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def note(self, call: str, seen: Seen, answers: Mapping[str, Answer], why: str) -> None:
        """Count a call, with what each place says of what it gives."""
        self.compared += 1
        known = self._note(call, seen, answers, "awaitable")
        self.answers["together"][next(iter(known.values()), Answer.UNKNOWN)] += 1
        if answers[ONE] is Answer.UNKNOWN:
            self.unknown[why] += 1

    def note_callee(self, call: str, seen: Seen, answers: Mapping[str, Answer]) -> None:
        """Count a call, with what each place says of what patch would put in the place of what it calls."""
        if seen.counts.get("called"):
            self._note(call, seen, answers, "coroutine function")

    def _note(self, call: str, seen: Seen, answers: Mapping[str, Answer], about: str) -> Mapping[str, Answer]:
        known = {name: answer for name, answer in answers.items() if answer is not Answer.UNKNOWN}
        for name, answer in answers.items():
            self.answers[name][answer] += 1
        wrong = [f"{name} says {answer.value}" for name, answer in known.items() if seen.contradicts(answer, about)]
        if wrong:
            self.contradictions.append(f"{call}: {', '.join(wrong)}; {seen}")
        if len(set(known.values())) > 1:
            listed = ", ".join(f"{name} says {answer.value}" for name, answer in known.items())
            self.disagreements.append(f"{call}: {listed}; {seen}")
        return known

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        yield f"{self.ran} calls ran, {self.compared} compared"
        for name, counted in self.answers.items():
            yield f"  {name:14}" + "".join(f" {each.value} {counted[each]:6}" for each in Answer)
        yield f"  unknown to {ONE}: " + ", ".join(f"{count} {why}" for why, count in self.unknown.most_common())
        for title, found in (("contradictions", self.contradictions), ("disagreements", self.disagreements)):
            yield f"  {len(found)} {title}"
            yield from (f"    {each}" for each in found)


def record(project: Path, interpreter: Interpreter, output: Path, arguments: Sequence[str], limit: float) -> None:
    """Run a suite in a copy of its project, and keep what its calls gave."""
    with WorkingCopy(project) as copy:
        how = launch(copy, interpreter, [], arguments)
        run(how, output, limit)


def run(how: Launch, output: Path, limit: float) -> None:
    """Run a suite under the recorder; one that takes too long is asked to end, and then ended."""
    how.scratch.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name(f"{RECORDER}.py"), how.scratch)
    command = [str(how.python), "-m", "pytest", "-p", RECORDER, "-p", "no:cacheprovider", *how.arguments]
    path = os.pathsep.join(filter(None, (str(how.scratch), how.environment.get("PYTHONPATH"))))
    own = {"CALL_RECORDER_ROOT": str(how.root), "CALL_RECORDER_OUTPUT": str(output), "PYTHONPATH": path}
    with subprocess.Popen(
        command, cwd=how.folder, env={**how.environment, **own}, stdout=sys.stderr, start_new_session=True
    ) as process:
        for each, seconds in ((signal.SIGINT, limit), (signal.SIGTERM, 20.0), (signal.SIGKILL, 20.0)):
            try:
                process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, each)


def recorded(file: Path) -> dict[str, list[Seen]]:
    """Return what ran, by the path of its file."""
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for path, *rest in json.loads(file.read_text(encoding="utf-8")):
        found[path].append(Seen((rest[0], rest[1], rest[2], rest[3]), *rest[4:]))
    return found


def compare(workspace: Workspace, seen: Mapping[str, Sequence[Seen]], *, everything: bool) -> Report:
    """Ask about all that ran."""
    report = Report()
    project = workspace.project_context()
    for path in (*project.paths, *(project.others if everything else ())):
        context = project.file(path) if path in seen else None
        if context is not None:
            compare_file(report, context, seen[path])
    return report


def compare_file(report: Report, context: Context, seen: Sequence[Seen]) -> None:
    """Ask about what ran of one file."""
    places = Places(context)
    calls = {place_of(each): each for each in context.module.nodes(ast.Call)}
    for each in seen:
        report.ran += 1
        call = calls.get(each.place)
        if call is not None and each.is_compared:
            shown = f"{context.module.path}:{call.lineno} `{ast.unparse(call.func)[:60]}()`"
            report.note(shown, each, {name: ask(call) for name, ask in places.all.items()}, reason(context, call))
            report.note_callee(shown, each, {name: ask(call) for name, ask in places.of_patch.items()})


def compare_with_first(project: str, report: Report, *, note: bool) -> bool:
    """Print what was unknown in the first run; return whether a larger share is now."""
    first = json.loads(FIRST.read_text(encoding="utf-8")) if FIRST.exists() else {}
    if note:
        first[project] = {"compared": report.compared, "unknown": dict(report.unknown.most_common())}
        FIRST.write_text(json.dumps(first, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if project not in first:
        return False
    before: int = first[project]["compared"]
    unknown: int = sum(first[project]["unknown"].values())
    print(f"  unknown now {report.unknown.total()} of {report.compared}; in the first run {unknown} of {before}")
    return report.unknown.total() * before > unknown * report.compared


def place_of(call: ast.Call) -> Place:
    """Return where a call stands."""
    return call.lineno, call.col_offset, call.end_lineno or 0, call.end_col_offset or 0


def main() -> int:
    """Compare one suite."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("--python", type=lambda text: Path(os.path.abspath(text)))
    parser.add_argument("--recording", type=Path, help="keep what ran in this file, or take it from there")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds that the suite may take")
    parser.add_argument("--first", action="store_true", help="note what is unknown as that of the first run")
    parser.add_argument("--all", action="store_true", help="ask about the whole project, not only about its tests")
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    options = parser.parse_args(own)
    project = options.project.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        file = (options.recording or Path(scratch, "calls.json")).resolve()
        os.chdir(project)
        root = find_root([Path()])
        interpreter = find_interpreter(options.python, root)
        if not file.exists():
            record(root, interpreter, file, sys.argv[len(own) + 2 :], options.limit)
        if not file.exists():
            parser.error("pytest ended before it ran a test: see above")
        report = compare(Workspace(root, python=interpreter.path), recorded(file), everything=options.all)
    print(f"{project.name}: " + "\n".join(report.lines()))
    more = not options.all and compare_with_first(project.name, report, note=options.first)
    return bool(report.contradictions) or more


if __name__ == "__main__":
    sys.exit(main())
