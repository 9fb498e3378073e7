"""What must not be written: production code, and what links lead to."""

from __future__ import annotations

from pathlib import Path

from hostile_case import LEGACY, Case, write
from hostile_discovery import both, linked, repository

WORK = "import time\n\n\nasync def work():\n    time.sleep(1)\n"
FIXTURE = "import time\n\nimport pytest\n\n\n@pytest.fixture\nasync def db():\n    time.sleep(1)\n"
SHOP: dict[str, str | bytes] = {
    "shop/__init__.py": "", "shop/worker.py": WORK, "tests/test_a.py": "import shop.worker\n" + LEGACY,
}  # fmt: skip
APPLY = ("apply", "--unsafe", "--allow-dirty")
MARK: dict[str, str | bytes] = {
    "pytest.ini": "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
}
"""Below it lies the project."""


def _files() -> list[Case]:
    note = "1 named file is left alone, since it isn't of the tests: --include-non-tests takes it too."
    worker = frozenset({"shop/worker.py"})
    return [
        Case("scope-named", SHOP, ("apply", "shop/worker.py"), 0, (note,)),
        Case("scope-named-check", SHOP, ("check", "shop/worker.py"), 0, (note,)),
        Case("scope-named-diff", SHOP, ("diff", "shop/worker.py"), 0, (note,), ("+++",)),
        Case("scope-named-verify", SHOP, ("verify", "shop/worker.py"), 0, (note,)),
        Case("scope-named-json", SHOP, ("check", "--format=json", "shop/worker.py"), 0, (note,)),
        Case(
            "scope-several-named", SHOP, ("check", "shop/worker.py", "shop/__init__.py"), 0, ("2 named files are left",)
        ),
        Case(
            "scope-named-beside-a-test",
            SHOP,
            (*APPLY, "shop/worker.py", "tests/test_a.py"),
            0,
            (note,),
            (),
            frozenset({"tests/test_a.py"}),
        ),
        Case(
            "scope-included",
            SHOP,
            (*APPLY, "--include-non-tests", "shop/worker.py"),
            0,
            ("1 finding fixed",),
            ("left alone",),
            worker,
        ),
        Case(
            "scope-included-check",
            SHOP,
            ("check", "--include-non-tests", "shop/worker.py"),
            1,
            ("codemods diff --include-non-tests --unsafe shop/worker.py",),
        ),
        Case(
            "scope-included-diff",
            SHOP,
            ("diff", "--unsafe", "--include-non-tests", "shop/"),
            1,
            ("+++ b/shop/worker.py",),
        ),
        Case("scope-folder", SHOP, (*APPLY, "shop"), 0, (), (note,)),
        *(
            Case(
                f"scope-{name}",
                {**SHOP, **files},
                (*APPLY, "."),
                0,
                (),
                ("shop/worker.py:",),
                frozenset({"tests/test_a.py", *changed}),
            )
            for name, files, changed in (
                ("root-conftest", {"conftest.py": ""}, ()),
                ("root-conftest-with-fixture", {"conftest.py": FIXTURE}, ("conftest.py",)),
                ("package-conftest", {"shop/conftest.py": "import shop.worker\n"}, ()),
                (
                    "testpaths-root",
                    {"pytest.ini": "[pytest]\ntestpaths = .\nasyncio_default_fixture_loop_scope = function\n"},
                    (),
                ),
                (
                    "testpaths-package",
                    {"pytest.ini": "[pytest]\ntestpaths = shop\nasyncio_default_fixture_loop_scope = function\n"},
                    (),
                ),
                ("root-helper", {"conftest.py": "import helper\n", "helper.py": WORK}, ()),
                ("root-fixtures", {"conftest.py": "import helper\n", "helper.py": FIXTURE}, ("helper.py",)),
                ("test-beside", {"shop/test_worker.py": LEGACY}, ("shop/test_worker.py",)),
                ("setup", {"setup.py": WORK, "noxfile.py": WORK}, ()),
            )
        ),
        Case("scope-name-of-no-python", {**SHOP, "notes.txt": "x"}, ("check", "notes.txt"), 0, (note,)),
        Case("scope-name-of-a-lock", {**SHOP, "uv.lock": "x"}, ("check", "uv.lock"), 0, (note,)),
        Case(
            "scope-name-of-configuration",
            {**SHOP, "pytest.ini": "[pytest]\n"},
            ("check", "--select=PAM1", "pytest.ini"),
            0,
            (),
            (note,),
        ),
        Case(
            "scope-broken-production", {**SHOP, "shop/worker.py": "def f(:\n"}, ("check", "shop/worker.py"), 0, (note,)
        ),
    ]


def _stdin(name: str, *flags: str, says: tuple[str, ...] = (), code: int = 0) -> Case:
    return Case(f"scope-stdin-{name}", SHOP, ("check", "-", *flags), code, says, stdin=WORK.encode())


def _standard_input() -> list[Case]:
    return [
        _stdin("production", "--stdin-filename", "shop/worker.py", says=("isn't of the tests",)),
        _stdin("included", "--include-non-tests", "--stdin-filename", "shop/worker.py", says=("PAM401",), code=1),
        _stdin("without-a-name", says=("PAM401",), code=1),
        Case(
            "scope-stdin-stays", {**SHOP, "test.ini": ""}, ("apply", "-", "--stdin-filename", "shop/worker.py"), 0,
            ("    time.sleep(1)",), stdin=WORK.encode(),
        ),
    ]  # fmt: skip


HIDDEN = {
    "git": ".git/hooks/x.py", "venv": ".venv/lib/x.py", "modules": "node_modules/a/x.py", "cache": "a/__pycache__/x.py",
    "egg": "a.egg-info/x.py", "environment": "env/lib/x.py", "tox": ".tox/x.py", "packages": "lib/site-packages/x.py",
}  # fmt: skip


