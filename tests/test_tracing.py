"""The search for what broke tests, in worlds where the answer is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.model import Key
from codemods.verify.running.outcomes import Observed, Outcome
from codemods.verify.tracing.put_back import PutBack
from codemods.verify.tracing.searching import Tracing
from codemods.verify.tracing.suspects import Failing, Suspects

NO_HINT = lambda failing, among: frozenset()  # noqa: E731


def keys(number: int, path: str = "test_a.py") -> list[Key]:
    return [(path, "XXX001", "", line) for line in range(1, number + 1)]


def search(suspects: list[Key], harmful: Iterable[frozenset[Key]], hint: object = NO_HINT) -> tuple[PutBack, int]:
    """Run a search in which a trial fails when it holds all of a harmful set; return it and its number of runs."""
    harmful = list(harmful)

    def failing(trial: Collection[Key]) -> Failing:
        return {"t": None} if any(each <= set(trial) for each in harmful) else {}

    found = PutBack(suspects, failing(suspects), hint)  # type: ignore[arg-type]
    runs = 0
    try:
        trial = next(found.steps)
        while True:
            runs += 1
            trial = found.steps.send(failing(trial))
    except StopIteration:
        return found, runs


@given(st.data(), st.integers(1, 60))
def test_exactly_the_harmful_stay_out(data: st.DataObject, number: int) -> None:
    suspects = keys(number)
    harmful = data.draw(st.sets(st.sampled_from(suspects), min_size=1, max_size=8))
    found, _ = search(suspects, [frozenset((each,)) for each in harmful])
    assert set(found.culprits) == harmful
    assert found.kept == set(suspects) - harmful
    assert not found.undecided


@given(st.data(), st.integers(2, 40))
def test_of_those_that_harm_together_one_goes(data: st.DataObject, number: int) -> None:
    suspects = keys(number)
    groups = data.draw(
        st.lists(st.frozensets(st.sampled_from(suspects), min_size=1, max_size=3), min_size=1, max_size=4)
    )
    found, _ = search(suspects, groups)
    assert not any(group <= found.kept for group in groups)
    for culprit in found.culprits:
        assert any(group <= found.kept | set(found.culprits) and culprit in group for group in groups)


@pytest.mark.parametrize(
    ("number", "harmful", "most"), [(1, 1, 0), (64, 1, 7), (100, 5, 60), (1000, 3, 60), (16, 16, 32)]
)
def test_the_number_of_runs(number: int, harmful: int, most: int) -> None:
    suspects = keys(number)
    bad = suspects[:: number // harmful][:harmful]
    assert search(suspects, [frozenset((each,)) for each in bad])[1] <= most


@pytest.mark.parametrize(("number", "harmful"), [(100, 1), (100, 5), (1000, 20)])
def test_an_error_that_points_at_its_cause_saves_runs(number: int, harmful: int) -> None:
    suspects = keys(number)
    bad = suspects[:: number // harmful][:harmful]

    def first_in_order(failing: Failing, among: Collection[Key]) -> frozenset[Key]:
        return frozenset([each for each in among if each in bad][:1])

    assert search(suspects, [frozenset((each,)) for each in bad], first_in_order)[1] <= 2 * harmful


def test_a_wrong_hint_costs_runs_and_nothing_else() -> None:
    suspects = keys(16)
    found, runs = search(suspects, [frozenset(suspects[5:6])], lambda failing, among: frozenset(list(among)[-1:]))
    assert list(found.culprits) == [suspects[5]]
    assert runs <= 2 * len(suspects)


@dataclass
class World:
    """Tests, each with the findings that break it, and what the tracer is told about how near they are."""

    levels: dict[str, list[frozenset[Key]]]
    breaking: dict[str, list[frozenset[Key]]]
    """The sets of findings that break a test when all of a set is applied; an empty one breaks it always."""
    runs: int = field(default=0)

    def failing(self, dropped: Collection[Key] = (), tests: Collection[str] | None = None) -> Failing:
        applied = {key for levels in self.levels.values() for keys in levels for key in keys} - set(dropped)
        chosen = self.breaking if tests is None else tests
        return {test: None for test in chosen if any(each <= applied for each in self.breaking[test])}

    def trial(self, gone: frozenset[Key], dropped: frozenset[Key], tests: Collection[str], backwards: bool) -> Failing:
        """Run tests without ``dropped``, and without what is ``gone`` already."""
        self.runs += 1
        return self.failing(gone | dropped, tests)

    def tracing(self, runs: int = 40, gone: Iterable[Key] = ()) -> Tracing:
        return Tracing(partial(self.trial, frozenset(gone)), NO_HINT, runs)


def one(key: Key) -> frozenset[Key]:
    return frozenset((key,))


def world_of_files(number: int, of_each: int) -> World:
    """Return files with one test each, whose last finding is harmful."""
    levels, breaking = {}, {}
    for name in (f"test_{index}.py" for index in range(number)):
        own = keys(of_each, name)
        levels[f"{name}::test_it"] = [frozenset(own), *[frozenset[Key]()] * 4]
        breaking[f"{name}::test_it"] = [one(own[-1])]
    return World(levels, breaking)


def test_all_files_are_searched_at_once() -> None:
    few, many = world_of_files(1, 32), world_of_files(50, 32)
    for world in (few, many):
        traced = world.tracing().trace(world.failing(), world.levels)
        assert set(traced.culprits) == {next(iter(each[0])) for each in world.breaking.values()}
        assert not traced.suspects
    assert few.runs <= 8
    assert many.runs <= few.runs + 2 * 6  # to put 50 back in groups that tell each from each


def test_a_shared_culprit_is_found_before_the_tests_own() -> None:
    shared = keys(4, "conftest.py")
    levels = {f"test_a.py::test_{n}": [frozenset(keys(9, f"own {n}")[3:6])] for n in range(3)}
    for each in levels.values():
        each += [frozenset(), frozenset(), frozenset(shared), frozenset()]
    breaking = {test: [one(shared[2])] for test in levels}
    breaking["test_a.py::test_0"].append(one(("own 0", "XXX001", "", 5)))
    world = World(levels, breaking)
    traced = world.tracing().trace(world.failing(), levels)
    assert set(traced.culprits) == {shared[2], ("own 0", "XXX001", "", 5)}


def test_what_is_near_a_test_that_another_test_broke_is_not_blamed() -> None:
    """The finding in test_1 leaves something behind that breaks test_2, too, whenever both run."""
    guilty, innocent = keys(2)
    own = {"test_a.py::test_1": one(guilty), "test_a.py::test_2": one(innocent)}
    levels = {test: [each] for test, each in own.items()}
    world = World(levels, {test: [one(guilty)] for test in own})
    traced = world.tracing().trace(world.failing(), levels)
    assert set(traced.culprits) == {guilty}
    assert not traced.suspects


def test_a_test_that_earlier_ones_break_is_cleared_by_the_reverse_order() -> None:
    """The findings of all other tests leave something behind that breaks the last one."""
    *harmful, innocent = keys(12)
    levels = {f"test_a.py::test_{key[3]:02}": [one(key)] for key in (*harmful, innocent)}
    breaking = {test: [next(iter(own))] for test, own in levels.items()}
    last = f"test_a.py::test_{innocent[3]:02}"

    class Ordered(World):
        def trial(self, gone: frozenset[Key], dropped: frozenset[Key], tests: Collection[str], back: bool) -> Failing:
            found = super().trial(gone, dropped, tests, back)
            return {test: seen for test, seen in found.items() if not (back and test == last)}

    world = Ordered(levels, {**breaking, last: [one(key) for key in harmful]})
    traced = world.tracing().trace(world.failing(), levels)
    assert set(traced.culprits) == set(harmful)


def test_a_test_that_fails_anyway_is_unexplained() -> None:
    own = keys(3)
    world = World({"t": [frozenset(own)], "u": [frozenset(own)]}, {"t": [frozenset()], "u": [one(own[0])]})
    traced = world.tracing().trace(world.failing(), world.levels)
    assert traced.unexplained == {"t"}
    assert list(traced.culprits) == [own[0]]


@pytest.mark.parametrize("runs", range(8))
def test_without_runs_what_is_suspect_goes_and_no_test_stays_broken(runs: int) -> None:
    world = world_of_files(3, 16)
    traced = world.tracing(runs).trace(world.failing(), world.levels)
    assert world.runs <= runs
    assert not world.failing(traced.dropped)
    assert all(key[0] in world.levels or key[0].startswith("test_") for key in traced.suspects)


@given(st.data())
def test_whatever_breaks_the_tests_nothing_does_in_the_end(data: st.DataObject) -> None:
    everything = [key for path in ("test_a.py", "test_b.py", "conftest.py") for key in keys(5, path)]
    names = [f"t{index}" for index in range(data.draw(st.integers(1, 5)))]
    levels, breaking = {}, {}
    for name in names:
        left, mine = set(everything), []
        for _ in range(4):
            level = data.draw(st.frozensets(st.sampled_from(everything))) & left
            left -= level
            mine.append(level)
        levels[name] = [*mine, frozenset(left)]
        sets = st.frozensets(st.sampled_from(everything), min_size=1, max_size=2)
        breaking[name] = data.draw(st.lists(sets, min_size=1, max_size=3))
    world = World(levels, breaking)
    dropped: set[Key] = set()
    for _ in range(len(everything)):
        failing = world.failing(dropped)
        if not failing:
            break
        left_levels = {test: [level - dropped for level in levels[test]] for test in failing}
        traced = world.tracing(200, dropped).trace(failing, left_levels)
        assert not traced.unexplained
        assert traced.culprits
        dropped |= traced.dropped
    assert not world.failing(dropped)


@given(st.randoms(use_true_random=False), st.integers(2, 6))
def test_what_is_blamed_breaks_a_test(random: Random, number: int) -> None:
    """Tests in two files, broken by what is near them, by what is shared, and by what belongs to others."""
    everything = [(f"test_{index % 2}.py", "XXX001", "", index) for index in range(number + 3)]
    names = [f"t{index}" for index in range(number)]
    owners = {key: random.choice([*names, None, None]) for key in everything}
    paths = {name: random.choice(["test_0.py", "test_1.py"]) for name in names}
    levels, breaking = {}, {}
    for name in names:
        mine = [key for key in everything if key[0] == paths[name]]
        own = frozenset(key for key in mine if owners[key] == name)
        shared = frozenset(key for key in mine if owners[key] is None)
        others = frozenset(mine) - own - shared
        levels[name] = [own, shared, others, frozenset[Key](), frozenset(everything) - frozenset(mine)]
        breaking[name] = [one(random.choice(everything)) for _ in range(random.randrange(3))]
    world = World(levels, breaking)
    harmful = {next(iter(each)) for sets in breaking.values() for each in sets}
    dropped: set[Key] = set()
    for _ in range(8):
        failing = world.failing(dropped)
        if not failing:
            break
        left = {test: [keys - dropped for keys in levels[test]] for test in failing}
        traced = world.tracing(100, dropped).trace(failing, left)
        assert traced.culprits.keys() <= harmful
        dropped |= traced.dropped
    assert not world.failing(dropped)


def test_a_harmless_finding_near_a_test_that_a_helper_broke() -> None:
    """test_a needs the helpers put back before test_b is asked whether it minds."""
    helper_a, helper_b, nice = keys(3)
    helpers = frozenset((helper_a, helper_b))
    levels = {"t::test_a": [frozenset[Key](), helpers], "t::test_b": [one(nice), helpers]}
    world = World(levels, {"t::test_a": [one(helper_a)], "t::test_b": [one(helper_b)]})
    traced = world.tracing().trace(world.failing(), levels)
    assert set(traced.culprits) == helpers


FIXTURES = b"""\
@fixture
def one(): pass
@fixture
def two(): pass
@fixture
def three(): pass
def helper(): pass
"""


def suspects(imported: Collection[str] = ()) -> Suspects:
    found = [("conftest.py", "XXX001", name, line) for name, line in LINES.items()]
    files = {"conftest.py": FIXTURES, "other.py": b"pass\n"}
    return Suspects([*found, ("other.py", "XXX001", "", 1)], files, ["test_a.py::test_it"], imported, lambda path: path)


LINES = {"one": 2, "two": 4, "three": 6, "helper": 7}


def pointed_at(known: Suspects, name: str, among: Iterable[str]) -> set[str]:
    failing = {"": Observed(Outcome.UNCOLLECTABLE, frames=(("conftest.py", LINES[name]),))}
    return {key[2] for key in known.hint(failing, [("conftest.py", "XXX001", each, LINES[each]) for each in among])}


def test_errors_that_point_at_alike_findings_mean_all_of_them() -> None:
    known = suspects()
    assert pointed_at(known, "one", LINES) == {"one"}
    assert pointed_at(known, "two", ["two", "three", "helper"]) == {"two", "three"}
    assert pointed_at(known, "two", ["two", "three"]) == {"two"}
    assert pointed_at(known, "helper", ["two", "three", "helper"]) == {"helper"}


def test_what_nothing_imports_is_suspected_last() -> None:
    levels = suspects(["conftest.py"]).levels("", None)
    assert [{key[0] for key in each} for each in levels] == [set(), set(), set(), {"conftest.py"}, set(), {"other.py"}]
