"""Suites of fixtures made by chance, as pytest itself binds them at collection and as the model does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fixture_oracle import Comparison, collected, compared
from random_suites import RandomSuite
from small_projects import write

pytestmark = pytest.mark.usefixtures("no_environment")
SEEDS = range(20 if "TEST_EVERYTHING" in os.environ else 2)


def comparison(root: Path, files: dict[str, str]) -> Comparison:
    write(root, {"requirements.txt": "pytest-asyncio\n", **files})
    return compared(root, sys.executable, collected(root, sys.executable))


METHOD = "    def test_it(self, a): pass\n"
FIXTURE = "@pytest.fixture{options}\ndef {name}({asked}): pass\n\n\n"


def fixture(name: str, *asked: str, options: str = "") -> str:
    return FIXTURE.format(name=name, asked=", ".join(asked), options=options)


def method(name: str, *asked: str, options: str = "") -> str:
    lines = fixture(name, "self", *asked, options=options).rstrip().splitlines()
    return "".join(f"    {line}\n" for line in lines)


A = "def test_it(a): pass\n"
KINDS = {
    "an override in a class asks for the module's, not for its base's": {
        "test_it.py": fixture("a") + f"class Base:\n{method('a')}\n\nclass TestIt(Base):\n{method('a', 'a')}{METHOD}"
    },
    "a method or a constant hides a base's fixture": {
        "test_it.py": fixture("a") + f"class Base:\n{method('a')}\n\nclass TestIt(Base):\n    a = None\n{METHOD}"
        f"\n\nclass TestOther(Base):\n    def a(self): pass\n{METHOD}"
    },
    "of two bases the first": {
        "test_it.py": f"class A:\n{method('a')}\n\nclass B(A): pass\n\n\nclass C(A):\n{method('a')}\n\n"
        f"class TestIt(B, C):\n{METHOD}"
    },
    "named by a constant": {"test_it.py": 'NAME = "a"\n\n\n' + fixture("make", options="(name=NAME)") + A},
    "made by a call that names it": {
        "test_it.py": "def _a(): pass\n\n\nb = pytest.fixture(name='a')(_a)\nc = pytest.fixture(_a)\n\n\n"
        "def test_it(a, c): pass\n"
    },
    "two of a name: the last by the names of their functions": {
        "test_it.py": fixture("z", options='(name="a")') + fixture("a") + fixture("b", options='(name="a")') + A
    },
    "a base of a module that is imported as a whole": {
        "base{n}.py": f"class Base:\n{method('a')}",
        "test_it.py": f"import base{{n}}\n\n\nclass TestIt(base{{n}}.Base):\n{METHOD}",
    },
    "a base that comes with all names of a module, beside one that is imported by its name": {
        "base{n}.py": f"class A:\n{method('a')}\n\nclass B(A): pass\n\n\nclass C(A):\n{method('a', 'a')}",
        "test_it.py": fixture("a") + "from base{n} import *\nfrom base{n} import B as Other\n\n\n"
        f"class TestIt(Other, C):\n{METHOD}",
    },
    "tests of a class that another module imports, and derives from": {
        "test_it.py": fixture("a") + f"class TestIt:\n{METHOD}",
        "test_other.py": f"from test_it{{n}} import TestIt\n\n\n{fixture('a')}class TestHeir(TestIt): pass\n",
    },
    "imported twice, the last counts": {
        "one{n}.py": fixture("a"),
        "two{n}.py": fixture("a"),
        "test_it.py": "from one{n} import a\nfrom two{n} import a\n\n\n" + A,
    },
    "all names after an own one, without those that are private": {
        "tools{n}.py": fixture("a") + fixture("_b"),
        "test_it.py": fixture("a") + fixture("_b") + "from tools{n} import *\n\n\ndef test_it(a, _b): pass\n",
    },
    "all names that a module hands on": {
        "tools{n}.py": '__all__ = ["_b"]\n\n\n' + fixture("a") + fixture("_b"),
        "test_it.py": "from tools{n} import *\n\n\ndef test_it(a, _b): pass\n",
    },
    "static": {
        "test_it.py": "class TestIt:\n    @pytest.fixture\n    @staticmethod\n    def a(b): pass\n"
        f"{method('b')}{METHOD}"
    },
    "given by patches of the function and the class": {
        "test_it.py": "from unittest import mock\n\n\n"
        + fixture("a")
        + fixture("b")
        + fixture("c")
        + '@mock.patch("os.sep")\n@mock.patch("os.linesep", new="")\ndef test_it(a, b, c): pass\n\n\n'
        '@mock.patch("os.sep")\nclass TestIt:\n    @mock.patch("os.curdir")\n    def test_it(self, a, b, c): pass\n'
    },
    "given by hypothesis": {
        "test_it.py": "from hypothesis import given, strategies as st\n\n\n"
        + fixture("a")
        + fixture("b")
        + "@given(st.none())\ndef test_it(a, b): pass\n\n\n@given(a=st.none())\ndef test_other(a, b): pass\n"
    },
    "parametrized by the names of constants": {
        "test_it.py": 'NAMES = ("a", "b")\n\n\n'
        + fixture("a")
        + fixture("b")
        + fixture("c")
        + "@pytest.mark.parametrize(NAMES, [(1, 2)])\ndef test_it(a, b, c): pass\n\n\n"
        '@pytest.mark.parametrize("a, b", [(1, 2)], indirect=("b",))\ndef test_other(a, b, c): pass\n'
    },
    "parametrized by what another file has": {
        "values{n}.py": 'VALUES = {"names": ["a", "b"], "values": [(1, 2)]}\n',
        "test_it.py": "from values{n} import VALUES\n\n\n"
        + fixture("a")
        + fixture("b")
        + fixture("c")
        + '@pytest.mark.parametrize(VALUES["names"], VALUES["values"])\ndef test_it(a, b, c): pass\n',
    },
    "tests of a base that a package hands on": {
        "base{n}/__init__.py": "from base{n}.inner import Base\n",
        "base{n}/inner.py": f"class Base:\n{METHOD}",
        "test_it.py": f"import base{{n}} as base\n\n\nclass TestIt(base.Base):\n{method('a')}",
    },
    "imported for types only": {
        "conftest.py": fixture("a"),
        "tools{n}.py": fixture("a"),
        "test_it.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from tools{n} import a\n\n\n" + A,
    },
    "no fixture in any branch": {
        "conftest.py": fixture("a"),
        "test_it.py": "try:\n    from os import missing as a\nexcept ImportError:\n    a = None\n\n\n" + A,
    },
    "what another class has": {
        "test_it.py": f"class Other:\n{method('a')}\n\nclass TestIt:\n    b = Other.a\n    def test_it(self, b): pass\n"
    },
    "what a class has of its module": {
        "test_it.py": fixture("a") + "class TestIt:\n    b = a\n    def test_it(self, a, b): pass\n"
    },
    "used by anyio": {
        "conftest.py": fixture("anyio_backend"),
        "test_it.py": "@pytest.mark.anyio\nasync def test_it(): pass\n\n\n@pytest.mark.anyio\ndef test_other(): pass\n",
    },
    "on the loop of a base in another file": {
        "base{n}.py": '@pytest.mark.asyncio(loop_scope="class")\nclass Base:\n    async def test_base(self): pass\n',
        "test_it.py": "from base{n} import Base\n\n\nclass TestIt(Base):\n    @pytest.mark.asyncio\n"
        '    async def test_it(self): pass\n\n\n@pytest.mark.asyncio(loop_scope="module")\nclass TestOther(Base):\n'
        "    async def test_it(self): pass\n",
    },
    "parametrized by a hook": {
        "conftest.py": 'def pytest_generate_tests(metafunc):\n    if "a" in metafunc.fixturenames:\n'
        '        metafunc.parametrize("a", [1], indirect=True)\n\n\n' + fixture("a"),
        "test_it.py": A,
    },
    "used by a mark of another file": {
        "marks{n}.py": 'uses_a = pytest.mark.usefixtures("a")\n',
        "test_it.py": "from marks{n} import uses_a\n\n\n" + fixture("a") + "@uses_a\ndef test_it(): pass\n",
    },
    "used by a mark of a base in another file": {
        "base{n}.py": '@pytest.mark.usefixtures("a")\nclass Base: pass\n',
        "test_it.py": "from base{n} import Base\n\n\n"
        + fixture("a")
        + "class TestIt(Base):\n    def test_it(self): pass\n",
    },
    "keyword only, and positional only": {
        "test_it.py": fixture("a") + fixture("b") + "def test_it(*, a, b=1): pass\n\n\ndef test_other(b, /, a): pass\n"
    },
    "a class inside of a class": {
        "test_it.py": f"class TestOuter:\n{method('a')}\n    class TestInner:\n{METHOD.replace('    ', '        ')}\n\n"
        f"class TestHeir(TestOuter):\n{method('a')}"
    },
    "a package with conftests": {
        "tests{n}/__init__.py": "",
        "tests{n}/conftest.py": fixture("a"),
        "tests{n}/inner/__init__.py": "",
        "tests{n}/inner/conftest.py": "from tests{n}.conftest import a as b\n\n\n" + fixture("a", "a"),
        "tests{n}/inner/test_it.py": "from ..conftest import a as c\n\n\ndef test_it(a, b, c): pass\n",
    },
}


def test_the_model_binds_each_kind_as_pytest_does(tmp_path: Path) -> None:
    files = {
        f"k{index}/{path.replace('test_it.py', f'test_it{index}.py').replace('test_other.py', f'test_other{index}.py')}"
        .replace("{n}", str(index)): "import pytest\n\n" + text.replace("{n}", str(index))
        for index, kind in enumerate(KINDS.values()) for path, text in kind.items()
    }  # fmt: skip
    ini = {
        "pytest.ini": "[pytest]\nusefixtures = everywhere\n",
        "conftest.py": "import pytest\n" + fixture("everywhere"),
    }
    found = comparison(tmp_path, {**ini, **files})
    assert found.tests > len(KINDS)
    assert not found.differences, "\n".join(each.line() for each in found.differences)
    assert not found.unknown, "\n".join(each.line() for each in found.unknown)


def test_plugins_are_bound_as_pytest_does(tmp_path: Path) -> None:
    files = {
        "conftest.py": 'pytest_plugins = ["one", "two"]\n\n\n' + fixture("d"),
        "one.py": 'pytest_plugins = "three"\n\n\n' + fixture("a") + fixture("b") + fixture("d"),
        "two.py": fixture("a") + fixture("c"),
        "three.py": fixture("a", "b") + fixture("b", "b") + fixture("c"),
        "test_it.py": "def test_it(a, b, c, d): pass\n",
    }
    found = comparison(
        tmp_path, {"pytest.ini": "", **{path: f"import pytest\n\n{text}" for path, text in files.items()}}
    )
    assert found.answers["parameter"] == 4
    assert not found.differences, "\n".join(each.line() for each in found.differences)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_binds_as_pytest_does(seed: int, tmp_path: Path) -> None:
    suite = RandomSuite(seed)
    files = {path: text for index in range(30) for path, text in suite.project(index).items()}
    found = comparison(tmp_path, {"pytest.ini": suite.configuration(), **files})
    assert found.tests > 100
    assert len(found.unknown) < 0.01 * sum(found.answers.values())
    assert not found.differences, "\n".join(each.line() for each in found.differences[:10])
