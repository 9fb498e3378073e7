"""Configuration that is odd or broken: what pytest would refuse is one line, all else goes on."""

# ruff: noqa: E501  (one line a case)
from __future__ import annotations

from collections.abc import Iterator

from hostile_case import LEGACY, Case
from hostile_discovery import both, linked

CHECK = ("check", "--select=PAM4,PAM6", ".")
DIGITS = "9" * 5000
HEX = "0x" + "f" * 5000
DEEP = "[" * 5000 + "]" * 5000
TABLES = "{a=" * 5000 + "1" + "}" * 5000
FINDING = ("test_a.py:5:5: PAM401",)

REFUSED = {
    "ini-options-number": ("[tool.pytest]\nini_options = 3\n", "'tool.pytest.ini_options' must be a table, not 3"),
    "ini-options-list": ("[tool.pytest]\nini_options = []\n", "'tool.pytest.ini_options' must be a table"),
    "ini-options-text": ("[tool]\npytest.ini_options = 'x'\n", "'tool.pytest.ini_options' must be a table"),
    "ini-options-tables": ("[[tool.pytest.ini_options]]\na = 1\n", "'tool.pytest.ini_options' must be a table"),
    "tool-number": ("tool = 1\n", "'tool' must be a table, not 1"),
    "tool-list": ("tool = []\n", "'tool' must be a table"),
    "tool-huge-number": (f"tool = {HEX}\n", "'tool' must be a table, not a number of very many digits"),
    "pytest-list": ("tool.pytest = []\n", "'tool.pytest' must be a table"),
    "pytest-text": ("[tool]\npytest = ''\n", "'tool.pytest' must be a table"),
    "pytest-date": ("[tool]\npytest = 2020-01-01\n", "'tool.pytest' must be a table"),
    "both-tables": ("[tool.pytest]\na = 1\n[tool.pytest.ini_options]\nb = 1\n", "pytest refuses [tool.pytest] beside"),
    "nested-lists": (f"x = {DEEP}\n", "isn't valid TOML: nested more than 100 deep"),
    "nested-tables": (f"x = {TABLES}\n", "nested more than 100 deep"),
    "nested-key": (f"{'.'.join('a' * 3000)} = 1\n[tool.pytest]\npython_files = 1\n", ""),
    "unclosed-lists": ("[" * 200_000, "nested more than 100 deep"),
    "many-digits": (f"x = {DIGITS}\n", "isn't valid TOML"),
    "not-utf-8": (b"x = '\xff'\n", "isn't valid"),
    "utf-16": ("x = 1\n".encode("utf-16"), "isn't valid TOML"),
    "nul": (b"x = '\0'\n", "isn't valid TOML"),
    "twice": ("x = 1\nx = 2\n", "isn't valid TOML"),
    "template": ("[project]\nname = {{ cookiecutter.name }}\n", "isn't valid TOML"),
    "conflict": ("<<<<<<< HEAD\n[project]\n=======\n", "isn't valid TOML"),
    "python-files-number": ("[tool.pytest]\npython_files = 3\n", "'python_files' must be a list, not 3"),
    "python-files-huge": (f"[tool.pytest]\npython_files = {HEX}\n", "'python_files' must be a list, not a number"),
    "testpaths-table": ("[tool.pytest]\ntestpaths = {a = 1}\n", "'testpaths' must be a list"),
    "addopts-quotes": ("[tool.pytest.ini_options]\naddopts = \"-k 'x\"\n", "'addopts' can't be split into words"),
    "mode-number": ("[tool.pytest.ini_options]\nasyncio_mode = 3\n", "'3' is no asyncio_mode"),
    "mode-huge": (f"[tool.pytest.ini_options]\nasyncio_mode = {HEX}\n", "is no asyncio_mode"),
    "mode-table": ("[tool.pytest.ini_options]\nasyncio_mode = {a = 1}\n", "is no asyncio_mode"),
    "codemods-number": ("[tool]\ncodemods = 1\n", "'tool.codemods' must be a table"),
    "codemods-jobs-huge": (f"[tool.codemods]\njobs = -{DIGITS[:4000]}\n", "'tool.codemods.jobs' must be"),
    "codemods-python-huge": (f"[tool.codemods]\npython = {HEX}\n", "must be a path, not a number of very many"),
    "codemods-target-long": (f"[tool.codemods]\ntarget-version = '1.{DIGITS}'\n", "must be a version"),
    "codemods-python-nul": ("[tool.codemods]\npython = \"a\\u0000b\"\n", "no such file or environment"),
    "codemods-python-long": (f"[tool.codemods]\npython = '{'x' * 5000}'\n", "no such file or environment"),
}  # fmt: skip
"""What ``pyproject.toml`` may say so that pytest, or this tool, can't go on; and what is said then."""

