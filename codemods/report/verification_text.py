"""A verification for people: what became of the tests, what was taken back and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from codemods.model import Status
from codemods.report.colour import BOLD, GREEN, RED, YELLOW, Paint
from codemods.report.quoting import quoted
from codemods.report.summary import Command
from codemods.report.text import columns, counted, finding_lines
from codemods.verify.comparison import Comparison, Verdict
from codemods.verify.failures import Failure
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import SUITE, Observed, Outcome
from codemods.verify.verification import Broken, TakenBack, Verification

_FEW = 3
_MANY = 10
_LONG = 300
"""Characters of an error, or of warnings, that a line shows."""
_ALL = 50
"""How many of the tests that end with the same error are named."""
_COLOURS = {
    Verdict.FIXED: GREEN,
    Verdict.NOW_RUNS: YELLOW,
    Verdict.REGRESSED: RED,
    Verdict.LOST: RED,
    Verdict.FLAKY: YELLOW,
}
_TITLES = {
    Verdict.REGRESSED: "Regressed",
    Verdict.FIXED: "Can be collected now",
    Verdict.FLAKY: "Flaky, whatever the code",
}


def lines(found: Verification, paint: Paint) -> Iterator[str]:
    """Yield the report."""
    if not found.runs:
        what = "there is nothing to change" if found.against is None else f"nothing has changed since {found.against}"
        yield f"Nothing to verify: {what}."
        return
    if found.unproven:
        yield paint(f"Nothing is proven: {found.unproven}", RED)
        yield ""
    yield from columns(_table(found))
    yield ""
    yield f"Tests: {', '.join(_counted(found, paint))}."
    for verdict in _TITLES:
        yield from _listed(verdict, [each for each in found.comparisons if each.verdict is verdict], paint)
    yield from _failures(found, paint)
    yield from _warned(found, paint)
    yield from _taken_back(found, paint)
    yield from _untried(found, paint)
    yield from _old_errors(found, paint)
    yield ""
    yield _how(found)


def _table(found: Verification) -> Iterator[tuple[str, ...]]:
    tests = found.comparisons
    runs = {"before": _counts(each.before for each in tests), "after": _counts(each.after for each in tests)}
    if found.old:
        runs = {"old": _counts(found.runs[0].tests.values()), **runs}
    yield "", *runs
    for outcome in Outcome:
        if any(counts[outcome] for counts in runs.values()):
            yield outcome.value, *(f"{counts[outcome]:>{len(name)}}" for name, counts in runs.items())


def _counts(seen: Iterable[Observed | None]) -> Counter[Outcome]:
    return Counter(each.outcome for each in seen if each)


def _counted(found: Verification, paint: Paint) -> Iterator[str]:
    for each in Verdict:
        if each is not Verdict.LOST or found.old:
            number = found.verdicts[each]
            text = f"{number} {each.value}"
            yield paint(text, _COLOURS.get(each, BOLD)) if number else text


def _listed(verdict: Verdict, tests: Sequence[Comparison], paint: Paint) -> Iterator[str]:
    """Yield what to look at; of what is fixed, whole files."""
    if verdict is Verdict.FIXED:
        tests = [each for each in tests if "::" not in each.test]
    if not tests:
        return
    yield ""
    yield f"{paint(_TITLES[verdict], _COLOURS[verdict])}, {len(tests)}:"
    for each in tests[:_MANY]:
        before, after = each.before, each.after
        line = f"  {_name(each.test)}: {_seen(before)}{_because(before)}"
        why = _because(after) or _first("; ".join(dict.fromkeys(each.new_warnings)))
        yield line if verdict is Verdict.FIXED else f"{line}, then {_seen(after)}{why}"
    yield from _more(len(tests) - _MANY, "  ")


def _failures(found: Verification, paint: Paint) -> Iterator[str]:
    """Yield what isn't green in the end, by its error, and what is to be done by hand near it."""
    if not found.failures:
        return
    number = sum(len(each.tests) for each in found.failures)
    lost = len(found.lost)
    which = f", {lost} of them lost: they pass in the old environment" if lost else ""
    yield ""
    yield f"{paint('Not green in the end', RED if lost else YELLOW)}, {number}{which}:"
    shown: set[str] = set()
    for each in found.failures:
        yield f"  {_cut(quoted(each.error))}{f' ({quoted(each.place)})' if each.place else ''}"
        yield from _functions(each)
        fresh = [finding for key, finding in each.findings.items() if key not in shown]
        shown.update(each.findings)
        near = list(finding_lines(found.report.root, fresh, paint))
        yield from (f"      near: {line}" for line in near[:_FEW])
        yield from _more(len(near) - _FEW, "      ")


