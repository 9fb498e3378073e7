"""What a recorded run has shown of the mocks that a file makes, as uses beside those that reading finds."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from codemods.analysis.mocking.mock_uses import RECORDED, Kind, Use
from codemods.model import Evidence
from codemods.semantics.answers import RecordedMock
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once
from codemods.semantics.project.recording import text_key

Where = tuple[int, "int | None"]


def recorded_uses(module: Module, call: ast.Call) -> Iterator[Use]:
    """Yield what was seen of the mock that a call makes, and of its children.

    That tests await it says what a place in code would say that does so. That nothing in any of them does says less:
    it may not be what the mock is there for.
    """
    origin = module.outer_definition(call)
    for each in _mocks_of(module, call):
        if each.test is not None:
            place = Evidence(f"{each.test} (recorded)", 0, "")
            at_times = bool(each.kept or each.unsure or each.asked)
            yield Use(
                each.members, Kind.AWAITED, call, origin, shared=True, used=True, name=RECORDED, evidence=place,
                at_times=at_times,
            )  # fmt: skip
        elif each.calls and each.kept == each.calls and not each.asked:
            yield Use(each.members, Kind.NEVER_AWAITED, call, origin, shared=True, name=RECORDED)


def _mocks_of(module: Module, call: ast.Call) -> tuple[RecordedMock, ...]:
    known = _by_place(module)
    if exact := known.get((call.lineno, call.col_offset)):
        return tuple(exact)
    by_line = known.get((call.lineno, None), ())
    return tuple(by_line) if _is_alone(module, call) else ()


@once
def _by_place(module: Module) -> Mapping[Where, list[RecordedMock]]:
    found: defaultdict[Where, list[RecordedMock]] = defaultdict(list)
    for each in module.answers.recorded_mocks(text_key(module.text)):
        found[each.line, each.column].append(each)
    return dict(found)


def _is_alone(module: Module, call: ast.Call) -> bool:
    """Say whether no other call begins on the line of a call: before Python 3.11 a run tells no more than the line."""
    return sum(each.lineno == call.lineno for each in module.nodes(ast.Call)) == 1