ACCEPTED = {
    "project-number": "project = 3\n",
    "dependencies-number": "[project]\ndependencies = 3\n",
    "dependencies-mixed": "[project]\ndependencies = [1, 'pytest-asyncio', [], {}, 1.5, true, 2020-01-01]\n",
    "dependencies-odd": "[project]\ndependencies = ['', ' ', 'pytest-asyncio>=', 'pytest-asyncio @ x', '-e .', '\\u0000']\n",
    "dependency-long": f"[project]\ndependencies = ['pytest-asyncio>={DIGITS}', 'pytest=={DIGITS}.1', 'pytest~=1.{DIGITS}']\n",
    "dependency-many-parts": f"[project]\ndependencies = ['pytest-asyncio>={'1.' * 5000}1']\n",
    "dependency-many-clauses": f"[project]\ndependencies = ['pytest-asyncio{','.join(['>=1'] * 5000)}']\n",
    "dependency-marker-long": f"[project]\ndependencies = [\"pytest-asyncio>=0.1; python_version < '{DIGITS}'\"]\n",
    "dependency-marker-deep": f"[project]\ndependencies = [\"pytest-asyncio>=0.1; {'(' * 2000}os_name == 'x'{')' * 2000}\"]\n",
    "dependency-marker-broken": "[project]\ndependencies = ['pytest-asyncio>=0.1; python_version <> 3']\n",
    "optional-ints": "[project.optional-dependencies]\ntest = [1, 2]\nother = 3\n",
    "optional-list": "[project]\noptional-dependencies = [1]\n",
    "groups-number": "dependency-groups = 1\n",
    "groups-mixed": "[dependency-groups]\na = 1\nb = [1, {include-group = 'b'}, {include-group = 3}]\nc = {x = []}\n",
    "groups-circle": "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]\n",
    "requires-python-number": "[project]\nrequires-python = 3\n",
    "requires-python-long": f"[project]\nrequires-python = '>={DIGITS}'\n",
    "requires-python-long-minor": f"[project]\nrequires-python = '>=3.{DIGITS},<4'\n",
    "requires-python-odd": "[project]\nrequires-python = 'python'\n",
    "poetry-numbers": "[tool.poetry.dependencies]\npytest-asyncio = 1\npytest = {version = 3}\npython = []\n",
    "poetry-list": "[tool]\npoetry = []\n",
    "poetry-caret-long": f"[tool.poetry.dependencies]\npytest-asyncio = '^{DIGITS}'\npython = '~{DIGITS}'\n",
    "poetry-odd": "[tool.poetry.dependencies]\npytest-asyncio = '^x'\npytest = ['1', {version = '^^1'}]\npython = '|| ||'\n",
    "poetry-groups": "[tool.poetry]\ngroup = 3\n",
    "hatch": "[tool.hatch]\nenvs = 3\n",
    "hatch-envs": "[tool.hatch.envs.a]\ndependencies = 3\nextra-dependencies = [1, [2]]\n",
    "pdm": "[tool.pdm]\ndev-dependencies = 3\n",
    "pdm-groups": "[tool.pdm.dev-dependencies]\na = 3\nb = [1, {}]\n",
    "uv": "[tool.uv]\ndev-dependencies = {a = 1}\nconstraint-dependencies = 1\n",
    "tox": "[tool.tox]\nenv_run_base = 1\nenv = []\n",
    "flit": "[tool.flit]\nmetadata = []\n",
    "pytest-empty": "[tool.pytest]\n",
    "pytest-unknown": f"[tool.pytest.ini_options]\nx = [1, {{a = 1}}]\ny = {HEX}\nz = 1979-05-27T07:32:00Z\n",
    "pytest-mixed-lists": f"[tool.pytest]\npython_classes = ['Test', 1, {HEX}]\nfilterwarnings = [1, []]\n",
    "testpaths-odd": "[tool.pytest]\ntestpaths = ['', '/', '..', '/etc', '\\u0000', '[', '**', 'a/../..']\n",
    "addopts-unended": "[tool.pytest.ini_options]\naddopts = '-o -p -W --timeout'\n",
    "timeout-odd": "[tool.pytest.ini_options]\ntimeout = 'nan'\n",
    "brackets-in-strings": "x = '" + "[" * 300 + "'\ny = \"\"\"" + "{" * 300 + "\"\"\"\n# " + "[" * 300 + "\n",
    "many-lists": "x = [" + "[]," * 3000 + "]\n",
    "empty": "",
    "only-a-comment": "#",
}  # fmt: skip
"""What it may say so that all goes on."""


