"""Which fixture a parameter means, as far as its own file tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import codemods
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.attributes import Unknown
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.local_fixtures import Binding, Source, bound_fixture, users
from codemods.semantics.pytest.suite import Suite

INDEX = ("analysis", "index")
"""It is asked from other files, and still looks by name."""
FIXTURE = "@pytest.fixture\ndef a(): pass\n"
TEST = "def test(a): pass\n"
OWN = "  @pytest.fixture\n  def a(self): pass\n"
METHOD = "  def test(self, a): pass\n"
BINDINGS = {
    "none of the file": (TEST, "other file"),
    "of the module": (FIXTURE + TEST, 3),
    "of the class": (FIXTURE + f"class TestIt:\n{OWN}{METHOD}", 6),
    "of a base": (FIXTURE + f"class Base:\n{OWN}class TestIt(Base):\n{METHOD}", 6),
    "of the module, not of another class": (FIXTURE + f"class TestNo:\n{OWN}class TestIt:\n{METHOD}", 3),
    "of the class around": (f"class TestOuter:\n{OWN}  class TestIt:\n    def test(self, a): pass\n", 4),
    "hidden in the class": (FIXTURE + f"class Base:\n{OWN}class TestIt(Base):\n  a = None\n{METHOD}", 3),
    "by the name in the decorator": ('@pytest.fixture(name="a")\ndef make(): pass\n' + TEST, 3),
    "not by the name of the function": ('@pytest.fixture(name="b")\ndef a(): pass\n' + TEST, "other file"),
    "by an alias": ("@pytest.fixture\ndef b(): pass\na = b\n" + TEST, 3),
    "what a manager may leave out": (FIXTURE + "with suppress(OSError):\n  a = connect()\n" + TEST, "unknown"),
    "an import for type checkers": ("import typing as t\n" + FIXTURE + "if t.TYPE_CHECKING: a = None\n" + TEST, 4),
    "of a call": ("def make(): pass\na = pytest.fixture(make)\n" + TEST, 2),
    "of a call of what is no function of the file": ("a = pytest.fixture(lambda: 1)\n" + TEST, "unknown"),
    "a default": (FIXTURE + "def test(a=1): pass\n", "given"),
    "a value": (FIXTURE + '@pytest.mark.parametrize("a", [1])\n' + TEST, "given"),
    "a value for the fixture": (FIXTURE + '@pytest.mark.parametrize("a", [1], indirect=True)\n' + TEST, 3),
    "a patch": (FIXTURE + 'from unittest import mock\n@mock.patch("os.sep")\n' + TEST, "given"),
    "of a helper's caller": (FIXTURE + "def test_it(a): pass\ndef helper(a): pass\n", "given"),
    "imported": (FIXTURE + "from tools import a\n" + TEST, "unknown"),
    "imported with all others": ("from tools import *\n" + TEST, "unknown"),
    "of the standard library's names": ("from unittest.mock import *\n" + TEST, "other file"),
    "behind a base of another file": (FIXTURE + f"from tools import Base\nclass TestIt(Base):\n{METHOD}", "unknown"),
    "before a base of another file": (f"from tools import Base\nclass TestIt(Base):\n{OWN}{METHOD}", 5),
    "behind one of two bases of other files": (
        f"from tools import One, Two\nclass A(One): pass\nclass B(Two):\n{OWN}class TestIt(A, B):\n{METHOD}",
        "unknown",
    ),
    "of the heir of a class that isn't collected": (f"class Base:\n{METHOD}class TestIt(Base):\n{OWN}", 6),
    "not the same for a class and its heir": (f"class TestBase:\n{METHOD}class TestIt(TestBase):\n{OWN}", "unknown"),
    "not the same for all heirs": (
        FIXTURE + f"class Base:\n{METHOD}class TestOne(Base):\n{OWN}class TestTwo(Base): pass\n",
        "unknown",
    ),
}


def suite_of(text: str) -> Suite:
    return Suite(Module("test_it.py", f"import pytest\n{text}"), PytestConfig())


def shown(found: Binding) -> object:
    return found.value if isinstance(found, (Source, Unknown)) else found.node.lineno


@pytest.mark.parametrize(("text", "expected"), BINDINGS.values(), ids=BINDINGS.keys())
def test_a_parameter_means(text: str, expected: object) -> None:
    suite = suite_of(text)
    node = [each for each in suite.module.definitions if each.name in ("test", "helper")][-1]
    assert shown(bound_fixture(suite, node, "a")) == expected


def test_an_override_asks_for_the_next_one_outwards() -> None:
    suite = suite_of(FIXTURE + "class TestIt:\n  @pytest.fixture\n  def a(self, a): pass\n" + METHOD)
    override = suite.fixtures[-1]
    assert shown(bound_fixture(suite, override.node, "a")) == 3


def test_users_are_those_that_may_get_it() -> None:
    other = "class TestOther:\n  def test_other(self, a): pass\n"
    suite = suite_of(FIXTURE + f"class TestIt:\n{OWN}{METHOD}{other}")
    assert [[each.name for each in users(suite, fixture)] for fixture in suite.fixtures] == [["test_other"], ["test"]]


def test_nothing_else_looks_a_fixture_up_by_its_name() -> None:
    root = Path(codemods.__file__).parent
    files = (path for path in root.rglob("*.py") if path.parent.parts[-2:] not in (("semantics", "pytest"), INDEX))
    assert not [path.name for path in files if re.search(r"fixtures_named|suite\.users\(", path.read_text("utf-8"))]
