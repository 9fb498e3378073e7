"""Edits of configuration files: what they make of a text, and what they leave alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from codemods.edits.configuration import raise_requirement, replace_words, set_option
from codemods.errors import ConfigurationError
from codemods.model import Edit
from codemods.rewrite.configuration import edit_configuration
from codemods.semantics.pytest.configuration.pytest_files import load_folder

KEY, VALUE = "asyncio_default_fixture_loop_scope", "function"
SET = set_option("", KEY, VALUE)
LINE = f"{KEY} = {VALUE}\n"
QUOTED = f'{KEY} = "{VALUE}"\n'


def edited(name: str, text: str, edits: Sequence[Edit]) -> str:
    return edit_configuration(name, text.encode(), edits).decode()


SETS = {
    "at the end of its section": (
        "pytest.ini",
        "[pytest]\naddopts = -v\n\n[other]\na = 1\n",
        f"[pytest]\naddopts = -v\n{LINE}\n[other]\na = 1\n",
    ),
    "beside its family": (
        "tox.ini",
        "[tox]\nenvlist = py\n[pytest]\nasyncio_mode=auto\naddopts = -v\n",
        f"[tox]\nenvlist = py\n[pytest]\nasyncio_mode=auto\n{KEY}={VALUE}\naddopts = -v\n",
    ),
    "behind a value of several lines": (
        "setup.cfg",
        "[metadata]\nname: x\n\n[tool:pytest]\naddopts =\n    -v\n    -x\n    # -q\n\n# end\n",
        f"[metadata]\nname: x\n\n[tool:pytest]\naddopts =\n    -v\n    -x\n    # -q\n{LINE}\n# end\n",
    ),
    "with a colon like its neighbours": ("pytest.ini", "[pytest]\nxfail_strict: true\n", None),
    "in a column": (
        "pytest.ini",
        "[pytest]\nasyncio_mode                       = auto\n",
        f"[pytest]\nasyncio_mode                       = auto\n{KEY} = {VALUE}\n",
    ),
    "over another value": ("pytest.ini", f"[pytest]\n{KEY}=  module\nx = 1\n", f"[pytest]\n{KEY}=  {VALUE}\nx = 1\n"),
    "in an empty section": ("pytest.ini", "[pytest]\n", f"[pytest]\n{LINE}"),
    "in an empty file": ("pytest.ini", "", f"[pytest]\n{LINE}"),
    "in a file of other sections": ("pytest.ini", "[other]\na = 1\n", f"[other]\na = 1\n\n[pytest]\n{LINE}"),
    "in a table": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\nasyncio_mode = "auto"  # why\n\n# about black\n[tool.black]\nx = 1\n',
        f'[tool.pytest.ini_options]\nasyncio_mode = "auto"  # why\n{QUOTED}\n# about black\n[tool.black]\nx = 1\n',
    ),
    "behind a list of several lines": (
        "pyproject.toml",
        "[tool.pytest.ini_options]\naddopts = [\n    '-v', # ]\n]\n",
        f"[tool.pytest.ini_options]\naddopts = [\n    '-v', # ]\n]\n{KEY} = '{VALUE}'\n",
    ),
    "in the native table": (
        "pyproject.toml",
        '[tool.pytest]\nminversion = "9"\n',
        f'[tool.pytest]\nminversion = "9"\n{QUOTED}',
    ),
    "behind dotted keys": (
        "pyproject.toml",
        '[tool]\npytest.ini_options.asyncio_mode = "auto"\nother.x = 1\n',
        f'[tool]\npytest.ini_options.asyncio_mode = "auto"\npytest.ini_options.{QUOTED}other.x = 1\n',
    ),
    "in an indented table": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\n  asyncio_mode="auto"\n',
        f'[tool.pytest.ini_options]\n  asyncio_mode="auto"\n  {KEY}="{VALUE}"\n',
    ),
    "in an empty table": (
        "pyproject.toml",
        "[tool.pytest.ini_options]\n[tool.x]\n",
        f"[tool.pytest.ini_options]\n{QUOTED}[tool.x]\n",
    ),
    "in a new table": (
        "pyproject.toml",
        '[project]\nname = "x"\n',
        f'[project]\nname = "x"\n\n[tool.pytest.ini_options]\n{QUOTED}',
    ),
    "over another native value": (
        "pytest.toml",
        f"[pytest]\n{KEY} = 'module' # why\n",
        f"[pytest]\n{KEY} = 'function' # why\n",
    ),
    "in an empty native file": (".pytest.toml", "", f"[pytest]\n{QUOTED}"),
}


@pytest.mark.parametrize("title", SETS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_option_is_set(title: str, ends: str, mark: str) -> None:
    name, before, after = SETS[title]
    after = f"{before}{KEY}: {VALUE}\n" if after is None else after
    before, after = (mark + each.replace("\n", ends) for each in (before, after))
    if not before.removeprefix(mark):
        after = after.replace("\r\n", "\n")
    assert edited(name, before, [SET]) == after
    assert edited(name, after, [SET]) == after


@pytest.mark.parametrize("title", SETS)
def test_pytest_reads_what_is_set(title: str, tmp_path: Path) -> None:
    name, before, _ = SETS[title]
    (tmp_path / name).write_text(edited(name, before, [SET]))
    file = load_folder(tmp_path)
    assert file is not None
    assert file.word(KEY) == VALUE


@pytest.mark.parametrize("title", SETS)
def test_no_final_newline(title: str) -> None:
    name, before, after = SETS[title]
    before = before.rstrip("\n")
    if not before.endswith(("]", "1")) and after is not None:
        made = edited(name, before, [SET])
        assert made.splitlines() == after.splitlines()
        assert not made.endswith("\n") or not before


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("pytest.ini", True, "x = true"),
        ("pyproject.toml", True, 'x = "true"'),
        ("pyproject.toml", ["a", "b"], 'x = ["a", "b"]'),
        ("pytest.toml", True, "x = true"),
        ("pytest.toml", 1, "x = 1"),
        ("pytest.toml", 'a"b', 'x = "a\\"b"'),
    ],
)
def test_values_have_the_type_that_the_file_has(name: str, value: object, line: str) -> None:
    assert edited(name, "", [set_option("", "x", value)]).splitlines()[-1] == line


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("pytest.ini", "[pytest]\naddopts = -v --m old -x\n", "[pytest]\naddopts = -v --m new -x\n"),
        ("pytest.ini", "[pytest]\naddopts =\n  --m\n  old\n", "[pytest]\naddopts =\n  --m\n  new\n"),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\naddopts = '-v --m old'\n",
            "[tool.pytest.ini_options]\naddopts = '-v --m new'\n",
        ),
        (
            "pytest.toml",
            '[pytest]\naddopts = [\n  "--m", # c\n  "old"]\n',
            '[pytest]\naddopts = [\n  "--m", # c\n  "new"]\n',
        ),
    ],
)
def test_words_are_replaced(name: str, before: str, after: str) -> None:
    edit = replace_words("", "addopts", old=["--m", "old"], new=["--m", "new"])
    assert edited(name, before, [edit]) == after


REPLACE = replace_words("", "a", old=["x"], new=["y"])


@pytest.mark.parametrize(
    ("name", "text", "edit", "reason"),
    [
        ("tox.ini", "[tox]\na = 1\n", SET, "has no [pytest]"),
        ("setup.cfg", "[pytest]\na = 1\n", SET, "has no [tool:pytest]"),
        ("conf.ini", "", SET, "reads no options"),
        ("other.toml", "", SET, "reads no options"),
        ("pytest.ini", "[pytest\n", SET, "isn't valid INI"),
        ("pytest.toml", "[pytest\n", SET, "isn't valid TOML"),
        ("pytest.ini", f"[pytest]\n{LINE}{LINE}", SET, "stands twice"),
        ("pytest.ini", "[pytest]\na = 1\n[pytest]\n", SET, "stands twice"),
        ("pytest.ini", f"[pytest]\n{KEY} =\n  module\n", SET, "several lines"),
        ("pyproject.toml", "[tool]\npytest = {ini_options = {a = 1}}\n", SET, "isn't written as a table"),
        ("pytest.ini", "[pytest]\nb = x\n", REPLACE, "isn't set"),
        ("pytest.toml", "[pytest]\nb = 'x'\n", REPLACE, "isn't set"),
        ("pytest.ini", "[pytest]\na = x x\n", REPLACE, "once"),
        ("pytest.toml", "[pytest]\na = 'z'\n", REPLACE, "once"),
        ("pytest.ini", "", set_option("", "a", "b\nc"), "one line"),
    ],
)
def test_what_cannot_be_done_is_refused(name: str, text: str, edit: Edit, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        edited(name, text, [edit])
    assert reason in str(caught.value)


RAISES = {
    "PEP 621": (
        "pyproject.toml",
        "[project]\ndependencies = ['pytest-asyncio «== 0.21.1» ; python_version>\"3\"', # pinned\n 'x==1']\n",
    ),
    "an extra": ("pyproject.toml", '[project.optional-dependencies]\ntest = ["Pytest_Asyncio[docs]«~=0.23»"]\n'),
    "a group": ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "a"}, "pytest-asyncio«<1»"]\n'),
    "poetry": ("pyproject.toml", '[tool.poetry.dev-dependencies]\npytest-asyncio = "«^0.21»"\n'),
    "a group of poetry": (
        "pyproject.toml",
        '[tool.poetry.group.dev.dependencies]\npytest_asyncio = {version = "«~0.21»", extras = ["docs"]}\n',
    ),
    "alternatives of poetry": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npytest-asyncio = [{version = "«0.21.*»", python = ">=3.9"}, {platform = "x"}]\n',
    ),
    "pdm": ("pyproject.toml", '[tool.pdm.dev-dependencies]\ntest = ["pytest-asyncio«>=0.18»"]\n'),
    "hatch": ("pyproject.toml", '[tool.hatch.envs.test]\nextra-dependencies = ["pytest-asyncio«==0.21»"]\n'),
    "pip": ("requirements-dev.txt", "pytest\npytest-asyncio«==0.21.1»  # why\n-r other.txt\n"),
    "pip with an extra and a marker": ("dev.in", "pytest-asyncio[docs] «>=0.2, <1» ; python_version >= '3.9'\n"),
    "in parentheses": ("requirements.txt", "pytest-asyncio («>=0.2»)\n"),
    "setup.cfg": (
        "setup.cfg",
        "[options.extras_require]\ntest =\n    pytest-asyncio«<1»\n    # pytest-asyncio<1\n    x\n",
    ),
    "tox": ("tox.ini", "[testenv]\ndeps =\n    pytest\n    pytest-asyncio«<1»\n"),
    "setup.py": (
        "setup.py",
        "# pytest-asyncio<1\nsetup(extras_require={'test': ['é', 'pytest-asyncio«<1»', 'x']})\n",
    ),
    "Pipfile": ("Pipfile", '[dev-packages]\npytest-asyncio = "«==0.21»"\n'),
}


@pytest.mark.parametrize("title", RAISES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_requirement_is_raised(title: str, ends: str) -> None:
    name, text = RAISES[title]
    text = text.replace("\n", ends)
    edit = raise_requirement("", "pytest-asyncio", specifier=">=1.3")
    made = edited(name, text.replace("«", "").replace("»", ""), [edit])
    assert made == re.sub("«.*?»", ">=1.3", text)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("requirements.txt", "pytest-asyncio==0.2 \\\n    --hash=sha256:1\n", "hashes"),
        ("requirements.txt", "# This file is autogenerated by pip-compile\npytest-asyncio==0.2\n", "by a program"),
        ("requirements.txt", "pytest-asyncio\npytest-asyncio-cooperative==0.2\n", "isn't required here"),
        ("requirements.txt", "pytest-asyncio @ https://example.org/a.zip\n", "isn't required here"),
        ("requirements.txt", "# pytest-asyncio==0.2\n-e git+https://x/pytest-asyncio==0.2\n", "isn't required here"),
        ("setup.py", "setup(tests_require=['pytest-' 'asyncio<1'])\n", "isn't a plain string"),
        ("setup.py", "setup(tests_require=f'pytest-asyncio<{1}')\n", "isn't required here"),
        ("setup.py", "print 'x'\n", "isn't required here"),
        ("pyproject.toml", '[tool.other]\nx = ["pytest-asyncio<1"]\n', "isn't required here"),
        ("pyproject.toml", '[project]\ndependencies = ["pytest-asyncio\\u003c1"]\n', "isn't a plain string"),
        ("tox.ini", "[testenv]\ndeps =\n    py{310,311}: pytest-asyncio<1\n", "for some environments only"),
        ("tox.ini", "[testenv]\ncommands = pytest-asyncio<1\n", "isn't required here"),
    ],
)
def test_a_requirement_that_cannot_be_raised(name: str, text: str, reason: str) -> None:
    edit = raise_requirement("", "pytest-asyncio", specifier=">=1.3")
    with pytest.raises(ConfigurationError, match=reason):
        edited(name, text, [edit])


def test_only_the_requirement_with_this_specifier_is_raised() -> None:
    edit = raise_requirement("", "pytest-asyncio", specifier=">=1.3", old="<1")
    text = "[testenv]\ndeps = pytest-asyncio<1\n[testenv:b]\ndeps = pytest-asyncio<2\n"
    assert edited("tox.ini", text, [edit]) == text.replace("<1", ">=1.3")