def _pyproject() -> Iterator[Case]:
    for name, (text, says) in REFUSED.items():
        yield Case(f"pyproject-{name}", {"pyproject.toml": text, "test_a.py": LEGACY}, CHECK, 2, (says,))
    below = ("ini-options-number", "tool-number", "nested-lists", "many-digits", "not-utf-8", "template", "mode-number")
    for name in below:
        files = {"a/pyproject.toml": REFUSED[name][0], "a/test_b.py": LEGACY, "test_a.py": LEGACY, "setup.py": ""}
        yield Case(f"pyproject-below-{name}", files, CHECK, 3, (*FINDING, "a/test_b.py: ", REFUSED[name][1]))
        empty = {key: text for key, text in files.items() if key != "a/test_b.py"}
        yield Case(
            f"pyproject-below-{name}-without-tests", {**empty, "a/app.py": LEGACY}, CHECK, 1, FINDING, ("error",)
        )
    for name, text in ACCEPTED.items():
        yield Case(f"pyproject-{name}", {"pyproject.toml": text, "test_a.py": LEGACY}, CHECK, 1, FINDING)


FILES: dict[str, dict[str, str | bytes]] = {
    "setup-cfg-sections-twice": {"setup.cfg": "[options]\na = 1\n[options]\npython_requires = 3\n[tool:pytest]\n[tool:pytest]\n"},
    "setup-cfg-percent": {"setup.cfg": "[options]\npython_requires = %(x)s\ninstall_requires =\n  %\n  pytest-asyncio%(\n"},
    "setup-cfg-bom": {"setup.cfg": "\ufeff[tool:pytest]\naddopts = -v\n[options]\ninstall_requires =\n  pytest-asyncio\n"},
    "setup-cfg-long": {"setup.cfg": f"[options]\npython_requires = >={DIGITS}\ninstall_requires =\n  pytest-asyncio>={DIGITS}\n"},
    "setup-cfg-odd-lines": {"setup.cfg": "[options]\ninstall_requires =\n\n\n  # x\n\t\tpytest\n  ;\n  =\n  :\n[]\n[[x]]\n"},
    "tox-percent": {"tox.ini": "[testenv]\ndeps = %\n  {posargs:%(x)s}\n  pytest-asyncio%s\ncommands = %(\n"},
    "tox-factors": {"tox.ini": "[testenv]\ndeps =\n  py{3,4: pytest-asyncio\n  : pytest\n  !: x\n"},
    "tox-interpolation-circle": {"tox.ini": "[testenv]\ndeps = {[testenv]deps}\n"},
    "requirements-circle": {"requirements.txt": "-r requirements.txt\n-c requirements.txt\npytest-asyncio\n"},
    "requirements-device": {"requirements.txt": "-r /dev/zero\n--requirement=/dev/zero\n"},
    "requirements-not-utf-8": {"requirements.txt": b"pytest-asyncio\xff>=0.1\n\xfe\xff\0"},
    "requirements-utf-16": {"requirements.txt": "pytest-asyncio>=0.1\n".encode("utf-16")},
    "requirements-long": {"requirements.txt": f"pytest-asyncio>={DIGITS}\npytest=={'1.' * 9000}\n"},
    "requirements-backslashes": {"requirements.txt": "pytest-asyncio \\\n" * 2000},
    "requirements-brackets": {"requirements.txt": "pytest-asyncio" + "[" * 20_000 + "\n"},
    "requirements-blanks": {"requirements.txt": "pytest-asyncio" + " " * 200_000 + "x\n"},
    "requirements-continued": {"requirements.txt": "pytest-asyncio \\\n" * 6_000},
    "requirements-many": {"requirements.txt": "pytest-asyncio\n" * 6_000},
    "requirements-comments": {"requirements.txt": "# pytest-asyncio\n" * 6_000},
    "requirements-generated": {"requirements.txt": "# " + "pip-compil" * 20_000 + "\n"},
    "requirements-folder": {"requirements.txt/x": ""},
    "uv-lock-odd": {"uv.lock": f'version = 1\n[[package]]\nname = "pytest"\nversion = "{DIGITS}"\n' + "[" * 9000},
    "poetry-lock-odd": {"poetry.lock": b'name = "pytest-asyncio"\r\nversion = "\xff"\r\nname = "python"\nversion = "x"\n'},
    "pdm-lock-binary": {"pdm.lock": bytes(range(256)) * 50},
    "pipfile-lock-unclosed": {"Pipfile.lock": '"pytest": {\n' * 20_000},
    "pipfile-lock-deep": {"Pipfile.lock": '{"default": ' * 20_000},
    "pipfile-odd": {"Pipfile": "packages = 1\n[dev-packages]\npytest = {version = 1}\n[requires]\npython_version = 3\n"},
    "hatch-toml-odd": {"hatch.toml": "envs = []\n"},
    "hatch-toml-deep": {"hatch.toml": f"pytest = {DEEP}\n"},
    "pyproject-folder": {"pyproject.toml/x": ""},
    "pytest-ini-folder": {"pytest.ini/x": "", "tox.ini/x": "", "setup.cfg/x": ""},
    "conftest-folder": {"conftest.py/x": ""},
    "setup-py-deep": {"setup.py": "x = pytest" + "(" * 5000 + ")" * 5000 + "\n"},
    "setup-py-broken": {"setup.py": "pytest python_requires = '\n"},
    "setup-py-nul": {"setup.py": b"pytest\0"},
    "setup-py-odd": {"setup.py": "setup(python_requires=b'pytest', **{'python_requires': 3})\nsetup(python_requires=f'{x}')\n"},
    "workflow-odd": {".github/workflows/a.yml": "pytest: &a [*a, *a]\n" + "- " * 9000, "appveyor.yml": b"\xff\0"},
    "makefile-device": {"Makefile": "include /dev/zero\ntest: ; pytest -p no:asyncio\n"},
    "environment-not-utf-8": {".venv/pyvenv.cfg": b"home = \xff\n", ".venv/lib/python3.11/site-packages/x.py": ""},
    "environment-home-long": {".venv/pyvenv.cfg": f"home = {'x' * 9000}\n", ".venv/lib/python3.11/site-packages/x.py": ""},
    "environment-home-nul": {".venv/pyvenv.cfg": b"home = a\0b\n", ".venv/lib/python3.11/site-packages/x.py": ""},
}  # fmt: skip
"""Other files of a project in which something is odd."""

