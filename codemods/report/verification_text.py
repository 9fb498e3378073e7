"""A verification for people: what became of the tests, what was taken back and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from codemods.model import Status
from codemods.report.colour import BOLD, GREEN, RED, YELLOW, Paint
from codemods.report.quoting import quoted
from codemods.report.summary import Command
from codemods.report.text import columns, counted, finding_lines, shown_path
from codemods.verify.comparison import Comparison, Verdict
from codemods.verify.running.outcomes import SUITE, Observed, Outcome
from codemods.verify.verification import Broken, TakenBack, Verification

_FEW = 3
_MANY = 10
_COLOURS = {Verdict.FIXED: GREEN, Verdict.NOW_RUNS: YELLOW, Verdict.REGRESSED: RED, Verdict.FLAKY: YELLOW}

_TITLES = {
    Verdict.REGRESSED: "Regressed",
    Verdict.FIXED: "Can be collected now",
    Verdict.NOW_RUNS: "Now running, and broken",
    Verdict.FLAKY: "Flaky, whatever the code",
}


def lines(found: Verification, paint: Paint) -> Iterator[str]:
    """Yield the report."""
    if not found.runs:
        yield "Nothing to verify: there is nothing to change."
        return
    yield from columns(_table(found.comparisons))
    yield ""
    counts = [paint(f"{found.verdicts[each]} {each.value}", _COLOURS.get(each, BOLD)) for each in Verdict]
    yield f"Tests: {', '.join(counts)}."
    for verdict in _TITLES:
        yield from _listed(verdict, [each for each in found.comparisons if each.verdict is verdict], paint)
    yield from _taken_back(found, paint)
    yield from _untried(found, paint)
    yield ""
    yield _how(found)


def _table(tests: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    yield "", "before", "after"
    before, after = (_counts(each.before for each in tests), _counts(each.after for each in tests))
    for outcome in Outcome:
        if before[outcome] or after[outcome]:
            yield outcome.value, f"{before[outcome]:>6}", f"{after[outcome]:>5}"


def _counts(seen: Iterable[Observed | None]) -> Counter[Outcome]:
    return Counter(each.outcome for each in seen if each)


def _listed(verdict: Verdict, tests: Sequence[Comparison], paint: Paint) -> Iterator[str]:
    """Yield what to look at: of the tests that run now, those that fail; of what is fixed, whole files."""
    if verdict is Verdict.NOW_RUNS:
        tests = [each for each in tests if each.after and each.after.broken]
    if verdict is Verdict.FIXED:
        tests = [each for each in tests if "::" not in each.test]
    if not tests:
        return
    yield ""
    yield f"{paint(_TITLES[verdict], _COLOURS[verdict])}, {len(tests)}:"
    for each in tests[:_MANY]:
        before, after = each.before, each.after
        line = f"  {_name(each.test)}: {_seen(before)}{_because(before)}"
        yield line if verdict is Verdict.FIXED else f"{line}, then {_seen(after)}{_because(after)}"
    yield from _more(len(tests) - _MANY, "  ")


def _taken_back(found: Verification, paint: Paint) -> Iterator[str]:
    forced = [each for each in found.taken_back if each.broken]
    groups = (
        ("Taken back, since they break tests", [each for each in forced if each.proven]),
        ("Taken back under suspicion, since no more runs were allowed", [each for each in forced if not each.proven]),
        ("Gone with these, since they build on them", [each for each in found.taken_back if not each.broken]),
    )
    for title, group in groups:
        if group:
            yield ""
            yield f"{paint(title, BOLD)}, {counted(len(group), 'finding')}:"
            for each in group:
                yield from finding_lines(found.report.root, [each.finding], paint)
                yield from _reasons(each)


def _untried(found: Verification, paint: Paint) -> Iterator[str]:
    if untried := found.untried:
        files = sorted({each.path for each in untried})
        yield ""
        yield f"{paint('Not tried by any test that ran', YELLOW)}, {counted(len(untried), 'finding')} in:"
        yield from (f"  {shown_path(found.report.root, each)}" for each in files[:_MANY])
        yield from _more(len(files) - _MANY, "  ")


def _reasons(each: TakenBack) -> Iterator[str]:
    for broken in each.broken[:_FEW]:
        yield f"    {_name(broken.test)} {_was(broken)}, with it {_word(broken.after)}{_first(broken.error)}"
    yield from _more(len(each.broken) - _FEW, "    ")


def _was(broken: Broken) -> str:
    return "could be collected" if broken.before is None else broken.before.value


def _word(outcome: Outcome | None) -> str:
    return "gone" if outcome is None else outcome.value


def _name(test: str) -> str:
    return "the suite" if test == SUITE else quoted(test)


def _seen(seen: Observed | None) -> str:
    return _word(seen.outcome if seen else None).replace("gone", "not there")


def _because(seen: Observed | None) -> str:
    return _first(seen.error) if seen else ""


def _first(error: str) -> str:
    line = error.strip().partition("\n")[0]
    return f": {quoted(line)}" if line else ""


def _more(number: int, indent: str) -> Iterator[str]:
    if number > 0:
        yield f"{indent}and {number} more"


def _how(found: Verification) -> str:
    interpreter = found.interpreter
    assert interpreter
    plugin = f", pytest-asyncio {interpreter.pytest_asyncio}" if interpreter.pytest_asyncio else ""
    traced = f", {found.tracing_runs} of them to trace what broke" if found.tracing_runs else ""
    with_what = f"Python {interpreter.version}, pytest {interpreter.pytest}{plugin}"
    return f"{counted(found.processes, 'pytest run')}{traced}, with {with_what}."


def next_steps(found: Verification, command: Command) -> Iterator[str]:
    """Yield what to do next."""
    changed = [each for each in found.report.files if each.status in (Status.WOULD_CHANGE, Status.CHANGED)]
    if not changed:
        return
    proven = f"{counted(len(found.report.applied), 'finding')} in {counted(len(changed), 'file')}"
    if any(each.status is Status.CHANGED for each in changed):
        yield f"Written: {proven}."
        if found.untried:
            yield f"{len(found.untried)} not tried and not written: `{command('diff')}` shows them."
        return
    write = command("verify", "--write") if found.taken_back or found.untried else command("apply")
    yield f"Left in the end: {proven}. Make {'the proven' if found.untried else 'these'} changes: `{write}`."
