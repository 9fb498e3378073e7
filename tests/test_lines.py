from __future__ import annotations

import pytest

from codemods.engine.lines import LineMap

BEFORE = "import a\n\n\ndef f():\n    one()\n\n    two()\n\n\ndef g():\n    three()\n"
AFTER = "import a\nimport b\n\n\n@b\ndef f():\n    one()\n    two(2)\n\n\ndef g():\n    three()\n"


@pytest.mark.parametrize(
    ("line", "original"),
    [(1, 1), (2, 2), (3, 2), (5, 4), (6, 4), (7, 5), (8, 6), (9, 8), (11, 10), (12, 11)],
)
def test_the_way_back(line: int, original: int) -> None:
    assert LineMap(BEFORE, AFTER).original(line) == original
    assert LineMap(BEFORE, BEFORE).original(line) == line