REFUSED_FILES: dict[str, tuple[dict[str, str | bytes], str]] = {
    "pytest-ini-without-section": ({"pytest.ini": "addopts = -v\n"}, "pytest.ini:1: isn't valid INI"),
    "pytest-ini-nonsense": ({"pytest.ini": "[pytest]\nnonsense\n"}, "pytest.ini:2: isn't valid INI"),
    "pytest-ini-latin-1": ({"pytest.ini": b"[pytest]\naddopts = \xe9\n"}, "pytest.ini: isn't valid utf-8"),
    "setup-cfg-latin-1": ({"setup.cfg": b"[metadata]\nauthor = \xe9\n"}, "setup.cfg: isn't valid utf-8"),
    "pytest-ini-quotes": ({"pytest.ini": "[pytest]\naddopts = -o addopts=\"'\n"}, "can't be split into words"),
    "pytest-toml-number": ({"pytest.toml": "pytest = 3\n"}, "'pytest' must be a table, not 3"),
    "pytest-toml-deep": ({"pytest.toml": f"pytest = {DEEP}\n"}, "nested more than 100 deep"),
    "pytest-toml-mode": ({"pytest.toml": "[pytest]\nasyncio_mode = []\n"}, "is no asyncio_mode"),
    "pytest-ini-checks": ({"pytest.ini": "[pytest\npython_files = check_*.py\n", "check_a.py": LEGACY}, "pytest.ini"),
}


