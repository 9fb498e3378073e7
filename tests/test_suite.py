"""Which functions of a file are tests, as pytest collects them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.suite import Suite

METHOD = "    def test(self): pass\n"
CLASSES = {
    "plain": (f"class TestIt:\n{METHOD}", True),
    "with a constructor": (f"class TestIt:\n    def __init__(self): pass\n{METHOD}", False),
    "with a base's constructor": (f"class Base:\n    def __init__(self): pass\nclass TestIt(Base):\n{METHOD}", False),
    "with a constructor that is bound": (f"class TestIt:\n    __new__ = None\n{METHOD}", False),
    "said to be none": (f"class TestIt:\n    __test__ = False\n{METHOD}", False),
    "whose base says so": (f"class Base:\n    __test__ = False\nclass TestIt(Base):\n{METHOD}", False),
    "that says otherwise": (f"class Base:\n    __test__ = 0\nclass TestIt(Base):\n    __test__ = True\n{METHOD}", True),
    "that says so with a constructor": (f"class TestIt:\n    __test__ = True\n    __init__ = None\n{METHOD}", False),
}


@pytest.mark.parametrize(("text", "expected"), CLASSES.values(), ids=CLASSES.keys())
def test_a_class_is_one_of_tests(text: str, expected: bool) -> None:
    suite = Suite(Module("test_it.py", text), PytestConfig())
    assert [suite.module.qualname(each.node) for each in suite.tests] == ["TestIt.test"] * expected


def test_pytest_collects_the_same(tmp_path: Path) -> None:
    for number, (text, _) in enumerate(CLASSES.values()):
        (tmp_path / f"test_{number}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-c", str(tmp_path / "none.ini"), str(tmp_path)]
    (tmp_path / "none.ini").write_text("[pytest]\n", encoding="utf-8")
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [f"test_{number}.py::TestIt::test" in run.stdout for number in range(len(CLASSES))]
    assert found == [expected for _, expected in CLASSES.values()]