def _functions(failure: Failure) -> Iterator[str]:
    """Yield the tests that end with an error, those of one function in one line."""
    functions = Counter((each.test.partition("[")[0], _how_it_was(each)) for each in failure.tests)
    for (name, how), number in [*functions.items()][:_ALL]:
        times = f" ({number})" if number > 1 else ""
        yield f"    {_name(name)}{times}{how}"
    yield from _more(len(functions) - _ALL, "    ")


def _how_it_was(each: Comparison) -> str:
    if each.verdict is Verdict.LOST:
        return ", lost"
    return f", {_seen(each.before)} before" if each.verdict is Verdict.NOW_RUNS else ""


def _warned(found: Verification, paint: Paint) -> Iterator[str]:
    if not found.warned:
        return
    number = sum(len(each.warnings) for each in found.warned)
    yield ""
    hint = "" if found.strict or found.against is not None else " (--strict takes back what isn't awaited)"
    yield f"{paint('New warnings', YELLOW)} of tests that end as before, {number}{hint}:"
    for each in found.warned[:_MANY]:
        yield f"  {_name(each.test)}: {_cut(quoted('; '.join(each.warnings)))}"
        yield from (f"    near: {line}" for line in finding_lines(found.report.root, each.findings[:_FEW], paint))
    yield from _more(len(found.warned) - _MANY, "  ")


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
        yield ""
        yield f"{paint('Not tried by any test that ran', YELLOW)}, {counted(len(untried), 'finding')}:"
        yield from finding_lines(found.report.root, untried[:_MANY], paint)
        yield from _more(len(untried) - _MANY, "")


def _old_errors(found: Verification, paint: Paint) -> Iterator[str]:
    """Yield what couldn't be compared with the old environment."""
    tests = found.runs[0].tests if found.old else {}
    broken = {test: seen for test, seen in tests.items() if "::" not in test}
    if broken:
        yield ""
        title = paint("Not collected in the old environment", YELLOW)
        yield f"{title}, so that nothing of it can be lost, {len(broken)}:"
        yield from (f"  {_name(test)}{_first(seen.error)}" for test, seen in [*broken.items()][:_MANY])
        yield from _more(len(broken) - _MANY, "  ")


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
    return f": {_cut(quoted(line))}" if line else ""


def _cut(line: str) -> str:
    return line if len(line) <= _LONG else f"{line[:_LONG]} …"


def _more(number: int, indent: str) -> Iterator[str]:
    if number > 0:
        yield f"{indent}and {number} more"


def _how(found: Verification) -> str:
    assert found.interpreter
    traced = f", {found.tracing_runs} of them to trace what broke" if found.tracing_runs else ""
    old = f", the first with {_versions(found.old)}, else" if found.old else ","
    return f"{counted(found.processes, 'pytest run')}{traced}{old} with {_versions(found.interpreter)}."


def _versions(interpreter: Interpreter) -> str:
    plugin = f", pytest-asyncio {interpreter.pytest_asyncio}" if interpreter.pytest_asyncio else ""
    return f"Python {interpreter.version}, pytest {interpreter.pytest}{plugin}"


def next_steps(found: Verification, command: Command, *, write: bool = False) -> Iterator[str]:
    """Yield what was written, or what to do next.

    Args:
        found: The verification.
        command: Writes out a command of the tool.
        write: Whether what is proven was to be written.
    """
    if found.against is not None:
        return
    changed = [each for each in found.report.files if each.status in (Status.WOULD_CHANGE, Status.CHANGED)]
    if write and (not changed or found.unproven):
        yield _nothing_written(found, command)
    if not changed or (write and found.unproven):
        return
    proven = f"{counted(len(found.report.applied), 'finding')} in {counted(len(changed), 'file')}"
    if any(each.status is Status.CHANGED for each in changed):
        yield f"Written: {proven}."
        if found.untried:
            yield f"{len(found.untried)} not tried and not written: `{command('diff')}` shows them."
        return
    make = command("verify", "--write") if found.taken_back or found.untried else command("apply")
    untried = f", {len(found.untried)} of them not tried" if found.untried else ""
    taken_back = f", {len(found.taken_back)} taken back" if found.taken_back else ""
    end = "." if found.unproven else f". Make {'the proven' if found.untried else 'these'} changes: `{make}`."
    yield f"Kept: {proven}{untried}{taken_back}{end}"


def _nothing_written(found: Verification, command: Command) -> str:
    if found.unproven:
        return "Nothing written: nothing is proven."
    if not found.taken_back and not found.untried:
        return "Nothing written: there is nothing to change."
    if found.untried:
        return (
            f"Nothing written: no test that ran tried any of the {counted(len(found.untried), 'finding')} that break "
            f"nothing; `{command('diff')}` shows them, `{command('apply')}` makes the changes all the same."
        )
    return "Nothing written: all findings are taken back."