def _others() -> Iterator[Case]:
    for name, files in FILES.items():
        yield Case(f"file-{name}", {"test_a.py": LEGACY, **files}, CHECK, 1, FINDING)
    for name, (files, says) in REFUSED_FILES.items():
        yield Case(f"file-{name}", {"test_a.py": LEGACY, **files}, CHECK, 2, (says,))
    for name in ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "requirements.txt", "uv.lock", "conftest.py"):
        made = both(linked({"test_a.py": LEGACY}, {name: "/dev/zero"}))
        code = (
            1
            if name
            in ("requirements.txt", "uv.lock", "conftest.py", "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")
            else 3
        )
        yield Case(f"file-{name}-is-a-device", made, CHECK, code, FINDING)
    quoted = {"PYTEST_ADDOPTS": '-o "addopts=\'"'}
    yield Case("environment-addopts", {"test_a.py": LEGACY}, CHECK, 2, ("PYTEST_ADDOPTS",), environment=quoted)
    for name, flag in {
        "long": f"1.{DIGITS}",
        "letters": "1.x",
        "empty": "",
        "one": "1",
        "huge-first": f"{DIGITS}.1",
    }.items():
        command = ("check", f"--target-version={flag}", ".")
        yield Case(f"target-version-{name}", {"test_a.py": LEGACY}, command, 2, ("--target-version must be",))
    for name, flag in {"long": "x" * 9000, "missing": "nowhere", "nul": "a\0b"}.items():
        command = ("check", f"--python={flag}", ".")
        yield Case(f"python-{name}", {"test_a.py": LEGACY}, command, 2, ("no such file or environment",))
    site = "env/lib/python3.11/site-packages"
    template: dict[str, str | bytes] = {
        "env/pyvenv.cfg": "home = /usr/bin\n", f"{site}/pkg/__init__.py": "def f(): pass\n",
        f"{site}/pkg/{{{{ x }}}}/pyproject.toml": "[{{ x }}", f"{site}/pyproject.toml": "[{{ x }}",
        "test_a.py": "import pkg\nfrom unittest.mock import patch\n" + LEGACY + "\n\nasync def test_b():\n"
        "    with patch('pkg.f'):\n        await pkg.f()\n",
    }  # fmt: skip
    yield Case("python-with-templates", template, ("check", "--python=env", "."), 1, ("PAM401",), ("TOML",))


CASES = [*_pyproject(), *_others()]
