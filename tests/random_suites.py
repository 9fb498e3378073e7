"""Suites of fixtures made by chance: conftest chains, classes with bases, imports, overrides, in many ways to write."""

from __future__ import annotations

from random import Random

NAMES = ("a", "b", "c")
SCOPES = ("function", "class", "module", "session")
HEAD = 'import pytest\nimport pytest_asyncio\n\non_module = pytest.mark.asyncio(loop_scope="module")\n\n'


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


class RandomSuite:
    """Makes the files of projects; a seed makes the same ones again."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def project(self, index: int) -> dict[str, str]:
        """Return the files of a project: conftest files, a module that they and a test module import, a test module."""
        folder, tools = f"p{index}", f"tools{index}"
        # Every name is there to be imported, if not as a fixture.
        there = "".join(f"{each} = None\n" for each in NAMES)
        files = {f"{folder}/{tools}.py": "\n".join([there, *self.fixtures(2), self.class_("Base", [], tests=False)])}
        for each in (folder, f"{folder}/sub{index}"):
            files[f"{each}/conftest.py"] = "\n".join([self.import_(tools), *self.fixtures(2)])
        parts = [self.import_(tools), f"from {tools} import Base", *self.fixtures(2)]
        parts += [self.class_("Own", [], tests=False), self.class_("Mixin", ["Base"])]
        parts += [self.class_("TestOne", ["Own", "Mixin"]), self.class_("TestTwo", ["TestOne", "Own", "Base"])]
        files[f"{folder}/sub{index}/test_{index}.py"] = "\n".join([*parts, self.test("test_function")])
        files[f"{folder}/sub{index}/test_other{index}.py"] = f"from test_{index} import TestOne as TestThree\n"
        return {path: HEAD + text for path, text in files.items()}

    def configuration(self) -> str:
        """Return a pytest.ini."""
        given = {
            "asyncio_mode": ["strict", "auto"], "asyncio_default_test_loop_scope": [*SCOPES, ""],
            "asyncio_default_fixture_loop_scope": [*SCOPES, ""],
        }  # fmt: skip
        chosen = {key: self.chance.choice(values) for key, values in given.items()}
        return "[pytest]\n" + "".join(f"{key} = {value}\n" for key, value in chosen.items() if value)

    def names(self, least: int, most: int) -> list[str]:
        return sorted(self.chance.sample(NAMES, self.chance.randint(least, most)))

    def fixtures(self, most: int, receiver: str = "") -> list[str]:
        return [self.fixture(receiver) for _ in range(self.chance.randint(0, most))]

    def fixture(self, receiver: str) -> str:
        """Return the source of a fixture, in one of the ways to write it."""
        options = self.chance.choice(
            ["", "", "", "autouse=True", "autouse=False", 'name="a"', 'name="b", autouse=True']
        )
        arguments = ", ".join(filter(None, (receiver, *self.names(0, 2))))
        name, other = self.chance.choice(NAMES), self.chance.choice(NAMES)
        text = f"@pytest.fixture({options})\ndef {name}({arguments}): pass\n"
        if self.chance.random() < 0.3:
            scopes = {"scope": self.chance.choice(SCOPES), "loop_scope": self.chance.choice([*SCOPES, ""])}
            options = ", ".join(filter(None, (options, *(f'{key}="{each}"' for key, each in scopes.items() if each))))
            module = self.chance.choice(["pytest_asyncio", "pytest_asyncio", "pytest"])
            options = options if module != "pytest" else options.partition("loop_scope")[0]
            return f"@{module}.fixture({options})\nasync def {name}({arguments}): pass\n"
        way = self.chance.choice(["plain", "plain", "plain", "if", "call", "alias"])
        if way == "if":
            return f"if True:\n{indented(text)}"
        if way == "call" and not receiver:
            return f"def _{name}({arguments}): pass\n\n\n{name} = pytest.fixture(_{name})\n"
        return f"{text}{other} = {name}\n" if way == "alias" and "name" not in options else text

    def class_(self, title: str, bases: list[str], *, tests: bool = True) -> str:
        """Return the source of a class with fixtures, tests, and perhaps a class inside."""
        chosen = [each for each in bases if self.chance.random() < 0.6]
        body = [*self.fixtures(2, "self"), self.chance.choice(["", "", "a = None\n"])]
        body += [self.test(f"test_{title.lower()}", "self")] if tests else []
        if tests and self.chance.random() < 0.3:
            inner = [*self.fixtures(1, "self"), self.test("test_inner", "self")]
            body.append("class TestInner:\n" + indented("\n".join(inner)))
        marks = self.chance.choice(["", "", '@pytest.mark.usefixtures("c")\n', *self.loop_marks()])
        own = self.chance.choice(["pass", "pass", f"pytestmark = {self.loop_marks()[0][1:]}".rstrip()])
        return f"{marks}class {title}({', '.join(chosen)}):\n    {own}\n\n" + indented("\n".join(body))

    def test(self, title: str, receiver: str = "") -> str:
        """Return the source of a test."""
        asked = self.names(1, 3)
        mark = self.chance.choice(["", "", "", "values", "indirect", "used", "default"])
        marks = {
            "values": f'@pytest.mark.parametrize("{asked[0]}", [1])\n',
            "indirect": f'@pytest.mark.parametrize("{asked[0]}", [1], indirect=True)\n',
            "used": '@pytest.mark.usefixtures("b")\n',
        }
        parameters = [*filter(None, (receiver,)), *asked[:-1], asked[-1] + ("=1" if mark == "default" else "")]
        text = f"def {title}({', '.join(parameters)}): pass\n"
        if self.chance.random() < 0.4:
            text = f"{self.chance.choice(['', *self.loop_marks()])}async {text}"
        return marks.get(mark, "") + text

    def loop_marks(self) -> list[str]:
        """Return decorators that give a test to pytest-asyncio, one by a name of its own."""
        scope = self.chance.choice(SCOPES)
        return [f'@pytest.mark.asyncio(loop_scope="{scope}")\n', "@pytest.mark.asyncio\n", "@on_module\n"]

    def import_(self, module: str) -> str:
        """Return what a file imports from another one, if anything."""
        one, other = self.chance.choice(NAMES), self.chance.choice(NAMES)
        return self.chance.choice(
            [
                "", f"from {module} import *\n", f"import {module}\n", f"from {module} import {one}\n",
                f"from {module} import {one} as {other}\n", f"import {module}\n\n{one} = {module}.{other}\n",
            ]
        )  # fmt: skip
