"""Which versions a project asks for."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from codemods.config import Settings
from codemods.model import Evidence
from codemods.selection import Selection
from codemods.semantics.pytest.projects.project import scan
from codemods.semantics.pytest.projects.specifiers import admits, lowest, raised
from codemods.semantics.pytest.projects.versions import Requirement, requirements_in, target_of
from codemods.workspace import Workspace

FLOOR = (1, 3)


@pytest.mark.parametrize(
    ("specifier", "bound", "open_"),
    [
        ("", None, True),
        ("==0.21.1", (0, 21, 1), False),
        ("===0.21.1", (0, 21, 1), False),
        ("==0.21.*", (0, 21), False),
        (">=0.21", (0, 21), True),
        (">=0.21,<1", (0, 21), False),
        (">=0.21,<2", (0, 21), True),
        ("<1", None, False),
        ("<=1.3", None, True),
        ("<1.3", None, False),
        ("~=0.23", (0, 23), False),
        ("~=0.23.0", (0, 23, 0), False),
        ("~=1.2", (1, 2), True),
        (">1.2,!=1.3.0", (1, 2), True),
        ("==1.5.0", (1, 5, 0), True),
        (">1.3.1,<1.4", (1, 3, 1), True),
        ("!=1.0", None, True),
        ("=>1", None, None),
    ],
)
def test_specifiers_of_pip(specifier: str, bound: tuple[int, ...] | None, open_: bool | None) -> None:
    assert lowest(specifier) == bound
    assert admits(specifier, FLOOR) is open_


@pytest.mark.parametrize(
    ("specifier", "bound", "open_"),
    [
        ("*", None, True),
        ("^0.21", (0, 21), False),
        ("^0.21.1", (0, 21, 1), False),
        ("^0.0.3", (0, 0, 3), False),
        ("^1", (1,), True),
        ("^1.2", (1, 2), True),
        ("^1.3.0", (1, 3, 0), True),
        ("~1.2", (1, 2), False),
        ("~1", (1,), True),
        ("~0.21.1", (0, 21, 1), False),
        ("0.21.1", (0, 21, 1), False),
        ("0.21.*", (0, 21), False),
        (">=0.21 <2", (0, 21), True),
        (">=0.21,<1", (0, 21), False),
        ("^0.21 || ^1.4", (0, 21), True),
        ("<1 || ^1.4", None, True),
        ("nonsense", None, None),
    ],
)
def test_specifiers_of_poetry(specifier: str, bound: tuple[int, ...] | None, open_: bool | None) -> None:
    assert lowest(specifier, poetry=True) == bound
    assert admits(specifier, FLOOR, poetry=True) is open_


def asked(path: str, text: str) -> list[tuple[str, str, int]]:
    return [(each.package, each.specifier, each.evidence.line) for each in requirements_in(path, text.encode())]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (
            "pyproject.toml",
            '[project]\nrequires-python = ">=3.9"\ndependencies = [\n "httpx>=1",\n "pytest>=7",\n]\n',
            [("python", ">=3.9", 2), ("pytest", ">=7", 5)],
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.8"\n[tool.poetry.group.dev.dependencies]\npytest-asyncio = "*"\n',
            [("python", "^3.8", 2), ("pytest-asyncio", "*", 4)],
        ),
        (
            "a/requirements.txt",
            "# x\npytest\npytest_asyncio == 1.2\n",
            [("pytest", "", 2), ("pytest-asyncio", "== 1.2", 3)],
        ),
        (
            "setup.cfg",
            "[options]\npython_requires = >=3.7\ntests_require = pytest~=7.0\n",
            [("python", ">=3.7", 2), ("pytest", "~=7.0", 3)],
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(\n  python_requires='>=3.8',\n  tests_require=['pytest<8'],\n)\n",
            [("python", ">=3.8", 3), ("pytest", "<8", 4)],
        ),
        (
            "noxfile.py",
            "def f(session):\n    session.install('pytest', 'pytest-asyncio<1')\n",
            [("pytest", "", 2), ("pytest-asyncio", "<1", 2)],
        ),
        ("tox.ini", "[testenv:x]\ndeps =\n  pytest>=8\n", [("pytest", ">=8", 3)]),
        (
            "Pipfile",
            '[requires]\npython_version = "3.8"\n[packages]\npytest = "*"\n',
            [("python", "==3.8.*", 2), ("pytest", "*", 4)],
        ),
        ("hatch.toml", '[envs.test]\ndependencies = ["pytest"]\n', [("pytest", "", 2)]),
        (
            "poetry.lock",
            '[[package]]\nname = "pytest-asyncio"\nversion = "0.21.1"\n',
            [("pytest-asyncio", "==0.21.1", 2)],
        ),
        ("uv.lock", '[[package]]\nname = "pytest"\nversion = "8.0"\n', [("pytest", "==8.0", 2)]),
        (
            "Pipfile.lock",
            '{"develop": {\n    "pytest": {\n      "hashes": ["a"],\n      "version": "==7.1"\n}}}\n',
            [("pytest", "==7.1", 2)],
        ),
        (
            "setup.py",
            "n = {'pytest'}.intersection(argv)\nx = ['pytest<8'] if 'pytest' in argv else []\nsetup(tests_require=x)",
            [("pytest", "<8", 2)],
        ),
        (
            "setup.py",
            "call([python, '-m', 'pytest'])\nx += ['pytest<8']\nsetup(tests_require=y + x)",
            [("pytest", "<8", 2)],
        ),
        (
            "setup.py",
            "x = {'pytest': []}\nx['test'] = ['pytest<8']\nx['test'].append('pytest')\nsetup(extras_require=x)",
            [("pytest", "<8", 2), ("pytest", "", 3)],
        ),
        (
            "setup.py",
            "x = ['pytest<8']\ndef asked():\n    return list(x)\nsetup(**{'tests_require': asked()})",
            [("pytest", "<8", 1)],
        ),
        (
            "noxfile.py",
            "IT = 'pytest<8'\ndef f(session):\n    session.run('pip', 'install', IT)\n    session.run('pytest')\n",
            [("pytest", "<8", 1)],
        ),
        ("pyproject.toml", "[broken", []),
        (".github/workflows/x.yml", "pip install pytest-asyncio==1\n", []),
    ],
)
def test_what_files_ask_for(path: str, text: str, found: list[tuple[str, str, int]]) -> None:
    assert asked(path, text) == found


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("pytest-asyncio==1", True),
        ("pytest-asyncio==1; python_version < '3.10'", False),
        ("pytest-asyncio==1 ; python_version >= '3.9' and sys_platform == 'win32'", False),
        ("pytest-asyncio==1; extra == 'test'  # python_version < '3.10'", False),
        ("pytest-asyncio==1; nonsense", True),
    ],
)
def test_a_marker_may_be_for_other_pythons(text: str, ours: bool) -> None:
    [found] = requirements_in("requirements.txt", text.encode())
    assert found.is_for_ours is ours


@pytest.mark.parametrize(
    ("path", "text", "ours"),
    [
        ("setup.py", "setup(extras_require={'test:python_version<\"3.5\"': ['pytest-asyncio<1']})\n", False),
        ("setup.py", "setup(extras_require={':python_version>\"3.5\"': 'pytest-asyncio<1'})\n", True),
        ("setup.py", "setup(extras_require={':python_version>\"3\"': ['pytest-asyncio<1; os_name==\"nt\"']})\n", False),
        ("setup.py", "x = {}\nx['a:python_version<\"3\"'] = ['pytest-asyncio<1']\nsetup(extras_require=x)\n", False),
        ("setup.cfg", "[options.extras_require]\ntest:python_version<'3.5' =\n  pytest-asyncio<1\n", False),
        ("setup.cfg", "[options.extras_require]\ntest: pytest-asyncio<1\n", True),
    ],
)
def test_a_key_may_be_for_other_pythons(path: str, text: str, ours: bool) -> None:
    [found] = requirements_in(path, text.encode())
    assert found.is_for_ours is ours


def test_poetry_may_ask_for_a_version_on_older_pythons_only() -> None:
    text = 'pytest-asyncio = [{version = "^0.21", python = "<3.10"}, {version = "^1.3", python = "^3.10"}]'
    found = requirements_in("pyproject.toml", f"[tool.poetry.dependencies]\n{text}\n".encode())
    assert [each.is_for_ours for each in found] == [False, True]


def requirement(specifier: str, package: str = "pytest-asyncio", *, locked: bool = False) -> Requirement:
    return Requirement(package, specifier, Evidence("x", 1, ""), locked=locked)


@pytest.mark.parametrize(
    ("requirements", "target"),
    [
        ([], (1, 3)),
        ([requirement("==0.21.1")], (1, 3)),
        ([requirement(">=1.4")], (1, 4)),
        ([requirement(">=1.5.1"), requirement("==1.4")], (1, 4)),
        ([requirement(">=1.5"), requirement("")], (1, 5)),
        ([requirement(""), requirement("==1.5.0", locked=True)], (1, 5)),
        ([requirement(">=1.4"), requirement("==1.5.0", locked=True)], (1, 4)),
        ([requirement("==9", "pytest")], (1, 3)),
    ],
)
def test_the_target_is_what_a_migrated_suite_can_count_on(
    requirements: list[Requirement], target: tuple[int, ...]
) -> None:
    assert target_of(requirements) == target


def test_a_project_knows_its_requirements(tmp_path: Path) -> None:
    for name, text in {
        "dev.in": "pytest\n",
        "requirements/dev.in": "pytest-asyncio<1\n",
        "uv.lock": "trio_mode = 1",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    project = scan(tmp_path)
    assert [(each.package, each.evidence.path) for each in project.requirements] == [
        ("pytest-asyncio", "requirements/dev.in")
    ]
    assert not project.runners
    assert pickle.loads(pickle.dumps(project)) == project


def test_a_setting_goes_over_what_the_project_requires(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pytest-asyncio>=1.4\n")
    (tmp_path / "test_a.py").write_text("")
    selection = Selection(Settings(), ())
    for target, expected in ((None, (1, 4)), ((1, 5), (1, 5))):
        task = Workspace(tmp_path, target=target).task(tmp_path / "test_a.py", selection)
        assert task.project.target == expected


@pytest.mark.parametrize(
    ("specifier", "poetry", "new"),
    [
        ("==0.21.1", False, ">=1.3"),
        ("<1", False, ">=1.3"),
        ("~=0.23", False, ">=1.3"),
        ("==0.21.*", False, ">=1.3"),
        (">=0.21", False, ">=1.3"),
        (">= 0.21, <2", False, ">= 1.3, <2"),
        (">0.21", False, ">=1.3"),
        ("<2,>=0.21,!=0.23.0", False, "<2,>=1.3,!=0.23.0"),
        ("~=1.2", False, "~=1.3"),
        ("~=1.2.1", False, ">=1.3"),
        (">=1.3", False, None),
        ("==1.5.0", False, None),
        ("", False, None),
        ("<2", False, None),
        ("!=1.0", False, None),
        (">=0.21,>=0.22", False, None),
        ("==1.*", False, None),
        ("nonsense", False, None),
        ("^0.21", True, "^1.3"),
        ("^1.0", True, "^1.3"),
        ("0.21.1", True, ">=1.3"),
        ("~0.21", True, ">=1.3"),
        (">=0.21 <2", True, ">=1.3 <2"),
        ("*", True, None),
        ("^0.21 || ^1.4", True, None),
    ],
)
def test_a_specifier_is_raised(specifier: str, poetry: bool, new: str | None) -> None:
    assert raised(specifier, FLOOR, poetry=poetry) == new