def _up(name: str) -> str:
    return f"../{name}"


def _links() -> list[Case]:
    cases = []
    for name, target in HIDDEN.items():
        files: dict[str, str | bytes] = {**MARK, target: LEGACY, "tests/conftest.py": "", "env/pyvenv.cfg": ""}
        for link in ("test_x.py", "conftest.py") if name in ("git", "venv") else ("test_x.py",):
            made = linked(
                {key: text for key, text in files.items() if key != f"tests/{link}"}, {f"tests/{link}": _up(target)}
            )
            says = (f"tests/{link}: left alone: it is a link to", "where nothing is of the project")
            cases.append(Case(f"link-to-{name}-{link}", made, (*APPLY, "tests"), 0, says))
            cases.append(
                Case(
                    f"link-to-{name}-{link}-named",
                    made,
                    (*APPLY, f"tests/{link}"),
                    3,
                    (f"error: tests/{link}: is a link",),
                )
            )
    inner: dict[str, str | bytes] = {"in/pytest.ini": "[pytest]\n", "test_outside.py": LEGACY}
    outside = linked(inner, {"in/tests/test_x.py": "../../test_outside.py"})
    cases += [
        Case(
            "link-out-of-the-project",
            outside,
            (*APPLY, "--ignore=PAM602", "in"),
            0,
            ("which lies outside the project",),
        ),
        Case(
            "link-out-of-the-project-named",
            outside,
            (*APPLY, "in/tests/test_x.py"),
            3,
            ("which lies outside the project",),
        ),
    ]
    ignored: dict[str, str | bytes] = {".gitignore": "out/\n", "out/a.py": LEGACY, "tests/conftest.py": ""}
    for name, made in {"": linked({**MARK, **ignored}, {}), "-in-git": repository(ignored)}.items():
        link = both(made, linked({}, {"tests/test_x.py": "../out/a.py"}))
        cases.append(Case(f"link-to-ignored{name}", link, (*APPLY, "tests"), 0, ("which git ignores",)))
        cases.append(Case(f"link-to-ignored{name}-named", link, (*APPLY, "tests/test_x.py"), 3, ("which git ignores",)))
    chain = linked({**MARK, ".git/x.py": LEGACY}, {"tests/test_a.py": "test_b.py", "tests/test_b.py": "../.git/x.py"})
    cases.append(
        Case("link-chain", chain, (*APPLY, "."), 0, ("tests/test_a.py: left alone", "tests/test_b.py: left alone"))
    )
    production = linked({**MARK, **SHOP}, {"tests/test_x.py": "../shop/worker.py"})
    cases.append(Case("link-to-production", production, (*APPLY, "tests/test_x.py"), 0, ("isn't of the tests",)))
    cases.append(Case("link-to-production-met", production, (*APPLY, "."), 0, (), (), frozenset({"tests/test_a.py"})))
    other = linked({**MARK, "shared/test_s.py": LEGACY}, {"tests/test_x.py": "../shared/test_s.py"})
    changed = frozenset({"shared/test_s.py"})
    cases += [
        Case("link-to-a-test", other, (*APPLY, "."), 0, ("1 finding fixed",), (), changed),
        Case("link-to-a-test-named", other, (*APPLY, "tests/test_x.py"), 0, ("1 finding fixed",), (), changed),
        Case("link-out-of-the-named-paths", other, (*APPLY, "tests"), 0, ("which lies outside the named paths",)),
        Case(
            "link-named-with-its-target",
            other,
            ("check", "tests/test_x.py", "shared/test_s.py"),
            1,
            ("1 finding in 1 of 1 file",),
        ),
    ]
    folder = linked({**MARK, "a/helpers/test_x.py": LEGACY}, {"b": "a/helpers"})
    cases.append(
        Case(
            "link-folder-named", folder, (*APPLY, "b"), 0, ("1 finding fixed",), (), frozenset({"a/helpers/test_x.py"})
        )
    )
    cases.append(
        Case("link-folder-met", linked({**MARK, ".git/h/test_x.py": LEGACY}, {"tests": ".git/h"}), (*APPLY, "."), 0)
    )
    away = linked(
        {"away/pytest.ini": "[pytest]\n", "away/test_x.py": LEGACY, "in/setup.py": ""}, {"in/tests": "../away"}
    )
    cases.append(
        Case(
            "link-folder-out-of-the-project-named",
            away,
            (*APPLY, "--ignore=PAM602", "in/tests"),
            0,
            ("2 findings fixed",),
            (),
            frozenset({"away/test_x.py"}),
        )
    )
    settings = linked(
        {"out.ini": "[pytest]\nasyncio_mode = legacy\n", "in/setup.py": "", "in/test_x.py": LEGACY},
        {"in/pytest.ini": "../out.ini"},
    )
    cases.append(Case("link-configuration", settings, (*APPLY, "--select=PAM6", "in"), 0))
    return cases


def _broken_template(folder: Path) -> None:
    write(
        folder,
        {
            **SHOP,
            "template/{{ name }}/pyproject.toml": "[project]\nname = {{ name }}\n",
            "template/{{ name }}/app.py": WORK,
        },
    )


CASES = [
    *_files(), *_standard_input(), *_links(),
    Case("template-without-tests", _broken_template, ("check", "."), 1, ("tests/test_a.py",), ("template",)),
    Case(
        "template-with-tests", both(_broken_template, linked({"template/{{ name }}/test_t.py": LEGACY}, {})),
        ("check", "."), 3, ("tests/test_a.py:", "test_t.py: ", "isn't valid TOML"),
    ),
    Case("template-named-first", both(_broken_template), ("check", "template", "tests"), 1, ("tests/test_a.py",)),
]  # fmt: skip
