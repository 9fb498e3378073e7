"""Which errors are the same, and where they come from."""

from __future__ import annotations

import pytest

from codemods.verify.comparison import compare
from codemods.verify.failures import Failure, failures
from codemods.verify.running.outcomes import Observed, Outcome
from codemods.verify.tracing.suspects import Suspects

TASK = "RuntimeError: Task <Task pending name='Task-{0}' coro=<f.<locals>.g() running at {0}.py:2> cb=[<h> at 0x12{0}]>"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("ValueError: no\nassert 1 == 2", "ValueError: no"),
        (
            TASK.format(1) + " got Future <Future pending> here",
            "RuntimeError: Task <Task …> got Future <Future …> here",
        ),
        ("AssertionError: assert <Foo object at 0x7f12345678> == 1", "AssertionError: assert <Foo …> == 1"),
        ("at 0x7f12345678", "at 0x…"),
        ("f.<locals>.g was never awaited", "f.<locals>.g was never awaited"),
        ("assert a < b and c > d", "assert a < b and c > d"),
        ("f() -> int <Open x", "f() -> int <Open x"),
        ("x > y <<<a>", "x > y <<<a>"),
        ("", "failed"),
        ("  \n", "failed"),
    ],
)
def test_what_is_said_of_an_error(error: str, said: str) -> None:
    assert [each.error for each in found({"t.py::test": error})] == [said]


def test_errors_that_differ_in_their_objects_are_one() -> None:
    (failure,) = found({f"t.py::test_{number}": TASK.format(number) for number in range(3)})
    assert [each.test for each in failure.tests] == ["t.py::test_0", "t.py::test_1", "t.py::test_2"]
    assert failure.place == "t.py:7"


def test_what_most_tests_end_with_comes_first() -> None:
    errors = {"t.py::test_1": "B: b", "t.py::test_2": "C: c", "t.py::test_3": "C: c", "t.py::test_4": "A: a"}
    assert [each.error for each in found(errors)] == ["C: c", "A: a", "B: b"]


def found(errors: dict[str, str]) -> tuple[Failure, ...]:
    tests = {test: Observed(Outcome.FAILED, error=error, frames=(("t.py", 7),)) for test, error in errors.items()}
    return failures(compare(tests, tests), {}, Suspects((), {}, tests, (), str))
